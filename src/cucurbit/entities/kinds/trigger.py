"""Triggers. https://www.postgresql.org/docs/current/sql-createtrigger.html"""

from __future__ import annotations

from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import relation_name
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, or_replace


class Trigger(Entity):
    """`create trigger touch before update on orders …`; constraint triggers, and triggers on views, too."""

    kind = "trigger"
    node = "CreateTrigStmt"
    example = "create trigger touch before update on orders …"
    rank = 80
    drop = "TRIGGER"
    relation_field = "relation"
    forgets_marks = True
    catalog = """
        select 'pg_trigger'::regclass as classid, t.oid as objid,
               array[n.nspname::text, c.relname::text, t.tgname::text] as key,
               pg_get_triggerdef(t.oid)
                 || case t.tgenabled when 'O' then '' else format(E';\\nALTER TABLE %I.%I %s TRIGGER %I',
                      n.nspname, c.relname,
                      case t.tgenabled when 'D' then 'DISABLE' when 'A' then 'ENABLE ALWAYS' else 'ENABLE REPLICA' end,
                      t.tgname) end as definition
          from pg_trigger t
          join pg_class c on c.oid = t.tgrelid
          join pg_namespace n on n.oid = c.relnamespace
         where not t.tgisinternal and t.tgparentid = 0
    """

    def __init__(
        self,
        name: str,
        definition: str,
        *,
        table: str,
        execute: str,
        for_each: str = "row",
        when: str | None = None,
        constraint: bool = False,
        deferrable: str | None = None,
        schema: str | None = None,
    ) -> None:
        """A trigger: `Trigger("touch", "before update", table="orders", execute="touch_updated_at()")`.

        `definition` is the time and the events, `execute` the call, `when` a condition and `deferrable` for example
        `deferrable initially deferred`, all as SQL.
        """
        on = qualify((schema, table) if schema else (table,))
        parts = [
            f"create {'constraint ' if constraint else ''}trigger {quote(name)}",
            f"{definition} on {on}",
            deferrable or "",
            f"for each {for_each}",
            f"when ({when})" if when else "",
            f"execute function {execute}",
        ]
        super().__init__("\n".join(filter(None, parts)))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "orders", "touch")`."""
        return Identity(cls.kind, (*relation_name(fields["relation"], home), fields["trigname"]))

    def replace_statements(self, old: Self) -> list[str] | None:
        """CREATE OR REPLACE TRIGGER, which there is not for constraint triggers."""
        if self.tree.fields.get("isconstraint") or old.tree.fields.get("isconstraint"):
            return None
        return [or_replace(self.sql)]
