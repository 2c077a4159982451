"""Alembic's hooks of a project, asked behind ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from cucurbit.errors import SettingsError
from tests.project import Project
from tests.servers import Database

MODELS = """
from sqlalchemy import Column, Integer, MetaData, String, Table, TypeDecorator

metadata = MetaData()


class Money(TypeDecorator):
    impl = Integer
    cache_ok = True


Table("orders", metadata, Column("id", Integer, primary_key=True), Column("total", Money))
Table("skipped", metadata, Column("id", Integer, primary_key=True))
"""
HOOKS = """
def include_object(item, name, type_, reflected, compare_to):
    return name != "skipped"


def render_item(type_, item, context):
    return "sa.INTEGER()" if type(item).__name__ == "Money" else False


def process_revision_directives(context, revision, directives):
    if directives[0].upgrade_ops.is_empty():
        directives[:] = []
"""


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": MODELS, "app/hooks.py": HOOKS})
    project.write({"pyproject.toml": '[tool.alembic]\nscript_location = "%(here)s/migrations"\n'})
    return project


def test_makemigrations_and_alembic_ask_them(project: Project, database: Database) -> None:
    settings = project.path / "settings.toml"
    settings.write_text('hooks = "app.hooks"\n' + settings.read_text())
    made = project.make()
    assert [text for _, text in made.lines] == ["Create table orders"]
    assert "sa.INTEGER()" in made.source
    assert made.residue == []
    project.migrate()
    assert database.execute("select to_regclass('skipped')") == [(None,)]
    with project.at_work():
        command.revision(Config(toml_file=project.path / "pyproject.toml"), autogenerate=True)
    assert len(project.revisions) == 1
    assert not project.make().changed
    project.write({"app/hooks.py": "raise ValueError('no')"})
    with pytest.raises(SettingsError, match=r"hooks: app\.hooks cannot be imported: ValueError: no") as caught:
        project.make()
    assert "hooks.py:1" in str(caught.value)


def test_those_that_env_py_gives(project: Project) -> None:
    """Alembic's own commands ask them; what is no hook is refused."""
    env = "from cucurbit.migrations.env import run\nfrom app.hooks import include_object\n"
    project.write({"migrations/env.py": f"{env}run(include_object=include_object)\n"})
    with project.at_work():
        config = Config(toml_file=project.path / "pyproject.toml")
        command.revision(config, autogenerate=True, rev_id="1")
        (file,) = project.revisions
        assert "op.create_table('orders'" in file.read_text()
        assert "skipped" not in file.read_text()
        project.write({"migrations/env.py": f"{env}run(version_table='x')\n"})
        with pytest.raises(CommandError, match="version_table is nothing that can be given"):
            command.current(config)
