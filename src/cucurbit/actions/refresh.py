"""refreshviews: the stored views of a database, refreshed one after the other, sources first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database import connect, ledger
from cucurbit.database.lost import told
from cucurbit.database.stored import Name, Stored, reached, refresh, stored
from cucurbit.errors import DatabaseError
from cucurbit.project.settings import Settings
from cucurbit.sql.names import qualify

# Nothing else would fare better: a read-only server, one that shuts down, and a connection that is gone.
_HOPELESS = ("25006", "57P01", "57P02", "57P03")


@dataclass(frozen=True)
class Planned:
    """One that is to be refreshed; `reason` is why readers have to wait for it, None where they do not."""

    view: Stored
    reason: str | None

    def __str__(self) -> str:
        return str(self.view)

    @property
    def how(self) -> str:
        """`concurrently`, or `not concurrently: ` and why."""
        return "concurrently" if self.reason is None else f"not concurrently: {self.reason}"


@dataclass(frozen=True)
class Outcome:
    """What became of one: the seconds that it took, and the error if it failed, or whom it was skipped for."""

    planned: Planned
    seconds: float = 0.0
    error: DatabaseError | None = None
    skipped_for: tuple[str, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether it has been refreshed."""
        return self.error is None and not self.skipped_for


Listener = Callable[[Planned, Outcome | None], None]
"""Called when one begins, with None, and with its outcome; one that is skipped has an outcome only."""


@dataclass(frozen=True)
class Choice:
    """Which are to be refreshed, and how.

    By their names, `sales` or `public.sales`; without names those that the ledger records for the project, or with
    `everything` all. `sources` adds those that they read, `dependants` those that read them, to any depth.
    """

    names: Sequence[str] = ()
    everything: bool = False
    sources: bool = False
    dependants: bool = False
    concurrently: bool = True


def plan(settings: Settings, choice: Choice, *, database: str = "default") -> list[Planned]:
    """What is to be refreshed, in the order. Raises DatabaseError for a name that the database has not."""
    with connect.connect(settings, database, read_only=True) as connection:
        return _plan(settings, connection, choice)


def refresh_all(
    settings: Settings,
    choice: Choice,
    *,
    database: str = "default",
    begin: Callable[[list[Planned]], None] = lambda planned: None,
    listener: Listener = lambda planned, outcome: None,
) -> list[Outcome]:
    """Refresh them, each in a transaction of its own, and return what became of each.

    Where one fails, those that read it are skipped and the others are refreshed. `begin` is told first what there is to
    do. Raises DatabaseError as `plan`, and where the server takes no refresh at all.
    """
    with connect.connect(settings, database) as connection:
        planned = _plan(settings, connection, choice)
        connection.rollback()
        begin(planned)
        outcomes: dict[Name, Outcome] = {}
        with told("the database", lambda: _account(planned, outcomes)):
            for item in planned:
                outcomes[item.view.name] = outcome = _outcome(connection, item, outcomes, listener)
                listener(item, outcome)
    return list(outcomes.values())


def _outcome(connection: Connection, item: Planned, before: dict[Name, Outcome], listener: Listener) -> Outcome:
    stale = sorted(name for name in item.view.reads if name in before and not before[name].fine)
    if stale:
        return Outcome(item, skipped_for=tuple(map(qualify, stale)))
    listener(item, None)
    if not item.view.may:
        return Outcome(item, error=_not_allowed(item.view))
    began = time.monotonic()
    try:
        with connection.begin():
            connection.exec_driver_sql("SET LOCAL jit TO DEFAULT")  # `off` is for catalogs, this is the project's
            refresh(connection, item.view.name, concurrently=item.reason is None)
    except DBAPIError as error:
        if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _HOPELESS:
            raise
        return Outcome(item, time.monotonic() - began, _failed(item.view, error))
    return Outcome(item, time.monotonic() - began)


def _account(planned: Sequence[Planned], outcomes: dict[Name, Outcome]) -> str:
    """What is told when the connection breaks."""
    fine = [str(outcome.planned) for outcome in outcomes.values() if outcome.fine]
    running = planned[len(outcomes)] if len(outcomes) < len(planned) else None
    lines = [f"Refreshed: {', '.join(fine)}"] if fine else []
    lines += [f"Not known, as the answer is missing: {running}"] if running else []
    return "\n".join([*lines, "To go on: the same command again, when the server can be reached."])


def _failed(view: Stored, error: DBAPIError) -> DatabaseError:
    state = getattr(error.orig, "sqlstate", None)
    hints = {
        "42501": f"PostgreSQL runs the query as the owner, {view.owner}: that role needs the right.",
        "55000": "--with-sources refreshes what it reads too, and so gives it data.",
    }
    return DatabaseError(f"{view}: {connect.refused(error).message}", hint=hints.get(state or ""))


def _not_allowed(view: Stored) -> DatabaseError:
    return DatabaseError(
        f"{view}: the role of the url may not refresh it, as it belongs to {view.owner}",
        hint=f"Give the url of {view.owner} or of a member, or, from PostgreSQL 17: GRANT MAINTAIN ON {view} TO …",
    )


# -- the plan ----------------------------------------------------------------------------------------------------------


def _plan(settings: Settings, connection: Connection, choice: Choice) -> list[Planned]:
    found = stored(connection)
    if choice.names:
        chosen = {_named(text, found, settings.home) for text in choice.names}
    elif choice.everything:
        chosen = {view.name for view in found}
    else:
        chosen = _recorded(settings, connection)
    up: dict[Name, set[Name]] = {view.name: set(view.reads) for view in found}
    down: dict[Name, set[Name]] = {}
    for view in found:
        for source in view.reads:
            down.setdefault(source, set()).add(view.name)
    wanted = set(chosen)
    wanted |= reached(chosen, up) if choice.sources else set()
    wanted |= reached(chosen, down) if choice.dependants else set()
    return [Planned(view, _reason(view, choice)) for view in found if view.name in wanted]


def _reason(view: Stored, choice: Choice) -> str | None:
    if not choice.concurrently:
        return "--no-concurrently"
    if not view.has_data:
        return "it has no data yet"
    if not view.has_key:
        return "it has no unique index for that"
    return None if view.has_room else "its owner may make no temporary tables"


def _recorded(settings: Settings, connection: Connection) -> set[Name]:
    """The names of the project's relations, of whatever kind: in a schema there is one relation of a name."""
    recorded = ledger.read(connection, settings).values()
    relations = (row.identity.names for row in recorded if "relation" in row.entity.provides)
    return {(names[0], names[1]) for names in relations if len(names) == 2}


def _named(text: str, found: Iterable[Stored], home: str) -> Name:
    """The one that a user calls so: as SQL would, or, as a shell takes quotes away, without them."""
    exact: dict[str, Name] = {}
    bare: dict[str, set[Name]] = {}
    for view in found:
        schema, name = view.name
        exact[str(view)] = view.name
        bare.setdefault(f"{schema}.{name}", set()).add(view.name)
        if schema == home:
            exact[qualify([name])] = view.name
            bare.setdefault(name, set()).add(view.name)
    if text in exact:
        return exact[text]
    if len(bare.get(text, ())) == 1:
        return next(iter(bare[text]))
    close = get_close_matches(text, exact, n=1)
    raise DatabaseError(
        f"there is no materialized view {text} in the database",
        hint=f"Did you mean {close[0]}?" if close else f"There are: {', '.join(sorted(map(str, found))) or 'none'}",
    )
