"""Input that nobody meant: files of a project with pieces deleted, doubled, swapped, and put where they do not belong.

Each strategy makes the files of a project that differ from those of a sound one, by their paths, and the environment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from hypothesis import strategies as st

from tests.project import ROOT
from tests.strategies import HOSTILE, definitions


@dataclass(frozen=True)
class Input:
    """Files by their paths in the project (None: there is none), and variables of the environment."""

    sort: str
    files: dict[str, bytes | None]
    environment: dict[str, str] = field(default_factory=dict)


# -- edits of a text ---------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]", re.DOTALL)

_ANYWHERE = (
    *(piece.encode() for piece in HOSTILE),
    *(b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe9", b"\xf0\x9f", b"\xed\xa0\x80", b"\x1a", b"\x1b[31m", b"\r", b"\b"),
    *(b"(" * 50, b")" * 50, b"((((((((((" * 500, b"[" * 1_000, b"-" * 5_000, b"x" * 70, b"x" * 100_000, b"9" * 5_000),
)
_PIECES: dict[str, list[str]] = json.loads((ROOT / "tests/pieces.json").read_text())


def _pieces(sort: str) -> list[bytes]:
    return [piece.encode() for piece in _PIECES[sort]]


_SQL = (
    *_pieces("sql"),
    *(b"select " + b"(" * 2_000 + b"1" + b")" * 2_000 + b";", b"create view a as select 1" + b"+1" * 5_000 + b";"),
    *(b"case when a then " * 300, b"not " * 2_000, b"a." * 500, b"create view a as " + b"select 1 union " * 1_000),
)


@dataclass(frozen=True)
class _Edit:
    """One edit, at a part of the text from 0 to 1."""

    how: str
    at: float
    to: float
    piece: bytes

    def of(self, text: bytes) -> bytes:
        """The text, edited."""
        if self.how == "truncate":
            return text[: int(self.at * len(text))]
        if self.how == "byte":
            at = int(self.at * len(text))
            return text[:at] + bytes([int(self.to * 255)]) + text[at + 1 :]
        if self.how == "crlf":
            return text.replace(b"\n", b"\r\n" if self.at < 0.7 else b"\r")
        if self.how == "encode":
            encoding = ("utf-16", "utf-16-le", "latin-1", "utf-8-sig", "utf-32", "cp500")[int(self.at * 5.99)]
            return text.decode("utf-8", "ignore").encode(encoding, "ignore")
        if self.how == "insert" and (places := _joints(text, self.piece)):
            place = places[int(self.at * len(places))]
            return text[:place] + self.piece + text[place:]
        return b"".join(self._edited([token.encode() for token in _TOKEN.findall(text.decode("utf-8", "replace"))]))

    def _edited(self, tokens: list[bytes]) -> list[bytes]:
        at, to = int(self.at * len(tokens)), int(self.to * len(tokens))
        if self.how == "insert" or not tokens:
            return [*tokens[:at], self.piece, *tokens[at:]]
        at, to = min(at, len(tokens) - 1), min(at + int(self.to * 12), len(tokens) - 1)  # a few tokens, not the whole
        if self.how == "delete":
            return tokens[:at] + tokens[at + 1 :]
        if self.how == "cut":
            return tokens[: min(at, to)] + tokens[max(at, to) :]
        if self.how == "double":
            return tokens[: max(at, to)] + tokens[min(at, to) :]
        if self.how == "swap":
            tokens[at], tokens[to] = tokens[to], tokens[at]
            return tokens
        return [*tokens[:at], self.piece, *tokens[at + 1 :]]  # replace


def _joints(text: bytes, piece: bytes) -> list[int]:
    """Where a piece that is whole lines, or a statement, might stand; none for one that is neither."""
    if piece.endswith(b"\n    "):
        return [found.end() for found in re.finditer(rb"^    (?=op\.)", text, re.MULTILINE)]
    if piece.endswith(b"\n"):
        return [found.start() for found in re.finditer(rb"^(?=\w)|\Z", text, re.MULTILINE)]
    return [found.end() for found in re.finditer(rb";|\A", text)] if piece.endswith(b";") else []


_HOW = (
    *("delete", "double", "swap", "cut", "replace", "replace", "insert", "insert", "insert", "insert", "insert"),
    *("truncate", "byte", "crlf", "encode"),
)


def _edited(texts: st.SearchStrategy[bytes], pieces: Sequence[bytes], least: int = 1) -> st.SearchStrategy[bytes]:
    """Texts with a few edits, mostly with pieces of their own sort."""
    part = st.floats(0, 1, exclude_max=True)
    piece = st.one_of(*[st.sampled_from(pieces)] * 5, st.sampled_from(_ANYWHERE))
    edit = st.builds(_Edit, st.sampled_from(_HOW), part, part, piece)
    edits = st.sampled_from((least, 1, 1, 2, 4)).flatmap(lambda size: st.lists(edit, min_size=size, max_size=size))

    def apply(text: bytes, edits: list[_Edit]) -> bytes:
        for edit in edits:
            text = edit.of(text)
        return text

    return st.builds(apply, texts, edits)


# -- the files ---------------------------------------------------------------------------------------------------------


@cache
def _cases() -> list[bytes]:
    """The SQL of all cases."""
    return [file.read_bytes() for file in sorted((ROOT / "tests/cases").rglob("*.sql"))]


MODELS = b"""
from sqlalchemy import Column, Enum, ForeignKey, Integer, Table, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str | None] = mapped_column(Text, server_default=text("'none'"))
    state: Mapped[str] = mapped_column(Enum("open", "paid", name="order_state"))
    before: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
