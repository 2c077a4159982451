"""Laws: what holds for any name, any text and any layout, tried on examples that hypothesis makes.

`LAWS=5000 pytest tests/test_laws.py` tries that many of each, other ones every time.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import render_python_code
from alembic.operations import ops
from alembic.util import template_to_file
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from cucurbit.database import catalog
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import PlanError
from cucurbit.migrations import render  # noqa: F401 - registers the renderer of operations
from cucurbit.migrations.digest import digest
from cucurbit.migrations.operations import EntityOp
from cucurbit.planning.change import differs
from cucurbit.planning.order import Step, Thing, order
from cucurbit.sql.names import is_catalog_type, literal, qualify, quote, type_name
from tests.project import ROOT
from tests.servers import Database, Server
from tests.strategies import Definition, definitions, gaps, identities, names, texts

LONG = "LAWS" in os.environ

law = settings(
    max_examples=int(os.environ.get("LAWS", "40")),
    deadline=None,
    derandomize=not LONG,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

PLAIN = re.compile(r"[a-z_]+\Z")
REPLACEABLE = ("view", "function", "procedure", "aggregate", "trigger", "rule")


def test_quotes_need_no_blank_before_them() -> None:
    tight = Entity.from_sql("""create procedure"a,b"."with space"("x y"int)language sql as '3'""")
    loose = Entity.from_sql("""create procedure "a,b"."with space" ("x y" int) language sql as '3'""")
    assert (tight.identity, tight.hash) == (loose.identity, loose.hash)


# -- the canonical form -----------------------------------------------------------------------------------------------


@law
@given(definitions)
def test_canonical_form_is_its_own_canonical_form(definition: Definition) -> None:
    entity = Entity.from_sql(definition.sql)
    again = Entity.from_sql(entity.canonical)
    assert (again.canonical, again.hash, again.identity) == (entity.canonical, entity.hash, entity.identity)


@law
@given(definitions, st.data())
def test_layout_comments_case_and_spellings_are_no_change(definition: Definition, data: st.DataObject) -> None:
    entity, other = Entity.from_sql(definition.sql), Entity.from_sql(_laid_out(definition, data))
    assert other.hash == entity.hash
    assert other.identity == entity.identity
    assert not differs(other, entity)


@law
@given(definitions, texts, st.data())
def test_other_constant_is_a_change(definition: Definition, constant: str, data: st.DataObject) -> None:
    spelled = literal(definition.constant)
    for text in {constant, definition.constant + " ", " " + definition.constant} - {definition.constant}:
        tokens = tuple(literal(text) if token == spelled else token for token in definition.tokens)
        changed = Entity.from_sql(_laid_out(Definition(tokens, text), data))
        assert differs(changed, Entity.from_sql(definition.sql))


@law
@given(definitions, st.data())
def test_statement_that_replaces_says_the_same(definition: Definition, data: st.DataObject) -> None:
    entity = Entity.from_sql(data.draw(gaps) + _laid_out(definition, data))
    if entity.kind in REPLACEABLE:
        (statement,) = entity.replace_statements(entity) or [""]
        assert Entity.from_sql(statement).tree.fields["replace"]
        assert Entity.from_sql(statement).hash == entity.hash


def _laid_out(definition: Definition, data: st.DataObject) -> str:
    """The statement written in another way that means the same."""
    tokens = [spelled(token, data) for token in definition.tokens]
    if Entity.from_sql(definition.sql).kind in REPLACEABLE and data.draw(st.booleans()):
        tokens[1:1] = ["or", "replace"]
    return "".join(token + data.draw(gaps) for token in tokens) + data.draw(st.sampled_from(("", ";")))


def spelled(token: str, data: st.DataObject) -> str:
    """A token in another spelling that means the same."""
    if token == "int":
        return data.draw(st.sampled_from(("int", "integer", "INTEGER", "int4", "Int")))
    if PLAIN.match(token):
        return data.draw(st.sampled_from((token, token.upper(), token.title())))
    return token


# -- names ------------------------------------------------------------------------------------------------------------


@law
@given(identities)
def test_identity_is_read_back_from_its_text(identity: Identity) -> None:
    assert Identity.parse(identity.kind, identity.text) == identity


@law
@given(identities)
def test_identity_is_read_back_from_its_key(identity: Identity) -> None:
    if identity.on or identity.phrases:
        assert Identity.of_key(identity.kind, identity.key) == identity


@law
@given(st.lists(names, min_size=3, max_size=3), names.filter(lambda name: name not in ("public", "none")))
def test_what_is_said_of_an_object_is_known_by_its_names(named: list[str], role: str) -> None:
    table, column, who = qualify(named[:2]), quote(named[2]), quote(role)
    to = (("to", role),)
    expected = {
        f"comment on column {table}.{column} is 'x'": Identity("comment", tuple(named), on="on column"),
        f"comment on trigger {column} on {table} is 'x'": Identity("comment", tuple(named), on="on trigger"),
        f"grant select ({column}) on {table} to {who}": Identity("grant", tuple(named), None, "on column", to),
        f"grant all on {table} to {who}": Identity("grant", tuple(named[:2]), None, "on table", to),
        f"alter view {table} owner to {who}": Identity("owner", tuple(named[:2]), on="of table"),
        f"grant {column} to {who}": Identity("role membership", (named[2],), phrases=to),
        f"create role {who}": Identity("role", (role,)),
    }
    for sql, identity in expected.items():
        entity = Entity.from_sql(sql)
        again = Entity.from_sql(entity.canonical)
        assert entity.identity == again.identity == Identity.parse(identity.kind, identity.text) == identity
        assert again.hash == entity.hash


@law
@given(identities, identities)
def test_two_identities_have_two_texts(one: Identity, other: Identity) -> None:
    assert (str(one) == str(other)) == (one == other)


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        yield connection


@law
@given(st.lists(texts, min_size=1, max_size=20))
@pytest.mark.parametrize("standard_conforming_strings", ["on", "off"])
def test_server_reads_a_literal_as_its_text(
    connection: psycopg.Connection[Any], standard_conforming_strings: str, values: list[str]
) -> None:
    connection.execute(f"set standard_conforming_strings = {standard_conforming_strings}".encode())
    connection.execute("set escape_string_warning = off")
    row = connection.execute(("select " + ", ".join(map(literal, values))).encode()).fetchone()
    assert row is not None
    assert list(row) == values


@law
@given(st.lists(names, min_size=1, max_size=20))
def test_server_reads_a_quoted_name_as_the_name(connection: psycopg.Connection[Any], values: list[str]) -> None:
    columns = connection.execute(("select " + ", ".join(f"1 as {quote(n)}" for n in values)).encode()).description
    assert columns is not None
    assert [column.name for column in columns] == values
    # Where a bare name stands for a relation, too: after AS every word will do.
    for name in values:
        connection.execute(f"with {quote(name)} as (select 1) select * from {quote(name)}".encode())


SIGNATURES = """
    ;int;INTEGER, int4;int8, bigint, pg_catalog.int8;smallint, int2;"char";char;char(3), character(5), bpchar
    varchar, varchar(5), character varying(7), national character varying(3);numeric, numeric(3, 2), decimal, dec(4)
    float, float(10), float(30), real, double precision, float4, float8;bool, boolean
    timestamp, timestamp(3), timestamp without time zone, timestamp(0) with time zone, timestamptz
    time, time(2), timetz, time with time zone, date, interval, interval day to second, interval(2)
    bit, bit(3), bit varying, bit varying(5), varbit;int[];int[3];int[][];text array;int array[4];_int4;_text
    pg_catalog._int4;text, "text", pg_catalog.text, TEXT;name;json, jsonb, xml, uuid, bytea, oid, xid8, money, inet
    point, box, polygon, circle, tsvector, tsquery, int4range, int4multirange;regclass, regtype, regproc
    refcursor, record, void, anyelement, anyarray;anyelement;anyarray, anynonarray;cstring;internal
    mood;public.mood;mood[];shop.mood;shop.mood[];"Mood";"Mood"[];shop."Größe (cm)", shop."a,b"[];"interval"
    things;shop.things;things[];positive;shop.positive
    in a int, out b text;a int, inout b text, out c int;variadic a text[];in int, inout text
    a int default 1, b text = ',';a int, variadic b "any";pair
