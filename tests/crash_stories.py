"""Migrations of each sort, to be killed at each boundary: a common past, and what comes behind it."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent

PAST = """
op.create_entity("create type mood as enum ('sad', 'happy')")
op.create_table(
    "items",
    sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("amount", sa.Integer(), nullable=False),
    sa.Column("code", sa.Text(), nullable=False),
    sa.Column("mood", postgresql.ENUM("sad", "happy", name="mood", create_type=False)),
)
op.execute("insert into items (id, amount, code, mood) select n, n, 'c' || n, 'sad' from generate_series(1, 5) n")
op.create_entity("create function twice(n integer) returns integer language sql begin atomic select n * 2; end")
op.create_entity("create view one as select id, amount from items")
op.create_entity("create view two as select id, twice(amount) as double from one")
op.create_entity("create materialized view stored as select id, double from two")
op.create_entity("create unique index stored_id on stored (id)")
op.create_entity("create index items_amount on items (amount)")
op.create_entity("grant select on table one to pg_monitor")
op.create_entity("comment on view one is 'first'")
"""
PAST_BACK = """
op.drop_entity("comment on view one is 'first'")
op.drop_entity("grant select on table one to pg_monitor")
op.drop_entity("create index items_amount on items (amount)")
op.drop_entity("create unique index stored_id on stored (id)")
op.drop_entity("create materialized view stored as select id, double from two")
op.drop_entity("create view two as select id, twice(amount) as double from one")
op.drop_entity("create view one as select id, amount from items")
op.drop_entity("create function twice(n integer) returns integer language sql begin atomic select n * 2; end")
op.drop_table("items")
op.drop_entity("create type mood as enum ('sad', 'happy')")
"""

Steps = list[tuple[str, str]]
"""For each revision what it does, and what takes it back."""


@dataclass(frozen=True)
class Story:
    """Revisions behind the past, numbered from 0002; from which to which one goes (`start` is run before).

    One that is composed does what others do, one behind the other.
    """

    steps: Steps
    start: str | None = "0001"
    target: str | None = None
    fake: bool = False
    is_composed: bool = False


def _drop(sql: str) -> str:
    return f"op.drop_entity({sql!r})"


def _create(sql: str) -> str:
    return f"op.create_entity({sql!r})"


def _replace(new: str, old: str) -> str:
    return f"op.replace_entity({new!r}, {old!r})"


def _there_and_back(*pairs: tuple[str, str]) -> tuple[str, str]:
    """Replacements, and the same the other way round."""
    return (
        "\n".join(_replace(new, old) for old, new in pairs),
        "\n".join(_replace(old, new) for old, new in reversed(pairs)),
    )


def _made(*sqls: str) -> tuple[str, str]:
    return "\n".join(map(_create, sqls)), "\n".join(map(_drop, reversed(sqls)))


def _outside(*statements: str) -> str:
    return "with op.get_context().autocommit_block():\n" + "\n".join(f"    {statement}" for statement in statements)


TWICE = "create function twice(n integer) returns integer language sql begin atomic select n * 2; end"
ONE, TWO = (
    "create view one as select id, amount from items",
    "create view two as select id, twice(amount) as double from one",
)
STORED = "create materialized view stored as select id, double from two"
AMOUNT = "create index items_amount on items (amount)"

CREATED = _made(
    "create view more as select id from two",
    "create function touched() returns trigger language plpgsql as 'begin return new; end'",
    "create trigger touch before update on items for each row execute function touched()",
)
IN_PLACE = _there_and_back(
    (TWICE, TWICE.replace("n * 2", "n + n")), (TWO, TWO.replace("twice(amount)", "twice(amount + 1)"))
)
ANEW = _there_and_back((ONE, "create view one as select amount, id from items"))
RENAMED = (
    """
op.rename_table("items", "things")
op.alter_column("things", "code", new_column_name="name")
op.rename_entity("create view uno as select id, amount from things", "create view one as select id, amount from items")
op.rename_entity("comment on view uno is 'first'", "comment on view one is 'first'")
op.rename_entity("grant select on table uno to pg_monitor", "grant select on table one to pg_monitor")
""",
    """
