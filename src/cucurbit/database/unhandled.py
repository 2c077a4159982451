"""Objects of the database that are of no kind and are no table's either: what `showentities --all` warns of."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from cucurbit.database.catalog import FIRST_NORMAL_OID
from cucurbit.entities.objects import OBJECTS

# Tables, their parts and what belongs to a column are the models'; a constraint is its table's or its domain's, a
# default privilege has no address of its own, and CREATE OPERATOR CLASS makes a family of its name.
_UNHANDLED = f"""
select a.classid::oid::int8, a.oid::int8, i.type || ' ' || i.identity
  from ({OBJECTS}) a,
       pg_identify_object(a.classid, a.oid, 0) i
 where a.oid >= {FIRST_NORMAL_OID}
   and coalesce(i.schema, '') !~ '^pg_'
   and a.classid not in ('pg_constraint'::regclass, 'pg_default_acl'::regclass)
   and not exists (select from pg_class c left join pg_index x on x.indexrelid = c.oid
                     left join pg_class t on t.oid = x.indrelid
                    where a.classid = 'pg_class'::regclass and c.oid = a.oid
                      and (c.relkind in ('r', 'p') or t.relkind in ('r', 'p')))
   and not exists (select from pg_depend d
                    where d.classid = a.classid and d.objid = a.oid
                      and (d.deptype in ('e', 'i') or d.deptype = 'a' and d.refobjsubid > 0))
   and not exists (select from pg_opfamily f join pg_opclass c on c.opcfamily = f.oid and c.opcname = f.opfname
                    where a.classid = 'pg_opfamily'::regclass and f.oid = a.oid)
 order by 3
"""  # noqa: S608 - a part of our own, and a number


_RELATIONS_OF_EXTENSIONS = """
select n.nspname, c.relname
  from pg_depend d
  join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
  join pg_namespace n on n.oid = c.relnamespace
 where d.deptype = 'e'
"""


def relations_of_extensions(connection: Connection) -> set[tuple[str, str]]:
    """Schema and name of the tables and views that belong to extensions: so do their rules and triggers, of which
    pg_depend does not say it.
    """
    return {(schema, name) for schema, name in connection.exec_driver_sql(_RELATIONS_OF_EXTENSIONS)}


def unhandled(connection: Connection, known: Iterable[tuple[int, int]]) -> list[str]:
    """What is at none of the `known` addresses (classid, objid), as pg_identify_object() words it, sorted."""
    handled = set(known)
    rows = connection.exec_driver_sql(_UNHANDLED, execution_options={"no_parameters": True}).all()
    return [text for classid, objid, text in rows if (classid, objid) not in handled]
