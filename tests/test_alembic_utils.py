"""Projects that used alembic_utils: its objects are declarations, its revisions run, and the move runs no DDL."""

from __future__ import annotations

import resource
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from cucurbit.actions.rewrite import rewrite
from cucurbit.database import catalog
from cucurbit.database.statements import run
from cucurbit.errors import DuplicateError, HistoryError, SqlError
from cucurbit.migrations import reader
from cucurbit.project.apps import collect
from cucurbit.project.declarations import statements_of
from cucurbit.project.declared import Declared
from tests import observer, replaceable, servers
from tests.project import Project
from tests.servers import Database, Server
from tests.shell import run as run_command

pytest.importorskip("alembic_utils", reason="what only the extra `dev` has")

TABLES = """
create schema "My Schema";
create table places (id integer primary key, name text, "Größe" integer, at timestamptz default now());
create table "My Schema"."Odd Table" (id integer, a text, "b:c" text);
create table "My Schema".plain (id integer);
alter table places enable row level security;
create function touch() returns trigger language plpgsql as 'begin return new; end';
"""

# Colons, per cents, backslashes, quotes, dollars, semicolons and comments, wherever alembic_utils takes a text.
OBJECTS = r'''
from alembic_utils.pg_extension import PGExtension
from alembic_utils.pg_function import PGFunction
from alembic_utils.pg_grant_table import PGGrantTable, PGGrantTableChoice
from alembic_utils.pg_materialized_view import PGMaterializedView
from alembic_utils.pg_policy import PGPolicy
from alembic_utils.pg_trigger import PGTrigger
from alembic_utils.pg_view import PGView
from alembic_utils.replaceable_entity import registry

plain = PGView(schema="public", signature="plain", definition="select id, name from places;")
nasty = PGView(
    '"My Schema"',
    '"Nasty View"',
    r"""
    -- a comment: with a colon; and 100 %
    select 'a:b' as "a:b", '10 %' as "%", '%s %(x)s %%' as s, E'\n\:x' as e, 7 % 3 as m,
           now()::date::text as d, 'x\:y' as z, '\:name' as q, ' \:also' as r, $$it''s \: $$ as t,
           (array[1, 2, 3])[2\:3] as part, 'ü ;' as u /* : ; */
      from "My Schema"."Odd Table" ; """,
)
stored = PGMaterializedView("public", "stored", "select id, name || ':' || '%' as what from places;")
empty = PGMaterializedView("My Schema", "Empty One", "select 1 as one, 'a\\:b' as two", with_data=False)

functions = [
    PGFunction(
        "public", "spell(n integer default 1, t text default 'a:b,c')",
        "returns text language sql immutable as $$ select n::text || ':x' || E'\\:' || t || '%' $$;",
    ),
    PGFunction(
        schema="My Schema", signature="Count It(places)",
        definition=r"""
        returns integer language plpgsql as $body$
        declare n integer := 1; m integer:=2; a integer[] := '{1,2}';
        begin
          -- counts: really
          select count(*) into n from places where name like '%:%' or name = 'x:y' or name = '\:z';
          if n::bigint > 1 then raise notice 'n: % :m %', n, a[1:2]; end if;
          return n;
        end $body$
        """,
    ),
    PGFunction.from_sql("""create or replace function public.swap(a int, out b int, out c text)
        returns record language sql as 'select a, ''\\:''::text'"""),
]
counted = (PGTrigger(
    "public", "touches", "before insert or update of name on places for each row "
    "when (new.name <> 'a:b' and new.name not like '%') execute function public.touch('x:y', '10%')",
    on_entity="public.places",
), PGTrigger(
    schema="public", signature="Checks", is_constraint=True, on_entity="places",
    definition="after insert ON public.places deferrable initially deferred for each row execute procedure touch()",
))
policies = {
    PGPolicy("public", "readers", on_entity="places",
             definition="as permissive for select to pg_monitor, public using (name <> 'a:b' and id % 2 = 0)"),
    PGPolicy("public", '"writers"', 'for insert with check (name = current_user::text)', 'public."places"'),
}
grants = [
    PGGrantTable("public", "places", "pg_monitor", "SELECT", columns=["name", "id", '"Größe"']),
    PGGrantTable("public", "places", "pg_monitor", "UPDATE", columns=["name"]),
    PGGrantTable("public", "places", "pg_monitor", PGGrantTableChoice.DELETE),
    PGGrantTable("public", "places", "pg_monitor", PGGrantTableChoice.TRIGGER, with_grant_option=True),
    PGGrantTable("public", "places", "public", "TRUNCATE"),
    PGGrantTable("My Schema", '"Odd Table"', "pg_signal_backend", "INSERT", ['"b:c"', "a"], with_grant_option=True),
]
vector = PGExtension("My Schema", "vector")
'''


