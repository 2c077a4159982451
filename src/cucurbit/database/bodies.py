"""Bodies that are text: PostgreSQL does not know what they refer to, so nobody can look into them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from sqlalchemy import Connection

from cucurbit.database.catalog import FIRST_NORMAL_OID

_BODIES = f"""
select (pg_identify_object('pg_proc'::regclass, p.oid, 0)).identity
  from pg_proc p
  join pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
 where p.oid >= {FIRST_NORMAL_OID} and p.prosqlbody is null
   and exists (select from jsonb_array_elements(%s::jsonb) words
                where not exists (select from jsonb_array_elements_text(words) word where p.prosrc !~* word))
   and not exists (select from pg_depend d
                    where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
 order by 1
"""  # noqa: S608 - a number


def mentioning(connection: Connection, names: Iterable[tuple[str, ...]]) -> list[str]:
    """The functions and procedures whose body is text that has all names of one of the tuples as words."""
    words = [[rf"\m{re.escape(name)}\M" for name in some] for some in names]
    return list(connection.exec_driver_sql(_BODIES, (json.dumps(words),)).scalars()) if words else []
