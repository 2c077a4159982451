"""Operators. https://www.postgresql.org/docs/current/sql-createoperator.html"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Self

from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.defined import Defined
from cucurbit.entities.names import home_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import is_catalog_operator, qualify
from cucurbit.sql.options import Grammar, Option, listed, operator, options
from cucurbit.sql.parse import Fields, name_of, print_again, strings
from cucurbit.sql.references import References
from cucurbit.sql.types import argument_type

NONE = "NONE"
_GRAMMAR = Grammar(
    order=("function", "leftarg", "rightarg", "commutator", "negator", "restrict", "join", "hashes", "merges"),
    routines=("function", "restrict", "join"),
    operators=("commutator", "negator"),
    flags=("hashes", "merges"),
    aliases={"procedure": "function"},
)
_FIXED = ("function", "leftarg", "rightarg")  # which ALTER OPERATOR does not know
_ONCE = ("commutator", "negator", "hashes", "merges")  # which it sets, from PostgreSQL 17, and does not take back


class Operator(Defined):
    """`create operator === (function = same, leftarg = box, rightarg = box)`; its estimates are altered in place."""

    kind = "operator"
    makes = "OBJECT_OPERATOR"
    example = "create operator === (function = same, leftarg = box, rightarg = box)"
    rank = 52
    provides = frozenset({"operator"})
    is_implied = True  # by the name of one of PostgreSQL's own
    drop = "OPERATOR"
    has_arguments = True
    renamable = False
    is_exact = True  # another one's statement may have made it that one's commutator
    # A shell, made by an operator that names it as its commutator before it is there, has no function.
    catalog = """
        select 'pg_operator'::regclass as classid, o.oid as objid,
               array[n.nspname::text, o.oprname::text, coalesce(format_type(nullif(o.oprleft, 0), null), 'NONE'),
                     format_type(o.oprright, null)] as key,
               format('CREATE OPERATOR %I.%s (', n.nspname, o.oprname)
                 || concat_ws(', ', 'FUNCTION = ' || o.oprcode,
                      'LEFTARG = ' || format_type(nullif(o.oprleft, 0), null),
                      'RIGHTARG = ' || format_type(o.oprright, null),
                      (select format('COMMUTATOR = OPERATOR(%I.%s)', m.nspname, c.oprname)
                         from pg_operator c join pg_namespace m on m.oid = c.oprnamespace where c.oid = o.oprcom),
                      (select format('NEGATOR = OPERATOR(%I.%s)', m.nspname, c.oprname)
                         from pg_operator c join pg_namespace m on m.oid = c.oprnamespace where c.oid = o.oprnegate),
                      'RESTRICT = ' || nullif(o.oprrest::text, '-'), 'JOIN = ' || nullif(o.oprjoin::text, '-'),
                      case when o.oprcanhash then 'HASHES' end, case when o.oprcanmerge then 'MERGES' end)
                 || ')' as definition
          from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
         where o.oprcode <> 0
    """

    def __init__(
        self,
        name: str,
        function: str,
        *,
        right: str,
        left: str | None = None,
        commutator: str | None = None,
        negator: str | None = None,
        options: str = "",
        schema: str | None = None,
    ) -> None:
        """An operator: `Operator("===", "same", left="box", right="box", commutator="===")`.

        A prefix one has no `left`. The function, the types, other operators (`===`, or `operator(shop.===)`) and
        `options` (`restrict = eqsel, hashes`) are SQL.
        """
        parts = [
            f"function = {function}",
            f"leftarg = {left}" if left else "",
            f"rightarg = {right}",
            f"commutator = {commutator}" if commutator else "",
            f"negator = {negator}" if negator else "",
            options,
        ]
        head = f"create operator {qualify((schema,)) + '.' if schema else ''}{name}"
        super().__init__(f"{head} (\n  {f',{chr(10)}  '.join(filter(None, parts))}\n)")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """Schema, name and the types of both operands, NONE on the left of a prefix operator."""
        operands = _operands(fields)
        if operands["rightarg"] is None:
            raise SqlError(
                "an operator needs a right operand",
                hint="Write: create operator NAME (function = …, leftarg = …, rightarg = …). "
                "One without stood behind its operand, which PostgreSQL 14 has given up.",
            )
        types = tuple(argument_type(type_, home) if type_ else NONE for type_ in operands.values())
        return Identity(cls.kind, home_name(strings(fields["defnames"]), home), types)

    @cached_property
    def canonical(self) -> str:
        """Each option spelled in one way, and in one order."""
        return f"CREATE OPERATOR {_name(self.identity)} {listed(self.clauses)}"

    @cached_property
    def clauses(self) -> dict[str, str]:
        """What the statement says, as SQL; empty for a flag. Its operands are those of its identity."""
        found = _GRAMMAR.folded(self._written, {})
        operands = dict(zip(("leftarg", "rightarg"), self.identity.arguments or (), strict=True))
        return {name: operands.get(name, text) for name, text in found.items() if operands.get(name) != NONE}

    @cached_property
    def _written(self) -> dict[str, Option]:
        return options(print_again(self.sql))[1]

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER OPERATOR … SET, which knows commutators, negators and flags from PostgreSQL 17, and only if not set."""
        before, after = old.clauses, self.clauses
        if any(before.get(name) != after.get(name) for name in _FIXED):
            return None
        if any(name in before and before[name] != after.get(name) for name in _ONCE):
            return None
        changed = [name for name in (*before, *after) if before.get(name) != after.get(name)]
        settings = {name: after.get(name, NONE) for name in dict.fromkeys(changed)}
        return [f"ALTER OPERATOR {signature(self.identity)} SET {listed(settings)}"]

    def drop_statements(self) -> list[str]:
        """The name of an operator has no quotes."""
        return [f"DROP OPERATOR {signature(self.identity)}"]

    def refers(self, found: References) -> None:
        """Functions look like types in the options. The others of its pair may come before it or after."""
        found.types = {name_of(type_["names"]) for type_ in _operands(self.tree.fields).values() if type_}
        for name, option in self._written.items():
            if name in ("function", "procedure", "restrict", "join"):
                found.routines.add(option.reference)

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """Whether those that it names are declared, and name it: otherwise one is a shell, or forgets the other."""
        left, right = self.identity.arguments or ("", "")
        for name, operands in (("commutator", (right, left)), ("negator", (left, right))):
            option = self._written.get(name)
            if option is None or _is_of_server(option.names, operands):
                continue
            other = Identity(self.kind, home_name(option.names, self.home), operands)
            known = declared.entities.get(other)
            if known is None:
                yield Finding(
                    "warning",
                    f"{other}, the {name} of {self.identity.text}, is declared nowhere",
                    self,
                    hint="PostgreSQL makes a shell of it, which stays. Declare it, or leave it out.",
                )
            elif isinstance(known, Operator) and name not in known.clauses:
                yield Finding(
                    "warning",
                    f"{other} is the {name} of {self.identity.text}, and does not say so",
                    known,
                    hint=f"Write there: {name} = {operator(list(self.identity.names))}. "
                    "Without it PostgreSQL forgets that when it is made anew.",
                )


def signature(identity: Identity) -> str:
    """An operator with the types of its operands: `public.=== (integer, integer)`."""
    return f"{_name(identity)} ({', '.join(identity.arguments or ())})"


def _name(identity: Identity) -> str:
    schema, name = identity.names
    return f"{qualify((schema,))}.{name}"


def _operands(fields: Fields) -> dict[str, Fields | None]:
    """The types of the left and the right operand; None for one that is not there."""
    given = {item["DefElem"]["defname"]: item["DefElem"].get("arg", {}) for item in fields["definition"]}
    found: dict[str, Fields | None] = {}
    for side in ("leftarg", "rightarg"):
        value = given.get(side)
        found[side] = None if value is None else value.get("TypeName") or {"names": [value]}
    return found


def _is_of_server(names: list[str], operands: tuple[str, str]) -> bool:
    """Whether it is one of PostgreSQL's own operators, on types of its own, which have no schema."""
    if len(names) > 1:
        return names[0] == "pg_catalog"
    return is_catalog_operator(names[0]) and not any("." in type_ for type_ in operands)
