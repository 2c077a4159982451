"""Which spellings of a definition are one, and which are not: by the parser alone, without a database."""

from __future__ import annotations

import pytest

from cucurbit.entities.entity import Entity
from cucurbit.errors import SqlError
from cucurbit.project.declared import Declared

SAME = {
    "collation": (
        "create collation german (provider = icu, locale = 'de')",
        'CREATE COLLATION public.german (Locale = "de", provider = ICU)',
        "create collation if not exists german (locale = de, deterministic = on, provider = 'icu')",
    ),
    "collation of libc": (
        "create collation plain (locale = 'C')",
        "create collation plain (provider = libc, lc_ctype = 'C', lc_collate = 'C', deterministic = true)",
    ),
    "conversion": (
        "create conversion ours for 'LATIN1' to 'UTF8' from convert_ours",
        "create conversion public.ours for 'iso-8859-1' to 'unicode' from convert_ours",
    ),
    "language": (
        "create trusted language ours handler handle",
        "create or replace trusted procedural language ours handler handle no validator",
    ),
    "transform": (
        "create transform for int language ours (from sql with function f(internal), to sql with function t(internal))",
        "create or replace transform for integer language ours "
        "(to sql with function t(internal), from sql with function f(internal))",
    ),
    "event trigger": (
        "create event trigger e on sql_drop when tag in ('DROP TABLE', 'DROP VIEW') execute function f()",
        "create event trigger e on sql_drop when TAG in ('drop view', 'drop table') execute procedure f()",
    ),
    "event trigger state": (
        "alter event trigger e enable always",
        'ALTER EVENT TRIGGER "e" ENABLE ALWAYS',
    ),
    "text search parser": (
        "create text search parser p (start = s, gettoken = g, end = e, lextypes = l)",
        'create text search parser public.p (lextypes = l, "end" = e, gettoken = g, start = s)',
    ),
    "text search dictionary": (
        "create text search dictionary d (template = simple, stopwords = english, accept = false)",
        "create text search dictionary public.d (accept = 'false', stopwords = 'english', template = simple)",
    ),
    "text search configuration": (
        "create text search configuration c (parser = default)",
        'create text search configuration public.c (parser = "default")',
    ),
    "text search mapping": (
        "alter text search configuration c add mapping for word with simple, english_stem",
        'ALTER TEXT SEARCH CONFIGURATION public.c ALTER MAPPING FOR "word" WITH simple, english_stem',
    ),
}
OTHER = {
    "collation": (
        "create collation german (provider = icu, locale = 'de')",
        "create collation german (provider = icu, locale = 'de', deterministic = false)",
        "create collation german (provider = libc, locale = 'de')",
        "create collation german from de_DE",
    ),
    "conversion": (
        "create conversion ours for 'LATIN1' to 'UTF8' from convert_ours",
        "create default conversion ours for 'LATIN1' to 'UTF8' from convert_ours",
        "create conversion ours for 'UTF8' to 'LATIN1' from convert_ours",
    ),
    "event trigger": (
        "create event trigger e on sql_drop execute function f()",
        "create event trigger e on ddl_command_end execute function f()",
        "create event trigger e on sql_drop when tag in ('DROP TABLE') execute function f()",
        "create event trigger e on sql_drop execute function g()",
    ),
    "text search dictionary": (
        "create text search dictionary d (template = simple)",
        "create text search dictionary d (template = simple, accept = false)",
        "create text search dictionary d (template = snowball, language = english)",
    ),
    "text search mapping": (
        "alter text search configuration c add mapping for word with simple, english_stem",
        "alter text search configuration c add mapping for word with english_stem, simple",
    ),
}
REFUSED = {
    "alter text search configuration c add mapping for word, asciiword with simple": "maps 2 token types at once",
    "alter text search configuration c drop mapping for word": "declared by what it is",
    "alter text search configuration c alter mapping replace simple with english_stem": "declared by what it is",
    "alter event trigger e enable": "enabled is how an event trigger is",
    "create text search dictionary d (template = simple, template = simple)": "given twice",
}


@pytest.mark.parametrize("spellings", SAME.values(), ids=SAME)
def test_spellings_of_one(spellings: tuple[str, ...]) -> None:
    found = [Entity.from_sql(sql) for sql in spellings]
    assert {entity.hash for entity in found} == {found[0].hash}
    again = Entity.from_sql(found[0].canonical)
    assert (again.identity, again.canonical) == (found[0].identity, found[0].canonical)


@pytest.mark.parametrize("definitions", OTHER.values(), ids=OTHER)
def test_other_definitions(definitions: tuple[str, ...]) -> None:
    found = [Entity.from_sql(sql) for sql in definitions]
    assert len({entity.hash for entity in found}) == len(found)
    assert {entity.identity for entity in found} == {found[0].identity}


@pytest.mark.parametrize(("sql", "message"), REFUSED.items(), ids=REFUSED.values())
def test_refused(sql: str, message: str) -> None:
    with pytest.raises(SqlError, match=message):
        Entity.from_sql(sql).hash  # noqa: B018 - read for what is wrong


ENGLISH = "create text search configuration c (copy = english)"
PLAIN = "create text search configuration c (parser = default)"


@pytest.mark.parametrize(
    ("configuration", "mapping", "is_wrong"),
    [
        (ENGLISH, "add mapping for asciiword with simple", True),
        (ENGLISH, "alter mapping for asciiword with simple", False),
        (ENGLISH, "add mapping for tag with simple", False),
        (PLAIN, "add mapping for asciiword with simple", False),
    ],
)
def test_what_a_configuration_has_copied_is_altered(configuration: str, mapping: str, is_wrong: bool) -> None:
    declared = Declared()
    for sql in (configuration, f"alter text search configuration c {mapping}"):
        declared.add(Entity.from_sql(sql))
    assert [finding.level for finding in declared.findings()] == ["error"] * is_wrong
