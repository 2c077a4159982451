"""Operators and what they are made of: one spelling for one meaning, what is refused, what depends on what."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import MigrationError, SqlError
from cucurbit.project.declared import Declared
from cucurbit.sql.names import qualify, quote
from tests.project import Project
from tests.servers import Database
from tests.strategies import names, schemas
from tests.test_cases import dump

# -- spellings --------------------------------------------------------------------------------------------------------

ALIKE: dict[str, list[tuple[str, ...]]] = {
    "aggregate": [
        (
            "create aggregate total(integer) (sfunc = int4pl, stype = integer, initcond = '0')",
            "CREATE OR REPLACE AGGREGATE public.total(int4) (INITCOND = 0, STYPE = int, SFUNC = int4pl)",
            "create aggregate total(basetype = int, sfunc1 = int4pl, stype1 = int4, initcond1 = '0')",
            "create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0', parallel = 'unsafe')",
        ),
        (
            "create aggregate counted(*) (sfunc = int8inc, stype = int8)",
            "create aggregate counted(basetype = 'any', sfunc = int8inc, stype = bigint, finalfunc_modify = read_only)",
        ),
        (
            "create aggregate middle(float8 order by anyelement) (sfunc = f, stype = internal, finalfunc_extra)",
            "create aggregate middle(float order by anyelement) (sfunc = f, stype = internal, finalfunc_extra = true, "
            "finalfunc_modify = read_write)",
        ),
    ],
    "operator": [
        (
            "create operator === (function = same, leftarg = mood, rightarg = integer, negator = !==, hashes)",
            "create operator public.=== (hashes = true, merges = off, negator = !==, rightarg = int4, "
            "leftarg = public.mood, procedure = same)",
        ),
        ("create operator @~ (rightarg = int, function = f)", "create operator @~ (function = f, rightarg = integer)"),
    ],
    "cast": [
        (
            "create cast (int as mood) with function mood_of(int) as assignment",
            "CREATE CAST (pg_catalog.int4 AS public.mood) WITH FUNCTION mood_of(integer) AS ASSIGNMENT",
        ),
    ],
    "operator family": [
        ("create operator family numbers using btree", "CREATE OPERATOR FAMILY public.numbers USING \"btree\""),
    ],
    "operator class": [
        (
            "create operator class c for type mood using btree as operator 1 <, operator 2 <=(mood, mood), storage int",
            "create operator class public.c for type public.mood using btree as storage integer, "
            "operator 2 <=(public.mood, mood), operator 1 < for search",
        ),
    ],
    "operator of access method": [
        (
            "alter operator family f using btree add operator 1 < (int4, mood)",
            "alter operator family public.f using btree add operator 1 <(integer, public.mood) for search",
        ),
    ],
    "function of access method": [
        (
            "alter operator family f using btree add function 1 compared(int4, mood)",
            "alter operator family public.f using btree add function 1 (integer, mood) compared(int, public.mood)",
        ),
    ],
}  # fmt: skip

OTHERWISE = [
    ("create aggregate a(int) (sfunc = f, stype = int)", "create aggregate a(int) (sfunc = g, stype = int)"),
    (
        "create aggregate a(int) (sfunc = f, stype = int)",
        "create aggregate a(int) (sfunc = f, stype = int, initcond = '')",
    ),
    ("create aggregate a(x int) (sfunc = f, stype = int)", "create aggregate a(y int) (sfunc = f, stype = int)"),
    ("create aggregate a(int) (sfunc = f, stype = int)", "create aggregate a(variadic int[]) (sfunc = f, stype = int)"),
    ("create operator @~ (rightarg = int, function = f)", "create operator @~ (rightarg = int, function = f, hashes)"),
    (
        "create operator @~ (rightarg = int, function = f, commutator = @@@)",
        "create operator @~ (rightarg = int, function = f, commutator = operator(shop.@@@))",
    ),
    ("create cast (int as mood) with inout", "create cast (int as mood) without function"),
    ("create cast (int as mood) with inout", "create cast (int as mood) with inout as implicit"),
    (
        "create operator class c for type int using btree as operator 1 <",
        "create operator class c default for type int using btree as operator 1 <",
    ),
    (
        "create operator class c for type int using gist as operator 1 <->",
        "create operator class c for type int using gist as operator 1 <-> for order by float_ops",
    ),
]


@pytest.mark.parametrize("texts", [texts for kind in ALIKE.values() for texts in kind])
def test_spellings_of_one_definition_are_one(texts: tuple[str, ...]) -> None:
    first, *others = map(Entity.from_sql, texts)
    for other in others:
        assert (other.identity, other.canonical) == (first.identity, first.canonical)
    again = Entity.from_sql(first.canonical)
    assert (again.identity, again.canonical, again.hash) == (first.identity, first.canonical, first.hash)
    assert Identity.parse(first.kind, first.identity.text) == first.identity


@pytest.mark.parametrize(("one", "other"), OTHERWISE)
def test_other_definitions_are_a_change(one: str, other: str) -> None:
    assert Entity.from_sql(one).hash != Entity.from_sql(other).hash


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(schemas, names, names)
def test_names_of_any_sort_are_read_back(schema: str, name: str, other: str) -> None:
    own, type_, routine = qualify((schema, name)), qualify((schema, other)), qualify((name, other))
    for sql in (
        f"create aggregate {own}({quote(other)} {type_}) (sfunc = {routine}, stype = {type_}[])",
        f"create operator {quote(schema)}.<== (leftarg = {type_}, rightarg = {type_}[], function = {routine})",
        f"create cast ({own} as {type_}) with function {routine}({own}) as implicit",
        f"create operator family {own} using btree",
        f"create operator class {own} for type {type_} using hash as function 1 ({type_}) {routine}(int)",
        f"alter operator family {own} using btree add operator 1 {quote(schema)}.<== ({type_}, int)",
        f"alter operator family {own} using btree add function 1 ({type_}, int) {routine}({type_}, int)",
    ):
        entity = Entity.from_sql(sql)
        again = Entity.from_sql(entity.canonical)
        assert (again.identity, again.canonical) == (entity.identity, entity.canonical)
        assert Identity.parse(entity.kind, entity.identity.text) == entity.identity
        assert entity.kind == "operator family" or {(schema, other), (name, other)} & _references(entity)


def _references(entity: Entity) -> set[tuple[str | None, str]]:
    found = entity.references
    return found.routines | found.types | {(namespace, name) for _, namespace, name in found.others}


REFUSED = {
    "create aggregate a(sfunc = f, stype = int)": "an aggregate needs its arguments",
    "create operator @~ (leftarg = int, function = f)": "an operator needs a right operand",
    "alter operator family f using btree add operator 1 < (int, int8), operator 2 <= (int, int8)": "several members",
    "alter operator family f using btree drop operator 1 (int, int8)": "not a statement that defines an entity",
    "alter operator family f using btree add operator 1 <": "an operator of a family needs its types",
    "alter operator family f using btree add function 2 support(internal)": "needs the types that it is for",
    "alter operator family f using gin add operator 1 && (int[], int[])": "belongs to a class",
    "create operator class c for type int using btree as operator 1 < (int, int8)": "is for bigint, and the class",
    "create operator class c for type mood using hash as function 1 hashenum(anyenum)": "is for anyenum",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_refused_says_why(sql: str) -> None:
    with pytest.raises(SqlError, match=REFUSED[sql]) as caught:
        Entity.from_sql(sql).canonical  # noqa: B018 - read when it is asked for
    assert caught.value.hint


def _findings(*sql: str) -> list[str]:
    """What the kinds remark in a project of nothing but some entities."""
    declared = Declared()
    for text in sql:
        declared.add(Entity.from_sql(text))
    return [finding.message for finding in declared.findings()]


def test_operator_that_nobody_makes_is_warned_about() -> None:
    same = "create operator === (function = f, leftarg = int, rightarg = mood, commutator = ===, negator = !==)"
    (turned, negator) = _findings(same)
    assert "operator public.===(public.mood, integer), the commutator of public.===" in turned
    assert "operator public.!==(integer, public.mood), the negator of public.===" in negator
    other = "create operator !== (function = f, leftarg = int, rightarg = mood, negator = ===)"
    assert _findings(same, other) == [turned]
    (_, silent) = _findings(same, other.replace(", negator = ===", ""))
    assert silent.startswith("operator public.!==(integer, public.mood) is the negator of public.===")
    own = "create operator <== (function = f, leftarg = {0}, rightarg = {0}, commutator = >=)"
    assert _findings(own.format("int")) == []
    (commutator,) = _findings(own.format("mood"))
    assert "operator public.>=(public.mood, public.mood)" in commutator


def test_family_of_a_class_is_the_class_s() -> None:
    class_ = "create operator class c for type int using btree as operator 1 <"
    assert _findings("create operator family c using hash", class_) == []
    (finding,) = _findings("create operator family c using btree", class_)
    assert "is the family of the operator class of its name" in finding


# -- what depends on what ---------------------------------------------------------------------------------------------

MOODS = """
create type mood as enum ('sad', 'happy');
create function mood_of({name} text) returns mood language sql immutable
as 'select case length({name}) when 1 then ''sad''::mood else ''happy'' end';
create cast (text as mood) with function mood_of(text);
create view moods as select word::mood as mood from unnest(array['a', 'bc']) word;
create function mood_in(word text) returns mood language sql immutable return word::mood;
"""


def test_cast_is_there_before_what_uses_it(database: Database, tmp_path: Path) -> None:
    """A text can be made any type by its own input, which is another meaning of the same words."""
    project = Project(tmp_path, database.url)
    for name in ("word", "text_of_it"):
        project.write({"app/entities/moods.sql": MOODS.format(name=name)})
        project.make()
        project.migrate()
        assert database.execute("select mood::text from moods") == [("sad",), ("happy",)]
        assert database.execute("select mood_in('x')::text") == [("sad",)]
    project.migrate("zero")


PAIR = """
create function more(a integer, b integer) returns boolean language sql immutable as 'select a > b';
create function less({names}) returns boolean language sql immutable as 'select $1 < $2';
create operator <== (leftarg = integer, rightarg = integer, function = less);
create operator >== (leftarg = integer, rightarg = integer, function = more, commutator = <==);
"""


def test_operator_stays_the_commutator_that_another_has_made_it(database: Database, tmp_path: Path) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/entities/pair.sql": PAIR.format(names="a integer, b integer")})
    project.make()
    project.migrate()
    before = dump(database)
    project.write({"app/entities/pair.sql": PAIR.format(names="x integer, y integer")})
    project.make()
    project.migrate()
    assert dump(database).replace("less(x integer, y integer)", "less(a integer, b integer)") == before
    assert set(project.states().values()) == {"applied"}
    project.migrate("zero")


def test_operator_that_a_later_one_names_stays_applied(database: Database, tmp_path: Path) -> None:
    project = Project(tmp_path, database.url)
    *first, _ = PAIR.format(names="a integer, b integer").strip().splitlines()
    for text in ("\n".join(first), PAIR.format(names="a integer, b integer")):
        project.write({"app/entities/pair.sql": text})
        project.make()
        project.migrate()
        assert set(project.states().values()) == {"applied"}
    assert database.execute("select oprcom <> 0 from pg_operator where oprname = '<=='") == [(True,)]
    project.migrate("-1")
    assert database.execute("select oprcom <> 0 from pg_operator where oprname = '<=='") == [(False,)]
    assert project.states()["operator public.<==(integer, integer)"] == "applied"


@pytest.mark.servers("18", "14")
def test_commutator_is_set_in_place_from_17_on(database: Database, tmp_path: Path) -> None:
    project = Project(tmp_path, database.url)
    oids = []
    for commutator in ("", ", commutator = <==, restrict = scalarltsel, merges"):
        text = PAIR.format(names="a integer, b integer").replace(", commutator = <==", commutator)
        project.write({"app/entities/pair.sql": text})
        project.make()
        project.migrate()
        oids += database.execute("select oid, oprcom <> 0, oprcanmerge from pg_operator where oprname = '>=='")
    assert [row[1:] for row in oids] == [(False, False), (True, True)]
    assert (oids[0][0] == oids[1][0]) == (database.server.name == "18")


ITEMS = """
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

