"""Names and values that are SQL, or Python, or a template, if anybody forgets to quote them.

Of the settings, the models, the declarations, the revisions and the database.
`LAWS=200 pytest tests/test_hostile_names.py` tries that many examples, other ones every time.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st

from cucurbit.actions import migrate
from cucurbit.sql.names import literal, qualify, quote
from tests import observer
from tests.project import NAME, Project
from tests.servers import Database, Server, new_database
from tests.shell import Answer, run
from tests.strategies import names, schemas, texts

EXAMPLES = int(os.environ.get("LAWS", "2"))

ATTACK = "'; drop table canary.rows; --"
OTHER = '"; drop table canary.rows; --'
DOLLARS = "$$; drop table canary.rows; $$"

CANARY = "create schema canary; create table canary.rows (n integer); insert into canary.rows values (42);"

MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table(
    {table!r},
    metadata,
    sa.Column({key!r}, sa.Integer, primary_key=True, autoincrement=False),
    sa.Column({column!r}, sa.{type}, sa.CheckConstraint({check!r}), server_default={default!r}, comment={text!r}),
    sa.Column("state", sa.Enum({value!r}, "other", name={enum!r}), server_default={value!r}),
    sa.Index({index!r}, {column!r}),
    comment={text!r},
)
"""


@dataclass(frozen=True)
class Names:
    """What is called how."""

    project: str
    home: str
    ledger: str
    room: str
    table: str
    key: str
    column: str
    enum: str
    value: str
    index: str
    view: str
    function: str
    trigger: str
    theirs: str
    role: str
    text: str
    revision: str

    @property
    def is_possible(self) -> bool:
        """Whether PostgreSQL has room for all of them beside each other."""
        relations = {self.table, self.index, self.view, self.theirs, f"{self.table}_pkey", "alembic_version"}
        implied = {self.table, self.enum, self.view, self.theirs}
        return (
            len(relations) == 6
            and len(implied) == 4
            and len({self.key, self.column, "state"}) == 3
            and self.home not in ("canary", self.room)
            and self.room != "canary"
            and self.value != "other"
            and self.index != f"{self.table}_pkey"
            and (self.room, self.ledger) != (self.home, self.table)
        )

    def settings(self, url: str) -> str:
        own = {"name": f"{NAME} {self.project}", "schema": self.home, "databases.default.url": url}
        own["ledger.table"] = f"{self.room}.{self.ledger}"
        return 'apps = ["app"]\n' + "".join(f"{key} = {_toml(value)}\n" for key, value in own.items())

    def models(self, type_: str) -> str:
        check = f"state::text <> {literal(self.text)}"
        return MODELS.format(**vars(self), type=type_, check=check.replace(":", r"\:"), default="7")

    def entities(self, factor: int) -> str:
        table, view, function = (qualify((self.home, name)) for name in (self.table, self.view, self.function))
        own = f"create view {view} as select {quote(self.column)} * {factor} as {quote(self.column)} from {table}"
        return ";\n".join(
            (
                own,
                f"comment on view {view} is {literal(self.text)}",
                f"grant select on {view} to {quote(self.role)}",
                f"create function {function}() returns trigger language plpgsql as"
                f" {literal(f'begin perform {literal(self.text)}, {factor}; return new; end')}",
                f"create trigger {quote(self.trigger)} before update on {table}"
                f" for each row execute function {function}()",
                f"alter default privileges for role {quote(self.role)} in schema {quote(self.home)}"
                f" grant select on tables to {quote(self.role)}",
            )
        )

    def by_hand(self) -> str:
        theirs, view = qualify((self.home, self.theirs)), qualify((self.home, self.view))
        return f"""
            create view {theirs} as
            select {quote(self.column)}, {literal(self.text)}::text as {quote(self.key)} from {view};
            comment on view {theirs} is {literal(self.text)};
            comment on column {theirs}.{quote(self.column)} is {literal(self.text)};
            grant select on {theirs} to {quote(self.role)} with grant option;
            alter view {theirs} alter column {quote(self.column)} set default 7;
        """


