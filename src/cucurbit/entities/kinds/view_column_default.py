"""Defaults of a view's columns. https://www.postgresql.org/docs/current/sql-alterview.html"""

from __future__ import annotations

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.setting import Setting
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields


class ViewColumnDefault(Setting):
    """`alter view open_orders alter column status set default 'open'`: for INSERT into the view. Changed in place."""

    kind = "view column default"
    example = "alter view open_orders alter column status set default 'open'"
    rank = 76
    actions = frozenset({"AT_ColumnDefault"})
    is_object = True
    catalog = """
        select 'pg_attrdef'::regclass as classid, d.oid as objid,
               array[n.nspname::text, c.relname::text, a.attname::text] as key,
               format('ALTER VIEW %I.%I ALTER COLUMN %I SET DEFAULT %s', n.nspname, c.relname, a.attname,
                      pg_get_expr(d.adbin, d.adrelid)) as definition
          from pg_attrdef d
          join pg_class c on c.oid = d.adrelid and c.relkind = 'v'
          join pg_namespace n on n.oid = c.relnamespace
          join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    """

    def __init__(self, view: str, column: str, default: str, *, schema: str | None = None) -> None:
        """`default` is an expression, as SQL."""
        on = qualify((schema, view) if schema else (view,))
        super().__init__(f"alter view {on} alter column {quote(column)} set default {default}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "open_orders", "status")`."""
        command = cls.command(fields)
        if fields["objtype"] != "OBJECT_VIEW":
            raise SqlError(
                "the default of a table's column belongs to its model: mapped_column(server_default=…)",
                hint="That of a view's column is an entity: alter view … alter column … set default …",
            )
        if "def" not in command:
            raise SqlError(
                "a view's column has no default without a declaration",
                hint="Remove the statement that sets one.",
            )
        return Identity(cls.kind, (*relation_name(fields["relation"], home), command["name"]))

    canonical = Entity.canonical  # the expression as the parser prints it

    def drop_statements(self) -> list[str]:
        """NULL then, or what the table that it writes to has."""
        schema, view, column = self.identity.names
        return [f"ALTER VIEW {qualify((schema, view))} ALTER COLUMN {quote(column)} DROP DEFAULT"]
