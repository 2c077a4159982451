"""Casts. https://www.postgresql.org/docs/current/sql-createcast.html"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import Fields, name_of, strings
from cucurbit.sql.references import References
from cucurbit.sql.types import argument_type

_CONTEXTS = {"COERCION_EXPLICIT": "", "COERCION_ASSIGNMENT": " AS ASSIGNMENT", "COERCION_IMPLICIT": " AS IMPLICIT"}


class Cast(Entity):
    """`create cast (integer as mood) with function mood_of(integer) as assignment`; a change makes it anew."""

    kind = "cast"
    node = "CreateCastStmt"
    example = "create cast (integer as mood) with function mood_of(integer)"
    rank = 53
    is_implied = True
    drop = "CAST"
    has_arguments = True
    has_schema = False
    renamable = False
    catalog = """
        select 'pg_cast'::regclass as classid, c.oid as objid,
               array[format_type(c.castsource, null), format_type(c.casttarget, null)] as key,
               format('CREATE CAST (%s AS %s) ', format_type(c.castsource, null), format_type(c.casttarget, null))
                 || case c.castmethod when 'f' then 'WITH FUNCTION ' || c.castfunc::regprocedure
                                      when 'i' then 'WITH INOUT' else 'WITHOUT FUNCTION' end
                 || case c.castcontext when 'a' then ' AS ASSIGNMENT' when 'i' then ' AS IMPLICIT' else '' end
               as definition
          from pg_cast c
    """

    def __init__(
        self, source: str, target: str, *, function: str | None = None, inout: bool = False, context: str | None = None
    ) -> None:
        """A cast: `Cast("integer", "mood", function="mood_of(integer)", context="assignment")`.

        Types and function are SQL. With neither `function` nor `inout` the two types have one representation;
        `context` is `assignment` or `implicit`.
        """
        how = f"with function {function}" if function else "with inout" if inout else "without function"
        super().__init__(f"create cast ({source} as {target}) {how}" + (f" as {context}" if context else ""))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """The two types: it has no name, and lives in no schema."""
        return Identity(cls.kind, (), tuple(argument_type(fields[side], home) for side in ("sourcetype", "targettype")))

    @classmethod
    def identity_of(cls, key: Sequence[str]) -> Identity:
        """From source and target."""
        return Identity(cls.kind, (), tuple(key))

    @cached_property
    def canonical(self) -> str:
        """With the schema of every type that is not PostgreSQL's own, as in its identity."""
        fields = self.tree.fields
        source, target = self.identity.arguments or ()
        how = "WITH INOUT" if fields.get("inout") else "WITHOUT FUNCTION"
        if function := fields.get("func"):
            types = ", ".join(argument_type(item["TypeName"], self.home) for item in function.get("objargs", ()))
            how = f"WITH FUNCTION {qualify(strings(function['objname']))}"
            how += "" if function.get("args_unspecified") else f"({types})"
        return f"CREATE CAST ({source} AS {target}) {how}{_CONTEXTS[fields['context']]}"

    def drop_statements(self) -> list[str]:
        """DROP CAST."""
        source, target = self.identity.arguments or ()
        return [f"DROP CAST ({source} AS {target})"]

    def refers(self, found: References) -> None:
        """Its function, and the types of that."""
        function = self.tree.fields.get("func")
        if function:
            found.routines.add(name_of(function["objname"]))