# A .sql file has one sort of end of line, and Alembic makes a tab four blanks in --sql.
_texts = texts.map(lambda text: text.replace("\r", "").replace("\t", "")).filter(bool)
_names = names.filter(lambda name: not set(name) & set("\r\t"))
_schemas = schemas.filter(lambda name: not set(name) & set("\r\t"))
_values = _texts.filter(lambda text: 0 < len(text.encode()) <= 63)
everything = st.builds(
    Names,
    project=_texts.filter(lambda text: text.strip()),
    home=_schemas,
    ledger=_names.filter(lambda name: "." not in name),
    room=_schemas.filter(lambda name: "." not in name),
    table=_names,
    key=_names,
    column=_names,
    # SQLAlchemy takes these for parts of a type's name, and `int` for PostgreSQL's.
    enum=_names.filter(lambda name: name != "int" and not set(name) & set("()[].")),
    value=_values,
    index=_names,
    view=_names,
    function=_names,
    trigger=_names,
    theirs=_names,
    role=_names.filter(lambda name: len(name.encode()) < 40),
    text=_texts,
    revision=st.text(st.sampled_from("abc'\"; %$\\{}:\n"), min_size=1, max_size=20).filter(lambda r: r == r.strip()),
)


def attacked(with_: str) -> Names:
    """Every name is the attack, and what makes it different."""
    made = {name: f"{with_} {at}" for at, name in enumerate(Names.__dataclass_fields__)}
    made |= {name: made[name].replace(".", "·") for name in ("ledger", "room")}
    made["enum"] = made["enum"].translate(dict.fromkeys(map(ord, "()[].")))
    return Names(**made | {"revision": made["revision"].replace("-", "~")[:32].strip()})


@contextmanager
def hostile_database(server: Server, name: str) -> Iterator[Database]:
    """A database of that name, and something beside it which makes it the only one."""
    database = Database(f"{name.encode()[:40].decode(errors='ignore')} {uuid4().hex[:12]}", server)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"create database {quote(database.name)} template template0".encode())
        try:
            yield database
        finally:
            connection.execute(f"drop database {quote(database.name)} with (force)".encode())


@contextmanager
def hostile_role(server: Server, names: Names) -> Iterator[Names]:
    made = f"{names.role} {uuid4().hex[:12]}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"create role {quote(made)}".encode())
        try:
            yield Names(**{**vars(names), "role": made})
        finally:
            scratch = f"cucurbit_scratch_{hashlib.sha256(f'{NAME} {names.project}'.encode()).hexdigest()[:8]}_"
            kept = "select datname from pg_database where starts_with(datname, %s)"
            for (database,) in connection.execute(kept, [scratch]).fetchall():
                connection.execute(f"drop database {quote(database)} with (force)".encode())
            connection.execute(f"drop role {quote(made)}".encode())


REVISION = """
from alembic import op

revision = {revision!r}
down_revision = {down!r}


def upgrade():
    op.create_entity({sql!r})


def downgrade():
    op.drop_entity({sql!r})
"""


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="LAWS" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # to look for a smaller example takes seconds for each
)
@given(everything)
@example(attacked(ATTACK))
@example(attacked(OTHER))
@example(attacked(DOLLARS))
@example(Names(**vars(attacked("a")) | {"enum": "😍}"}))
@example(attacked("%(a)s %s :name \\ {0} ${x}"))
def test_the_database_has_what_was_declared_and_no_less(server: Server, drawn: Names) -> None:
    assume(drawn.is_possible)
    with (
        TemporaryDirectory() as folder,
        hostile_role(server, drawn) as names,
        hostile_database(server, names.project) as database,
    ):
        database.execute(CANARY)
        project = Project(Path(folder), database.url)
        project.write({"settings.toml": names.settings(database.url)})
        project.write({"app/models.py": names.models("Integer"), "app/entities/all.sql": names.entities(1)})
        nothing = observer.dump(database)
        goes_all_the_way(project, database, names)
        project.migrate("zero")
        keep = f"drop schema {quote(names.room)} cascade; drop table {qualify((names.home, 'alembic_version'))};"
        database.execute(keep + ("" if names.home == "public" else f"drop schema {quote(names.home)};"))
        assert observer.difference(nothing, observer.dump(database)) == ""
        assert database.execute("select n from canary.rows") == [(42,)]


