"""The catalog: what the server says of every entity in one query, whatever their number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.sql.names import literal

# Objects below this OID were made by initdb. https://www.postgresql.org/docs/current/system-catalog-initial-data.html
FIRST_NORMAL_OID = 16384

# Where initdb made objects that are a project's too: the schema `public`. Of the others not even the key is worked out.
_FROM_INITDB = "'pg_namespace'::regclass, 'pg_extension'::regclass"

# What belongs to an extension, and what another object has made for itself: a range type its constructors.
_FOREIGN = "'e', 'i'"

_UNQUALIFY = """
select before from (select current_setting('search_path') as before offset 0) s,
       lateral (select set_config('search_path', 'pg_catalog', true) where before is not null) c
"""


@dataclass(frozen=True)
class Definition:
    """An object as the catalog has it: its address in pg_depend, and SQL that makes it (None when only hashed).

    What is no object has the address of what it is said of, or a flag of; `flag` (of a snapshot) tells it from others
    of its kind and address, and is None for what has an address of its own.
    """

    identity: Identity
    is_object: bool
    classid: int
    objid: int
    sql: str | None
    hash: str
    flag: str | None = None


_EMPTY = """
select null::text as kind, null::boolean as is_object, null::oid as classid, null::oid as objid,
       null::text[] as key, null::text as definition, null::text as flag
 where false
