"""What the catalogs say of tables, part by part, so that two states of a database can be compared.

Alembic compares models with tables; this compares a database with itself, before a migration and after its downgrade.
"""

from __future__ import annotations

from sqlalchemy import Connection

from cucurbit.database import version
from cucurbit.database.catalog import FIRST_NORMAL_OID, unqualified

# The order of columns is left out: PostgreSQL puts a column that comes back at the end.
_PARTS = f"""
with t as (
  select c.*, format('%I.%I', n.nspname, c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.oid >= {FIRST_NORMAL_OID} and c.relkind in ('r', 'p', 'S') and c.relname <> '{version.TABLE}'
     and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     and not exists (select from pg_depend d
                      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
)
select case relkind when 'S' then 'sequence ' else 'table ' end || name,
       concat_ws(' ', relkind, relpersistence, pg_get_partkeydef(oid), reloptions::text,
                 obj_description(oid, 'pg_class'))
  from t
union all
select format('column %I of %s', a.attname, t.name),
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
                 pg_get_expr(d.adbin, d.adrelid), nullif(a.attcollation, y.typcollation)::regcollation,
                 col_description(t.oid, a.attnum))
  from t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_type y on y.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
 where t.relkind <> 'S'
union all
select format('constraint %I of %s', k.conname, t.name), concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated)
  from t join pg_constraint k on k.conrelid = t.oid
union all
select format('index %s', i.indexrelid::regclass), concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid)
  from t join pg_index i on i.indrelid = t.oid
union all
select format('sequence %s', s.seqrelid::regclass),
       concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle)
  from t join pg_sequence s on s.seqrelid = t.oid
"""  # noqa: S608 - a number


def parts(connection: Connection) -> dict[str, set[str]]:
    """What each part of each table but Alembic's own is, by its name: `column total of public.orders`."""
    with unqualified(connection):
        rows = connection.exec_driver_sql(_PARTS, execution_options={"no_parameters": True}).all()
    found: dict[str, set[str]] = {}
    for name, definition in rows:
        found.setdefault(name, set()).add(definition)
    return found
