"""What objects need, by pg_depend. https://www.postgresql.org/docs/current/catalog-pg-depend.html"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

Address = tuple[int, int]

Needs = Mapping[Address, tuple[set[Address], set[tuple[str, str]]]]
"""Of each address what it needs: addresses, and the relations among them by schema and name."""

# An object's address, that of something that it needs itself, and schema and name of that if it is a relation.
_NEEDS = """
select d.classid::int8, d.objid::int8, d.refclassid::int8, d.refobjid::int8, n.nspname, c.relname
  from (select unnest(%s::int8[])::oid as classid, unnest(%s::int8[])::oid as objid) a
  join pg_depend d on d.classid = a.classid and d.objid = a.objid and d.deptype <> 'p'
  left join pg_class c on d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid
  left join pg_namespace n on n.oid = c.relnamespace
"""

# What is in some schemas, parts included, and all that it needs, to any depth.
_AROUND = """
with recursive inside as (
  select d.classid, d.objid from pg_depend d join pg_namespace n on n.oid = d.refobjid
   where d.refclassid = 'pg_namespace'::regclass and n.nspname = any(%s::text[])
  union
  select f.classid, f.objid
    from inside i, lateral (
         select d.refclassid as classid, d.refobjid as objid from pg_depend d
          where d.classid = i.classid and d.objid = i.objid
         union all
         select d.classid, d.objid from pg_depend d
          where d.refclassid = i.classid and d.refobjid = i.objid and d.deptype in ('a', 'i')) f
)
select classid::int8, objid::int8 from inside
"""


def around(connection: Connection, schemas: Iterable[str]) -> set[Address]:
    """The addresses of what is in these schemas, and of all that it needs."""
    rows = connection.exec_driver_sql(_AROUND, (list(schemas),))
    return {(classid, objid) for classid, objid in rows}


def needs(connection: Connection, addresses: Iterable[Address]) -> Needs:
    """What the objects at these addresses (classid, objid) need; one query."""
    classes, objects = zip(*addresses, strict=True) if (addresses := list(addresses)) else ((), ())
    found: dict[Address, tuple[set[Address], set[tuple[str, str]]]] = defaultdict(lambda: (set(), set()))
    for classid, objid, refclassid, refobjid, schema, name in connection.exec_driver_sql(
        _NEEDS, (list(classes), list(objects))
    ):
        found[classid, objid][0].add((refclassid, refobjid))
        if name is not None:
            found[classid, objid][1].add((schema, name))
    return found
