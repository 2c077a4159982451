"""What it costs to adopt a database of a thousand entities, as a multiple of `pg_dump --schema-only` of it.

    python -m benchmarks.adopt

Tables stay SQL. All are measured as they are run, each as a process of its own, in turns, and the median of the ratios
counts, so that it says the same on any machine. `manage.py adopt` reads the database, runs the baseline up and down on
scratch, dumps that as well, and writes a file for each object. Beside it stands the least that a proof takes, with
PostgreSQL's own programs: Python with the libraries loaded, a dump, a database made of it, and the dump of that. Twice
as many entities are to take about twice as long. Exit codes as in `run.py`.
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
TIMES, SECONDS = 3, 10
LINEAR = 2.4  # what twice as many may take, with a tenth and a half for what else the machine does
LIBRARIES = "import alembic.command, click, pglast, psycopg, pydantic_settings, sqlalchemy"

SETTINGS = 'name = "bench"\napps = ["entities"]\n\n[databases.default]\nurl = "{url}"\n'


def main() -> int:
    """Measure on a server of its own, print, and return the exit code."""
    least: dict[int, float] = {}
    ratios: dict[int, float] = {}
    with server() as engine:
        for count in COUNTS:
            with database(engine) as url, tempfile.TemporaryDirectory(prefix="cucurbit-bench-") as name:
                turns = measured(Path(name), url, count)
            ratios[count] = median(one / other for one, _, other in turns)
            least[count] = min(one for one, _, _ in turns)
            times = median(one / dumped for one, dumped, _ in turns)
            print(
                f"{count:>6,} entities: adopt {least[count]:.2f} s, x {times:.1f} of pg_dump "
                f"({min(turn[1] for turn in turns):.2f} s), x {ratios[count]:.1f} of the least proof "
                f"({min(turn[2] for turn in turns):.2f} s)"
            )
    return judge(bounds(ratios, least))


def bounds(ratios: dict[int, float], least: dict[int, float]) -> list[Bound]:
    """The promises, by the median ratio and the least seconds of each count."""
    half, most = COUNTS[-2:]
    return [
        Bound(f"adopt, {most:,} entities, times the least that a proof takes", ratios[most], TIMES),
        Bound(f"adopt, {most:,} entities, seconds", least[most], SECONDS),
        Bound(f"adopt, {most:,} entities, times {half:,}", least[most] / least[half], LINEAR),
    ]


def measured(folder: Path, url: str, count: int) -> list[tuple[float, float, float]]:
    """Seconds of adoption, of pg_dump, and of the least proof, in turns, the first of which does not count."""
    engine = sa.create_engine(url)
    fill(engine, schema.tables(), schema.entities(count))
    with engine.connect() as connection:
        major = connection.exec_driver_sql("select current_setting('server_version_num')::integer / 10000").scalar_one()
    programs = Programs(program(major).parent, folder / "dump.sql", url)
    found = []
    for _ in range(RUNS + 1):
        at = folder / "project"
        create(at, url)
        seconds = timed([sys.executable, "manage.py", "adopt", "--tables", "sql"], at)
        dumped = programs.dump()
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            found.append((seconds, dumped, dumped + programs.prove(connection)))
        shutil.rmtree(at)
        with engine.begin() as connection:
            connection.exec_driver_sql("drop table cucurbit_ledger, alembic_version")
    engine.dispose()
    return found[1:]


class Programs:
    """PostgreSQL's own, on one database; each returns the seconds that it took."""

    def __init__(self, folder: Path, file: Path, url: str) -> None:
        self.folder, self.file, self.url = folder, file, sa.make_url(url).set(drivername="postgresql")

    def dump(self, database: str | None = None) -> float:
        """Write what makes the database into the file."""
        return timed([self.folder / "pg_dump", "--schema-only", "-f", self.file, "-d", self._of(database)])

    def prove(self, connection: sa.Connection) -> float:
        """A database made of the file, and dumped; and Python with the libraries that know what is in it."""
        copy = f"{self.url.database}_copy"
        start = perf_counter()
        connection.exec_driver_sql(f"create database {copy} template template0")
        made = perf_counter() - start
        run = timed([self.folder / "psql", "-q", "-1", "-o", "/dev/null", "-f", self.file, "-d", self._of(copy)])
        seconds = made + run + self.dump(copy) + timed([sys.executable, "-c", LIBRARIES])
        connection.exec_driver_sql(f"drop database {copy}")
        return seconds

    def _of(self, database: str | None) -> str:
        return self.url.set(database=database or self.url.database).render_as_string(hide_password=False)


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


def timed(command: Sequence[str | Path], folder: Path | None = None) -> float:
    """How many seconds a program takes. Raises CalledProcessError where it fails."""
    start = perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
