"""A history where an existing project has it: folders of its own, several branches, names as Alembic gives them."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from cucurbit.actions.revisions import revisions
from cucurbit.errors import HistoryError
from cucurbit.migrations.naming import Names
from tests.project import Project
from tests.servers import Database
from tests.shell import run

INI = """
[alembic]
script_location = %(here)s/migrations
version_locations = %(here)s/shop/revisions{separator}history
{separators}
file_template = %%(year)d/%%(rev)s_%%(slug)s
recursive_version_locations = true
"""
REVISION = '''"""{message}"""
from alembic import op

revision = "{revision}"
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends!r}


def upgrade():
    op.execute("{sql}")


def downgrade():
    op.execute("drop {what}")
'''
HISTORY = {
    "shop/revisions/1975ea83b712_items.py": ("items", "1975ea83b712", None, "shop", None, "table items (id int)"),
    "shop/revisions/27c6a30d7c24_more.py": (
        "more",
        "27c6a30d7c24",
        "1975ea83b712",
        None,
        None,
        "view more as table items",
    ),
    "history/2024/3adcb1ac3f21_log.py": ("log", "3adcb1ac3f21", None, "log", "shop", "table log as table items"),
}


def text(message: str, revision: str, down: str | None, label: str | None, depends: str | None, made: str) -> str:
    what = " ".join(made.split()[:2])
    return REVISION.format(
        message=message,
        revision=revision,
        down=down,
        labels=(label,) if label else None,
        depends=depends,
        sql=f"create {made}",
        what=what,
    )


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """Two branches that stay apart, in two folders; one needs the first revision of the other."""
    project = Project(tmp_path, database.url)
    (tmp_path / "migrations/versions/.gitkeep").unlink()
    (tmp_path / "migrations/versions").rmdir()
    project.write({"alembic.ini": INI.format(separator=":", separators="path_separator = os")})
    project.write({name: text(*about) for name, about in HISTORY.items()})
    return project


def applied(project: Project) -> list[str]:
    with project.at_work() as settings:
        return [item.revision for item in revisions(settings) if item.applied]


def test_branches_in_folders_of_their_own(project: Project, database: Database) -> None:
    """Everything is applied in an order that works; a new revision goes to its branch, and is named as the others."""
    assert project.migrate("shop@head") == 2
    assert project.migrate() == 1
    assert applied(project) == ["1975ea83b712", "3adcb1ac3f21", "27c6a30d7c24"]
    assert run(project, "makemigrations").out == "No changes detected\n"
    project.write({"app/entities/one.sql": "create view one as select 1 as n"})
    answer = run(project, "makemigrations")
    assert "the history has 2 branches" in answer.err
    assert "--head shop@head or --head log@head" in answer.err
    (path,) = project.make("see_one", head="log@head").paths
    assert path.parent.parent == project.path / "history"
    assert path.name[12:] == "_see_one.py"
    assert project.migrate() == 1
    assert project.states() == {"view public.one": "applied"}
    assert database.execute("select count(*) from alembic_version") == [(2,)]
    assert project.migrate("shop@-1") == 1
    assert project.migrate("zero") == 3
    with project.at_work():
        config = Config(project.path / "alembic.ini")
        assert len(ScriptDirectory.from_config(config).get_heads()) == 2
        command.upgrade(config, "heads")
    assert len(applied(project)) == 4


def test_what_it_depends_on_is_applied_as_well(project: Project) -> None:
    """Also where Alembic's table does not say so, as that has one row then."""
    assert project.migrate("log@head") == 2
    assert applied(project) == ["1975ea83b712", "3adcb1ac3f21"]
    assert project.migrate("27c6") == 1
    assert run(project, "makemigrations", "--against", "database").out == "No changes detected\n"


def test_an_edited_file_is_found_by_its_revision(project: Project) -> None:
    """Not by its name; and a missing one is told by the folders where it could be."""
    project.migrate(fake=True)
    (file,) = project.path.glob("history/*/*.py")
    file.write_text(file.read_text().replace("table log", "table logged"))
    assert "history/2024/3adcb1ac3f21_log.py" in run(project, "migrate").err
    file.unlink()
    answer = run(project, "migrate")
    assert "3adcb1ac3f21, which is applied, is not there in shop/revisions, history" in answer.err


