"""What is built, replaced and dropped outside a transaction, while others write: an index, CONCURRENTLY.

https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from __future__ import annotations

from dataclasses import dataclass

from cucurbit.sql.canonical import renamed
from cucurbit.sql.names import qualify
from cucurbit.sql.pieces import tokens

INVALID = "-- INVALID: it was built concurrently, and that failed or is not done"
"""The end of the catalog's definition of an index that the server does not use."""


@dataclass(frozen=True)
class Concurrent:
    """How one is made: its schema and name, what it is on, and its canonical SQL, which does not say CONCURRENTLY.

    `is_asked_for` tells whether its own words do.
    """

    names: tuple[str, str]
    relation: tuple[str, str]
    canonical: str
    relation_field: str
    is_asked_for: bool

    def build(self, name: str) -> str:
        """The statement that makes it, by this name."""
        text = renamed(self.canonical, [name])
        start = next(token.end for token in tokens(text) if token.name == "INDEX")
        return f"{text[:start]} CONCURRENTLY{text[start:]}"

    def on(self, relation: tuple[str, str]) -> str:
        """The statement that makes it on another relation, in a transaction."""
        return renamed(self.canonical, relation, relation=self.relation_field)

    def drop(self, name: str) -> str:
        """The statement that drops the one of a name, if it is there."""
        return f"DROP INDEX CONCURRENTLY IF EXISTS {qualify((self.names[0], name))}"


def plain(sql: str) -> str:
    """A statement without the word CONCURRENTLY, for a transaction; it is otherwise as it was written."""
    for token in tokens(sql) if "concurrently" in sql.lower() else ():
        if token.name == "CONCURRENTLY":
            return sql[: token.start].rstrip() + sql[token.end :]
    return sql
