"""Marks: what an object has beside its definition, as statements that give it back.

That is its owner, its state and options (a trigger that is disabled, a column's statistics target), its comments,
security labels and grants. https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection

from cucurbit.database.dependants import Address
from cucurbit.entities.objects import OWNED, WORD

# What every part of the query below reads: `wanted` are the objects, with a trigger its clones on partitions, and
# with a class of operators the family that it has made;
# `owned` those with an owner, and with rights where they have some. Default privileges may give a new object others
# than it would have without, so where there are such, the usual rights are written out as well. Where there are none,
# and no event triggers, an object that has its `usual` rights needs only what it has beside them.
_WANTED = f"""
with recursive parts as (
  select o.position, o.classid::oid as classid, o.objid::oid as objid, false as is_part
    from unnest(%s::int8[], %s::int8[]) with ordinality o(classid, objid, position)
  union all
  select p.position, o.classid, o.oid, true
    from parts p
    join (select 'pg_trigger'::regclass::oid as classid, oid, tgparentid as owner from pg_trigger
          union all
          select 'pg_opfamily'::regclass, f.oid, c.oid
            from pg_opclass c
            join pg_opfamily f on (f.oid, f.opfname, f.opfnamespace) = (c.opcfamily, c.opcname, c.opcnamespace)) o
      on o.owner = p.objid and p.classid = case o.classid when 'pg_trigger'::regclass then o.classid
                                                          else 'pg_opclass'::regclass end
), wanted as (
  select p.*,
         case when i.type = 'domain constraint'
              then (select quote_ident(k.conname) || ' ON DOMAIN ' || d.identity
                      from pg_constraint k, pg_identify_object('pg_type'::regclass, k.contypid, 0) d
                     where k.oid = p.objid)
              else i.identity end as identity,
         case i.type when 'statistics object' then 'STATISTICS' when 'table constraint' then 'CONSTRAINT'
                     when 'domain constraint' then 'CONSTRAINT'
                     when 'aggregate' then 'ROUTINE' when 'composite type' then 'TYPE'
                     when 'foreign-data wrapper' then 'FOREIGN DATA WRAPPER'
                     else upper(i.type) end as type
    from parts p, pg_identify_object(p.classid, p.objid, 0) i
), owned as (
  select w.*, a.owner, a.class,
         {WORD} as word,
         coalesce(a.acl, case when a.class is not null and exists (select from pg_default_acl)
                              then acldefault(a.class, a.owner) end) as acl
    from wanted w
    join ({OWNED}) a
      on a.classid = w.classid and a.oid = w.objid
), usual as (
  select position, acldefault(class, owner) as acl
    from owned
   where not exists (select from pg_default_acl) and not exists (select from pg_event_trigger)
     and acldefault(class, owner)::text[] <@ acl::text[]
), rights as (
  select o.position, o.word, o.identity, o.owner, null::int as number, null::name as column_name,
         case when u.position is null then o.acl
              else array(select i from unnest(o.acl) i where i::text <> all(u.acl::text[])) end as acl
    from owned o left join usual u on u.position = o.position
   where o.acl is not null
  union all
  select o.position, o.word, o.identity, o.owner, c.attnum, c.attname, c.attacl
    from owned o
    join pg_attribute c on c.attrelid = o.objid and c.attacl is not null and not c.attisdropped
   where o.classid = 'pg_class'::regclass
)
"""  # noqa: S608 - a part of our own

# In the order in which they are to be run: an owner first, what it may do last, and grants behind all else.
_STEPS = (
    # 1. The owner.
    """
select position, 1 as step, null::int as number, null::name as column_name,
       'ALTER ' || type || ' ' || identity || ' OWNER TO ' || owner::regrole::text as sql,
       null::text as grantor, null::text as grantee, null::text[] as privileges, false as is_grantable
  from owned where owner <> (select oid from pg_roles where rolname = current_user)
""",
    # 2. Whether a trigger or a rule is enabled. That of a clone follows its parent's, unless it is said.
    """
