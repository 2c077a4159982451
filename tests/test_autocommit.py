"""What revisions do outside a transaction: recorded as begun and as done, and run again after they were broken off."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent

import psycopg
import pytest
from sqlalchemy import Engine, event

from cucurbit.errors import MigrationError
from tests import crashes
from tests.observer import dump
from tests.project import Project
from tests.servers import Database
from tests.shell import run

MODELS = """
from sqlalchemy import Index, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData()


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
"""
OF_THE_MODEL = """    __table_args__ = (Index("items_code", "code", unique=True, postgresql_concurrently=True),)
"""
ENTITY = "create unique index concurrently items_code on items (code)"


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, database: Database) -> Project:
    """A table with rows, applied."""
    project = Project(tmp_path_factory.mktemp("project"), database.url)
    project.write({"app/models.py": MODELS})
    project.make()
    project.migrate()
    database.execute("insert into items select n, 'c' || n, n from generate_series(1, 20) n")
    return project


def by_hand(project: Project, upgrade: str, downgrade: str = "pass") -> str:
    """A new revision whose functions have these statements; its name."""
    project.make("by hand", empty=True, verify=False)
    path = project.revisions[-1]
    head, _, _ = path.read_text().partition("def upgrade() -> None:")
    body = f"{head}def upgrade() -> None:\n{indent(upgrade.strip(), '    ')}\n\n\n"
    path.write_text(f"{body}def downgrade() -> None:\n{indent(downgrade.strip(), '    ')}\n")
    return path.stem


def block(*statements: str) -> str:
    """A block with one statement a line."""
    return "with op.get_context().autocommit_block():\n" + "\n".join(f"    {statement}" for statement in statements)


CREATE, DROP = f"op.create_entity({ENTITY!r})", f"op.drop_entity({ENTITY!r})"


def actions(database: Database) -> list[tuple[str, str]]:
    """The actions on the last revision and what it did, in their order."""
    return database.execute(
        "select action, kind from cucurbit_ledger"
        " where revision = (select max(revision) from cucurbit_ledger) order by id"
    )


def test_begun_and_done(project: Project, database: Database) -> None:
    by_hand(project, block(CREATE), block(DROP))
    before = dump(database, ["cucurbit_ledger"])
    project.migrate()
    assert actions(database) == [("begin", "revision"), ("create", "index"), ("apply", "revision")]
    assert valid(database) == [("items_code", True)]
    project.migrate("-1")
    assert dump(database, ["cucurbit_ledger"]) == before
    assert actions(database)[3:] == [("begin", "revision"), ("drop", "index"), ("unapply", "revision")]


@contextmanager
def breaking(project: Project, step: int) -> Iterator[None]:
    """A block in which the statement of that number about an index is not sent."""
    seen = 0

    def look(connection: object, cursor: object, statement: str, *others: object) -> None:
        nonlocal seen
        if re.match(r"(create|drop|alter) (unique )?index", statement, re.IGNORECASE):
            seen += 1
            if seen == step:
                raise MigrationError("broken here")

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", look)


def valid(database: Database) -> list[tuple[str, bool]]:
    """The indexes on the table but for its key, and whether the server uses them."""
    return database.execute(
        "select indexrelid::regclass::text, indisvalid from pg_index"
        " where indrelid = 'items'::regclass and not indisprimary order by 1"
    )


def test_a_failure_leaves_a_broken_index_and_the_next_run_mends_it(project: Project, database: Database) -> None:
    """A value that is there twice, found when the index is nearly done; somebody takes it out by hand."""
    name = by_hand(project, block(CREATE), block(DROP))
    database.execute("insert into items values (99, 'c1', 1)")
    with pytest.raises(MigrationError, match="could not create unique index") as caught:
        project.migrate()
    assert "begun" in str(caught.value)
    assert "is duplicated" in str(caught.value)
    assert valid(database) == [("items_code", False)]
    assert [line.split()[:2] for line in run(project, "showmigrations").lines] == [
        ["[X]", "0001_initial"],
        ["[~]", name],
    ]
    with pytest.raises(MigrationError, match="could not create unique index"):
        project.migrate()
    database.execute("delete from items where id = 99")
    project.migrate()
    assert valid(database) == [("items_code", True)]
    assert project.states() == {"index public.items_code": "removed"}
    assert "[~]" not in run(project, "showmigrations").text


def test_what_is_done_already_is_not_done_again(project: Project, database: Database) -> None:
    by_hand(project, block(CREATE, "op.execute('select 1/0')"))
    with pytest.raises(MigrationError, match="division by zero") as caught:
        project.migrate()
    assert "CREATE UNIQUE INDEX CONCURRENTLY items_code" in str(caught.value)
    oid = database.execute("select 'items_code'::regclass::oid")
    path = project.revisions[-1]
    path.write_text(path.read_text().replace("1/0", "1"))
    project.migrate()
    assert database.execute("select 'items_code'::regclass::oid") == oid


@pytest.mark.parametrize(
    "other",
    [
        "create index items_code on items (code)",
        "create unique index items_code on items (lower(code))",
        "create unique index items_code on items (code) where size > 1",
        "create table more (code text); create unique index items_code on more (code)",
    ],
)
def test_another_index_of_the_name_is_no_success(project: Project, database: Database, other: str) -> None:
    by_hand(project, block(CREATE))
    database.execute(other)
    with pytest.raises(MigrationError, match="already, and it is another one"):
        project.migrate()


def test_a_replacement_is_built_beside(project: Project, database: Database) -> None:
    """Broken off at each step, it is done by the next run; what the old one had besides is kept."""
    old, new = ENTITY, ENTITY.replace("(code)", "(code) include (size)")
    by_hand(project, block(CREATE))
    project.migrate()
    by_hand(project, block(f"op.replace_entity({new!r}, {old!r})"), block(f"op.replace_entity({old!r}, {new!r})"))
    before = dump(database, ["cucurbit_ledger"])
    for step in (1, 2, 3):
        for mark in ("", "comment on index items_code is 'ours'"):
            database.execute(mark or "comment on index items_code is null")
            with breaking(project, step), pytest.raises(MigrationError, match="broken here"):
                project.migrate()
            project.migrate()
            assert "INCLUDE (size)" in dump(database)
            assert ("'ours'" in dump(database)) == bool(mark)
            assert valid(database) == [("items_code", True)]
            project.migrate("-1")
    database.execute("comment on index items_code is null")
    assert dump(database, ["cucurbit_ledger"]) == before


# -- what makemigrations writes ----------------------------------------------------------------------------------------


def outside(project: Project) -> list[str]:
    """The operations of each revision behind the first, those in a block behind a colon."""
    found = []
    for path in project.revisions[1:]:
        text = path.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
        names = re.findall(r"^( +)op\.(\w+)\(", text, re.MULTILINE)
        found.append(" ".join((":" if len(blanks) > 4 else "") + name for blanks, name in names))
    return found


def with_index(more: str = OF_THE_MODEL) -> str:
    return MODELS.replace('    __tablename__ = "items"\n', f'    __tablename__ = "items"\n{more}')


def there_and_back(project: Project, database: Database) -> None:
    """All that waits is applied, and leaves nothing to be done; then it is taken back, and applied again."""
    before = dump(database, ["cucurbit_ledger"])
    count = project.migrate()
    after = dump(database, ["cucurbit_ledger"])
    assert not project.make(write=False).changed
    project.migrate(f"-{count}")
    assert dump(database, ["cucurbit_ledger"]) == before
    project.migrate()
    assert dump(database, ["cucurbit_ledger"]) == after
    assert all(is_valid for _, is_valid in valid(database))


def test_an_index_of_a_model(project: Project, database: Database) -> None:
    project.write({"app/models.py": with_index()})
    project.make()
    assert outside(project) == [":create_index"]
    there_and_back(project, database)
    project.write({"app/models.py": with_index(OF_THE_MODEL.replace('"code",', '"code", "size",'))})
    project.make()
    assert outside(project)[1:] == [":run_sql"]
    there_and_back(project, database)
    more = OF_THE_MODEL.replace('"code",', '"code", "size",').replace("unique=", "postgresql_include=['id'], unique=")
    project.write({"app/models.py": with_index(more)})
    project.make()
    assert outside(project)[2:] == [":run_sql"]
    there_and_back(project, database)
    project.write({"app/models.py": MODELS})
    project.make()
    assert outside(project)[3:] == [":drop_index"]
    there_and_back(project, database)


def test_an_index_that_is_an_entity(project: Project, database: Database) -> None:
    project.write({"app/entities/items.sql": f"{ENTITY};\ncomment on index items_code is 'ours';\n"})
    project.make()
    assert outside(project) == [":create_entity", "create_entity"]
    there_and_back(project, database)
    project.write({"app/entities/items.sql": f"{ENTITY} where size > 1;\ncomment on index items_code is 'ours';\n"})
    project.make()
    assert outside(project)[2:] == [":replace_entity"]
    there_and_back(project, database)
    project.write({"app/entities/items.sql": f"{ENTITY} where size > 1;\n".replace(" concurrently", "")})
    assert project.make(write=False).lines == [("-", "Drop comment on index public.items_code")]
    project.write({"app/entities/items.sql": ""})
    project.make()
    assert outside(project)[3:] == ["drop_entity", ":drop_entity"]
    there_and_back(project, database)


def test_with_columns_that_come_and_go(project: Project, database: Database) -> None:
    """What is dropped goes before the columns, what is built comes after; the downgrade is the same the other way."""
    project.write({"app/models.py": with_index()})
    project.write({"app/entities/items.sql": "create index concurrently items_size on items (size)"})
    project.make()
    project.migrate()
    changed = with_index().replace('"items_code", "code"', '"items_more", "more"')
    changed = changed.replace("    size: Mapped[int]", "    more: Mapped[int | None]")
    project.write({"app/models.py": changed})
    project.write({"app/entities/items.sql": "create index concurrently items_size on items (more)"})
    database.execute("truncate items")
    project.make()
    assert outside(project)[1:] == [
        ":drop_entity :drop_index",
        "add_column drop_column",
        ":create_index :create_entity",
    ]
    there_and_back(project, database)


def test_on_a_new_table_nobody_waits(tmp_path_factory: pytest.TempPathFactory, database: Database) -> None:
    project = Project(tmp_path_factory.mktemp("project"), database.url)
    project.write({"app/models.py": with_index(), "app/entities/items.sql": ENTITY.replace("items_code", "items_more")})
    project.make()
    assert len(project.revisions) == 1
    assert "autocommit_block" not in project.revisions[0].read_text()
    project.migrate()
    assert valid(database) == [("items_code", True), ("items_more", True)]
    assert not project.make(write=False).changed
    project.migrate("zero")


def test_it_counts_as_no_change(project: Project) -> None:
    """How an index is made says nothing of what it is."""
    project.write({"app/entities/items.sql": ENTITY.replace(" concurrently", "")})
    project.make()
    project.migrate()
    project.write({"app/entities/items.sql": ENTITY})
    assert not project.make(write=False).changed


# -- what stands, and what does not ------------------------------------------------------------------------------------


def test_what_was_changed_before_the_block_is_done_once(project: Project, database: Database) -> None:
    """An old history may do so. The block commits it, so a run that is broken off then is not repeated."""
    add, fail = 'op.add_column("items", sa.Column("more", sa.Integer()))', "op.execute('select 1/0')"
    name = by_hand(project, f"{add}\n{block(CREATE, fail)}")
    with pytest.raises(MigrationError, match="division by zero") as caught:
        project.migrate()
    assert "What it did before the block is committed, too." in str(caught.value)
    assert actions(database)[-2:] == [("begin", "revision"), ("partly", "revision")]
    assert "not done: see migrate" in run(project, "showmigrations").out
    path = project.revisions[-1]
    path.write_text(path.read_text().replace("1/0", "1"))
    for command in ("migrate", "migrate --plan"):
        before = dump(database), database.execute("select count(*) from cucurbit_ledger")
        answer = run(project, *command.split())
        assert (f"--fake {name}" in answer.err) is (command == "migrate")
        assert (dump(database), database.execute("select count(*) from cucurbit_ledger")) == before
    database.execute("alter table items drop column more; drop index items_code")
    for words in (f"migrate --fake {name}", "migrate --fake -1", "migrate"):
        assert run(project, *words.split()).code == 0
    assert valid(database) == [("items_code", True)]
    assert "more integer" in dump(database)
    assert run(project, "makemigrations", "--check").code == 1  # the model knows nothing of the column


def test_a_block_behind_a_block_may_follow_changes(project: Project, database: Database) -> None:
    """On scratch and elsewhere; what comes behind the last block is one with the end."""
    add = 'op.add_column("items", sa.Column("more", sa.Integer()))'
    vacuum = block("op.execute('vacuum items')")
    by_hand(project, f"{block(CREATE)}\n{add}\n{vacuum}\nop.execute('select 1/0')")
    with pytest.raises(MigrationError, match="division by zero"):
        project.migrate()
    assert actions(database) == [("begin", "revision"), ("partly", "revision")]
    path = project.revisions[-1]
    path.write_text(path.read_text().replace("1/0", "1"))
    with pytest.raises(MigrationError, match="cannot be run again"):
        project.migrate()


def test_the_first_revision_may_be_one(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    database.execute("create table items (code text)")
    by_hand(project, block(CREATE))
    with pytest.raises(MigrationError, match="does not exist"):  # on scratch
        project.make()
    project.migrate()
    assert actions(database) == [("begin", "revision"), ("create", "index"), ("apply", "revision")]


def test_behind_many_revisions_of_one_run(project: Project, database: Database) -> None:
    """What holds the lock has been asked often then, and is not to keep a snapshot, for which the index would wait."""
    for _ in range(4):
        by_hand(project, "pass")
    by_hand(project, block(CREATE))
    database.execute(f"alter database {database.name} set statement_timeout = '20s'")
    assert project.migrate() == 5
    assert valid(database) == [("items_code", True)]


OTHERS = {
    "a view": "op.create_entity('create view v as select 1 as n')",
    "a rename": f"op.rename_entity({ENTITY.replace('items_code', 'b')!r}, {ENTITY!r})",
}


@pytest.mark.parametrize("statement", OTHERS.values(), ids=OTHERS)
def test_other_entities_need_a_transaction(project: Project, database: Database, statement: str) -> None:
    before = dump(database, ["cucurbit_ledger"])
    by_hand(project, block(statement))
    with pytest.raises(MigrationError, match=r"is in an autocommit_block\(\)"):
        project.migrate()
    assert dump(database, ["cucurbit_ledger"]) == before


def test_if_not_exists_is_not_taken_in_by_a_broken_index(project: Project, database: Database) -> None:
    """As the server would be, which says nothing."""
    statement = ENTITY.replace("concurrently", "concurrently if not exists")
    by_hand(project, block(f"op.execute({statement!r})"))
    database.execute("insert into items values (99, 'c1', 1)")
    for said in ("could not create unique index", "not valid", "not valid"):
        with pytest.raises(MigrationError, match=said):
            project.migrate()
    database.execute("delete from items where id = 99; drop index items_code")
    project.migrate()
    assert valid(database) == [("items_code", True)]


def test_a_new_value_is_used_in_the_step_that_adds_it(project: Project, database: Database) -> None:
    by_hand(project, "op.execute(\"create type size as enum ('s')\")")
    by_hand(
        project,
        block("op.execute(\"alter type size add value if not exists 'm'\")", "op.execute(\"select 'm'::size\")")
        + "\nop.execute(\"create table sizes as select 'm'::size as size\")",
        "op.execute('drop table sizes')",
    )
    project.migrate()
    assert database.execute("select size::text from sizes") == [("m",)]
    project.migrate("-1")
    by_hand(project, block("op.execute('vacuum items')"))
    project.migrate()


def test_a_broken_index_is_told(project: Project, database: Database) -> None:
    """It is drifted until somebody builds it again."""
    project.write({"app/entities/items.sql": ENTITY})
    project.make()
    project.migrate()
    assert project.states() == {"index public.items_code": "applied"}
    database.execute("update pg_index set indisvalid = false where indexrelid = 'items_code'::regclass")
    assert project.states() == {"index public.items_code": "drifted"}
    assert "INVALID" in run(project, "showentities", "--diff").text
    database.execute("reindex index items_code")
    assert project.states() == {"index public.items_code": "applied"}


def test_set_aside_a_broken_index_becomes_whole(project: Project, database: Database) -> None:
    """As ALTER TABLE makes it anew itself."""
    project.write({"app/entities/items.sql": ENTITY.replace("(code)", "((size + 1))")})
    project.make()
    project.migrate()
    database.execute("update pg_index set indisvalid = false where indexrelid = 'items_code'::regclass")
    by_hand(
        project,
        'with op.set_aside("items", columns=["size"]):\n    op.alter_column("items", "size", type_=sa.BigInteger())',
    )
    project.migrate()
    assert valid(database) == [("items_code", True)]


def test_begun_to_be_taken_back(project: Project, database: Database) -> None:
    """It is taken back to its end first; upwards it is then applied again."""
    fails = "op.execute('select 1 / (count(*) - 20) from items')"
    name = by_hand(project, block(CREATE), block(DROP, fails))
    project.migrate()
    for target, rows in (("-1", ["unapply"]), (None, ["unapply", "begin", "apply"])):
        with pytest.raises(MigrationError, match="division by zero"):
            project.migrate("-1")
        assert valid(database) == []
        assert f"[~] {name}  (begun to be taken back" in run(project, "showmigrations").text
        last = database.execute("select max(id) from cucurbit_ledger")[0][0]
        database.execute("delete from items where id = 1")
        project.migrate(target)
        done = database.execute(
            "select action from cucurbit_ledger where kind = 'revision' and id > %s order by id", last
        )
        assert [action for (action,) in done] == rows
        database.execute("insert into items values (1, 'c1', 1)")
        project.migrate()
    assert valid(database) == [("items_code", True)]


# -- others ------------------------------------------------------------------------------------------------------------


def test_a_lock_timeout_is_one_more_failure(project: Project, database: Database) -> None:
    """Building waits for whoever has written to the table; what it leaves is built again by the next run."""
    by_hand(project, block(CREATE))
    database.execute(f"alter database \"{database.name}\" set lock_timeout = '200ms'")
    with psycopg.connect(database.url) as other:
        other.execute("insert into items values (77, 'x', 1)")
        with pytest.raises(MigrationError, match="lock timeout"):
            project.migrate()
    assert valid(database) == [("items_code", False)]
    project.migrate()
    assert valid(database) == [("items_code", True)]


def test_the_server_goes_on_for_a_client_that_was_killed(project: Project, database: Database) -> None:
    """The next run waits for it, and takes what it has built."""
    by_hand(project, block(CREATE))
    with psycopg.connect(database.url) as other:
        other.execute("insert into items values (77, 'x', 1)")
        killed = crashes.copy_that(project.migrate)
        _until(lambda: valid(database) == [("items_code", False)])
        os.kill(killed, signal.SIGKILL)
        assert crashes.was_killed(killed)
        with ThreadPoolExecutor() as threads:
            migration = threads.submit(project.manage, "migrate")
            time.sleep(1)
            assert not migration.done()
            other.commit()
            answer = migration.result()
    assert answer.returncode == 0, answer.stderr
    assert valid(database) == [("items_code", True)]


def test_whoever_waits_for_the_deployer_is_not_waited_for(project: Project, database: Database) -> None:
    """Building waits for snapshots that are older; who polls for a lock has none."""
    by_hand(project, block(CREATE))
    with ThreadPoolExecutor() as threads:
        answers = [threads.submit(project.manage, "migrate") for _ in range(3)]
        codes = [answer.result().returncode for answer in answers]
    assert codes == [0, 0, 0]
    assert valid(database) == [("items_code", True)]


def test_a_script_can_be_run_again(project: Project, database: Database) -> None:
    """After it has failed, and somebody has mended the rows."""
    by_hand(project, block(CREATE, 'op.create_index("items_size", "items", ["size"], postgresql_concurrently=True)'))
    database.execute("insert into items values (99, 'c1', 1)")
    answer = run(project, "migrate", "--sql")
    assert answer.code == 0, answer.err
    script = answer.out
    assert "not valid" in psql(database, script).stderr
    assert [line.split()[0] for line in run(project, "showmigrations").lines] == ["[X]", "[~]"]
    database.execute("delete from items where id = 99")
    assert psql(database, script).stderr == ""
    assert valid(database) == [("items_code", True), ("items_size", True)]
    assert [line.split()[0] for line in run(project, "showmigrations").lines] == ["[X]", "[X]"]


def psql(database: Database, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script as somebody would, with nothing said by the server but warnings and errors."""
    return subprocess.run(
        [database.server.bin / "psql", "-qX", database.url],
        check=False,
        input=script,
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
        capture_output=True,
        encoding="utf-8",
    )


def _until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)