"""


def query(kinds: Iterable[str] | None = None, *, among: str | None = None, at: str | None = None) -> str:
    """A SELECT of kind, is_object, classid, objid, key, definition, flag of all that is nobody else's.

    It is to be run with only pg_catalog on the search path (`unqualified`), so that definitions name every schema.
    `kinds` limits it; `among` names a query with columns `kind` and `key`, `at` is a condition on `q`: only those are
    read.
    """
    names = all_kinds().keys() if kinds is None else kinds
    return " union all ".join(_part(kind, among, at) for name, kind in all_kinds().items() if name in names) or _EMPTY


def _part(kind: type[Entity], among: str | None, at: str | None) -> str:
    # As an array, not as a join: so it filters the scan, and only what is wanted gets its definition printed.
    limit = f"and q.key::text = any(array(select a.key::text from {among} a where a.kind = {literal(kind.kind)}))"  # noqa: S608
    return f"""
        select {literal(kind.kind)} as kind, {str(kind.is_object).lower()} as is_object,
               q.classid, q.objid, q.key, q.definition, {_flag(kind)}::text as flag
          from ({kind.catalog}) q
         where {"true" if kind.is_said else _own(kind)}
           {limit if among else ""}
           {f"and {at}" if at else ""}
    """  # noqa: S608 - constants of the kinds


def _flag(kind: type[Entity]) -> str:
    """SQL: what tells it from others of its kind and address."""
    if kind.is_said:  # the column, and what stands in the key behind the names and arguments of what it is said of
        return "(q.objsubid || array_to_string(q.key[4 + q.key[2]::int + ('0' || q.key[3])::int:], ' '))"
    return "null" if kind.is_object else f"({kind.flag})"


def _own(kind: type[Entity]) -> str:
    """The condition for what is neither the server's nor an extension's."""
    of_a_user = "array_length(q.key, 1) = 1 or q.key[1] !~ '^pg_' and q.key[1] <> 'information_schema'"
    return f"""
               (q.objid >= {FIRST_NORMAL_OID} and ({of_a_user if kind.has_schema else "true"})
                or q.classid in ({_FROM_INITDB}))
           and not exists (select from pg_depend d
                            where d.classid = q.classid and d.objid = q.objid and d.deptype in ({_FOREIGN}))"""


def snapshot(
    connection: Connection, kinds: Iterable[str] | None = None, *, texts: bool = True
) -> dict[Identity, Definition]:
    """Every object of a known kind, or of these. With `texts=False` the definitions stay on the server, only their
    hashes come.
    """
    if kinds is not None and not (kinds := set(kinds)):
        return {}
    return _found(connection, query(kinds), texts=texts)


def _found(connection: Connection, query: str, *, texts: bool = True) -> dict[Identity, Definition]:
    """What a `query` finds, by identity."""
    wanted = "definition" if texts else "null::text"
    sql = f"""
        select kind, key, is_object, classid::int8, objid::int8, {wanted}, {hash_of("definition")}, flag
          from ({query}) c
    """  # noqa: S608 - constants of the kinds
    found = (Definition(all_kinds()[kind].identity_of(key), *rest) for kind, key, *rest in _rows(connection, sql))
    return {definition.identity: definition for definition in found}


def _rows(connection: Connection, sql: str) -> Sequence[Any]:
    """What the server answers with only pg_catalog on the search path."""
    with unqualified(connection):
        return connection.exec_driver_sql(sql, execution_options={"no_parameters": True}).all()


def definitions(
    connection: Connection, addresses: Iterable[tuple[int, int]], *, texts: bool = True
) -> dict[tuple[int, int], Definition]:
    """The objects at these addresses (classid, objid), as far as they are of a known kind; one query.

    With `texts=False` they are found, and not read.
    """
    wanted = set(addresses)
    if not wanted:
        return {}
    objects = _kinds_in(connection, {classid for classid, _ in wanted})
    if not objects:
        return {}
    sql = f"""
        select kind, key, is_object, classid::int8, objid::int8, {"definition" if texts else "null::text"}
          from ({query(objects, at=_at(wanted))}) c where is_object
    """  # noqa: S608 - numbers, and constants of the kinds
    found = {}
    for kind, key, is_object, classid, objid, text in _rows(connection, sql):
        if (classid, objid) in wanted:
            hash_ = sha256(text.encode()).hexdigest() if text else ""
            identity = all_kinds()[kind].identity_of(key)
            found[classid, objid] = Definition(identity, is_object, classid, objid, text, hash_)
    return found


_CATALOGS = "cucurbit catalogs"  # in a connection's `info`: their names by OID
_CLASSID = re.compile(r"'(pg_\w+)'::regclass as classid")


def _kinds_in(connection: Connection, classids: set[int]) -> list[str]:
    """The kinds of which some objects are in these catalogs: a query of all would take the server long to plan."""
    if _CATALOGS not in connection.info:  # they are asked for often, and stay what they are
        rows = connection.exec_driver_sql(
            f"select oid::int8, relname from pg_class where oid < {FIRST_NORMAL_OID} and relkind = 'r'"  # noqa: S608 - a number
        )
        connection.info[_CATALOGS] = {oid: str(name) for oid, name in rows}
    names = {connection.info[_CATALOGS].get(classid) for classid in classids}
    return [kind.kind for kind in all_kinds().values() if kind.is_object and names & _catalogs(kind.catalog)]


@cache
def _catalogs(query: str) -> frozenset[str]:
    """The catalogs that a kind's query reads its objects from."""
    return frozenset(_CLASSID.findall(query))


# ALTER TABLE makes an index or statistics anew, and a column's new type has a storage of its own.
_AROUND = """
with tables as (select unnest(%s::int8[])::oid as oid)
select 'pg_class'::regclass::oid::int8, oid::int8 from tables
union all select 'pg_class'::regclass::oid::int8, indexrelid::int8 from pg_index join tables on oid = indrelid
union all select 'pg_statistic_ext'::regclass::oid::int8, s.oid::int8
            from pg_statistic_ext s join tables on tables.oid = s.stxrelid
"""


def flags(connection: Connection, tables: Iterable[int]) -> dict[Identity, Definition]:
    """The flags of tables (by their OIDs), and of their indexes and statistics."""
    around = [tuple(row) for row in connection.exec_driver_sql(_AROUND, (sorted(set(tables)),))]
    kinds = {name for name, kind in all_kinds().items() if not kind.is_object and not kind.is_said}
    if not around or not kinds:
        return {}
    return _found(connection, query(kinds, at=_at(around)))


