"""What sqlalchemy-declarative-extensions has put into `MetaData.info`, in that library's own SQL where it is plain.

https://sqlalchemy-declarative-extensions.readthedocs.io
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from cucurbit.entities.query import IS_VIEW, query_text
from cucurbit.errors import SqlError
from cucurbit.project.declarations import Attached, statements_of
from cucurbit.sql.names import quote

if TYPE_CHECKING:
    from sqlalchemy import MetaData

LIBRARY = "sqlalchemy_declarative_extensions"

_USUAL = "public"  # the schema that the library leaves out, whatever the search_path


_Reader = Callable[[Any], Iterable[str]]


def of_metadata(metadata: MetaData, home: str) -> Iterator[Attached]:
    """Schemas, roles, grants, routines, triggers and views; `home` is there before anything is declared."""
    for item in _declared(metadata, "schemas"):
        if item.name not in (home, _USUAL):
            yield Attached((item,), _schema(item))
    for item in _roles(metadata):
        yield Attached((item,), _role(item))
    yield from _grants(metadata)
    for what, read in _ROUTINES.items():
        for item in _declared(metadata, what):
            yield Attached((item,), _at_home(item, home, read))
    for item in _declared(metadata, "triggers"):
        yield Attached((item,), _trigger(item))
    views = metadata.info.get("views") if _declared(metadata, "views") else None
    for item in views or ():
        cls: Any = getattr(item, "cls", None)
        if hasattr(cls, "__table__"):  # with register_as_model=True it is mapped, in a MetaData of its own
            cls.__table__.info[IS_VIEW] = True
        yield Attached((item, cls), _view(item, views, metadata, home))


def remarks(metadata: MetaData) -> Iterator[str]:
    """On what is more than the definition of an object, or belongs to no database."""
    for what, why in (("rows", "rows are data"), ("databases", "a migration is of one database")):
        if list(_declared(metadata, what)):
            yield f"no migration makes the {what} that sqlalchemy-declarative-extensions declares here: {why}"
    for role in _roles(metadata):
        if getattr(role, "password", None) is not None:
            yield f"role {role.name} has a password here, and none in a migration, which many read: set it by hand"
        if role.use_role is not None:
            yield f"role {role.name} is made by the role that migrates, and not by {_name(role.use_role)}"


def _declared(metadata: MetaData, what: str) -> Iterable[Any]:
    """A collection of that library's, and no other of the same name."""
    found: Any = metadata.info.get(what)
    return found if _is_theirs(found) else ()


def _is_theirs(value: object) -> bool:
    return type(value).__module__.partition(".")[0] == LIBRARY


def _schema(schema: Any) -> Iterator[str]:
    owner = f" authorization {quote(_name(schema.use_role))}" if schema.use_role is not None else ""
    yield f"create schema {quote(schema.name)}{owner}"


def _roles(metadata: MetaData) -> Iterator[Any]:
    found = _declared(metadata, "roles")
    for role in found:
        if not role.external and role.name not in metadata.info["roles"].ignore_roles:
            yield role


def _role(role: Any) -> Iterator[str]:
    """The role, and its memberships by themselves."""
    from sqlalchemy_declarative_extensions.dialects import postgresql

    given: Any = postgresql.Role.from_unknown_role(role)
    found = given.normalize()
    yield from replace(found, in_roles=None, password=None).to_sql_create()
    for group in found.in_roles or ():
        yield f"grant {quote(group)} to {quote(role.name)}"


def _grants(metadata: MetaData) -> Iterator[Attached]:
    """One for each object and role, as a grant of ours is."""
    from sqlalchemy_declarative_extensions.dialects import postgresql

    parts = dict.fromkeys(part for grant in _declared(metadata, "grants") for part in grant.explode())
    sorts: tuple[Any, ...] = (postgresql.DefaultGrantStatement, postgresql.GrantStatement)
    for sort in sorts:
        for grant in sort.combine([part for part in parts if isinstance(part, sort)]):
            yield Attached((), (grant.to_sql().text,))


def _at_home(item: Any, home: str, read: _Reader) -> Iterator[str]:
    """The SQL of what has a schema. Raises SqlError for one that the library would not write."""
    if item.schema == _USUAL != home:
        raise SqlError(
            f"{item.name} is declared in schema {_USUAL}, which sqlalchemy-declarative-extensions leaves out, "
            f"and here that means {home} (settings: schema)",
            hint="Declare it as an entity.",
        )
    yield from read(item)


def _function(function: Any) -> Iterable[str]:
    from sqlalchemy_declarative_extensions.dialects import postgresql

    sql: list[str] = postgresql.Function.from_unknown_function(function).normalize().to_sql_create()
    return sql


def _procedure(procedure: Any) -> Iterable[str]:
    from sqlalchemy_declarative_extensions.dialects import postgresql

    sql: list[str] = postgresql.Procedure.from_unknown_procedure(procedure).normalize().to_sql_create()
    return sql


_ROUTINES: dict[str, _Reader] = {"functions": _function, "procedures": _procedure}


def _trigger(trigger: Any) -> Iterator[str]:
    from sqlalchemy_declarative_extensions.dialects import postgresql

    if not isinstance(trigger, postgresql.Trigger):
        raise SqlError(
            f"trigger {trigger.name} is not one of PostgreSQL's",
            hint="Import Trigger from sqlalchemy_declarative_extensions.dialects.postgresql.",
        )
    found: Any = trigger
    yield found.to_sql_create()


def _view(declared: Any, views: Any, metadata: MetaData, home: str) -> Iterator[str]:
    """A view and its indexes, which a naming convention names. A `select()` is written out."""
    from sqlalchemy.dialects.postgresql import dialect
    from sqlalchemy_declarative_extensions.dialects import postgresql

    if not _is_theirs(declared):  # another library's, which they take too
        yield from statements_of(declared)
        return
    view = postgresql.View(
        declared.name,
        query_text(declared.view_def if hasattr(declared, "view_def") else declared.definition),
        declared.schema,
        materialized=postgresql.MaterializedOptions.from_value(declared.materialized),
    )
    if any(fnmatch(view.qualified_name, pattern) for pattern in (*views.ignore, *views.ignore_views)):
        return
    own = dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
    convention: Any = views.naming_convention or metadata.naming_convention
    indexes = [postgresql.ViewIndex.from_unknown(item, view, own, convention) for item in declared.constraints or ()]
    yield from _at_home(replace(view, constraints=indexes), home, lambda view: view.to_sql_create(own))


def _name(role: Any) -> str:
    return str(getattr(role, "name", role))
