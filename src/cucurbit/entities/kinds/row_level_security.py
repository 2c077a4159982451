"""Row level security of a table. https://www.postgresql.org/docs/current/ddl-rowsecurity.html"""

from __future__ import annotations

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import Fields, Node

_FLAGS = {
    "AT_EnableRowSecurity": "enable",
    "AT_ForceRowSecurity": "force",
    "AT_DisableRowSecurity": "disable",
    "AT_NoForceRowSecurity": "no force",
}
_OFF = {"enable": "DISABLE", "force": "NO FORCE"}


class RowLevelSecurity(Entity):
    """`alter table orders enable row level security`, and another one to `force` it on the table's owner."""

    kind = "row level security"
    node = "AlterTableStmt"
    example = "alter table orders enable row level security"
    rank = 75
    is_object = False
    renamable = False
    catalog = """
        select 'pg_class'::regclass as classid, c.oid as objid,
               array[n.nspname::text, c.relname::text, f.flag] as key,
               format('ALTER TABLE %I.%I %s ROW LEVEL SECURITY', n.nspname, c.relname, upper(f.flag)) as definition
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          cross join lateral (values ('enable', c.relrowsecurity), ('force', c.relforcerowsecurity)) f(flag, is_on)
         where f.is_on
    """

    def __init__(self, table: str, *, force: bool = False, schema: str | None = None) -> None:
        """Row level security enabled on a table, or forced on its owner."""
        on = qualify((schema, table) if schema else (table,))
        super().__init__(f"alter table {on} {'force' if force else 'enable'} row level security")

    @classmethod
    def accepts(cls, node: Node) -> bool:
        """Any ALTER TABLE that is about row level security first."""
        return node.tag == cls.node and node.fields["cmds"][0]["AlterTableCmd"]["subtype"] in _FLAGS

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "orders", "enable")`."""
        if len(fields["cmds"]) > 1:
            raise SqlError("enable and force are two entities", hint="Write one ALTER TABLE statement for each.")
        flag = _FLAGS[fields["cmds"][0]["AlterTableCmd"]["subtype"]]
        if flag not in _OFF:
            raise SqlError(
                f"{flag} is how a table is without a declaration",
                hint="Remove the statement that enables or forces it.",
            )
        return Identity(cls.kind, (*relation_name(fields["relation"], home), flag))

    @property
    def canonical(self) -> str:
        """The statement, written out."""
        schema, table, flag = self.identity.names
        return f"ALTER TABLE {qualify((schema, table))} {flag.upper()} ROW LEVEL SECURITY"

    def drop_statements(self) -> list[str]:
        """DISABLE or NO FORCE."""
        schema, table, flag = self.identity.names
        return [f"ALTER TABLE {qualify((schema, table))} {_OFF[flag]} ROW LEVEL SECURITY"]
