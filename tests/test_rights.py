"""Rights and words: what is refused and why, what they are called, roles of the server, other people's objects."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from cucurbit.entities.entity import Entity
from cucurbit.errors import MigrationError, SqlError
from cucurbit.planning.rename import Answers
from tests.observer import difference, dump
from tests.project import Project
from tests.servers import Database

# -- what a statement says ---------------------------------------------------------------------------------------------

# statement -> identity, statement in its canonical form
CANONICAL = {
    "comment on function f(int, text[]) is 'x'": (
        "comment on routine public.f(integer, text[])",
        "COMMENT ON ROUTINE public.f(integer, text[]) IS 'x'",
    ),
    "comment on aggregate shop.sums(*) is 'x'": (
        "comment on routine shop.sums()",
        "COMMENT ON ROUTINE shop.sums() IS 'x'",
    ),
    "comment on domain email is 'x'": ("comment on type public.email", "COMMENT ON TYPE public.email IS 'x'"),
    "comment on constraint c on domain email is 'x'": (
        "comment on domain constraint c on public.email",
        "COMMENT ON CONSTRAINT c ON DOMAIN public.email IS 'x'",
    ),
    "comment on cast (int as mood) is 'x'": (
        "comment on cast (integer, public.mood)",
        "COMMENT ON CAST (integer AS public.mood) IS 'x'",
    ),
    "comment on transform for int language sql is 'x'": (
        "comment on transform (integer, sql)",
        "COMMENT ON TRANSFORM FOR integer LANGUAGE sql IS 'x'",
    ),
    "comment on operator shop.=== (none, int) is 'x'": (
        "comment on operator shop.===(NONE, integer)",
        "COMMENT ON OPERATOR shop.=== (NONE, integer) IS 'x'",
    ),
    "comment on operator class usual using btree is 'x'": (
        "comment on operator class public.usual(btree)",
        "COMMENT ON OPERATOR CLASS public.usual USING btree IS 'x'",
    ),
    "comment on trigger touch on orders is 'x'": (
        "comment on trigger touch on public.orders",
        "COMMENT ON TRIGGER touch ON public.orders IS 'x'",
    ),
    "grant update, SELECT, update on orders to app": (
        "grant on table public.orders to app",
        "GRANT SELECT, UPDATE ON TABLE public.orders TO app",
    ),
    "grant update (total), select (total) on orders to public": (
        "grant on column total on public.orders to public",
        "GRANT SELECT (total), UPDATE (total) ON TABLE public.orders TO PUBLIC",
    ),
    'grant all privileges on function f() to "App"': (
        'grant on routine public.f() to "App"',
        'GRANT ALL ON ROUTINE public.f() TO "App"',
    ),
    "grant usage on foreign server s to app with grant option": (
        "grant option on server s to app",
        "GRANT USAGE ON FOREIGN SERVER s TO app WITH GRANT OPTION",
    ),
    "revoke all on function f() from public": (
        "revoke on routine public.f() from public",
        "REVOKE EXECUTE ON ROUTINE public.f() FROM PUBLIC",
    ),
    "alter default privileges in schema shop for user joe grant all on routines to public": (
        "default privileges on functions in schema shop for role joe to public",
        "ALTER DEFAULT PRIVILEGES FOR ROLE joe IN SCHEMA shop GRANT ALL ON FUNCTIONS TO PUBLIC",
    ),
    "alter sequence numbers owner to app": ("owner of table public.numbers", "ALTER TABLE public.numbers OWNER TO app"),
    "alter procedure p() owner to app": ("owner of routine public.p()", "ALTER ROUTINE public.p() OWNER TO app"),
    "security label for selinux on table orders is 'x'": (
        "security label on table public.orders by selinux",
        "SECURITY LABEL FOR selinux ON TABLE public.orders IS 'x'",
    ),
    "create user app connection limit 3 noinherit": (
        "role app",
        "CREATE ROLE app WITH LOGIN CONNECTION LIMIT 3 NOINHERIT",
    ),
    "grant readers to app with set false, admin option": (
        "role membership readers to app",
        "GRANT readers TO app WITH ADMIN OPTION, SET FALSE",
    ),
}


@pytest.mark.parametrize("sql", CANONICAL)
def test_statements_have_one_form(sql: str) -> None:
    entity = Entity.from_sql(sql)
    assert (str(entity.identity), entity.canonical) == CANONICAL[sql]
    again = Entity.from_sql(entity.canonical)
    assert (again.identity, again.hash) == (entity.identity, entity.hash)


# statement -> words of the message, of the hint
REFUSED = {
    "comment on view v is null": ("without a declaration", "Remove"),
    "comment on database shop is 'x'": ("not a part of itself", "by itself"),
    "comment on role app is 'x'": ("whole server", "by itself"),
    "comment on large object 12 is 'x'": ("is data", "by itself"),
    "comment on function f is 'x'": ("without its arguments", "f(integer, text)"),
    "grant select on a, b to app": ("several objects", "each"),
    "grant select on a to app, web": ("several roles", "each"),
    "grant select (x, y) on a to app": ("several columns", "each"),
    "grant select (x), update on a to app": ("several columns", "each"),
    "grant select on all tables in schema shop to app": ("whatever there is", "alter default privileges"),
    "grant select on a to app granted by joe": ("GRANTED BY", "Leave it out"),
    "grant select on a to current_user": ("whoever runs", "name of the role"),
    "grant connect on database shop to app": ("not a part of itself", "by itself"),
    "grant set on parameter work_mem to app": ("whole server", "by itself"),
    "revoke select on a from app cascade": ("CASCADE", "Leave it out"),
    "alter table a owner to current_user": ("whoever runs", "name of the role"),
    "alter index a owner to app": ("whom its table belongs", "alter table"),
    "alter table a owner to app, alter b type int": ("alone", "models"),
    "security label on table a is 'x'": ("provider", "for PROVIDER"),
    "create role app password 'geheim'": ("password", "ALTER ROLE"),
    "create role app in role readers": ("entity of its own", "grant ROLE to MEMBER"),
    "grant a, b to app": ("several memberships", "each"),
    "revoke a from app": ("without a declaration", "Remove"),
    "alter default privileges for role a, b grant select on tables to app": ("several roles", "each"),
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_refused_says_why_and_what_to_do(sql: str) -> None:
    with pytest.raises(SqlError) as caught:
        Entity.from_sql(sql)
    message, hint = REFUSED[sql]
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert "geheim" not in str(caught.value)


# -- among everything else that a project declares ---------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    return Project(tmp_path, database.url)


MODELS = """
from sqlalchemy import Column, Integer, MetaData, Table

