"""adopt without a name: an existing database becomes a project, and stays what it is."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from cucurbit.errors import CucurbitError
from cucurbit.project.files import written
from tests import estate, observer, servers
from tests.project import Project
from tests.servers import Database, Server
from tests.shell import Answer, files, run, untouched

OWN = ("cucurbit_ledger", "alembic_version")

SMALL = """
create schema shop;
create type shop.mood as enum ('good', 'bad');
create table shop.orders (id serial primary key, total numeric not null check (total > 0), mood shop.mood);
create table public.notes (id integer primary key, order_id integer references shop.orders);
create function shop.twice(n integer) returns integer language sql as $$ select n * 2 $$;
create function shop.twice(n text) returns text language sql as $$ select n || n $$;
comment on function shop.twice(integer) is 'two times';
create view shop.sums as select mood, sum(total) as total from shop.orders group by mood;
grant select on shop.sums, shop.orders to pg_monitor;
create view public.all_notes as select n.id, o.total from public.notes n join shop.orders o on o.id = n.order_id;
"""


@pytest.fixture
def project(database: Database, tmp_path: Path) -> Project:
    return Project(tmp_path / "project", database.url)


def adopted(project: Project, database: Database, *args: str) -> Answer:
    """A database that was adopted, of which nothing is left to be done, and which is what it was."""
    before = observer.dump(database, OWN)
    answer = run(project, "adopt", *args)
    assert answer.code == 0, answer.text
    assert observer.difference(before, observer.dump(database, OWN)) == ""
    assert project.make(write=False).lines == []
    assert set(project.states().values()) <= {"applied"}
    return answer


def sql_files(project: Project) -> set[str]:
    return {name.removeprefix("app/entities/") for name in files(project) if name.endswith(".sql")}


@pytest.mark.servers("18", "15")
def test_a_whole_database(project: Project, database: Database, server: Server, tmp_path: Path) -> None:
    """Fifty tables and two hundred entities of all kinds; what is written makes the same elsewhere, and goes again."""
    database.execute(";\n".join(estate.statements()))
    answer = adopted(project, database)
    assert "Adopted 50 tables and" in answer.out
    assert "class Customer(Base):" in (project.path / "app/models.py").read_text()
    with servers.new_database(server) as other:
        empty = observer.dump(other)
        copy = Project(tmp_path / "copy", other.url)
        copy.copy_from(project)
        copy.migrate()
        assert observer.difference(observer.dump(database, OWN), observer.dump(other, OWN)) == ""
        copy.migrate("zero")
        assert observer.difference(empty, observer.dump(other, OWN)) == ""


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("object", {"shop/function/twice.sql", "shop/view/sums.sql", "shop/table/orders.sql", "shop/enum/mood.sql",
                    "schema/shop.sql", "public/view/all_notes.sql"}),
        ("kind", {"shop/function.sql", "shop/view.sql", "shop/table.sql", "shop/enum.sql", "schema.sql",
                  "public/view.sql"}),
        ("schema", {"shop.sql", "database.sql", "public.sql"}),
    ],
)  # fmt: skip
def test_layouts(project: Project, database: Database, form: str, expected: set[str]) -> None:
    database.execute(SMALL)
    with untouched(project, database):
        assert run(project, "adopt", "--layout", form, "--dry-run").code == 0
    adopted(project, database, "--layout", form)
    assert sql_files(project) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--schema", "shop"], {"schema/shop.sql", "shop/enum/mood.sql", "shop/function/twice.sql",
                                "shop/table/orders.sql", "shop/view/sums.sql"}),
        (["--tables", "sql", "--kind", "view", "--kind", "enum"], {"shop/view/sums.sql", "shop/enum/mood.sql",
                                                "public/view/all_notes.sql"}),
        (["--exclude", "shop.twice*", "--exclude", "public.*"], {"schema/shop.sql", "shop/enum/mood.sql",
                                                   "shop/table/orders.sql", "shop/view/sums.sql"}),
    ],
)  # fmt: skip
def test_a_part_of_a_database(project: Project, database: Database, options: list[str], expected: set[str]) -> None:
    database.execute(SMALL)
    adopted(project, database, *options)
    assert sql_files(project) == expected


def test_a_schema_brings_what_it_needs_and_is_in_none(project: Project, database: Database) -> None:
    database.execute("""
        create foreign data wrapper files; create foreign data wrapper others;
        create server far foreign data wrapper files; comment on server far is 'far away';
        create schema shop; create foreign table shop.lines (line text) server far;
    """)
    adopted(project, database, "--schema", "shop")
    assert sql_files(project) == {
        "foreign_data_wrapper/files.sql", "server/far.sql", "schema/shop.sql", "shop/foreign_table/lines.sql"
    }  # fmt: skip


def test_names_that_file_systems_do_not_like(project: Project, database: Database) -> None:
    names = ["orders", "Orders", "a/b", "a b", "..", "con", "ä" * 31, "日本", "x" * 63, ".sql"]
    database.execute(";".join(f'create view "{name}" as select {n} as n' for n, name in enumerate(names)))
    database.execute(
        "create function f() returns text language sql as $$select 'a\r\n'$$; comment on view orders is '\r'"
    )
    adopted(project, database)
    found = sql_files(project)
    assert len({name.lower() for name in found}) == len(names) + 1
    assert all(len(name.encode()) < 255 for name in found)


def test_views_in_a_circle_and_texts_that_are_worded_otherwise(project: Project, database: Database) -> None:
    """What a restored copy has is worded otherwise than what was restored: `varchar IN (…)`."""
    database.execute("""
        create view one as select 1 as n; create view other as select n from one;
        create or replace view one as select n from other;
        create table orders (state varchar(9) check (state in ('new', 'done')));
        create view open as select * from orders where state in ('new', 'late');
        create materialized view closed as select * from orders where state in ('done', 'void') with no data;
    """)
    adopted(project, database)


def test_secrets_are_named_and_left_out(project: Project, database: Database) -> None:
    database.execute("""
        create foreign data wrapper files;
        create server far foreign data wrapper files options (host 'there');
        create user mapping for public server far options (user 'me', password 'hunter2');
        create function connect() returns text language sql as $$ select 'host=there password=hunter2' $$;
        create function is_it(password text) returns boolean language sql as $$ select password = $1 $$;
    """)
    answer = adopted(project, database)
    assert "user mapping far(public): without its secret (the option password)" in answer.err
    assert "function public.connect(): it has a password in it" in answer.err
    texts = [path.read_text() for path in project.path.rglob("*") if path.suffix in (".sql", ".py")]
    assert "hunter2" not in answer.text + "".join(texts)
    assert "user_mapping/far.sql" in sql_files(project)


def test_on_top_of_a_history(project: Project, database: Database) -> None:
    """What old revisions have made by SQL of their own is taken over, what is by hand is made."""
    database.execute("create table public.by_hand (id integer)")
    project.write({"migrations/versions/old.py": OLD, "app/entities/known.sql": "create view known as select 1 as n"})
    project.migrate()
    database.execute("create view later as select id from by_hand; comment on view old is 'an old one'")
    run(project, "makemigrations")
    project.migrate()
    adopted(project, database)
    (revision,) = (file.read_text() for file in project.revisions if "adopted" in file.name)
    assert (revision.count("op.adopt_entity"), "known" in revision) == (1, False)
    assert project.states() == dict.fromkeys(
        ["view public.known", "view public.old", "view public.later", "comment on view public.old"], "applied"
    )


OLD = """
from alembic import op

