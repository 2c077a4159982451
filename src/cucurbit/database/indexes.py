"""Indexes built, replaced and dropped while others write: each step can be taken again after it was broken off.

What CREATE INDEX CONCURRENTLY leaves when it fails is an index that is not valid: it costs every write, and helps no
query. https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from cucurbit.database.set_aside import keep, marks_of
from cucurbit.database.statements import run
from cucurbit.entities.concurrent import Concurrent
from cucurbit.entities.identity import Identity
from cucurbit.errors import MigrationError
from cucurbit.sql.names import literal, qualify, quote

Name = tuple[str, str]

_BESIDE = "cucurbit__beside"
_PAUSE = 0.1  # seconds

# The definition without its name and its relation, which may be a temporary copy.
_FIND = """
select c.oid::int8, i.indisvalid, n.nspname::text, r.relname::text, pg_get_indexdef(c.oid),
       replace(pg_get_indexdef(c.oid), format('%%I ON %%I.%%I USING ', c.relname, p.shown, r.relname), 'USING ')
  from pg_class c join pg_index i on i.indexrelid = c.oid
  join pg_class r on r.oid = i.indrelid join pg_namespace n on n.oid = r.relnamespace,
       lateral (select case when n.oid = pg_my_temp_schema() then 'pg_temp' else n.nspname end) p(shown)
 where c.oid = to_regclass(%s)
"""
_IS_BEING_BUILT = "select exists (select from pg_stat_progress_create_index where index_relid = %s)"

# An index ON ONLY a partitioned table waits for those of the partitions; that is no failure.
_INVALID = """
select c.oid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid and c.relkind = 'i'
 where not i.indisvalid and c.oid = any(select to_regclass(name)::oid from unnest(%s::text[]) name)
 order by 1
"""


@dataclass(frozen=True)
class Found:
    """An index that is there: what it is on, its definition, and that without its name and what it is on."""

    oid: int
    is_valid: bool
    relation: Name
    definition: str
    words: str


def build(connection: Connection, index: Concurrent) -> None:
    """Build one, unless it is there already. A broken one of its name is dropped before.

    Raises MigrationError where an index has the name that is another one.
    """
    if not _stands(connection, index, index.names[1]):
        run(connection, index.build(index.names[1]))


def replace(connection: Connection, new: Concurrent, identity: Identity) -> None:
    """Build the new one beside the old one, then let it take the old one's name: one of them is always there.

    The old one goes with a lock on the table only where it has something that is to be kept: a comment, say.
    """
    found = _settled(connection, new.names)
    if found and found.is_valid and _is(connection, found, new):
        return remove(connection, new, _beside(new))
    beside = _beside(new)
    if not _stands(connection, new, beside):
        run(connection, new.build(beside))
    if found and marks_of(connection, identity):
        with _transaction(connection), keep(connection, identity):
            run(connection, f"DROP INDEX {qualify(new.names)}")
            run(connection, _takes_its_place(new))
        return None
    remove(connection, new, new.names[1])
    return run(connection, _takes_its_place(new))


def remove(connection: Connection, index: Concurrent, name: str) -> None:
    """Drop the one of a name, if it is there; writers are not kept waiting."""
    run(connection, index.drop(name))


def in_a_script(new: Concurrent | None, old: Concurrent | None) -> list[str]:
    """The statements for the same where nobody can be asked: they can be run again as well."""
    if new is None:
        return [old.drop(old.names[1])] if old else []
    if old is None:
        return [new.drop(new.names[1]), new.build(new.names[1])]
    beside = _beside(new)
    return [new.drop(beside), new.build(beside), old.drop(old.names[1]), _takes_its_place(new)]


def invalid(connection: Connection, names: Iterable[Name]) -> list[str]:
    """Those of the indexes that the server does not use."""
    wanted = [qualify(name) for name in names]
    return list(connection.exec_driver_sql(_INVALID, (wanted,)).scalars()) if wanted else []


def refusal_of_invalid(names: Iterable[Name]) -> str:
    """A statement that fails where one of the indexes is not valid: for a script."""
    wanted = ", ".join(literal(qualify(name)) for name in names)
    return f"""DO $invalid$
BEGIN
  IF EXISTS (SELECT FROM pg_index WHERE NOT indisvalid
                AND indexrelid IN (SELECT to_regclass(name) FROM unnest(ARRAY[{wanted}]::text[]) name)) THEN
    RAISE EXCEPTION 'an index is not valid: CREATE INDEX CONCURRENTLY has failed';
  END IF;
END
$invalid$"""  # noqa: S608 - literals


def find(connection: Connection, name: Name) -> Found | None:
    """The index of a name, None where there is none."""
    return _find(connection, qualify(name))


def _find(connection: Connection, name: str) -> Found | None:
    row = connection.exec_driver_sql(_FIND, (name,)).first()
    return Found(row[0], row[1], (row[2], row[3]), row[4], row[5]) if row else None


def _beside(index: Concurrent) -> str:
    return f"{index.names[1].encode()[:44].decode(errors='ignore')}_{_BESIDE}"


def _takes_its_place(index: Concurrent) -> str:
    return f"ALTER INDEX {qualify((index.names[0], _beside(index)))} RENAME TO {quote(index.names[1])}"


def _stands(connection: Connection, index: Concurrent, name: str) -> bool:
    """Whether it is there by this name; what is left of a try that failed goes."""
    found = _settled(connection, (index.names[0], name))
    if found is None:
        return False
    if not found.is_valid:
        remove(connection, index, name)
        return False
    if not _is(connection, found, index):
        raise MigrationError(
            f"there is an index {qualify((index.names[0], name))} already, and it is another one",
            hint=f"Drop it, or give the new one another name. It is:\n  {found.definition}",
        )
    return True


def _settled(connection: Connection, name: Name) -> Found | None:
    """The same, when nobody is building it any more: the server goes on for a client that is gone."""
    while (found := find(connection, name)) and not found.is_valid:
        if not connection.exec_driver_sql(_IS_BEING_BUILT, (found.oid,)).scalar_one():
            break
        time.sleep(_PAUSE)
    return find(connection, name) if found and not found.is_valid else found


def _is(connection: Connection, found: Found, index: Concurrent) -> bool:
    """Whether an index is what the statement makes, in the server's own words: on an empty copy of the relation."""
    if found.relation != index.relation:
        return False
    copy = ("pg_temp", index.relation[1])
    with _transaction(connection, keeps=False):
        run(connection, f"CREATE TEMPORARY TABLE {quote(copy[1])} (LIKE {qualify(index.relation)})")
        run(connection, index.on(copy))
        made = _find(connection, qualify(("pg_temp", index.names[1])))
    return made is not None and made.words == found.words


@contextmanager
def _transaction(connection: Connection, *, keeps: bool = True) -> Iterator[None]:
    """A transaction of its own on a connection in autocommit."""
    run(connection, "BEGIN")
    try:
        yield
    except BaseException:
        run(connection, "ROLLBACK")
        raise
    run(connection, "COMMIT" if keeps else "ROLLBACK")
