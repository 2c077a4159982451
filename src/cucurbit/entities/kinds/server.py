"""Foreign servers. https://www.postgresql.org/docs/current/sql-createserver.html"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.foreign_options import (
    options_change,
    options_in_catalog,
    options_lost,
    options_of,
    options_text,
    refuse_secrets,
)
from cucurbit.sql.names import literal, quote
from cucurbit.sql.parse import Fields
from cucurbit.sql.references import References


class Server(Entity):
    """`create server archive foreign data wrapper postgres_fdw …`; made anew for another type or wrapper."""

    kind = "server"
    node = "CreateForeignServerStmt"
    example = "create server archive foreign data wrapper postgres_fdw options (host 'db.internal')"
    rank = 53
    provides = frozenset({"server"})
    drop = "SERVER"
    has_schema = False
    catalog = f"""
        select 'pg_foreign_server'::regclass as classid, s.oid as objid, array[s.srvname::text] as key,
               format('CREATE SERVER %I', s.srvname)
                 || coalesce(' TYPE ' || quote_literal(s.srvtype), '')
                 || coalesce(' VERSION ' || quote_literal(s.srvversion), '')
                 || format(' FOREIGN DATA WRAPPER %I', w.fdwname)
                 || {options_in_catalog("s.srvoptions")} as definition
          from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw
    """  # noqa: S608 - a part of our own
    lost = options_lost("pg_foreign_server", "oid", "srvoptions")

    def __init__(
        self,
        name: str,
        wrapper: str,
        *,
        server_type: str | None = None,
        version: str | None = None,
        options: Mapping[str, object] | None = None,
    ) -> None:
        """A server of a foreign data wrapper: `Server("archive", "postgres_fdw", options={"host": "db.internal"})`."""
        super().__init__(_server(name, server_type, version, wrapper, options or {}))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("archive",)`."""
        name = fields["servername"]
        refuse_secrets(options_of(fields), f"a {cls.kind}", f"ALTER SERVER {quote(name)}")
        return Identity(cls.kind, (name,))

    @cached_property
    def canonical(self) -> str:
        """The statement, written out: without VERSION NULL, its options in order."""
        fields = self.tree.fields
        type_, version = fields.get("servertype"), fields.get("version")
        return _server(self.identity.name, type_, version, fields["fdwname"], options_of(fields))

    def refers(self, found: References) -> None:
        """Its wrapper."""
        found.others.add(("foreign data wrapper", "", self.tree.fields["fdwname"]))

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER SERVER for version and options; there is none for the type and the wrapper."""
        before, after = old.tree.fields, self.tree.fields
        if any(before.get(field) != after.get(field) for field in ("servertype", "fdwname")):
            return None
        version, changes = after.get("version"), ""
        if before.get("version") != version:
            changes = f" VERSION {'NULL' if version is None else literal(version)}"
        changes += options_change(options_of(old.tree.fields), options_of(self.tree.fields))
        return [f"ALTER SERVER {quote(self.identity.name)}{changes}"] if changes else []


def _server(name: str, type_: str | None, version: str | None, wrapper: str, options: Mapping[str, object]) -> str:
    """The CREATE statement."""
    sql = f"CREATE SERVER {quote(name)}"
    sql += f" TYPE {literal(type_)}" if type_ is not None else ""
    sql += f" VERSION {literal(version)}" if version is not None else ""
    return f"{sql} FOREIGN DATA WRAPPER {quote(wrapper)}{options_text(options)}"
