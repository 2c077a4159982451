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
_SQL = (
    *(b"begin;", b"commit;", b"rollback;", b"savepoint a;", b"set search_path = a;", b"select 1;", b";", b";;"),
    *(b"\\i other.sql\n", b"\\copy t from stdin\n", b"\\connect template1\n", b"\\.\n", b"\\gexec\n", b"\\restrict x\n"),
    *(b"copy orders from stdin;\n1\t2\n\\.\n", b"drop table orders;", b"do $$ begin end $$;", b"vacuum;"),
    *(b"'", b'"', b"$$", b"$q$", b"/*", b"*/", b"--", b"E'\\", b"U&'\\D83D'", b'U&"\\0000"', b"x'0", b"e'\\x00'"),
    *(b"create view a as select 1;", b"create table a (i int);", b"create schema s create view v as select 1;"),
    *(b"create role r password 'a';", b"create view a as with recursive a as (table a) table a;", b"from orders"),
    *(b"or replace", b"temporary", b"if not exists", b"concurrently", b"::text", b"$1", b":x", b"?", b"null", b"(", b")"),
    *(b"select " + b"(" * 2_000 + b"1" + b")" * 2_000 + b";", b"create view a as select 1" + b"+1" * 5_000 + b";"),
    *(b"case when a then " * 300, b"not " * 2_000, b"a." * 500, b"create view a as " + b"select 1 union " * 1_000),
)
_PYTHON = (
    *(b"raise ValueError('no')\n", b"raise SystemExit(0)\n", b"import sys; sys.exit()\n", b"import nowhere\n"),
    *(b"raise BaseException()\n", b"raise KeyError\n", b"raise ExceptionGroup('a', [ValueError()])\n", b"1/0\n"),
    *(b"raise ValueError('a\\n' * 100)\n", b"raise ValueError('x' * 100_000)\n", b"raise ValueError('\\udc80\\0')\n"),
    *(b"def f(): f()\nf()\n", b"class E(Exception):\n    def __str__(self): raise ValueError\nraise E\n", b"del Base\n"),
    *(b"made = [View]\n", b"made = [None, 1, View('a', None)]\n", b"made = View('a', 1)\n", b"made = Entity('x')\n"),
    *(b"made = View(None, None)\n", b"made = Entity.from_sql(None)\n", b"made = Entity.from_sql('')\n", b"View = 1\n"),
    *(b"made = (View('a', 'select 1') for _ in iter(int, 1))\n", b"metadata = 1\n", b"Base.metadata = None\n"),
    *(b"made = [View('a', 'select 1')] * 3\n", b"made = [View('a', 'select 1'), View('a', 'select 1')]\n", b"return\n"),
    *(b"class M:\n    @property\n    def metadata(self): raise ValueError('no')\nm = M()\n", b"import app.models\n"),
    *(b"class M:\n    def __getattr__(self, name): return self\nm = M()\n", b"from app import nothing\n", b"yield 1\n"),
    *(b"class M(Base):\n    __tablename__ = 'orders'\n", b"class N(Base):\n    __tablename__ = 1\n", b"await x\n"),
    *(b"Table('t', Base.metadata, Column('a', ForeignKey('x.y')))\n", b"Table('', Base.metadata, Column(''))\n"),
    *(b"Table('t\\0', Base.metadata, Column('a', Enum()))\n", b"Table('t', Base.metadata, Column('a', Enum('x')))\n"),
    *(b"Table('t', Base.metadata, Column('a', Enum('x', name='e')), Column('b', Enum('y', name='e')))\n", b"None\n"),
    *(b"None", b"True", b"0", b"''", b"[]", b"{}", b"object()", b"lambda: 1", b"...", b"*", b"=", b"\n", b"    ", b":"),
)
_REVISION = (
    *(b"op.create_entity()\n    ", b"op.create_entity(1)\n    ", b"op.create_entity(None)\n    ", b"op.nothing()\n    "),
    *(b"op.create_entity('create view a as select 1', 'b', 'c')\n    ", b"op.drop_entity(sql='x')\n    "),
    *(b"op.replace_entity('create view a as select 1')\n    ", b"op.replace_entity('x', None)\n    ", b"op.execute()\n"),
    *(b"op.rename_entity('create view a as select 1', 'create role b')\n    ", b"op.create_table()\n    "),
    *(b"op.create_entity(sql=str('create view a as select 1'))\n    ", b"op.create_entity(f'{1}')\n    ", b"global op\n"),
    *(b"op.create_entity('create view a as select 1', in_place=3)\n    ", b"op.execute('select')\n    ", b"op = None\n"),
    *(b"op.drop_table('nowhere', schema=3)\n    ", b"op.add_column('t', 3)\n    ", b"op.set_aside('a')\n    "),
    *(b"with op.set_aside('a.b.c', columns=3): pass\n    ", b"op.run_sql('a', what=3)\n    ", b"op.run_sql()\n    "),
    *(b"op.create_entity(*['create view a as select 1'])\n    ", b"op.create_entity(**{'sql': 1})\n    "),
    *(b"op.drop_table(*('a', 'b'))\n    ", b"op.alter_column()\n    ", b"op.alter_column('t', 'a', nope=1)\n    "),
    *(b"op.create_index(op.f('a' 'b'), 3, [3])\n    ", b"with op.batch_alter_table('t'): pass\n    ", b"revision = 3\n"),
    *(b"revision = None\n", b"down_revision = 'nowhere'\n", b"down_revision = 3\n", b"down_revision = ('0001', 3)\n"),
    *(b"down_revision = '0002_more'\n", b"revision = '0001_initial'\n", b"revision = ''\n", b"revision = 'a@b'\n"),
    *(b"branch_labels = ('0001_initial',)\n", b"branch_labels = 3\n", b"depends_on = 'nowhere'\n", b"depends_on = 3\n"),
    *(b"revision = 'head'\n", b"revision = 'x' * 70\n", b"down_revision = ['0001_initial', '0001_initial']\n"),
    *(b"revision = '''a\nb'''\n", b"del upgrade\n", b"upgrade = 3\n", b"async def upgrade(): pass\n", b"def upgrade(x): pass\n"),
)  # fmt: skip


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
    st.builds(lambda text: Input("module", {"app/models.py": text}), _edited(st.just(MODELS), _PYTHON)),
    st.builds(lambda text: Input("module", {"app/entities/some.py": text}), _edited(st.just(ENTITIES), _PYTHON)),
)
_revisions = st.one_of(
    st.builds(
        lambda text: Input("revision", {"migrations/versions/0002_more.py": text}),
        _edited(st.sampled_from((MORE, INITIAL)), _REVISION),
    ),
    st.builds(
        lambda text, name: Input("revision", {f"migrations/versions/{name}.py": text}),
        _edited(st.sampled_from((MORE, INITIAL)), _REVISION, least=0),
        st.sampled_from(("0001_initial", "0003_next", "a b", "0003_next.copy", "__init__", "größe")),
    ),
)

