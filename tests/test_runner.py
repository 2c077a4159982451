"""The runner by itself: what is sent when, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine

from cucurbit.database.set_aside import addresses_of_columns
from cucurbit.database.statements import listen
from cucurbit.entities.entity import Entity
from cucurbit.migrations.runner import Runner
from cucurbit.planning.change import Change
from tests.observer import dump
from tests.servers import Database


@contextmanager
def connected(database: Database) -> Iterator[Connection]:
    engine = create_engine(database.url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def created(sql: str) -> Change:
    return Change(Entity.from_sql(sql), None)


def functions(connection: Connection) -> list[str]:
    return list(
        connection.exec_driver_sql("select proname from pg_proc where proname ~ '^f[0-9]' order by 1").scalars()
    )


def test_gathered_changes_are_there_for_whoever_looks(database: Database) -> None:
    with connected(database) as connection:
        runner = Runner(connection, lambda _: None, gathers=True)
        sent = listen(connection)
        for number in range(3):
            runner.run(created(f"create function f{number}() returns int return {number}"), in_place=True)
        assert not sent
        assert functions(connection) == ["f0", "f1", "f2"]


def test_gathered_changes_go_with_their_transaction(database: Database) -> None:
    with connected(database) as connection:
        runner = Runner(connection, lambda _: None, gathers=True)
        connection.exec_driver_sql("select")
        runner.run(created("create function f1() returns int return 1"), in_place=True)
        connection.rollback()
        assert functions(connection) == []


def test_of_a_tree_each_view_is_made_anew_once(database: Database) -> None:
    """And none of those that hang on it is given back before, to be in the way again."""
    database.execute("create table t (id int, n int)")
    for number in range(13):
        below = f"v{(number - 1) // 3}" if number else "t"
        database.execute(f"create view v{number} as select id, n from {below}; grant select on v{number} to pg_monitor")
    before = dump(database.url)
    with connected(database) as connection:
        sent = listen(connection)
        runner = Runner(connection, lambda _: None)
        for type_ in ("bigint", "int"):
            with runner.altering(addresses_of_columns(connection, "public", "t", ["n"]), []):
                connection.exec_driver_sql(f"alter table t alter n type {type_}")
            runner.finish()
        connection.commit()
    assert dump(database.url) == before
    for word in ("CREATE VIEW", "DROP VIEW", "CREATE OR REPLACE VIEW"):  # the last cuts
        assert sum(statement.startswith(word) for statement in sent) == 2 * 13