def declared(project: Project) -> Declared:
    with project.at_work() as settings:
        return collect(settings)


def module(source: str) -> ModuleType:
    made = ModuleType("objects")
    exec(source, vars(made))
    return made


def objects(source: str) -> list[Any]:
    """The objects of a module's text, by alembic_utils' own class."""
    from alembic_utils.replaceable_entity import ReplaceableEntity

    found = []
    for value in vars(module(source)).values():
        found += [*value] if isinstance(value, list | tuple | set) else [value]
    return [value for value in found if isinstance(value, ReplaceableEntity)]


def test_what_alembic_utils_creates_is_what_its_objects_mean_to_us(
    tmp_path: Path, database: Database, server: Server
) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/entities.py": OBJECTS})
    entities = declared(project).entities
    with servers.new_database(server) as other:
        for one in (database, other):
            one.execute(TABLES)
        theirs = create_engine(database.url.replace("postgresql:", "postgresql+psycopg:"))
        ours = create_engine(other.url.replace("postgresql:", "postgresql+psycopg:"))
        with theirs.connect() as left, ours.connect() as right:
            for value in objects(OBJECTS):
                left.execute(value.to_sql_statement_create())
            for entity in entities.values():
                for statement in entity.create_statements():
                    run(right, statement)
            left.commit()
            right.commit()
            found = [{i: d.sql for i, d in catalog.snapshot(side).items()} for side in (left, right)]
            assert found[1] == found[0]
            assert entities.keys() <= found[0].keys()
        theirs.dispose()
        ours.dispose()
        assert observer.difference(observer.dump(database), observer.dump(other)) == ""


MEANINGS = {
    # SQLAlchemy takes it for a parameter, so alembic_utils cannot create it.
    "select ' :b' as b, ':c' as c": ["select ' :b' as b, ':c' as c"],
    "select 1 as n -- no more": ["select 1 as n -- no more;"],  # a comment takes in the semicolon
    "select 1 as n; /* and */ comment on view public.v is '\\:x;';": [
        "select 1 as n",
        "comment on view public.v is ':x;'",
    ],
}


@pytest.mark.parametrize("definition", MEANINGS)
def test_what_a_definition_means(definition: str) -> None:
    from alembic_utils.pg_view import PGView

    found = list(statements_of(PGView("public", "v", definition)))
    assert [sql.removeprefix('CREATE VIEW "public"."v" AS ') for sql in found] == MEANINGS[definition]


AS_GENERATED = """
{objects}

def upgrade():
    for value in list(globals().values()):
        for one in value if isinstance(value, (list, tuple, set)) else [value]:
            if not isinstance(one, ReplaceableEntity):
                continue
            name = one.to_variable_name()
            if name.isidentifier():
                made = dict(globals())
                exec(one.render_self_for_migration(), made)
                one = made[name]
            op.create_entity(one)
"""


def test_what_its_revisions_made_is_adopted(tmp_path: Path, database: Database) -> None:
    """Of a single colon its generated revisions make another text, for all but views and PL/pgSQL."""
    project = Project(tmp_path, database.url)
    project.write({"app/entities.py": OBJECTS})
    imported = "from alembic_utils.replaceable_entity import ReplaceableEntity\n"
    made = AS_GENERATED.replace("{objects}", imported + OBJECTS)
    write_history(project, {"1": f"def upgrade():\n    op.execute({TABLES!r})\n", "2": made})
    lines = project.make().lines
    assert sorted(line for sign, line in lines if sign != "=") == [
        "Replace function public.spell(integer, text)",
        "Replace function public.swap(integer)",
        "Replace policy readers on public.places",
        "Replace trigger touches on public.places",
    ]
    assert len([sign for sign, _ in lines if sign == "="]) == len(declared(project).entities)
    project.migrate()
    assert not project.make().changed
    assert set(project.states().values()) == {"applied"}


