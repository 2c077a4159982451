"""Holding objects: nobody else changes them from here to the end of the transaction, so what is read of them is true.

Without it a GRANT or CREATE OR REPLACE that another session commits between reading an object and dropping it would be
lost, and nobody would know.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from cucurbit.database.dependants import Address
from cucurbit.database.statements import run_all

# To give a relation to its own owner changes nothing and takes its lock. GRANT goes through that lock before PostgreSQL
# 18, and a function has none: what is to be dropped, and functions, are renamed and named back, which makes everybody
# else who changes them wait, and fail when they are gone. Operators have a lock and no rights, and are given to their
# owners as well. Tables are locked for the sake of their parts.
_STATEMENTS = """
with held as (
  select h.classid::oid, h.objid::oid, (h.classid, h.objid) in (select * from unnest(%s::int8[], %s::int8[])) as dropped
    from unnest(%s::int8[], %s::int8[]) h(classid, objid)
), relations as (
  select distinct quote_ident(n.nspname) as schema, quote_ident(c.relname) as name, c.relowner, h.dropped,
         case c.relkind when 'v' then 'VIEW' when 'f' then 'FOREIGN TABLE' else 'MATERIALIZED VIEW' end as word
    from held h
    join pg_class c on c.oid = h.objid and h.classid = 'pg_class'::regclass and c.relkind in ('v', 'm', 'f')
    join pg_namespace n on n.oid = c.relnamespace
), tables as (
  select distinct t.relid
    from held h
    join (select 'pg_trigger'::regclass::oid as classid, oid, tgrelid as relid from pg_trigger
          union all select 'pg_policy'::regclass, oid, polrelid from pg_policy
          union all select 'pg_rewrite'::regclass, oid, ev_class from pg_rewrite
          union all select 'pg_attrdef'::regclass, oid, adrelid from pg_attrdef
          union all select 'pg_constraint'::regclass, oid, conrelid from pg_constraint
          union all select 'pg_class'::regclass, indexrelid, indrelid from pg_index
          union all select 'pg_class'::regclass, oid, oid from pg_class where relkind in ('r', 'p')) t
      on t.classid = h.classid and t.oid = h.objid
), functions as (
  select quote_ident(n.nspname) as schema, quote_ident(p.proname) as name,
         '(' || case p.prokind when 'a' then array_to_string(p.proargtypes::regtype[], ', ')
                               else pg_get_function_identity_arguments(p.oid) end || ')' as arguments
    from held h
    join pg_proc p on p.oid = h.objid and h.classid = 'pg_proc'::regclass
    join pg_namespace n on n.oid = p.pronamespace
), operators as (
  select distinct upper(i.type) as word, i.identity, o.owner
    from held h
    join (select 'pg_operator'::regclass as classid, oid, oprowner as owner from pg_operator
          union all select 'pg_opclass'::regclass, oid, opcowner from pg_opclass
          union all select 'pg_opfamily'::regclass, oid, opfowner from pg_opfamily) o
      on o.classid = h.classid and o.oid = h.objid,
         pg_identify_object(h.classid, h.objid, 0) i
)
select array[format('LOCK TABLE ONLY %%s.%%s IN ACCESS EXCLUSIVE MODE', quote_ident(n.nspname), quote_ident(c.relname))]
  from tables t join pg_class c on c.oid = t.relid and c.relkind in ('r', 'p')
  join pg_namespace n on n.oid = c.relnamespace
union all
select array[format('ALTER %%s %%s.%%s OWNER TO %%s', word, schema, name, relowner::regrole)]
  from relations where not dropped
union all
select array[format('ALTER %%s %%s.%%s RENAME TO cucurbit__held', word, schema, name),
             format('ALTER %%s %%s.cucurbit__held RENAME TO %%s', word, schema, name)] from relations where dropped
union all
select array[format('ALTER ROUTINE %%s.%%s%%s RENAME TO cucurbit__held', schema, name, arguments),
             format('ALTER ROUTINE %%s.cucurbit__held%%s RENAME TO %%s', schema, arguments, name)] from functions
union all
select array[format('ALTER SERVER %%I RENAME TO cucurbit__held', s.srvname),
             format('ALTER SERVER cucurbit__held RENAME TO %%I', s.srvname)]
  from held h join pg_foreign_server s on s.oid = h.objid and h.classid = 'pg_foreign_server'::regclass and h.dropped
union all
select array[format('ALTER %%s %%s OWNER TO %%s', word, identity, owner::regrole)] from operators
"""


def hold(connection: Connection, addresses: Sequence[Address], dropped: Sequence[Address]) -> None:
    """Wait for whoever is changing these objects, and keep everybody else from it; `dropped` are to be dropped."""
    parameters = tuple(
        [getattr(address, field) for address in some] for some in (dropped, addresses) for field in ("classid", "objid")
    )
    rows = connection.exec_driver_sql(_STATEMENTS, parameters).scalars()
    run_all(connection, [statement for statements in rows for statement in statements], heard=False)
