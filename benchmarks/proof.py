"""What it costs to prove a migration before it is written: it runs up, down and up again, and catalogs are compared.

    python -m benchmarks.proof

The figure is what the proof takes beyond four times what the migration's own SQL takes, sent by psycopg in one
transaction, the least of a few runs each. Exit codes as in `run.py`.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import psycopg

from benchmarks import project, schema
from benchmarks.bounds import Bound, judge
from benchmarks.server import database, server
from cucurbit.actions.make import make
from cucurbit.project.settings import Settings

ENTITIES = (1, 50, 400)
SECONDS, TIMES = 1.0, 4
RUNS = 3


def main() -> int:
    """Measure on a server of its own, print, and return the exit code."""
    with server() as engine, database(engine) as url:
        return judge(bounds(url))


def bounds(url: str) -> list[Bound]:
    """Make a project with tables in the empty database at `url`, and migrations of more and more entities."""
    found = []
    with tempfile.TemporaryDirectory(prefix="cucurbit-bench-") as name:
        folder = Path(name)
        settings = project.create(folder, 0, url)
        for count in ENTITIES:
            declared = schema.entities(count)
            project.declare(folder, declared)
            proof = min(proved(settings) for _ in range(RUNS))
            own = min(executed(url, declared) for _ in range(RUNS))
            what = f"proof of {count:,}: {proof:.2f} s, less {TIMES} times its SQL ({own:.3f} s)"
            found.append(Bound(what, proof - TIMES * own, SECONDS))
    return found


def proved(settings: Settings) -> float:
    """The seconds that makemigrations says its proof took. Raises RuntimeError where there was none."""
    made = make(settings, write=False)
    if made.verified is None:
        raise RuntimeError("nothing was proved")
    return made.verified


def executed(url: str, declared: Sequence[schema.Statement]) -> float:
    """The seconds that the statements themselves take; they are rolled back."""
    with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:", 1)) as connection:
        start = perf_counter()
        for statement in declared:
            connection.execute(statement.sql.encode())
        seconds = perf_counter() - start
        connection.rollback()
    return seconds


if __name__ == "__main__":
    sys.exit(main())
