"""Which role is a member of which. https://www.postgresql.org/docs/current/sql-grant.html#SQL-GRANT-DESCRIPTION-ROLES"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.rights import refuse
from cucurbit.entities.kinds.said import role_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import quote
from cucurbit.sql.parse import Fields
from cucurbit.sql.references import References


class RoleMembership(Entity):
    """`grant readers to app`: a role to a member, with options; given and taken by `migrate`, never on scratch."""

    kind = "role membership"
    node = "GrantRoleStmt"
    example = "grant readers to app"
    rank = 6
    renamable = False
    has_schema = False
    is_object = False
    is_said = True
    is_shared = True
    is_listed = False
    # Before PostgreSQL 16 a membership has no options but ADMIN.
    catalog = """
        select 'pg_auth_members'::regclass as classid, m.roleid as objid, m.member::int as objsubid,
               array['', '1', '', r.rolname::text, 'to', b.rolname::text] as key,
               format('GRANT %I TO %I', r.rolname, b.rolname)
                 || coalesce(' WITH ' || nullif(concat_ws(', ',
                      case when bool_or(m.admin_option) then 'ADMIN OPTION' end,
                      case when bool_or((to_jsonb(m)->>'inherit_option')::boolean) <> b.rolinherit
                           then case when b.rolinherit then 'INHERIT FALSE' else 'INHERIT TRUE' end end,
                      case when not bool_or((to_jsonb(m)->>'set_option')::boolean) then 'SET FALSE' end), ''), '')
                 as definition
          from pg_auth_members m
          join pg_roles r on r.oid = m.roleid
          join pg_roles b on b.oid = m.member
         where m.member >= 16384
         group by m.roleid, m.member, r.rolname, b.rolname, b.rolinherit
    """

    def __init__(self, role: str, member: str, options: str = "") -> None:
        """A membership: `RoleMembership("readers", "app", "admin option")`; the options are SQL."""
        super().__init__(f"grant {quote(role)} to {quote(member)}" + (f" with {options}" if options else ""))

    @classmethod
    def identity_of(cls, key: Sequence[str]) -> Identity:
        """Of a key with a phrase."""
        return Identity.of_key(cls.kind, key)

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """The role, `to` its member."""
        refuse(fields)
        if not fields.get("is_grant"):
            raise SqlError("no membership is how a role is without a declaration", hint="Remove the statement.")
        if len(fields["granted_roles"]) > 1 or len(fields["grantee_roles"]) > 1:
            raise SqlError("these are several memberships", hint="Write a statement for each of them.")
        role = fields["granted_roles"][0]["AccessPriv"]["priv_name"]
        return Identity(cls.kind, (role,), None, "", (("to", role_name(fields["grantee_roles"][0]["RoleSpec"])),))

    @property
    def options(self) -> dict[str, bool]:
        """`admin`, `inherit`, `set`, those that are declared."""
        given = (option["DefElem"] for option in self.tree.fields.get("opt", ()))
        return {option["defname"]: bool(option["arg"]["Boolean"].get("boolval")) for option in given}

    @property
    def canonical(self) -> str:
        """The statement with its options in the order of their names; ADMIN OPTION as all servers know it."""
        words = [f"{option.upper()} {'OPTION' if value else 'FALSE'}" for option, value in sorted(self.options.items())]
        return f"{self._names('GRANT', 'TO')}" + (f" WITH {', '.join(words)}" if words else "")

    def _names(self, word: str, preposition: str) -> str:
        ((_, member),) = self.identity.phrases
        return f"{word} {quote(self.identity.name)} {preposition} {quote(member)}"

    def refers(self, found: References) -> None:
        """Both roles come before it."""
        found.others.add(("role", "", self.identity.name))

    def replace_statements(self, old: Self) -> list[str] | None:
        """Options that are added or changed are granted; for those that go it is given anew."""
        kept = old.options.keys() <= self.options.keys()
        return [*([] if kept else old.drop_statements()), self.canonical]

    def drop_statements(self) -> list[str]:
        """REVOKE."""
        return [self._names("REVOKE", "FROM")]

    def agrees(self, definition: str) -> bool:
        """Whether the options are those that are declared."""
        found = self.of(definition).options
        return all(found.get(option, option != "admin") == value for option, value in self.options.items())