select w.position, 2, null, null,
       format('ALTER TABLE ONLY %%I.%%I %%s TRIGGER %%I', n.nspname, c.relname, s.state, t.tgname),
       null, null, null, false
  from wanted w
  join pg_trigger t on w.classid = 'pg_trigger'::regclass and t.oid = w.objid
  join pg_class c on c.oid = t.tgrelid
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_trigger p on p.oid = t.tgparentid
  join (values ('O', 'ENABLE'), ('D', 'DISABLE'), ('A', 'ENABLE ALWAYS'), ('R', 'ENABLE REPLICA')) s(letter, state)
    on s.letter = t.tgenabled
 where t.tgenabled <> 'O' or w.is_part and p.tgenabled <> 'O'
union all
select w.position, 2, null, null,
       format('ALTER TABLE %%I.%%I %%s RULE %%I', n.nspname, c.relname, s.state, r.rulename), null, null, null, false
  from wanted w
  join pg_rewrite r on w.classid = 'pg_rewrite'::regclass and r.oid = w.objid
  join pg_class c on c.oid = r.ev_class
  join pg_namespace n on n.oid = c.relnamespace
  join (values ('D', 'DISABLE'), ('A', 'ENABLE ALWAYS'), ('R', 'ENABLE REPLICA')) s(letter, state)
    on s.letter = r.ev_enabled
""",
    # 2. The same of an event trigger.
    """
select w.position, 2, null, null, format('ALTER EVENT TRIGGER %%I %%s', e.evtname, s.state), null, null, null, false
  from wanted w
  join pg_event_trigger e on w.classid = 'pg_event_trigger'::regclass and e.oid = w.objid
  join (values ('D', 'DISABLE'), ('A', 'ENABLE ALWAYS'), ('R', 'ENABLE REPLICA')) s(letter, state)
    on s.letter = e.evtenabled
""",
    # 2. How much is known of a column, and how it is stored. Never set is null from PostgreSQL 17, before it is -1.
    """
select w.position, 2, a.attnum, a.attname,
       'ALTER ' || w.type || ' ' || w.identity || ' ALTER COLUMN '
         || case c.relkind when 'i' then a.attnum::text else quote_ident(a.attname) end || o.option,
       null, null, null, false
  from wanted w
  join pg_class c on w.classid = 'pg_class'::regclass and c.oid = w.objid and c.relkind in ('m', 'i', 'f')
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
 cross join lateral (values
         (' SET STATISTICS ' || nullif(a.attstattarget, -1)),
         (case when c.relkind <> 'i' then ' SET (' || array_to_string(a.attoptions, ', ') || ')' end),
         (case when c.relkind <> 'i' and a.attstorage <> t.typstorage then ' SET STORAGE '
            || case a.attstorage when 'p' then 'PLAIN' when 'e' then 'EXTERNAL' when 'm' then 'MAIN'
                                 else 'EXTENDED' end end),
         (' SET COMPRESSION ' || case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end)) o(option)
 where o.option is not null
union all
select w.position, 2, null, null, 'ALTER STATISTICS ' || w.identity || ' SET STATISTICS ' || s.stxstattarget,
       null, null, null, false
  from wanted w join pg_statistic_ext s on w.classid = 'pg_statistic_ext'::regclass and s.oid = w.objid
 where s.stxstattarget >= 0
""",
    # 2. What an index or an extension has to do with it.
    """
select w.position, 2, null, null,
       format('ALTER %%s %%I.%%I CLUSTER ON %%I', case r.relkind when 'm' then 'MATERIALIZED VIEW' else 'TABLE' end,
              n.nspname, r.relname, c.relname), null, null, null, false
  from wanted w
  join pg_index i on w.classid = 'pg_class'::regclass and i.indexrelid = w.objid and i.indisclustered
  join pg_class c on c.oid = i.indexrelid
  join pg_class r on r.oid = i.indrelid
  join pg_namespace n on n.oid = r.relnamespace
