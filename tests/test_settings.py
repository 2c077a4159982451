"""What ALTER says of what is there already, and indexes on the models' tables: beside the course of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from cucurbit import Entity
from cucurbit.errors import MigrationError, SqlError
from cucurbit.planning.rename import Answers
from tests import observer
from tests.project import Project
from tests.servers import Database
from tests.test_cases import dump

# -- what they are ----------------------------------------------------------------------------------------------------

SAME = [
    ("alter table t alter column c set storage external", 'ALTER TABLE public."t" ALTER c SET STORAGE "External"'),
    ("alter table t alter c set statistics 10", "alter table if exists t alter column c set statistics 0010"),
    ("alter table m alter c set statistics 10", "alter materialized view m alter c set statistics 10"),
    ("alter index i alter 1 set statistics 10", "alter table i alter column 1 set statistics 10"),
    (
        "alter table t alter c set (n_distinct = 5, n_distinct_inherited = -0.5)",
        "alter table t alter c set (n_distinct_inherited=-0.5,  n_distinct=5)",
    ),
    ("alter table t replica identity full", "alter table public.t REPLICA IDENTITY FULL"),
    ("alter table t replica identity using index i", 'alter materialized view t replica identity using index "i"'),
    ("alter table t cluster on i", "alter materialized view if exists t cluster on i"),
    ("alter table t disable trigger x", 'alter foreign table public.t disable trigger "x"'),
    ("alter table t enable replica rule x", "alter table t enable replica rule x;"),
    ("alter view v alter c set default 1+1", "alter view public.v alter column c set default (1 + 1)"),
    ("alter statistics s set statistics 0", "alter statistics if exists public.s set statistics 00"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_of_a_setting_are_one(one: str, other: str) -> None:
    assert Entity.from_sql(one).identity == Entity.from_sql(other).identity
    assert Entity.from_sql(one).hash == Entity.from_sql(other).hash
    assert Entity.from_sql(Entity.from_sql(one).canonical).hash == Entity.from_sql(one).hash


OTHER = [
    ("alter table t alter c set storage external", "alter table t alter c set storage main"),
    ("alter table t alter c set storage external", "alter table only t alter c set storage external"),
    ("alter table t alter c set (n_distinct = 5)", "alter table t alter c set (n_distinct = 6)"),
    ("alter table t replica identity full", "alter table t replica identity nothing"),
    ("alter table t cluster on i", "alter table t cluster on j"),
    ("alter table t disable trigger x", "alter table t enable always trigger x"),
    ("alter view v alter c set default 1", "alter view v alter c set default '1'"),
    ("alter statistics s set statistics 0", "alter statistics s set statistics 1"),
]


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_setting_is_a_change(one: str, other: str) -> None:
    assert Entity.from_sql(one).identity == Entity.from_sql(other).identity
    assert Entity.from_sql(one).hash != Entity.from_sql(other).hash


REFUSED = {
    "alter table t alter a set statistics 1, alter b set statistics 1": "one ALTER statement for each",
    "alter table t replica identity full, cluster on i": "one ALTER statement for each",
    "alter table t alter c set statistics -1": "Remove the statement",
    "alter table t alter c set statistics default": "Remove the statement",
    "alter table t alter c set storage default": "Remove the statement",
    "alter table t alter c set compression default": "Remove the statement",
    "alter table t alter c reset (n_distinct)": "Remove the statement",
    "alter table t replica identity default": "Remove the statement",
    "alter table t set without cluster": "Remove the statement",
    "alter table t enable trigger x": "Remove the statement",
    "alter table t enable rule x": "Remove the statement",
    "alter table t disable trigger all": "one statement for each trigger",
    "alter table t enable trigger user": "one statement for each trigger",
    "alter view v alter c drop default": "Remove the statement",
    "alter table t alter c set default 1": "alter view",
    "alter statistics s set statistics -1": "Remove the statement",
    "alter statistics s set statistics default": "Remove the statement",
    "alter table t set (fillfactor = 70)": "postgresql_with",
    "alter table t set (toast.autovacuum_enabled = false)": "postgresql_with",
    "alter index i reset (fillfactor)": "create index … with (…)",
    "alter materialized view m set (fillfactor = 70)": "create index … with (…)",
    "alter view v set (security_invoker = true)": "create index … with (…)",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_no_entity_is_refused_with_what_to_do(sql: str) -> None:
    with pytest.raises(SqlError) as caught:
        Entity.from_sql(sql)
    assert REFUSED[sql] in f"{caught.value.message} {caught.value.hint}"


def test_constructors_write_the_statements() -> None:
    from cucurbit import (
        Cluster,
        ColumnSetting,
        ReplicaIdentity,
        RuleState,
        StatisticsTarget,
        TriggerState,
        ViewColumnDefault,
    )

    made = {
        ColumnSetting("t", "c d", storage="external"): 'alter table t alter "c d" set storage external',
        ColumnSetting("t", "c", statistics=0, schema="s"): "alter table s.t alter c set statistics 0",
        ColumnSetting("t", "c", compression="lz4"): "alter table t alter c set compression lz4",
        ColumnSetting("t", "c", options={"n_distinct": -0.5}): "alter table t alter c set (n_distinct = -0.5)",
        ColumnSetting("i", 2, statistics=7): "alter index i alter 2 set statistics 7",
        ReplicaIdentity("t"): "alter table t replica identity full",
        ReplicaIdentity("t", nothing=True): "alter table t replica identity nothing",
        ReplicaIdentity("t", index="by id"): 'alter table t replica identity using index "by id"',
        Cluster("t", "i"): "alter table t cluster on i",
        TriggerState("x", "disabled", table="t"): "alter table t disable trigger x",
        RuleState("x", "always", table="t", schema="s"): "alter table s.t enable always rule x",
        ViewColumnDefault("v", "c", "now()"): "alter view v alter c set default now()",
        StatisticsTarget("s", 7): "alter statistics s set statistics 7",
    }
    for entity, sql in made.items():
        assert (entity.identity, entity.hash) == (Entity.from_sql(sql).identity, Entity.from_sql(sql).hash)
    with pytest.raises(SqlError, match="is one of"):
        ColumnSetting("t", "c", statistics=1, storage="main")
    with pytest.raises(SqlError, match="no state"):
        TriggerState("x", "enabled", table="t")


# -- in a project -----------------------------------------------------------------------------------------------------

MODELS = """
from sqlalchemy import Column, Integer, MetaData, Table, Text, Index

