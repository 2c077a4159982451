"""Facts: what an object has beside its definition, as texts that can be compared before and after.

They are what `marks` gives back as statements, read another way: owner, rights (those by default, too), comments,
labels, the settings of columns, what is enabled.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from cucurbit.database.catalog import FIRST_NORMAL_OID
from cucurbit.database.dependants import Address
from cucurbit.entities.objects import OBJECTS, OWNED

# https://www.postgresql.org/docs/current/catalogs.html
_OWNED = f"""
with wanted as (
  select position, classid::oid, objid::oid
    from unnest(%s::int8[], %s::int8[]) with ordinality w(classid, objid, position)
), owned as (
  select w.position, a.owner, a.acl, a.class as sort
    from wanted w
    join ({OWNED}) a
      on a.classid = w.classid and a.oid = w.objid
)
"""  # noqa: S608 - a part of our own

_FACTS = f"""{_OWNED}, columns as (
  select w.position, w.objid, a.*,
         case when c.relkind in ('i', 'I') then a.attnum::text else quote_ident(a.attname) end as name
    from wanted w
    join pg_class c on w.classid = 'pg_class'::regclass and c.oid = w.objid
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
)
select position, null::text as of, 'owner ' || owner::regrole::text as fact from owned
union all
select o.position, null, 'rights ' || (select string_agg(item::text, ' ' order by item::text)
                                         from unnest(coalesce(o.acl, acldefault(o.sort, o.owner))) item)
  from owned o where o.sort is not null and cardinality(coalesce(o.acl, acldefault(o.sort, o.owner))) > 0
union all
select c.position, c.name, 'rights ' || (select string_agg(item::text, ' ' order by item::text)
                                           from unnest(c.attacl) item)
  from columns c where cardinality(c.attacl) > 0
union all
select w.position, quote_ident(a.attname), 'comment ' || quote_literal(d.description)
  from wanted w join pg_description d on d.classoid = w.classid and d.objoid = w.objid
  left join pg_attribute a on d.objsubid > 0 and a.attrelid = d.objoid and a.attnum = d.objsubid
union all
select w.position, quote_ident(a.attname), format('label of %%s: %%L', l.provider, l.label)
  from wanted w join pg_seclabel l on l.classoid = w.classid and l.objoid = w.objid
  left join pg_attribute a on l.objsubid > 0 and a.attrelid = l.objoid and a.attnum = l.objsubid
union all
select position, name, format('statistics target %%s, options %%s, storage %%s, compression %%s',
       nullif(attstattarget, -1), attoptions, attstorage, attcompression)
  from columns
 where coalesce(attstattarget, -1) <> -1 or attoptions is not null or attcompression <> ''
    or attstorage <> (select typstorage from pg_type t where t.oid = atttypid)
union all
select w.position, null, 'clustered' from wanted w
  join pg_index i on w.classid = 'pg_class'::regclass and i.indexrelid = w.objid and i.indisclustered
union all
select w.position, null, 'replica identity' from wanted w
  join pg_index i on w.classid = 'pg_class'::regclass and i.indexrelid = w.objid and i.indisreplident
union all
select w.position, null, format('replica identity %%s', c.relreplident) from wanted w
  join pg_class c on w.classid = 'pg_class'::regclass and c.oid = w.objid and c.relreplident in ('f', 'n')
                 and c.relkind in ('r', 'p', 'm')
union all
select w.position, null, format('enabled %%s', t.tgenabled) from wanted w
  join pg_trigger t on w.classid = 'pg_trigger'::regclass and t.oid = w.objid
union all
select w.position, null, format('enabled %%s', r.ev_enabled) from wanted w
  join pg_rewrite r on w.classid = 'pg_rewrite'::regclass and r.oid = w.objid
union all
select w.position, null, format('enabled %%s', e.evtenabled) from wanted w
  join pg_event_trigger e on w.classid = 'pg_event_trigger'::regclass and e.oid = w.objid
union all
select w.position, null, format('enabled %%s', e.evtenabled) from wanted w
  join pg_event_trigger e on w.classid = 'pg_event_trigger'::regclass and e.oid = w.objid
union all
select w.position, null, format('depends on extension %%s', e.extname) from wanted w
  join pg_depend d on d.classid = w.classid and d.objid = w.objid and d.deptype = 'x'
  join pg_extension e on d.refclassid = 'pg_extension'::regclass and e.oid = d.refobjid
"""  # noqa: S608 - a part of our own


def facts(connection: Connection, addresses: Sequence[Address]) -> list[set[tuple[str | None, str]]]:
    """For each object its facts, each with the column that it is about, None for the object as a whole."""
    found: list[set[tuple[str | None, str]]] = [set() for _ in addresses]
    if addresses:
        parameters = [address.classid for address in addresses], [address.objid for address in addresses]
        for position, column, fact in connection.exec_driver_sql(_FACTS, parameters).all():
            found[position - 1].add((column, fact))
    return found


def owners(connection: Connection, addresses: Sequence[Address]) -> list[str | None]:
    """For each object its owner, as its facts have it; None for what has none of its own."""
    found: list[str | None] = [None for _ in addresses]
    parameters = [address.classid for address in addresses], [address.objid for address in addresses]
    select = "select position, 'owner ' || owner::regrole::text from owned"
    for position, owner in connection.exec_driver_sql(_OWNED + select, parameters):
        found[position - 1] = owner
    return found


# What initdb made and what belongs to an extension is left out, as in the catalog's own query.
_EVERYTHING = f"""
select a.classid::oid::int8, a.oid::int8, i.type || ' ' || i.identity
  from ({OBJECTS}) a,
       pg_identify_object(a.classid, a.oid, 0) i
 where a.oid >= {FIRST_NORMAL_OID} and coalesce(i.schema, '') !~ '^pg_'
   and not exists (select from pg_depend d where d.classid = a.classid and d.objid = a.oid and d.deptype in ('e', 'i'))
"""  # noqa: S608 - a part of our own, and a number


def everything(connection: Connection) -> dict[str, set[tuple[str | None, str]]]:
    """The facts of every object of the database, by the server's name for it: `view public.active_orders`."""
    rows = connection.exec_driver_sql(_EVERYTHING, execution_options={"no_parameters": True}).all()
    found = facts(connection, [Address(classid, objid) for classid, objid, _ in rows])
    return {name: mine for (_, _, name), mine in zip(rows, found, strict=True)}
