"""adopt without a name: a whole existing database becomes the project's."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SAWarning

from cucurbit.database import catalog, ledger, version
from cucurbit.database.connect import connect
from cucurbit.database.dump import dump
from cucurbit.database.lock import locked
from cucurbit.database.needs import around, needs
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import CucurbitError, HistoryError, MigrationError
from cucurbit.migrations import known
from cucurbit.migrations.baseline import own_schemas, own_tables, revisions
from cucurbit.migrations.continued import continued
from cucurbit.migrations.draft import Draft, draft
from cucurbit.migrations.executor import Executor, on_scratch
from cucurbit.migrations.inventory import Inventory, Present, Reader, beside, complete, missing
from cucurbit.migrations.rebuilt import acting_role, prove
from cucurbit.migrations.scripts import Script, Scripts
from cucurbit.migrations.selection import Selected, Selection, select
from cucurbit.project import files, filing
from cucurbit.project.apps import collect
from cucurbit.project.settings import Settings
from cucurbit.sql import dump as dumps
from cucurbit.sql.dump import Dumped, Relation

MODELS, SQL = "models", "sql"
NO_MODEL = "it has no model, and stays in the baseline as SQL: {reason}"
BASELINE, ADOPTED = "baseline", "adopted"


@dataclass
class Takeover:
    """What was taken over, or would be: the files of entities, the revision, the entities by kind, the tables.

    `left` is what was left out, or taken without something, with the reason, by name; `known` counts the entities that
    the project has declared already. `verified` are the seconds that the proof took.
    """

    files: list[Path]
    revisions: list[Path]
    kinds: Mapping[str, int]
    tables: Sequence[Relation]
    left: Mapping[str, str] = field(default_factory=dict)
    known: int = 0
    verified: float = 0


@dataclass(frozen=True)
class _There:
    """What a database has: what was selected of it, the catalog, and the server's release; `recorded` by the ledger,
    `current` are the revisions that it is at. `models` is the text of a module, empty where tables have none.
    """

    selected: Selected
    present: Present
    major: int
    recorded: Collection[Identity]
    current: list[str]
    models: str = ""


@dataclass(frozen=True)
class Plan:
    """What is to be written, and how: see `take_over`."""

    selection: Selection
    form: str = filing.OBJECT
    tables: str = SQL
    write: bool = True
    database: str = "default"


def take_over(settings: Settings, plan: Plan) -> Takeover:
    """Write what a database has as entities and a revision that makes it, and record that as applied.

    The database is only read, but for the ledger and Alembic's version at the end. Where the project has a history
    that the database has run, the revision goes on top of it. Without `write` nothing is written. Raises CucurbitError
    of many sorts; then files and database are as they were.
    """
    plan.selection.check()
    scripts = Scripts(settings)
    ends = scripts.ends()
    if len(ends) > 1:
        raise HistoryError(
            f"the history has {len(ends)} branches, and a revision that follows all of them would join them",
            hint="Take single objects, by their names: python manage.py adopt NAME …\n"
            f"and then: python manage.py makemigrations --head {scripts.branch(ends[0])}@head",
        )
    there = _read(settings, scripts, plan)
    _refuse_behind(ends, there.current)
    with on_scratch(scripts, ends) as scratch:
        before = _made(scratch, settings, there) if ends else []
        inventory = _rest(scratch, settings, there, before) if ends else there.selected.inventory
        if not inventory.items:
            raise CucurbitError(
                "there is nothing that could be adopted" + (": the history makes all of it" if ends else ""),
                hint="Is it the right database? `url` in settings.toml, or DATABASE_URL, names it; --schema limits it.",
            )
        selected = replace(there.selected, inventory=inventory)
        files_, known_ = _files(settings, inventory.entities, there.present, plan.form)
        models = {filing.models(settings): there.models} if there.models else {}
        files.refuse_present(models, "leave the tables to its models, and to SQL in the baseline: --tables sql")
        files.refuse_present(files_)
        files_ = {**models, **files_}
        with draft(scripts, scratch, None, ends) as found:
            found.take(scratch, revisions(inventory))
            drafted, written = found.write(ADOPTED if ends else BASELINE)
            began = time.monotonic()
            aside = before if plan.selection.is_limited else None
            _prove(drafted, scratch, len(written), selected, there.major, aside)
            took = Takeover(
                list(files_),
                [found.target(script) for script in written],
                Counter(entity.identity.kind for entity in inventory.entities),
                inventory.tables,
                there.selected.left,
                known_,
                time.monotonic() - began,
            )
            if plan.write:
                with files.written(files_):
                    _publish(found, written, settings, plan.database)
    return took


def _read(settings: Settings, scripts: Scripts, plan: Plan) -> _There:
    """The whole database: `pg_dump` and the catalog, both at the same time."""
    own = own_tables(settings)
    with connect(settings, plan.database, read_only=True) as connection:
        major = _major(connection)
        role = connection.exec_driver_sql("select current_user").scalar_one()
        acting = settings.database(plan.database).role
        with dump(connection.engine.url, major, role=acting, without=own) as dumping:
            recorded = ledger.read(connection, settings)
            _refuse_other_history(scripts, version.current(connection, settings))
            current = Executor(scripts, connection).current()
            found = catalog.snapshot(connection, plan.selection.read)
            mine = {*own, ledger.index_name(settings)}
            present = {identity: definition for identity, definition in found.items() if identity.names[:2] not in mine}
            text = dumping.text()
        inventory = Reader(dumps.statements(text), present, settings.home, role).read()
        alone = [(present[i].classid, present[i].objid) for i in missing(inventory, present)]
        complete(inventory, present, settings.home, needs(connection, alone))
        selection = plan.selection
        if selection.schemas:
            selection = selection.needing(present, around(connection, selection.schemas))
        losses = catalog.losses(connection, [(d.classid, d.objid) for d in present.values() if d.is_object])
        selected = select(inventory, present, selection, role, losses, own_schemas(settings))
        source = ""
        if plan.tables == MODELS and selected.inventory.tables and not current:
            source = _modelled(settings, connection, selected, present, plan)
    known.keep(selected.inventory.entities)
    return _There(selected, present, major, recorded.keys(), current, source)


def _modelled(settings: Settings, connection: Connection, selected: Selected, present: Present, plan: Plan) -> str:
    """The text of the models; what they say is no entity from here on."""
    from cucurbit.migrations.modelled import modelled  # which takes sqlacodegen

    is_entity = plan.selection.is_entity
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of foreign keys in a circle, and types that it does not know
        selected.inventory, models = modelled(settings, connection, selected.inventory, present, is_entity)
    left = {f"table {schema}.{name}": NO_MODEL.format(reason=why) for (schema, name), why in models.left.items()}
    selected.left = left | selected.left
    return models.source if models.tables else ""


def _major(connection: Connection) -> int:
    """The server's release."""
    version: int = connection.exec_driver_sql("select current_setting('server_version_num')::integer").scalar_one()
    return version // 10000


