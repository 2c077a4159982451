"""A large mixed schema: sixty tables and over five hundred entities, of every kind, in three schemas.

Each schema refers to the next.
It comes in two forms, the second of which changes everything that can change.
"""

from __future__ import annotations

from collections.abc import Iterator

SCHEMAS = ("sales", "stock", "staff")
TABLES = 20  # in each schema
MANY = 14  # of each of the common kinds, in each schema
FEW = 3  # of those that are made anew

# Of each kind the statements for one schema: {s} is the schema, {o} the one that it refers to, {r} a role. The second
# form of a statement stands behind `=>`; one without it does not change.
ONCE = """
create schema {s}

create type {s}.pair as (a integer, b integer)
  => create type {s}.pair as (a integer, b integer, c text)
create type {s}.span as range (subtype = numeric)
  => create type {s}.span as range (subtype = float8)
create domain {s}.positive as integer constraint above check (value > 0)
  => create domain {s}.positive as integer default 7 constraint above check (value > -1)
create collation {s}.german (provider = libc, locale = 'C')
  => create collation {s}.german (provider = libc, locale = 'POSIX')
create function {s}.same(a {s}.pair, b {s}.pair) returns boolean language sql immutable as 'select a.a = b.a'
  => create function {s}.same(a {s}.pair, b {s}.pair) returns boolean language sql immutable as 'select a.b = b.b'
create function {s}.as_number(p {s}.pair) returns integer language sql immutable as 'select p.a'
  => create function {s}.as_number(p {s}.pair) returns integer language sql immutable as 'select p.b'
create function {s}.compared(a integer, b bigint) returns integer language sql immutable as 'select 1'
  => create function {s}.compared(a integer, b bigint) returns integer language sql immutable as 'select -1'
create function {s}.touched() returns trigger language plpgsql as $$begin return new; end$$
  => create function {s}.touched() returns trigger language plpgsql as $$begin new.name := 'touched'; return new; end$$
create function {s}.watched() returns event_trigger language plpgsql as $$begin null; end$$
  => create function {s}.watched() returns event_trigger language plpgsql as $$begin perform 1; end$$
create aggregate {s}.total(integer) (sfunc = int4pl, stype = integer, initcond = '0')
  => create aggregate {s}.total(integer) (sfunc = int4pl, stype = integer, initcond = '1')
create operator {s}.=== (leftarg = {s}.pair, rightarg = {s}.pair, function = {s}.same)
  => create operator {s}.=== (leftarg = {s}.pair, rightarg = {s}.pair, function = {s}.same, restrict = eqsel)
create operator family {s}.numbers using btree
alter operator family {s}.numbers using btree add operator 1 pg_catalog.< (integer, bigint)
  => alter operator family {s}.numbers using btree add operator 1 pg_catalog.> (integer, bigint)
alter operator family {s}.numbers using btree add function 1 (integer, bigint) pg_catalog.btint48cmp(integer, bigint)
  => alter operator family {s}.numbers using btree add function 1 (integer, bigint) {s}.compared(integer, bigint)
create operator class {s}.backwards for type integer using btree as operator 1 >, operator 2 >=, operator 3 =,
  operator 4 <=, operator 5 <, function 1 btint4cmp(integer, integer)
  => create operator class {s}.backwards for type integer using btree as operator 1 <, operator 2 <=, operator 3 =,
  operator 4 >=, operator 5 >, function 1 btint4cmp(integer, integer)
create cast ({s}.pair as integer) with function {s}.as_number({s}.pair)
  => create cast ({s}.pair as integer) with function {s}.as_number({s}.pair) as assignment
create transform for {s}.pair language sql (from sql with function prsd_lextype(internal))
  => create transform for {s}.pair language sql (from sql with function dsimple_init(internal))
create language {s}_speech handler plpgsql_call_handler
  => create language {s}_speech handler plpgsql_call_handler inline plpgsql_inline_handler
create conversion {s}.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8
  => create default conversion {s}.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8
create access method {s}_method type table handler heap_tableam_handler
  => create access method {s}_method type index handler bthandler
create event trigger {s}_watch on ddl_command_start execute function {s}.watched()
  => create event trigger {s}_watch on ddl_command_end execute function {s}.watched()
create text search parser {s}.words
  (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)
  => create text search parser {s}.words
  (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype, headline = prsd_headline)
create text search template {s}.plain (init = dsimple_init, lexize = dsimple_lexize)
  => create text search template {s}.plain (init = dsynonym_init, lexize = dsynonym_lexize)
create text search dictionary {s}.plain (template = simple, accept = false)
  => create text search dictionary {s}.plain (template = simple, accept = true)
create text search configuration {s}.documents (parser = {s}.words)
  => create text search configuration {s}.documents (parser = pg_catalog.default)
alter text search configuration {s}.documents add mapping for asciiword with {o}.plain
  => alter text search configuration {s}.documents add mapping for asciiword with {o}.plain, simple
create foreign data wrapper {s}_files
  => create foreign data wrapper {s}_files options (place 'here')
create server {s}_far foreign data wrapper {s}_files
  => create server {s}_far foreign data wrapper {s}_files options (host 'there')
create user mapping for public server {s}_far options (user 'one')
  => create user mapping for public server {s}_far options (user 'two')
create foreign table {s}.far_orders (id integer) server {o}_far
  => create foreign table {s}.far_orders (id integer, total numeric) server {o}_far
create publication {s}_news for table {s}.t0
  => create publication {s}_news for table {s}.t0, {o}.t1
create subscription {s}_letters connection 'dbname=nowhere' publication {o}_news with (connect = false)
  => create subscription {s}_letters connection 'dbname=elsewhere' publication {o}_news with (connect = false)
create role {r}_{s} nologin
grant pg_monitor to {r}_{s}
comment on function {s}.same({s}.pair, {s}.pair) is 'whether two are the same'
  => comment on function {s}.same({s}.pair, {s}.pair) is 'whether two are one'
grant select on {s}.v1 to {r}_{s}
  => grant select, insert on {s}.v1 to {r}_{s}
grant usage on schema {s} to {r}_{s} with grant option
  => grant usage, create on schema {s} to {r}_{s} with grant option
revoke execute on function {s}.as_number({s}.pair) from public
alter default privileges in schema {s} grant select on tables to {r}_{s}
alter view {s}.v2 owner to pg_read_all_data
  => alter view {s}.v2 owner to pg_write_all_data
alter table {s}.t0 enable row level security
alter table {s}.t1 replica identity full
  => alter table {s}.t1 replica identity nothing
alter table {s}.t0 disable trigger touched
  => alter table {s}.t0 enable always trigger touched
alter table {s}.t2 cluster on t2_pkey
alter table {s}.t2 alter column name set statistics 100
  => alter table {s}.t2 alter column name set statistics 200
alter statistics {s}.s1 set statistics 100
  => alter statistics {s}.s1 set statistics 200
alter view {s}.v3 alter column f set default 1
  => alter view {s}.v3 alter column f set default 2
alter event trigger {s}_watch disable
  => alter event trigger {s}_watch enable always
alter table {s}.t0 disable rule kept
  => alter table {s}.t0 enable always rule kept
create policy own on {s}.t0 using (id = 1)
  => create policy own on {s}.t0 using (id = 2)
create trigger touched before update on {s}.t0 for each row execute function {s}.touched()
  => create trigger touched before insert or update on {s}.t0 for each row execute function {o}.touched()
create rule kept as on delete to {s}.t0 do instead nothing
  => create rule kept as on delete to {s}.t0 where old.id > 1 do instead nothing
"""

