"""What `migrations/env.py` calls, so that Alembic's own commands work in a project:

from cucurbit.migrations.env import run

run()

https://alembic.sqlalchemy.org/en/latest/tutorial.html#editing-the-env-py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from alembic import context
from alembic.runtime.migration import RevisionStep
from alembic.util import CommandError
from sqlalchemy import Connection

from cucurbit.database.connect import connect
from cucurbit.database.lock import WAIT, Lock, locked
from cucurbit.database.pins import also
from cucurbit.errors import CucurbitError, SettingsError
from cucurbit.migrations import history
from cucurbit.migrations.autocommit import watch
from cucurbit.migrations.autogenerate import State, options
from cucurbit.migrations.executor import OFFLINE, context_options
from cucurbit.migrations.guard import ON_DRIFT, STOP, guard
from cucurbit.migrations.hooks import Hooks, checked
from cucurbit.migrations.recorder import Recorder
from cucurbit.migrations.refusal import translated
from cucurbit.migrations.script import Script
from cucurbit.project import settings as project_settings
from cucurbit.project.settings import Settings


def run(database: str = "default", **hooks: Any) -> None:
    """Run what Alembic asks for on one of the project's databases; `alembic -x database=NAME` names another.

    `-x wait=SECONDS` says how long to wait for another process that migrates it. The hooks (`include_object=…` and the
    others in `migrations.hooks.NAMES`) are asked behind ours, by Alembic's own commands; those that makemigrations is
    to ask as well belong into a module that `hooks` of the settings names.
    """
    try:
        settings = _settings()
        given = context.get_x_argument(as_dictionary=True)
        database = given.get("database", database)
        if context.is_offline_mode():
            _offline(settings, database)
        else:
            _online(settings, database, _seconds(given.get("wait", WAIT)), checked(hooks))
    except CucurbitError as error:
        raise CommandError(str(error)) from error  # which Alembic shows as a message, not as a stack


def _settings() -> Settings:
    file = context.config.toml_file_name or context.config.config_file_name
    if file is None:
        raise SettingsError("Alembic has no configuration file", hint="Run it in the project's folder.")
    folder = Path(file).resolve().parent
    above = [at for at in (folder, *folder.parents) if (at / project_settings.FILE).is_file()]
    return project_settings.load(above[0] if above else folder, "alembic")


def _seconds(wait: str | float) -> float:
    try:
        return float(wait)
    except ValueError:
        raise SettingsError(f"{wait} is no number of seconds", hint="Write: alembic -x wait=60 …") from None


def _online(settings: Settings, database: str, wait: float, hooks: Hooks) -> None:
    if _only_looks():
        with connect(settings, database) as connection:
            _run(settings, connection, None, hooks)
        return
    with (
        locked(settings, database, wait=wait, say=_say) as lock,
        connect(settings, database) as connection,
        also(connection, {"lock_timeout": settings.migrate.lock_timeout}),
    ):
        _run(settings, connection, lock, hooks)


def _run(settings: Settings, connection: Connection, lock: Lock | None, hooks: Hooks) -> None:
    recorder = Recorder(settings, renew=True)
    state = State(settings, connection, hooks)
    autogenerate = options(state)
    if lock is not None:
        history.checked(connection, settings)
        recorder.prepare(connection)
    connection.commit()
    context.configure(connection=connection, **context_options(settings, recorder, lock), **autogenerate)
    if lock is not None:
        _guard(settings, recorder)
    watch(context.get_context(), recorder)
    with translated(lambda: None), context.begin_transaction():
        context.run_migrations()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _guard(settings: Settings, recorder: Recorder) -> None:
    """Let the guard see the steps first that Alembic's command has found; `alembic -x on-drift=overwrite` goes on."""
    on_drift = context.get_x_argument(as_dictionary=True).get("on-drift", STOP)
    if on_drift not in ON_DRIFT:
        raise SettingsError(f"-x on-drift={on_drift} is unknown", hint=f"There are: {', '.join(ON_DRIFT)}")
    made = context.get_context()
    find: Any = made._migrations_fn  # the command's own; there is no other door to it

    def found(heads: Any, ctx: Any) -> list[Any]:
        steps = list(find(heads, ctx))
        if all(isinstance(step, RevisionStep) for step in steps):
            ctx.connection.commit()  # Alembic has made its table of versions, and the guard ends its transactions
            recorder.found = guard(settings, ctx.connection, steps, on_drift=on_drift).found
        return steps

    made._migrations_fn = found


def _only_looks() -> bool:
    """Whether Alembic's command writes nothing to the database: then nobody has to wait, and the ledger is not made."""
    command: Any = getattr(context.config.cmd_opts, "cmd", None)
    name = getattr(command[0], "__name__", "") if command else ""
    return name in ("revision", "check", "current")


def _offline(settings: Settings, database: str) -> None:
    script = Script(settings, database)
    script.begin()
    recorder = Recorder(settings)
    context.configure(output_buffer=script, **OFFLINE, **context_options(settings, recorder))
    watch(context.get_context(), recorder)
    with context.begin_transaction():
        context.run_migrations()
    (context.config.output_buffer or sys.stdout).write(script.getvalue())
