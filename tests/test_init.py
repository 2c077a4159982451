"""`cucurbit init` in an Alembic project that is there already, with all that old histories do."""

from __future__ import annotations

import os
import re
import shutil
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import pytest
from alembic import command
from alembic.config import Config

from cucurbit.actions.init import look, write
from cucurbit.errors import HistoryError, ScaffoldError
from cucurbit.migrations.env_file import EnvFile
from cucurbit.migrations.hooks import of_settings
from cucurbit.project.apps import collect
from tests import estate, observer
from tests.project import Project
from tests.servers import Database, Server, new_database
from tests.shell import run

TABLES = 50
OWN = ("cucurbit_ledger", "alembic_version")
MODELS = """
from sqlalchemy import Enum, ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={"ix": "ix_%(column_0_label)s", "fk": "fk_%(table_name)s_%(column_0_name)s"})
"""
MODEL = """

class T{n}(Base):
    __tablename__ = "t{n}"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    other_id: Mapped[int | None] = mapped_column(ForeignKey("t{other}.id"))
"""
VIEW = "create view v{n} as select name, count(*) as count from t{n} where name <> '%' group by name"

# What old revisions do beside Alembic's operations.
HABITS = (
    """
op.execute("create type mood as enum ('good', 'bad')")
op.execute("create function twice(n integer) returns integer language sql as $$ select n * 2 $$")
""",
    """
from sqlalchemy.orm import Session
session = Session(bind=op.get_bind())
session.execute(sa.text("insert into t1 (id, name) values (:id, :name)"), {"id": 1, "name": "a"})
session.commit()
rows = op.get_bind().execute(sa.text("select id, name from t1")).all()
op.bulk_insert(sa.table("t2", sa.column("id"), sa.column("name")), [{"id": i, "name": n} for i, n in rows])
""",
    """
from alembic import context
if context.get_x_argument(as_dictionary=True).get("sample"):
    raise RuntimeError("no sample was asked for")
assert context.config.get_main_option("sqlalchemy.url")
assert sa.inspect(op.get_bind()).has_table("t1")
op.add_column("t1", sa.Column("late", sa.Integer()))
with op.get_context().autocommit_block():
    op.execute("alter type mood add value 'late'")
    op.create_index("t1_late", "t1", ["late"], postgresql_concurrently=True)
op.drop_index("t1_late")
op.drop_column("t1", "late")
""",
    """
op.execute("COMMIT")
op.execute("alter type mood add value 'later'")
""",
)


class Old(Project):
    """An Alembic project as `alembic init` lays it out, in a folder."""

    def __init__(self, path: Path, url: str, template: str = "generic") -> None:
        self.path = path
        path.mkdir(exist_ok=True)
        with self.at_home():
            quiet = Namespace(quiet=True)
            command.init(Config("alembic.ini", "pyproject.toml", cmd_opts=quiet), "alembic", template=template)
        self.edit(
            "alembic.ini", "driver://user:pass@localhost/dbname", url.replace("postgresql:", "postgresql+psycopg:")
        )

    def edit(self, name: str, old: str, new: str) -> None:
        file = self.path / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def alembic(self, name: str, *args: str, **options: object) -> None:
        """One of Alembic's own commands."""
        with self.at_home(), pytest.MonkeyPatch.context() as patch:
            patch.setattr("logging.config.fileConfig", lambda file: None)  # it would turn off all other loggers
            config = Config("alembic.ini", "pyproject.toml", cmd_opts=Namespace(quiet=True, x=None))
            getattr(command, name)(config, *args, **options)

    @property
    def revisions(self) -> list[Path]:
        return sorted((self.path / "alembic/versions").glob("*.py"))

    def contents(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.path)): p.read_bytes() for p in self.path.rglob("*") if p.is_file()}

    def habit(self, number: int, text: str) -> None:
        """A revision of somebody's own."""
        name = f"{number:02d}f6a30d7c24"
        self.alembic("revision", message=f"habit {number}", rev_id=name)
        body = f"def upgrade() -> None:\n{indent(text, '    ')}\n\ndef downgrade() -> None:\n    pass\n"
        (file,) = self.path.glob(f"alembic/versions/{name}_*.py")
        file.write_text(file.read_text().partition("def upgrade")[0] + body)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[tuple[Path, Database]]:
    """A project with a history, and a database at its end, both by Alembic alone."""
    with new_database(server) as database:
        old = Old(tmp_path_factory.mktemp("old"), database.url)
        tables = "".join(MODEL.format(n=n, other=max(n - 1, 1)) for n in range(1, TABLES + 1))
        old.write({"shop/models.py": MODELS + tables, "shop/__init__.py": ""})
        target = "from shop.models import Base\ntarget_metadata = Base.metadata"
        old.edit("alembic/env.py", "target_metadata = None", target)
        old.alembic("revision", message="tables", autogenerate=True)
        views = "".join(f"op.execute({VIEW.format(n=n)!r})\n" for n in range(1, 6))
        for number, habit in enumerate((*HABITS, views), 10):
            old.habit(number, habit)
        old.alembic("upgrade", "head")
        yield old.path, database


