"""One measurement of cucurbit, in a process of its own, as `peers.py` measures the others.

    python -m benchmarks.cucurbit_side ENTITIES URL

prints one line of JSON (see `measure.Measurement`). The database at URL (postgresql+psycopg://...) is empty; a project
in a temporary folder is made and migrated to it. What is timed is all that `makemigrations` does to find out that
nothing changed: reading the `.sql` files and taking them apart, the ledger, comparing, and Alembic's own part.
"""

import gc
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks import project, schema
from benchmarks.measure import Detection, Measurement, alembic_alone, detect
from cucurbit.database.connect import connect
from cucurbit.migrations.autogenerate import State, options
from cucurbit.project.settings import Settings

RUNS = 3


def main(n: int, url: str) -> Measurement:
    """Measure twice: with files that the ledger knows to the letter, and with files of which no statement is known.

    Raises RuntimeError where a change was found in a database where all is applied.
    """
    gc.set_threshold(500_000)  # as manage.py does
    with tempfile.TemporaryDirectory(prefix="cucurbit-bench-") as name:
        folder = Path(name)
        settings = project.create(folder, n, url)
        alone, both = repeated(settings)
        project.declare(folder, [replace(one, sql=respelled(one.sql)) for one in schema.entities(n)])
        cold_alone, cold = repeated(settings)
    if both.changes or cold.changes:
        raise RuntimeError(f"cucurbit found {both.changes} and {cold.changes} changes where there are none")
    return Measurement(
        "cucurbit",
        n,
        both.seconds,
        alone.seconds,
        both.statements,
        alone.statements,
        both.changes,
        cold_seconds=cold.seconds,
        cold_alembic_seconds=cold_alone.seconds,
    )


def repeated(settings: Settings) -> tuple[Detection, Detection]:
    """The middle one of several detections, by what the entities cost."""
    found = [detections(settings) for _ in range(RUNS)]
    return sorted(found, key=lambda pair: pair[1].seconds - pair[0].seconds)[RUNS // 2]


def detections(settings: Settings) -> tuple[Detection, Detection]:
    """Detect without entities and with them, on a new connection of the project's own."""
    metadata = schema.tables()
    # The ledger is our table, so that Alembic alone is not to look at it.
    ledger = settings.ledger_name[1]
    with connect(settings) as connection:
        alone = alembic_alone(connection, metadata, include_name=lambda name, *_: name != ledger)
        both = detect(connection, metadata, lambda: options(State(settings, connection)))
    return alone, both


def respelled(sql: str) -> str:
    """Return the statement as another person would have typed it: another text of the same meaning."""
    return sql.replace("create", "CREATE", 1)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m benchmarks.cucurbit_side ENTITIES URL")
    print(main(int(sys.argv[1]), sys.argv[2]).to_json())
