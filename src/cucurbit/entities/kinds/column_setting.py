"""How a column is stored, and how much is known of it. https://www.postgresql.org/docs/current/sql-altertable.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.setting import Setting
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, qualify, quote
from cucurbit.sql.parse import Fields

STATISTICS, STORAGE, COMPRESSION, OPTIONS = "statistics", "storage", "compression", "options"
_ACTIONS = {
    "AT_SetStatistics": STATISTICS,
    "AT_SetStorage": STORAGE,
    "AT_SetCompression": COMPRESSION,
    "AT_SetOptions": OPTIONS,
    "AT_ResetOptions": "",
}
_USUAL_STORAGE = (
    "SELECT CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END"
    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
    " WHERE a.attrelid = {table}::pg_catalog.regclass AND a.attname = {column}"
)
_NUMBER = r"-?[0-9]+(\.[0-9]+)?"


class ColumnSetting(Setting):
    """`alter table orders alter column note set storage external`, and `set statistics`, `set compression` and `set
    (n_distinct = …)`; of an index `alter column 1 set statistics`. Changed in place.
    """

    kind = "column setting"
    example = "alter table orders alter column note set storage external"
    rank = 76
    has_arguments = True
    goes_first = True  # the column may get a type that cannot be stored like that
    actions = frozenset(_ACTIONS)
    flag: ClassVar[str] = (
        "(select a.attnum || q.key[4] from pg_attribute a where a.attrelid = q.objid and a.attname = q.key[3])"
    )
    # Storage that is the type's is not told from storage that was set. Never set statistics are null from PostgreSQL
    # 17, before they are -1. The columns of an index have numbers only.
    catalog = f"""
        select 'pg_class'::regclass as classid, c.oid as objid,
               array[n.nspname::text, c.relname::text, o.name, s.setting] as key,
               format('ALTER %s %s%I.%I ALTER COLUMN %s SET %s',
                      case c.relkind when 'm' then 'MATERIALIZED VIEW' when 'i' then 'INDEX' when 'I' then 'INDEX'
                                     when 'f' then 'FOREIGN TABLE' else 'TABLE' end,
                      case when c.relkind in ('r', 'p') and c.relhassubclass then 'ONLY ' else '' end,
                      n.nspname, c.relname, case when c.relkind in ('i', 'I') then o.name else quote_ident(o.name) end,
                      s.said) as definition
          from pg_attribute a
          join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'm', 'f', 'i', 'I')
          join pg_namespace n on n.oid = c.relnamespace
          join pg_type t on t.oid = a.atttypid
         cross join lateral (select case when c.relkind in ('i', 'I') then a.attnum::text else a.attname::text end) o(name)
         -- an index has those of its operator classes there, which its definition says
         cross join lateral (values
               ('{STATISTICS}', 'STATISTICS ' || nullif(a.attstattarget, -1)),
               ('{STORAGE}', 'STORAGE ' || case when a.attstorage <> t.typstorage and c.relkind not in ('i', 'I')
                  then case a.attstorage when 'p' then 'PLAIN' when 'e' then 'EXTERNAL' when 'm' then 'MAIN'
                                         else 'EXTENDED' end end),
               ('{COMPRESSION}', 'COMPRESSION ' || case when c.relkind not in ('i', 'I')
                  then case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end end),
               ('{OPTIONS}', (select format('(%s)', string_agg(
                                format('%I = %s', o.option_name, case when o.option_value ~ '^{_NUMBER}$'
                                  then o.option_value else quote_literal(o.option_value) end),
                                ', ' order by o.option_name))
                  from pg_options_to_table(case when c.relkind not in ('i', 'I') then a.attoptions end) o))
               ) s(setting, said)
         where a.attnum > 0 and not a.attisdropped and s.said is not null and s.said <> '()'
    """  # noqa: E501, S608 - constants

    def __init__(
        self,
        relation: str,
        column: str | int,
        *,
        statistics: int | None = None,
        storage: str | None = None,
        compression: str | None = None,
        options: Mapping[str, object] | None = None,
        schema: str | None = None,
    ) -> None:
        """One of the settings, for a column by its name, or by its number where the relation is an index."""
        given = [
            *([f"statistics {statistics}"] if statistics is not None else []),
            *([f"storage {storage}"] if storage else []),
            *([f"compression {compression}"] if compression else []),
            *([f"({', '.join(f'{quote(key)} = {value}' for key, value in options.items())})"] if options else []),
        ]
        if len(given) != 1:
            raise SqlError("a column setting is one of: statistics, storage, compression, options")
        what = f"index {{}} alter column {column}" if isinstance(column, int) else "table {} alter column {}"
        on = qualify((schema, relation) if schema else (relation,))
        super().__init__(f"alter {what.format(on, quote(str(column)))} set {given[0]}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "orders", "note")` and `("storage",)`; for a column of an index its number."""
        command = cls.command(fields)
        setting = _ACTIONS[command["subtype"]]
        value = command.get("def", {})
        if _is_usual(setting, value):
            raise SqlError(
                "that is how a column is without a declaration",
                hint="Remove the statement that sets something else.",
            )
        column = command.get("name") or str(command["num"])
        return Identity(cls.kind, (*relation_name(fields["relation"], home), column), (setting,))

    @classmethod
    def identity_of(cls, key: Sequence[str]) -> Identity:
        """Three names and which setting."""
        return Identity(cls.kind, tuple(key[:3]), tuple(key[3:]))

    @property
    def said(self) -> str:
        """For example `ALTER COLUMN note SET STORAGE EXTERNAL`."""
        return f"{self._column} SET {self._value}"

    @property
    def unsaid(self) -> str:
        """As the type has it. That of the storage has a word from PostgreSQL 16 on only."""
        (setting,) = self.identity.arguments or ()
        if setting == OPTIONS:
            return f"{self._column} RESET ({', '.join(map(quote, sorted(self._options)))})"
        return f"{self._column} SET {setting.upper()} {-1 if setting == STATISTICS else 'DEFAULT'}"

    def replace_statements(self, old: Self) -> list[str] | None:
        """Options that are no more said are taken back."""
        gone = sorted(old._options.keys() - self._options.keys())
        reset = [f"{self._head} {self._column} RESET ({', '.join(map(quote, gone))})"] if gone else []
        return [*reset, self.sql]

    def drop_statements(self) -> list[str]:
        """Before PostgreSQL 16 the type has to be asked for its storage."""
        if self.identity.arguments != (STORAGE,):
            return super().drop_statements()
        schema, table, column = self.identity.names
        storage = _USUAL_STORAGE.format(table=literal(qualify((schema, table))), column=literal(column))
        body = f"BEGIN EXECUTE {literal(f'{self._head} {self._column} SET STORAGE ')} || ({storage}); END"
        return [f"DO {literal(body)}"]

    @property
    def _column(self) -> str:
        command = self.command(self.tree.fields)
        return f"ALTER COLUMN {quote(command['name']) if 'name' in command else command['num']}"

    @property
    def _value(self) -> str:
        value = self.command(self.tree.fields)["def"]
        match self.identity.arguments:
            case ("statistics",):
                return f"STATISTICS {value['Integer'].get('ival', 0)}"
            case ("storage",):
                return f"STORAGE {value['String']['sval'].upper()}"
            case ("compression",):
                return f"COMPRESSION {quote(value['String']['sval'])}"
        return f"({', '.join(f'{quote(name)} = {self._options[name]}' for name in sorted(self._options))})"

    @property
    def _options(self) -> dict[str, str]:
        if self.identity.arguments != (OPTIONS,):
            return {}
        items = self.command(self.tree.fields)["def"]["List"]["items"]
        return {item["DefElem"]["defname"]: _option(item["DefElem"].get("arg", {})) for item in items}


def _is_usual(setting: str, value: dict[str, Any]) -> bool:
    if setting == STATISTICS:
        return not value or value["Integer"].get("ival", 0) == -1
    return not setting or value.get("String", {}).get("sval", "").lower() == "default"


def _option(value: dict[str, Any]) -> str:
    """A number or a text; zero is left out of the parser's tree."""
    match value:
        case {"Integer": number}:
            return str(number.get("ival", 0))
        case {"Float": number}:
            return str(number["fval"])
        case {"String": text}:
            return literal(text["sval"])
    raise SqlError("the value of a column's option is a number")