@pytest.mark.parametrize(
    ("separator", "separators"),
    [(" ", ""), (", ", ""), (";", "version_path_separator = ;"), ("\n  ", "path_separator = newline")],
)
def test_folders_are_separated_as_alembic_separates_them(project: Project, separator: str, separators: str) -> None:
    project.write({"alembic.ini": INI.format(separator=separator, separators=separators)})
    assert len([line for line in run(project, "showmigrations").out.splitlines() if "[ ]" in line]) == 3


def test_folders_of_pyproject(tmp_path: Path, database: Database) -> None:
    """The first revision may go to any of several folders."""
    project = Project(tmp_path, database.url)
    toml = '[tool.alembic]\nscript_location = "migrations"\nversion_locations = ["%(here)s/one", "two"]\n'
    project.write({"pyproject.toml": toml, "one/.gitkeep": "", "app/entities/v.sql": "create view v as select 1 as n"})
    with pytest.raises(HistoryError, match="any of 2 folders: one, two") as caught:
        project.make()
    assert "--version-path" in str(caught.value)
    (path,) = project.make(version_path="two").paths
    assert path == tmp_path / "two/0001_initial.py"
    assert project.migrate() == 1
    with pytest.raises(HistoryError, match="no folder of revisions"):
        project.make(empty=True, version_path="three")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("[alembic]\nversion_locations = %(nowhere)s", "cannot be read"),
        ("version_locations = x", "cannot be read"),
        ("[alembic]\nversion_locations = a:b\npath_separator = ?", "cannot be read"),
        ("[alembic]\nversion_locations = history\ntruncate_slug_length = many", "cannot be used"),
    ],
)
def test_a_configuration_that_cannot_be_read_says_so(project: Project, said: str, answer: str) -> None:
    project.write({"alembic.ini": said})
    refused = run(project, "showmigrations")
    assert refused.code == 1
    assert f"Alembic's configuration {answer}" in refused.err


HEX = "1975ea83b712"


@pytest.mark.parametrize(
    ("revisions", "template", "name", "files"),
    [
        ([], None, ("0001_add", "Add"), "%(rev)s"),
        ([], "%(rev)s_%(slug)s", (None, "Add"), "%(rev)s_%(slug)s"),
        (["0001_initial", HEX], None, ("0002_add", "Add"), "%(rev)s"),
        ([HEX], None, (None, "Add"), None),
        (["001", "002"], None, ("003", "Add"), None),
    ],
)
def test_names_follow_the_history(
    revisions: list[str], template: str | None, name: tuple[str | None, str], files: str | None
) -> None:
    names = Names(revisions, template)
    revision, message = names.name("add", 0)
    assert (revision if name[0] else None, message) == name
    assert name[0] or (len(revision) == 12 and int(revision, 16) and names.name("add", 0)[0] == revision)
    assert names.file_template == files
    assert names.name("", 1)[0] != revision


def test_alembics_table_of_another_name(project: Project, database: Database) -> None:
    """And in another schema: on scratch, in a script, and for Alembic's own commands."""
    settings = project.path / "settings.toml"
    settings.write_text('version_table = "meta.versions of this"\n' + settings.read_text())
    project.write({"app/entities/one.sql": "create view one as select 1 as n"})
    project.make("one", head="shop@head")
    assert 'FROM meta."versions of this"' in run(project, "migrate", "--sql").out
    assert project.migrate() == 4
    assert database.execute('select count(*) from meta."versions of this"') == [(2,)]
    assert database.execute("select to_regclass('alembic_version')") == [(None,)]
    assert len(applied(project)) == 4
    assert run(project, "makemigrations").out == "No changes detected\n"
    with project.at_work():
        command.downgrade(Config(project.path / "alembic.ini"), "shop@-1")
    assert len(applied(project)) == 3