union all
select w.position, 2, null, null,
       format('ALTER %%s %%I.%%I REPLICA IDENTITY ', case r.relkind when 'm' then 'MATERIALIZED VIEW' else 'TABLE' end,
              n.nspname, r.relname)
         || case r.relreplident when 'i' then 'USING INDEX ' || quote_ident(x.relname)
                                when 'f' then 'FULL' else 'NOTHING' end, null, null, null, false
  from wanted w
  left join pg_index i on w.classid = 'pg_class'::regclass and i.indexrelid = w.objid and i.indisreplident
  left join pg_class x on x.oid = i.indexrelid
  join pg_class r on w.classid = 'pg_class'::regclass
                 and (r.oid = i.indrelid or r.oid = w.objid and r.relkind = 'm' and r.relreplident in ('f', 'n'))
  join pg_namespace n on n.oid = r.relnamespace
union all
select w.position, 2, null, null,
       'ALTER ' || w.type || ' ' || w.identity || ' DEPENDS ON EXTENSION ' || quote_ident(e.extname),
       null, null, null, false
  from wanted w
  join pg_depend d on d.classid = w.classid and d.objid = w.objid and d.deptype = 'x'
                  and d.refclassid = 'pg_extension'::regclass
  join pg_extension e on e.oid = d.refobjid
""",
    # 3. Comments, those on a domain's constraints and a composite type's attributes if they are there. 4. Security
    # labels.
    """
select w.position, s.step, c.attnum, c.attname,
       s.words || ' ON ' || case when c.attname is null then w.type else 'COLUMN' end || ' ' || w.identity
         || coalesce('.' || quote_ident(c.attname), '') || ' IS ' || quote_literal(s.text),
       null, null, null, false
  from wanted w
  join (select 3 as step, 'COMMENT' as words, classoid, objoid, objsubid, description as text from pg_description
        union all
        select 4, 'SECURITY LABEL FOR ' || quote_ident(provider), classoid, objoid, objsubid, label
          from pg_seclabel) s
    on s.classoid = w.classid and s.objoid = w.objid
  left join pg_attribute c on s.objsubid > 0 and c.attrelid = w.objid and c.attnum = s.objsubid
union all
select w.position, 3, null, null,
       'DO ' || quote_literal(format('BEGIN IF EXISTS (SELECT FROM %%s) THEN COMMENT ON %%s IS %%L; END IF; END',
                                     p.there, p.what, c.description)),
       null, null, null, false
  from wanted w
  join (select k.contypid as type, 'pg_constraint'::regclass as classid, k.oid, 0 as number,
               format('pg_constraint WHERE contypid = %%L::regtype AND conname = %%L', i.identity, k.conname) as there,
               format('CONSTRAINT %%I ON DOMAIN %%s', k.conname, i.identity) as what
          from pg_constraint k, pg_identify_object('pg_type'::regclass, k.contypid, 0) i
         where k.contypid <> 0
        union all
        select r.reltype, 'pg_class'::regclass, r.oid, a.attnum,
               format('pg_attribute WHERE attrelid = %%L::regclass AND attname = %%L', i.identity, a.attname),
               format('COLUMN %%s.%%I', i.identity, a.attname)
          from pg_class r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped,
               pg_identify_object('pg_class'::regclass, r.oid, 0) i
         where r.relkind = 'c') p
    on w.classid = 'pg_type'::regclass and p.type = w.objid
  join pg_description c on c.classoid = p.classid and c.objoid = p.oid and c.objsubid = p.number
""",
    # 5. What the definition grants by itself, revoked. 6. Grants, in one statement where they are the owner's.
    """
select position, 5, null, null, 'REVOKE ALL ON ' || word || ' ' || identity || ' FROM PUBLIC, ' || owner::regrole::text,
       null, null, null, false
  from owned where acl is not null and position not in (select position from usual)