class Base:
    metadata = MetaData()

Table("notes", Base.metadata, Column("id", Integer, primary_key=True), Column("body", Text, nullable=False))
"""

ALL = """
create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger touch before update on notes for each row execute function touch();
create rule kept as on delete to notes do instead nothing;
create index notes_start on notes (lower(body) text_pattern_ops) where body <> '';
create unique index notes_body on notes (body);
create statistics notes_more on id, body from notes;
create view bodies as select id, body as text from notes;
alter table notes disable trigger touch;
alter table notes enable always rule kept;
alter table notes replica identity using index notes_body;
alter table notes cluster on notes_body;
alter table notes alter column body set storage external;
alter table notes alter column body set statistics 70;
alter table notes alter column body set compression pglz;
alter index notes_start alter column 1 set statistics 7;
alter statistics notes_more set statistics 8;
alter view bodies alter column text set default 'none';
"""


def project_of(path: Path, database: Database, sql: str, models: str = MODELS) -> Project:
    """A project with all of it applied."""
    project = Project(path, database.url)
    project.write({"app/models.py": models, "app/entities/all.sql": sql})
    project.make()
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    return project


@pytest.mark.servers("18", "14")
def test_settings_go_along_with_renames(database: Database, tmp_path: Path) -> None:
    project = project_of(tmp_path, database, ALL)
    before = dump(database)
    project.write(
        {
            "app/models.py": MODELS.replace('"notes"', '"papers"').replace('"body"', '"content"'),
            "app/entities/all.sql": ALL.replace(" on notes ", " on papers ")
            .replace("table notes", "table papers")
            .replace("from notes", "from papers")
            .replace("to notes", "to papers")
            .replace("body", "content")
            .replace("notes_content", "notes_body")
            .replace("touch before", "touched before")
            .replace("trigger touch;", "trigger touched;")
            .replace("kept", "held"),
        }
    )
    renames = ["notes:papers", "papers.body:content", "papers.touch:touched", "papers.kept:held"]
    made = project.make(answers=Answers(renamed=renames))
    assert not [line for line in made.lines if not line[1].startswith(("Rename", "Carry"))]
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert project.make(against="database").lines == []
    after = dump(database)
    assert "DISABLE TRIGGER touched" in after
    assert "ALTER COLUMN content SET STORAGE EXTERNAL" in after
    project.migrate("-1")
    assert observer.difference(before, dump(database)) == ""
    assert set(project.states().values()) >= {"applied"}


@pytest.mark.servers("18", "14")
def test_settings_outlive_another_type_of_the_column(database: Database, tmp_path: Path) -> None:
    project = project_of(tmp_path, database, ALL)
    before = dump(database)
    project.write({"app/models.py": MODELS.replace('"body", Text', '"body", Unicode(70)').replace("Text", "Unicode")})
    project.make()
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert project.make(against="database").lines == []
    project.migrate("-1")
    assert observer.difference(before, dump(database)) == ""


def test_row_of_what_has_a_setting_is_renewed(database: Database, tmp_path: Path) -> None:
    plain = [line for line in ALL.strip().splitlines() if not line.startswith("alter")]
    project = project_of(tmp_path, database, "\n".join(plain))
    project.write({"app/entities/all.sql": ALL})
    lines = project.make().lines
    assert {sign for sign, _ in lines} == {"+"}
    assert len(lines) == 10
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    changed = ALL.replace("disable trigger", "enable always trigger").replace("'none'", "'nothing'")
    project.write({"app/entities/all.sql": changed.replace("before update on", "before insert on")})
    assert sorted(line for _, line in project.make().lines) == [
        "Replace trigger state touch on public.notes",
        "Replace trigger touch on public.notes",
        "Replace view column default text on public.bodies",
    ]
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert "ENABLE ALWAYS TRIGGER touch" in dump(database)


def test_setting_by_hand_is_left_alone(database: Database, tmp_path: Path) -> None:
    project = project_of(tmp_path, database, "create view bodies as select id, body as text from notes;")
    database.execute(
        "alter table notes alter body set storage external, alter body set statistics 7, replica identity full;"
        "alter view bodies alter text set default 'none'"
    )
    assert project.make(against="database").lines == []
    unmanaged = {name for name, state in project.states(everything=True).items() if state == "unmanaged"}
    assert unmanaged == {
        "column setting body on public.notes(statistics)",
        "column setting body on public.notes(storage)",
        "replica identity public.notes",
        "view column default text on public.bodies",
    }


def test_setting_that_another_type_cannot_have(database: Database, tmp_path: Path) -> None:
    """It is forgotten, as by PostgreSQL; but what is declared is to go first."""
    number = MODELS.replace("Text", "Numeric")
    project = project_of(tmp_path, database, "alter table notes alter column body set storage external;", number)
    database.execute("alter table notes alter column body set compression pglz, alter column body set statistics 7")
    project.write({"app/models.py": MODELS.replace("Text", "Integer")})
    with pytest.raises(MigrationError, match="storage"):
        project.make()
    project.write({"app/entities/all.sql": ""})
    project.make()
    project.migrate()
    assert "STATISTICS 7" in dump(database)
    project.migrate("-1")
    assert "SET STORAGE EXTERNAL" in dump(database)


# -- indexes on tables ------------------------------------------------------------------------------------------------

INDEXED = MODELS.replace("nullable=False))", 'nullable=False), Index("notes_body", "body"))')


def test_index_moves_from_the_model_to_the_entities_and_back(database: Database, tmp_path: Path) -> None:
    project = project_of(tmp_path, database, "create index notes_both on notes (id, body);", INDEXED)
    before = dump(database)
    assert set(project.states(everything=True)) == {"index public.notes_both"}
    swapped = INDEXED.replace('Index("notes_body", "body")', 'Index("notes_both", "id", "body")')
    project.write(
        {"app/models.py": swapped, "app/entities/all.sql": "create index notes_body on notes (body text_pattern_ops);"}
    )
    made = project.make()
    assert len(made.lines) == 4
    assert made.residue == []
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert project.make(against="database").lines == []
    project.migrate("-1")
    assert observer.difference(before, dump(database)) == ""


def test_index_is_declared_in_one_place(database: Database, tmp_path: Path) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": INDEXED, "app/entities/all.sql": "create index notes_body on notes (id);"})
    with pytest.raises(SqlError, match="a model has the index notes_body as well"):
        project.make()


PARTITIONED = """
from sqlalchemy import Column, Integer, MetaData, Table, Text