@pytest.fixture
def old(made: tuple[Path, Database], tmp_path: Path) -> Old:
    """A copy of it, that may be changed; the database is the same."""
    shutil.copytree(made[0], tmp_path, dirs_exist_ok=True)
    project = Old.__new__(Old)
    project.path = tmp_path
    return project


def initialised(old: Old, *, env: bool = True) -> list[str]:
    with old.at_home():
        return [str(path) for path in write(look(old.path), env=env)]


def test_from_alembic_alone(old: Old, made: tuple[Path, Database]) -> None:
    """What is applied counts as applied, nothing differs, the next migration works, and so do Alembic's commands."""
    database = made[1]
    before, history = observer.dump(database), {path: path.read_bytes() for path in old.revisions}
    with old.at_home():
        answer = run(old, "init", "--env", "--yes")
    assert answer.code == 0, answer.text
    assert f"({TABLES} tables)" in answer.out
    assert "alembic/versions: 6 revisions, head 14f6a30d7c24" in answer.out
    assert run(old, "showmigrations").out.count("[X]") == 6
    assert "No migrations to apply." in run(old, "migrate").out
    assert run(old, "makemigrations", "--check").out == "No changes detected\n"
    old.write({"entities/views.sql": f"{VIEW.format(n=1)};\n\ncreate view more as\nselect *\nfrom v1;\n"})
    answer = run(old, "makemigrations", "-n", "views")
    assert answer.lines[1:3] == ["  = Adopt view public.v1", "  + Create view public.more"], answer.text
    (new,) = set(old.revisions) - set(history)
    assert re.fullmatch(r"[0-9a-f]{12}_views\.py", new.name)
    assert (
        'create view more as\nselect *\nfrom v1""",\n' in new.read_text()
    )  # though the template knows nothing of blocks
    assert old.migrate() == 1
    assert set(old.states().values()) == {"applied"}
    old.alembic("downgrade", "-1")
    assert observer.dump(database, ["cucurbit_ledger"]) == before
    old.alembic("upgrade", "head")
    old.alembic("check")
    old.alembic("revision", message="nothing", autogenerate=True)
    (nothing,) = set(old.revisions) - {new, *history}
    assert "pass" in nothing.read_text()
    nothing.unlink()
    assert old.migrate("-1") == 1
    assert {path: path.read_bytes() for path in history} == history


def test_the_whole_history_runs_on_a_fresh_database(old: Old, made: tuple[Path, Database], database: Database) -> None:
    """By migrate, as by Alembic before."""
    initialised(old)
    old.edit("settings.toml", str(made[1].name), database.name)
    assert old.migrate() == 6
    left = observer.dump(made[1], ["cucurbit_ledger"])
    assert observer.difference(left, observer.dump(database, ["cucurbit_ledger"])) == ""
    assert database.execute("select * from t2") == [(1, "a", None)]


# -- without a database ------------------------------------------------------------------------------------------------

