"""adopt NAME: what somebody made of an entity by hand, or made by hand, taken into a source file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from os.path import relpath
from pathlib import Path

from sqlalchemy import Connection

from cucurbit.actions import handmade
from cucurbit.database import catalog, ledger, suspects, version
from cucurbit.database.connect import connect
from cucurbit.database.suspects import Suspect
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import CucurbitError, DriftError, Place, SqlError
from cucurbit.migrations.drift import Suspicion, says, settle
from cucurbit.project import filing, sql_file
from cucurbit.project.apps import collect
from cucurbit.project.settings import Settings
from cucurbit.sql.parse import split
from cucurbit.sql.secrets import masked, speaks_of_secrets


@dataclass(frozen=True)
class Adopted:
    """What became of one: `sql` is what the database has, `place` where it is declared (None: nowhere).

    `reason` is why its source was left alone, empty where it was rewritten; `is_there` that it has it already; `is_new`
    that nothing had it but the database.
    """

    identity: Identity
    sql: str
    place: Place | None
    reason: str = ""
    is_there: bool = False
    is_new: bool = False


@dataclass(frozen=True)
class Adoption:
    """All of them, and the difference that it makes to the files, as unified diffs."""

    items: Sequence[Adopted]
    diff: str


def adopt(
    settings: Settings,
    names: Sequence[str],
    *,
    database: str = "default",
    form: str = filing.OBJECT,
    write: bool = True,
) -> Adoption:
    """Replace the statements of drifted entities in their .sql files by what the database has.

    What the database alone has gets a file, or a place at the end of one, by the layout `form`. A name is that of an
    identity, with its kind or without, or the last part of it. Raises DriftError, before anything is written, for a
    name of none, of several, or of one that has not drifted.
    """
    with connect(settings, database, read_only=True) as connection:
        recorded = ledger.read(connection, settings)
        declared = collect(settings, {row.entity.sql: row.entity for row in recorded.values()}).entities
        known = [*recorded.keys() | declared.keys()]
        wanted = list(dict.fromkeys(_named(name, known, connection) for name in names))
        for identity in wanted:
            if identity in declared and identity not in recorded:
                raise DriftError(f"{identity} is declared and not applied yet", hint="To apply it: migrate")
        drifted = _drifted(settings, connection, [identity for identity in wanted if identity in recorded])
        new = handmade.find(connection, settings, [identity for identity in wanted if identity not in recorded], form)
    items = [_item(found, declared) for found in drifted]
    items += [Adopted(i, masked(sql), None, new.reason(i)) for i, sql in new.unsaid.items()]
    items += [Adopted(i, "", Place(relpath(path, settings.root)), is_new=True) for i, path in new.files.items()]
    return Adoption(items, _rewrite(settings, items, new.texts, write=write))


def _named(name: str, known: Collection[Identity], connection: Connection) -> Identity:
    found = _matching(name, known)
    if len(found) > 1:
        raise DriftError(
            f"{name!r} is the name of several entities",
            hint="Write one of these: " + ", ".join(f'"{identity}"' for identity in found),
        )
    if found:
        return found[0]
    present = catalog.snapshot(connection, texts=False)
    others = _matching(name, [i for i in present if not all_kinds()[i.kind].is_said or str(i) == name])
    if len(others) > 1:
        raise DriftError(
            f"{name!r} is the name of several objects of the database",
            hint="Write one of these: " + ", ".join(f'"{identity}"' for identity in others),
        )
    if others:
        return others[0]
    raise DriftError(f"there is no entity {name!r}", hint="showentities lists them.")


def _matching(name: str, known: Collection[Identity]) -> list[Identity]:
    """Those of the name in its fullest sense: first with kind, then without, then without arguments, then the last."""
    forms = (
        [str(identity) for identity in known],
        [identity.text for identity in known],
        [".".join(identity.names) for identity in known],
        [identity.name for identity in known],
    )
    for form in forms:
        found = [identity for identity, text in zip(known, form, strict=True) if text == name]
        if found:
            return sorted(found, key=str)
    return []


def _drifted(settings: Settings, connection: Connection, wanted: Sequence[Identity]) -> list[Suspect]:
    """The suspects of these identities. Raises DriftError for one that is none, is gone, or is only spelled anew."""
    if not wanted:  # the database may have no ledger yet
        return []
    revisions = version.current(connection, settings)
    found = suspects.find(connection, settings, wanted)
    for identity in wanted:
        suspect = found.get(identity)
        if suspect is None or suspect.matches:
            raise DriftError(f"{identity} has not drifted: the database has what was recorded")
        if suspect.present is None:
            raise DriftError(
                f"{identity} is gone from the database, so there is nothing to adopt",
                hint="Take it out of the app, or change it: then migrate --on-drift overwrite makes it again.",
            )
    doubtful = {i: Suspicion(found[i].entity, found[i].present or "") for i in wanted}
    try:
        verdicts = settle(settings, revisions, doubtful)
    except CucurbitError:  # no scratch database: then it is as it looks
        verdicts = {}
    for identity, verdict in verdicts.items():
        if not verdict.is_drift:
            raise DriftError(f"{identity} has not drifted: the server only words it otherwise than it did")
    return [found[identity] for identity in wanted]


def _item(suspect: Suspect, declared: Mapping[Identity, Entity]) -> Adopted:
    """What is to be written, and where, if it can be."""
    present = suspect.present or ""
    entity = declared.get(suspect.identity)
    place = entity.origin if entity else None
    if speaks_of_secrets(present):
        return Adopted(suspect.identity, masked(present), place, "it has a secret in it")
    try:
        sql = _stated(present, declared)
    except SqlError:
        return Adopted(suspect.identity, present, place, "it takes a statement that is no entity")
    if entity is None or place is None:
        return Adopted(suspect.identity, sql, None, "no app declares it")
    if not place.file.endswith(".sql"):
        return Adopted(suspect.identity, sql, place, "it is declared in Python")
    if says(entity, present):
        return Adopted(suspect.identity, sql, place, "the file has it already", is_there=True)
    return Adopted(suspect.identity, sql, place)


def _stated(present: str, declared: Mapping[Identity, Entity]) -> str:
    """The definition as statements of a file: the first, and those of others that it implies and no app declares."""
    first, *others = [statement.sql for statement in split(present, "catalog")]
    new = [sql for sql in others if Entity.from_sql(sql).identity not in declared]
    return ";\n".join([first, *new])


def _rewrite(settings: Settings, items: Sequence[Adopted], new: Mapping[Path, str], *, write: bool) -> str:
    """Write the files, all that are to be written known by then; the diff of them."""
    files: dict[str, dict[Place, str]] = {}
    for item in items:
        if not item.reason and item.place is not None and not item.is_new:
            files.setdefault(item.place.file, {})[item.place] = item.sql
    texts = {name: sql_file.rewritten(_path(settings, name), statements) for name, statements in files.items()}
    for path, text in new.items():
        name = relpath(path, settings.root)
        before = texts[name] if name in texts else (_text(path), _text(path))
        texts[name] = (before[0], sql_file.continued(before[1], text))
    if write:
        for name, (_, after) in texts.items():
            sql_file.write(_path(settings, name), after)
    return "\n".join(
        line
        for name, (before, after) in texts.items()
        for line in unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="")
    )


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8") if path.exists() else ""


def _path(settings: Settings, name: str) -> Path:
    return settings.root / name
