"""The ledger: a table in the target database with one row for each entity change applied, and never changed after.

The newest row of an identity is its recorded state. A row of kind `revision` says that a revision was applied or
unapplied, or begun where it leaves its transaction, or that its file was accepted as somebody has edited it, with the
digest of the file. The rows of a revision are written by one INSERT in the revision's own transaction, and what the
server says of each entity right then is read and hashed in that same INSERT, so that it works in `migrate --sql` too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import DatabaseError
from cucurbit.project.settings import Settings
from cucurbit.sql.names import literal, qualify, quote

LAYOUT = 1
REVISION = "revision"
RENAMED = "renamed"  # of the identity that went; the row behind it is the `rename` of the one that came
RELEASE = "release"  # of what is there still, and no entity any more
GONE = ("drop", RENAMED, RELEASE)
OVERWRITTEN = "overwritten"  # what somebody had made of it by hand; the row behind it says what it is now
ACCEPT = "accept"  # of a revision whose file was edited
BEGIN = "begin"  # of a revision that commits something before it is done
PARTLY = "partly"  # the same, where that cannot be run again; the row before it is `begin`
_COMMENT = f"cucurbit ledger, layout {LAYOUT}"

_CREATE = """CREATE TABLE IF NOT EXISTS {table} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project text NOT NULL,
  revision text NOT NULL,
  action text NOT NULL,
  kind text NOT NULL,
  identity text NOT NULL,
  schema text,
  hash text,
  sql text,
  catalog_hash text,
  server_version integer NOT NULL DEFAULT current_setting('server_version_num')::integer,
  applied_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  applied_by text NOT NULL DEFAULT session_user
)"""

_RECORD = """INSERT INTO {table}
  (project, revision, action, kind, identity, schema, hash, sql, catalog_hash, applied_by)
WITH r AS (
  SELECT * FROM jsonb_to_recordset({rows})
    AS r(position integer, action text, kind text, identity text, key text[], hash text, sql text)
), c AS ({catalog})
SELECT {project}, {revision}, r.action, r.kind, r.identity, {home}, r.hash, r.sql, {hash}, session_user
  FROM r LEFT JOIN c ON c.kind = r.kind AND c.key = r.key
   AND r.action NOT IN ('drop', 'renamed', 'release', 'overwritten')
 ORDER BY r.position"""

# The newest row is the state; a renewal says nothing of when the entity was changed, so that comes from the row before.
_READ = """
with newest as (
  select max(id) as id, max(id) filter (where action <> 'renew') as changed
    from {table}
   where project = %s and kind <> 'revision'
   group by kind, identity
)
select n.kind, n.identity, n.action, n.hash, n.sql, n.schema, n.catalog_hash, n.server_version, c.revision, c.applied_at
  from newest join {table} n on n.id = newest.id join {table} c on c.id = newest.changed
"""

# The newest row has the digest; an acceptance says nothing of when the revision was run.
_READ_REVISIONS = """
with newest as (
  select max(id) as id, max(id) filter (where action <> 'accept') as changed
    from {table}
   where project = %s and kind = 'revision' and action in ('apply', 'unapply', 'accept')
   group by identity
)
select n.identity, n.hash, {hash}, n.action = 'accept', c.applied_at, c.applied_by
  from newest join {table} n on n.id = newest.id join {table} c on c.id = newest.changed
 where n.action <> 'unapply'
"""

_READ_BEGUN = """
select identity, applied_at, action = 'partly'
  from (select distinct on (identity) identity, action, applied_at
          from {table}
         where project = %s and kind = 'revision' and action in ('apply', 'unapply', 'begin', 'partly')
         order by identity, id desc) newest
 where action in ('begin', 'partly')
"""

_SOURCE = (
    "select sql from {table} where project = {project} and kind = 'revision' and identity = {revision}"
    " and sql is not null order by id desc limit 1"
)


@dataclass(frozen=True)
class Recorded:
    """The newest row of one entity: what was applied, when, and what the server said of it then."""

    entity: Entity
    identity: Identity
    catalog_hash: str | None
    server_version: int
    revision: str
    applied_at: datetime


@dataclass(frozen=True)
class Applied:
    """A revision that is applied: its digest, and the SHA-256 of its source as the ledger has it.

    Both are None where they were not recorded; without a digest and accepted, its file may be gone.
    """

    digest: str | None
    source_hash: str | None
    is_accepted: bool
    applied_at: datetime
    applied_by: str


@dataclass(frozen=True)
class Begun:
    """A revision that was begun and is not done; `is_partly` says that what it has committed cannot be run again."""

    at: datetime
    is_partly: bool


@dataclass(frozen=True)
class Row:
    """One row to be written; `entity` is None for a row of a revision."""

    action: str
    kind: str
    identity: str
    key: Sequence[str]
    hash: str | None
    sql: str | None

    @classmethod
    def of(cls, action: str, entity: Entity) -> Row:
        """The row of an entity's change; one that goes keeps the SQL that it had."""
        identity = entity.identity
        return cls(action, identity.kind, identity.text, identity.key, entity.hash, entity.sql)

    @classmethod
    def of_revision(cls, action: str, revision: str, digest: str | None, source: str | None = None) -> Row:
        """The row that says that a revision was applied or unapplied, with the source of its file."""
        return cls(action, REVISION, revision, (), digest, source)


