"""Views. https://www.postgresql.org/docs/current/sql-createview.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from cucurbit.entities.identity import Identity
from cucurbit.entities.names import relation_name
from cucurbit.entities.query import Selectable, query_text
from cucurbit.entities.relation import Relation
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, or_replace

if TYPE_CHECKING:
    from sqlalchemy import Column


class View(Relation):
    """`create view active_orders as select …`. Replaced in place where its columns stay; else made anew."""

    kind = "view"
    node = "ViewStmt"
    example = "create view active_orders as select …"
    rank = 60
    provides = frozenset({"relation", "type"})
    drop = "VIEW"
    relation_field = "view"
    catalog = """
        select 'pg_class'::regclass as classid, c.oid as objid, array[n.nspname::text, c.relname::text] as key,
               format('CREATE VIEW %I.%I', n.nspname, c.relname)
                 || coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '')
                 || E' AS\\n' || rtrim(pg_get_viewdef(c.oid), ';')
                 || coalesce((select string_agg(format(E';\\nALTER VIEW %I.%I ALTER COLUMN %I SET DEFAULT %s',
                                n.nspname, c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid)), '' order by a.attnum)
                                from pg_attrdef d
                                join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
                               where d.adrelid = c.oid), '') as definition
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'v'
    """
    # Who reads it meanwhile gets an error and no rows that are not true: the condition is no truth value.
    cut = """
        select 'pg_class'::regclass as classid, c.oid as objid,
               format('CREATE OR REPLACE VIEW %I.%I AS SELECT ', n.nspname, c.relname)
                 || coalesce(string_agg(format('NULL::%s%s AS %s', format_type(a.atttypid, a.atttypmod),
                      ' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(l.collname), quote_ident(a.attname)),
                      ', ' order by a.attnum) filter (where a.attnum > 0), '')
                 || ' WHERE (''this view is set aside''::text || '' while a migration runs'')::boolean' as statement
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
          left join pg_collation l on l.oid = a.attcollation
          left join pg_namespace cn on cn.oid = l.collnamespace
         where c.relkind = 'v'
         group by n.nspname, c.relname, c.oid
    """

    def __init__(
        self,
        name: str,
        definition: str | Selectable,
        *,
        columns: Sequence[str | Column[Any]] = (),
        options: Mapping[str, object] | None = None,
        schema: str | None = None,
    ) -> None:
        """A view by its query, SQL or a SQLAlchemy `select()`; `options` as in `{"security_invoker": True}`.

        `columns` names its columns; those of a text can be SQLAlchemy's, with types, for `table` to have them.
        """
        super().__init__(view_sql("view", name, definition, columns=columns, options=options, schema=schema))
        self._reads(name, schema, definition, columns)

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "active_orders")`."""
        return Identity(cls.kind, relation_name(fields["view"], home))

    def replace_statements(self, old: Self) -> list[str] | None:
        """CREATE OR REPLACE VIEW; the server refuses removed, renamed or retyped columns."""
        return [or_replace(self.sql)]


def view_sql(
    what: str,
    name: str,
    definition: str | Selectable,
    *,
    columns: Sequence[str | Column[Any]],
    options: Mapping[str, object] | None,
    schema: str | None,
) -> str:
    """The CREATE statement of a view or a materialized view."""
    head = f"create {what} {qualify((schema, name) if schema else (name,))}"
    if columns:
        head += f" ({', '.join(quote(c if isinstance(c, str) else c.name) for c in columns)})"
    if options:
        head += " with (" + ", ".join(f"{quote(key)} = {_value(value)}" for key, value in options.items()) + ")"
    return f"{head} as\n{query_text(definition)}"


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
