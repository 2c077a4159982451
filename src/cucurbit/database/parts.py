"""Parts that can stand in the way: of tables defaults, constraints, indexes, columns, of domains constraints.

They belong to their tables and are entities of no kind, but like entities they are taken down and put back. A column
whose type is in the way has another one meanwhile, which holds the same values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from cucurbit.database.catalog import unqualified
from cucurbit.database.dependants import Address
from cucurbit.entities.identity import Identity
from cucurbit.errors import MigrationError


@dataclass(frozen=True)
class Part:
    """One part, by a name as entities have it, with the statements that take it away and give it back.

    Where its `owner` is made anew it goes and comes with that. `stays` says that it is altered, not dropped.
    """

    address: Address
    identity: Identity
    down: list[str]
    up: list[str]
    owner: Address | None = None

    @property
    def stays(self) -> bool:
        """Whether it is altered and not dropped, so that what belongs to it is not lost."""
        return self.identity.kind == _RETYPED


_GENERATED = "generated column"
_RETYPED = "type of column"

# Of each: classid, objid, objsubid, kind, names, down, up, the owner's classid and objid. A column's default and
# expression stay at their column, and what is inherited comes and goes with the parent's. Columns and filters of
# publications are there from PostgreSQL 15 on: before, their names mean those outside.
# https://www.postgresql.org/docs/current/sql-altertable.html
#
# A column has meanwhile what its domain is over, if that is PostgreSQL's own, or text; JSON keeps a composite value's
# attributes by their names. The first way back is that of ALTER TABLE, which refuses what would be cut short.
#
# A domain's constraint is dropped in a subtransaction: else PostgreSQL refuses to begin the next one, with
# "unprocessed inval messages".
_PARTS = """
with recursive wanted as (
  select classid::oid, objid::oid, objsubid::int
    from unnest(%s::int8[], %s::int8[], %s::int8[]) w(classid, objid, objsubid)
), relations as (
  select c.oid, c.relname, c.relkind, n.nspname, format('%%I.%%I', n.nspname, c.relname) as name,
         case c.relkind when 'v' then 'VIEW' else 'TABLE' end as word
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
), columns as (
  select w.objid, w.objsubid, a.*, r.nspname, r.relname, r.name, format_type(a.atttypid, a.atttypmod) as type,
         case when a.attcollation not in (0, t.typcollation)
              then (select format(' COLLATE %%I.%%I', n.nspname, l.collname)
                      from pg_collation l join pg_namespace n on n.oid = l.collnamespace where l.oid = a.attcollation)
              else '' end as collation,
         case when a.attstorage <> t.typstorage
              then case a.attstorage when 'p' then 'PLAIN' when 'e' then 'EXTERNAL' when 'm' then 'MAIN'
                                     else 'EXTENDED' end end as storage,
         case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end as compression
    from wanted w
    join pg_attribute a on w.classid = 'pg_class'::regclass and a.attrelid = w.objid and a.attnum = w.objsubid
                       and w.objsubid > 0 and a.attgenerated = ''
    join pg_type t on t.oid = a.atttypid
    join relations r on r.oid = a.attrelid and r.relkind in ('r', 'p')
), types as (
  select objid, objsubid, 0 as depth, atttypid as type, atttypmod as typmod from columns
  union all
  select y.objid, y.objsubid, y.depth + 1, case t.typtype when 'd' then t.typbasetype else t.typelem end,
         case t.typtype when 'd' then t.typtypmod else -1 end
    from types y join pg_type t on t.oid = y.type and (t.typtype = 'd' or t.typcategory = 'A' and t.typelem <> 0)
), meanwhile as (
  select y.objid, y.objsubid,
         case when bool_or(t.typtype = 'c') then 'json'
              else coalesce((array_agg(format_type(y.type, y.typmod) order by y.depth)
                             filter (where t.typtype <> 'd' and y.type < 16384 and not y.is_element))[1], 'text')
         end as type
    from (select y.*, exists (select from types u join pg_type a on a.oid = u.type
                               where (u.objid, u.objsubid) = (y.objid, y.objsubid) and u.depth < y.depth
                                 and a.typtype <> 'd') as is_element
            from types y) y
    join pg_type t on t.oid = y.type
   group by y.objid, y.objsubid
), members as (
  select m.oid, m.prpubid, m.prrelid, f.columns, f.filter
    from (select null::pg_node_tree as prqual, null::int2vector as prattrs) before_15, pg_publication_rel m,
         lateral (select prattrs as columns, pg_get_expr(prqual, prrelid) as filter
                    from pg_publication_rel x where x.oid = m.oid) f
)
select w.classid::int8, w.objid::int8, w.objsubid, 'column default' as kind,
       array[r.nspname::text, r.relname, a.attname] as names,
       array[format('ALTER %%s %%s ALTER COLUMN %%I DROP DEFAULT', r.word, r.name, a.attname)] as down,
       array[format('ALTER %%s %%s ALTER COLUMN %%I SET DEFAULT %%s', r.word, r.name, a.attname,
                    pg_get_expr(d.adbin, d.adrelid))] as up,
       'pg_class'::regclass::oid::int8 as owner_class, r.oid::int8 as owner
  from wanted w
  join pg_attrdef d on w.classid = 'pg_attrdef'::regclass and d.oid = w.objid
  join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum and a.attgenerated = ''
  join relations r on r.oid = d.adrelid