def exists(connection: Connection, settings: Settings) -> bool:
    """Whether the ledger is there. Raises DatabaseError where it has a layout that this release does not know."""
    found = connection.exec_driver_sql(
        "select obj_description(to_regclass(%s), 'pg_class') where to_regclass(%s) is not null",
        (table(settings), table(settings)),
    ).first()
    if found is not None and found[0] != _COMMENT:
        raise DatabaseError(
            f"the table {table(settings)} is no ledger of this release (its comment is {found[0]!r})",
            hint=f"Expected: {_COMMENT!r}. Use the release that made it, or another [ledger] table in settings.toml.",
        )
    return found is not None


def create_statements(settings: Settings, present: Sequence[str] = ()) -> list[str]:
    """The SQL that makes the ledger, its schema and the project's, and does nothing where they are.

    Schemas that are known to be `present` are left out: even IF NOT EXISTS needs the right to create them.
    """
    name = table(settings)
    index = quote(index_name(settings)[1])
    schemas = dict.fromkeys((settings.home, settings.ledger_name[0], settings.version_table_name[0]))
    return [
        *(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}" for schema in schemas if schema not in present),
        _CREATE.format(table=name),
        f"CREATE INDEX IF NOT EXISTS {index} ON {name} (project, kind, identity, id DESC)",
        f"COMMENT ON TABLE {name} IS {literal(_COMMENT)}",
    ]


def index_name(settings: Settings) -> tuple[str, str]:
    """Schema and name of the ledger's index."""
    schema, name = settings.ledger_name
    return schema, f"{name[:55]}_newest"


def ensure(connection: Connection, settings: Settings) -> None:
    """Make the ledger if it is not there; needs no right to create anything where it is."""
    if exists(connection, settings):
        return
    present = connection.exec_driver_sql("select nspname from pg_namespace").scalars().all()
    for statement in create_statements(settings, present):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def read(connection: Connection, settings: Settings) -> dict[Identity, Recorded]:
    """The recorded state of every entity that is applied; empty where there is no ledger. Two queries."""
    if not exists(connection, settings):
        return {}
    rows = connection.exec_driver_sql(_READ.format(table=in_query(settings)), (settings.name,)).all()
    found = (_recorded(*row) for row in rows if row[2] not in GONE)
    return {recorded.identity: recorded for recorded in found}


def read_revisions(connection: Connection, settings: Settings) -> dict[str, Applied]:
    """Every revision that is applied, by its name."""
    if not exists(connection, settings):
        return {}
    query = _READ_REVISIONS.format(table=in_query(settings), hash=catalog.hash_of("n.sql"))
    rows = connection.exec_driver_sql(query, (settings.name,)).all()
    return {name: Applied(*rest) for name, *rest in rows}


def read_source(connection: Connection, settings: Settings, revision: str) -> str | None:
    """The source of a revision's file when it was applied or accepted; None where none was kept."""
    query = source_query(settings, revision)
    row = connection.exec_driver_sql(query, execution_options={"no_parameters": True}).first()
    return str(row[0]) if row else None


def source_query(settings: Settings, revision: str) -> str:
    """The SQL for that, for people too."""
    return _SOURCE.format(table=table(settings), project=literal(settings.name), revision=literal(revision))


def read_begun(connection: Connection, settings: Settings) -> dict[str, Begun]:
    """Each revision that was begun and has not come to its end, by its name."""
    if not exists(connection, settings):
        return {}
    rows = connection.exec_driver_sql(_READ_BEGUN.format(table=in_query(settings)), (settings.name,)).all()
    return {str(name): Begun(*rest) for name, *rest in rows}


def record_statements(settings: Settings, revision: str, rows: Iterable[Row], *, hashes: bool = True) -> list[str]:
    """The SQL that writes the rows of one revision, in the transaction that it is run in.

    Without `hashes` what the server says of the entities is not looked at, and they are left empty.
    """
    values = [dict(vars(row), position=position, key=list(row.key)) for position, row in enumerate(rows)]
    kinds = {value["kind"] for value in values} & all_kinds().keys()
    statement = _RECORD.format(
        table=table(settings),
        rows=literal(json.dumps(values, ensure_ascii=False)),
        catalog=catalog.query(kinds if hashes else (), among="r"),
        project=literal(settings.name),
        revision=literal(revision),
        home=literal(settings.home),
        hash=catalog.hash_of("c.definition"),
    )
    return ["SET LOCAL search_path = pg_catalog", statement, f"SET LOCAL search_path = {quote(settings.home)}"]


def table(settings: Settings) -> str:
    """The ledger's name, as SQL has it."""
    return qualify(settings.ledger_name)


def in_query(settings: Settings) -> str:
    """The ledger in a query that has parameters, where the driver would take a % for one."""
    return table(settings).replace("%", "%%")


def kind_of(kind: str, identity: str) -> type[Entity]:
    """The kind of a row. Raises DatabaseError for one that this release does not know."""
    if kind not in all_kinds():
        raise DatabaseError(
            f"the ledger has a {kind} ({identity}), a kind that this release does not know",
            hint="Use the release of cucurbit that applied it, or a newer one.",
        )
    return all_kinds()[kind]


def entity_of(kind: str, identity: str, hash_: str, sql: str, home: str) -> Entity:
    """The entity that a row has recorded; `home` is where its names without a schema lived."""
    return kind_of(kind, identity).known(Identity.parse(kind, identity), sql, hash_, home=home)


def _recorded(
    kind: str,
    identity: str,
    action: str,
    hash_: str,
    sql: str,
    home: str,
    catalog_hash: str | None,
    server_version: int,
    revision: str,
    applied_at: datetime,
) -> Recorded:
    entity = entity_of(kind, identity, hash_, sql, home)
    return Recorded(entity, entity.identity, catalog_hash, server_version, revision, applied_at)
