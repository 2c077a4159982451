"""Range types, each with its multirange type. https://www.postgresql.org/docs/current/rangetypes.html"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.errors import SqlError
from cucurbit.sql.canonical import canonical
from cucurbit.sql.names import LONGEST, literal, qualify, quote
from cucurbit.sql.parse import Fields, offset, parse, strings
from cucurbit.sql.references import References


class Range(Entity):
    """`create type span as range (subtype = time)`; a change makes it anew, but for the name of its multirange type."""

    kind = "range"
    node = "CreateRangeStmt"
    example = "create type span as range (subtype = time)"
    rank = 33
    provides = frozenset({"type", "routine"})
    drop = "TYPE"
    qualify_head = True
    catalog = """
        select 'pg_type'::regclass as classid, t.oid as objid, array[n.nspname::text, t.typname::text] as key,
               format('CREATE TYPE %I.%I AS RANGE (subtype = %s, multirange_type_name = %I.%I, subtype_opclass = %I.%I',
                      n.nspname, t.typname, format_type(r.rngsubtype, null), mn.nspname, m.typname,
                      cn.nspname, c.opcname)
                 || case when l.oid is null then '' else format(', collation = %I.%I', ln.nspname, l.collname) end
                 || coalesce((select format(', canonical = %I.%I', pn.nspname, p.proname)
                                from pg_proc p join pg_namespace pn on pn.oid = p.pronamespace
                               where p.oid = r.rngcanonical), '')
                 || coalesce((select format(', subtype_diff = %I.%I', pn.nspname, p.proname)
                                from pg_proc p join pg_namespace pn on pn.oid = p.pronamespace
                               where p.oid = r.rngsubdiff), '')
                 || ')' as definition
          from pg_range r
          join pg_type t on t.oid = r.rngtypid
          join pg_namespace n on n.oid = t.typnamespace
          join pg_type m on m.oid = r.rngmultitypid
          join pg_namespace mn on mn.oid = m.typnamespace
          join pg_opclass c on c.oid = r.rngsubopc
          join pg_namespace cn on cn.oid = c.opcnamespace
          left join pg_collation l on l.oid = r.rngcollation
          left join pg_namespace ln on ln.oid = l.collnamespace
    """

    def __init__(
        self,
        name: str,
        subtype: str,
        *,
        subtype_diff: str | None = None,
        subtype_opclass: str | None = None,
        collation: str | None = None,
        multirange: str | None = None,
        schema: str | None = None,
    ) -> None:
        """A range type: `Range("span", "time")`; all but the name, and that of its multirange type, is SQL."""
        options = {
            "subtype": subtype,
            "subtype_opclass": subtype_opclass,
            "collation": collation,
            "subtype_diff": subtype_diff,
            "multirange_type_name": multirange and qualify((schema, multirange) if schema else (multirange,)),
        }
        written = ", ".join(f"{quote(option)} = {value}" for option, value in options.items() if value is not None)
        super().__init__(f"create type {qualify((schema, name) if schema else (name,))} as range ({written})")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "span")`."""
        return Identity(cls.kind, home_name(strings(fields["typeName"]), home))

    @classmethod
    def is_qualified(cls, fields: Fields) -> bool:
        """Whether the type's name has a schema."""
        return len(fields["typeName"]) > 1

    @cached_property
    def canonical(self) -> str:
        """With the options in one order, and without the name that the multirange type has anyway."""
        options = dict(self._options)
        if self.multirange != (self.identity.names[0], _multirange(self.identity.name)):
            options["multirange_type_name"] = qualify(self.multirange)
        written = ", ".join(f"{quote(option)} = {options[option]}" for option in _OPTIONS if option in options)
        return f"CREATE TYPE {qualify(self.identity.names)} AS RANGE ({written})"

    @cached_property
    def _options(self) -> dict[str, str]:
        """The options as they are written, but for the multirange type's."""
        text = canonical(self.sql, home=self.home)
        nodes = [item["DefElem"] for item in parse(text).fields["params"]]
        starts = [offset(text, node["location"]) for node in nodes]
        pieces = [text[start:end].rstrip(", ") for start, end in zip(starts, [*starts, len(text) - 1][1:], strict=True)]
        found = {node["defname"]: piece.partition(" = ")[2] for node, piece in zip(nodes, pieces, strict=True)}
        return {option: value for option, value in found.items() if option != "multirange_type_name"}

    @cached_property
    def multirange(self) -> tuple[str, str]:
        """Schema and name of its multirange type, which PostgreSQL makes of its own where none is given."""
        for option in self.tree.fields["params"]:
            if option["DefElem"]["defname"] == "multirange_type_name":
                schema, name = home_name(strings(option["DefElem"]["arg"]["TypeName"]["names"]), self.home)
                return schema, name
        return self.identity.names[0], _multirange(self.identity.name)

    def refers(self, found: References) -> None:
        """The parser takes every option for a type."""
        for option in self.tree.fields["params"]:
            name, argument = option["DefElem"]["defname"], option["DefElem"]["arg"]
            if name == "subtype" or "TypeName" not in argument:
                continue
            *schema, last = strings(argument["TypeName"]["names"])
            there = schema[-1] if schema else None
            if (there, last) != self._subtype:
                found.types.discard((there, last))
            if name in ("canonical", "subtype_diff"):
                found.routines.add((there, last))
            elif name in _SORTS:
                found.others.add((_SORTS[name], there, last))

    @property
    def _subtype(self) -> tuple[str | None, str]:
        found = [
            strings(o["DefElem"]["arg"]["TypeName"]["names"])
            for o in self.tree.fields["params"]
            if o["DefElem"]["defname"] == "subtype"
        ]
        if len(found) != 1:
            raise SqlError("a range type has one subtype", hint=f"Write: {self.example}", place=self.origin)
        (names,) = found
        return (names[-2] if len(names) > 1 else None, names[-1])

    @property
    def provided(self) -> set[tuple[str, str, str]]:
        """Its multirange type as well, and the functions that are called like the types, in its own schema."""
        functions = ("routine", self.identity.names[0], self.multirange[1])
        return super().provided | {("type", *self.multirange), functions}

    # -- changing ---------------------------------------------------------------------------------------------------

    def replace_statements(self, old: Self) -> list[str] | None:
        """Only the multirange type can have another name."""
        return self._multirange_renamed(old) if old._options == self._options else None

    def rename_statements(self, old: Self) -> list[str]:
        """The multirange type and the functions that make values are not renamed with the type by themselves."""
        functions = _functions_renamed(self.identity.names, old.identity.names, self.identity.names)
        return [*super().rename_statements(old), *functions, *self._multirange_renamed(old)]

    def _multirange_renamed(self, old: Self) -> list[str]:
        (was, before), (now, after) = old.multirange, self.multirange
        statements = [f"ALTER TYPE {qualify((was, before))} RENAME TO {quote(after)}"] if before != after else []
        statements += [f"ALTER TYPE {qualify((was, after))} SET SCHEMA {quote(now)}"] if was != now else []
        there, here = (old.identity.names[0], before), (self.identity.names[0], after)
        return [*statements, *_functions_renamed(self.multirange, there, here)]


