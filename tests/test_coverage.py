"""What PostgreSQL has and what cucurbit makes of it: a table that is held against PostgreSQL's own lists.

`UPDATE_DOCS=1 pytest tests/test_coverage.py` writes it into docs/coverage.md.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from pglast import ast
from pglast.enums import parsenodes

from cucurbit.entities.entity import Entity
from cucurbit.entities.kinds import all_kinds, by_node
from cucurbit.errors import SqlError
from cucurbit.sql.parse import parse
from tests.project import Project
from tests.servers import Database

PAGE = Path(__file__).parents[1] / "docs/coverage.md"
DATA = tomllib.loads((Path(__file__).parent / "coverage.toml").read_text(encoding="utf-8"))
OBJECTS: dict[str, list[str]] = DATA["objects"]
REFUSED: dict[str, list[str]] = DATA["refused"]
SAID: dict[str, list[str]] = DATA["said"]

START = "<!-- made by tests/test_coverage.py -->\n"


def test_every_class_of_objects_is_told() -> None:
    assert sorted(OBJECTS) == sorted(item.name for item in parsenodes.ObjectType)
    assert [name for name, kinds in OBJECTS.items() if not kinds and name not in REFUSED] == []


def test_every_kind_is_told() -> None:
    told = {kind for kinds in (*OBJECTS.values(), *SAID.values()) for kind in kinds}
    assert told == all_kinds().keys()


def test_every_statement_that_creates_is_told() -> None:
    """`CREATE …` by the grammar: each is of a kind, or there is an example of how it is refused."""
    creating = {name for name in dir(ast) if name.endswith("Stmt") and name.startswith(("Create", "Define"))}
    refused = {parse(sql).tag for statements in REFUSED.values() for sql in statements}
    assert creating - by_node().keys() - refused == set()


@pytest.mark.parametrize("sql", [sql for statements in REFUSED.values() for sql in statements])
def test_what_is_refused_says_why(sql: str) -> None:
    with pytest.raises(SqlError) as caught:
        Entity.from_sql(sql)
    assert caught.value.hint


def reason(sql: str) -> str:
    """What the error says, in one line."""
    try:
        Entity.from_sql(sql)
    except SqlError as error:
        return " ".join(error.message.splitlines()[-1:]).rstrip(".")
    raise AssertionError(f"not refused: {sql}")


def _words(name: str) -> str:
    return WORDS.get(name, name.removeprefix("OBJECT_").replace("_", " ").lower())


WORDS = {
    "OBJECT_AMOP": "operator of access method",
    "OBJECT_AMPROC": "function of access method",
    "OBJECT_DEFACL": "default privileges",
    "OBJECT_DEFAULT": "default of a column",
    "OBJECT_DOMCONSTRAINT": "constraint of a domain",
    "OBJECT_FDW": "foreign data wrapper",
    "OBJECT_LARGEOBJECT": "large object",
    "OBJECT_MATVIEW": "materialized view",
    "OBJECT_OPCLASS": "operator class",
    "OBJECT_OPFAMILY": "operator family",
    "OBJECT_PARAMETER_ACL": "parameter privilege",
    "OBJECT_PUBLICATION_NAMESPACE": "publication of a schema",
    "OBJECT_PUBLICATION_REL": "publication of a table",
    "OBJECT_STATISTIC_EXT": "extended statistics",
    "OBJECT_TABCONSTRAINT": "constraint of a table",
    "OBJECT_TSCONFIGURATION": "text search configuration",
    "OBJECT_TSDICTIONARY": "text search dictionary",
    "OBJECT_TSPARSER": "text search parser",
    "OBJECT_TSTEMPLATE": "text search template",
}


def table() -> str:
    """The page's part that is made."""
    rows = ["| in PostgreSQL | in cucurbit |", "|---|---|"]
    for name, kinds in sorted(OBJECTS.items(), key=lambda item: _words(item[0])):
        cells = [", ".join(f"`{kind}`" for kind in kinds)] if kinds else []
        cells += [f"`{sql}`: {reason(sql)}" for sql in REFUSED.get(name, ())]
        rows.append(f"| {_words(name)} | {'<br>'.join(cells)} |")
    rows += [f"| {word} | {', '.join(f'`{kind}`' for kind in kinds)} |" for word, kinds in SAID.items()]
    return "\n".join(rows) + "\n"


def test_docs_have_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(START)
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(head + START + table(), encoding="utf-8")
    else:
        assert rest == table(), "run UPDATE_DOCS=1 pytest tests/test_coverage.py"


def test_showentities_warns_of_what_is_of_no_kind(database: Database, tmp_path: Path) -> None:
    project = Project(tmp_path, database.url)
    project.migrate()
    database.execute("create type shell; select lo_create(47110)")
    done = project.manage("showentities", "--all")
    assert done.returncode == 0
    assert "type public.shell" in done.stderr
    assert "large object 47110" in done.stderr
