"""One measurement: what it is, the database it is made on, and how statements and seconds are counted."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from statistics import median
from time import perf_counter

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.operations.ops import ModifyTableOps
from alembic.runtime.migration import MigrationContext

from benchmarks import schema

# Autogenerate's own part is the same for every tool.
OPTIONS: Mapping[str, object] = {
    "autogenerate_plugins": ["alembic.autogenerate.*"],
    "compare_type": True,
    "compare_server_default": True,
    "include_schemas": False,
}

# One warm-up, three runs of Alembic alone, one of the tool: psycopg prepares a statement at its sixth execution, so
# Alembic's queries cost the same in all of them.
ALEMBIC_RUNS = 3

# A created view holds a lock until its transaction ends, and a server has room for some thousands.
STATEMENTS_PER_TRANSACTION = 500


Options = Callable[[], Mapping[str, object]]
"""What gives the options of `MigrationContext` that a tool adds to the common ones."""


@dataclass(frozen=True)
class Measurement:
    """One line of the benchmark: times in seconds, statements as SQLAlchemy sent them, changes as operations found."""

    tool: str
    entities: int
    seconds: float
    alembic_seconds: float
    statements: int
    alembic_statements: int
    changes: int
    cold_seconds: float | None = None
    cold_alembic_seconds: float = 0.0

    @property
    def cold_entity_seconds(self) -> float | None:
        """The part that the entities cost where the tool has not read them before; None where it was not measured."""
        return None if self.cold_seconds is None else self.cold_seconds - self.cold_alembic_seconds

    @property
    def entity_seconds(self) -> float:
        """The part that the entities cost: the total less Alembic's own."""
        return self.seconds - self.alembic_seconds

    @property
    def entity_statements(self) -> int:
        """The statements sent beside Alembic's own."""
        return self.statements - self.alembic_statements

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Measurement":
        return cls(**json.loads(line))


@dataclass(frozen=True)
class Detection:
    """What one run of a detection took and found."""

    seconds: float
    statements: int
    changes: int


def measure(
    tool: str, n: int, url: str, prepare: Callable[[Sequence[schema.Statement]], Mapping[str, object]] | None
) -> Measurement:
    """Measure one detection of `n` entities that are all applied to the database at `url`.

    `prepare` declares the entities to the tool and returns its options for `MigrationContext`; it is not timed.
    Without it Alembic is measured alone. An empty database is filled first.
    """
    engine = sa.create_engine(url)
    metadata, declared = schema.tables(), schema.entities(n)
    fill(engine, metadata, declared)
    with engine.connect() as connection:
        alone = alembic_alone(connection, metadata)
        # Only now: a tool that registers itself on import would take part in Alembic's own runs.
        both = alone if prepare is None else detect(connection, metadata, partial(dict, prepare(declared)))
    engine.dispose()
    return Measurement(tool, n, both.seconds, alone.seconds, both.statements, alone.statements, both.changes)


def fill(engine: sa.Engine, metadata: sa.MetaData, declared: Sequence[schema.Statement]) -> None:
    """Create tables and entities where there is no table yet, and leave the server with fresh statistics."""
    if sa.inspect(engine).get_table_names():
        return
    metadata.create_all(engine)
    for start in range(0, len(declared), STATEMENTS_PER_TRANSACTION):
        with engine.begin() as connection:
            for statement in declared[start : start + STATEMENTS_PER_TRANSACTION]:
                connection.exec_driver_sql(statement.sql, execution_options={"no_parameters": True})
    settle(engine)


def settle(engine: sa.Engine) -> None:
    """Vacuum and analyze, so that no measurement meets autovacuum's work or a plan made without statistics."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")


def alembic_alone(connection: sa.Connection, metadata: sa.MetaData, **options: object) -> Detection:
    """Detect without any entity: warmed up once, then the median of a few runs."""
    detect(connection, metadata, lambda: options)
    runs = [detect(connection, metadata, lambda: options) for _ in range(ALEMBIC_RUNS)]
    return Detection(median(run.seconds for run in runs), runs[-1].statements, runs[-1].changes)


def detect(connection: sa.Connection, metadata: sa.MetaData, options: Options) -> Detection:
    """Run Alembic's autogenerate with `options` added to the common ones, in a transaction that is rolled back.

    Finding the options is timed and its statements are counted as well.
    """
    with connection.begin() as transaction, counting(connection) as sent:
        start = perf_counter()
        context = MigrationContext.configure(connection, opts={**OPTIONS, **options()})
        script = produce_migrations(context, metadata)
        seconds = perf_counter() - start
        statements = len(sent)
        transaction.rollback()
    assert script.upgrade_ops is not None
    changes = sum(len(op.ops) if isinstance(op, ModifyTableOps) else 1 for op in script.upgrade_ops.ops)
    return Detection(seconds, statements, changes)


@contextmanager
def counting(connection: sa.Connection) -> Iterator[list[str]]:
    """Collect the text of every statement that SQLAlchemy sends on `connection`, savepoints among them."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    sa.event.listen(connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(connection, "before_cursor_execute", note)