def goes_all_the_way(project: Project, database: Database, names: Names) -> None:
    revisions = project.make(names.text or None).paths
    assert len(revisions) == 1
    project.migrate()
    applied(project)
    database.execute(names.by_hand())
    theirs = "select pg_get_viewdef(c.oid), obj_description(c.oid), relacl::text, col_description(c.oid, 1), relname"
    theirs += f" from pg_class c where relname = {literal(names.theirs)} and relkind = 'v'"
    before = database.execute(theirs)
    assert before[0][1] == (names.text or None)

    project.write({"app/models.py": names.models("BigInteger"), "app/entities/all.sql": names.entities(2)})
    assert project.make().changed
    project.migrate()
    applied(project)
    assert database.execute(theirs) == before
    stored = "select col_description(c.oid, 2) from pg_class c where relname = %s and relkind = 'r'"
    assert database.execute(stored, names.table) == [(names.text or None,)]

    sql = f"create view {qualify((names.home, 'by_hand'))} as select {literal(names.revision)}::text as x"
    down = project.revisions[-1].stem
    project.write({"migrations/versions/9999.py": REVISION.format(revision=names.revision, down=down, sql=sql)})
    if set(names.revision) & set("'\\\n:"):
        for word in ("migrate", "showmigrations", "makemigrations"):
            answer = run(project, word)
            assert answer.code == 1
            assert answer.err.startswith("Error: migrations/versions/9999.py:1:1: "), answer.err
        project.write({"migrations/versions/9999.py": None})
    for command in (["migrate"], ["migrate", "--plan"], ["showmigrations"], ["showentities", "--all", "--diff"]):
        accepted(run(project, *command))
    written = script(project)
    with new_database(database.server) as other:
        other.execute(CANARY)
        other.execute(written)
        database.execute(f"drop view {qualify((names.home, names.theirs))}")
        assert observer.difference(observer.dump(database), observer.dump(other)) == ""
        assert other.execute("select n from canary.rows") == [(42,)]


def applied(project: Project) -> None:
    assert set(project.states().values()) == {"applied"}
    made = project.make(write=False)
    assert (made.lines, made.residue) == ([], [])


def accepted(answer: Answer) -> None:
    assert answer.code == 0, answer.text


def script(project: Project) -> str:
    with project.at_work() as settings:
        output = StringIO()
        migrate.sql(settings, "zero:head", output)
        return output.getvalue()


def _toml(text: str) -> str:
    """A string of TOML, in which no character is two halves of a pair."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", r"\u007f")


# -- names that PostgreSQL cuts ----------------------------------------------------------------------------------------

LONG = "ä" * 40  # 80 bytes, of which 63 are room for 31 of them and the half of one

TABLE = """
import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table({table!r}, metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column({column!r}, sa.Integer){more})
"""


def model(table: str = "t", column: str = "c", more: str = "") -> dict[str, str]:
    return {"app/models.py": TABLE.format(table=table, column=column, more=more)}


def entity(sql: str) -> dict[str, str]:
    return {"app/entities/all.sql": sql}


CUT = {
    "table": model(table=LONG),
    "column": model(column=LONG),
    "index": model(more=f', sa.Index({LONG!r}, "c")'),
    "check": model(more=f', sa.CheckConstraint("c > 0", name={LONG!r})'),
    "enum": model(more=f', sa.Column("e", sa.Enum("a", name={LONG!r}))'),
    "enum value": model(more=f', sa.Column("e", sa.Enum({LONG!r}, name="e"))'),
    "objects": entity(f"""
        create schema "{LONG}"; create view "{LONG}".v as select 1 as "{LONG}";
        create function "{LONG}"("{LONG}" integer) returns integer language sql as 'select 1';
        create type "{LONG}" as ("{LONG}" integer);
    """),
    "trigger and policy": model()
    | entity(f"""
        create policy "{LONG}" on t using (true); alter table t enable row level security;
        create trigger "{LONG}" before update on t
          for each row execute function suppress_redundant_updates_trigger();
    """),
    "role": entity(f'create view v as select 1 as n; grant select on v to "{LONG}";'),
    "schema setting": {"settings.toml": f'schema = "{LONG}"'},
    "ledger": {"settings.toml": f'ledger.table = "{LONG}"'},
    "schema of the ledger": {"settings.toml": f'ledger.table = "{LONG}.ledger"'},
}


@pytest.mark.parametrize("files", CUT.values(), ids=CUT)
def test_a_name_that_is_too_long_works_or_is_refused(database: Database, tmp_path: Path, files: dict[str, str]) -> None:
    project = Project(tmp_path, database.url)
    project.write(files)
    made = run(project, "makemigrations")
    assert "Traceback" not in made.text
    if made.code == 1:
        assert made.err.startswith("Error: "), made.text
        assert len(made.lines) <= 24
        assert project.revisions == []
        return
    project.migrate()
    assert run(project, "makemigrations").out == "No changes detected\n"
    assert set(project.states().values()) <= {"applied"}
