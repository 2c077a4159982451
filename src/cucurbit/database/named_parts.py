"""The parts of one table that have names of their own, and the names that PostgreSQL gives them by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from cucurbit.sql.names import qualify, usual_name

_COLUMNS = """
select n.nspname, c.relname, array(select a.attname from pg_attribute a
                                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
"""

_PARTS = """
with t as (select %s::regclass as oid)
select 'constraint', k.contype::text, k.conname, false,
       array(select a.attname from unnest(k.conkey) with ordinality u(n, i)
               join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by i)
  from t join pg_constraint k on k.conrelid = t.oid and k.contype in ('p', 'u', 'f', 'c', 'x')
union all
select 'index', 'i', c.relname, i.indisunique,
       array(select coalesce(a.attname, '') from unnest(i.indkey::int2[]) with ordinality u(n, k)
               left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.n
              where k <= i.indnkeyatts order by k)
  from t join pg_index i on i.indrelid = t.oid join pg_class c on c.oid = i.indexrelid
 where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
union all
select 'sequence', 's', c.relname, false, array[a.attname]
  from t join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid and d.refobjsubid > 0
                         and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
  join pg_class c on c.oid = d.objid and c.relkind = 'S'
  join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
 order by 1, 3
"""

# What PostgreSQL puts behind the names of table and columns. https://www.postgresql.org/docs/current/indexes-unique.html
_LABELS = {"p": "pkey", "u": "key", "f": "fkey", "c": "check", "x": "excl", "i": "idx", "s": "seq"}


@dataclass(frozen=True)
class Part:
    """A constraint, an index or a sequence: `type` is pg_constraint's letter, `i` or `s`; columns in their order."""

    sort: str
    type: str
    name: str
    unique: bool
    columns: tuple[str, ...]

    def usual_name(self, table: str, columns: Sequence[str]) -> str:
        """What PostgreSQL would call it, were the table and its columns called so (and nothing else had the name)."""
        named = () if self.type == "p" or (self.type == "c" and len(columns) != 1) else columns
        return usual_name(table, named, _LABELS[self.type])


def columns(connection: Connection) -> dict[tuple[str, str], list[str]]:
    """The columns of every table, by schema and name."""
    rows = connection.exec_driver_sql(_COLUMNS, execution_options={"no_parameters": True})
    return {(schema, table): list(names) for schema, table, names in rows}


def parts(connection: Connection, schema: str, table: str) -> list[Part]:
    """The named parts of one table, but for NOT NULL: that has a name from PostgreSQL 18 on only."""
    rows = connection.exec_driver_sql(_PARTS, (qualify((schema, table)),))
    return [Part(sort, type_, name, unique, tuple(names)) for sort, type_, name, unique, names in rows]
