"""Rules. https://www.postgresql.org/docs/current/sql-createrule.html"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, or_replace


class Rule(Entity):
    """`create rule kept as on delete to orders do instead nothing`; not a view's own. Replaced in place."""

    kind = "rule"
    node = "RuleStmt"
    example = "create rule kept as on delete to orders do instead nothing"
    rank = 82
    drop = "RULE"
    relation_field = "relation"
    catalog = """
        select 'pg_rewrite'::regclass as classid, r.oid as objid,
               array[n.nspname::text, c.relname::text, r.rulename::text] as key,
               rtrim(pg_get_ruledef(r.oid), ';')
                 || case r.ev_enabled when 'O' then '' else format(E';\\nALTER TABLE %I.%I %s RULE %I',
                      n.nspname, c.relname,
                      case r.ev_enabled when 'D' then 'DISABLE' when 'A' then 'ENABLE ALWAYS' else 'ENABLE REPLICA' end,
                      r.rulename) end as definition
          from pg_rewrite r
          join pg_class c on c.oid = r.ev_class
          join pg_namespace n on n.oid = c.relnamespace
         where r.rulename <> '_RETURN'
    """

    def __init__(
        self,
        name: str,
        event: str,
        *,
        table: str,
        do: str | Sequence[str],
        instead: bool = False,
        where: str | None = None,
        schema: str | None = None,
    ) -> None:
        """A rule: `Rule("kept", "delete", table="orders", do="nothing", instead=True)`.

        `event` is `insert`, `update` or `delete`, `do` one command or several, `where` a condition, all as SQL.
        """
        on = qualify((schema, table) if schema else (table,))
        commands = do if isinstance(do, str) else "(\n  " + ";\n  ".join(do) + "\n)"
        parts = [
            f"create rule {quote(name)} as on {event} to {on}",
            f"where {where}" if where else "",
            f"do {'instead' if instead else 'also'} {commands}",
        ]
        super().__init__("\n".join(filter(None, parts)))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "orders", "kept")`."""
        if fields["event"] == "CMD_SELECT":
            raise SqlError("a rule on select is what makes a view", hint="Write: create view … as select …")
        return Identity(cls.kind, (*relation_name(fields["relation"], home), fields["rulename"]))

    def replace_statements(self, old: Self) -> list[str] | None:
        """CREATE OR REPLACE RULE."""
        return [or_replace(self.sql)]
