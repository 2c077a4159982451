"""Comments. https://www.postgresql.org/docs/current/sql-comment.html"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.said import Said
from cucurbit.entities.kinds.target import Target, named
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal
from cucurbit.sql.parse import Fields

_PUBLIC = Target("schema", ("public",))
_USUAL = "standard public schema"
_OF_EXTENSION = """DO $comment$
BEGIN
  EXECUTE (SELECT format('COMMENT ON EXTENSION %I IS %L', name, comment)
             FROM pg_catalog.pg_available_extensions WHERE name = {name});
END
$comment$"""


class Comment(Said):
    """`comment on view active_orders is 'not shipped yet'`; those of models' tables and columns are the models'."""

    kind = "comment"
    node = "CommentStmt"
    example = "comment on view active_orders is '…'"
    # What initdb and extensions say of their own is theirs, but for what somebody has said of the schema public.
    catalog = named(
        f"""
        select classoid as classid, objoid as objid, objsubid, description
          from pg_description d
         where objoid >= 16384
           and not exists (select from pg_depend e
                            where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e')
           and (classoid <> 'pg_extension'::regclass
                or description is distinct from (select a.comment from pg_available_extensions a
                                                   join pg_extension x on x.extname = a.name where x.oid = objoid))
            or classoid = 'pg_namespace'::regclass and objoid = 'public'::regnamespace
               and description <> {literal(_USUAL)}
        """,  # noqa: S608 - a constant
        "'COMMENT ON ' || s.sql || ' IS ' || quote_literal(o.description)",
    )

    def __init__(self, on: str, text: str) -> None:
        """A comment: `Comment("view active_orders", "not shipped yet")`; `on` is SQL, the type and the name."""
        super().__init__(f"comment on {on} is {literal(text)}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`on` and the names of the object."""
        if not fields.get("comment"):
            raise SqlError("no comment is how an object is without a declaration", hint="Remove the statement.")
        return Target.read(fields["objtype"], fields["object"], home).identity(cls.kind)

    @classmethod
    def is_of_models(cls, identity: Identity, declared: Declarations) -> bool:
        """Those of tables and columns are in the models, where Alembic compares them."""
        return identity.on in ("on table", "on column") and identity.names[:2] in declared.tables

    @property
    def canonical(self) -> str:
        """The statement, written out."""
        return f"COMMENT ON {self.target.sql} IS {literal(self.tree.fields['comment'])}"

    def replace_statements(self, old: Self) -> list[str] | None:
        """The new one takes the place of the old one."""
        return [self.canonical]

    def drop_statements(self) -> list[str]:
        """NULL instead of a text; an extension, and the schema public, get back what is said of them by itself."""
        if self.target.type == "extension":
            return [_OF_EXTENSION.format(name=literal(self.identity.name))]
        text = literal(_USUAL) if self.target == _PUBLIC else "NULL"
        return [f"COMMENT ON {self.target.sql} IS {text}"]

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """A model has its own word for it."""
        if self.is_of_models(self.identity, declared):
            words = 'Column(…, comment="…")' if self.target.type == "column" else 'Table(…, comment="…")'
            yield Finding("error", f"{self.identity} belongs to the model", self, hint=f"Write it there: {words}")
