"""Sending statements as they stand: one, many as one script, or many of which each may fail by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

SAID = "cucurbit_said"
"""The key of `Connection.info` for a list of what was sent and is to be remembered: see `listen`."""


def listen(connection: Connection) -> list[str]:
    """From now on every statement of `run_all` and `attempt` that the server took is added to this list."""
    said: list[str] = connection.info.setdefault(SAID, [])
    return said


def said(connection: Connection) -> list[str]:
    """What `listen` has heard; a list of its own where nobody listens."""
    found: list[str] = connection.info.get(SAID, [])
    return found


def run(connection: Connection, sql: str) -> None:
    """One statement as it stands, `%` and `:` included."""
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def run_all(connection: Connection, statements: Sequence[str], *, heard: bool = True) -> None:
    """Statements in their order, in one journey to the server where there are many.

    What the server refuses is sent again by itself, so that the error is about one statement.
    """
    if len(statements) > 3 and try_all(connection, statements, heard=heard):
        return
    for statement in statements:
        run(connection, statement)
        said(connection).extend([statement] if heard else ())


def try_all(connection: Connection, statements: Sequence[str], *, heard: bool = True) -> bool:
    """Statements as one script; whether the server took it. What it refuses leaves no trace."""
    savepoint = connection.begin_nested()
    try:
        run(connection, "\n;\n".join(statements))  # one may end in a comment
    except DBAPIError:
        savepoint.rollback()
        return False
    savepoint.commit()
    said(connection).extend(statements if heard else ())
    return True


SKIPPED = "skipped"
"""The outcome of what was not tried, as something that it needs was refused."""

# Each task in a subtransaction of its own, on the server: a thousand take one journey and not three thousand.
_ATTEMPT = f"""
DO $attempt$
DECLARE
  task jsonb;
  statement text;
  outcomes text[] := '{{}}';
BEGIN
  FOR task IN SELECT value FROM jsonb_array_elements(current_setting('cucurbit.tasks')::jsonb) LOOP
    IF EXISTS (SELECT FROM jsonb_array_elements(task->'needs') WHERE outcomes[value::int + 1] IS NOT NULL) THEN
      outcomes := outcomes || '{SKIPPED}'::text;
      CONTINUE;
    END IF;
    BEGIN
      FOR statement IN SELECT value FROM jsonb_array_elements_text(task->'statements') LOOP
        EXECUTE statement;
      END LOOP;
      outcomes := outcomes || null::text;
    EXCEPTION WHEN lock_not_available OR deadlock_detected OR serialization_failure THEN
      RAISE;  -- which says nothing of the task
    WHEN OTHERS THEN
      outcomes := outcomes || sqlstate;
    END;
  END LOOP;
  PERFORM set_config('cucurbit.outcomes', to_json(outcomes)::text, true);
END
$attempt$
"""  # noqa: S608 - a constant of our own


def attempt(
    connection: Connection, tasks: Sequence[Sequence[str]], needs: Sequence[Sequence[int]] | None = None
) -> list[str | None]:
    """Run each list of statements that the server takes as a whole, and leave no trace of the others.

    `needs` are, for each, the positions of those before it without which it is not tried. Returns for each None, the
    SQLSTATE of the refusal, or SKIPPED. Raises the server's error where it has no PL/pgSQL, and where a lock was not
    to be had.
    """
    needed = [list(some) for some in needs or [()] * len(tasks)]
    given = [{"statements": list(task), "needs": some} for task, some in zip(tasks, needed, strict=True)]
    connection.exec_driver_sql("select set_config('cucurbit.tasks', %s, true)", (json.dumps(given),))
    run(connection, _ATTEMPT)
    found = connection.exec_driver_sql("select current_setting('cucurbit.outcomes')").scalar_one()
    outcomes: list[str | None] = json.loads(found)
    for task, refusal in zip(tasks, outcomes, strict=True):
        said(connection).extend(task if refusal is None else ())
    return outcomes
