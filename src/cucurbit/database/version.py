"""Alembic's version table, read without Alembic."""

from __future__ import annotations

from sqlalchemy import Connection

TABLE = "alembic_version"


def current(connection: Connection) -> list[str]:
    """The revisions that the database is at, sorted; none where the table is not there."""
    if connection.exec_driver_sql("select to_regclass(%s)", (TABLE,)).scalar_one() is None:
        return []
    return sorted(connection.exec_driver_sql(f"select version_num from {TABLE}").scalars())  # noqa: S608 - a constant