ENV = """
import asyncio
import os

from alembic import context
from sqlalchemy.ext.asyncio import async_engine_from_config
from alembic.autogenerate import rewriter

from {module} import Base
import shop.more

config = context.config
IGNORED = {{"spatial_ref_sys"}}
target_metadata = Base.metadata
writer = rewriter.Rewriter()


def keep(item, name, type_, reflected, compare_to):
    # a comment of theirs
    return name not in IGNORED


def render_item(type_, item, context_):
    return config.get_main_option("x") or False


url = os.environ["SHOP_URL"]
context.configure(
    url=url, target_metadata=[target_metadata], version_table="versions", version_table_schema="meta",
    include_object=keep, process_revision_directives=writer, render_item=render_item, compare_type=True,
    render_as_batch=True, upgrade_token="ups",
)
"""
BASE = "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n"
TABLE = """
from sqlalchemy import Column, Integer, Table
from shop.db import Base

Table("orders", Base.metadata, Column("id", Integer, primary_key=True))
"""
TOML = """[project]
name = "the shop"

[tool.alembic]
script_location = "%(here)s/alembic"
prepend_sys_path = [".", "src"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Old:
    """A project configured by pyproject.toml, in a layout with src, whose models are in no module called models."""
    project = Old.__new__(Old)
    project.path = tmp_path
    project.write(
        {"pyproject.toml": TOML, "alembic/env.py": ENV.format(module="shop.db"), "alembic/versions/.gitkeep": ""}
    )
    project.write({"src/shop/__init__.py": "", "src/shop/db.py": BASE, "src/shop/more.py": TABLE})
    return project


def test_what_env_py_does_beyond_the_template(folder: Old) -> None:
    """It is said, or done: hooks are taken out of it, and Alembic's table is a setting."""
    with folder.at_home():
        answer = run(folder, "init", "--dry-run")
        assert not (folder.path / "settings.toml").exists()
        written = initialised(folder, env=False)
    assert written == [
        "alembic_hooks.py",
        "entities/.gitkeep",
        "entities/models.py",
        "manage.py",
        "settings.toml",
    ]
    for said in (
        "an async engine",
        "the hook render_item cannot be taken out",
        "render_as_batch is for SQLite",
        "upgrade_token= of context.configure() is not passed on",
        "no url was found: env.py reads SHOP_URL; give DATABASE_URL",
    ):
        assert said in answer.err
    assert answer.err.count("Note:") == 5, answer.err
    settings = (folder.path / "settings.toml").read_text()
    for line in ('name = "the shop"', 'path = ["src"]', 'hooks = "alembic_hooks"', 'version_table = "meta.versions"'):
        assert line in settings
    assert "    # a comment of theirs\n" in (folder.path / "alembic_hooks.py").read_text()
    with folder.at_work() as found:
        assert collect(found).tables == [("public", "orders")]
        hooks = of_settings(found)
        assert sorted(hooks) == ["include_object", "process_revision_directives"]
        assert not hooks["include_object"](None, "spatial_ref_sys", "table", True, None)


def test_models_that_are_in_a_module_called_so(folder: Old) -> None:
    """Then their package is the app; of an app with more tables than env.py knew, only those are taken."""
    folder.write({"src/shop/models.py": BASE, "src/shop/more.py": TABLE.replace("shop.db", "shop.models")})
    folder.write({"alembic/env.py": ENV.format(module="shop.models"), "manage.py": "# somebody else's"})
    folder.write({"entities/__init__.py": "raise ValueError"})
    with folder.at_home():
        found = look(folder.path)
    assert found.tables == 1
    assert 'apps = ["database_entities"]' in found.shown["settings.toml"]  # shop.models alone has no table
    assert "manage.py" not in found.shown
    folder.write({"src/shop/models.py": BASE + TABLE.replace("from shop.db import Base", "")})
    folder.write({"src/shop/more.py": ""})
    with folder.at_home():
        assert 'apps = ["shop", "database_entities"]' in look(folder.path).shown["settings.toml"]


def test_a_url_keeps_its_password_to_itself(folder: Old) -> None:
    url = "postgresql+asyncpg://me:hush@db/shop?ssl=require&options=-csearch_path%%3Dsales"
    folder.write({"alembic.ini": f"[alembic]\nscript_location = alembic\nsqlalchemy.url = {url}\n"})
    with folder.at_home():
        answer = run(folder, "init", "--dry-run")
        found = look(folder.path)
    assert "hush" not in answer.text
    assert "postgresql://me:***@db/shop?options=%2A%2A%2A&sslmode=require" in answer.out
    assert 'schema = "sales"' in answer.out
    assert ":hush@" in found.files[Path("settings.toml")]


def test_a_failure_leaves_nothing(folder: Old) -> None:
    """And a file that is there already is not overwritten."""
    with folder.at_home():
        found = look(folder.path)
        for name in ("entities/models.py", "alembic/env.py.before"):
            folder.write({name: "mine"})
            before = folder.contents()
            with pytest.raises(ScaffoldError, match="already"):
                write(found, env=True)
            assert folder.contents() == before
            folder.write({name: None})
        before = folder.contents()
        (folder.path / "alembic").chmod(0o555)
        try:
            if not os.access(folder.path / "alembic", os.W_OK):
                with pytest.raises(ScaffoldError, match="cannot be written"):
                    write(found, env=True)
                assert folder.contents() == before
        finally:
            (folder.path / "alembic").chmod(0o755)
        assert write(found, env=True)[-2:] == [Path("alembic/env.py"), Path("alembic/env.py.before")]
        assert (folder.path / "alembic/env.py.before").read_bytes() == before["alembic/env.py"]
        with pytest.raises(ScaffoldError, match=r"settings\.toml"):
            look(folder.path)
        assert "Everything is as it is to be." in run(folder, "init", "--env", "-y").out
        (folder.path / "alembic/env.py.before").replace(folder.path / "alembic/env.py")
        after = folder.contents()
        assert "Written:\n  alembic/env.py\n  alembic/env.py.before\n" in run(folder, "init", "--env", "-y").out
        assert set(folder.contents()) - set(after) == {"alembic/env.py.before"}


