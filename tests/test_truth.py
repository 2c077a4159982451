"""An entity that does not fit the models any more is refused, with the place in the file, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from cucurbit.errors import MigrationError
from tests.observer import difference, dump
from tests.project import Project
from tests.servers import Database
from tests.shell import untouched

MODELS = """
from sqlalchemy import Column, Integer, MetaData, Table, Text, text

metadata = MetaData()
Table("notes", metadata, Column("id", Integer, primary_key=True), {})
"""
TOTAL = 'Column("total", Integer)'
FUNCTION = "create function f() returns trigger language plpgsql as 'begin return new; end';\n"

# name -> an entity that needs notes.total, and where its text says so (of what it says nothing: where it begins)
USERS = {
    "view": ("create view one as\n  select id,\n    total\n  from notes;\n", (3, 5)),
    "materialized view": ("create materialized view one as\nselect n.total from notes n;\n", (2, 8)),
    "policy": ("create policy one on notes using (total > 0);\n", (1, 1)),
    "trigger": (
        FUNCTION + "create trigger one before update of total on notes for each row execute function f();\n",
        (2, 1),
    ),
    "parsed body": (
        "create function one() returns bigint language sql\nbegin atomic\n  select sum(total) from notes;\nend;\n",
        (3, 14),
    ),
}


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    return Project(tmp_path, database.url)


def declare(project: Project, columns: str, entities: str) -> None:
    project.write({"app/models.py": MODELS.format(columns), "app/entities/all.sql": entities})


def applied(project: Project, columns: str, entities: str) -> None:
    declare(project, columns, entities)
    project.make()
    project.migrate()


@pytest.mark.parametrize("columns", ["", 'Column("amount", Integer)'], ids=["dropped", "renamed"])
@pytest.mark.parametrize("user", USERS)
def test_a_column_that_an_entity_needs(project: Project, database: Database, user: str, columns: str) -> None:
    """Dropped, or called by another name in the models and by the old one in the entity."""
    entities, (line, column) = USERS[user]
    applied(project, TOTAL, entities)
    declare(project, columns, entities)
    with untouched(project, database), pytest.raises(MigrationError) as caught:
        project.make()
    assert "one" in caught.value.message
    assert "total" in caught.value.message
    place = caught.value.place
    assert place is not None
    assert place.file == "app/entities/all.sql"
    assert (place.line, place.column) in [
        (line, column),
        (USERS[user][0][: USERS[user][0].index(" one")].count("\n") + 1, 1),
    ]


def test_a_table_that_an_entity_needs(project: Project, database: Database) -> None:
    more = '\nTable("others", metadata, Column("id", Integer, primary_key=True))\n'
    entities = "create view one as select o.id from others o join notes using (id);\n"
    project.write({"app/models.py": MODELS.format("") + more, "app/entities/all.sql": entities})
    project.make()
    project.migrate()
    declare(project, "", entities)
    with untouched(project, database), pytest.raises(MigrationError, match=r"view public.one.*others") as caught:
        project.make()
    assert str(caught.value.place).startswith("app/entities/all.sql:1:")


def test_what_a_revision_made_by_hand_is_no_misfit(project: Project, database: Database) -> None:
    """Tables, types and functions that no model and no entity has."""
    (path,) = project.make(empty=True).paths
    by_hand = (
        '    op.execute("create table legacy (id integer)")\n    op.execute("create domain email as text")\n'
        "    op.execute(\"create function by_hand() returns text immutable language sql as 'select 1::text'\")\n"
    )
    text = path.read_text()
    path.write_text(text.replace("    pass\n", by_hand, 1))
    columns = 'Column("mail", DOMAIN("email", Text(), create_type=False), server_default=text("by_hand()"))'
    models = MODELS.replace("import Column", "import Column").format(columns)
    models = models.replace("\nmetadata", "\nfrom sqlalchemy.dialects.postgresql import DOMAIN\n\nmetadata", 1)
    entities = "create view one as select id from legacy;\ncreate view two as select mail from notes, one;\n"
    project.write({"app/models.py": models, "app/entities/all.sql": entities})
    made = project.make()
    assert made.residue == []
    project.migrate()
    again = project.make()
    assert (again.lines, again.residue) == ([], [])


def test_the_truth_is_kept(project: Project, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made once for a declaration is not made again."""
    from cucurbit.migrations import truth

    applied(project, TOTAL, USERS["view"][0])
    monkeypatch.setattr(truth, "_found", None)  # whoever makes it anew fails
    assert not project.make().changed
    assert dump(database)


def test_tables_and_functions_in_a_circle(project: Project, database: Database) -> None:
    """A default that calls a function whose body reads the same table."""
    entities = (
        "create function next_id() returns integer language sql\nbegin atomic\n  select max(id) from notes;\nend;\n"
    )
    applied(project, 'Column("after", Integer, server_default=text("next_id()"))', entities)
    before = dump(database)
    made = project.make()
    assert (made.lines, made.residue) == ([], [])
    assert difference(before, dump(database)) == ""