union all
select w.classid::int8, w.objid::int8, w.objsubid, 'generated column',
       array[r.nspname::text, r.relname, a.attname],
       array_remove(array[
         case when a.attnotnull then format('ALTER TABLE %%s ALTER COLUMN %%I DROP NOT NULL', r.name, a.attname) end,
         format('ALTER TABLE %%s ALTER COLUMN %%I SET EXPRESSION AS (NULL::%%s)', r.name, a.attname,
                format_type(a.atttypid, a.atttypmod))], null),
       array_remove(array[
         format('ALTER TABLE %%s ALTER COLUMN %%I SET EXPRESSION AS (%%s)', r.name, a.attname,
                pg_get_expr(d.adbin, d.adrelid)),
         case when a.attnotnull then coalesce(
           (select format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', r.name, k.conname, pg_get_constraintdef(k.oid))
              from pg_constraint k where k.conrelid = r.oid and k.contype = 'n' and k.conkey = array[a.attnum]),
           format('ALTER TABLE %%s ALTER COLUMN %%I SET NOT NULL', r.name, a.attname)) end],
       null),
       'pg_class'::regclass::oid::int8, r.oid::int8
  from wanted w
  join pg_attribute a on w.classid = 'pg_class'::regclass and a.attrelid = w.objid and a.attnum = w.objsubid
                     and w.objsubid > 0 and a.attgenerated <> ''
  join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  join relations r on r.oid = a.attrelid and r.relkind in ('r', 'p')
union all
select w.classid::int8, w.objid::int8, 0, 'constraint', array[r.nspname::text, r.relname, k.conname],
       array[format('ALTER TABLE %%s DROP CONSTRAINT %%I', r.name, k.conname)],
       array_remove(array[
         format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', r.name, k.conname, pg_get_constraintdef(k.oid)),
         case when i.indisclustered then format('ALTER TABLE %%s CLUSTER ON %%I', r.name, k.conname) end,
         case when i.indisreplident
              then format('ALTER TABLE %%s REPLICA IDENTITY USING INDEX %%I', r.name, k.conname) end
       ], null),
       'pg_class'::regclass::oid::int8, r.oid::int8
  from wanted w
  join pg_constraint k on w.classid = 'pg_constraint'::regclass and k.oid = w.objid
                      and (k.coninhcount = 0 or k.conislocal) and k.conparentid = 0
  join relations r on r.oid = k.conrelid
  left join pg_index i on i.indexrelid = k.conindid and k.contype in ('p', 'u', 'x')
