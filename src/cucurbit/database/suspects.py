"""Suspects: entities of which the catalog no longer says what the ledger has recorded; found by one query."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cucurbit.database import catalog, ledger
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.project.settings import Settings
from cucurbit.sql.names import literal

# Those of another major version are told even where nobody asked for them: their definitions may only be spelled anew.
_SUSPECTS = """
with wanted as (
  select * from jsonb_to_recordset({wanted}) as w(kind text, identity text, key text[])
), newest as (
  select kind, identity, max(id) as id, max(id) filter (where action <> 'renew') as changed
    from {table}
   where project = {project} and kind <> 'revision'
   group by kind, identity
), c as ({catalog})
select n.kind, n.identity, w.key is not null, h.applied_by = current_user,
       n.id, n.hash, n.sql, n.schema, n.server_version,
       n.server_version / 10000 <> current_setting('server_version_num')::int / 10000,
       h.revision, h.applied_at, h.applied_by, n.catalog_hash, c.definition, {hash}
  from newest
  join {table} n on n.id = newest.id
  join {table} h on h.id = newest.changed
  left join wanted w on w.kind = n.kind and w.identity = n.identity
  left join c on c.kind = w.kind and c.key = w.key
 where n.action not in ('drop', 'renamed', 'release')
   and (n.server_version / 10000 <> current_setting('server_version_num')::int / 10000
        or w.key is not null and {hash} is distinct from n.catalog_hash)
"""

# What was recorded stands; only the hash is that of the words which the server has for it now.
_RENEW = """
insert into {table} (project, revision, action, kind, identity, schema, hash, sql, catalog_hash)
select l.project, %s, 'renew', l.kind, l.identity, l.schema, l.hash, l.sql, w.catalog_hash
  from jsonb_to_recordset(%s::jsonb) as w(id bigint, catalog_hash text) join {table} l on l.id = w.id
 order by l.id
"""


@dataclass(frozen=True)
class Suspect:
    """An entity, its newest row in the ledger (`row`), and what the catalog says of it now (None: it is gone).

    `revision`, `applied_at` and `applied_by` are of the row by which it was changed last, `is_older` tells that the
    row is of another major version of the server. One that matches is here only for that.
    """

    entity: Entity
    row: int
    server_version: int
    is_older: bool
    revision: str
    applied_at: datetime
    applied_by: str
    matches: bool
    present: str | None
    present_hash: str | None

    @property
    def identity(self) -> Identity:
        """What it is called."""
        return self.entity.identity


def find(connection: Connection, settings: Settings, identities: Iterable[Identity]) -> dict[Identity, Suspect]:
    """The suspects among these entities, and with them all whose row is of another major version.

    What not every role sees is none, where another one applied it. The caller knows that there is a ledger. One query
    where no row is of another major version, else two. The transaction that it runs in is taken back.
    """
    wanted = set(identities)
    try:
        found = _find(connection, settings, wanted)
        unread = {identity for identity, suspect in found.items() if suspect is None}
        if unread:
            found = _find(connection, settings, wanted | unread)
        return {identity: suspect for identity, suspect in found.items() if suspect is not None}
    finally:
        connection.rollback()


def renew(connection: Connection, settings: Settings, suspects: Iterable[Suspect], at: Iterable[str]) -> None:
    """Record that these mean what was recorded; `at` are the revisions that the database is at."""
    rows = [{"id": suspect.row, "catalog_hash": suspect.present_hash} for suspect in suspects]
    statement = _RENEW.format(table=ledger.in_query(settings))
    connection.exec_driver_sql(statement, (",".join(at), json.dumps(rows)))
    connection.commit()


def _find(connection: Connection, settings: Settings, wanted: set[Identity]) -> Mapping[Identity, Suspect | None]:
    rows = [{"kind": i.kind, "identity": i.text, "key": i.key} for i in sorted(wanted, key=str)]
    kinds = {identity.kind for identity in wanted}
    statement = _SUSPECTS.format(
        wanted=literal(json.dumps(rows, ensure_ascii=False)),
        table=ledger.table(settings),
        project=literal(settings.name),
        catalog=catalog.query(kinds, among="wanted"),
        hash=catalog.hash_of("c.definition"),
    )
    raw = {"no_parameters": True}
    connection.exec_driver_sql("SET LOCAL search_path = pg_catalog", execution_options=raw)
    answer = connection.exec_driver_sql(statement, execution_options=raw).all()
    found: dict[Identity, Suspect | None] = {}
    for kind, text, was_wanted, is_own, *rest in answer:
        if ledger.kind_of(kind, text).is_seen_by_all or is_own:
            identity = Identity.parse(kind, text)
            found[identity] = _suspect(identity, *rest) if was_wanted else None
    return found


def _suspect(
    identity: Identity,
    row: int,
    hash_: str,
    sql: str,
    home: str,
    server_version: int,
    is_older: bool,
    revision: str,
    applied_at: datetime,
    applied_by: str,
    recorded_hash: str | None,
    present: str | None,
    present_hash: str | None,
) -> Suspect:
    entity = ledger.entity_of(identity.kind, identity.text, hash_, sql, home)
    matches = present_hash is not None and present_hash == recorded_hash
    return Suspect(
        entity,
        row,
        server_version,
        is_older,
        revision,
        applied_at,
        applied_by,
        matches,
        present,
        present_hash,
    )
