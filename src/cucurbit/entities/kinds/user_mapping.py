"""User mappings. https://www.postgresql.org/docs/current/sql-createusermapping.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from cucurbit.errors import SqlError
from cucurbit.sql.names import quote
from cucurbit.sql.parse import Fields
from cucurbit.sql.references import References

_PUBLIC = "public"  # which no role can be called


class UserMapping(Entity):
    """`create user mapping for reporter server archive options (user 'r')`, for a role or public; changed in place."""

    kind = "user mapping"
    node = "CreateUserMappingStmt"
    example = "create user mapping for reporter server archive options (user 'reader')"
    is_seen_by_all = False
    rank = 54
    has_arguments = True
    has_schema = False
    only_in_place = True
    renamable = False
    # The options are there for those only who may see them: the server's owner, whose mapping it is, superusers.
    catalog = f"""
        select 'pg_user_mapping'::regclass as classid, m.umid as objid,
               array[m.srvname::text, case when m.usename ~ '^[a-z_][a-z0-9_]*$' then m.usename::text
                                           else '"' || replace(m.usename, '"', '""') || '"' end] as key,
               format('CREATE USER MAPPING FOR %s SERVER %I',
                      case m.umuser when 0 then '{_PUBLIC}' else quote_ident(m.usename) end, m.srvname)
                 || {options_in_catalog("m.umoptions")} as definition
          from pg_user_mappings m
    """  # noqa: S608 - a part of our own
    lost = options_lost("pg_user_mapping", "umid", "umoptions", "pg_user_mappings")

    def __init__(self, user: str, server: str, *, options: Mapping[str, object] | None = None) -> None:
        """For a role, or `public`: `UserMapping("reporter", "archive", options={"user": "reader"})`."""
        super().__init__(_create(user, server) + options_text(options or {}))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("archive",)` with the argument `reporter`."""
        user, server = fields["user"], fields["servername"]
        if user["roletype"] not in ("ROLESPEC_CSTRING", "ROLESPEC_PUBLIC"):
            raise SqlError(
                "a user mapping for whoever migrates is another one on each database",
                hint="Name the role, or public: create user mapping for ROLE server …",
            )
        name = user.get("rolename", _PUBLIC)
        by_hand = f"ALTER USER MAPPING FOR {_role(name)} SERVER {quote(server)}"
        refuse_secrets(options_of(fields), f"a {cls.kind}", by_hand)
        return cls.identity_of((server, Identity("role", (name,)).text))

    @classmethod
    def identity_of(cls, key: Sequence[str]) -> Identity:
        """The server's name, and the user's, quoted where it has to be."""
        server, user = key
        return Identity(cls.kind, (server,), (user,))

    @cached_property
    def canonical(self) -> str:
        """The statement, written out, its options in order."""
        return _create(self._user, self.identity.name) + options_text(options_of(self.tree.fields))

    def refers(self, found: References) -> None:
        """Its server, and the role."""
        found.others.add(("server", "", self.identity.name))
        if self._user != _PUBLIC:
            found.others.add(("role", "", self._user))

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER USER MAPPING for the options that are declared; a password that was set by hand stays."""
        changes = options_change(options_of(old.tree.fields), options_of(self.tree.fields))
        return [f"ALTER {self._words}{changes}"] if changes else []

    def rename_statements(self, old: Self) -> list[str]:
        """Nothing: the server carries it along when server or role are renamed."""
        return []

    def drop_statements(self) -> list[str]:
        """DROP USER MAPPING."""
        return [f"DROP {self._words}"]

    @property
    def _words(self) -> str:
        return f"USER MAPPING FOR {_role(self._user)} SERVER {quote(self.identity.name)}"

    @property
    def _user(self) -> str:
        name: str = self.tree.fields["user"].get("rolename", _PUBLIC)
        return name


def _create(user: str, server: str) -> str:
    return f"CREATE USER MAPPING FOR {_role(user)} SERVER {quote(server)}"


def _role(name: str) -> str:
    return name if name == _PUBLIC else quote(name)
