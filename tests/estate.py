"""An existing database, as a company has one: grown by hand (`estate.sql`), then by more of the same.

    database.execute(";\\n".join(estate.statements()))

What is made is the same every time. Roles are the server's, which tests share: they are made where they are missing,
and stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from pglast import parser

ROLES = ("estate_owner", "estate_app", "estate_reporter")

# What it cannot have, or not without leaving something on the server or in the way of others: a label needs a provider,
# which PostgreSQL comes without, and a database with a subscription cannot be dropped.
LEFT_OUT = {"security label", "subscription"}

_BY_HAND = Path(__file__).with_suffix(".sql")
TABLES, ENTITIES = 42, 194  # in that file, as `test_estate.py` counts them

_ROLES = """
do $$
declare
  one name;
begin
  perform pg_advisory_xact_lock(hashtext('the roles of the estate')); -- other tests are making them
  foreach one in array '{names}'::name[] loop
    if not exists (select from pg_roles where rolname = one) then
      execute format('create role %I', one);
    end if;
  end loop;
  if not pg_has_role('{app}', '{reporter}', 'member') then
    grant {reporter} to {app};
  end if;
end
$$
""".strip()

# More tables, in schemas of their own: {s} is the schema, {n} the table's number, {p} that of the one before it.
_MORE_TABLES = """
create table {s}.t{n} (id serial primary key, name text not null, amount numeric(10, 2) default 0 check (amount >= 0), made timestamptz default now(), before_id integer references {q}.t{p})
create table {s}.t{n} (id bigint generated always as identity primary key, name varchar(80) unique, amount numeric(12, 4), made date default current_date, before_id bigint)
create table {s}.t{n} (id integer not null, name text default 'none', amount numeric, made timestamp(0), details jsonb default '{{}}' not null, primary key (id))
""".strip().splitlines()  # noqa: E501 - a statement a line

# More entities on them, one a line; {i} is a number that is used once.
_MORE_ENTITIES = """
create view {s}.v{i} as select id, name, amount from {s}.t{n} where amount > {i}
create function {s}.f{i}(value numeric) returns numeric language sql immutable return value * {i}
create view {s}.w{i} as select id, {s}.f{f}(amount) as amount from {s}.v{v}
create type {s}.e{i} as enum ('one', 'two', 'number {i}')
create function {s}.g{i}() returns trigger language plpgsql as $$ begin new.name := 'n{i}'; return new; end $$
create trigger r{i} before insert or update of name on {s}.t{n} for each row execute function public.refuse()
create domain {s}.d{i} as numeric check (value > {i})
create sequence {s}.s{i} start {i}1
create policy p{i} on {s}.t{n} for select using (amount < {i})
comment on view {s}.v{v} is 'view {i}'
create materialized view {s}.m{i} as select name, sum(amount) as total from {s}.t{n} group by name
create statistics {s}.x{i} on name, amount from {s}.t{n}
create procedure {s}.c{i}(inout value integer) language sql as 'select value + {i}'
create type {s}.k{i} as (a integer, b text)
""".strip().splitlines()

_TABLES_A_SCHEMA = 25


def statements(tables: int = 50, entities: int = 220) -> list[str]:
    """The statements that make it, in an order that works, each without its semicolon.

    Args:
        tables: how many there are to be, partitions included; those of `estate.sql` are made in any case.
        entities: how many there are to be, not counting roles, and owners, of which each object has one; as before.
    """
    names = "{" + ",".join(ROLES) + "}"
    roles = _ROLES.format(names=names, app=ROLES[1], reporter=ROLES[2])
    by_hand = parser.split(_BY_HAND.read_text(encoding="utf-8"))
    more_tables = max(tables - TABLES, 1)
    made = list(_tables(more_tables))
    schemas = sum(text.startswith("create schema") for text in made)
    return [roles, *by_hand, *made, *_entities(more_tables, entities - ENTITIES - schemas)]


def _tables(number: int) -> Iterator[str]:
    for n, template in zip(range(number), cycle(_MORE_TABLES), strict=False):
        if n % _TABLES_A_SCHEMA == 0:
            yield f"create schema {_schema(n)}"
        before = max(n - 3, 0)  # the last one with such a key
        yield template.format(s=_schema(n), n=n, q=_schema(before), p=before)


def _entities(tables: int, number: int) -> Iterator[str]:
    rounds = -(-max(number, 0) // len(_MORE_ENTITIES))
    found = (text for r in range(rounds) for text in _round(r, tables))
    return islice(found, max(number, 0))


def _round(r: int, tables: int) -> Iterator[str]:
    """All of the templates once, on the tables in turn."""
    first = r * len(_MORE_ENTITIES)
    n = r % tables
    for i, template in enumerate(_MORE_ENTITIES, first):
        yield template.format(s=_schema(n), n=n, i=i, v=first, f=first + 1)


def _schema(n: int) -> str:
    return f"department_{n // _TABLES_A_SCHEMA}"
