"""Marks: dropped, made again by hand and given its marks, an object is to pg_dump what it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from pglast import parser
from sqlalchemy import Connection, create_engine

from cucurbit.database.dependants import Address
from cucurbit.database.marks import Mark, marks, surplus
from cucurbit.database.set_aside import spoken
from tests.observer import difference, dump
from tests.servers import Database
from tests.shell import role, url_of

pytestmark = pytest.mark.servers("18", "14")


@dataclass(frozen=True)
class Roles:
    """Who owns the objects, who is granted rights with the right to grant them, and who may act as all of these."""

    owner: str
    first: str
    second: str
    member: str

    def fill(self, text: str) -> str:
        """A text with `{owner}` and so on as their names."""
        return text.format(**vars(self))


@pytest.fixture
def roles(database: Database) -> Iterator[Roles]:
    """Four of them, with a schema `shop` that the owner and the member may make objects in."""
    with role(database) as member, role(database) as owner, role(database) as first, role(database) as second:
        found = Roles(owner, first, second, member)
        database.execute(
            found.fill(
                "create schema shop; grant create, usage on schema shop to {owner}, {member}, {first}, {second};"
                "grant {owner}, {first}, {second} to {member}"
            )
        )
        yield found
        database.execute("drop schema shop cascade")  # its grants keep the roles from being dropped one by one


@contextmanager
def connected(database: Database, user: str | None = None) -> Iterator[Connection]:
    """A transaction on the database, as its superuser or as another role."""
    url = url_of(database, user) if user else database.url
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def address(connection: Connection, catalog: str, name: str, value: str) -> Address:
    """Where an object is: `address(connection, "pg_class", "relname", "v")`."""
    sql = f"select '{catalog}'::regclass::oid::int8, oid::int8 from {catalog} where {name} = %s order by oid limit 1"
    return Address(*connection.exec_driver_sql(sql, (value,)).one())


def run(connection: Connection, sql: str) -> None:
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def give(connection: Connection, kept: list[Mark]) -> None:
    for statement in spoken(connection, kept):
        run(connection, statement)


TABLES = """
create table shop.orders (id int, status text, total numeric) partition by list (id);
create table shop.first_orders partition of shop.orders for values in (1);
create table shop.notes (id int, "Größe" text);
create function shop.touch() returns trigger language plpgsql as 'begin return new; end';
"""
RIGHTS = """
grant all on {word} to {owner};
grant select, update on {word} to {first} with grant option;
grant insert ("Größe") on {word} to {first} with grant option;
grant delete on {word} to public;
set role {first};
grant select on {word} to {second} with grant option;
grant update (id) on {word} to {second};
grant insert ("Größe") on {word} to {second} with grant option;
set role {second};
grant select on {word} to {member};
grant insert ("Größe") on {word} to {member};
reset role;
grant select ("Größe") on {word} to {second};
"""
VIEW = 'create view shop."Big notes" as select id, "Größe" from shop.notes'
SALES = 'create materialized view shop.sales as select id, "Größe" from shop.notes'
BY_SIZE = 'create index by_size on shop.sales (id, lower("Größe"), (id + 1))'
PAIRS = 'create statistics shop.pairs on id, "Größe" from shop.notes'
FUNCTION = "create function shop.half(n int) returns int language sql as 'select n / 2'"
TRIGGER = "create trigger touch before update on shop.notes for each row execute function shop.touch()"
ON_ALL = "create trigger everywhere before update on shop.orders for each row execute function shop.touch()"
RULE = "create rule kept as on delete to shop.notes do instead nothing"
MOOD = "create type shop.mood as enum ('sad')"

# How it is made; what is done to it then; how it is dropped; where it is found.
OBJECTS = {
    "view": (
        VIEW,
        RIGHTS.replace("{word}", 'shop."Big notes"')
        + """
        alter view shop."Big notes" owner to {owner};
        comment on view shop."Big notes" is 'It''s \\ 100%';
        comment on column shop."Big notes"."Größe" is ':name %s';
        """,
        'drop view shop."Big notes"',
        ("pg_class", "relname", "Big notes"),
    ),
    "materialized view": (
        SALES,
        RIGHTS.replace("{word}", "shop.sales")
        + """
        alter materialized view shop.sales owner to {owner};
        alter materialized view shop.sales alter column id set statistics 0;
        alter materialized view shop.sales alter column "Größe" set statistics 77;
        alter materialized view shop.sales alter column "Größe" set (n_distinct = -0.5, n_distinct_inherited = 10);
        alter materialized view shop.sales alter column "Größe" set storage external;
        alter materialized view shop.sales alter column "Größe" set compression pglz;
        alter materialized view shop.sales depends on extension plpgsql;
        comment on materialized view shop.sales is 'sales';
        comment on column shop.sales.id is 'the id';
        """,
        "drop materialized view shop.sales",
        ("pg_class", "relname", "sales"),
    ),
    "index": (
        BY_SIZE,
        """
        alter materialized view shop.sales cluster on by_size;
        alter index shop.by_size alter column 2 set statistics 55;
        alter index shop.by_size alter column 3 set statistics 66;
        alter index shop.by_size depends on extension plpgsql;
        comment on index shop.by_size is 'by size';
        """,
        "drop index shop.by_size",
        ("pg_class", "relname", "by_size"),
    ),
    "statistics": (
        PAIRS,
        """
        alter statistics shop.pairs owner to {owner};
        alter statistics shop.pairs set statistics 42;
        comment on statistics shop.pairs is 'pairs';
        """,
        "drop statistics shop.pairs",
        ("pg_statistic_ext", "stxname", "pairs"),
    ),
    "function": (
        FUNCTION,
        """
        alter function shop.half(int) owner to {owner};
        revoke all on function shop.half(int) from public;
        grant execute on function shop.half(int) to {first} with grant option;
        set role {first};
        grant execute on function shop.half(int) to {second};
        reset role;
        alter function shop.half(int) depends on extension plpgsql;
        comment on function shop.half(int) is 'half';
        """,
        "drop function shop.half(int)",
        ("pg_proc", "proname", "half"),
    ),
    "enum": (
        MOOD,
        """
        alter type shop.mood owner to {owner};
        revoke all on type shop.mood from public;
        grant usage on type shop.mood to {first};
        comment on type shop.mood is 'mood';
        """,
        "drop type shop.mood",
        ("pg_type", "typname", "mood"),
    ),
    "trigger": (
        TRIGGER,
        """
        alter table shop.notes enable replica trigger touch;
        alter trigger touch on shop.notes depends on extension plpgsql;
        comment on trigger touch on shop.notes is 'touch';
        """,
        "drop trigger touch on shop.notes",
        ("pg_trigger", "tgname", "touch"),
    ),
    "trigger that is off on a partition": (
        ON_ALL,
        """
        alter table only shop.first_orders disable trigger everywhere;
        comment on trigger everywhere on shop.first_orders is 'not here';
        """,
        "drop trigger everywhere on shop.orders",
        ("pg_trigger", "tgname", "everywhere"),
    ),
    "trigger that is on on a partition only": (
        ON_ALL,
        """
        alter table shop.orders disable trigger everywhere;
        alter table shop.first_orders enable trigger everywhere;
        """,
        "drop trigger everywhere on shop.orders",
        ("pg_trigger", "tgname", "everywhere"),
    ),
    "rule": (
        RULE,
        "alter table shop.notes disable rule kept; comment on rule kept on shop.notes is 'kept'",
        "drop rule kept on shop.notes",
        ("pg_rewrite", "rulename", "kept"),
    ),
}
BELOW = {"index": SALES}


@pytest.mark.parametrize("user", ["superuser", "member"])
@pytest.mark.parametrize("what", OBJECTS)
def test_an_object_made_again_gets_back_what_it_had(database: Database, roles: Roles, what: str, user: str) -> None:
    create, change, drop, where = OBJECTS[what]
    database.execute(TABLES)
    for name in ("orders", "first_orders", "notes"):
        database.execute(f"alter table shop.{name} owner to {roles.owner}")
    database.execute(f"alter function shop.touch() owner to {roles.owner}")
    for sql in (BELOW.get(what), create):
        if sql:
            database.execute(roles.fill("set role {owner}; ") + sql)
    bare = dump(database)
    database.execute(roles.fill(change))
    before = dump(database)
    assert difference(bare, before) != ""

    with connected(database, roles.member if user == "member" else None) as connection:
        (kept,) = marks(connection, [address(connection, *where)])
        run(connection, drop)
        run(connection, create)
        give(connection, kept)
        assert marks(connection, [address(connection, *where)]) == [kept]
        assert connection.exec_driver_sql("select current_user = session_user").scalar_one()
    assert difference(before, dump(database)) == ""


@pytest.mark.parametrize("rights", ["", "grant select on shop.sales to {second}"], ids=["none", "some"])
def test_default_privileges_leave_no_trace(database: Database, roles: Roles, rights: str) -> None:
    """Neither those for others, nor those for everybody, nor those that are taken from the owner."""
    database.execute(roles.fill(TABLES + SALES + ";" + FUNCTION + ";" + rights))
    before = dump(database)
    database.execute(
        roles.fill(
            "alter default privileges in schema shop grant select on tables to {first}, public;"
            "alter default privileges revoke delete on tables from postgres;"
            "alter default privileges revoke execute on functions from public"
        )
    )
    with connected(database) as connection:
        found = [("pg_class", "relname", "sales"), ("pg_proc", "proname", "half")]
        kept = marks(connection, [address(connection, *where) for where in found])
        run(connection, "drop materialized view shop.sales")
        run(connection, "drop function shop.half(int)")
        run(connection, SALES)
        run(connection, FUNCTION)
        for statement in surplus(connection, [address(connection, *where) for where in found]):
            run(connection, statement)
        for mine in kept:
            give(connection, mine)
    database.execute(
        roles.fill(
            "alter default privileges in schema shop revoke select on tables from {first}, public;"
            "alter default privileges grant delete on tables to postgres;"
            "alter default privileges grant execute on functions to public"
        )
    )
    assert difference(before, dump(database)) == ""


def test_a_trigger_and_a_rule_that_are_replaced_get_back_their_states(database: Database) -> None:
    """PostgreSQL enables a trigger that it replaces, not a rule."""
    database.execute(f"create schema shop; {TABLES} {TRIGGER}; {ON_ALL}; {RULE}")
    database.execute("alter table shop.notes disable trigger touch; alter table shop.orders disable trigger everywhere")
    database.execute("alter table shop.notes enable always rule kept")
    before = dump(database)
    with connected(database) as connection:
        where = [
            address(connection, "pg_trigger", "tgname", "touch"),
            address(connection, "pg_trigger", "tgname", "everywhere"),
            address(connection, "pg_rewrite", "rulename", "kept"),
        ]
        kept = marks(connection, where)
        for create in (TRIGGER, ON_ALL, RULE):
            run(connection, create.replace("create", "create or replace"))
        assert marks(connection, where)[0] == []
        for mine in kept:
            give(connection, mine)
        assert marks(connection, where) == kept
    assert difference(before, dump(database)) == ""


def test_security_labels_are_given_back_by_their_provider(database: Database) -> None:
    """No server here has a provider, so the statements are only read."""
    database.execute(f"create schema shop; {TABLES} {SALES}")
    database.execute(
        "insert into pg_seclabel select 'shop.sales'::regclass, 'pg_class'::regclass, n, 'Pro vider', 'It''s \\ ' || n"
        " from generate_series(0, 1) n"
    )
    with connected(database) as connection:
        (found,) = marks(connection, [address(connection, "pg_class", "relname", "sales")])
    whole, column = (str(parser.parse_sql_json(mark.sql)) for mark in found)
    assert [mark.column for mark in found] == [None, "id"]
    for tree, words in ((whole, ("OBJECT_MATVIEW", "\\ 0")), (column, ("OBJECT_COLUMN", "\\ 1"))):
        assert all(word in tree.replace("\\\\", "\\") for word in (*words, "Pro vider", "It's "))


def test_many_objects_at_once_keep_their_places(database: Database) -> None:
    database.execute(
        "create table t (id int); do $$ begin for i in 1..30 loop"
        " execute format('create view v%s as select id from t', i);"
        " if i %% 2 = 0 then execute format('comment on view v%s is %L', i, i); end if; end loop; end $$".replace(
            "%%", "%"
        )
    )
    with connected(database) as connection:
        names = [f"v{i}" for i in range(30, 0, -1)]
        found = marks(connection, [address(connection, "pg_class", "relname", name) for name in names])
    assert [[mark.sql for mark in mine] for mine in found] == [
        [f"COMMENT ON VIEW public.{name} IS '{name[1:]}'"] if int(name[1:]) % 2 == 0 else [] for name in names
    ]
