"""Alembic's version table, read without Alembic."""

from __future__ import annotations

from sqlalchemy import Connection

from cucurbit.project.settings import Settings
from cucurbit.sql.names import literal, qualify


def current(connection: Connection, settings: Settings) -> list[str]:
    """The revisions that the database is at, sorted; none where the table is not there."""
    name = qualify(settings.version_table_name)
    if connection.exec_driver_sql("select to_regclass(%s)", (name,)).scalar_one() is None:
        return []
    query = f"select version_num from {name}"  # noqa: S608 - a quoted name
    found = connection.exec_driver_sql(query, execution_options={"no_parameters": True})
    return sorted(map(str, found.scalars()))


def guard(heads: set[str], settings: Settings) -> str:
    """A statement that fails unless the database is at just these revisions: the end of each in `migrate --sql`."""
    wanted = ", ".join(map(literal, sorted(heads)))
    name = qualify(settings.version_table_name)
    return f"""DO $guard$
BEGIN
  IF (SELECT array_agg(version_num::text ORDER BY version_num COLLATE "C") FROM {name})
     IS DISTINCT FROM {f"ARRAY[{wanted}]" if heads else "NULL::text[]"} THEN
    RAISE EXCEPTION 'the database is not where this script takes it: an earlier revision has failed';
  END IF;
END
$guard$"""  # noqa: S608 - literals, and a quoted name
