"""Tables of a database as SQLAlchemy has them, with everything that a model can say.

SQLAlchemy's own reflection leaves some of it out (exclusion constraints, NOT VALID, operator classes) and has some
otherwise (the schema of a default's sequence), so only its types are taken over; the rest is read from the catalogs.
https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

import json
import warnings
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, MetaData, Table, inspect
from sqlalchemy.exc import SAWarning

from cucurbit.database.model_columns import Row, column, exact_types
from cucurbit.database.model_parts import parts

Name = tuple[str, str]

_TABLES = """
with t as (
  select c.*, n.nspname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p')
     and (n.nspname::text, c.relname::text) in (select * from unnest(%s::text[], %s::text[]))
)
select t.nspname, t.relname, json_build_object(
    'partitioned by', pg_get_partkeydef(t.oid), 'unlogged', t.relpersistence = 'u', 'comment', obj_description(t.oid, 'pg_class'),
    'method', (select amname from pg_am a where a.oid = t.relam and amname <> 'heap'),
    'tablespace', (select spcname from pg_tablespace s where s.oid = t.reltablespace),
    'options', (select array_agg(o order by o) from (
                  select unnest(t.reloptions) as o union all
                  select 'toast.' || unnest(x.reloptions) from pg_class x where x.oid = t.reltoastrelid) p),
    'partition of', (select i.inhparent::regclass::text from pg_inherits i where i.inhrelid = t.oid and t.relispartition),
    'inherits', (select string_agg(i.inhparent::regclass::text, ', ') from pg_inherits i
                  where i.inhrelid = t.oid and not t.relispartition),
    'serial', (select min(a.attname) from pg_depend e join pg_attribute a on a.attrelid = t.oid and a.attnum = e.refobjsubid
                where e.refclassid = 'pg_class'::regclass and e.refobjid = t.oid and e.deptype = 'a'
                  and e.classid = 'pg_class'::regclass
                  and exists (select from pg_class s where s.oid = e.objid and s.relkind = 'S')
                  and not exists (select from pg_constraint k where k.conrelid = t.oid and k.contype = 'p'
                                     and a.attnum = any(k.conkey))),
    'of', nullif(t.reloftype, 0)::regtype::text,
    'columns', (select json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'not null', a.attnotnull,
        'named', case when y.typtype = 'd' then json_build_array(
                   case when not pg_type_is_visible(y.oid) then yn.nspname end, y.typname) end,
        'collation', (select json_build_array(case when not pg_collation_is_visible(l.oid) then ln.nspname end, l.collname)
                        from pg_collation l join pg_namespace ln on ln.oid = l.collnamespace
                       where l.oid = nullif(a.attcollation, y.typcollation)),
        'identity', nullif(a.attidentity, ''), 'generated', nullif(a.attgenerated, ''),
        'default', pg_get_expr(d.adbin, d.adrelid), 'comment', col_description(t.oid, a.attnum),
        'sequence', (select json_build_object('name', s.seqrelid::regclass::text, 'kind', e.deptype,
                            'start', s.seqstart, 'increment', s.seqincrement, 'minvalue', s.seqmin, 'maxvalue', s.seqmax,
                            'cycle', s.seqcycle, 'cache', s.seqcache)
                       from pg_depend e join pg_sequence s on s.seqrelid = e.objid
                      where e.refclassid = 'pg_class'::regclass and e.refobjid = t.oid and e.refobjsubid = a.attnum
                        and e.classid = 'pg_class'::regclass and e.deptype in ('a', 'i') limit 1)
        ) order by a.attnum)
      from pg_attribute a join pg_type y on y.oid = a.atttypid join pg_namespace yn on yn.oid = y.typnamespace
      left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
     where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped),
    'constraints', (select json_agg(json_build_object(
        'name', k.conname, 'type', k.contype, 'definition', pg_get_constraintdef(k.oid), 'valid', k.convalidated,
        'expression', pg_get_expr(k.conbin, k.conrelid), 'deferrable', k.condeferrable, 'deferred', k.condeferred,
        'columns', (select array_agg(a.attname order by o.n) from unnest(k.conkey) with ordinality o(c, n)
                      join pg_attribute a on a.attrelid = t.oid and a.attnum = o.c),
        'refers', (select json_build_array(n.nspname, r.relname) from pg_class r
                     join pg_namespace n on n.oid = r.relnamespace where r.oid = k.confrelid),
        'referred', (select array_agg(a.attname order by o.n) from unnest(k.confkey) with ordinality o(c, n)
                       join pg_attribute a on a.attrelid = k.confrelid and a.attnum = o.c),
        'set', (select array_agg(a.attname order by a.attnum) from pg_attribute a
                 where a.attrelid = t.oid and to_jsonb(k) -> 'confdelsetcols' @> to_jsonb(a.attnum)),
        'on delete', k.confdeltype, 'on update', k.confupdtype, 'match', k.confmatchtype,
        'predicate', (select pg_get_expr(i.indpred, i.indrelid) from pg_index i where i.indexrelid = k.conindid),
        'nulls not distinct', (select to_jsonb(i) -> 'indnullsnotdistinct' from pg_index i where i.indexrelid = k.conindid),
        'include', (select array_agg(a.attname order by o.n) from pg_index i
                      cross join unnest(i.indkey) with ordinality o(c, n)
                      join pg_attribute a on a.attrelid = t.oid and a.attnum = o.c
                     where i.indexrelid = k.conindid and o.n > i.indnkeyatts and k.contype in ('p', 'u'))
        ) order by k.contype, k.conname)
      from pg_constraint k where k.conrelid = t.oid and k.contype in ('p', 'u', 'f', 'c', 'x') and k.conparentid = 0
       and (k.conislocal or k.coninhcount = 0)),
    'indexes', (select json_agg(json_build_object(
        'name', x.relname, 'definition', pg_get_indexdef(x.oid), 'unique', i.indisunique, 'method', m.amname,
        'where', pg_get_expr(i.indpred, i.indrelid), 'options', x.reloptions,
        'tablespace', (select spcname from pg_tablespace s where s.oid = x.reltablespace),
        'nulls not distinct', to_jsonb(i) -> 'indnullsnotdistinct',
        'columns', (select array_agg(a.attname) from unnest(i.indkey) with ordinality o(c, n)
                      join pg_attribute a on a.attrelid = t.oid and a.attnum = o.c where o.n <= i.indnkeyatts),
        'include', (select array_agg(a.attname order by o.n) from unnest(i.indkey) with ordinality o(c, n)
                      join pg_attribute a on a.attrelid = t.oid and a.attnum = o.c where o.n > i.indnkeyatts)
        ) order by x.relname)
      from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
     where i.indrelid = t.oid and i.indisvalid and not x.relispartition
       and not exists (select from pg_constraint k where k.conindid = x.oid and k.contype in ('p', 'u', 'x'))))
  from t order by 1, 2
