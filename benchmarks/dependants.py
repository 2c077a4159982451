"""What it costs that a thousand views stand on a column whose type changes.

    python -m benchmarks.dependants

The views are made by hand, so that nothing is known of them before the migration runs; each has a comment, a grant and
a grant on a column. What is measured is what a migration takes with them, up or down, less what the same one
takes without; the figure is how many times as long that is as the plain script that drops and makes them. The two take
turns, and the median of the ratios counts, so that it says the same on any machine. The least seconds stand beside it.
Exit codes as in `run.py`.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import sqlalchemy as sa

from benchmarks import project
from benchmarks.bounds import Bound, judge
from benchmarks.measure import settle
from benchmarks.server import database, server
from cucurbit.actions.make import make
from cucurbit.actions.migrate import migrate
from cucurbit.project.settings import Settings

VIEWS = 1_000
RUNS = 3
CHILDREN = 3  # of each view in the tree: 3 + 9 + 27 + 81 + 243 + 637 views are six deep

UPGRADE = """
    with op.set_aside("measured", columns=["amount"]):
        op.alter_column("measured", "amount", type_=sa.BigInteger(), existing_type=sa.Integer())
"""
DOWNGRADE = """
    with op.set_aside("measured", columns=["amount"]):
        op.alter_column("measured", "amount", type_=sa.Integer(), existing_type=sa.BigInteger())
"""


def wide(number: int) -> str:
    """All on the table, with the column in their output: they are dropped and made."""
    return f"select id, amount + {number} as amount from measured"


def tree(number: int) -> str:
    """Six deep."""
    below = f"v{(number - CHILDREN) // CHILDREN}" if number >= CHILDREN else "measured"
    return f"select id, amount from {below}"


def cut(number: int) -> str:
    """All on the table, without the column in their output: they stay where they are."""
    return f"select id from measured where amount > {number}"


# How many times as long as the script it may take. What is dropped is cut before, refused, and read twice; in a tree
# one level after the other. What is cut only is not dropped, so that the script does more.
SHAPES: Sequence[tuple[Callable[[int], str], float]] = ((wide, 4), (tree, 6), (cut, 2))


def main() -> int:
    """Measure on a server of its own, print, and return the exit code."""
    with server() as engine, database(engine) as url:
        return judge(bounds(url))


def bounds(url: str) -> list[Bound]:
    """Measure every shape in the empty database at `url`."""
    engine = sa.create_engine(url)
    found = []
    with tempfile.TemporaryDirectory(prefix="cucurbit-bench-") as name:
        settings = project.create(Path(name), 0, url)
        run(engine, "create table measured (id integer primary key, amount integer)")
        _revision(settings)
        alone = there_and_back(settings)
        for shape, times in SHAPES:
            script = made(shape)
            run(engine, script)
            settle(engine)
            turns = [(there_and_back(settings) - alone, timed(run, engine, dropped() + script)) for _ in range(RUNS)]
            seconds, plain = (min(column) for column in zip(*turns, strict=True))
            what = f"{VIEWS:,} dependants, {shape.__name__}: {seconds:.2f} s, by their script {plain:.2f} s"
            found.append(Bound(what, median(one / other for one, other in turns), times))
            run(engine, dropped())
    engine.dispose()
    return found


def made(shape: Callable[[int], str]) -> str:
    """The script that makes the views."""
    return "".join(
        f"create view v{number} as {shape(number)};"
        f"comment on view v{number} is 'number {number}';"
        f"grant select on v{number} to pg_monitor;"
        f"grant select (id) on v{number} to pg_read_all_stats with grant option;"
        for number in range(VIEWS)
    )


def dropped() -> str:
    """The script that drops them."""
    return "".join(f"drop view v{number};" for number in reversed(range(VIEWS)))


def there_and_back(settings: Settings) -> float:
    """The least time of a migration up or down, in seconds."""
    return min(timed(migrate, settings, target) for target in (None, "-1"))


def timed(action: Callable[..., object], *arguments: object) -> float:
    """How many seconds it takes."""
    start = perf_counter()
    action(*arguments)
    return perf_counter() - start


def run(engine: sa.Engine, script: str) -> None:
    """Several statements at once, in a transaction."""
    with engine.begin() as connection:
        connection.exec_driver_sql(script, execution_options={"no_parameters": True})


def _revision(settings: Settings) -> None:
    (path,) = make(settings, empty=True, name="measured").paths
    text = path.read_text(encoding="utf-8")
    for body in (UPGRADE, DOWNGRADE):
        text = text.replace("    pass\n", body, 1)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
