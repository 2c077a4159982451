"""Whether a rule is in force. https://www.postgresql.org/docs/current/sql-altertable.html"""

from __future__ import annotations

from typing import ClassVar

from cucurbit.entities.kinds.trigger_state import FiringState


class RuleState(FiringState):
    """`alter table orders disable rule kept`; also `enable always` and `enable replica`. Changed in place."""

    kind = "rule state"
    example = "alter table orders disable rule kept"
    rank = 87
    part = "rule"
    words: ClassVar[dict[str, str]] = {
        "AT_EnableRule": "",
        "AT_DisableRule": "DISABLE",
        "AT_EnableAlwaysRule": "ENABLE ALWAYS",
        "AT_EnableReplicaRule": "ENABLE REPLICA",
    }
    actions = frozenset(words)
    flag = "''"
    catalog = """
        select 'pg_rewrite'::regclass as classid, r.oid as objid,
               array[n.nspname::text, c.relname::text, r.rulename::text] as key,
               format('ALTER TABLE %I.%I %s RULE %I', n.nspname, c.relname,
                      case r.ev_enabled when 'D' then 'DISABLE' when 'A' then 'ENABLE ALWAYS' else 'ENABLE REPLICA' end,
                      r.rulename) as definition
          from pg_rewrite r
          join pg_class c on c.oid = r.ev_class
          join pg_namespace n on n.oid = c.relnamespace
         where r.ev_enabled <> 'O' and r.rulename <> '_RETURN'
    """