"""  # noqa: E501


@dataclass
class Reflected:
    """Tables, and `left`: those that no model can say, each with the reason. `indexes` are those in the tables.

    The tables have columns, types and keys, which is what their relationships are made of. How a model says
    a table is in its `info`: the calls behind its columns, and other arguments; and so it is of a column.
    """

    metadata: MetaData = field(default_factory=MetaData)
    left: dict[Name, str] = field(default_factory=dict)
    indexes: set[Name] = field(default_factory=set)


def reflect(
    connection: Connection, names: Sequence[Name], home: str, without: Collection[tuple[str, ...]] = ()
) -> Reflected:
    """The tables of these names (schema, table), without indexes of the names in `without`; nothing is written.

    Foreign keys to other tables are left out. What is printed is printed for the connection's search path, on which
    `home` is to be the only schema.
    """
    rows = _rows(connection, names)
    left = {name: reason for name, row in rows.items() if (reason := _reason(row))}
    found = Reflected(left=left)
    kept = {name: row for name, row in rows.items() if name not in left}
    types = _types(connection, kept)
    for (schema, table), row in kept.items():
        columns = [column(one, types[schema, table, one["name"]], row) for one in row["columns"] or ()]
        said = parts(row, (schema, table), home, kept.keys(), without)
        found.indexes |= said.indexes
        info = {"calls": said.calls, "options": _options(row, schema, home)}
        made = Table(table, found.metadata, *columns, schema=None if schema == home else schema, info=info)
        for one in said.keys:
            made.append_constraint(one)
        for name, call in said.of_columns:
            made.columns[name].info["args"].append(call)
        for name, flag in said.flags:
            made.columns[name].info["kwargs"][flag] = "True"
    return found


def _rows(connection: Connection, names: Sequence[Name]) -> dict[Name, Row]:
    parameters = ([schema for schema, _ in names], [table for _, table in names])
    rows = connection.exec_driver_sql(_TABLES, parameters)
    return {(schema, table): row if isinstance(row, dict) else json.loads(row) for schema, table, row in rows}


def _reason(row: Row) -> str:
    if row["partition of"]:
        return f"it is a partition of {row['partition of']}"
    if row["inherits"]:
        return f"it inherits from {row['inherits']}"
    if row["of"]:
        return f"it is a table of the type {row['of']}"
    if row["serial"]:
        return f"its column {row['serial']} has a sequence of its own, as in SQLAlchemy only a primary key can"
    dotted = [name for one in row["constraints"] or () for name in one["referred"] or () if "." in name]
    return f"a foreign key refers to a column {dotted[0]!r}, which SQLAlchemy would part at the dot" if dotted else ""


def _types(connection: Connection, rows: dict[Name, Row]) -> dict[tuple[str, str, str], Any]:
    """The columns' types, by schema, table and column."""
    tables = defaultdict(list)
    for schema, table in rows:
        tables[schema].append(table)
    inspector = inspect(connection)
    wanted = {}
    for schema, members in tables.items():
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Did not recognize type", SAWarning)  # `exact_types` does
            read = inspector.get_multi_columns(schema=schema, filter_names=members)
        for (_, table), found in read.items():
            reflected = {one["name"]: one["type"] for one in found}
            for one in rows[schema, table]["columns"] or ():
                wanted[schema, table, str(one["name"])] = (one, reflected[one["name"]])
    return exact_types(connection, wanted)


def _options(row: Row, schema: str, home: str) -> dict[str, Any]:
    """The other arguments of `Table`, or of `__table_args__`."""
    said = {
        "schema": None if schema == home else schema,
        "comment": row["comment"],
        "prefixes": ["UNLOGGED"] if row["unlogged"] else None,
        "postgresql_partition_by": row["partitioned by"],
        "postgresql_using": row["method"],
        "postgresql_with": dict(option.split("=", 1) for option in row["options"] or ()),
        "postgresql_tablespace": row["tablespace"],
    }
    return {name: value for name, value in said.items() if value}
