"""Names and literals in SQL text: the only place where anything is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cucurbit.errors import SqlError

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
# All that are not unreserved. Written out, as the parser's own list comes with the parser, which takes time to load.
_KEYWORDS = frozenset(
    """all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross
    current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
    decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
    freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect
    interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
    json_scalar json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on
    only or order out outer overlaps overlay placing position precision primary real references returning right
    row select session_user setof similar smallint some substring symmetric system_user table tablesample then
    time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when
    where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
    xmlroot xmlserialize xmltable""".split()
)

LONGEST = 63  # bytes of a name

# What format_type() calls the types that have a name in standard SQL.
# https://www.postgresql.org/docs/current/datatype.html
STANDARD_TYPE_NAMES = {
    "bit": "bit",
    "bool": "boolean",
    "bpchar": "character",
    "char": '"char"',
    "float4": "real",
    "float8": "double precision",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "interval": "interval",
    "json": "json",
    "numeric": "numeric",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "varbit": "bit varying",
    "varchar": "character varying",
}

# The other types of pg_catalog, which need no schema wherever they stand (PostgreSQL 18's; older ones have fewer).
_CATALOG_TYPES = frozenset(
    """aclitem any anyarray anycompatible anycompatiblearray anycompatiblemultirange anycompatiblenonarray
    anycompatiblerange anyelement anyenum anymultirange anynonarray anyrange box bytea cid cidr circle cstring date
    datemultirange daterange event_trigger fdw_handler gtsvector index_am_handler inet int2vector int4multirange
    int4range int8multirange int8range internal json jsonb jsonpath language_handler line lseg macaddr macaddr8 money
    name nummultirange numrange oid oid8 oidvector path pg_brin_bloom_summary pg_brin_minmax_multi_summary
    pg_ddl_command pg_dependencies pg_lsn pg_mcv_list pg_ndistinct pg_node_tree pg_snapshot point polygon record
    refcursor regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure
    regrole regtype table_am_handler text tid trigger tsm_handler tsmultirange tsquery tsrange tstzmultirange
    tstzrange tsvector txid_snapshot unknown uuid void xid xid8 xml""".split()
)

# The operators of pg_catalog (PostgreSQL 18's), none of which is a project's when it stands without a schema.
_CATALOG_OPERATORS = frozenset(
    """!! !~ !~* !~~ !~~* # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / < <-> << <<= <<| <=
    <> <@ <^ = > >= >> >>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@ | |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~
    ~>~ ~~ ~~*""".split()
)


def quote(name: str) -> str:
    """One identifier as SQL text, quoted where PostgreSQL needs it: `orders`, `"Orders"`, `"select"`.

    Raises SqlError for the one name that cannot be said, one with a NUL in it.
    """
    if "\0" in name:
        raise SqlError(f"a name cannot contain a NUL character: {name!r}")
    if _PLAIN.match(name) and name not in _KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def qualify(names: Iterable[str]) -> str:
    """A dotted name as SQL text: `("shop", "Orders")` gives `shop."Orders"`."""
    return ".".join(map(quote, names))


def literal(text: str) -> str:
    """A string constant as SQL text, whatever standard_conforming_strings says.

    For `--sql` and DDL, where no parameter can be bound; everywhere else values are bound.
    """
    if "\0" in text:
        raise SqlError("a text constant cannot contain a NUL character")
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def unquote(text: str) -> str:
    """The name that an identifier is, whether that is in quotes or not."""
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def is_catalog_type(name: str) -> bool:
    """Whether an unqualified type name is one of pg_catalog's."""
    return name in STANDARD_TYPE_NAMES or name in _CATALOG_TYPES


def is_catalog_operator(name: str) -> bool:
    """Whether an unqualified operator has the name of one of pg_catalog's."""
    return name in _CATALOG_OPERATORS


def type_name(schema: str, name: str, *, array: bool = False) -> str:
    """A type as `format_type(oid, NULL)` prints it when only pg_catalog is on the search path.

    `("pg_catalog", "int4")` gives `integer`, `("public", "mood", array=True)` gives `public.mood[]`.
    """
    if schema == "pg_catalog":
        text = STANDARD_TYPE_NAMES.get(name) or quote(name)
    else:
        text = qualify((schema, name))
    return text + "[]" if array else text


def usual_name(table: str, columns: Sequence[str], label: str) -> str:
    """`orders_total_check`, the longer of the two parts shortened first, as makeObjectName() of PostgreSQL does."""
    first, second = table.encode(), "_".join(columns).encode()
    room = LONGEST - len(label) - 1 - (1 if second else 0)
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    return "_".join(part.decode(errors="ignore") for part in (first, second, label.encode()) if part)
