"""What the catalogs say of tables, part by part, so that two states of a database can be compared.

Alembic compares models with tables; this compares what one server says of two databases, or of one at two times.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from cucurbit.database.catalog import FIRST_NORMAL_OID, unqualified
from cucurbit.sql.names import qualify, quote

# The order of columns is left out: PostgreSQL puts a column that comes back at the end.
_PARTS = f"""
with t as (
  select c.*, n.nspname, format('%I.%I', n.nspname, c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.oid >= {FIRST_NORMAL_OID} and c.relkind in ('r', 'p', 'S')
     and not (c.relkind = 'r' and c.relnatts = 1 and exists (  -- Alembic's own, whatever its name
           select from pg_attribute a where a.attrelid = c.oid and a.attnum = 1 and a.attname = 'version_num'))
     and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     and not exists (select from pg_depend d
                      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
)
select 'table', nspname, relname, '', json_build_object(
         'kind', relkind, 'persistence', relpersistence, 'partitioned by', pg_get_partkeydef(oid),
         'inherits', (select array_agg(i.inhparent::regclass::text order by i.inhseqno) from pg_inherits i
                       where i.inhrelid = t.oid),
         'options', (select array_agg(o order by o) from (
                       select unnest(reloptions) as o union all
                       select 'toast.' || unnest(x.reloptions) from pg_class x where x.oid = t.reltoastrelid) p),
         'method', (select amname from pg_am a where a.oid = relam),
         'tablespace', (select spcname from pg_tablespace s where s.oid = reltablespace),
         'comment', obj_description(oid, 'pg_class'))
  from t where relkind <> 'S'
union all
select 'column', t.nspname, t.relname, a.attname, json_build_object(
         'type', format_type(a.atttypid, a.atttypmod), 'base', format_type(a.atttypid, null),
         'not null', a.attnotnull, 'identity', a.attidentity, 'generated', a.attgenerated,
         'default', pg_get_expr(d.adbin, d.adrelid),
         'collation', nullif(a.attcollation, y.typcollation)::regcollation::text,
         'comment', col_description(t.oid, a.attnum))
  from t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_type y on y.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
 where t.relkind <> 'S'
union all
select 'constraint', t.nspname, t.relname, k.conname, json_build_object(
         'type', k.contype, 'definition', pg_get_constraintdef(k.oid), 'validated', k.convalidated,
         'columns', (select array_agg(a.attname order by a.attname) from pg_attribute a
                      where a.attrelid = t.oid and a.attnum = any(k.conkey)),
         'inherited', k.coninhcount > 0 and not k.conislocal,
         'refers', (select array[n.nspname, r.relname] from pg_class r join pg_namespace n on n.oid = r.relnamespace
                     where r.oid = k.confrelid),
         'comment', obj_description(k.oid, 'pg_constraint'))
  from t join pg_constraint k on k.conrelid = t.oid
union all
select 'table index', t.nspname, t.relname, x.relname, json_build_object(
         'definition', pg_get_indexdef(i.indexrelid), 'valid', i.indisvalid,
         'constraint', exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p','u','x')),
         'inherited', x.relispartition,
         'columns', (select array_agg(distinct a.attname) from pg_depend d
                       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = d.refobjsubid
                      where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                        and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid and a.attnum > 0),
         'tablespace', (select spcname from pg_tablespace s where s.oid = x.reltablespace),
         'comment', obj_description(x.oid, 'pg_class'))
  from t join pg_index i on i.indrelid = t.oid join pg_class x on x.oid = i.indexrelid
union all
select 'sequence', t.nspname, t.relname, '', json_build_object(
         'type', s.seqtypid::regtype::text, 'start', s.seqstart, 'increment', s.seqincrement, 'min', s.seqmin,
         'max', s.seqmax, 'cycle', s.seqcycle, 'cache', s.seqcache, 'persistence', t.relpersistence,
         'owner', (select json_build_array(n.nspname, r.relname, a.attname)
                     from pg_depend d join pg_class r on r.oid = d.refobjid join pg_namespace n on n.oid = r.relnamespace
                     join pg_attribute a on a.attrelid = r.oid and a.attnum = d.refobjsubid
                    where d.classid = 'pg_class'::regclass and d.objid = t.oid and d.deptype in ('a', 'i')
                      and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0),
         'comment', obj_description(t.oid, 'pg_class'))
  from t join pg_sequence s on s.seqrelid = t.oid
"""  # noqa: E501, S608 - numbers and names of our own


TABLE, COLUMN, CONSTRAINT, INDEX, SEQUENCE = "table", "column", "constraint", "table index", "sequence"


class Key(NamedTuple):
    """Which part of which table: `sort` is one of the five above; `name` is "" for a table and for a sequence, whose
    own name is `table`.
    """

    sort: str
    schema: str
    table: str
    name: str = ""

    @property
    def relation(self) -> tuple[str, str]:
        """Schema and name of the table, or of the sequence."""
        return self.schema, self.table

    def __str__(self) -> str:
        owner = qualify(self.relation)
        if self.sort == INDEX:
            return f"index {qualify((self.schema, self.name))}"
        return f"{self.sort} {quote(self.name)} of {owner}" if self.name else f"{self.sort} {owner}"


@dataclass(frozen=True)
class Part:
    """One part, with what the server says of it: the facets are what `_PARTS` selects, by name."""

    key: Key
    facets: Mapping[str, Any] = field(hash=False)

    def __getitem__(self, facet: str) -> Any:
        return self.facets.get(facet)


Parts = dict[Key, Part]


def read(connection: Connection) -> Parts:
    """Every part of every table but Alembic's own, every sequence included; no matter whose. One query."""
    with unqualified(connection):
        rows = connection.exec_driver_sql(_PARTS, execution_options={"no_parameters": True}).all()
    return _parts((*key, facets) for *key, facets in rows)


def dumped(found: Parts) -> list[list[Any]]:
    """The parts as values for JSON; `loaded` reads them."""
    return [[*part.key, dict(part.facets)] for part in found.values()]


def loaded(values: list[list[Any]]) -> Parts:
    """The parts of `dumped`."""
    return _parts(values)


def _parts(rows: Any) -> Parts:
    found = (Part(Key(*key), facets if isinstance(facets, dict) else json.loads(facets)) for *key, facets in rows)
    return {part.key: part for part in found}