union all
select r.position, 6, r.number, r.column_name,
       'GRANT ' || x.list || ' ON ' || r.word || ' ' || r.identity
         || ' TO ' || case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end
         || case when x.is_grantable then ' WITH GRANT OPTION' else '' end,
       case when x.grantor <> r.owner then pg_get_userbyid(x.grantor)::text end, pg_get_userbyid(x.grantee)::text,
       x.privileges, x.is_grantable
  from rights r
 cross join lateral (
       select e.grantor, e.grantee, e.is_grantable, array_agg(e.privilege_type) as privileges,
              string_agg(e.privilege_type || coalesce(' (' || quote_ident(r.column_name) || ')', ''), ', '
                         order by e.privilege_type) as list
         from aclexplode(r.acl) e
        group by e.grantor, e.grantee, e.is_grantable, case when e.grantor <> r.owner then e.privilege_type end) x
""",
)

_MARKS = _WANTED + " union all ".join(_STEPS) + " order by position, step, number nulls first, sql"


# ALTER DEFAULT PRIVILEGES gives a new object rights that the old one may not have had.
_SURPLUS = f"""
select distinct 'REVOKE ALL ON ' || {WORD}
         || ' ' || i.identity || ' FROM ' || x.grantee::regrole::text
  from (select a.* from unnest(%s::int8[], %s::int8[]) o(classid, objid)
          join ({OWNED}) a
            on a.classid = o.classid::oid and a.oid = o.objid::oid
         where a.acl is not null offset 0) a,
       aclexplode(a.acl) x, pg_identify_object(a.classid, a.oid, 0) i
 where x.grantee not in (0, a.owner)
"""  # noqa: S608 - a part of our own


@dataclass(frozen=True)
class Mark:
    """One statement; the column that it is about, if it is about one; the role to run it as, None for whoever runs it.

    GRANT is recorded as of the role that runs it, or of the object's owner if that role may act as the owner.
    https://www.postgresql.org/docs/current/sql-grant.html
    """

    sql: str
    column: str | None
    grantor: str | None = None


class _Row(NamedTuple):
    """What the query says of one mark; grantee, privileges and is_grantable only where it is a grant."""

    position: int
    step: int
    number: int | None
    column: str | None
    sql: str
    grantor: str | None
    grantee: str
    privileges: list[str]
    is_grantable: bool


def marks(connection: Connection, addresses: Sequence[Address]) -> list[list[Mark]]:
    """For each object the statements that give it back what it has now; to be run in their order."""
    found: list[list[Mark]] = [[] for _ in addresses]
    if not addresses:
        return found
    rows = map(_Row._make, connection.exec_driver_sql(_MARKS, _parameters(addresses)).all())
    for position, mine in groupby(rows, lambda row: row.position):
        found[position - 1] = [Mark(row.sql, row.column, row.grantor) for row in _in_chains(mine)]
    return found


def surplus(connection: Connection, addresses: Sequence[Address]) -> list[str]:
    """The statements that take from new objects what default privileges gave them."""
    return list(connection.exec_driver_sql(_SURPLUS, _parameters(addresses)).scalars()) if addresses else []


def _parameters(addresses: Sequence[Address]) -> tuple[list[int], list[int]]:
    return [address.classid for address in addresses], [address.objid for address in addresses]


def _in_chains(rows: Iterable[_Row]) -> list[_Row]:
    """In their order, but each grant of another than the owner behind the one that gave its grantor the right to."""
    ordered, waiting = [], list(rows)
    if not any(row.grantor for row in waiting):
        return waiting
    may: set[tuple[str, str, str | None]] = set()
    while waiting:
        # Where nobody's turn has come, the catalog has a grant that no GRANT can make: the server is to say so.
        ready = [row for row in waiting if row.grantor is None or _is_held(row, may)] or waiting
        ordered += ready
        may |= {(row.grantee, name, row.column) for row in ready if row.is_grantable for name in row.privileges}
        waiting = [row for row in waiting if row not in ready]
    return ordered


def _is_held(row: _Row, may: set[tuple[str, str, str | None]]) -> bool:
    """Whether the grantor may grant it by now; what holds for a whole table holds for each of its columns."""
    return any(all((row.grantor, name, column) in may for name in row.privileges) for column in (row.column, None))