metadata = MetaData()
words = Table(
    "words", metadata, Column("id", Integer, primary_key=True), Column("word", Text),
    Index("words_by_length", "word", postgresql_ops={"word": "by_length"}),
)
"""
LENGTHS = """
create function shorter({a} text, {b} text) returns boolean language sql immutable as 'select length($1) < length($2)';
create function as_long({a} text, {b} text) returns boolean language sql immutable as 'select length($1) = length($2)';
create function compared({a} text, {b} text) returns integer language sql immutable as 'select length($1) - length($2)';
create operator <# (leftarg = text, rightarg = text, function = shorter, commutator = >#);
create operator ># (leftarg = text, rightarg = text, function = shorter, commutator = <#);
create operator ==# (leftarg = text, rightarg = text, function = as_long, commutator = ==#);
create operator class by_length for type text using btree as
  operator 1 <#, operator 3 ==#, {more} function 1 compared(text, text);
"""


def test_parts_of_tables_come_back_on_a_class_that_is_made_anew(database: Database, tmp_path: Path) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": ITEMS, "app/entities/lengths.sql": LENGTHS.format(a="a", b="b", more="")})
    project.make()
    project.migrate()
    database.execute("insert into words values (1, 'one'), (2, 'three')")
    database.execute("alter table words add constraint one_of_a_length exclude using btree (word by_length with ==#)")
    before = dump(database)
    project.write({"app/entities/lengths.sql": LENGTHS.format(a="x", b="y", more="operator 5 >#,")})
    project.make()
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert "OPERATOR 5 public.>#" in dump(database)
    project.migrate("-1")
    assert dump(database) == before
    project.migrate("zero")


LISTS = """
create function has({a} integer[], {b} integer) returns boolean language sql immutable as 'select $2 = any($1)';
create operator &&& (leftarg = integer[], rightarg = integer, function = has);
create operator class shared for type integer[] using gin as
  operator 1 && (anyarray, anyarray), operator 7 &&& (integer[], integer), function 1 btint4cmp(integer, integer),
  function 2 ginarrayextract(anyarray, internal, internal),
  function 3 ginqueryarrayextract(anyarray, internal, smallint, internal, internal, internal, internal),
  function 4 ginarrayconsistent(internal, smallint, anyarray, integer, internal, internal, internal, internal),
  storage integer;
