"""Alembic's version table, read without Alembic."""

from __future__ import annotations

from sqlalchemy import Connection

from cucurbit.sql.names import literal

TABLE = "alembic_version"


def current(connection: Connection) -> list[str]:
    """The revisions that the database is at, sorted; none where the table is not there."""
    if connection.exec_driver_sql("select to_regclass(%s)", (TABLE,)).scalar_one() is None:
        return []
    return sorted(connection.exec_driver_sql(f"select version_num from {TABLE}").scalars())  # noqa: S608 - a constant


def guard(heads: set[str]) -> str:
    """A statement that fails unless the database is at just these revisions: the end of each in `migrate --sql`."""
    wanted = ", ".join(map(literal, sorted(heads)))
    return f"""DO $guard$
BEGIN
  IF (SELECT array_agg(version_num::text ORDER BY version_num COLLATE "C") FROM {TABLE})
     IS DISTINCT FROM {f"ARRAY[{wanted}]" if heads else "NULL::text[]"} THEN
    RAISE EXCEPTION 'the database is not where this script takes it: an earlier revision has failed';
  END IF;
END
$guard$"""  # noqa: S608 - literals
