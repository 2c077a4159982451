"""The apps: packages that the settings list, and what they declare.

A module under a path component named `models` gives tables (SQLAlchemy metadata), one under `entities` gives entities
(the module's values that are `Entity`, alone or in lists), and so does every `.sql` file in an `entities` folder. The
component may be the app itself: the app `entities` is all entities.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cucurbit.entities.entity import Entity, Finding
from cucurbit.entities.identity import Identity
from cucurbit.errors import AppError, DuplicateError, Place, SqlError
from cucurbit.project.settings import FILE, Settings
from cucurbit.sql.parse import split

if TYPE_CHECKING:
    from sqlalchemy import MetaData

MODELS = "models"
ENTITIES = "entities"

_LINES = 6  # of somebody else's message


@dataclass
class Declared:
    """What the apps declare: the metadata of their models, and their entities by identity."""

    metadata: list[MetaData] = field(default_factory=list)
    entities: dict[Identity, Entity] = field(default_factory=dict)
    home: str = "public"

    @property
    def identities(self) -> set[Identity]:
        """The identities of all entities."""
        return set(self.entities)

    @property
    def tables(self) -> Sequence[tuple[str, str]]:
        """Schema and name of every table of the models."""
        return [(table.schema or self.home, table.name) for data in self.metadata for table in data.tables.values()]

    def findings(self) -> list[Finding]:
        """What the kinds remark on their entities, errors first."""
        found = (finding for entity in self.entities.values() for finding in entity.check(self))
        return sorted(found, key=lambda finding: (finding.level, str(finding.entity.origin)))

    def check(self) -> list[Finding]:
        """The warnings. Raises SqlError for the first error."""
        findings = self.findings()
        for finding in findings:
            if finding.level == "error":
                raise SqlError(finding.message, hint=finding.hint, place=finding.entity.origin)
        return findings

    def add(self, entity: Entity) -> None:
        """Take in one entity. Raises DuplicateError, with both places, for a second one of its identity."""
        known = self.entities.setdefault(entity.identity, entity)
        if known is not entity:
            raise DuplicateError(
                f"{entity.identity} is defined twice: first at {known.origin}",
                hint="Remove one of the two definitions.",
                place=entity.origin,
            )


def collect(settings: Settings, known: Mapping[str, Entity] | None = None) -> Declared:
    """Everything that the apps declare.

    `known` are entities by their SQL that were read before (the ledger's): the same text is not parsed again. Raises
    AppError for an app that cannot be imported, SqlError for SQL that cannot be read, DuplicateError.
    """
    if str(settings.root) not in sys.path:
        sys.path.insert(0, str(settings.root))
    invalidate_caches()
    declared = Declared(home=settings.home)
    seen: set[int] = set()
    for app in settings.apps:
        package = _import(app, app)
        for module in _modules(package, app, settings.root):
            components = module.__name__.split(".")
            if MODELS in components:
                _add_metadata(declared, _metadata(module))
            if ENTITIES in components:
                for entity in _entities(module):
                    if id(entity) not in seen:
                        seen.add(id(entity))
                        declared.add(
                            _known(entity.sql, known, settings.home, entity.origin, app)
                            or entity.at_home(settings.home, app)
                        )
        for file in _sql_files(package, app, settings.root):
            for entity in _read(file, settings, app, known or {}):
                declared.add(entity)
    _check_keys(declared)
    for entity in _enums(declared):
        _add_enum(declared, entity)
    return declared


def _import(name: str, app: str) -> ModuleType:
    try:
        return import_module(name)
    except (SqlError, AppError):
        raise
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise AppError(
                f"there is no app {app!r}",
                hint="`apps` in the settings names packages that can be imported from the project's folder.",
                place=Place(FILE),
            ) from None
        raise _broken(name, app, error) from error
    except (Exception, SystemExit) as error:
        raise _broken(name, app, error) from error


def _broken(name: str, app: str, error: BaseException) -> AppError:
    """The app's own error, at the last line of the app's own code."""
    what = "the app" if app == name else f"{name} of the app"
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    text = "\n".join(f"{type(error).__name__}: {message}".strip().splitlines()[:_LINES])
    hint = "Every command imports it, so it is not to end the program." if isinstance(error, SystemExit) else None
    return AppError(f"{what} {app!r} cannot be imported: {text}", hint=hint, place=Place.blame(error) or Place(FILE))


def _folders(package: ModuleType, root: Path) -> list[Path]:
    """The package's folder; several only for a namespace package of which none is the project's.

    A package without __init__.py has a folder for each entry of sys.path that has one of its name, and another
    project's `entities` is not ours.
    """
    folders = list(dict.fromkeys(Path(path).resolve() for path in getattr(package, "__path__", ())))
    own = [folder for folder in folders if folder.is_relative_to(root.resolve())]
    return own or folders


def _modules(package: ModuleType, app: str, root: Path) -> Iterator[ModuleType]:
    """The app's modules that have `models` or `entities` in their path, sorted by name."""
    found: set[str] = set()
    for folder in _folders(package, root):
        for file in folder.rglob("*.py"):
            parts = (*app.split("."), *file.relative_to(folder).with_suffix("").parts)
            if {MODELS, ENTITIES} & set(parts) and all(part.isidentifier() for part in parts):
                found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    if not _folders(package, root) and {MODELS, ENTITIES} & set(app.split(".")):
        found.add(app)
    for name in sorted(found):
        yield _import(name, app)


def _sql_files(package: ModuleType, app: str, root: Path) -> Iterator[Path]:
    for folder in _folders(package, root):
        for file in sorted(folder.rglob("*.sql")):
            if ENTITIES in (*app.split("."), *file.relative_to(folder).parts[:-1]):
                yield file


def _read(file: Path, settings: Settings, app: str, known: Mapping[str, Entity]) -> Iterator[Entity]:
    name = _relative(file, settings.root)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SqlError(f"the file is not UTF-8 ({error.reason})", place=Place(name, line)) from None
    except OSError as error:
        raise SqlError(f"the file cannot be read: {error.strerror}", place=Place(name)) from None
    for statement in split(text, name):
        entity = _known(statement.sql, known, settings.home, statement.place, app)
        if entity is None:
            entity = Entity.from_sql(statement.sql, schema=settings.home, origin=statement.place)
            entity = entity.at_home(settings.home, app)
        yield entity


def _known(sql: str, known: Mapping[str, Entity] | None, home: str, origin: Place | None, app: str) -> Entity | None:
    entity = (known or {}).get(sql)
    if entity is None or entity.home != home:
        return None
    made = entity.of(sql, home=home, origin=origin, app=app)
    made.__dict__.update(identity=entity.identity, hash=entity.hash)
    return made


def _relative(file: Path, root: Path) -> str:
    try:
        return str(file.relative_to(root))
    except ValueError:
        return str(file)


def _entities(module: ModuleType) -> Iterator[Entity]:
    """The entities among a module's values, alone or in a list, a tuple or a set."""
    for name, value in vars(module).items():
        if name.startswith("__"):
            continue
        if isinstance(value, Entity):
            yield value
        elif isinstance(value, (list, tuple, set, frozenset)):
            yield from (item for item in value if isinstance(item, Entity))


def _metadata(module: ModuleType) -> Iterator[MetaData]:
    """The metadata that a module's values have: a MetaData, a declarative base, a model, a table."""
    from sqlalchemy import MetaData

    for value in vars(module).values():
        found: Any = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
        if isinstance(found, MetaData):
            yield found


def _add_metadata(declared: Declared, found: Iterable[MetaData]) -> None:
    for metadata in found:
        if all(metadata is not known for known in declared.metadata):
            declared.metadata.append(metadata)


def _check_keys(declared: Declared) -> None:
    """A foreign key to a table that no model has is found by SQLAlchemy only when it is asked for."""
    if not declared.metadata:
        return
    from sqlalchemy.exc import NoReferenceError

    for data in declared.metadata:
        for table in data.tables.values():
            for key in table.foreign_keys:
                try:
                    key.column  # noqa: B018 - looks it up
                except NoReferenceError as error:
                    raise AppError(
                        f"{key.parent} refers to {key.target_fullname}, which no model has",
                        hint="The app that has it is to be in `apps` of the settings, and to share the metadata.",
                    ) from error


def _enums(declared: Declared) -> Iterator[Entity]:
    """The types that `sqlalchemy.Enum` columns need, each once."""
    from cucurbit.project.enums import enums

    return enums(declared.metadata, declared.home)


def _add_enum(declared: Declared, entity: Entity) -> None:
    """A declared type of the same name is the same type, if its values are the model's."""
    known = declared.entities.get(entity.identity)
    if known is None:
        declared.add(entity)
    elif known.canonical != entity.canonical:
        raise DuplicateError(
            f"{entity.identity} has other values here than in {entity.origin or 'the models'}",
            hint=f"The models have: {entity.canonical}",
            place=known.origin,
        )
