"""A project of ours with the benchmark's schema, made and migrated by our own commands, so that its ledger is real."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from benchmarks import schema
from benchmarks.measure import settle
from cucurbit.actions.make import DATABASE, make
from cucurbit.actions.migrate import migrate
from cucurbit.project.settings import Settings, load

ROOT = Path(__file__).parent.parent

STATEMENTS_PER_FILE = 50
ENTITIES_PER_REVISION = 1_000

# The app `entities` is a package, lest it be one with the `entities` folder of another project on the path.
FILES = {
    "manage.py": "from cucurbit.commands import manage\n\nmanage(__file__)\n",
    "models/__init__.py": "from benchmarks.schema import tables\n\nmetadata = tables()\n",
    "entities/__init__.py": "",
}


def create(folder: Path, n: int, url: str) -> Settings:
    """Write a project with `n` entities to an empty folder and bring the empty database at `url` to its state.

    It takes several revisions, because a server has no room for the locks of thousands of views in one transaction.
    """
    _write(folder, FILES)
    _write(folder, {"settings.toml": f'apps = ["models", "entities"]\n\n[databases.default]\nurl = "{url}"\n'})
    shutil.copytree(ROOT / "migrations", folder / "migrations", ignore=shutil.ignore_patterns("versions", "__py*"))
    (folder / "migrations" / "versions").mkdir()
    settings = load(folder)
    declared = schema.entities(n)
    for end in [*range(ENTITIES_PER_REVISION, n, ENTITIES_PER_REVISION), n]:
        declare(folder, declared[:end])
        make(settings, name=f"first_{end}", against=DATABASE)
        migrate(settings)
    engine = sa.create_engine(url)
    settle(engine)
    engine.dispose()
    return settings


def declare(folder: Path, statements: Sequence[schema.Statement]) -> None:
    """Write the entities to `.sql` files of the app `entities`."""
    texts = [statement.sql for statement in statements]
    for start in range(0, len(texts), STATEMENTS_PER_FILE):
        some = texts[start : start + STATEMENTS_PER_FILE]
        _write(folder, {f"entities/{start:05}.sql": ";\n\n".join(some) + ";\n"})


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
