"""The apps: packages that the settings list, walked for what they declare.

A module under a path component named `models` gives tables (SQLAlchemy metadata) and views, one under `entities` gives
entities (the module's values that are `Entity`, alone or in lists), and so does every `.sql` file in an `entities`
folder. The component may be the app itself: the app `entities` is all entities. In modules of both sorts the objects of
other libraries count (`project/declarations`), and in the `__init__.py` of an app. An app that is a module, and no
package, is read whatever its name, and gives both.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Finding
from cucurbit.entities.relation import Relation
from cucurbit.errors import AppError, Place, SqlError, said_by
from cucurbit.project.declarations import attached_to, remarks_on, statements_of
from cucurbit.project.declared import Declared, Foreign
from cucurbit.project.places import Origins, Places, elements
from cucurbit.project.settings import FILE, Settings
from cucurbit.project.tables import view_behind
from cucurbit.sql.parse import split

if TYPE_CHECKING:
    from sqlalchemy import MetaData

MODELS = "models"
ENTITIES = "entities"

_LINES = 6  # of somebody else's message

Known = Mapping[str, Entity]
"""Entities by their SQL that were read before (the ledger's): the same text is not parsed again."""


def collect(settings: Settings, known: Known | None = None) -> Declared:
    """Everything that the apps declare.

    Raises AppError for an app that cannot be imported, SqlError for SQL that cannot be read, DuplicateError.
    """
    _find_imports(settings)
    declared = Declared(home=settings.home)
    places, origins = Places(), Origins(settings.root)
    seen: set[int] = set()  # what two modules import is one
    for app in settings.apps:
        package = _import(app, app)
        for module in _modules(package, app, settings.root):
            places.add(module, app)
            if _gives(module, MODELS, package):
                declared.add_metadata(_metadata(module))
            own = _own(module, package)
            for entity in _entities(module, own, settings, app, known, seen):
                declared.add(entity)
            for found in _of_libraries(module, settings, app, known, seen, origins):
                declared.add_foreign(found)
        for file in _sql_files(package, app, settings.root):
            for entity in _statements(file, settings, app, known):
                declared.add(entity)
    for metadata in declared.metadata:
        for entity in _attached(metadata, settings, places, known, seen):
            declared.add(entity)
        at = places.of([metadata])[0]
        declared.remarks += [Finding("warning", text, None, at=at) for text in remarks_on(metadata)]
    declared.check_views()
    declared.check_names()
    declared.check_tables()
    declared.check_foreign_keys()
    for entity in _types_of(declared):
        declared.add_type_of_models(entity)
    return declared


def _find_imports(settings: Settings) -> None:
    """Have Python look for packages where the settings say, and for those that are new."""
    for folder in (*(settings.root / path for path in settings.path), settings.root):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    invalidate_caches()


def _import(name: str, app: str) -> ModuleType:
    try:
        return import_module(name)
    except (SqlError, AppError) as error:
        error.place = error.place or Place.blame(error)
        raise
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise AppError(
                f"there is no app {app!r}",
                hint="`apps` in the settings names packages that can be imported from the project's folder.",
                place=Place(FILE),
            ) from None
        raise _broken(name, app, error) from error
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        raise _broken(name, app, error) from error


def _broken(name: str, app: str, error: BaseException) -> AppError:
    """The app's own error, at the last line of the app's own code."""
    what = "the app" if app == name else f"{name} of the app"
    text = "\n".join(said_by(error).splitlines()[:_LINES])
    hint = "Every command imports it, so it is not to end the program." if isinstance(error, SystemExit) else None
    return AppError(f"{what} {app!r} cannot be imported: {text}", hint=hint, place=Place.blame(error) or _place(name))


def _place(name: str) -> Place:
    """The file of a module that cannot even be read, as far as one is found."""
    try:
        found = find_spec(name)
    except (ImportError, ValueError, AttributeError):
        found = None
    file = found.origin if found and found.has_location else None
    return Place(file).from_here() if file else Place(FILE)


def _folders(package: ModuleType, root: Path) -> list[Path]:
    """The package's folder; several only for a namespace package of which none is the project's.

    A package without __init__.py has a folder for each entry of sys.path that has one of its name, and another
    project's `entities` is not ours.
    """
    folders = list(dict.fromkeys(Path(path).resolve() for path in getattr(package, "__path__", ())))
    own = [folder for folder in folders if folder.is_relative_to(root.resolve())]
    return own or folders


def _modules(package: ModuleType, app: str, root: Path) -> Iterator[ModuleType]:
    """The app's modules that have `models` or `entities` in their path, and the app itself, sorted by name."""
    found = {app}
    for folder in _folders(package, root):
        for file in folder.rglob("*.py"):
            parts = (*app.split("."), *file.relative_to(folder).with_suffix("").parts)
            if {MODELS, ENTITIES} & set(parts) and all(part.isidentifier() for part in parts):
                found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    for name in sorted(found):
        yield _import(name, app)


def _gives(module: ModuleType, sort: str, app: ModuleType) -> bool:
    """Whether a module gives models or entities: by a name in its path, or by being an app and no package."""
    return sort in module.__name__.split(".") or (module is app and not hasattr(module, "__path__"))


def _own(module: ModuleType, app: ModuleType) -> tuple[type[Entity], ...]:
    """What of our own a module gives: of models those that they may be mapped to."""
    if _gives(module, ENTITIES, app):
        return (Entity,)
    return (Relation,) if _gives(module, MODELS, app) else ()


def _sql_files(package: ModuleType, app: str, root: Path) -> Iterator[Path]:
    for folder in _folders(package, root):
        for file in sorted(folder.rglob("*.sql")):
            if ENTITIES in (*app.split("."), *file.relative_to(folder).parts[:-1]):
                yield file


def _statements(file: Path, settings: Settings, app: str, known: Known | None) -> Iterator[Entity]:
    """The entities of a .sql file."""
    name = _relative(file, settings.root)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SqlError(f"the file is not UTF-8 ({error.reason})", place=Place(name, line)) from None
    except OSError as error:
        raise SqlError(f"the file cannot be read: {error.strerror}", place=Place(name)) from None
    for statement in split(text, name):
        yield _from_sql(statement.sql, settings, statement.place, app, known)


def _from_sql(sql: str, settings: Settings, place: Place | None, app: str | None, known: Known | None) -> Entity:
    """The entity of a statement that stands at a place. Raises SqlError."""
    entity = _remembered(sql, settings.home, place, app, known)
    return entity or Entity.from_sql(sql, schema=settings.home, origin=place).at_home(settings.home, app)


def _read(entity: Entity, home: str, app: str, known: Known | None) -> Entity:
    """An entity of a module, as part of the app and in the project's schema."""
    return _remembered(entity.sql, home, entity.origin, app, known) or entity.at_home(home, app)


def _remembered(sql: str, home: str, origin: Place | None, app: str | None, known: Known | None) -> Entity | None:
    """The entity of a text that was read before, with names in the same schema; None for any other."""
    entity = (known or {}).get(sql)
    if entity is None or entity.home != home:
        return None
    return entity.known(entity.identity, sql, entity.hash, home=home, origin=origin, app=app)


def _relative(file: Path, root: Path) -> str:
    try:
        return str(file.relative_to(root))
    except ValueError:
        return str(file)


def _entities(
    module: ModuleType,
    own: tuple[type[Entity], ...],
    settings: Settings,
    app: str,
    known: Known | None,
    seen: set[int],
) -> Iterator[Entity]:
    """What a module declares in our words; `seen` are the ids of what others have had."""
    for value in _values(module):
        if isinstance(value, Entity) and isinstance(value, own) and id(value) not in seen:
            seen.add(id(value))
            yield _read(value, settings.home, app, known)


def _of_libraries(
    module: ModuleType, settings: Settings, app: str, known: Known | None, seen: set[int], origins: Origins
) -> Iterator[Foreign]:
    """What a module declares in the words of other libraries."""
    for value in _values(module):
        if id(value) not in seen and (statements := statements_of(value)):
            with _placed(place := origins.of(value, module)):
                entities = [_from_sql(sql, settings, place, app, known) for sql in statements]
            if entities:
                seen.add(id(value))
                yield Foreign(value, entities)


def _attached(
    metadata: MetaData, settings: Settings, places: Places, known: Known | None, seen: set[int]
) -> Iterator[Entity]:
    """What is attached to a MetaData, but for what its module has given already."""
    for found in attached_to(metadata, settings.home):
        if not any(id(item) in seen for item in found.objects):
            place, app = places.of([*found.objects, metadata])
            with _placed(place):
                for sql in found.sql:
                    yield _from_sql(sql, settings, place, app, known)


@contextmanager
def _placed(place: Place | None) -> Iterator[None]:
    """Errors that do not know where they are at home get a place."""
    try:
        yield
    except SqlError as error:
        error.place = error.place or place
        raise


def _values(module: ModuleType) -> Iterator[object]:
    """A module's values, what stands in its lists, tuples and sets, and the views that its classes are mapped to."""
    for name, value in list(vars(module).items()):
        if not name.startswith("__"):
            for item in elements(value) or (value,):
                yield item
                yield from view_behind(vars(item).get("__table__") if isinstance(item, type) else item)


def _metadata(module: ModuleType) -> Iterator[MetaData]:
    """The metadata that a module's values have: a MetaData, a declarative base, a model, a table."""
    from sqlalchemy import MetaData
    from sqlalchemy.schema import DDLElement

    for value in vars(module).values():
        found: Any = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
        if isinstance(found, MetaData) and not isinstance(value, DDLElement):  # which may have one of its own
            yield found


def _types_of(declared: Declared) -> Iterator[Entity]:
    """The types that `sqlalchemy.Enum` columns need, each once."""
    from cucurbit.project.enums import enums

    return enums(declared.metadata, declared.home)