union all
select w.classid::int8, w.objid::int8, 0, 'inherited constraint', array[r.nspname::text, r.relname, k.conname],
       '{}', '{}',
       'pg_class'::regclass::oid::int8, r.oid::int8
  from wanted w
  join pg_constraint k on w.classid = 'pg_constraint'::regclass and k.oid = w.objid
                      and (k.coninhcount > 0 and not k.conislocal or k.conparentid <> 0)
  join relations r on r.oid = k.conrelid and r.relkind = 'f'
union all
select w.classid::int8, w.objid::int8, 0, 'index', array[x.nspname::text, x.relname],
       case when p.inhparent is null then array[format('DROP INDEX %%s', x.name)] else '{}' end,
       array_remove(array[
         pg_get_indexdef(c.oid),
         case when s.spcname is not null then format('ALTER INDEX %%s SET TABLESPACE %%I', x.name, s.spcname) end,
         case when p.inhparent is not null then format('ALTER INDEX %%s ATTACH PARTITION %%s', parent.name, x.name) end,
         case when i.indisreplident
              then format('ALTER TABLE %%s REPLICA IDENTITY USING INDEX %%I', r.name, x.relname) end
       ], null),
       'pg_class'::regclass::oid::int8, r.oid::int8
  from wanted w
  join pg_index i on w.classid = 'pg_class'::regclass and w.objsubid = 0 and i.indexrelid = w.objid
  join pg_class c on c.oid = i.indexrelid
  join relations x on x.oid = c.oid
  join relations r on r.oid = i.indrelid and r.relkind in ('r', 'p')
  left join pg_inherits p on p.inhrelid = c.oid
  left join relations parent on parent.oid = p.inhparent
  left join pg_tablespace s on s.oid = c.reltablespace
 where not exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
union all
select w.classid::int8, w.objid::int8, 0, 'publication table',
       array[r.nspname::text, r.relname, p.pubname],
       array[format('ALTER PUBLICATION %%I DROP TABLE ONLY %%s', p.pubname, r.name)],
       array[format('ALTER PUBLICATION %%I ADD TABLE ONLY %%s', p.pubname, r.name)
             || coalesce(' (' || (select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
                                    from pg_attribute a
                                   where a.attrelid = r.oid and a.attnum = any(m.columns)) || ')', '')
             || coalesce(' WHERE (' || m.filter || ')', '')],
       'pg_publication'::regclass::oid::int8, p.oid::int8
  from wanted w
  join members m on w.classid = 'pg_publication_rel'::regclass and m.oid = w.objid
  join pg_publication p on p.oid = m.prpubid
  join relations r on r.oid = m.prrelid
union all
select w.classid::int8, w.objid::int8, 0, 'domain constraint', array[n.nspname::text, t.typname, k.conname],
       array[format('DO %%L', format(
         'BEGIN BEGIN ALTER DOMAIN %%I.%%I DROP CONSTRAINT %%I; EXCEPTION WHEN raise_exception THEN RAISE; END; END',
         n.nspname, t.typname, k.conname))],
       array[format('ALTER DOMAIN %%I.%%I ADD CONSTRAINT %%I %%s', n.nspname, t.typname, k.conname,
                    pg_get_constraintdef(k.oid))], 'pg_type'::regclass::oid::int8, t.oid::int8
  from wanted w
  join pg_constraint k on w.classid = 'pg_constraint'::regclass and k.oid = w.objid and k.contype in ('c', 'n')
  join pg_type t on t.oid = k.contypid
  join pg_namespace n on n.oid = t.typnamespace