"""

ENTITIES = b'''
from sqlalchemy import select

from app.models import Base, Order
from cucurbit import Entity, Function, View

open_orders = View("open_orders", select(Order.id).where(Order.note == "50% of it"), schema="shop")
shop = Entity.from_sql("create schema shop")
both = [View("one", "select 1 as n"), Entity.from_sql("""
create function two() returns integer
language sql as $$ select 2 $$
""")]
'''

SETTINGS = b"""
name = "shop"
apps = ["app"]
schema = "public"
migrations = "migrations"

[databases.default]
url = "postgresql://somebody:secret@127.0.0.1:1/shop"

[scratch]
url = "postgresql://somebody@127.0.0.1:1/postgres"

[ledger]
table = "cucurbit_ledger"
"""

INITIAL = b'''"""Initial

Revision: 0001_initial
"""

import sqlalchemy as sa
from alembic import op

revision = '0001_initial'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('orders', sa.Column('id', sa.Integer(), nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_entity(
        "create view open_orders as select id from orders",
    )
    op.execute("update orders set id = 1 where false")


def downgrade() -> None:
    op.drop_entity("create view open_orders as select id from orders")
    op.drop_table('orders')
'''

MORE = b'''"""More"""

import sqlalchemy as sa
from alembic import op

revision = '0002_more'
down_revision = '0001_initial'


def upgrade() -> None:
    with op.set_aside("public.orders", columns=["id"]):
        op.alter_column('orders', 'id', type_=sa.BigInteger())
    op.replace_entity(
        """
        create view open_orders as
        select id, 1 as n from orders
        """,
        "create view open_orders as select id from orders",
    )
    op.rename_entity("create view b as select 1", "create view a as select 1")


def downgrade() -> None:
    op.replace_entity("create view open_orders as select id from orders", "create view open_orders as select 1")
'''

SOUND: dict[str, bytes] = {
    "settings.toml": SETTINGS,
    "app/__init__.py": b"",
    "app/models.py": MODELS,
    "app/entities/__init__.py": b"",
    "migrations/env.py": (ROOT / "migrations/env.py").read_bytes(),
    "migrations/script.py.mako": (ROOT / "migrations/script.py.mako").read_bytes(),
    "migrations/versions/0001_initial.py": INITIAL,
    "migrations/versions/0002_more.py": MORE,
}
"""A project without a fault."""

_statements = st.one_of(
    st.builds(lambda at: _cases()[at % len(_cases())], st.integers(0, 10_000)),
    st.lists(definitions.map(lambda made: made.sql.encode()), max_size=3).map(b";\n".join),
)
sql_files = _edited(_statements, _SQL)
"""The bytes of SQL files with a fault, or several, or none any more."""

_sql = st.builds(lambda text: Input("sql", {"app/entities/some.sql": text}), sql_files)
_modules = st.one_of(
    st.builds(lambda text: Input("module", {"app/models.py": text}), _edited(st.just(MODELS), _pieces("module"))),
    st.builds(
        lambda text: Input("module", {"app/entities/some.py": text}), _edited(st.just(ENTITIES), _pieces("module"))
    ),
)
_revisions = st.one_of(
    st.builds(
        lambda text: Input("revision", {"migrations/versions/0002_more.py": text}),
        _edited(st.sampled_from((MORE, INITIAL)), _pieces("revision")),
    ),
    st.builds(
        lambda text, name: Input("revision", {f"migrations/versions/{name}.py": text}),
        _edited(st.sampled_from((MORE, INITIAL)), _pieces("revision"), least=0),
        st.sampled_from(("0001_initial", "0003_next", "a b", "0003_next.copy", "__init__", "größe")),
    ),
)

# -- settings ----------------------------------------------------------------------------------------------------------

_KEYS = (
    *("name", "apps", "schema", "migrations", "databases", "scratch", "ledger", "databases.default", "ledger.table"),
    *("databases.default.url", "scratch.url", "databases.other.url", "shema", "NAME", "_root", "schema_", "root", "''"),
)
_VALUES = st.one_of(
    st.sampled_from((*_PIECES["settings"], json.dumps("x" * 100_000), "[" * 200)),
    st.text(max_size=8).map(json.dumps),
    st.sampled_from(HOSTILE).map(json.dumps),
)
_lines = st.lists(st.builds(lambda key, value: f"{key} = {value}\n", st.sampled_from(_KEYS), _VALUES), max_size=3)
_settings = st.one_of(
    st.builds(
        lambda text: Input("settings", {"settings.toml": text}), _edited(st.just(SETTINGS), (b"[", b"=", b"]", b"'''"))
    ),
    st.builds(
        lambda lines: Input("settings", {"settings.toml": "".join(lines).encode("utf-8", "surrogatepass")}), _lines
    ),
)

_VARIABLES = (
    *(
        "CUCURBIT_NAME",
        "CUCURBIT_APPS",
        "CUCURBIT_SCHEMA",
        "CUCURBIT_MIGRATIONS",
        "CUCURBIT_DATABASES",
        "cucurbit_name",
    ),
    *("CUCURBIT_DATABASES__DEFAULT__URL", "CUCURBIT_SCRATCH__URL", "CUCURBIT_LEDGER__TABLE", "CUCURBIT_LEDGER"),
    *("CUCURBIT_DATABASES__DEFAULT", "CUCURBIT_NOTHING", "CUCURBIT_", "CUCURBIT_SCRATCH__", "DATABASE_URL", "SCHEMA"),
)
_values = st.one_of(
    st.sampled_from((*_PIECES["environment"], "[" * 5_000, "x" * 100_000)),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
    st.sampled_from(HOSTILE),
)
_environments = st.builds(
    lambda some: Input("environment", {}, some),
    st.dictionaries(st.sampled_from(_VARIABLES), _values, min_size=1, max_size=3),
)

# -- names -------------------------------------------------------------------------------------------------------------

_file_names = st.one_of(
    st.sampled_from((*_PIECES["name"], "x" * 200)),
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3).map("".join),
).filter(lambda name: "/" not in name and "\0" not in name and 0 < len(name.encode("utf-8", "surrogateescape")) <= 240)
_BODIES = (b"create view some as select 1;", b"create viw", b"", b"made = 1\n", b"def (", INITIAL, MORE)
_names = st.one_of(
    st.builds(
        lambda folder, name, ending, text: Input("name", {f"{folder}/{name}.{ending}": text}),
        st.sampled_from(("app/entities", "app", "app/models", "migrations/versions", "migrations")),
        _file_names,
        st.sampled_from(("sql", "py", "SQL", "pyc")),
        st.sampled_from(_BODIES),
    ),
    st.builds(
        lambda name, text: Input(
            "name",
            {
                f"{name}/entities/some.sql": text,
                "settings.toml": SETTINGS.replace(
                    b'["app"]', json.dumps(["app", name]).encode("utf-8", "surrogatepass")
                ),
            },
        ),
        _file_names,
        st.sampled_from(_BODIES),
    ),
    st.builds(lambda gone: Input("name", {gone: None}), st.sampled_from(sorted(SOUND))),
)

_SORTS = (*[_sql] * 8, *[_modules] * 4, *[_settings] * 3, _environments, *[_revisions] * 4, *[_names] * 2)
inputs = st.sampled_from(_SORTS).flatmap(lambda sort: sort)
"""What a person, an editor or a disk may have made of the project's files."""

_TABLES = re.compile(rb"\b(customers|items|t)\b")
_statements_of_a_server = st.builds(
    lambda text: Input("a server's", {"app/entities/some.sql": _TABLES.sub(b"orders", text)}), sql_files
)
declarations = st.one_of(
    _statements_of_a_server, _statements_of_a_server, _modules.map(lambda some: Input("a server's", some.files))
)
"""What a server is asked about: statements, and models, with a fault that it may be the first to see."""
