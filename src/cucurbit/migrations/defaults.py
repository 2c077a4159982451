"""Whether a column's default is another one: the server is asked how it would print the model's.

Alembic evaluates both sides and compares the values, which takes `gen_random_uuid()` for a change at every look,
advances sequences, and breaks on a quote. A default that is only read changes nothing.
https://alembic.sqlalchemy.org/en/latest/autogenerate.html#what-does-autogenerate-detect-and-what-does-it-not-detect
"""

from __future__ import annotations

import re
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import AlterColumnOp
from alembic.util import PriorityDispatchResult
from sqlalchemy import Column, Connection, DefaultClause
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from cucurbit.errors import SqlError
from cucurbit.sql.parse import parse, print_again
from cucurbit.sql.references import references

_TABLE = "pg_temp.cucurbit_default"
# A type, a function or a table that the migration is only going to make: then the default is another one.
_NOT_THERE_YET = ("42704", "42883", "42P01")
_CAST_LITERAL = re.compile(r"('(?:[^']|'')*')::[^'()]+(?:\(\d+(?:,\d+)?\))?(?:\[\])*\Z")
_READ = f"select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = '{_TABLE}'::regclass"  # noqa: S608


def compare_server_default(
    context: AutogenContext,
    operation: AlterColumnOp,
    schema: str | None,
    table: str,
    name: str,
    inspected: Column[Any],
    declared: Column[Any],
) -> PriorityDispatchResult:
    """Alembic's comparator, behind those of generated and identity columns and before the one that evaluates."""
    before, after = inspected.server_default, declared.server_default
    if not isinstance(before, DefaultClause) or not isinstance(after, DefaultClause) or context.connection is None:
        return PriorityDispatchResult.CONTINUE
    operation.existing_server_default = before
    if declared is declared.table._autoincrement_column:
        return PriorityDispatchResult.STOP
    if differs(context.connection, str(getattr(before.arg, "text", before.arg)), declared):
        operation.modify_server_default = after
    return PriorityDispatchResult.STOP


def differs(connection: Connection, present: str, declared: Column[Any]) -> bool:
    """Whether a column's default, as the server printed it, is not the model's."""
    written = _written(declared)
    if present == written or _without_cast(present) == written:
        return False
    if connection.exec_driver_sql("show transaction_read_only").scalar_one() == "on":
        return not (_reads_alike(present, written) or _plans_alike(connection, declared, present, written))
    printed = _printed(connection, declared, written)
    if printed is None:  # the server does not let us ask: then the parser must do
        return not _reads_alike(present, written)
    return printed != present


def _written(column: Column[Any]) -> str:
    """The default as CREATE TABLE would have it."""
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
    compiler = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type] # no statement, only its methods
    return str(compiler.get_column_default_string(column))


def _without_cast(default: str) -> str:
    """`'new'` of `'new'::order_status`, as the server prints a constant of a type that is not text."""
    match = _CAST_LITERAL.match(default)
    return match[1] if match else default


def _reads_alike(present: str, written: str) -> bool:
    try:
        return print_again(f"select {present}") == print_again(f"select {written}")
    except SqlError:
        return False


def _plans_alike(connection: Connection, column: Column[Any], present: str, written: str) -> bool:
    """Whether two defaults are one to the server's planner, which needs to write nothing for that.

    It works out what is IMMUTABLE and runs nothing else. A value says nothing of the function that it is from, so the
    functions that are called have to be the same too.
    """
    if _calls(present) != _calls(written):
        return False
    type_ = column.type.compile(connection.dialect)
    savepoint = connection.begin_nested()
    try:
        one, other = (
            connection.exec_driver_sql(
                f"explain (verbose, costs off) select cast(({default}) as {type_})",
                execution_options={"no_parameters": True},
            ).all()
            for default in (present, written)
        )
    except DBAPIError:
        return False
    finally:
        savepoint.rollback()
    return one == other


def _calls(default: str) -> set[str] | None:
    try:
        return {name for _, name in references(parse(f"select {default}")).routines}
    except SqlError:
        return None


def _printed(connection: Connection, column: Column[Any], default: str) -> str | None:
    """The default as the server prints it; None where it cannot be asked."""
    type_ = column.type.compile(connection.dialect)
    savepoint = connection.begin_nested()
    try:
        connection.exec_driver_sql(
            f"create temporary table cucurbit_default (c {type_} default {default})",
            execution_options={"no_parameters": True},
        )
        printed: str | None = connection.exec_driver_sql(_READ).scalar()
    except DBAPIError as error:
        return "" if getattr(error.orig, "sqlstate", None) in _NOT_THERE_YET else None
    finally:
        savepoint.rollback()
    return printed