op.rename_table("things", "items")
op.alter_column("items", "name", new_column_name="code")
op.rename_entity("create view one as select id, amount from items", "create view uno as select id, amount from things")
op.rename_entity("comment on view one is 'first'", "comment on view uno is 'first'")
op.rename_entity("grant select on table one to pg_monitor", "grant select on table uno to pg_monitor")
""",
)
_UNDROPPED, _DROPPED = _made(TWO, STORED, "create unique index stored_id on stored (id)")
DROPPED = (_DROPPED, _UNDROPPED)
TABLES = (
    """
op.create_table(
    "parts",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("item", sa.Integer(), sa.ForeignKey("items.id"), nullable=False),
    sa.Column("size", sa.Integer(), server_default=sa.text("twice(1)")),
)
op.add_column("items", sa.Column("note", sa.Text()))
op.create_index("items_note", "items", ["note"])
op.create_entity("create view noted as select note, size from items join parts on item = items.id")
""",
    """
op.drop_entity("create view noted as select note, size from items join parts on item = items.id")
op.drop_index("items_note", table_name="items")
op.drop_column("items", "note")
op.drop_table("parts")
""",
)
MOOD = "create type mood as enum ('sad', 'happy')"
ENUM = _there_and_back((MOOD, MOOD.replace("'happy'", "'happy', 'wild'")))
TYPE = (
    'with op.set_aside("items", columns=["amount"]):\n    op.alter_column("items", "amount", type_=sa.SmallInteger())',
    'with op.set_aside("items", columns=["amount"]):\n    op.alter_column("items", "amount", type_=sa.Integer())',
)
DATA = (
    """
op.execute("update items set code = upper(code)")
op.execute("insert into items (id, amount, code) select id + 100, amount + 100, code from items")
op.bulk_insert(
    sa.table("items", sa.column("id"), sa.column("amount"), sa.column("code")), [{"id": 99, "amount": 7, "code": "x"}]
)
""",
    """
op.execute("delete from items where amount > 100 or code = 'x'")
op.execute("update items set code = lower(code)")
""",
)
RIGHTS = _made(
    "grant select on table two to pg_monitor",
    "grant update (amount) on table items to pg_monitor",
    "comment on function twice(integer) is 'double'",
    "comment on index items_amount is 'by amount'",
)
FILLED = _there_and_back((STORED, STORED.replace("double from", "double + 1 as double from")))
CODE = "create unique index concurrently items_code on items (code)"
CONCURRENTLY = (
    _outside(
        _create(CODE),
        _replace("create index concurrently items_amount on items (amount, code)", AMOUNT),
        'op.create_index("items_mood", "items", ["mood"], postgresql_concurrently=True)',
    ),
    _outside(
        'op.drop_index("items_mood", table_name="items", postgresql_concurrently=True)',
        _replace(AMOUNT, "create index concurrently items_amount on items (amount, code)"),
        _drop(CODE),
    ),
)
SEVERAL = [CREATED, ENUM, TYPE]

STORIES = {
    "first": Story([], start=None, target="0001"),
    "create": Story([CREATED]),
    "replace in place": Story([IN_PLACE]),
    "make anew": Story([ANEW]),
    "rename": Story([RENAMED]),
    "drop": Story([DROPPED]),
    "tables and entities": Story([TABLES]),
    "enum": Story([ENUM]),
    "type of a column": Story([TYPE]),
    "data": Story([DATA]),
    "rights and comments": Story([RIGHTS]),
    "materialized view": Story([FILLED]),
    "several": Story(SEVERAL, is_composed=True),
    "outside a transaction": Story([CONCURRENTLY]),
    "fake": Story([CREATED], fake=True),
    "take back": Story([ANEW], start="0002", target="0001"),
    "take back several": Story(SEVERAL, start="0004", target="0001", is_composed=True),
    "take back outside a transaction": Story([CONCURRENTLY], start="0002", target="0001"),
    "take back everything": Story([], start="0001", target="zero", is_composed=True),
}

_FILE = '''"""{revision}"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = {revision!r}
down_revision = {before!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''


def files(story: Story) -> dict[str, str]:
    """The revision files by their paths."""
    written, before = {}, None
    for number, (upgrade, downgrade) in enumerate([(PAST, PAST_BACK), *story.steps], start=1):
        revision = f"{number:04d}"
        text = _FILE.format(
            revision=revision,
            before=before,
            upgrade=indent(upgrade.strip(), "    "),
            downgrade=indent(downgrade.strip(), "    "),
        )
        written[f"migrations/versions/{revision}.py"] = text
        before = revision
    return written
