"""Foreign tables. https://www.postgresql.org/docs/current/sql-createforeigntable.html"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.foreign_columns import Shape, shape
from cucurbit.entities.kinds.foreign_options import (
    options_in_catalog,
    options_lost,
    options_of,
    options_text,
    refuse_secrets,
)
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, qualify, quote
from cucurbit.sql.parse import Fields
from cucurbit.sql.references import References

# The columns of `c`, called `t.name`: its own, and statements for what it has in its parents' columns beside them. A
# NOT NULL has a name from PostgreSQL 18 on, which is told where it is not the usual one.
_COLUMNS = f"""
select string_agg(case when o.is_own then format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) || o.options
                         || coalesce(' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(l.collname), '')
                         || o.value || o.required
                       end, ', ' order by a.attnum) as own,
       string_agg(case when o.is_own then '' else coalesce(
                         format(E';\\nALTER FOREIGN TABLE %s ALTER COLUMN %I', t.name, a.attname)
                         || nullif(o.options, ''), '') || coalesce(
                         format(E';\\nALTER FOREIGN TABLE %s ALTER COLUMN %I SET DEFAULT ', t.name, a.attname)
                         || nullif(o.expression, o.inherited), '')
                       end, '' order by a.attnum) as inherited
  from pg_attribute a
  join pg_type y on y.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join pg_collation l on l.oid = a.attcollation and l.oid <> y.typcollation
  left join pg_namespace cn on cn.oid = l.collnamespace
  left join pg_constraint x on x.conrelid = a.attrelid and x.contype = 'n' and x.conkey = array[a.attnum]
 cross join lateral (
       select a.attislocal and not c.relispartition as is_own,
              {options_in_catalog("a.attfdwoptions")} as options,
              case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as expression,
              (select pg_get_expr(pd.adbin, pd.adrelid)
                 from pg_inherits i
                 join pg_attribute pa on pa.attrelid = i.inhparent and pa.attname = a.attname
                 join pg_attrdef pd on pd.adrelid = pa.attrelid and pd.adnum = pa.attnum
                where i.inhrelid = c.oid order by i.inhseqno limit 1) as inherited,
              coalesce(case when a.attidentity <> '' then (
                                 select format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %I.%I START %s INCREMENT %s'
                                               || ' MINVALUE %s MAXVALUE %s CACHE %s%s)',
                                               case a.attidentity when 'a' then 'ALWAYS' else 'BY DEFAULT' end,
                                               qn.nspname, q.relname, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
                                               s.seqcache, case when s.seqcycle then ' CYCLE' end)
                                   from pg_depend i
                                   join pg_class q on q.oid = i.objid and i.classid = 'pg_class'::regclass
                                   join pg_namespace qn on qn.oid = q.relnamespace
                                   join pg_sequence s on s.seqrelid = q.oid
                                  where i.refclassid = 'pg_class'::regclass and i.refobjid = a.attrelid
                                    and i.refobjsubid = a.attnum and i.deptype = 'i')
                            when a.attgenerated <> '' then format(' GENERATED ALWAYS AS (%s) %s',
                                 pg_get_expr(d.adbin, d.adrelid),
                                 case a.attgenerated when 's' then 'STORED' else 'VIRTUAL' end)
                            else ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) end, '') as value,
              case when a.attnotnull then
                     case when x.conname <> format('%s_%s_not_null', c.relname, a.attname)
                          then format(' CONSTRAINT %I', x.conname) else '' end || ' NOT NULL'
                       || case when x.connoinherit then ' NO INHERIT' else '' end
                   else '' end as required) o
 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
"""  # noqa: S608 - a part of our own

# What the user named keeps its name.
_RENAME = """
DECLARE
  part record;
BEGIN
  FOR part IN
    SELECT conname FROM pg_constraint
     WHERE conrelid = {table}::regclass AND contype IN ('c', 'n') AND coninhcount = 0
       AND starts_with(conname, {before}) AND conname <> ALL (ARRAY[{given}]::text[])
  LOOP
    EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', {table}::regclass, part.conname,
                   {after} || substr(part.conname, length({before}) + 1));
  END LOOP;
