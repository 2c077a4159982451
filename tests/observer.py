"""An observer from outside: what ``pg_dump`` says of a schema, as text that is equal when two schemas are.

It knows nothing of cucurbit. Left out of account are the order of statements and the order of a table's columns
(PostgreSQL appends a column that comes back). ``pg_dump --schema-only`` itself does not show rows, the position of a
sequence, whether a materialized view is populated, settings of the database as a whole, and roles.
"""

from __future__ import annotations

import difflib
import os
import subprocess
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pglast import ast, parser

from tests import servers
from tests.servers import Database

# pg_dump frames its output with two commands of psql that carry a key, by default a random one.
_KEY = "observer"

# What the server prints a definition with is the observer's choice, not the database's or the role's.
_PINNED = "-c timezone=UTC -c bytea_output=hex -c quote_all_identifiers=off"


def dump(database: Database | str, exclude_tables: Sequence[str] = ()) -> str:
    """The schema of a database as normalised text.

    Args:
        database: a database of the tests, or the URL of any other.
        exclude_tables: tables to leave out, with their indexes, grants and so on, as patterns of ``pg_dump``
            (``cucurbit_ledger``, ``audit.ledger``). The sequence of a ``serial`` column is not left out, the one of
            an identity column is.

    Raises:
        RuntimeError: ``pg_dump`` failed; the message is its own.
    """
    done = subprocess.run(
        [
            # The newest one for every server, so that two dumps to be compared are by the same hand.
            servers.binaries(servers.NEWEST) / "pg_dump",
            f"--dbname={database if isinstance(database, str) else database.url}",
            "--schema-only",
            "--encoding=UTF8",
            f"--restrict-key={_KEY}",
            *(f"--exclude-table={table}" for table in exclude_tables),
        ],
        check=False,
        env={**os.environ, "PGOPTIONS": _PINNED},
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return normalise(done.stdout)


def difference(before: str, after: str) -> str:
    """A unified diff of two dumps, empty when they are equal."""
    return "\n".join(difflib.unified_diff(before.split("\n"), after.split("\n"), "before", "after", lineterm=""))


def normalise(dumped: str) -> str:
    """Bring the output of ``pg_dump --restrict-key=observer`` into an order that depends on the schema only.

    Raises:
        pglast.parser.ParseError: a statement that PostgreSQL's parser does not know.
        ValueError: something between the statements that is not a comment.
    """
    return "\n\n".join(sorted(_with_settings(_statements(_without_frame(dumped))))) + "\n"


def _without_frame(dumped: str) -> str:
    # The first and the last line of the kind are pg_dump's; between them the line might be text of a function.
    text = dumped.replace(f"\n\\restrict {_KEY}\n", "\n", 1)
    head, _, tail = text.rpartition(f"\n\\unrestrict {_KEY}\n")
    return head + tail


def _statements(text: str) -> Iterator[tuple[str, str]]:
    """Each statement, and the headline that says in which tablespace it is at home, or nothing."""
    slices = parser.split(text, with_parser=True, only_slices=True)
    for before, this in pairwise([slice(0, 0), *slices]):
        yield _headline(text[before.stop : this.start]), text[this]
    _headline(text[slices[-1].stop :] if slices else text)


def _headline(gap: str) -> str:
    """Of the comments before a statement the one that says more than the statement does.

    That is ``-- Name: …; Type: …; Schema: …; Owner: …; Tablespace: …``; without a tablespace it says nothing new, and
    stands before whichever grant happens to be the first.
    """
    lines = [line for line in gap.removeprefix(";").split("\n") if line.strip()]
    for line in lines:
        if not line.startswith("--"):
            raise ValueError(f"not a comment between two statements of the dump: {line!r}")
    return "".join(f"{line}\n" for line in lines if "; Tablespace: " in line)


def _with_settings(statements: Iterator[tuple[str, str]]) -> Iterator[str]:
    """The statements that define something, each after those settings of the session that speak for it.

    A dump is read in order: who grants, and how a table is stored, stands in a SET before the statement, or before
    one further up. The other settings are the same in every dump.
    """
    grantor = method = ""
    for headline, sql in statements:
        node = _parsed(sql)
        if isinstance(node, ast.VariableSetStmt):
            if node.name == "session_authorization":
                grantor = f"{sql};\n" if sql.startswith("SET") else ""
            elif node.name == "default_table_access_method":
                method = "" if sql.endswith("= heap") else f"{sql};\n"
        elif not sql.startswith("SELECT pg_catalog.set_config("):
            yield headline + grantor + (method if _is_stored(node) else "") + _sorted_columns(sql, node) + ";"


def _is_stored(node: ast.Node | None) -> bool:
    if isinstance(node, ast.CreateStmt):
        return node.partspec is None
    return isinstance(node, ast.CreateTableAsStmt)


def _sorted_columns(sql: str, node: ast.Node | None) -> str:
    """CREATE TABLE with its columns and constraints in alphabetical order; any other statement as it is."""
    table = node.base if isinstance(node, ast.CreateForeignTableStmt) else node
    if not isinstance(table, ast.CreateStmt) or not table.tableElts:
        return sql
    opening, commas, closing = _list(sql)
    borders = [opening, *commas, closing]
    elements = sorted(sql[before + 1 : after].strip() for before, after in pairwise(borders))
    return f"{sql[: opening + 1]}\n    " + ",\n    ".join(elements) + f"\n{sql[closing:]}"


def _list(sql: str) -> tuple[int, list[int], int]:
    """Where the first list in parentheses opens, is parted by commas of its own, and closes."""
    depth = opening = 0
    commas: list[int] = []
    for token in parser.scan(sql):
        match sql[token.start : token.end + 1]:
            case "(" | "[":
                depth += 1
                if depth == 1:
                    opening = token.start
            case ")" | "]":
                depth -= 1
                if depth == 0:
                    return opening, commas, token.start
            case "," if depth == 1:
                commas.append(token.start)
    raise ValueError(f"no list in parentheses: {sql}")


def _parsed(sql: str) -> ast.Node | None:
    """The tree of one statement."""
    (raw,) = parser.parse_sql(sql)
    return raw.stmt