def cuts(connection: Connection, addresses: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """The statements that make objects let go of what they refer to, for those at these addresses that can."""
    return _told(connection, [kind.cut for kind in all_kinds().values() if kind.cut], addresses)


def losses(connection: Connection, addresses: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """What no definition has and would be lost with an object, for those at these addresses that have such a thing."""
    return _told(connection, [kind.lost for kind in all_kinds().values() if kind.lost], addresses)


def _told(
    connection: Connection, queries: Sequence[str], addresses: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """The text that one of the kinds' queries (classid, objid, text) has for each of the addresses, where one has."""
    wanted = set(addresses)
    if not wanted or not queries:
        return {}
    sql = " union all ".join(
        f"select q.classid::oid::int8, q.objid::int8, q.told from ({query}) q(classid, objid, told)"  # noqa: S608 - the same
        f" where {_at(wanted)}"
        for query in queries
    )
    return {(classid, objid): told for classid, objid, told in _rows(connection, sql) if (classid, objid) in wanted}


def among(connection: Connection, identities: Iterable[Identity]) -> dict[Identity, Definition]:
    """Those of these identities that the database has."""
    wanted = list(identities)
    return _found(connection, _query_among(wanted)) if wanted else {}


def addresses(connection: Connection, identities: Iterable[Identity]) -> dict[Identity, tuple[int, int]]:
    """Where objects are (classid, objid), those that are there; their definitions are not read."""
    wanted = list(identities)
    if not wanted:
        return {}
    sql = f"select kind, key, classid::int8, objid::int8 from ({_query_among(wanted)}) c where is_object"  # noqa: S608
    return {all_kinds()[kind].identity_of(key): (at, oid) for kind, key, at, oid in _rows(connection, sql)}


def _query_among(identities: Sequence[Identity]) -> str:
    rows_ = ", ".join(f"({literal(i.kind)}, array[{', '.join(map(literal, i.key))}]::text[])" for i in identities)
    keys = f"(select * from (values {rows_}) v(kind, key))"  # noqa: S608 - literals
    return query({identity.kind for identity in identities}, among=keys)


def _at(addresses: Iterable[tuple[int, int]]) -> str:
    # The catalogs as well, which are constants in the kinds' queries: most of those need no plan then.
    classes, objects = ({int(oid) for oid in some} for some in zip(*addresses, strict=True))
    return f"q.classid::oid = any({_oids(classes)}) and q.objid = any({_oids(objects)})"


def _oids(oids: Iterable[int]) -> str:
    return f"'{{{','.join(map(str, oids))}}}'::oid[]"


def find(connection: Connection, identity: Identity) -> Definition | None:
    """One object, None where the database has none of that identity."""
    among = f"(select {literal(identity.kind)} as kind, array[{', '.join(map(literal, identity.key))}]::text[] as key)"
    sql = f"""
        select kind, key, is_object, classid::int8, objid::int8, definition, {hash_of("definition")}
          from ({query([identity.kind], among=among)}) c where key = array[{", ".join(map(literal, identity.key))}]
    """  # noqa: S608 - literals, and constants of the kinds
    row = next(iter(_rows(connection, sql)), None)
    return Definition(identity, *row[2:]) if row else None


def hash_of(expression: str) -> str:
    """SQL for the SHA-256 of a text, in hexadecimal."""
    return f"encode(sha256(convert_to({expression}, 'UTF8')), 'hex')"


@contextmanager
def unqualified(connection: Connection) -> Iterator[None]:
    """Only pg_catalog on the search path, for this transaction and until the block ends."""
    before = connection.exec_driver_sql(_UNQUALIFY).scalar_one()
    yield
    connection.exec_driver_sql("select set_config('search_path', %s, true)", (before,))
