"""What depends on an object, to any depth, by pg_depend. https://www.postgresql.org/docs/current/catalog-pg-depend.html"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import MigrationError


class Address(NamedTuple):
    """An object's address in the catalogs: the catalog's OID, the object's, and a column's number or 0."""

    classid: int
    objid: int
    objsubid: int = 0


@dataclass(frozen=True)
class Dependant:
    """An object, and what it depends on itself of all that was walked through.

    A part (a row type, the index of a constraint) comes and goes with its owner; what ALTER TABLE carries along stays
    as it is, but what depends on it is in the way all the same; what is automatic goes with what it depends on, and
    nobody is asked. `by_type` says that it depends on a type or a collation, so that its own shape has to do with it,
    and not only what is inside it.
    """

    address: Address
    on: frozenset[Address]
    is_part: bool
    is_carried: bool
    is_automatic: bool
    by_type: bool


# Edges and not nodes: UNION ends where there is a circle, and the order needs them. What stands for something else is
# folded into it: the rule that makes a view, a view's columns, a composite type's attributes, the expression of a
# generated column, the triggers of a foreign key, the index of a constraint. Beyond a generated column that keeps its
# place nothing moves, and beyond a table's ordinary column only where it is there for its type or collation. Of a
# table as a whole a column is a part (PostgreSQL 14 does not say so of a generated one).
_WALK = """
with recursive parts(classid, objid, owner_class, owner) as materialized (
    {parts}
), walk(classid, objid, objsubid, from_class, from_obj, from_sub, how) as (
    select s.c::oid, s.o::oid, s.s::int, 0::oid, 0::oid, 0, 's'::"char"
      from unnest(%(classes)s::int8[], %(objects)s::int8[], %(columns)s::int8[]) s(c, o, s)
  union
    select n.classid, n.objid, n.objsubid, w.classid, w.objid, w.objsubid,
           case when %(altered)s and w.how = 's' and (
                       d.classid in ('pg_constraint'::regclass, 'pg_statistic_ext'::regclass)
                    or d.classid = 'pg_class'::regclass and d.objsubid = 0 and v.oid is null
                    or d.classid = 'pg_attrdef'::regclass and f.adrelid = w.objid and f.adnum = w.objsubid)
                then 'c' else d.deptype end
      from walk w
      join pg_depend d on d.refclassid = w.classid and d.refobjid = w.objid
                      and (w.objsubid = 0 or d.refobjsubid = w.objsubid)
                      and d.deptype in ('n', 'a', 'i', 'P', 'S')
      left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid and r.rulename = '_RETURN'
      left join pg_class v on d.classid = 'pg_class'::regclass and v.oid = d.objid and v.relkind in ('v', 'm')
      left join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
      left join pg_attribute g on g.attrelid = f.adrelid and g.attnum = f.adnum and g.attgenerated <> ''
      left join pg_trigger t on d.classid = 'pg_trigger'::regclass and t.oid = d.objid
                            and t.tgisinternal and t.tgconstraint <> 0
      left join pg_constraint k on d.classid = 'pg_class'::regclass and k.conindid = d.objid
                               and k.contype in ('p', 'u', 'x') and d.deptype <> 'i'
      left join parts p on p.classid = d.classid and p.objid = d.objid
      left join pg_class ty on d.classid = 'pg_class'::regclass and ty.oid = d.objid and ty.relkind = 'c'
                           and d.deptype <> 'i'
     cross join lateral (
           select case when p.owner is not null then p.owner_class
                       when ty.oid is not null then 'pg_type'::regclass::oid
                       when k.oid is not null or t.oid is not null then 'pg_constraint'::regclass::oid
                       when r.oid is not null or g.attrelid is not null then 'pg_class'::regclass::oid
                       else d.classid end as classid,
                  coalesce(p.owner, ty.reltype, r.ev_class, g.attrelid, t.tgconstraint, k.oid, d.objid) as objid,
                  case when g.attrelid is not null then g.attnum::int
                       when r.oid is not null or v.oid is not null or k.oid is not null or ty.oid is not null then 0
                       else d.objsubid end as objsubid) n
      left join pg_class ct on d.classid = 'pg_class'::regclass and ct.oid = d.objid
                           and ct.relnamespace = 'pg_toast'::regnamespace
      left join pg_attribute wa on w.classid = 'pg_class'::regclass and w.objsubid > 0 and w.how <> 's'
                               and wa.attrelid = w.objid and wa.attnum = w.objsubid
                               and (w.from_class not in ('pg_type'::regclass, 'pg_collation'::regclass)
                                    or wa.attgenerated <> '')
      left join pg_class wv on not %(through)s and w.how <> 's' and w.classid = 'pg_class'::regclass
                           and wv.oid = w.objid and wv.relkind = 'v'
                           and w.from_class not in ('pg_type'::regclass, 'pg_collation'::regclass)
     where ((n.classid, n.objid) <> (w.classid, w.objid) or w.objsubid > 0 and n.objsubid not in (0, w.objsubid))
       and not (w.how = 'c' and d.classid not in ('pg_rewrite'::regclass, 'pg_proc'::regclass))
       and wa.attrelid is null and wv.oid is null and ct.oid is null
)
select classid::int8, objid::int8, objsubid, from_class::int8, from_obj::int8, from_sub, how::text
  from walk where from_class <> 0