# -- settings ----------------------------------------------------------------------------------------------------------

_KEYS = (
    *("name", "apps", "schema", "migrations", "databases", "scratch", "ledger", "databases.default", "ledger.table"),
    *("databases.default.url", "scratch.url", "databases.other.url", "shema", "NAME", "_root", "schema_", "root", "''"),
)
_VALUES = st.one_of(
    st.sampled_from(
        (
            *('""', '"x"', "1", "-1", "1.5", "nan", "inf", "true", "1979-05-27", "07:32:00", "[]", "{}", '[""]', '["a b"]'),
            *('"\\u0000"', '"a.b"', '"a.b.c"', '"."', '".."', '"/"', '"pg_catalog"', '"Größe"', '"a\\nb"', '"a" # b'),
            *('"embedded"', '"postgresql://"', '"postgresql://[::1"', '"postgresql://a:b@c:99999999/d"', '"sqlite://"'),
            *('"postgresql://a@b/c?d=e&d=f"', '"postgresql+asyncpg://a@b/c"', '"%zz"', '["os.path"]', '["app", "app"]'),
            *('["app.models", "app"]', '["..app"]', '[".app"]', '["app."]', '["app/entities"]', '["app", 3]', '[["app"]]'),
            *('["app\\u0000"]', '"' + "x" * 70 + '"', '"' + "x" * 100_000 + '"', "[" * 200, "[1, [2, [3]]]", "{ a = {} }"),
            *('{ url = 3 }', '{ default = 3 }', '{ default = { url = 3 } }', '"""\na\nb"""', "'''x'''", "1e400", "0x" + "f" * 99),
        )  # fmt: skip
    ),
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
    *("CUCURBIT_NAME", "CUCURBIT_APPS", "CUCURBIT_SCHEMA", "CUCURBIT_MIGRATIONS", "CUCURBIT_DATABASES", "cucurbit_name"),
    *("CUCURBIT_DATABASES__DEFAULT__URL", "CUCURBIT_SCRATCH__URL", "CUCURBIT_LEDGER__TABLE", "CUCURBIT_LEDGER"),
    *("CUCURBIT_DATABASES__DEFAULT", "CUCURBIT_NOTHING", "CUCURBIT_", "CUCURBIT_SCRATCH__", "DATABASE_URL", "SCHEMA"),
)
_values = st.one_of(
    st.sampled_from(
        (
            *("", "x", "1", "[]", "{}", '["app"]', '["app"', '{"url": 3}', '{"default": {"url": "x"}}', "null", "NaN", "true"),
            *("[" * 5_000, "x" * 100_000, "postgresql://a:secret@b:c/d", "a.b.c", " ", "\n", "app", '["os", 1]', "\udc80"),
        )  # fmt: skip
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
    st.sampled_from(HOSTILE),
)
_environments = st.builds(
    lambda some: Input("environment", {}, some),
    st.dictionaries(st.sampled_from(_VARIABLES), _values, min_size=1, max_size=3),
)

# -- names -------------------------------------------------------------------------------------------------------------

_file_names = st.one_of(
    st.sampled_from(
        (
            *("a b", "a.b", "-", "--help", "select", "größe", "日本", "a'b", 'a"b', "a\nb", "a\\b", "%s", "{0}", "$x", "\udc80"),
            *("x" * 200, "import", "None", "__init__", "__main__", "models", "1", "\x1b[31m", "😀", "a:b", ".hidden", "#"),
        )  # fmt: skip
    ),
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

inputs = st.sampled_from((*[_sql] * 8, *[_modules] * 4, *[_settings] * 3, _environments, *[_revisions] * 4, *[_names] * 2)).flatmap(
    lambda sort: sort
)  # fmt: skip
"""What a person, an editor or a disk may have made of the project's files."""