"""


@pytest.mark.servers("18", "14")
def test_declared_signature_is_the_one_in_the_catalog(database: Database) -> None:
    signatures = [signature.strip() for signature in SIGNATURES.strip().replace("\n", ";").split(";")]
    database.execute(
        """
        create schema shop;
        create type mood as enum ('a');
        create type shop.mood as enum ('a');
        create type "Mood" as enum ('a');
        create type shop."Größe (cm)" as enum ('a');
        create type shop."a,b" as (n int);
        create type pair as (a int, b int);
        create type "interval" as enum ('not the built-in one, which comes first');
        create table things (n int);
        create table shop.things (n int);
        create domain positive as int check (value > 0);
        create domain shop.positive as int check (value > 0);
        """
    )
    engine = create_engine(database.url.replace("postgresql:", "postgresql+psycopg:", 1))
    differing = {}
    with engine.connect() as connection:
        for signature in signatures:
            returns = "" if re.search(r"\b(in)?out ", signature) else "returns text"
            sql = f"create function f({signature}) {returns} language internal as 'textin'"
            savepoint = connection.begin_nested()
            connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
            (found,) = (i for i in catalog.snapshot(connection, texts=False) if i.kind == "function")
            if found != Entity.from_sql(sql).identity:
                differing[signature] = (str(found), str(Entity.from_sql(sql).identity))
            savepoint.rollback()
    engine.dispose()
    assert differing == {}


@pytest.mark.servers("18", "14")
def test_every_type_of_the_server_has_its_name(server: Server) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("set search_path = pg_catalog")
        found = connection.execute(
            "select typname, format_type(oid, null) from pg_type"
            " where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'p', 'r', 'm') and typname !~ '^_'"
        ).fetchall()
    assert {name: type_name("pg_catalog", name) for name, _ in found} == dict(found)
    assert {name for name, _ in found if not is_catalog_type(name)} == set()


# -- revision files ---------------------------------------------------------------------------------------------------


operations = st.builds(
    EntityOp, st.none() | texts.filter(bool), st.none() | texts.filter(bool), in_place=st.booleans()
).filter(lambda operation: operation.new is not None or operation.old is not None)


@law
@given(st.lists(operations, max_size=4), st.lists(operations, max_size=2))
@example([EntityOp('a\n"""\nb\\', "a\n'''\n  b\n")], [EntityOp("a\u2028b\n c\x0c\n\td \n", "a\r\nb\rc")])
def test_revision_file_gives_back_the_texts(tmp_path: Path, up: list[EntityOp], down: list[EntityOp]) -> None:
    file = _revision(tmp_path, up, down)
    upgrade, downgrade = _evaluated(file)
    assert upgrade == [_call(operation) for operation in up]
    assert downgrade == [_call(operation) for operation in down]


