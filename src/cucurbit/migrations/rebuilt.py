"""The proof of a baseline: what it makes on scratch is what the database has, and `pg_dump` is the judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import unified_diff

from sqlalchemy import Connection

from cucurbit.database.dump import dump
from cucurbit.database.objects import objects
from cucurbit.database.spelling import same
from cucurbit.errors import CucurbitError, MigrationError
from cucurbit.migrations.baseline import own_schemas, own_tables
from cucurbit.migrations.executor import Executor
from cucurbit.migrations.inventory import Item, by_subject
from cucurbit.migrations.scripts import Scripts
from cucurbit.migrations.selection import Selected
from cucurbit.project.settings import Settings
from cucurbit.sql.dump import Dumped, statements
from cucurbit.sql.names import quote

_MOST = 12  # lines of a difference: an error is to fit on a screen


def prove(
    scripts: Scripts, connection: Connection, count: int, wanted: Selected, major: int, before: Sequence[Dumped] = ()
) -> None:
    """Upgrade a scratch database by the `count` newest revisions, `pg_dump`; downgrade, and nothing is left.

    `before` is what the history has made, where that may be more than is wanted. Raises MigrationError where the
    server refuses something, where something is left, or the dump is not what is `wanted`. Where everything is gone
    that there was, it could as well be made again: that is not tried.
    """
    executor = Executor(scripts, connection, gathers=True)
    executor.prepare()
    own = own_tables(scripts.settings)
    executor.recorder.hashes = False  # nobody asks for them here
    names = objects(connection, own)
    connection.rollback()
    executor.run(executor.steps("head"))
    with dump(connection.engine.url, major, role=acting_role(connection), without=own) as made:
        connection.rollback()
        text = made.text()
    aside = {one.text for one in before} - {one.text for one in wanted.inventory.dumped}
    found = [one for one in filter(wanted.is_compared, statements(text)) if one.text not in aside]
    if difference := _difference(connection, scripts.settings, wanted, found):
        raise MigrationError(
            "the baseline does not make what the database has; pg_dump tells them apart (-: the database has it, "
            f"+: the baseline makes it)\n{difference}",
            hint="Leave out what it is about: --exclude NAME. Nothing was written.",
        )
    connection.rollback()
    executor.run(executor.steps(f"-{count}"))
    if left := sorted(objects(connection, own) - names):
        raise MigrationError(
            f"the downgrade leaves {', '.join(left[:5])}" + (f" and {len(left) - 5} more" if len(left) > 5 else ""),
            hint="This is a fault of cucurbit: please report it with the definitions.",
        )


def _difference(connection: Connection, settings: Settings, wanted: Selected, found: Sequence[Dumped]) -> str:
    """The statements that only one of two dumps has, as a unified diff of so many lines as anybody reads."""
    home = settings.home
    there = list(filter(wanted.is_compared, wanted.inventory.dumped))
    before, after = (Counter(one.text for one in some) for some in (there, found))
    less, more = before - after, after - before
    gone = by_subject([one for one in there if one.text in less], there, home)
    new = by_subject([one for one in found if one.text in more and not _is_of_ledger(one, settings)], found, home)
    verbatim = {id(item.dumped) for item in wanted.inventory.items if _is_verbatim(item)}
    for subject in gone.keys() & new.keys():
        if len(gone[subject]) == len(new[subject]) == 1:
            (one,), (other,) = gone[subject], new[subject]
            # What is restored by pg_dump's own words, the server may word otherwise: IN with a varchar, for example.
            if (id(one) in verbatim and one.settings == other.settings) or _same(connection, one, other):
                del gone[subject], new[subject]
    lines = list(unified_diff(_lines(gone), _lines(new), lineterm="", n=1))[2:]
    rest = len(lines) - _MOST
    return "\n".join([*lines[:_MOST], *([f"… and {rest} lines more"] if rest > 0 else [])])


def _is_of_ledger(one: Dumped, settings: Settings) -> bool:
    """Whether it is about a schema that is made before any migration runs."""
    names = map(quote, own_schemas(settings))
    return any(one.sql == f"CREATE SCHEMA {n}" or one.sql.startswith(f"ALTER SCHEMA {n} OWNER") for n in names)


def _is_verbatim(item: Item) -> bool:
    return item.part is not None or (
        item.entity is not None and item.dumped is not None and item.entity.sql == item.dumped.sql
    )


def _same(connection: Connection, one: Dumped, other: Dumped) -> bool:
    try:
        return same(connection, one.sql, other.sql)
    except CucurbitError:  # it is no entity's
        return False


def _lines(statements: Mapping[str, Sequence[Dumped]]) -> list[str]:
    texts = sorted(one.text for some in statements.values() for one in some)
    return [line for sql in texts for line in f"{sql};".split("\n")]


def acting_role(connection: Connection) -> str | None:
    """The role that a connection acts as, None where that is the one that has logged in."""
    row = connection.exec_driver_sql("select current_user, session_user").one()
    return str(row[0]) if row[0] != row[1] else None
