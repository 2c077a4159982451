"""Transforms. https://www.postgresql.org/docs/current/sql-createtransform.html"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.sql.names import quote
from cucurbit.sql.parse import Fields, name_of, or_replace
from cucurbit.sql.references import References
from cucurbit.sql.types import argument_type


class Transform(Entity):
    """`create transform for mood language ours (from sql with function …, to sql with function …)`; replaced in place.

    It is told apart by its language and its type.
    """

    kind = "transform"
    node = "CreateTransformStmt"
    example = "create transform for mood language ours (from sql with function …)"
    rank = 54
    has_arguments = True
    has_schema = False
    renamable = False
    drop = "TRANSFORM"
    catalog = """
        select 'pg_transform'::regclass as classid, t.oid as objid,
               array[l.lanname::text, format_type(t.trftype, null)] as key,
               format('CREATE TRANSFORM FOR %s LANGUAGE %I (%s)', format_type(t.trftype, null), l.lanname,
                      concat_ws(', ',
                        case when t.trffromsql <> 0 then 'FROM SQL WITH FUNCTION ' || t.trffromsql::regprocedure end,
                        case when t.trftosql <> 0 then 'TO SQL WITH FUNCTION ' || t.trftosql::regprocedure end))
               as definition
          from pg_transform t join pg_language l on l.oid = t.trflang
    """

    def __init__(self, type_: str, language: str, *, from_sql: str | None = None, to_sql: str | None = None) -> None:
        """A transform of a type by functions with their arguments (`to_ours(internal)`), all as SQL."""
        functions = [
            f"from sql with function {from_sql}" if from_sql else "",
            f"to sql with function {to_sql}" if to_sql else "",
        ]
        super().__init__(
            f"create transform for {type_} language {quote(language)} ({', '.join(filter(None, functions))})"
        )

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """Language and type: it lives in no schema."""
        return Identity(cls.kind, (fields["lang"],), (argument_type(fields["type_name"], home),))

    @classmethod
    def identity_of(cls, key: Sequence[str]) -> Identity:
        """The language is the one name that it has."""
        return Identity(cls.kind, tuple(key[:1]), tuple(key[1:]))

    def replace_statements(self, old: Self) -> list[str] | None:
        """CREATE OR REPLACE TRANSFORM."""
        return [or_replace(self.sql)]

    def drop_statements(self) -> list[str]:
        """DROP TRANSFORM."""
        identity = self.identity
        (type_,) = identity.arguments or ()
        return [f"DROP TRANSFORM FOR {type_} LANGUAGE {quote(identity.name)}"]

    def refers(self, found: References) -> None:
        """Its language and its functions."""
        fields = self.tree.fields
        found.others.add(("language", "", fields["lang"]))
        found.routines |= {name_of(fields[field]["objname"]) for field in ("fromsql", "tosql") if field in fields}