@law
@given(st.lists(operations, min_size=1, max_size=3), texts)
def test_digest_is_of_what_a_revision_does(tmp_path: Path, up: list[EntityOp], other: str) -> None:
    file = _revision(tmp_path, up, [])
    before, source = digest(str(file)), file.read_text(encoding="utf-8")

    remarks = "\n".join(f"# {line}" for line in other.splitlines())
    spaced = source.replace("def upgrade() -> None:\n", f"{remarks}\ndef upgrade() -> None:  # here\n\n    # there\n")
    file.write_text(
        f'"""Another docstring."""\n{spaced.partition("Created:")[2].partition(chr(10))[2][4:]}\n\n', "utf-8"
    )
    assert digest(str(file)) == before

    operation = up[0]
    changed = EntityOp(f"{operation.new} ", operation.old) if operation.new else EntityOp(None, f"{operation.old} ")
    assert digest(str(_revision(tmp_path, [changed, *up[1:]], []))) != before
    assert digest(str(_revision(tmp_path, [], up))) != before


def _revision(folder: Path, up: list[EntityOp], down: list[EntityOp]) -> Path:
    """A file as Alembic writes it: rendered, indented, put through the project's template."""
    file = folder / "revision.py"
    code = [render_python_code(container) for container in (ops.UpgradeOps(up), ops.DowngradeOps(down))]
    values: dict[str, Any] = {
        "upgrades": code[0],
        "downgrades": code[1],
        "imports": "",
        "message": "any",
        "create_date": "now",
        "up_revision": "0001_any",
        "down_revision": None,
        "branch_labels": None,
        "depends_on": None,
        "comma": str,
    }
    template_to_file(str(ROOT / "migrations/script.py.mako"), str(file), "utf-8", **values)
    return file


Calls = list[tuple[str, list[str], dict[str, Any]]]


