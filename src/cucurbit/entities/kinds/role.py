"""Roles, which belong to the whole server. https://www.postgresql.org/docs/current/sql-createrole.html"""

from __future__ import annotations

from typing import Any, Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, quote
from cucurbit.sql.parse import Fields

# By their names in the tree: what CREATE ROLE calls it, the column of pg_roles, and what a new role has.
_FLAGS = {
    "superuser": ("SUPERUSER", "rolsuper", False),
    "createdb": ("CREATEDB", "rolcreatedb", False),
    "createrole": ("CREATEROLE", "rolcreaterole", False),
    "inherit": ("INHERIT", "rolinherit", True),
    "canlogin": ("LOGIN", "rolcanlogin", False),
    "isreplication": ("REPLICATION", "rolreplication", False),
    "bypassrls": ("BYPASSRLS", "rolbypassrls", False),
}
_LIMIT, _UNTIL = "connectionlimit", "validUntil"
_NO_LIMIT, _FOREVER = -1, "infinity"

_MEMBERS = ("addroleto", "rolemembers", "adminmembers")

_IF_MISSING = """DO $role$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {name}) THEN
    {create};
  {otherwise}END IF;
END
$role$"""

# An ALTER ROLE that changes nothing would still need the right to.
_OTHERWISE = """ELSIF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {name} AND {alike}) THEN
    {alter};
  """


class Role(Entity):
    """`create role app login`: made where it is missing, altered where it differs, never dropped; no password."""

    kind = "role"
    node = "CreateRoleStmt"
    example = "create role app login"
    rank = 5
    provides = frozenset({"role"})
    renamable = False
    has_schema = False
    is_shared = True
    is_listed = False
    catalog = """
        select 'pg_authid'::regclass as classid, r.oid as objid, array[r.rolname::text] as key,
               format('CREATE ROLE %I WITH', r.rolname)
                 || case when r.rolbypassrls then ' BYPASSRLS' else ' NOBYPASSRLS' end
                 || case when r.rolcanlogin then ' LOGIN' else ' NOLOGIN' end
                 || ' CONNECTION LIMIT ' || r.rolconnlimit
                 || case when r.rolcreatedb then ' CREATEDB' else ' NOCREATEDB' end
                 || case when r.rolcreaterole then ' CREATEROLE' else ' NOCREATEROLE' end
                 || case when r.rolinherit then ' INHERIT' else ' NOINHERIT' end
                 || case when r.rolreplication then ' REPLICATION' else ' NOREPLICATION' end
                 || case when r.rolsuper then ' SUPERUSER' else ' NOSUPERUSER' end
                 || coalesce(' VALID UNTIL ' || quote_literal(r.rolvaliduntil), '') as definition
          from pg_roles r
    """

    def __init__(self, name: str, options: str = "") -> None:
        """A role: `Role("app", "login connection limit 20")`; the options are SQL."""
        super().__init__(f"create role {quote(name)} {options}".rstrip())

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("app",)`."""
        given = [option["DefElem"]["defname"] for option in fields.get("options", ())]
        if "password" in given:
            raise SqlError(
                "a password is not for files, which many read",
                hint="Leave it out, and set it by hand where it is used: ALTER ROLE … PASSWORD '…', or \\password.",
            )
        if any(option in _MEMBERS for option in given):
            raise SqlError("a membership is an entity of its own", hint="Write: grant ROLE to MEMBER")
        if "sysid" in given:
            raise SqlError("SYSID means nothing to PostgreSQL", hint="Leave it out.")
        return Identity(cls.kind, (fields["role"],))

    @property
    def options(self) -> dict[str, Any]:
        """What is declared of it, by the names of the tree."""
        given = (option["DefElem"] for option in self.tree.fields.get("options", ()))
        found = {option["defname"]: _value(option["arg"]) for option in given}
        return {"canlogin": True, **found} if self.tree.fields["stmt_type"] == "ROLESTMT_USER" else found

    @property
    def canonical(self) -> str:
        """The statement with its options in the order of their names; USER and GROUP are roles."""
        return _with(f"CREATE ROLE {quote(self.identity.name)}", self.options)

    def create_statements(self) -> list[str]:
        """CREATE ROLE where there is none, ALTER ROLE where it is not as declared; more is nobody's business here."""
        name, options = self.identity.name, self.options
        alter = _with(f"ALTER ROLE {quote(name)}", options)
        otherwise = _OTHERWISE.format(name=literal(name), alike=_alike(options), alter=alter) if options else ""
        return [_IF_MISSING.format(name=literal(name), create=self.canonical, otherwise=otherwise)]

    def scratch_statements(self) -> list[str]:
        """Without any rights where there is none, so that others can name it."""
        name = self.identity.name
        create = f"CREATE ROLE {quote(name)}"
        return [_IF_MISSING.format(name=literal(name), create=create, otherwise="")]

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER ROLE; what is no longer declared is as for a new role."""
        gone = {option: _usual(option) for option in old.options.keys() - self.options.keys()}
        changed = {option: value for option, value in self.options.items() if old.options.get(option) != value}
        options = {**gone, **changed}
        return [_with(f"ALTER ROLE {quote(self.identity.name)}", options)] if options else []

    def drop_statements(self) -> list[str]:
        """Nothing: other databases may have use for it."""
        return []

    def agrees(self, definition: str) -> bool:
        """Whether it is as declared; the rest may be as it likes."""
        found = Role.of(definition).options
        return all(found.get(option, _usual(option)) == value for option, value in self.options.items())


def _value(tree: Fields) -> Any:
    """The value of a constant, of which the tree leaves out what is false, zero or empty."""
    ((tag, value),) = tree.items()
    return next(iter(value.values()), {"Boolean": False, "Integer": 0, "String": ""}[tag])


def _usual(option: str) -> Any:
    return _NO_LIMIT if option == _LIMIT else _FOREVER if option == _UNTIL else _FLAGS[option][2]


def _with(head: str, options: dict[str, Any]) -> str:
    words = []
    for option, value in sorted(options.items()):
        if option == _LIMIT:
            words.append(f"CONNECTION LIMIT {value}")
        elif option == _UNTIL:
            words.append(f"VALID UNTIL {literal(value)}")
        else:
            words.append(("" if value else "NO") + _FLAGS[option][0])
    return f"{head} WITH {' '.join(words)}" if words else head


def _alike(options: dict[str, Any]) -> str:
    conditions = []
    for option, value in sorted(options.items()):
        if option == _LIMIT:
            conditions.append(f"rolconnlimit = {value}")
        elif option == _UNTIL:
            conditions.append(f"rolvaliduntil IS NOT DISTINCT FROM {literal(value)}::timestamptz")
        else:
            conditions.append(("" if value else "NOT ") + _FLAGS[option][1])
    return " AND ".join(conditions)
