"""Objects of alembic_utils: `PGView`, `PGFunction`, `PGGrantTable` and the others, unchanged.

Each means the SQL that it sends to the server: with its own quoting, and what `sqlalchemy.text()` makes of a colon.
https://olirice.github.io/alembic_utils/api/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, parse, split, strings

if TYPE_CHECKING:
    from alembic_utils.replaceable_entity import ReplaceableEntity

LIBRARY = "alembic_utils"


def statements(value: Any) -> Iterator[str]:
    """The statements that an object means: one, more where its definition goes on behind a semicolon.

    A grant is about one column here, so that on several columns is one for each. Raises SqlError for an object that
    alembic_utils itself makes no statement of.
    """
    from alembic_utils.replaceable_entity import ReplaceableEntity

    if isinstance(value, ReplaceableEntity):
        sql = _sent(value)
        try:
            parts = [statement.sql for statement in split(sql, LIBRARY)]
        except SqlError:  # said again, with its place, by whoever reads the whole
            parts = [sql]
        for part in parts:
            yield from _by_column(part) if part[:5].upper() == "GRANT" else (part,)


def _sent(value: ReplaceableEntity) -> str:
    """What reaches the server when alembic_utils creates the object."""
    from sqlalchemy.dialects import postgresql

    try:
        text = value.to_sql_statement_create()
    except Exception as error:
        raise SqlError(f"alembic_utils makes no statement of {type(value).__name__}: {error}") from error
    # With the driver's own parameter style every % would be two, which the driver makes one again.
    dialect: Any = postgresql.dialect
    return str(text.compile(dialect=dialect(paramstyle="named"))).strip()


def _by_column(sql: str) -> Iterator[str]:
    """A GRANT, one for each of its columns; what has no columns stays as it is."""
    try:
        fields = parse(sql).fields
    except SqlError:
        fields = {}
    columns = list(_columns(fields))
    if not columns:
        yield sql
        return
    relation, role = fields["objects"][0]["RangeVar"], fields["grantees"][0]["RoleSpec"]
    names = [relation[part] for part in ("schemaname", "relname") if part in relation]
    to = quote(role["rolename"]) if "rolename" in role else "public"
    option = " with grant option" if fields.get("grant_option") else ""
    for privilege, column in columns:
        yield f"grant {privilege} ({quote(column)}) on {qualify(names)} to {to}{option}"


def _columns(fields: Fields) -> Iterator[tuple[str, str]]:
    for item in fields.get("privileges", ()):
        for column in strings(item["AccessPriv"].get("cols", [])):
            yield item["AccessPriv"]["priv_name"], column