revision = "old"
down_revision = None


def upgrade():
    op.execute("create table orders (id integer)")
    op.execute("create view old as select id from orders")


def downgrade():
    op.execute("drop view old")
    op.execute("drop table orders")
"""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--exclude", "shop.orders"], "does not exist"),
        (["--kind", "veiw"], "Did you mean 'view'?"),
        (["--schema", "nothing"], "nothing that could be adopted"),
        (["shop.sums", "--kind", "view"], "a NAME is one entity"),
    ],
)
def test_what_fails_leaves_everything_as_it_was(
    project: Project, database: Database, options: list[str], says: str
) -> None:
    database.execute(SMALL)
    with untouched(project, database):
        answer = run(project, "adopt", *options)
    assert (answer.code != 0, says in answer.err) == (True, True), answer.text


def test_nothing_is_overwritten(project: Project, database: Database) -> None:
    database.execute(SMALL)
    project.write({"app/entities/shop/view/sums.sql": "-- mine\n"})
    with untouched(project, database):
        answer = run(project, "adopt")
    assert "there is a file already: app/entities/shop/view/sums.sql" in answer.err


def test_a_database_that_cannot_be_written_keeps_the_project_as_it_was(
    database: Database, server: Server, tmp_path: Path
) -> None:
    """The files are there when it is recorded, and go again where that fails."""
    database.execute("create view one as select 1 as n; revoke create on schema public from public")
    role = f"reader_{database.name}"
    database.execute(f"create role {role} login")
    try:
        url = database.url.replace("postgres@", f"{role}@")
        project = Project(tmp_path / "project", url, settings=f'[scratch]\nurl = "{server.url()}"\n')
        with untouched(project, database):
            answer = run(project, "adopt")
        assert "permission denied for schema public" in answer.err
    finally:
        database.execute(f"drop role {role}")


def test_the_database_of_another_history_is_refused(project: Project, database: Database) -> None:
    database.execute("create table alembic_version (version_num text); insert into alembic_version values ('1975ea83')")
    with untouched(project, database):
        answer = run(project, "adopt", "--tables", "sql")
    assert answer.code == 1
    assert "at revision 1975ea83 of another history of Alembic's" in answer.err
    assert "cucurbit init" in answer.err


def test_branches_that_stay_apart_are_not_joined(project: Project, database: Database) -> None:
    revision = "revision, down_revision, branch_labels = '{0}_1', None, ('{0}',)\n"
    revision += "def upgrade(): pass\ndef downgrade(): pass\n"
    project.write({f"migrations/versions/{name}.py": revision.format(name) for name in ("shop", "bills")})
    project.migrate()
    database.execute("create view one as select 1 as n")
    with untouched(project, database):
        answer = run(project, "adopt")
    assert answer.code == 1
    assert "the history has 2 branches" in answer.err
    assert run(project, "adopt", "one").code == 0
    assert run(project, "makemigrations", "--head", "shop@head").code == 0
    assert run(project, "migrate").code == 0
    assert set(project.states().values()) == {"applied"}


def test_models_that_are_there_already(project: Project, database: Database) -> None:
    project.write({"app/models.py": "from sqlalchemy import MetaData\nmetadata = MetaData()\n"})
    database.execute(SMALL)
    with untouched(project, database):
        answer = run(project, "adopt")
    assert "--tables sql" in answer.err


def test_the_schema_public_of_whoever_migrates(project: Project, database: Database) -> None:
    """As in each database that comes from PostgreSQL 14; a new one belongs to pg_database_owner."""
    database.execute("alter schema public owner to current_user; create view one as select 1 as n")
    adopted(project, database)


def test_a_file_that_does_not_fit_is_named(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with (
            pytest.raises(CucurbitError, match=r"two\.sql cannot be written"),
            written({tmp_path / "one.sql": "select 1", tmp_path / "new/two.sql": "select 1" * 9}),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