def _refuse_other_history(scripts: Scripts, current: Sequence[str]) -> None:
    if current and not scripts.heads:
        table = ".".join(scripts.settings.version_table_name)
        raise HistoryError(
            f"the database is at revision {current[0]} of another history of Alembic's, and this project has none",
            hint="In the folder of that project: cucurbit init. If that history is to be left behind, drop its table "
            f"{table} first; if both are to go on, give this one another: `version_table` in settings.toml.",
        )


def _refuse_behind(ends: Sequence[str], current: Sequence[str]) -> None:
    behind = sorted({*ends} - {*current})
    if behind:
        raise HistoryError(
            f"the database is not at the end of the history: {', '.join(behind)} is not applied",
            hint="Run: python manage.py migrate, or if it has all of that already: migrate --fake",
        )


def _made(scratch: Connection, settings: Settings, there: _There) -> list[Dumped]:
    """What the history makes, by `pg_dump`."""
    with dump(scratch.engine.url, there.major, role=acting_role(scratch), without=own_tables(settings)) as dumping:
        return dumps.statements(dumping.text())


def _rest(scratch: Connection, settings: Settings, there: _There, made: Sequence[Dumped]) -> Inventory:
    """What the history does not make."""
    present = catalog.snapshot(scratch, {identity.kind for identity in there.present})
    scratch.rollback()
    return continued(there.selected.inventory, made, present, there.recorded, settings.home)


def _files(settings: Settings, entities: Sequence[Entity], present: Present, form: str) -> tuple[dict[Path, str], int]:
    """The files of those that no app declares, and how many others there are.

    Raises CucurbitError for what the project would refuse.
    """
    declared = collect(settings)
    folder = filing.folder(settings)
    new = [entity for entity in entities if entity.identity not in declared.entities]
    for entity in new:
        declared.add(entity)
    declared.check()
    places = beside([entity.identity for entity in new], present, filing.TABLE)
    texts = filing.texts(new, places, form)
    return {folder / name: text for name, text in texts.items()}, len(entities) - len(new)


def _prove(
    scripts: Scripts, scratch: Connection, count: int, selected: Selected, major: int, aside: Sequence[Dumped] | None
) -> None:
    is_limited = aside is not None
    try:
        prove(scripts, scratch, count, selected, major, aside or ())
    except MigrationError as error:
        hints = [error.hint, f"Left out: {', '.join(selected.left)}" if selected.left else None]
        if isinstance(error.__cause__, DBAPIError) and is_limited:
            hints.append("If that is left out by --schema or --exclude, take it as well, or leave out what needs it.")
        error.hint = "\n".join(filter(None, hints)) or None
        raise


def _publish(found: Draft, written: list[Script], settings: Settings, database: str) -> None:
    """Put the revision into the history, and record it as applied; take it away again where that fails."""
    published = found.publish(written)
    try:
        with locked(settings, database), connect(settings, database) as connection:
            executor = Executor(Scripts(settings), connection)
            executor.fake_together(executor.steps("head"))
    except BaseException:
        for path in published:
            path.unlink(missing_ok=True)
        raise
