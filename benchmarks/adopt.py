"""What it costs to adopt a database of a thousand entities, as a multiple of `pg_dump --schema-only` of it.

    python -m benchmarks.adopt

Tables stay SQL. Both are measured as they are run, each as a process of its own, in turns, and the median of the ratios
counts, so that it says the same on any machine. `manage.py adopt` reads the database, runs the baseline up and down on
scratch, dumps that as well, and writes a file for each object. The least seconds stand beside it. Twice as many
entities are to take about twice as long. Exit codes as in `run.py`.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import sqlalchemy as sa

from benchmarks import project, schema
from benchmarks.bounds import Bound, judge
from benchmarks.measure import fill
from benchmarks.server import database, server
from cucurbit.database.dump import program

COUNTS = (250, 500, 1_000)
RUNS = 5
TIMES, SECONDS = 5, 10
LINEAR = 2.4  # what twice as many may take, with a tenth and a half for what else the machine does

SETTINGS = 'name = "bench"\napps = ["entities"]\n\n[databases.default]\nurl = "{url}"\n'


def main() -> int:
    """Measure on a server of its own, print, and return the exit code."""
    least: dict[int, float] = {}
    ratios: dict[int, float] = {}
    with server() as engine:
        for count in COUNTS:
            with database(engine) as url, tempfile.TemporaryDirectory(prefix="cucurbit-bench-") as name:
                turns = measured(Path(name), url, count)
            ratios[count] = median(one / other for one, other in turns)
            least[count] = min(one for one, _ in turns)
            dumped = min(other for _, other in turns)
            print(f"{count:>6,} entities: adopt {least[count]:.2f} s, pg_dump {dumped:.2f} s, x {ratios[count]:.1f}")
    return judge(bounds(ratios, least))


def bounds(ratios: dict[int, float], least: dict[int, float]) -> list[Bound]:
    """The promises, by the median ratio and the least seconds of each count."""
    half, most = COUNTS[-2:]
    return [
        Bound(f"adopt, {most:,} entities, times pg_dump --schema-only", ratios[most], TIMES),
        Bound(f"adopt, {most:,} entities, seconds", least[most], SECONDS),
        Bound(f"adopt, {most:,} entities, times {half:,}", least[most] / least[half], LINEAR),
    ]


def measured(folder: Path, url: str, count: int) -> list[tuple[float, float]]:
    """Seconds of adoption and of pg_dump, in turns, the first of which does not count."""
    engine = sa.create_engine(url)
    fill(engine, schema.tables(), schema.entities(count))
    with engine.connect() as connection:
        major = connection.exec_driver_sql("select current_setting('server_version_num')::integer / 10000").scalar_one()
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    dump = [str(program(major)), "--schema-only", f"--file={folder / 'dump.sql'}", f"--dbname={plain}"]
    found = []
    for _ in range(RUNS + 1):
        at = folder / "project"
        create(at, url)
        seconds = timed([sys.executable, "manage.py", "adopt", "--tables", "sql"], at)
        found.append((seconds, timed(dump, folder)))
        shutil.rmtree(at)
        with engine.begin() as connection:
            connection.exec_driver_sql("drop table cucurbit_ledger, alembic_version")
    engine.dispose()
    return found[1:]


def create(folder: Path, url: str) -> None:
    """An empty project for the database."""
    (folder / "entities").mkdir(parents=True)
    (folder / "entities/__init__.py").touch()
    (folder / "manage.py").write_text(project.FILES["manage.py"])
    (folder / "settings.toml").write_text(SETTINGS.format(url=url))
    shutil.copytree(
        project.ROOT / "migrations", folder / "migrations", ignore=shutil.ignore_patterns("versions", "__py*")
    )
    (folder / "migrations/versions").mkdir()


def timed(command: Sequence[str], folder: Path) -> float:
    """How many seconds a program takes. Raises CalledProcessError where it fails."""
    start = perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
