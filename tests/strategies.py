"""What the laws are tried on: hostile names and texts, types, and definitions written in more than one way."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from cucurbit.entities.identity import Identity
from cucurbit.sql.names import literal, qualify, quote

# Each breaks something somewhere: a codec, a quoting, a template, a line-wise reader, a parameter style.
HOSTILE = (
    *(
        "'",
        '"',
        '"""',
        "'''",
        "\\",
        "\\n",
        "\\'",
        "$$",
        "$",
        "$q$",
        "%",
        "%%",
        "%s",
        "%(a)s",
        ":name",
        "::",
        "{",
        "}",
        "{0}",
    ),
    *(" ", "  ", "\t", "\r", "\n", "\r\n", "\f", "\v", "\x1c", "\x85", "\u2028", "\u2029", "\u00a0", "\ufeff"),
    *(
        "(",
        ")",
        ",",
        ".",
        "[]",
        ";",
        "--",
        "/*",
        "*/",
        "#",
        "${x}",
        "<%",
        "## ",
        " on ",
        " on x.y",
        "ON",
        "select",
        "table",
    ),
    *("A", "a", "_", "1", "ä", "ß", "Größe", "日本", "😀", "e\u0301", "public", "pg_catalog", "integer"),
)
# What no name and no text of PostgreSQL can have: NUL, and halves of surrogate pairs.
_ANY = st.characters(codec="utf-8", exclude_characters="\0")

texts = st.lists(st.one_of(st.sampled_from(HOSTILE), _ANY), max_size=12).map("".join)
"""Any text that can stand in a statement."""


def _fits(name: str) -> bool:
    return 0 < len(name.encode()) <= 63


names = st.one_of(
    st.sampled_from(
        ("orders", "order", "Orders", "on", "a.b", "a,b", "a(b)", 'a"b', "a on b", "größe", "with space", "int")
    ),
    st.lists(st.one_of(st.sampled_from(HOSTILE), _ANY), min_size=1, max_size=4).map("".join).filter(_fits),
)
"""Names that PostgreSQL takes as they are, none longer than its 63 bytes."""

schemas = names.filter(lambda name: not name.startswith("pg_") and name != "information_schema")

types = st.one_of(
    st.sampled_from(
        ("integer", "text", "numeric", "character varying", "timestamp with time zone", '"char"', "integer[]")
    ),
    st.builds(lambda schema, name, array: qualify((schema, name)) + array, names, names, st.sampled_from(("", "[]"))),
)
"""Argument types as format_type() prints them."""

_roles = st.sampled_from(("to", "from")).flatmap(lambda word: st.tuples(st.just(word), names))
_said = st.sampled_from(("on view", "on table", "on foreign data wrapper", "of function", "on schema"))

identities = st.one_of(
    st.builds(lambda name: Identity("schema", (name,)), names),
    st.builds(lambda *parts: Identity("view", parts), names, names),
    st.builds(lambda *parts: Identity("trigger", parts), names, names, names),
    st.builds(
        lambda server, user: Identity("user mapping", (server,), (Identity("role", (user,)).text,)), names, names
    ),
    st.builds(lambda *parts: Identity("column setting", parts, ("storage",)), names, names, names),
    st.builds(lambda s, n, t: Identity("function", (s, n), tuple(t)), names, names, st.lists(types, max_size=3)),
    st.builds(lambda t: Identity("cast", (), tuple(t)), st.lists(types, min_size=2, max_size=2)),
    st.builds(lambda n, on: Identity("comment", tuple(n), on=on), st.lists(names, min_size=1, max_size=3), _said),
    st.builds(lambda t: Identity("comment", (), tuple(t), "on cast"), st.lists(types, min_size=2, max_size=2)),
    st.builds(
        lambda n, on, to: Identity("grant", tuple(n), None, on, (to,)),
        st.lists(names, min_size=1, max_size=3),
        _said,
        _roles,
    ),
    st.builds(
        lambda n, t, to: Identity("grant", n, tuple(t), "on routine", (to,)),
        st.tuples(names, names),
        st.lists(types, max_size=3),
        _roles,
    ),
    st.builds(lambda role, to: Identity("role membership", (role,), None, "", (to,)), names, _roles),
    st.builds(
        lambda s, r, to: Identity(
            "default privileges", (), None, "", (("on", "tables"), ("in schema", s), ("for role", r), to)
        ),
        names,
        names,
        _roles,
    ),
)