"""
_NO_PARTS = "select null::oid, null::oid, null::oid, null::oid where false"


@cache
def _walk() -> str:
    parts = " union all ".join(kind.parts for kind in all_kinds().values() if kind.parts)
    return _WALK.replace("{parts}", parts.replace("%", "%%") or _NO_PARTS)


def dependants(
    connection: Connection, seeds: Sequence[Address], *, altered: bool = False, through_views: bool = True
) -> list[Dependant]:
    """Everything that depends on the seeds, each behind all that it depends on itself; the seeds are left out.

    Without `through_views` what depends on a view is left out, as that can be cut: unless it is its shape that depends.
    With `altered` the seeds are columns of a table that ALTER TABLE changes: it carries the table's own indexes,
    constraints and statistics along. Raises MigrationError where objects depend on each other in a circle.
    """
    if not seeds:
        return []
    classes, objects, columns = (list(part) for part in zip(*seeds, strict=True))
    parameters = {
        "classes": classes,
        "objects": objects,
        "columns": columns,
        "altered": altered,
        "through": through_views,
    }
    edges = [
        (Address(*edge[:3]), Address(*edge[3:6]), str(edge[6]))
        for edge in connection.exec_driver_sql(_walk(), parameters).all()
    ]
    graph: TopologicalSorter[Address] = TopologicalSorter()
    how: dict[Address, set[str]] = {}
    on: dict[Address, set[Address]] = {}
    for address, other, kind in edges:
        graph.add(address, other)
        how.setdefault(address, set()).add(kind)
        on.setdefault(address, set()).add(other)
    start = set(seeds)
    type_, collation, implied = connection.exec_driver_sql(_CLASSES).one()
    try:
        order = _in_order(graph, implied)
        return [
            Dependant(
                address,
                frozenset(on[address]),
                is_part="i" in how[address] or how[address] <= {"P", "S"},
                is_carried="c" in how[address],
                is_automatic="a" in how[address],
                by_type=any(other.classid in (type_, collation) for other in on[address]),
            )
            for address in order
            if address not in start
        ]
    except CycleError as error:
        names = " -> ".join(describe(connection, address) for address in error.args[1])
        raise MigrationError(f"these objects depend on each other in a circle: {names}") from None


# Casts are what others use without a word, and without a row in pg_depend.
_CLASSES = """
select 'pg_type'::regclass::oid::int8, 'pg_collation'::regclass::oid::int8, 'pg_cast'::regclass::oid::int8
"""


def _in_order(graph: TopologicalSorter[Address], implied: int) -> Iterator[Address]:
    """Each behind what it depends on, casts as early as that allows.

    What calls the function of a cast may say so by a cast, and mean another conversion where that is not there.
    """
    graph.prepare()
    while graph.is_active():
        ready = sorted(graph.get_ready(), key=lambda address: address.classid != implied)
        yield from ready
        graph.done(*ready)


# A view depends on things through the rule that makes it; the types of its columns are those of what it reads. A
# function that a type has made for itself is that type: of a range that is made anew it may take other arguments.
_TARGETS = """
with depends as (
  select o.position, d.refclassid, d.refobjid
    from unnest(%s::int8[], %s::int8[]) with ordinality o(classid, objid, position)
    join pg_depend d on d.deptype = 'n' and (d.classid, d.objid, d.objsubid) = (o.classid::oid, o.objid::oid, 0)
  union all
  select o.position, d.refclassid, d.refobjid
    from unnest(%s::int8[], %s::int8[]) with ordinality o(classid, objid, position)
    join pg_rewrite r on o.classid::oid = 'pg_class'::regclass and r.ev_class = o.objid::oid
    join pg_depend d on d.deptype = 'n' and d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
)
select d.position, i.identity
  from depends d
  left join pg_depend t on d.refclassid = 'pg_proc'::regclass and (t.classid, t.objid) = (d.refclassid, d.refobjid)
                       and t.deptype = 'i' and t.refclassid = 'pg_type'::regclass,
       pg_identify_object(coalesce(t.refclassid, d.refclassid), coalesce(t.refobjid, d.refobjid), 0) i
"""


def targets(connection: Connection, addresses: Sequence[Address]) -> list[set[str]]:
    """For each object what it depends on itself, as pg_identify_object() words it, without the kind."""
    found: list[set[str]] = [set() for _ in addresses]
    if addresses:
        parameters = [address.classid for address in addresses], [address.objid for address in addresses]
        for position, identity in connection.exec_driver_sql(_TARGETS, parameters * 2).all():
            found[position - 1].add(identity)
    return found


def describe(connection: Connection, address: Address) -> str:
    """The server's words for an object: `view active_orders`."""
    return str(connection.exec_driver_sql("select pg_describe_object(%s, %s, %s)", tuple(address)).scalar_one())


_EXTENSIONS = """
select pg_describe_object(d.classid, d.objid, 0), e.extname
  from unnest(%s::int8[], %s::int8[]) o(classid, objid)
  join pg_depend d on (d.classid, d.objid) = (o.classid::oid, o.objid::oid) and d.deptype = 'e'
  join pg_extension e on e.oid = d.refobjid
 limit 1
"""


def refuse_members(connection: Connection, addresses: Sequence[Address]) -> None:
    """Raise MigrationError for an object that belongs to an extension: it is not ours to take down."""
    parameters = [address.classid for address in addresses], [address.objid for address in addresses]
    found = connection.exec_driver_sql(_EXTENSIONS, parameters).first() if addresses else None
    if found:
        raise MigrationError(f"{found[0]}, which belongs to the extension {found[1]}, depends on what is changed")


def refuse_losses(connection: Connection, addresses: Sequence[Address]) -> None:
    """Raise MigrationError for an object that is to be made anew and has what nobody could give back to it."""
    found = catalog.losses(connection, {(address.classid, address.objid) for address in addresses})
    for (classid, objid), words in found.items():
        raise MigrationError(
            f"{describe(connection, Address(classid, objid))} is to be made anew, and would lose {words}",
            hint="It is in no definition. Take it away by hand before the migration, and set it again after.",
        )