metadata = MetaData()
Table("notes", metadata, Column("id", Integer, primary_key=True), Column("total", Integer))
"""

CHECKED = {
    "comment on table notes is 'x'": 'Table(…, comment="…")',
    "comment on column notes.total is 'x'": 'Column(…, comment="…")',
    "create function f() returns int return 1; grant execute on function f() to public": "Remove",
    "revoke select on notes from public": "remove both",
}


@pytest.mark.parametrize("sql", CHECKED)
def test_what_has_another_place_or_no_effect(project: Project, sql: str) -> None:
    project.write({"app/models.py": MODELS, "app/entities/all.sql": sql})
    with pytest.raises(SqlError) as caught:
        project.make()
    assert CHECKED[sql] in (caught.value.hint or "")
    assert caught.value.place is not None


def test_role_that_does_not_exist(project: Project) -> None:
    project.write({"app/entities/all.sql": "create view one as select 1 as n;\ngrant select on one to nobody_knows;"})
    with pytest.raises(MigrationError) as caught:
        project.make()
    assert "nobody_knows" in caught.value.message
    assert "create role" in (caught.value.hint or "")
    assert str(caught.value.place) == "app/entities/all.sql:2:1"


WITHOUT_EFFECT = {
    "owner": "alter view one owner to pg_monitor; grant select on one to pg_monitor",
    "sequence": "grant usage, select on table notes_id_seq to pg_monitor",
    "default": "alter default privileges grant usage on types to public",
    "extension": "create extension hstore; comment on function hstore(text, text) is 'not ours'",
}


@pytest.mark.servers("15")
@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_what_the_server_takes_without_effect(project: Project, name: str) -> None:
    sql = WITHOUT_EFFECT[name]
    view = "create view one as select 1 as n; "
    project.write({"app/models.py": MODELS, "app/entities/all.sql": view + sql})
    with pytest.raises(MigrationError) as caught:
        project.make()
    assert "has no effect" in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.column == len(view + sql) - len(sql.rpartition("; ")[2]) + 1


# -- other people's objects, and the server's --------------------------------------------------------------------------


@pytest.mark.servers("15")
def test_rights_on_what_belongs_to_an_extension(project: Project, database: Database) -> None:
    project.write({"app/entities/all.sql": "create extension hstore;"})
    project.make()
    project.migrate()
    assert project.states(everything=True) == {"extension hstore": "applied"}, "what it says itself is nobody's"
    before = dump(database)
    project.write(
        {
            "app/entities/all.sql": "create extension hstore;\n"
            "revoke execute on function hstore(text, text) from public;\n"
            "grant execute on function hstore(text, text) to pg_monitor;\n"
            "revoke usage on type hstore from public;\n"
            "comment on extension hstore is 'keys and values';\n"
        }
    )
    project.make()
    project.migrate()
    assert set(project.states(everything=True).values()) == {"applied"}
    assert project.make(against="database").lines == []
    project.migrate("-1")
    assert difference(before, dump(database)) == ""


# -- the whole server --------------------------------------------------------------------------------------------------


@pytest.fixture
def role() -> str:
    """A name that no other test has."""
    return f"role_{uuid.uuid4().hex[:8]}"


def _facts(database: Database, role: str) -> tuple[object, ...]:
    """Whether it may log in and make databases, and of how many it is a member; nothing where it is not there."""
    found = database.execute(
        "select rolcanlogin, rolcreatedb, (select count(*) from pg_auth_members where member = r.oid)"
        " from pg_roles r where rolname = %s",
        role,
    )
    return found[0] if found else ()


@pytest.mark.servers("18", "14")
def test_a_role_belongs_to_the_server(project: Project, database: Database, role: str) -> None:
    rest = f"create view one as select 1 as n;\ngrant select on one to {role};\ngrant pg_monitor to {role};\n"
    project.write({"app/entities/all.sql": f"create role {role} login createdb;\n{rest}"})
    project.make()
    assert _facts(database, role) == (False, False, 0)  # by scratch, which has a name to grant to
    project.migrate()
    assert _facts(database, role) == (True, True, 1)
    assert set(project.states().values()) == {"applied"}

    project.write({"app/entities/all.sql": f"create role {role} login;\n{rest.replace('grant pg_monitor', '-- ')}"})
    assert sorted(project.make().lines) == [
        ("-", f"Drop role membership pg_monitor to {role}"),
        ("~", f"Replace role {role}"),
    ]
    assert _facts(database, role) == (True, True, 1)
    project.migrate()
    assert _facts(database, role) == (True, False, 0)
    project.migrate("-1")
    assert _facts(database, role) == (True, True, 1)
    project.migrate()

    database.execute(f"alter role {role} createrole")
    assert project.states()[f"role {role}"] == "applied", "more than is declared is nobody's business"
    database.execute(f"alter role {role} nologin")
    assert project.states()[f"role {role}"] == "drifted"

    project.write({"app/entities/all.sql": "create view one as select 1 as n;"})
    project.make()
    project.migrate(on_drift="overwrite")
    assert _facts(database, role) == (False, False, 0), "it is still there"
    project.migrate("zero")
    assert _facts(database, role) == (True, True, 0), "as it was first declared, and never dropped"


def test_two_projects_declare_one_role(project: Project, database: Database, tmp_path: Path, role: str) -> None:
    other = Project(tmp_path / "other", database.url, name=f"other {role}", schema="other")
    for each in (project, other):
        each.write({"app/entities/all.sql": f"create role {role} login;"})
        each.make()
        each.migrate()
        assert each.states() == {f"role {role}": "applied"}


def test_script_makes_roles_though_scratch_did_not(project: Project, database: Database, role: str) -> None:
    project.write({"app/entities/all.sql": f"create role {role} login;\ngrant pg_monitor to {role};\n"})
    project.make()
    script = project.manage("migrate", "--sql").stdout
    database.execute(script)
    assert _facts(database, role) == (True, False, 1)
    assert set(project.states().values()) == {"applied"}


# -- renamed, dropped, made anew ---------------------------------------------------------------------------------------


def test_what_is_said_goes_along_with_a_rename(project: Project, database: Database) -> None:
    words = """
    create view one as select total from {table};
    grant select on {table} to pg_monitor;
    grant update ({column}) on {table} to pg_monitor;
    alter view {view} owner to pg_monitor;
    comment on view {view} is 'one';
    comment on column {view}.total is 'total';
    comment on constraint {table}_pkey on {table} is 'key';
    """
    before = words.format(table="notes", column="total", view="one")
    project.write({"app/models.py": MODELS, "app/entities/all.sql": before})
    project.make()
    project.migrate()
    first = dump(database)
    models = MODELS.replace('"notes"', '"papers"').replace('"total"', '"sum"')
    after = words.format(table="papers", column="sum", view="two").replace("view one", "view two", 1)
    project.write(
        {"app/models.py": models, "app/entities/all.sql": after.replace("select total", "select sum as total")}
    )
    renamed = ["notes:papers", "papers.total:papers.sum", "one:two"]
    made = project.make(answers=Answers(renamed=renamed))
    assert [line for line in made.lines if line[0] in "+-"] == []
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert project.make().lines == []
    project.migrate("-1")
    assert difference(first, dump(database)) == ""


def test_dropped_by_hand(project: Project, database: Database) -> None:
    """The object that something was said of is gone already."""
    project.write(
        {
            "app/entities/all.sql": "create view one as select 1 as n, 2 as m;\ncomment on view one is 'x';\n"
            "grant select (m) on one to pg_read_all_stats;\nalter view one owner to pg_monitor;"
        }
    )
    project.make()
    project.migrate()
    project.write({"app/entities/all.sql": "create schema other;"})
    project.make()
    database.execute("drop view one")
    project.migrate()
    assert project.states() == {"schema other": "applied"}


def test_drift(project: Project, database: Database) -> None:
    project.write(
        {
            "app/entities/all.sql": "create view one as select 1 as n;\ncomment on view one is 'x';\n"
            "grant select on one to pg_read_all_stats;\nalter view one owner to pg_monitor;"
        }
    )
    project.make()
    project.migrate()
    database.execute("alter view one owner to pg_read_all_data; grant update on one to pg_read_all_stats")
    database.execute("grant insert on one to pg_signal_backend; comment on view one is null")
    assert project.states(everything=True) == {
        "view public.one": "applied",
        "comment on view public.one": "missing",
        "grant on table public.one to pg_read_all_stats": "drifted",
        "grant on table public.one to pg_signal_backend": "unmanaged",
        "owner of table public.one": "drifted",
    }