def test_an_existing_layout_need_not_be_renamed(tmp_path: Path, database: Database) -> None:
    """What `apps` names is read whatever its name: a module whole, of a package the objects of other libraries."""
    project = Project(tmp_path, database.url)
    view = 'PGView("public", "{0}", "select 1 as n")\n'
    imported = "from alembic_utils.pg_view import PGView\n"
    project.write(
        {
            "app/db/views.py": f"{imported}one = {view.format('one')}all_of_them = [one]",
            "app/db/other.py": f"{imported}no = {view.format('unlisted')}",
            "app/replaceable/__init__.py": "from app.db.views import one\nfrom app.replaceable.deep import two",
            "app/replaceable/deep.py": f"{imported}two = {view.format('two')}",
            "tables.py": "from sqlalchemy import MetaData\nfrom cucurbit import View\nmetadata = MetaData()\n"
            "three = View('three', 'select 1 as n')",
        }
    )
    with project.at_work() as settings:
        apps = ["app", "app.db.views", "app.replaceable", "tables"]
        found = collect(settings.model_copy(update={"apps": apps}))
    assert {str(i): str(e.origin) for i, e in found.entities.items()} == {
        "view public.one": "app/db/views.py:2:1",
        "view public.two": "app/replaceable/deep.py:2:1",
        "view public.three": "tables.py:4:1",
    }
    assert len(found.metadata) == 1


WRONG = {
    'one = PGView("public", "v", "select 1 as n")\ntwo = PGView("public", "v", "select 2 as n")': (
        DuplicateError,
        "app/entities.py:3:1: view public.v is defined twice: first at app/entities.py:2:1",
    ),
    '\nbroken = PGView("public", "v", "select \'a:b from c")': (SqlError, "app/entities.py:3:1: unterminated"),
    'broken = PGTrigger("public", "t", "before insert", "public.x")': (
        SqlError,
        "app/entities.py:2:1: alembic_utils makes no statement of PGTrigger",
    ),
}