class Base:
    metadata = MetaData()

Table("notes", Base.metadata, Column("id", Integer, primary_key=True), Column("body", Text),
      postgresql_partition_by="RANGE (id)")
"""

SHORT = """
create function short(text) returns text language sql immutable return {};
create index notes_short on notes (short(body));
"""


@pytest.mark.servers("18", "14")
def test_index_on_a_partitioned_table(database: Database, tmp_path: Path) -> None:
    project = project_of(tmp_path, database, SHORT.format("left($1, 1)"), PARTITIONED)
    database.execute(
        "create table notes_1 partition of notes for values from (0) to (9);"
        "alter index notes_1_short_idx rename to first_short;"
        "create table notes_2 partition of notes for values from (9) to (20)"
    )
    before = dump(database)
    assert project.make(against="database").lines == []
    assert set(project.states(everything=True)) == {"function public.short(text)", "index public.notes_short"}
    project.write({"app/entities/all.sql": SHORT.format("left($1, 2)").replace("(text)", "(body text)")})
    project.make()
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    project.migrate("-1")
    assert observer.difference(before, dump(database)) == ""


def test_index_that_stands_in_the_way_is_put_back_with_all_it_had(database: Database, tmp_path: Path) -> None:
    sql = SHORT.replace("create index", "create unique index") + "alter table notes replica identity using index by_id;"
    sql += "create unique index by_id on notes (id) where id > 0;"
    sql = sql.replace("by_id on notes (id) where id > 0", "by_id on notes (id, body)")
    project = project_of(tmp_path, database, sql.format("left($1, 1)"))
    database.execute("comment on index by_id is 'hand'; alter index notes_short alter column 1 set statistics 9")
    before = dump(database)
    project.write({"app/entities/all.sql": sql.format("left($1, 2)").replace("(text)", "(body text)")})
    project.make()
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    project.migrate("-1")
    assert observer.difference(before, dump(database)) == ""
