"""Foreign objects, publications and subscriptions as texts: what is the same, what is in place, what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from cucurbit.entities.entity import Entity
from cucurbit.errors import SqlError
from cucurbit.planning.change import differs
from cucurbit.project.declared import Declared
from cucurbit.sql.secrets import has_password, is_secret, masked

SAME = (
    (
        "create foreign data wrapper w no handler options (b '1', a '2')",
        "create foreign data wrapper w options (a '2', b '1')",
    ),
    ("create server s version null foreign data wrapper w", "create server if not exists s foreign data wrapper w"),
    (
        "create user mapping for public server s options (b '1', a '2')",
        "create user mapping for public server s options (a '2', b '1')",
    ),
    (
        "create foreign table t (a int4 not null, b text null) server s options (b '1', a '2')",
        "create foreign table if not exists public.t (a integer not null, b text) server s options (a '2', b '1')",
    ),
    (
        "create foreign table t (check (a > 1), a int collate c check (b), constraint x check (a < 2)) server s",
        "create foreign table t (a int check (b) collate c, constraint x check (a < 2), check (a > 1)) server s",
    ),
    (
        "create publication p for table a, public.b, tables in schema s",
        "create publication p for tables in schema s, table b, table a *",
    ),
    ("create publication p for table a (y, x)", "create publication p for table a (x, y)"),
    (
        "create publication p with (publish = 'DELETE,insert,update, truncate', publish_via_partition_root = 0)",
        "create publication p",
    ),
    (
        "create publication p for tables in schema current_schema with (publish_generated_columns)",
        "create publication p for tables in schema public with (publish_generated_columns = stored)",
    ),
    (
        "create subscription s connection ' host=x ' publication b, a with (connect = 0, slot_name = s)",
        "create subscription s connection 'host=x' publication a, b with (connect = false, enabled = 0)",
    ),
)

OTHER = (
    ("create foreign table t (a int, b int) server s", "create foreign table t (b int, a int) server s"),
    (
        "create foreign table t (a int check (b) not enforced) server s",
        "create foreign table t (a int check (b)) server s",
    ),
    (
        "create foreign table t (a int options (x 'y')) server s",
        "create foreign table t (a int) server s options (x 'y')",
    ),
    ("create publication p for table a", "create publication p for table only a"),
    (
        "create publication p for table a where (x = 'TABLE b')",
        "create publication p for table a where (x = 'table b')",
    ),
    (
        "create subscription s connection 'host=x' publication a with (connect = false)",
        "create subscription s connection 'host=x' publication a with (connect = false, slot_name = none)",
    ),
)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_are_one_definition(one: str, other: str) -> None:
    first, second = Entity.from_sql(one), Entity.from_sql(other)
    assert (first.canonical, first.hash) == (second.canonical, second.hash)
    assert second.replace_statements(first) == []


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_definition_is_a_change(one: str, other: str) -> None:
    assert differs(Entity.from_sql(one), Entity.from_sql(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("create server s type 'a' foreign data wrapper w", "create server s foreign data wrapper w"),
        ("create server s foreign data wrapper w", "create server s foreign data wrapper v"),
        ("create foreign table t (a int) server s", "create foreign table t (a int) server r"),
        ("create foreign table t (a int, b int) server s", "create foreign table t (a int, c int, b int) server s"),
        ("create foreign table t (a int) server s", "create foreign table t (a int) inherits (p) server s"),
        ("create foreign table t (a int check (a > 1)) server s", "create foreign table t (a int) server s"),
        ("create foreign table t (a int, check (a > 1)) server s", "create foreign table t (a int) server s"),
        (
            "create foreign table t partition of p for values in (1) server s",
            "create foreign table t partition of p default server s",
        ),
        ("create publication p for all tables", "create publication p for table t"),
    ],
)
def test_what_has_to_be_made_anew(one: str, other: str) -> None:
    assert Entity.from_sql(other).replace_statements(Entity.from_sql(one)) is None


@pytest.mark.parametrize(
    "sql",
    [
        "create user mapping for current_user server s",
        "create user mapping for session_user server s",
        "create foreign table t (like other) server s",
        "import foreign schema public from server s into public",
        "create publication p with (published = 'insert')",
        "create subscription s connection 'host=x' publication p",
        "create subscription s connection 'host=x' publication p with (connect)",
        "create subscription s connection 'host=x' publication p with (connect = false, enabled = true)",
        "create subscription s connection 'host=x' publication p with (connect = false, slot = x)",
    ],
)
def test_what_is_refused(sql: str) -> None:
    with pytest.raises(SqlError) as refused:
        Entity.from_sql(sql)
    assert refused.value.hint


def test_which_options_are_secrets() -> None:
    secret = ("password", "PassWord", "sslpassword", "passwd", "api_key", "apikey", "aws_secret_access_key", "token")
    plain = (
        "user",
        "password_required",
        "passfile",
        "sslkey",
        "api_key_id",
        "key",
        "host",
        "token_url",
        "tokenizer_path",
    )
    assert [name for name in (*secret, *plain) if is_secret(name, "x")] == [*secret]
    given = ("password=x", "host=a  password = 'b c'", "postgresql://u:p@h/d", "postgresql://h/d?password=x")
    without = (
        "host=a",
        "passfile=/x",
        "host=a password=",
        "postgresql://u@h:5432/d",
        "time 12:30 me@x",
        "https://h:1/a@b",
    )
    assert [text for text in (*given, *without) if has_password(text)] == [*given]


def test_what_is_shown_of_a_statement_with_secrets() -> None:
    sql = "alter user mapping for bob server s options (set password 'it''s')"
    assert masked(sql) == sql.replace("'it''s'", "…" * 7)
    about_none = "alter subscription s set (password_required = false, origin = 'none')"
    assert masked(about_none) == about_none
    plain = "create view v as select token, 'x' as password from users where password = 'y'"
    assert masked(plain) == plain


def test_a_model_of_the_same_name() -> None:
    """Alembic would make a table of it."""
    metadata = MetaData()
    Table("archived", metadata, Column("id", Integer))
    entity = Entity.from_sql("create foreign table archived (id integer) server s")
    declared = Declared([metadata], {entity.identity: entity})
    with pytest.raises(SqlError, match=r"foreign table public\.archived is a table of the models as well"):
        declared.check()
    Declared([MetaData()], {entity.identity: entity}).check()
