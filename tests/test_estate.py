"""The existing database that other tests begin with is what it says."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import create_engine

from cucurbit.database import catalog
from cucurbit.entities.kinds import all_kinds
from tests import estate
from tests.servers import Database
from tests.test_cases import for_sqlalchemy

_COUNT = "select count(*) from pg_class where relkind in ('r', 'p') and relnamespace >= 16384 or relkind = 'r' and relnamespace = 'public'::regnamespace"  # noqa: E501


@pytest.mark.servers("18", "16")
@pytest.mark.parametrize(("tables", "entities"), [(50, 220), (80, 1000)])
def test_as_many_tables_and_entities_as_are_asked_for_of_all_kinds(
    database: Database, tables: int, entities: int
) -> None:
    assert estate.statements(tables, entities) == estate.statements(tables, entities)
    database.execute(";\n".join(estate.statements(tables, entities)))
    assert database.execute(_COUNT) == [(tables,)]
    found = _kinds(database)
    assert found.keys() == all_kinds().keys() - estate.LEFT_OUT
    assert sum(n for kind, n in found.items() if not all_kinds()[kind].is_shared and kind != "owner") == entities


def _kinds(database: Database) -> Counter[str]:
    engine = create_engine(for_sqlalchemy(database))
    with engine.connect() as connection:
        found = Counter(identity.kind for identity in catalog.snapshot(connection))
    engine.dispose()
    return found