# The same for those of which there are many, most of which change in place: {i} is a number, {j} the one before it.
OFTEN = """
create type {s}.mood{i} as enum ('bad', 'good')
  => create type {s}.mood{i} as enum ('bad', 'fair', 'good')
create sequence {s}.ticket{i}
  => create sequence {s}.ticket{i} increment by 7
create domain {s}.size{i} as integer constraint above check (value > 0)
  => create domain {s}.size{i} as integer constraint above check (value > -1)
create function {s}.f{i}(n integer) returns integer language sql immutable return n + 1
  => create function {s}.f{i}(n integer) returns integer language sql immutable return n + 2
create procedure {s}.p{i}(n {o}.size{i}) language sql as 'select n'
  => create procedure {s}.p{i}(n {o}.size{i}) language sql as 'select n + 1'
create view {s}.v{i} as select t.id, u.amount, {o}.f{i}(t.id) as f, 'good'::{o}.mood{i} as mood
  from {s}.t{i} t join {o}.t{j} u on u.id = t.id
  => create view {s}.v{i} as select t.id, u.amount, {o}.f{i}(t.id) as f, 'bad'::{o}.mood{i} as mood, t.name
  from {s}.t{i} t join {o}.t{j} u on u.id = t.id
create view {s}.w{i} as select id, f from {o}.v{i}
  => create view {s}.w{i} as select id, f, mood from {o}.v{i}
create statistics {s}.s{i} on name, amount from {s}.t{i}
  => create statistics {s}.s{i} (mcv) on name, amount from {s}.t{i}
"""

