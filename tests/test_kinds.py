"""The laws that hold for every kind, on all statements of their courses, laid out in ways that hypothesis makes."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pglast import parser

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.planning.change import differs
from cucurbit.sql.parse import split
from tests.strategies import gaps
from tests.test_course import courses
from tests.test_laws import law, spelled


@cache
def _statements() -> dict[str, list[str]]:
    """The statements of each kind, each once."""
    found: dict[str, dict[str, None]] = {kind: {} for kind in all_kinds()}
    for course in courses():
        for step in course.steps:
            for statement in split(course.text(f"{step}.sql") or "", course.name):
                found[Entity.from_sql(statement.sql).kind][statement.sql] = None
    return {kind: list(statements) for kind, statements in found.items()}


@pytest.mark.parametrize("kind", all_kinds())
def test_canonical_form_and_identity_are_read_back(kind: str) -> None:
    for sql in _statements()[kind]:
        entity = Entity.from_sql(sql)
        again = Entity.from_sql(entity.canonical)
        assert (again.canonical, again.hash, again.identity) == (entity.canonical, entity.hash, entity.identity)
        assert Identity.parse(kind, entity.identity.text) == entity.identity
        assert all_kinds()[kind].identity_of(entity.identity.key) == entity.identity


@law
@given(st.sampled_from([(kind, sql) for kind, found in _statements().items() for sql in found]), st.data())
def test_layout_comments_and_case_are_no_change(statement: tuple[str, str], data: st.DataObject) -> None:
    kind, sql = statement
    tokens = [spelled(token, data) for token in _tokens(sql)]
    other = Entity.from_sql("".join(token + data.draw(gaps) for token in tokens))
    entity = Entity.from_sql(sql)
    assert (other.kind, other.identity, other.hash) == (kind, entity.identity, entity.hash)
    assert not differs(other, entity)


def _tokens(sql: str) -> list[str]:
    comments = ("SQL_COMMENT", "C_COMMENT")
    return [sql[token.start : token.end + 1] for token in parser.scan(sql) if token.name not in comments]
