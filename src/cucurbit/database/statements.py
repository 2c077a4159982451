"""Sending statements as they stand: one, many as one script, or many of which each may fail by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run(connection: Connection, sql: str) -> None:
    """One statement as it stands, `%` and `:` included."""
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def run_all(connection: Connection, statements: Sequence[str]) -> None:
    """Statements in their order, in one journey to the server where there are many.

    What the server refuses is sent again by itself, so that the error is about one statement.
    """
    if len(statements) > 3:
        savepoint = connection.begin_nested()
        try:
            run(connection, "\n;\n".join(statements))  # one may end in a comment
        except DBAPIError:
            savepoint.rollback()
        else:
            savepoint.commit()
            return
    for statement in statements:
        run(connection, statement)


# Each task in a subtransaction of its own, on the server: a thousand take one journey and not three thousand.
_ATTEMPT = """
DO $attempt$
DECLARE
  task jsonb;
  statement text;
  outcomes text[] := '{}';
BEGIN
  FOR task IN SELECT value FROM jsonb_array_elements(current_setting('cucurbit.tasks')::jsonb) LOOP
    BEGIN
      FOR statement IN SELECT value FROM jsonb_array_elements_text(task) LOOP
        EXECUTE statement;
      END LOOP;
      outcomes := outcomes || null::text;
    EXCEPTION WHEN OTHERS THEN
      outcomes := outcomes || sqlstate;
    END;
  END LOOP;
  PERFORM set_config('cucurbit.outcomes', to_json(outcomes)::text, true);
END
$attempt$
"""


def attempt(connection: Connection, tasks: Sequence[Sequence[str]]) -> list[str | None]:
    """Run each list of statements that the server takes as a whole, and leave no trace of the others.

    Returns for each None, or the SQLSTATE of the refusal. Raises the server's error where it has no PL/pgSQL.
    """
    connection.exec_driver_sql("select set_config('cucurbit.tasks', %s, true)", (json.dumps(tasks),))
    run(connection, _ATTEMPT)
    found = connection.exec_driver_sql("select current_setting('cucurbit.outcomes')").scalar_one()
    return list(json.loads(found))
