"""The history as a database has it: revisions that are applied, and whose files were edited since, or are gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Connection

from cucurbit.database import ledger
from cucurbit.database.connect import connect
from cucurbit.database.ledger import Applied
from cucurbit.database.statements import run
from cucurbit.errors import DatabaseError, HistoryError
from cucurbit.migrations import reader
from cucurbit.migrations.digest import VERSION, digest
from cucurbit.migrations.locations import Locations, read
from cucurbit.migrations.reader import RevisionFile
from cucurbit.migrations.screen import Difference, screen
from cucurbit.migrations.scripts import Scripts
from cucurbit.migrations.source import source_of
from cucurbit.project.settings import Settings

EDITED, MISSING = "edited", "missing"


@dataclass(frozen=True)
class Changed:
    """An applied revision whose file is not what was applied; `file` is None where it is gone."""

    revision: str
    applied: Applied
    file: RevisionFile | None

    @property
    def state(self) -> str:
        """`edited` or `missing`."""
        return MISSING if self.file is None else EDITED


@dataclass(frozen=True)
class History:
    """The applied revisions of a database, which of them differ from the files, and which of these are accepted."""

    applied: Mapping[str, Applied]
    changed: Sequence[Changed] = ()
    accepted: Sequence[Changed] = ()

    def accept(self, connection: Connection, settings: Settings) -> None:
        """Write a row into the ledger for each that is accepted, in a transaction of its own."""
        for item in self.accepted:
            path = str(item.file.path) if item.file else None
            source, digest_ = (source_of(path), digest(path)) if path else (None, None)
            row = ledger.Row.of_revision(ledger.ACCEPT, item.revision, digest_, source)
            for statement in ledger.record_statements(settings, item.revision, [row]):
                run(connection, statement)
        connection.commit()


def load(connection: Connection, settings: Settings) -> History:
    """The history of a database beside the files, of which nothing is run."""
    applied = ledger.read_revisions(connection, settings)
    connection.rollback()
    if not applied:
        return History(applied)
    locations = Locations.of(settings)
    paths = list(locations.files())
    untouched = _hashes(paths)
    doubtful = {revision: row for revision, row in applied.items() if row.source_hash not in untouched}
    if not doubtful or not locations.exist():
        return History(applied)
    files = reader.read(paths)
    changed = (Changed(revision, row, files.get(revision)) for revision, row in doubtful.items())
    return History(applied, sorted((item for item in changed if _differs(item)), key=lambda item: item.revision))


def checked(connection: Connection, settings: Settings, accepted: Iterable[str] = ()) -> History:
    """The history, for a migration to go on from.

    `accepted` are revisions (or the beginnings of their names) that are to count as they are now; `History.accept`
    records that. Raises HistoryError for any other that was edited, or is gone, with the differences.
    """
    history = load(connection, settings)
    names = {_named(name, history, settings) for name in accepted}
    refused = [item for item in history.changed if item.revision not in names]
    if refused:
        _refuse(connection, settings, refused)
    return History(history.applied, history.changed, history.changed)


def scripts(settings: Settings, database: str) -> Scripts:
    """The revision files. Raises HistoryError, which says so where they lack one that the database has applied."""
    try:
        return Scripts(settings)
    except HistoryError:
        with suppress(DatabaseError):
            _refuse_missing(settings, database)
        raise


def _refuse_missing(settings: Settings, database: str) -> None:
    with connect(settings, database, read_only=True) as connection:
        missing = [item for item in load(connection, settings).changed if item.file is None]
        if missing:
            _refuse(connection, settings, missing)


def _hashes(paths: Iterable[Path]) -> set[str]:
    """Of the files' bytes: one that is what it was need not be parsed, as its revision is in it."""
    found = set()
    for path in paths:
        with suppress(OSError):
            found.add(sha256(path.read_bytes()).hexdigest())
    return found


def _differs(item: Changed) -> bool:
    applied = item.applied
    if item.file is None:
        return not (applied.is_accepted and applied.digest is None)
    if applied.digest is None or not applied.digest.startswith(f"{VERSION}:"):
        return False
    return digest(str(item.file.path)) != applied.digest


def _named(name: str, history: History, settings: Settings) -> str:
    """The revision of a name, or of the beginning of one; it may be applied elsewhere, and not here."""
    known = {*history.applied, *read(settings)}
    found = [name] if name in known else sorted(revision for revision in known if revision.startswith(name))
    if len(found) != 1:
        said = f"several revisions begin with {name!r}" if found else f"there is no revision {name!r}"
        raise HistoryError(f"--accept-edited: {said}", hint=f"There are: {', '.join((found or sorted(known))[-10:])}")
    return found[0]


def _refuse(connection: Connection, settings: Settings, refused: Sequence[Changed]) -> NoReturn:
    first = refused[0]
    others = f", and so {'is' if len(refused) == 2 else 'are'} {len(refused) - 1} more" if len(refused) > 1 else ""
    place = Locations.of(settings).shown
    if first.file is None:
        message = f"the file of revision {first.revision}, which is applied, is not there in {place}{others}"
    else:
        message = f"revision {first.revision} was edited after it was applied{others}"
    told = screen([_difference(connection, settings, item) for item in refused])
    connection.rollback()
    raise HistoryError(message, hint=f"{told}\n\n{_what_to_do(settings, refused)}")


def _difference(connection: Connection, settings: Settings, item: Changed) -> Difference:
    when = f"{item.applied.applied_at:%Y-%m-%d %H:%M} UTC by {item.applied.applied_by}"
    path = Locations.of(settings).relative(item.file.path) if item.file else f"{item.revision}.py"
    title = f"{item.revision}, applied {when}"
    if item.file is None:
        return Difference(item.revision, f"{title}: no file has this revision", "", "", ("", ""), "")
    before, after = ledger.read_source(connection, settings, item.revision), source_of(str(item.file.path))
    if before is None:
        title += ": its text was not kept then, so the difference cannot be shown"
        before = after
    elif before == after:
        title += ": it differs in what is masked as a secret"
    return Difference(item.revision, title, before, after, (f"applied: {item.revision}", f"file: {path}"), f"in {path}")


def _what_to_do(settings: Settings, refused: Sequence[Changed]) -> str:
    edited = [item.revision for item in refused if item.file is not None]
    missing = [item.revision for item in refused if item.file is None]
    lines = ["Nothing was run."]
    if missing:
        lines += [
            f"Put back {missing[0]}.py, perhaps from another branch, or use the database of these migrations.",
            "The ledger has its text, if it was applied by a release that keeps it:",
            f"  {ledger.source_query(settings, missing[0])}",
        ]
    if edited:
        lines.append("Put back what was applied, and say what is to change in a new migration (makemigrations).")
    options = " ".join(f"--accept-edited {item.revision}" for item in refused[:3])
    more = " …" if len(refused) > 3 else ""
    lines += ["Or, if the database is what it is to be:", f"  python manage.py migrate {options}{more}"]
    return "\n".join(lines)
