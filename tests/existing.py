"""A project made of an existing database: its entities as they are, and a baseline of what `pg_dump` writes of it."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterable

from pglast import ast, parse_sql
from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.entities.entity import Entity
from cucurbit.entities.kinds import all_kinds
from cucurbit.migrations.reader import OF_A_MODEL
from cucurbit.sql.parse import split
from tests import servers
from tests.servers import Database

_KEY = "existing"
_BY_ITSELF = ("public", "schema public", "plpgsql")
_BASELINE = '''"""What was there."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
{}


def downgrade() -> None:
    raise NotImplementedError
'''


def tables(database: Database) -> list[tuple[str, str]]:
    """Schema and name of all that there are."""
    own = "schemaname not in ('pg_catalog', 'information_schema')"
    return [
        (schema, name) for schema, name in database.execute(f"select schemaname, tablename from pg_tables where {own}")
    ]


def entities(connection: Connection) -> list[Entity]:
    """All that a project declares: not the server's, not those that are there by themselves, and no owners."""
    found = []
    for identity, definition in catalog.snapshot(connection).items():
        if all_kinds()[identity.kind].is_shared or identity.kind == "owner" or identity.text in _BY_ITSELF:
            continue
        found.append(Entity.from_sql(split(definition.sql or "", "catalog")[0].sql))
    return found


def baseline(database: Database, modelled: Collection[tuple[str, str]], adopted: Iterable[Entity]) -> str:
    """A revision file: all statements of a dump, and what is an entity from here on."""
    lines = [f"op.run_sql({sql!r}, what={_what(sql, modelled)!r})" for sql in _statements(database)]
    lines += [f"op.adopt_entity({entity.sql!r})" for entity in adopted]
    return _BASELINE.format("\n".join(f"    {line}" for line in lines))


def _statements(database: Database) -> Iterable[str]:
    program = servers.binaries(servers.NEWEST) / "pg_dump"
    command = [str(program), f"--dbname={database.url}", "--schema-only", f"--restrict-key={_KEY}"]
    text = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    for word in ("restrict", "unrestrict"):
        text = text.replace(f"\\{word} {_KEY}\n", "")
    return [
        one.sql for one in split(text, "pg_dump") if not one.sql.startswith(("SET ", "SELECT pg_catalog.set_config("))
    ]


def _what(sql: str, modelled: Collection[tuple[str, str]]) -> str:
    tree = parse_sql(sql)[0].stmt
    if not isinstance(tree, ast.CreateStmt) or tree.relation is None:
        return "~ Run SQL"
    table = (str(tree.relation.schemaname), str(tree.relation.relname))
    name = table[1] if table[0] == "public" else ".".join(table)
    return f"+ Create table {name}" + (OF_A_MODEL if table in modelled else "")
