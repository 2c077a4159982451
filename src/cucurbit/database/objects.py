"""Every object of a database, whatever it is."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.database.catalog import FIRST_NORMAL_OID
from cucurbit.entities.kinds import all_kinds
from cucurbit.entities.objects import OBJECTS

_OBJECTS = f"""
select i.type || ' ' || i.identity, d.object_names
  from ({OBJECTS}) a, pg_identify_object(a.classid, a.oid, 0) i, pg_identify_object_as_address(a.classid, a.oid, 0) d
 where a.oid >= {FIRST_NORMAL_OID}
   and not exists (select from pg_depend d where d.classid = a.classid and d.objid = a.oid and d.deptype in ('e', 'i'))
"""  # noqa: S608 - a part of our own, and a number


def objects(connection: Connection, without: Collection[tuple[str, ...]]) -> set[str]:
    """What there is, in words, and what is said of it; without what initdb has made, and these tables."""
    rows = connection.exec_driver_sql(_OBJECTS, execution_options={"no_parameters": True})
    found = {str(words) for words, names in rows if tuple(names[:2]) not in without}
    kinds = {name for name, kind in all_kinds().items() if kind.is_said and not kind.is_shared}
    said = catalog.snapshot(connection, kinds, texts=False)
    return found | {*(str(identity) for identity in said if identity.names[:2] not in without)}
