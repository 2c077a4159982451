"""What depends on an object, to any depth, by pg_depend. https://www.postgresql.org/docs/current/catalog-pg-depend.html"""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from sqlalchemy import Connection

from cucurbit.errors import MigrationError


class Address(NamedTuple):
    """An object's address in the catalogs: the catalog's OID, the object's, and a column's number or 0."""

    classid: int
    objid: int
    objsubid: int = 0


# Edges and not nodes: UNION ends where there is a circle, and the order needs them. The rule that makes a view stands
# for the view; columns of views stand for the view; everything else stands for itself.
_WALK = """
with recursive walk(classid, objid, objsubid, from_class, from_obj, from_sub) as (
    select s.c::oid, s.o::oid, s.s::int, 0::oid, 0::oid, 0
      from unnest(%s::int8[], %s::int8[], %s::int8[]) s(c, o, s)
  union
    select n.classid, n.objid, n.objsubid, w.classid, w.objid, w.objsubid
      from walk w
      join pg_depend d on d.refclassid = w.classid and d.refobjid = w.objid
                      and (w.objsubid = 0 or d.refobjsubid = w.objsubid)
                      and d.deptype in ('n', 'a', 'i')
      left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid and r.rulename = '_RETURN'
      left join pg_class v on d.classid = 'pg_class'::regclass and v.oid = d.objid and v.relkind in ('v', 'm')
     cross join lateral (
           select case when r.oid is null then d.classid else 'pg_class'::regclass::oid end as classid,
                  coalesce(r.ev_class, d.objid) as objid,
                  case when r.oid is null and v.oid is null then d.objsubid else 0 end as objsubid) n
     where (n.classid, n.objid) <> (w.classid, w.objid)
)
select classid::int8, objid::int8, objsubid, from_class::int8, from_obj::int8, from_sub
  from walk where from_class <> 0
"""


def dependants(connection: Connection, seeds: Sequence[Address]) -> list[Address]:
    """Everything that depends on the seeds, each behind all that it depends on itself; the seeds are left out.

    Raises MigrationError where objects depend on each other in a circle.
    """
    columns = [list(column) for column in zip(*seeds, strict=True)]
    edges = connection.exec_driver_sql(_WALK, tuple(columns)).all()
    graph: TopologicalSorter[Address] = TopologicalSorter()
    for edge in edges:
        graph.add(Address(*edge[:3]), Address(*edge[3:]))
    try:
        return [address for address in graph.static_order() if address not in seeds]
    except CycleError as error:
        names = " -> ".join(describe(connection, address) for address in error.args[1])
        raise MigrationError(f"these objects depend on each other in a circle: {names}") from None


# A view depends on things through the rule that makes it.
_TARGETS = """
select o.position, i.identity
  from unnest(%s::int8[], %s::int8[]) with ordinality o(classid, objid, position)
  join pg_depend d on d.deptype = 'n' and (
           (d.classid, d.objid) = (o.classid::oid, o.objid::oid)
        or o.classid = 'pg_class'::regclass and d.classid = 'pg_rewrite'::regclass
           and d.objid in (select r.oid from pg_rewrite r where r.ev_class = o.objid::oid)),
       pg_identify_object(d.refclassid, d.refobjid, 0) i
"""


def targets(connection: Connection, addresses: Sequence[Address]) -> list[set[str]]:
    """For each object what it depends on itself, as pg_identify_object() words it, without the kind."""
    found: list[set[str]] = [set() for _ in addresses]
    if addresses:
        parameters = [address.classid for address in addresses], [address.objid for address in addresses]
        for position, identity in connection.exec_driver_sql(_TARGETS, parameters):
            found[position - 1].add(identity)
    return found


# What DROP takes along without being asked, and no definition has: not the rule that makes a view, nor its types.
_SILENT = """
select pg_describe_object(d.classid, d.objid, d.objsubid), pg_describe_object(d.refclassid, d.refobjid, 0)
  from unnest(%s::int8[], %s::int8[]) o(classid, objid)
  join pg_depend d on d.refclassid = o.classid::oid and d.refobjid = o.objid::oid and d.deptype = 'a'
 where d.classid = 'pg_publication_rel'::regclass
"""


def silent_losses(connection: Connection, addresses: Sequence[Address]) -> list[tuple[str, str]]:
    """What would be lost with these objects and could not be put back: its description, and the object's."""
    if not addresses:
        return []
    parameters = [address.classid for address in addresses], [address.objid for address in addresses]
    return [(lost, owner) for lost, owner in connection.exec_driver_sql(_SILENT, parameters)]


def describe(connection: Connection, address: Address) -> str:
    """The server's words for an object: `view active_orders`."""
    return str(connection.exec_driver_sql("select pg_describe_object(%s, %s, %s)", tuple(address)).scalar_one())
