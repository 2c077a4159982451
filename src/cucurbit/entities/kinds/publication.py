"""Publications. https://www.postgresql.org/docs/current/sql-createpublication.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.replication import settings_of, truth
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, qualify, quote
from cucurbit.sql.parse import Fields, parse, print_again, strings
from cucurbit.sql.pieces import find, split_list
from cucurbit.sql.references import References

_OPERATIONS = ("insert", "update", "delete", "truncate")
# What each option is where it is not given.
_DEFAULTS = {
    "publish": literal(", ".join(_OPERATIONS)),
    "publish_via_partition_root": "false",
    "publish_generated_columns": "none",
}
_TABLE, _SCHEMA = "PUBLICATIONOBJ_TABLE", "PUBLICATIONOBJ_TABLES_IN_SCHEMA"


class Publication(Entity):
    """`create publication changes for table orders (id, total) where (total > 0)`; all but ALL TABLES set in place."""

    kind = "publication"
    node = "CreatePublicationStmt"
    example = "create publication changes for table orders where (total > 0)"
    rank = 90
    drop = "PUBLICATION"
    has_schema = False
    # Before PostgreSQL 15 there are no columns, no filters and no schemas: the names mean those outside, and there is
    # no catalog of the schemas, but pg_depend has what is in it.
    catalog = """
        select 'pg_publication'::regclass as classid, p.oid as objid, array[p.pubname::text] as key,
               concat(format('CREATE PUBLICATION %I', p.pubname),
                      case when p.puballtables then ' FOR ALL TABLES' else ' FOR ' || m.objects end,
                      ' WITH (' || nullif(concat_ws(', ',
                        'publish = ' || quote_literal(nullif(o.operations, 'insert, update, delete, truncate')),
                        case when p.pubviaroot then 'publish_via_partition_root = true' end,
                        case to_jsonb(p)->>'pubgencols' when 's' then 'publish_generated_columns = stored' end), '')
                        || ')') as definition
          from pg_publication p
         cross join lateral (
               select concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
                                case when p.pubdelete then 'delete' end,
                                case when p.pubtruncate then 'truncate' end) as operations) o
         cross join lateral (
               select string_agg(u.objects, ', ' order by u.objects) as objects
                 from (select 'TABLE ' || string_agg(
                                concat(format('ONLY %I.%I', n.nspname, c.relname), ' (' || f.columns || ')',
                                       ' WHERE (' || f.filter || ')'), ', ' order by n.nspname, c.relname) as objects
                         from (select null::pg_node_tree as prqual, null::int2vector as prattrs) before_15,
                              pg_publication_rel r
                         join pg_class c on c.oid = r.prrelid
                         join pg_namespace n on n.oid = c.relnamespace
                        cross join lateral (
                              select pg_get_expr(prqual, prrelid) as filter,
                                     (select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
                                        from pg_attribute a
                                       where a.attrelid = x.prrelid and a.attnum = any(prattrs)) as columns
                                from pg_publication_rel x where x.oid = r.oid) f
                        where r.prpubid = p.oid
                       union all
                       select 'TABLES IN SCHEMA ' || string_agg(quote_ident(n.nspname), ', ' order by n.nspname)
                         from pg_depend dp
                         join pg_depend dn on (dn.classid, dn.objid) = (dp.classid, dp.objid)
                                          and dn.refclassid = 'pg_namespace'::regclass
                         join pg_namespace n on n.oid = dn.refobjid
                        where dp.refclassid = 'pg_publication'::regclass and dp.refobjid = p.oid) u) m
    """

    def __init__(
        self,
        name: str,
        tables: Sequence[str] = (),
        *,
        schemas: Sequence[str] = (),
        all_tables: bool = False,
        options: Mapping[str, object] | None = None,
    ) -> None:
        """A publication; `tables` as SQL has them, `["orders", "customers (id, name) where (active)"]`.

        `options` as in `{"publish": "insert, update"}`.
        """
        objects = [*(f"table {table}" for table in tables), *(f"tables in schema {quote(name)}" for name in schemas)]
        sql = f"create publication {quote(name)}"
        sql += " for all tables" if all_tables else f" for {', '.join(objects)}" if objects else ""
        given = ", ".join(f"{quote(key)} = {literal(str(value))}" for key, value in (options or {}).items())
        super().__init__(sql + (f" with ({given})" if given else ""))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("changes",)`."""
        for option in fields.get("options", ()):
            if option["DefElem"]["defname"] not in _DEFAULTS:
                raise SqlError(
                    f"a publication has no option {option['DefElem']['defname']}",
                    hint=f"It has: {', '.join(_DEFAULTS)}",
                )
        return Identity(cls.kind, (fields["pubname"],))

    @cached_property
    def canonical(self) -> str:
        """The statement with tables and schemas in order, and the options that are not as they are without."""
        options = [f"{name} = {value}" for name, value in self._options.items() if value != _DEFAULTS[name]]
        what = " FOR ALL TABLES" if self._is_of_all else f" FOR {self._objects()}" if self._objects() else ""
        return f"CREATE PUBLICATION {self._name}{what}" + (f" WITH ({', '.join(options)})" if options else "")

    def refers(self, found: References) -> None:
        """The schemas whose tables it has."""
        found.others |= {("schema", "", name) for name in self._schemas}

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER PUBLICATION; from or to ALL TABLES there is none."""
        if self._is_of_all != old._is_of_all:
            return None
        statements = []
        if self._objects() != old._objects():
            change = f"SET {self._objects()}" if self._objects() else f"DROP {old._objects(bare=True)}"
            statements.append(f"ALTER PUBLICATION {self._name} {change}")
        changed = [f"{name} = {value}" for name, value in self._options.items() if value != old._options[name]]
        if changed:
            statements.append(f"ALTER PUBLICATION {self._name} SET ({', '.join(changed)})")
        return statements

    @property
    def _name(self) -> str:
        return quote(self.identity.name)

    @property
    def _is_of_all(self) -> bool:
        return bool(self.tree.fields.get("for_all_tables"))

    @property
    def _schemas(self) -> list[str]:
        """Those of TABLES IN SCHEMA; the current one is that in which unqualified names live."""
        objects = [node["PublicationObjSpec"] for node in self.tree.fields.get("pubobjects", ())]
        return sorted({o.get("name", self.home) for o in objects if o["pubobjtype"] != _TABLE})

    @cached_property
    def _tables(self) -> dict[str, str]:
        """Columns and filter of each table, as SQL, by its name with its schema."""
        text = print_again(self.sql)
        fields = parse(text).fields
        objects = [node["PublicationObjSpec"] for node in fields.get("pubobjects", ())]
        pieces = split_list(text, (find(text, "FOR") or 0) + len("FOR "), find(text, "WITH")) if objects else []
        found = {}
        for piece, spec in zip(pieces, objects, strict=True):
            if spec["pubobjtype"] == _TABLE:
                table = spec["pubtable"]
                only = "" if table["relation"].get("inh") else "ONLY "
                columns = sorted(map(quote, strings(table.get("columns", []))))
                start = find(piece, "WHERE")
                filter_ = "" if start is None else f" {piece[start:].strip()}"
                name = only + qualify(relation_name(table["relation"], self.home))
                found[name] = (f" ({', '.join(columns)})" if columns else "") + filter_
        return found

    def _objects(self, *, bare: bool = False) -> str:
        """What it has, as it stands behind FOR and SET; `bare` for DROP, which takes no columns and no filters."""
        tables = [name + ("" if bare else self._tables[name]) for name in sorted(self._tables)]
        schemas = map(quote, self._schemas)
        lists = {"TABLE": ", ".join(tables), "TABLES IN SCHEMA": ", ".join(schemas)}
        return ", ".join(f"{words} {list_}" for words, list_ in lists.items() if list_)

    @property
    def _options(self) -> dict[str, str]:
        """All options, as they are written in SET."""
        given = settings_of(self.tree.fields)
        return {name: _value(name, given[name]) if name in given else default for name, default in _DEFAULTS.items()}


def _value(name: str, text: str) -> str:
    """An option's value in its one spelling."""
    if name == "publish":
        words = {word.strip().lower() for word in text.split(",")}
        return literal(", ".join([word for word in _OPERATIONS if word in words] + sorted(words - {*_OPERATIONS, ""})))
    if name == "publish_generated_columns":
        return "stored" if text == "true" else text.lower()
    return truth(text)