union all
select 'pg_class'::regclass::oid::int8, c.objid::int8, c.objsubid, 'type of column',
       array[c.nspname::text, c.relname, c.attname],
       case when c.attinhcount > 0 then '{}'
            else array[format('ALTER TABLE %%s ALTER COLUMN %%I TYPE %%s USING %%s', c.name, c.attname, m.type,
                              format(case m.type when 'json' then 'to_json(%%I)' else '%%I::%%s' end, c.attname,
                                     m.type))] end,
       case when c.attinhcount > 0 then '{}'
            when m.type = 'json' then array[
              format('CREATE TYPE %%I.cucurbit__column AS (v %%s)', c.nspname, c.type),
              format('ALTER TABLE %%s ALTER COLUMN %%I TYPE %%s USING '
                     '(json_populate_record(NULL::%%I.cucurbit__column, json_build_object(''v'', %%I))).v',
                     c.name, c.attname, c.type, c.nspname, c.attname),
              format('DROP TYPE %%I.cucurbit__column', c.nspname)]
            else array[format('DO %%L', format(
              'BEGIN %%1$s; EXCEPTION WHEN datatype_mismatch THEN %%1$s USING %%2$I::text::%%3$s; END',
              format('ALTER TABLE %%s ALTER COLUMN %%I TYPE %%s%%s', c.name, c.attname, c.type, c.collation),
              c.attname, c.type))] end
         || array_remove(array[
              format('ALTER TABLE %%s ALTER COLUMN %%I SET STORAGE ', c.name, c.attname) || c.storage,
              format('ALTER TABLE %%s ALTER COLUMN %%I SET COMPRESSION ', c.name, c.attname) || c.compression], null),
       null, null
  from columns c join meanwhile m on (m.objid, m.objsubid) = (c.objid, c.objsubid)
union all
select w.classid::int8, w.objid::int8, 0, 'publication schema', array[n.nspname::text, p.pubname],
       array[format('ALTER PUBLICATION %%I DROP TABLES IN SCHEMA %%I', p.pubname, n.nspname)],
       array[format('ALTER PUBLICATION %%I ADD TABLES IN SCHEMA %%I', p.pubname, n.nspname)],
       'pg_publication'::regclass::oid::int8, p.oid::int8
  from wanted w
  join pg_depend dp on (dp.classid, dp.objid) = (w.classid, w.objid) and dp.refclassid = 'pg_publication'::regclass
  join pg_publication p on p.oid = dp.refobjid
  join pg_depend dn on (dn.classid, dn.objid) = (w.classid, w.objid) and dn.refclassid = 'pg_namespace'::regclass
  join pg_namespace n on n.oid = dn.refobjid
 where w.classid = to_regclass('pg_catalog.pg_publication_namespace')
"""


def refuse_generated(connection: Connection, found: Sequence[Part]) -> None:
    """Raise MigrationError for a generated column where its expression cannot be changed in place, before 17.

    To drop and add it would put it behind the others, and lose its indexes, rights and comments.
    """
    generated = [part.identity for part in found if part.identity.kind == _GENERATED]
    version = int(connection.exec_driver_sql("show server_version_num").scalar_one()) // 10000
    if generated and version < 17:
        raise MigrationError(
            f"{generated[0]} depends on what is changed, and PostgreSQL {version} cannot change an expression in place",
            hint="Drop the column before, in the same migration, and add it again after: its values are computed anew.",
        )


def parts(connection: Connection, addresses: Sequence[Address]) -> dict[Address, Part]:
    """Those of the addresses that are such a part; one query."""
    if not addresses:
        return {}
    columns = tuple(list(column) for column in zip(*addresses, strict=True))
    with unqualified(connection):
        rows = connection.exec_driver_sql(_PARTS, columns).all()
    return {
        Address(*row[:3]): Part(
            Address(*row[:3]),
            Identity(row[3], tuple(row[4])),
            list(row[5]),
            list(row[6]),
            Address(*row[7:]) if row[7] else None,
        )
        for row in rows
    }