_OPTIONS = ("subtype", "subtype_opclass", "collation", "canonical", "subtype_diff", "multirange_type_name")
_SORTS = {"subtype_opclass": "operator class", "collation": "collation"}

_FUNCTIONS = """DECLARE f oid;
BEGIN
  FOR f IN SELECT objid FROM pg_depend
            WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_type'::regclass
              AND refobjid = {type}::regtype AND deptype = 'i' LOOP
    {alter}
  END LOOP;
END"""


def _functions_renamed(type_: Sequence[str], before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The functions that PostgreSQL has made for a type, from one qualified name to another."""
    actions = [f" RENAME TO {quote(after[1])}"] if before[1] != after[1] else []
    actions += [f" SET SCHEMA {quote(after[0])}"] if before[0] != after[0] else []
    alter = " ".join(f"EXECUTE concat('ALTER FUNCTION ', f::regprocedure, {literal(a)});" for a in actions)
    return [f"DO {literal(_FUNCTIONS.format(type=literal(qualify(type_)), alter=alter))}"] if actions else []


def _multirange(name: str) -> str:
    """As makeMultirangeTypeName() of PostgreSQL does: `multi` before the first `range` in it, else behind."""
    if "range" in name:
        made = name.replace("range", "multirange", 1)
    else:
        made = name.encode()[: LONGEST - 11].decode(errors="ignore") + "_multirange"
    return made.encode()[:LONGEST].decode(errors="ignore")