# And for those that are made anew, one under the other.
CHAINS = """
create function {s}.g{i}(n integer) returns integer language sql immutable return n + 1
  => create function {s}.g{i}(number integer) returns bigint language sql immutable return number + 2::bigint
create view {s}.x{i} as select t.id, {o}.g{i}(t.id) as g from {s}.t{i} t
  => create view {s}.x{i} as select {o}.g{i}(t.id) as g, t.id from {s}.t{i} t
create materialized view {s}.m{i} as select id, g from {o}.x{i}
  => create materialized view {s}.m{i} as select id, g, 1 as one from {o}.x{i}
create unique index m{i}_id on {s}.m{i} (id)
  => create unique index m{i}_id on {s}.m{i} (id, g)
"""


def models(*, changed: bool) -> str:
    """A models module with all tables: each refers to one of another schema that comes before it."""
    lines = [
        "from sqlalchemy import Column, ForeignKey, Integer, MetaData, Numeric, String, Table, Text",
        "",
        "",
        "class Base:",
        "    metadata = MetaData()",
        "",
        "",
    ]
    name = "Text" if changed else "String(40)"
    for number in range(TABLES):
        for schema, other in zip(SCHEMAS, (*SCHEMAS[1:], SCHEMAS[0]), strict=True):
            key = f', ForeignKey("{other}.t{number - 1}.id")' if number else ""
            lines.append(
                f'Table("t{number}", Base.metadata, Column("id", Integer, primary_key=True), '
                f'Column("name", {name}), Column("amount", Numeric(10, 2)), Column("other", Integer{key}), '
                f'schema="{schema}")'
            )
    return "\n".join(lines) + "\n"


def statements(*, changed: bool, role: str) -> list[str]:
    """All entities, in no order that would work."""
    found = ["create extension if not exists plpgsql"]
    for schema, other in zip(SCHEMAS, (*SCHEMAS[1:], SCHEMAS[0]), strict=True):
        names = {"s": schema, "o": other, "r": role}
        found += [_filled(text, names) for text in _forms(ONCE, changed=changed)]
        for many, templates in ((MANY, OFTEN), (FEW, CHAINS)):
            for number in range(many):
                numbers = {"i": str(number), "j": str(max(number - 1, 0))}
                found += [_filled(text, names | numbers) for text in _forms(templates, changed=changed)]
    return found


def _forms(text: str, *, changed: bool) -> Iterator[str]:
    form: list[str] = []
    for line in [*text.strip().splitlines(), "create"]:
        if not line.startswith(" ") and line and form:
            first, _, second = "\n".join(form).partition("\n  => ")
            yield (second or first) if changed else first
            form = []
        if line:
            form.append(line)


def _filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text
