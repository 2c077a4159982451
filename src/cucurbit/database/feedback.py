"""What the server says of a part of a table that is made from its own words.

PostgreSQL does not always print an expression as it printed it before (`IN` with a varchar list), so two texts that
differ are both given to one server, on a table that has what they refer to, and what it says of the two is compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database.statements import run
from cucurbit.database.tables import COLUMN, CONSTRAINT, INDEX, Key, Part
from cucurbit.sql.names import literal, qualify, quote

_NAME = "cucurbit__again"


def alike(scratch: Connection, present: Part, other: Part) -> bool:
    """Whether two parts of one name are one; the first is the one that is there now."""
    spelled = {COLUMN: "default", CONSTRAINT: "definition", INDEX: "definition"}.get(present.key.sort)
    one, two = dict(present.facets), dict(other.facets)
    text, again = (facets.pop(spelled, None) for facets in (one, two)) if spelled else (None, None)
    if one != two or (text is None) != (again is None):
        return False
    if text == again or not isinstance(text, str) or not isinstance(again, str):
        return text == again
    if present.key.sort == COLUMN:
        generated = bool(present["generated"])
        return same_expression(scratch, present.key, present["type"], text, again, generated=generated)
    same = same_constraint if present.key.sort == CONSTRAINT else same_index
    return same(scratch, present.key, text, again)


def same_constraint(scratch: Connection, old: Key, one: str, other: str) -> bool:
    """Whether two definitions of a constraint are one; `old` is the one that stands on the table now."""
    name = qualify(old.relation)
    drop = f"ALTER TABLE {name} DROP CONSTRAINT {quote(old.name)}"
    read = (
        f"select pg_get_constraintdef(oid) from pg_constraint"  # noqa: S608 - literals
        f" where conrelid = {literal(name)}::regclass and conname = {literal(_NAME)}"
    )
    made = [[drop, f"ALTER TABLE {name} ADD CONSTRAINT {_NAME} {text}"] for text in (one, other)]
    return _same(scratch, one, other, made, read)


def same_index(scratch: Connection, old: Key, one: str, other: str) -> bool:
    """Whether two definitions of an index are one; both have its name."""
    name = qualify((old.schema, old.name))
    read = f"select pg_get_indexdef({literal(name)}::regclass)"
    return _same(scratch, one, other, [[f"DROP INDEX {name}", text] for text in (one, other)], read)


def same_expression(scratch: Connection, column: Key, type_: str, one: str, other: str, *, generated: bool) -> bool:
    """Whether two defaults, or two expressions of a generated column, are one."""
    name = qualify(column.relation)
    how = "GENERATED ALWAYS AS ({}) STORED" if generated else "DEFAULT ({})"
    read = (
        "select pg_get_expr(adbin, adrelid) from pg_attrdef d join pg_attribute a"  # noqa: S608 - literals
        " on a.attrelid = d.adrelid and a.attnum = d.adnum"
        f" where adrelid = {literal(name)}::regclass and attname = {literal(_NAME)}"
    )
    made = [[f"ALTER TABLE {name} ADD COLUMN {_NAME} {type_} {how.format(text)}"] for text in (one, other)]
    return _same(scratch, one, other, made, read)


def _same(scratch: Connection, one: str, other: str, made: Sequence[Sequence[str]], read: str) -> bool:
    if one == other:
        return True
    said = [_said(scratch, statements, read) for statements in made]
    return said[0] is not None and said[0] == said[1]


def _said(scratch: Connection, statements: Sequence[str], read: str) -> str | None:
    savepoint = scratch.begin_nested()
    try:
        run(scratch, "SET LOCAL search_path = pg_catalog")  # until the savepoint goes
        for statement in statements:
            run(scratch, statement)
        said: str | None = scratch.exec_driver_sql(read, execution_options={"no_parameters": True}).scalar()
    except DBAPIError:
        return None
    finally:
        savepoint.rollback()
    return said