def _evaluated(file: Path) -> tuple[Calls, Calls]:
    """What the two functions of the file call, with the arguments that come out of its literals."""
    found: list[Calls] = []
    functions = [node for node in ast.parse(file.read_bytes()).body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        calls: Calls = []
        for statement in function.body:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                call = statement.value
                assert isinstance(call.func, ast.Attribute)
                keywords = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
                calls.append((call.func.attr, [ast.literal_eval(argument) for argument in call.args], keywords))
        found.append(calls)
    upgrade, downgrade = found
    return upgrade, downgrade


def _call(operation: EntityOp) -> tuple[str, list[str], dict[str, Any]]:
    arguments = [sql for sql in (operation.new, operation.old) if sql is not None]
    keywords = {} if operation.in_place or operation.action != "replace" else {"in_place": False}
    return f"{operation.action}_entity", arguments, keywords


# -- the order of steps -----------------------------------------------------------------------------------------------


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, set[tuple[int, int]], list[int], list[set[int]]]:
    """A number of nodes, edges from lower to higher ones, ranks, and wishes, which may point anywhere."""
    count = draw(st.integers(1, 12))
    node = st.integers(0, count - 1)
    edges = draw(
        st.sets(st.tuples(node, node).map(lambda e: (min(e), max(e))).filter(lambda e: e[0] < e[1]), max_size=25)
    )
    ranks = draw(st.lists(st.sampled_from((10, 50, 60)), min_size=count, max_size=count))
    wishes = draw(st.lists(st.sets(node, max_size=3), min_size=count, max_size=count))
    return count, edges, ranks, wishes


Graph = tuple[int, set[tuple[int, int]], list[int], list[set[int]]]


def _steps(graph: Graph, shuffled: list[int], *, drop: bool = False) -> list[Step]:
    count, edges, ranks, wishes = graph
    made = {n: frozenset({Thing("relation", "public", f"n{n}")}) for n in range(count)}
    needs = {n: frozenset(Thing("relation", "public", f"n{a}") for a, b in edges if b == n) for n in range(count)}
    words = {n: frozenset(f"n{w}" for w in wishes[n]) for n in range(count)}
    return [
        Step(n, str(n), ranks[n], unmakes=made[n], needed=needs[n], mentioned=words[n])
        if drop
        else Step(n, str(n), ranks[n], makes=made[n], needs=needs[n], mentions=words[n])
        for n in shuffled
    ]


@law
@given(graphs(), st.data())
def test_order_respects_every_need(graph: Graph, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(range(graph[0])))
    created = [step.payload for step in order(_steps(graph, shuffled))]
    dropped = [step.payload for step in order(_steps(graph, shuffled, drop=True))]
    assert sorted(created) == sorted(dropped) == list(range(graph[0]))
    for first, second in graph[1]:
        assert created.index(first) < created.index(second)
        assert dropped.index(second) < dropped.index(first)
    assert created == [step.payload for step in order(_steps(graph, shuffled))]


@law
@given(graphs(), st.data())
def test_order_grants_the_wishes_that_make_no_circle(graph: Graph, data: st.DataObject) -> None:
    count, edges, ranks, _ = graph
    wish = data.draw(
        st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda w: w[0] < w[1])
        if count > 1
        else st.none()
    )
    if wish is None:
        return
    wishes: list[set[int]] = [set() for _ in range(count)]
    wishes[wish[1]] = {wish[0]}
    shuffled = data.draw(st.permutations(range(count)))
    created = [step.payload for step in order(_steps((count, edges, ranks, wishes), shuffled))]
    assert created.index(wish[0]) < created.index(wish[1])


@law
@given(graphs(), st.data())
def test_circle_of_needs_is_an_error_that_shows_it(graph: Graph, data: st.DataObject) -> None:
    count, edges, ranks, wishes = graph
    back = data.draw(st.sampled_from(sorted(edges))) if edges else None
    if back is None:
        return
    steps = _steps((count, edges | {(back[1], back[0])}, ranks, wishes), list(range(count)))
    with pytest.raises(PlanError) as caught:
        order(steps)
    circle = [int(label) for label in caught.value.message.rpartition(": ")[2].split(" -> ")]
    assert circle[0] == circle[-1]
    assert set(pairwise(circle)) <= edges | {(back[1], back[0])}
