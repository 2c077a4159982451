"""The whole time of a command, from the start of the process to its end, as a ratio to the least it could be.

    python -m benchmarks.startup

Ours and the other process run in turns, and what is judged is the median of the ratios of neighbours: a machine that is
busy for a while slows both. Exit codes as in `run.py`.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import project
from benchmarks.bounds import Bound, judge
from benchmarks.server import database, server

ENTITIES = 1_000
PAIRS = 11

# What showentities cannot do without, and one query.
LEAST = """
import sqlalchemy, psycopg, pydantic_settings, pglast
with sqlalchemy.create_engine({url!r}).connect() as connection:
    connection.exec_driver_sql("select 1").all()
"""


@dataclass(frozen=True)
class Comparison:
    """Our command (what follows `python`), what it is compared with, and how many times as long it may take."""

    name: str
    ours: Sequence[str]
    other: Sequence[str]
    allowed: float


def comparisons(url: str) -> list[Comparison]:
    """All of them; the database at `url` is the project's."""
    least = ["-c", LEAST.format(url=url)]
    show = ["manage.py", "showentities"]
    return [
        Comparison("manage.py --help against import click", ["manage.py", "--help"], ["-c", "import click"], 1.5),
        Comparison(
            f"showentities --format json at {ENTITIES:,} against the least", [*show, "--format", "json"], least, 1.3
        ),
        Comparison(f"showentities, piped, at {ENTITIES:,} against the least", show, least, 1.3),
    ]


def main() -> int:
    """Measure on a server of its own, print, and return the exit code."""
    with server() as engine, database(engine) as url:
        return judge(bounds(url))


def bounds(url: str) -> list[Bound]:
    """Make a project in the empty database at `url` and measure every comparison in it."""
    with tempfile.TemporaryDirectory(prefix="cucurbit-bench-") as name:
        folder = Path(name)
        project.create(folder, ENTITIES, url)
        return [Bound(one.name, ratio(one, folder), one.allowed) for one in comparisons(url)]


def ratio(comparison: Comparison, folder: Path) -> float:
    """The median of the ratios of neighbouring runs; one run of each before that warms up."""
    commands = (comparison.ours, comparison.other)
    _, *pairs = [[seconds(command, folder) for command in commands] for _ in range(1 + PAIRS)]
    return median(ours / other for ours, other in pairs)


def seconds(command: Sequence[str], folder: Path) -> float:
    """The wall time of one python process in `folder`, its output in a pipe. Raises CalledProcessError."""
    start = perf_counter()
    subprocess.run([sys.executable, *command], cwd=folder, env=environment(), check=True, capture_output=True)
    return perf_counter() - start


def environment() -> dict[str, str]:
    """This process's, with compiled modules, without settings of ours, and with the models' source on the path."""
    ours = ("CUCURBIT_", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE", "FORCE_COLOR")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)} | {"PYTHONPATH": str(project.ROOT)}


if __name__ == "__main__":
    sys.exit(main())
