"""Domains, composite types, ranges and sequences: spellings that are one definition, and statements in place."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from cucurbit.entities.entity import Entity
from cucurbit.errors import SqlError
from tests.project import Project
from tests.servers import Database

SAME = [
    [
        "create domain d as int4 default 1 not null constraint b check (value > 0) constraint a check (value < 9)",
        "CREATE DOMAIN public.d AS integer CONSTRAINT a CHECK (value < 9) NULL NOT NULL"
        " CONSTRAINT b CHECK (value > 0) DEFAULT 1",
    ],
    [
        "create type r as range (subtype = float8, subtype_diff = float8mi)",
        "create type public.r as range (subtype_diff = float8mi, subtype = double precision)",
        "create type r as range (multirange_type_name = r_multirange, subtype_diff = float8mi, subtype = float8)",
    ],
    [
        "create sequence s",
        "create sequence if not exists public.s as bigint increment by 1 no minvalue maxvalue 9223372036854775807",
        "create sequence s start with 1 cache 1 no cycle owned by none",
    ],
    [
        "create sequence s as smallint increment -1",
        "create sequence s increment by -1 as int2 minvalue -32768 maxvalue -1 start -1",
    ],
]
OTHER = [
    ("create domain d as int check (value > 0) check (value < 9)", "create domain d as int check (value < 9)"),
    ("create type r as range (subtype = int)", "create type r as range (subtype = int, multirange_type_name = s)"),
    (
        "create type s.r as range (subtype = x)",
        "create type s.r as range (subtype = x, multirange_type_name = r_multirange)",
    ),
    ("create sequence s", "create unlogged sequence s"),
    ("create sequence s", "create sequence s as int"),
    ("create type t as (a int, b int)", "create type t as (b int, a int)"),
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_spellings_of_one_definition(spellings: list[str]) -> None:
    entities = [Entity.from_sql(sql) for sql in spellings]
    assert len({entity.hash for entity in entities}) == 1
    assert [one.replace_statements(other) for one, other in combinations(entities, 2)] == [[]] * len(
        list(combinations(entities, 2))
    )


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_definitions(one: str, other: str) -> None:
    assert Entity.from_sql(one).hash != Entity.from_sql(other).hash


@pytest.mark.parametrize(
    "sql", [sql for spellings in SAME for sql in spellings] + [sql for pair in OTHER for sql in pair]
)
def test_canonical_is_a_definition_of_the_same(sql: str) -> None:
    entity = Entity.from_sql(sql)
    again = Entity.from_sql(entity.canonical)
    assert (again.identity, again.canonical, again.hash) == (entity.identity, entity.canonical, entity.hash)


def test_what_a_range_refers_to() -> None:
    entity = Entity.from_sql(
        "create type r as range (subtype = shop.price, subtype_diff = gap, subtype_opclass = shop.price_ops,"
        ' collation = "German", multirange_type_name = shop.many)'
    )
    found = entity.references
    assert found.types == {("shop", "price")}
    assert found.routines == {(None, "gap")}
    assert found.others == {("operator class", "shop", "price_ops"), ("collation", None, "German")}
    assert {("type", "shop", "many"), ("routine", "public", "many"), ("type", "public", "r")} <= entity.provided


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("create temporary sequence s", "ends with its session"),
        ("create sequence s owned by orders.id", "a column owns"),
        ("create sequence s restart 5", "RESTART"),
        ("create sequence s minvalue 1.5", "whole numbers"),
        ("create type t", "shell type"),
        ("create type t (input = a, output = b)", "base type"),
    ],
)
def test_what_is_refused(sql: str, says: str) -> None:
    with pytest.raises(SqlError, match=says) as caught:
        Entity.from_sql(sql).hash  # noqa: B018 - read now
    assert caught.value.hint or sql == "create sequence s minvalue 1.5" or "temporary" in sql


def test_a_sequence_of_the_models_is_theirs(database: Database, tmp_path: Path) -> None:
    project = Project(tmp_path, database.url)
    models = (
        "from sqlalchemy import MetaData, Sequence\n\nmetadata = MetaData()\nSequence('ticket', metadata=metadata)\n"
    )
    project.write({"app/models.py": models, "app/entities/one.sql": "create sequence other"})
    project.make()
    project.migrate()
    database.execute("create sequence by_hand")
    assert project.states(everything=True) == {
        "sequence public.other": "applied",
        "sequence public.by_hand": "unmanaged",
    }
