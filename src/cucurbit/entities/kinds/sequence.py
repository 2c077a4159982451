"""Sequences that stand free. https://www.postgresql.org/docs/current/sql-createsequence.html"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, qualify
from cucurbit.sql.parse import Fields, strings


class Sequence(Entity):
    """`create sequence ticket start 1000`; altered in place, and the value that it has reached stays."""

    kind = "sequence"
    node = "CreateSeqStmt"
    example = "create sequence ticket start 1000"
    rank = 25
    provides = frozenset({"relation"})
    drop = "SEQUENCE"
    relation_field = "sequence"
    only_in_place = True
    # Those of serial and identity columns, and all that a column owns, are the models'.
    catalog = """
        select 'pg_class'::regclass as classid, c.oid as objid, array[n.nspname::text, c.relname::text] as key,
               format('CREATE %sSEQUENCE %I.%I AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s',
                      case c.relpersistence when 'u' then 'UNLOGGED ' else '' end, n.nspname, c.relname,
                      format_type(s.seqtypid, null), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
                      case when s.seqcycle then ' CYCLE' else ' NO CYCLE' end) as definition
          from pg_sequence s
          join pg_class c on c.oid = s.seqrelid
          join pg_namespace n on n.oid = c.relnamespace
         where c.relpersistence <> 't'
           and not exists (select from pg_depend d
                            where d.classid = 'pg_class'::regclass and d.objid = c.oid
                              and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i'))
    """

    def __init__(
        self,
        name: str,
        *,
        type: str | None = None,  # noqa: A002 - PostgreSQL's word
        start: int | None = None,
        increment: int | None = None,
        minimum: int | None = None,
        maximum: int | None = None,
        cache: int | None = None,
        cycle: bool = False,
        schema: str | None = None,
    ) -> None:
        """A sequence: `Sequence("ticket", start=1000)`; what is not given is as PostgreSQL has it."""
        options = {"increment": increment, "minvalue": minimum, "maxvalue": maximum, "start": start, "cache": cache}
        parts = [
            f"create sequence {qualify((schema, name) if schema else (name,))}",
            f"as {type}" if type else "",
            *(f"{word} {value}" for word, value in options.items() if value is not None),
            "cycle" if cycle else "",
        ]
        super().__init__(" ".join(filter(None, parts)))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "ticket")`. Raises SqlError for a sequence that ends with its session or with a column."""
        for option in fields.get("options", ()):
            definition = option["DefElem"]
            if definition["defname"] == "owned_by" and strings(definition["arg"]["List"]["items"]) != ["none"]:
                raise SqlError(
                    "a sequence that a column owns is the column's, and goes with it",
                    hint="Leave OWNED BY out, or give the model's column an Identity().",
                )
            if definition["defname"] in ("restart", "sequence_name"):
                raise SqlError(
                    f"{definition['defname'].replace('_', ' ').upper()} is not part of a sequence's definition",
                    hint="START says with which value a new sequence begins.",
                )
        return Identity(cls.kind, relation_name(fields["sequence"], home))

    @cached_property
    def canonical(self) -> str:
        """With all options, in one order: a default is no other sequence than the same value written out."""
        words = "UNLOGGED SEQUENCE" if self.tree.fields["sequence"]["relpersistence"] == "u" else "SEQUENCE"
        return f"CREATE {words} {qualify(self.identity.names)} {self._words}"

    @property
    def _words(self) -> str:
        o = self._options
        return (
            f"AS {o['as']} INCREMENT {o['increment']} MINVALUE {o['minvalue']} MAXVALUE {o['maxvalue']}"
            f" START {o['start']} CACHE {o['cache']} {'CYCLE' if o['cycle'] else 'NO CYCLE'}"
        )

    @cached_property
    def _options(self) -> dict[str, Any]:
        """The options with PostgreSQL's defaults, of which some depend on the direction and the type."""
        given: dict[str, Any] = {}
        for option in self.tree.fields.get("options", ()):
            given[option["DefElem"]["defname"]] = option["DefElem"].get("arg")
        type_ = _TYPES.get(strings(given["as"]["TypeName"]["names"])[-1] if "as" in given else "int8", "bigint")
        found = {
            name: value
            for name in ("increment", "minvalue", "maxvalue", "start", "cache")
            if (value := _number(given.get(name))) is not None
        }
        increment = found.get("increment", 1)
        lowest, highest = (-(2 ** _BITS[type_]), 2 ** _BITS[type_] - 1)
        minimum = found.get("minvalue", 1 if increment > 0 else lowest)
        maximum = found.get("maxvalue", highest if increment > 0 else -1)
        return {
            "as": type_,
            "increment": increment,
            "minvalue": minimum,
            "maxvalue": maximum,
            "start": found.get("start", minimum if increment > 0 else maximum),
            "cache": found.get("cache", 1),
            "cycle": bool((given.get("cycle") or {}).get("Boolean", {}).get("boolval")),
        }

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER SEQUENCE, with which the value that it has reached stays; the server refuses bounds without it.

        One that was never used has reached none, and begins where it is to start now.
        """
        name = qualify(self.identity.names)
        before, after = (e.tree.fields["sequence"]["relpersistence"] for e in (old, self))
        alter = f"ALTER SEQUENCE {name} {self._words}"
        statements = [alter] if old._words != self._words else []
        if (start := old._options["start"]) != self._options["start"]:
            new = f"(SELECT FROM {name} WHERE NOT is_called AND last_value = {start})"
            body = f"BEGIN IF EXISTS {new} THEN {alter} RESTART; ELSE {alter}; END IF; END"
            statements = [f"DO {literal(body)}"]
        if before != after:
            statements.append(f"ALTER SEQUENCE {name} SET {'UNLOGGED' if after == 'u' else 'LOGGED'}")
        return statements

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """A sequence of the models is made with their tables, and cannot be made twice."""
        if self.identity.names in declared.relations:
            yield Finding(
                "error",
                f"{self.identity} is declared by the models as well",
                self,
                hint="Keep one of the two: this statement, or the sqlalchemy.Sequence.",
            )


_TYPES = {"int2": "smallint", "int4": "integer", "int8": "bigint"}
_BITS = {"smallint": 15, "integer": 31, "bigint": 63}


def _number(argument: Fields | None) -> int | None:
    """A number in a tree, where one that does not fit 32 bits is a float; None for NO MINVALUE and what is not said."""
    if argument is None:
        return None
    if "Integer" in argument:
        return int(argument["Integer"].get("ival", 0))
    try:
        return int(argument["Float"]["fval"])
    except ValueError:
        raise SqlError(f"a sequence has whole numbers, not {argument['Float']['fval']}") from None