END
"""


class ForeignTable(Entity):
    """`create foreign table archived (id integer) server archive`; altered in place, or made anew: it has no rows."""

    kind = "foreign table"
    node = "CreateForeignTableStmt"
    example = "create foreign table archived (id integer) server archive"
    rank = 55
    provides = frozenset({"relation", "type"})
    drop = "FOREIGN TABLE"
    relation_field = "base.relation"
    lost = options_lost("pg_class", "ftrelid", "ftoptions", "pg_foreign_table")
    catalog = f"""
        select 'pg_class'::regclass as classid, c.oid as objid, array[n.nspname::text, c.relname::text] as key,
               format('CREATE FOREIGN TABLE %s', t.name)
                 || case when c.relispartition
                         then concat(' PARTITION OF ', p.names, ' (' || k.checks || ')', ' ',
                                     pg_get_expr(c.relpartbound, c.oid))
                         else concat(' (', concat_ws(', ', a.own, k.checks), ')', ' INHERITS (' || p.names || ')') end
                 || format(' SERVER %I', s.srvname)
                 || {options_in_catalog("f.ftoptions")}
                 || coalesce(a.inherited, '') as definition
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          join pg_foreign_table f on f.ftrelid = c.oid
          join pg_foreign_server s on s.oid = f.ftserver
         cross join lateral (select format('%I.%I', n.nspname, c.relname) as name) t
         cross join lateral (
               select string_agg(format('%I.%I', pn.nspname, pc.relname), ', ' order by i.inhseqno) as names
                 from pg_inherits i
                 join pg_class pc on pc.oid = i.inhparent
                 join pg_namespace pn on pn.oid = pc.relnamespace
                where i.inhrelid = c.oid) p
         cross join lateral (
               select string_agg(format('CONSTRAINT %I %s', x.conname, pg_get_constraintdef(x.oid)), ', '
                                 order by x.conname) as checks
                 from pg_constraint x
                where x.conrelid = c.oid and x.contype = 'c' and x.conislocal) k
         cross join lateral ({_COLUMNS}) a
         where c.relkind = 'f'
    """  # noqa: S608 - a part of our own

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        *,
        server: str,
        options: Mapping[str, object] | None = None,
        inherits: Sequence[str] = (),
        schema: str | None = None,
    ) -> None:
        """A foreign table; `columns` are columns and constraints, as SQL: `["id integer not null", "note text"]`."""
        sql = f"create foreign table {qualify((schema, name) if schema else (name,))} (\n  "
        sql += ",\n  ".join(columns) + "\n)"
        sql += f" inherits ({', '.join(map(quote, inherits))})" if inherits else ""
        super().__init__(f"{sql} server {quote(server)}{options_text(options or {})}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "archived")`."""
        names = relation_name(fields["base"]["relation"], home)
        by_hand = f"ALTER FOREIGN TABLE {qualify(names)}"
        refuse_secrets(options_of(fields), f"a {cls.kind}", by_hand)
        for element in fields["base"].get("tableElts", ()):
            if "TableLikeClause" in element:
                raise SqlError(
                    "LIKE means what the other table is when the statement runs, which may be another one each time",
                    hint="Write the columns.",
                )
        return Identity(cls.kind, names)

    @cached_property
    def canonical(self) -> str:
        """The statement with its options, and what stands behind a column's type, in one order."""
        try:
            return shape(super().canonical).sql
        except SqlError as error:  # what the printer of the tree makes of a type with odd modifiers
            raise SqlError(error.message, hint=error.hint, place=self.origin) from None

    def refers(self, found: References) -> None:
        """Its server."""
        found.others.add(("server", "", self.tree.fields["servername"]))

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER FOREIGN TABLE, where new columns come last; there is none for another server or other parents."""
        actions = self._shape.alterations(old._shape)
        if actions is None:
            return None
        return [f"ALTER FOREIGN TABLE {qualify(self.identity.names)} {', '.join(actions)}"] if actions else []

    def rename_statements(self, old: Self) -> list[str]:
        """ALTER FOREIGN TABLE, and the names that PostgreSQL gave its constraints by the old one."""
        before, after = old.identity.name, self.identity.name
        statements = super().rename_statements(old)
        if before == after:
            return statements
        body = _RENAME.format(
            table=literal(qualify(self.identity.names)),
            before=literal(f"{before}_"),
            after=literal(f"{after}_"),
            given=", ".join(map(literal, self._shape.names)),
        )
        return [*statements, f"DO {literal(body)}"]

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """Alembic would make a table of a model of that name."""
        if self.identity.names in declared.tables:
            yield Finding(
                "error",
                f"{self.identity} is a table of the models as well",
                self,
                hint="One of the two has to go: a model is a table that a migration makes. One that is only for "
                "queries belongs to a MetaData of its own, in a module without `models` in its path.",
            )

    @property
    def _shape(self) -> Shape:
        return shape(self.canonical)
