"""Marks: what an object has beside its definition, as statements that give it back: owner, grants, comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from cucurbit.database.dependants import Address

# For each object, in this order: owner, what the definition grants by itself revoked, grants, comments.
_MARKS = """
with wanted as (
  select o.position, o.classid, o.objid, i.identity, upper(i.type) as type
    from unnest(%s::int8[], %s::int8[]) with ordinality o(classid, objid, position),
         pg_identify_object(o.classid::oid, o.objid::oid, 0) i
), owned as (
  select w.*, a.owner, a.acl, case when w.classid = 'pg_class'::regclass then 'TABLE' else w.type end as word
    from wanted w
    join (select 'pg_class'::regclass as classid, oid, relowner as owner, relacl as acl
            from pg_class where relkind in ('r', 'p', 'v', 'm')
          union all select 'pg_proc'::regclass, oid, proowner, proacl from pg_proc
          union all select 'pg_type'::regclass, oid, typowner, typacl from pg_type
          union all select 'pg_namespace'::regclass, oid, nspowner, nspacl from pg_namespace) a
      on a.classid = w.classid and a.oid = w.objid
), granted as (
  select o.position, o.word, o.identity, null::name as column_name, x.*
    from owned o, aclexplode(o.acl) x
  union all
  select o.position, o.word, o.identity, c.attname, x.*
    from owned o
    join pg_attribute c on o.classid = 'pg_class'::regclass and c.attrelid = o.objid and not c.attisdropped,
         aclexplode(c.attacl) x
)
select position, 1 as step, null::name as column_name,
       'ALTER ' || type || ' ' || identity || ' OWNER TO ' || owner::regrole::text as sql
  from owned where owner <> (select oid from pg_roles where rolname = current_user)
union all
select position, 2, null, 'REVOKE ALL ON ' || word || ' ' || identity || ' FROM PUBLIC, ' || owner::regrole::text
  from owned where acl is not null
union all
select position, 3, column_name,
       'GRANT ' || privilege_type || coalesce(' (' || quote_ident(column_name) || ')', '')
         || ' ON ' || word || ' ' || identity
         || ' TO ' || case grantee when 0 then 'PUBLIC' else grantee::regrole::text end
         || case when is_grantable then ' WITH GRANT OPTION' else '' end
  from granted
union all
select w.position, 4, c.attname,
       'COMMENT ON ' || case when c.attname is null then w.type else 'COLUMN' end || ' ' || w.identity
         || coalesce('.' || quote_ident(c.attname), '') || ' IS ' || quote_literal(d.description)
  from wanted w
  join pg_description d on d.classoid = w.classid and d.objoid = w.objid
  left join pg_attribute c on d.objsubid > 0 and c.attrelid = w.objid and c.attnum = d.objsubid
 order by 1, 2, 4
"""


# ALTER DEFAULT PRIVILEGES gives a new object rights that the old one may not have had.
_SURPLUS = """
select distinct 'REVOKE ALL ON ' || case when o.classid = 'pg_class'::regclass then 'TABLE' else upper(i.type) end
         || ' ' || i.identity || ' FROM ' || x.grantee::regrole::text
  from (values (%s::oid, %s::oid)) o(classid, objid)
  join (select 'pg_class'::regclass as classid, oid, relowner as owner, relacl as acl
          from pg_class where relkind in ('v', 'm')
        union all select 'pg_proc'::regclass, oid, proowner, proacl from pg_proc
        union all select 'pg_type'::regclass, oid, typowner, typacl from pg_type
        union all select 'pg_namespace'::regclass, oid, nspowner, nspacl from pg_namespace) a
    on a.classid = o.classid and a.oid = o.objid,
       pg_identify_object(o.classid, o.objid, 0) i, aclexplode(a.acl) x
 where x.grantee not in (0, a.owner)
"""


def surplus(connection: Connection, addresses: Sequence[Address]) -> list[str]:
    """The statements that take from new objects what default privileges gave them."""
    found: list[str] = []
    for address in addresses:
        found += connection.exec_driver_sql(_SURPLUS, (address.classid, address.objid)).scalars()
    return found


@dataclass(frozen=True)
class Mark:
    """One statement, and the column that it is about, if it is about one."""

    sql: str
    column: str | None
    grantor: str | None = None


def marks(connection: Connection, addresses: Sequence[Address]) -> list[list[Mark]]:
    """For each object the statements that give it back what it has now; to be run in their order."""
    found: list[list[Mark]] = [[] for _ in addresses]
    if not addresses:
        return found
    rows = connection.exec_driver_sql(
        _MARKS, ([address.classid for address in addresses], [address.objid for address in addresses])
    )
    for position, _, column, sql in rows:
        found[position - 1].append(Mark(sql, column))
    return found
