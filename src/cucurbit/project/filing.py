"""Where the entities of a database are written: the .sql files of an app, by one of three layouts."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import AppError, Place
from cucurbit.project.apps import ENTITIES, MODELS
from cucurbit.project.settings import FILE, Settings

OBJECT, KIND, SCHEMA = "object", "kind", "schema"
LAYOUTS = (OBJECT, KIND, SCHEMA)
TABLE = "table"

_LONGEST = 80  # characters of a file's name, of which each may be four bytes: file systems have 255
_UNSAFE = re.compile(r"[^\w-]+")
# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\Z")


def folder(settings: Settings) -> Path:
    """The `entities` folder of the project: the first of an app that has one, or could have one, in the project.

    Raises AppError where no app is in the project's own folder.
    """
    apps = [settings.root.joinpath(*app.split(".")) for app in settings.apps]
    roots = [app if ENTITIES in app.relative_to(settings.root).parts else app / ENTITIES for app in apps]
    own = [root for app, root in zip(apps, roots, strict=True) if app.is_dir()]
    if not own:
        raise AppError(
            "there is no app to put the entities in",
            hint='`apps` in settings.toml is to name a folder of the project: apps = ["entities"]',
            place=Place(FILE),
        )
    return next((root for root in own if root.is_dir()), own[0])


def models(settings: Settings) -> Path:
    """The module for models: `models.py` of the first app in the project that is not all entities.

    Raises AppError where there is none.
    """
    apps = [app for app in settings.apps if ENTITIES not in app.split(".")]
    own = [folder for app in apps if (folder := settings.root.joinpath(*app.split("."))).is_dir()]
    if not own:
        raise AppError(
            "there is no app to put the models in",
            hint='`apps` in settings.toml names no folder for them: apps = ["project", "entities"]\nOr: --tables sql',
            place=Place(FILE),
        )
    return own[0] / f"{MODELS}.py"


def path(identity: Identity, layout: str) -> PurePosixPath:
    """The file of an object below the `entities` folder: `shop/view/active_orders.sql`."""
    schema = [safe(identity.schema)] if identity.schema else []
    kind = safe(identity.kind.replace(" ", "_"))
    if layout == SCHEMA:
        return PurePosixPath(f"{schema[0] if schema else 'database'}.sql")
    if layout == KIND:
        return PurePosixPath(*schema, f"{kind}.sql")
    return PurePosixPath(*schema, kind, f"{_name(identity)}.sql")


def safe(name: str) -> str:
    """A name as that of a file or folder, another one for each name, whatever the file system thinks of case."""
    text = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip("_-")[:_LONGEST].lower()
    if text == name and not _RESERVED.match(text):
        return text
    return f"{text}-{hashlib.sha256(name.encode()).hexdigest()[:6]}" if text else _digest(name)


def _digest(name: str) -> str:
    return f"x-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _name(identity: Identity) -> str:
    """What tells an object from others of its kind in its schema; routines of one name are together."""
    if identity.names:
        return ".".join(map(safe, identity.names[1:] if identity.schema else identity.names))
    return safe(" ".join(identity.arguments or (f"{word} {name}" for word, name in identity.phrases)))


def texts(entities: Iterable[Entity], places: Mapping[Identity, Identity], layout: str) -> dict[PurePosixPath, str]:
    """The text of each file: a paragraph for each statement, what is said of an object behind it.

    `places` are the objects beside which others are to stand, by what stands there.
    """
    groups: dict[Identity, list[Entity]] = {}
    for entity in entities:
        groups.setdefault(places.get(entity.identity, entity.identity), []).append(entity)
    files: dict[PurePosixPath, list[str]] = {}
    for owner, members in groups.items():
        own = sorted(members, key=lambda entity: entity.identity != owner)
        files.setdefault(path(owner, layout), []).extend(entity.sql for entity in own)
    return {name: _text(statements) for name, statements in files.items()}


def _text(statements: Sequence[str]) -> str:
    return "\n\n".join(f"{sql};" if not _ends_in_comment(sql) else f"{sql}\n;" for sql in statements) + "\n"


def _ends_in_comment(sql: str) -> bool:
    return "--" in sql.rpartition("\n")[2]