@dataclass(frozen=True)
class Definition:
    """A statement as tokens, so that it can be laid out in many ways; `constant` is a text that stands in it."""

    tokens: tuple[str, ...]
    constant: str

    @property
    def sql(self) -> str:
        """With a blank between all tokens."""
        return " ".join(self.tokens)


def _definitions(schema: str, name: str, column: str, constant: str) -> list[Definition]:
    """One for each kind that has a query, an expression or a body."""
    qualified, value, column = qualify((schema, name)), literal(constant), quote(column)
    return [
        Definition(tokens, constant)
        for tokens in (
            ("create", "view", qualified, "as", "select", column, "::", "int", "from", "t", "where", "x", "=", value),
            ("create", "materialized", "view", qualified, "as", "select", value, "as", column, "from", "t"),
            ("create", "function", qualified, "(", column, "int", "default", "1", ")", "returns", "text",
             "language", "sql", "as", value),
            ("create", "procedure", qualified, "(", column, "int", ")", "language", "sql", "as", value),
            ("create", "aggregate", qualified, "(", column, "int", ")", "(", "sfunc", "=", "f", ",", "stype", "=",
             "int", ",", "initcond", "=", value, ")"),
            ("create", "domain", qualified, "as", "text", "default", value, "check", "(", "value", "<>", value, ")"),
            ("create", "type", qualified, "as", "enum", "(", value, ",", "'other'", ")"),
            ("create", "trigger", quote(name), "before", "update", "on", qualify((schema, "t")), "for", "each", "row",
             "when", "(", "new", ".", column, "<>", value, ")", "execute", "function", "f", "(", ")"),
            ("create", "rule", quote(name), "as", "on", "update", "to", qualify((schema, "t")), "where", "new", ".",
             column, "<>", value, "do", "instead", "nothing"),
            ("create", "statistics", qualified, "on", column, ",", "(", "x", "||", value, ")", "from", "t"),
            ("create", "policy", quote(name), "on", qualify((schema, "t")), "for", "select", "using", "(", column, "=",
             value, ")"),
            ("create", "foreign", "data", "wrapper", quote(name), "options", "(", column, value, ")"),
            ("create", "server", quote(name), "type", value, "foreign", "data", "wrapper", column),
            ("create", "user", "mapping", "for", "public", "server", quote(name), "options", "(", column, value, ")"),
            ("create", "foreign", "table", qualified, "(", column, "int", "options", "(", column, value, ")", "not",
             "null", "default", "1", ",", "check", "(", column, "<>", "1", ")", ")", "server", quote(name)),
            ("create", "publication", quote(name), "for", "table", qualify((schema, "t")), "(", column, ")", "where",
             "(", column, "=", value, ")"),
            ("alter", "view", qualified, "alter", "column", column, "set", "default", value),
            ("create", "index", quote(name), "on", qualify((schema, "t")), "(", column, ")", "where", "x", "=", value),
        )
    ]  # fmt: skip


definitions = st.builds(_definitions, schemas, names, names, texts).flatmap(st.sampled_from)
"""Statements of several kinds, with hostile names and one hostile constant in each."""

gaps = st.lists(
    st.sampled_from(
        (" ", "\n", "\t", "  \n ", '/* it\'s; a "comment" */', "-- ; $$ it's\n", "/* a /* nested */ one */")
    ),
    min_size=1,
    max_size=3,
).map(lambda parts: " " + "".join(parts))
"""What may stand between two tokens and means nothing."""
