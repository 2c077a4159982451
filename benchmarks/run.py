"""The benchmark: detection without a change, here and in other tools, how fast commands answer, and what a proof and
dependants cost, judged by bounds.

    python -m benchmarks.run [--peers-only]

Starts an embedded PostgreSQL 18 of its own and makes a fresh database for every measurement, each in a process of its
own. The tools take turns, so that a machine that is busy for a while slows all of them, and two tools are compared by
the median of the ratios of neighbours. Prints every measurement, then every bound. Exit codes: 0 all bounds are kept,
1 one is broken or a measurement failed. With `--peers-only` nothing of ours is measured and no bound is judged.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from benchmarks import dependants, proof, startup
from benchmarks.bounds import Bound, judge
from benchmarks.measure import Measurement
from benchmarks.server import database, server

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
# Ten thousand entities take minutes to make, and the measuring process repeats the detection itself.
OWN = (Case(OURS, 100), Case(OURS, 400), Case(OURS, LINEAR_FROM), Case(OURS, LINEAR_TO, repeats=1))


class MeasurementError(Exception):
    """A measuring process ended with an error; the message holds what it printed."""


def main(arguments: Sequence[str]) -> int:
    """Measure everything, print, and return the exit code."""
    if set(arguments) - {"--peers-only"}:
        print("usage: python -m benchmarks.run [--peers-only]", file=sys.stderr)
        return 2
    peers_only = "--peers-only" in arguments
    cases = sorted(PEERS if peers_only else (*OWN, *PEERS), key=lambda case: case.entities)
    started: list[Bound] = []
    results: dict[tuple[str, int], list[Measurement]] = {}
    print(HEADER)
    try:
        with server() as engine:
            for number in range(max(case.repeats for case in cases)):
                for case in cases:
                    if number < case.repeats:
                        runs = results.setdefault((case.tool, case.entities), [])
                        runs.append(measured(case, engine))
                        if len(runs) == case.repeats:
                            print(row(runs), flush=True)
            for module in () if peers_only else (startup, proof, dependants):
                with database(engine) as url:
                    started += module.bounds(url)
    except MeasurementError as error:
        print(error, file=sys.stderr)
        return 1
    print()
    return 0 if peers_only else judge([*bounds(results), *started])


def measured(case: Case, engine: sa.Engine) -> Measurement:
    """Measure `case` once in a database of its own. Raises MeasurementError with what the process printed."""
    with database(engine) as url:
        done = subprocess.run(case.command(url), check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise MeasurementError(f"{case.tool} at {case.entities} failed:\n{done.stdout}{done.stderr}")
    return Measurement.from_json(done.stdout.splitlines()[-1])


HEADER = (
    f"{'tool':<20}{'entities':>9}{'runs':>6}{'total s':>10}{'Alembic s':>11}"
    f"{'entity part s: min':>20}{'median':>9}{'cold':>9}{'statements':>12}{'Alembic':>9}{'changes':>9}"
)


def row(runs: Sequence[Measurement]) -> str:
    """Return the line of the table for the runs of one case: medians, and the least entity part beside its median."""
    last, parts = runs[-1], [run.entity_seconds for run in runs]
    colds = [run.cold_entity_seconds for run in runs if run.cold_entity_seconds is not None]
    cold = f"{median(colds):.3f}" if colds else ""
    total, alone = median(run.seconds for run in runs), median(run.alembic_seconds for run in runs)
    return (
        f"{last.tool:<20}{last.entities:>9,}{len(runs):>6}{total:>10.3f}{alone:>11.3f}"
        f"{min(parts):>20.3f}{median(parts):>9.3f}{cold:>9}{last.statements:>12,}{last.alembic_statements:>9}{last.changes:>9}"
    )


def bounds(results: Mapping[tuple[str, int], Sequence[Measurement]]) -> list[Bound]:
    """Return every bound with what was measured."""
    ours = {entities: runs for (tool, entities), runs in results.items() if tool == OURS}
    found = [
        Bound(f"statements beside Alembic's at {n:,}", max(run.entity_statements for run in runs), EXTRA_STATEMENTS)
        for n, runs in ours.items()
    ]
    found += [Bound(f"changes found at {n:,}", max(run.changes for run in runs), 0) for n, runs in ours.items()]
    found += [
        Bound(f"entity part as a share of {tool}'s at {n:,}", ratio(ours[n], results[tool, n]), share)
        for tool, n, share in SHARES
    ]
    growth = ratio(ours[LINEAR_TO], ours[LINEAR_FROM])
    allowed = LINEAR_TO / LINEAR_FROM * LINEAR_SLACK
    found.append(Bound(f"growth of the entity part from {LINEAR_FROM:,} to {LINEAR_TO:,}", growth, allowed))
    return found


def ratio(ours: Sequence[Measurement], others: Sequence[Measurement]) -> float:
    """The median of the ratios of entity parts, each of two runs in the same turn."""
    return median(one.entity_seconds / other.entity_seconds for one, other in zip(ours, others, strict=False))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