create materialized view lists as select array[1, 2] as list;
create index lists_list on lists using gin (list shared);
"""


def test_family_that_a_class_has_made_is_as_it_was(database: Database, tmp_path: Path) -> None:
    """Its operators hang on the family only, and would go with their functions, without a word."""
    project = Project(tmp_path, database.url)
    project.write({"app/entities/lists.sql": LISTS.format(a="a", b="b")})
    project.make()
    project.migrate()
    database.execute("alter operator family shared using gin owner to pg_read_all_data")
    database.execute("comment on operator family shared using gin is 'set by hand'")
    before = dump(database)
    project.write({"app/entities/lists.sql": LISTS.format(a="x", b="y")})
    project.make()
    project.migrate()
    assert dump(database).replace("has(x integer[], y integer)", "has(a integer[], b integer)") == before
    project.migrate("-1")
    assert dump(database) == before
    project.migrate("zero")
    assert database.execute("select opfname from pg_opfamily where opfname = 'shared'") == []


NUMBERS = """
create operator family numbers using btree;
create operator class small_numbers for type smallint using btree family numbers as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint2cmp(smallint, smallint);
alter operator family numbers using btree add function {number} {types} {function};
"""


def test_member_of_the_class_s_own_type_is_written_into_the_class(database: Database, tmp_path: Path) -> None:
    project = Project(tmp_path, database.url)
    own = NUMBERS.format(number=4, types="(smallint, smallint)", function="btequalimage(oid)")
    project.write({"app/entities/numbers.sql": own})
    with pytest.raises(MigrationError, match=r"belongs to the operator class public.small_numbers(?s:.)*Write it into"):
        project.make()
    others = NUMBERS.format(number=1, types="(smallint, integer)", function="btint24cmp(smallint, integer)")
    project.write({"app/entities/numbers.sql": others})
    project.make()
    project.migrate()
    assert set(project.states().values()) == {"applied"}