def test_where_a_project_is_looked_for(folder: Old) -> None:
    """Below the folder too, if there is one; several are named, none is an error."""
    folder.write({"pyproject.toml": None, "alembic.ini": None})
    with folder.at_home():
        with pytest.raises(ScaffoldError, match="there is no Alembic project"):
            look(folder.path)
        ini = "[alembic]\nscript_location = ../alembic\n"
        folder.write({"deploy/alembic.ini": ini, ".venv/x/alembic.ini": ini})
        assert 'alembic = "deploy/alembic.ini"' in look(folder.path).shown["settings.toml"]
        folder.write({"other/alembic.ini": ini})
        with pytest.raises(ScaffoldError, match=r"deploy/alembic\.ini, other/alembic\.ini"):
            look(folder.path)
        assert look(folder.path, Path("other/alembic.ini")).config == Path("other/alembic.ini")
        text = "revision = '1'\ndown_revision = None\n\n\ndef upgrade(engine_name):\n    pass\n"
        folder.write({"alembic/versions/1.py": text})
        with pytest.raises(ScaffoldError, match="several databases"):
            look(folder.path, Path("other/alembic.ini"))
        folder.write({"alembic/env.py": "target_metadata = (", "alembic/versions/1.py": None})
        with pytest.raises(HistoryError, match=r"env\.py does not parse"):
            look(folder.path, Path("other/alembic.ini"))


@pytest.mark.parametrize("template", ["generic", "async", "pyproject", "pyproject_async"])
def test_alembics_own_templates(template: str, tmp_path: Path) -> None:
    """There is nothing to remark but that they have no models yet, no url, and that an engine is async."""
    old = Old(tmp_path, "driver://user:pass@localhost/dbname", template)
    with old.at_home():
        found = look(tmp_path)
    said = [remark for remark in found.remarks if "async engine" not in remark]
    assert len(said) == 2, said
    assert "target_metadata" in said[0]
    assert "no url" in said[1]
    assert found.env is not None
    assert "fileConfig" in found.env[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("target_metadata = None", []),
        ("target_metadata = [a.metadata, b.c.metadata]", ["a.metadata", "b.c.metadata"]),
        ("target_metadata: MetaData = models.metadata", ["models.metadata"]),
        ("target_metadata = current_app.extensions['migrate'].db.metadata", []),
        ("def f():\n    target_metadata = Base.metadata", ["Base.metadata"]),
    ],
)
def test_the_target_is_read_and_not_run(text: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "env.py").write_text(text)
    assert EnvFile.read(tmp_path / "env.py").targets == expected


def test_a_history_in_raw_sql_of_every_kind_is_adopted(tmp_path: Path, database: Database) -> None:
    """Old revisions that run SQL stay as they are: fifty tables, two hundred entities, and no statement for any."""
    old = Old(tmp_path / "old", database.url)
    with old.at_home():
        old.alembic("revision", "by hand")
    (revision,) = old.revisions
    options = "execution_options={'no_parameters': True}"
    lines = [f"op.get_bind().exec_driver_sql({sql!r}, {options})" for sql in estate.statements()]
    revision.write_text(revision.read_text().replace("pass", "\n    ".join(lines), 1))
    old.alembic("upgrade", "head")
    with old.at_home():
        write(look(old.path))
    before = observer.dump(database, OWN)
    xmin = database.execute("select sum(oid::int8), sum(xmin::text::int8) from pg_class where relkind = 'v'")

    answer = run(old, "adopt")

    assert answer.code == 0, answer.text
    text = max(old.revisions, key=lambda file: file.stat().st_mtime).read_text()
    assert text.count("op.adopt_entity(") > 200
    assert "op.create_entity(" not in text
    assert "op.run_sql(" not in text
    assert old.make(write=False).lines == []
    assert set(old.states().values()) == {"applied"}
    assert observer.dump(database, OWN) == before
    assert database.execute("select sum(oid::int8), sum(xmin::text::int8) from pg_class where relkind = 'v'") == xmin
