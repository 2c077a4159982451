"""Stored queries: the views whose rows PostgreSQL keeps until they are refreshed, and which of them reads which.

https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from sqlalchemy import Connection

from cucurbit.database.statements import run
from cucurbit.errors import DatabaseError
from cucurbit.sql.names import qualify

Name = tuple[str, str]

# What an index has to be for REFRESH … CONCURRENTLY: is_usable_unique_index() in the server's matview.c.
_STORED = """
select n.nspname, c.relname, o.rolname, c.relispopulated,
       exists (select from pg_index i
                where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate
                  and i.indpred is null and 0 < all (i.indkey::int2[])),
       has_database_privilege(c.relowner, current_database(), 'TEMPORARY'),
       pg_has_role(c.relowner, 'USAGE')
         or current_setting('server_version_num')::int >= 170000 and has_table_privilege(c.oid, 'MAINTAIN'),
       c.oid::int8
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_roles o on o.oid = c.relowner
 where c.relkind = 'm'
   and not exists (select from pg_depend d
                    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
 order by 1, 2
"""

# Downwards from each, through the rules that make views and through parsed bodies of functions, as far as the next one
# that is stored. A table is an end: that its column has a default which calls a function says nothing of its rows.
_READS = """
with recursive walk(reader, classid, objid) as (
    select c.oid, 'pg_rewrite'::regclass::oid, r.oid
      from pg_class c join pg_rewrite r on r.ev_class = c.oid and r.rulename = '_RETURN'
     where c.relkind = 'm'
  union
    select w.reader, n.classid, n.objid
      from walk w
      join pg_depend d on d.classid = w.classid and d.objid = w.objid and d.deptype in ('n', 'i')
      left join pg_class v on d.refclassid = 'pg_class'::regclass and v.oid = d.refobjid and v.relkind = 'v'
      left join pg_rewrite r on r.ev_class = v.oid and r.rulename = '_RETURN'
     cross join lateral (
           select case when r.oid is null then d.refclassid else 'pg_rewrite'::regclass::oid end as classid,
                  coalesce(r.oid, d.refobjid) as objid) n
     where w.classid <> 'pg_class'::regclass
)
select distinct w.reader::int8, w.objid::int8
  from walk w
  join pg_class c on c.oid = w.objid and c.relkind = 'm'
 where w.classid = 'pg_class'::regclass and w.objid <> w.reader
"""


@dataclass(frozen=True)
class Stored:
    """One of them.

    `has_data` says whether it is populated, `has_key` whether it has a unique index with which it can be refreshed
    CONCURRENTLY, `has_room` whether its owner may make the temporary table which that takes, `may` whether the
    connection's role may refresh it. `reads` are those that its query reads, itself or through views and functions
    with parsed bodies.
    """

    name: Name
    owner: str
    has_data: bool
    has_key: bool
    has_room: bool
    may: bool
    reads: frozenset[Name]

    def __str__(self) -> str:
        return qualify(self.name)


def stored(connection: Connection) -> list[Stored]:
    """All of the database but those of extensions, each behind those that it reads. Two queries.

    Raises DatabaseError where they read each other in a circle, which functions make possible.
    """
    rows = connection.exec_driver_sql(_STORED).all()
    names: dict[int, Name] = {oid: (schema, name) for schema, name, *_, oid in rows}
    reads: dict[Name, set[Name]] = {name: set() for name in names.values()}
    for reader, read in connection.exec_driver_sql(_READS):
        if reader in names and read in names:
            reads[names[reader]].add(names[read])
    found = {
        (schema, name): Stored((schema, name), owner, has_data, has_key, has_room, may, frozenset(reads[schema, name]))
        for schema, name, owner, has_data, has_key, has_room, may, _ in rows
    }
    try:
        return [found[name] for name in TopologicalSorter({n: sorted(of) for n, of in reads.items()}).static_order()]
    except CycleError as error:
        circle = " -> ".join(map(qualify, error.args[1]))
        raise DatabaseError(f"there is no order to refresh in: these read each other in a circle: {circle}") from None


def reached(start: Iterable[Name], edges: dict[Name, set[Name]]) -> set[Name]:
    """What is reached from some of them, which are left in, along edges."""
    found, stack = set[Name](), list(start)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack.extend(edges.get(name, ()))
    return found


def refresh(connection: Connection, name: Name, *, concurrently: bool) -> None:
    """Run the query again; PostgreSQL does so as the owner. Raises DBAPIError as the server says."""
    run(connection, f"REFRESH MATERIALIZED VIEW {'CONCURRENTLY ' if concurrently else ''}{qualify(name)}")