@pytest.mark.parametrize("source", WRONG)
def test_what_is_wrong_is_said_at_its_place(source: str, tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    imported = "from alembic_utils.pg_view import PGView; from alembic_utils.pg_trigger import PGTrigger\n"
    project.write({"app/entities.py": imported + source})
    error, text = WRONG[source]
    with pytest.raises(error) as raised:
        declared(project)
    assert str(raised.value).startswith(text)


# A history as it comes about: theirs, ours and theirs again. The first imports alembic_utils while it runs.
HISTORY = {
    "1": """
def upgrade():
    op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), sa.Column("note", sa.Text))
    op.create_entity("create view ours as select id, ':a' as a, 10 % 3 as m from orders")


def downgrade():
    op.drop_entity("create view ours as select id, ':a' as a, 10 % 3 as m from orders")
    op.drop_table("orders")
""",
    "2": """
def upgrade():
    from alembic_utils.pg_view import PGView

    public_theirs = PGView(
        schema="public",
        signature="theirs",
        definition="select id, 'a:b' as a, '\\\\:c' as c, 7 % 3 as m, '5 %' as p from orders"
    )
    op.create_entity(public_theirs)
    op.replace_entity("create view ours as select 1 as id, ':a' as a, 3 % 2 as m",
                      "create view ours as select id, ':a' as a, 10 % 3 as m from orders")


def downgrade():
    from alembic_utils.pg_view import PGView

    op.replace_entity(new="create view ours as select id, ':a' as a, 10 % 3 as m from orders",
                      old="create view ours as select 1 as id, ':a' as a, 3 % 2 as m")
    public_theirs = PGView(schema="public", signature="theirs", definition="# not required for op")
    op.drop_entity(public_theirs, cascade=True)
""",
    "3": """
from alembic_utils.depends import recreate_dropped
from alembic_utils.pg_function import PGFunction
from alembic_utils.pg_grant_table import PGGrantTable
from alembic_utils.pg_view import PGView
from sqlalchemy import text as sql_text

ALL = [
    PGFunction("public", "f(a integer)", "returns text language plpgsql as $$ begin a := 1; return ':%' || a; end $$"),
    PGGrantTable("public", "orders", "pg_monitor", "SELECT", columns=["id"]),
]


def upgrade():
    for entity in ALL:
        op.create_entity(entity)
    view = PGView("public", "theirs", "select id, 'other' as other from orders")
    op.replace_entity(target=view)
    op.create_entity(sql="create view on_top as select * from theirs")
    with recreate_dropped(op.get_bind()):
        op.drop_entity(view, cascade=True)
        op.alter_column("orders", "id", type_=sa.BigInteger)


def downgrade():
    op.drop_entity("create view on_top as select * from theirs")
    op.drop_entity(PGView("public", "theirs", ""))
    op.alter_column("orders", "id", type_=sa.Integer)
    old = "select id, 'a:b' as a, '\\\\:c' as c, 7 % 3 as m, '5 %' as p from orders"
    op.create_entity(PGView("public", "theirs", old))
    for entity in reversed(ALL):
        op.drop_entity(entity)
""",
}


def write_history(project: Project, history: dict[str, str]) -> None:
    before = None
    for name, body in history.items():
        head = f'"""Number {name}"""\nimport sqlalchemy as sa\nfrom alembic import op\n\nrevision = "{name}"\n'
        project.write({f"migrations/versions/{name}.py": f"{head}down_revision = {before!r}\n{body}"})
        before = name


ENV = """
from alembic_utils.pg_view import PGView
from alembic_utils.replaceable_entity import register_entities
from cucurbit.migrations.env import run

register_entities([PGView("public", "registered", "select 1 as n")])
run()
"""
MODELS = """
from sqlalchemy import BigInteger, Column, MetaData, Table, Text

metadata = MetaData()
Table("orders", metadata, Column("id", BigInteger, primary_key=True), Column("note", Text))
"""
DECLARED = """
create view ours as select 1 as id, ':a' as a, 3 % 2 as m;
create view on_top as select * from theirs;
"""
OURS = ("cucurbit_ledger*", "alembic_version")


def test_old_revisions_run_as_ever_among_ours(tmp_path: Path, database: Database, server: Server) -> None:
    project = Project(tmp_path, database.url)
    write_history(project, HISTORY)
    project.write({"pyproject.toml": '[tool.alembic]\nscript_location = "migrations"\n'})
    dumps = [observer.dump(database)]
    for name in HISTORY:
        assert project.migrate(name) == 1
        dumps.append(observer.dump(database, OURS))
    assert database.execute("select pg_get_functiondef('f'::regproc) like '%return '':%''%'") == [(True,)]
    assert "':c'::text AS c" in dumps[2]
    for before in reversed(dumps[:-1]):
        assert project.migrate("-1") == 1
        assert observer.difference(before, observer.dump(database, OURS)) == ""
    project.write({"migrations/env.py": ENV, "app/models.py": MODELS, "app/entities/ours.sql": DECLARED})
    with project.at_work():
        command.upgrade(Config(toml_file="pyproject.toml"), "head")
        assert observer.difference(dumps[-1], observer.dump(database, OURS)) == ""
        command.check(Config(toml_file="pyproject.toml"))  # their comparator would drop what it was not told of
    with servers.new_database(server) as other:
        script = run_command(project, "migrate", "--sql", "zero:2").out
        other.execute(script)
        assert observer.difference(dumps[2], observer.dump(other, OURS)) == ""


def test_what_is_not_run_is_read(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    write_history(project, HISTORY)
    plan = run_command(project, "migrate", "--plan").lines
    assert [line.strip() for line in plan if "PG" in line or "alembic_utils" in line] == [
        "+ Create PGView public.theirs",
        "+ Create an object of alembic_utils",
        "~ Replace PGView public.theirs",
        "- Drop PGView public.theirs",
    ]
    assert project.migrate(fake=True) == 3
    assert run_command(project, "showmigrations").code == 0
    assert project.states() == {"view public.ours": "missing", "view public.on_top": "missing"}


NOT_LITERALS = {
    'VIEW = "create view v as select 1"\nfrom alembic_utils.pg_view import PGView\n\ndef upgrade():\n'
    "    op.create_entity(VIEW)\n": True,
    "from app.views import view\n\ndef upgrade():\n    op.create_entity(view)\n": True,
    "from app.views import view\nimport alembic_utils\n\ndef upgrade():\n    op.create_entity(view)\n": False,
}


@pytest.mark.parametrize("body", NOT_LITERALS)
def test_what_cannot_be_told_is_refused_and_not_passed_over(body: str, tmp_path: Path) -> None:
    (tmp_path / "1.py").write_text(f'revision = "1"\ndown_revision = None\n{body}')
    file = reader.read([tmp_path / "1.py"])["1"]
    if NOT_LITERALS[body]:
        with pytest.raises(HistoryError, match="not a literal"):
            file.changes("public")
    else:
        assert file.changes("public") == []


ROWS = """
select 'class', oid, xmin::text, ctid::text from pg_class where relnamespace = 'public'::regnamespace
  and relname !~ 'cucurbit|alembic_version' and relkind <> 'i'
union all select 'proc', oid, xmin::text, ctid::text from pg_proc where pronamespace = 'public'::regnamespace
union all select 'trigger', oid, xmin::text, ctid::text from pg_trigger
union all select 'policy', oid, xmin::text, ctid::text from pg_policy
union all select 'rewrite', oid, xmin::text, ctid::text from pg_rewrite where oid > 16384
union all select 'column', attrelid, xmin::text, ctid::text from pg_attribute where attacl is not null
order by 1, 2, 3, 4
"""


def test_the_move_runs_no_ddl(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    project.write({"settings.toml": (tmp_path / "settings.toml").read_text().replace('"app"', '"app", "app.db.all"')})
    assert replaceable.write(project, database, 50) >= 200
    before = database.execute(ROWS)
    made = project.make()
    assert {line.partition(" ")[0] for _, line in made.lines} == {"Adopt"}
    assert project.migrate() == 1
    assert not project.make().changed
    assert set(project.states().values()) == {"applied"}
    assert project.migrate("-1") + project.migrate() == 2
    assert database.execute(ROWS) == before

    with project.at_work() as settings:
        found = rewrite(settings, "alembic_utils")
    assert found.left == []
    assert {name: text for name, text in modules(project).items() if name != "app/models.py"} == {
        "app/__init__.py": "",
        "app/db/__init__.py": "",
        "app/db/views.py": replaceable.VIEWS,
        "app/db/logic.py": replaceable.LOGIC.rstrip("\n") + "\n",
        "app/db/all.py": "from app.db.logic import *\nfrom alembic_utils.pg_grant_table import PGGrantTable\n\n"
        "VIEWS = []\nGRANTS = []\n",
    }
    assert not project.make().changed
    assert set(project.states().values()) == {"applied"}
    assert database.execute(ROWS) == before


def modules(project: Project) -> dict[str, str]:
    return {str(p.relative_to(project.path)): p.read_text() for p in sorted((project.path / "app").rglob("*.py"))}


MIXED = """from alembic_utils.pg_function import PGFunction  # kept
from alembic_utils.pg_view import PGView
import os


HERE = os.sep

# the first
one = PGView("public", "one", "select 1 as n")  # goes
two: PGView = PGView(
    "public",
    "two",
    "select 'ü' as n",
)


def about():
    from app.entities.more import three

    return PGFunction("public", three.signature, "")


ALL, PAIR, SET = [
    one,  # one
    two,
], (about, two), {one}
__all__ = ["one", "ALL"]
four = PGView("public", "four", "select 4 as n"); five = 5
made = [PGView("public", f"made_{n}", "select 1 as n") for n in range(2)]
listed = [PGView("public", "listed", "select 1 as n"), PGView("public", "last", "select 2 as n")]

def end(): ...
"""
MORE = """from alembic_utils.pg_grant_table import PGGrantTable as Grant
from alembic_utils.pg_view import PGView
from . import mixed
three = PGView("public", "three", "select 3 as n")
entities = [mixed.one, three]
a = Grant("public", "t", "pg_monitor", "DELETE")
b = Grant("public", "t", "pg_monitor", "TRIGGER")
USED = str(b)
"""
ENV_OF_THEIRS = """from alembic_utils.replaceable_entity import register_entities
from app.entities.mixed import one, two as other, ALL
register_entities([one, other])
register_entities(ALL)
"""


def test_objects_go_and_the_rest_stays_byte_for_byte(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    project.write(
        {
            "app/entities/__init__.py": "",
            "app/entities/mixed.py": MIXED.replace("\n", "\r\n"),
            "app/entities/more.py": MORE,
            "app/entities/public/view/listed.sql": "create view other as select 1 as n -- last",
            "migrations/theirs.py": ENV_OF_THEIRS,
        }
    )
    before = {identity: entity.hash for identity, entity in declared(project).entities.items()}
    dry = run_command(project, "adopt", "--from", "alembic_utils", "--dry-run")
    assert dry.code == 1
    assert "-register_entities([one, other])" in dry.lines
    assert (tmp_path / "app/entities/mixed.py").read_bytes() == MIXED.replace("\n", "\r\n").encode()
    assert run_command(project, "adopt", "--from", "alembic_utils").out == WORDS
    for name, text in (("app/entities/mixed.py", GONE), ("migrations/theirs.py", GONE_ENV)):
        assert (tmp_path / name).read_bytes().decode().replace("\r\n", "\n") == text
    assert {identity: entity.hash for identity, entity in declared(project).entities.items()} == before


GONE = """from alembic_utils.pg_function import PGFunction  # kept
from alembic_utils.pg_view import PGView
import os


HERE = os.sep

# the first


def about():
    from app.entities.more import three

    return PGFunction("public", three.signature, "")


ALL, PAIR, SET = [], (about,), set()
__all__ = ["ALL"]
four = PGView("public", "four", "select 4 as n"); five = 5
made = [PGView("public", f"made_{n}", "select 1 as n") for n in range(2)]
listed = []

def end(): ...
"""
GONE_ENV = """from alembic_utils.replaceable_entity import register_entities
from app.entities.mixed import ALL
register_entities([])
register_entities(ALL)
"""
WORDS = """Wrote app/entities/public/view/last.sql: view public.last
Wrote app/entities/public/view/listed.sql: view public.listed
Wrote app/entities/public/view/one.sql: view public.one
Wrote app/entities/public/view/two.sql: view public.two
Removed one at app/entities/mixed.py:9:1
Removed two at app/entities/mixed.py:10:1
Removed listed at app/entities/mixed.py:30:1
mixed at app/entities/more.py:3:1 is imported, and nothing there uses it any more.
Left alone at app/entities/mixed.py:28:1: view public.four (no assignment of its own makes it)
Left alone at app/entities/mixed.py:29:1: view public.made_0 (no assignment of its own makes it)
Left alone at app/entities/mixed.py:29:1: view public.made_1 (no assignment of its own makes it)
Left alone at app/entities/mixed.py:20:1: view public.three (the code there needs the object)
Left alone at app/entities/more.py:6:1: grant on table public.t to pg_monitor (another object that says a part of the \
same stays)
Left alone at app/entities/more.py:8:1: grant on table public.t to pg_monitor (the code there needs the object)
The next step: makemigrations, which finds no changes.
"""


def test_what_cannot_be_written_whole_is_not_written(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", "postgresql://")
    text = (
        "from alembic_utils.pg_view import PGView\n\none = PGView('public', 'one', 'select 1 as n')\n" + "# more\n" * 99
    )
    project.write({"app/entities/views.py": text})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with project.at_work() as settings:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))
        try:
            with pytest.raises(OSError, match="too large"):
                rewrite(settings, "alembic_utils")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (project.path / "app/entities/views.py").read_text() == text
    assert not list(project.path.rglob("*.sql"))
