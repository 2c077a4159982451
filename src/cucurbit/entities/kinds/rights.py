"""What grants and revocations have in common: the object, the role, the privileges; and how the catalog keeps them.

https://www.postgresql.org/docs/current/ddl-priv.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self

from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.said import Said, role_name
from cucurbit.entities.kinds.target import Target, named
from cucurbit.entities.objects import OWNED
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, Node, strings

ALL = "ALL"

# What PUBLIC has on a new object. https://www.postgresql.org/docs/current/ddl-priv.html#PRIVILEGES-SUMMARY-TABLE
OF_PUBLIC = {"routine": ["EXECUTE"], "type": ["USAGE"], "language": ["USAGE"]}

# Objects with rights of their own (acl), what they had when they were made (usual), and the same for columns. What
# initdb and extensions granted is remembered by the server. Where default privileges say what an owner's new objects
# have, nothing goes without saying. The information schema's are nobody's, and not remembered.
_RIGHTS = f"""
  select a.classid, a.oid as objid, 0 as objsubid, a.owner, a.acl, a.class, null::name as attname,
         coalesce(p.initprivs, acldefault(a.class, a.owner)) as usual,
         a.oid >= 16384 and exists (
           select from pg_default_acl d
            where d.defaclrole = a.owner and d.defaclnamespace = 0
              and d.defaclobjtype = replace(a.class::text, 's', 'S')::"char") as is_otherwise
    from ({OWNED}) a
    left join pg_init_privs p on p.classoid = a.classid and p.objoid = a.oid and p.objsubid = 0
   where a.class is not null and a.acl is not null
     and (a.oid >= 16384 or p.initprivs is not null or a.class not in ('r', 'n'))
  union all
  select 'pg_class'::regclass, c.oid, t.attnum, c.relowner, t.attacl, 'c', t.attname, p.initprivs, false
    from pg_attribute t
    join pg_class c on c.oid = t.attrelid
    left join pg_init_privs p on p.classoid = 'pg_class'::regclass and p.objoid = c.oid and p.objsubid = t.attnum
   where t.attacl is not null and not t.attisdropped
"""  # noqa: S608 - a constant


def rights(items: str, statement: str, preposition: str, after: str = "") -> str:
    """A catalog query: `items` selects grantee (an OID), owner and privilege_type of each right of `b`."""
    objects = f"""
        select b.classid, b.objid, b.objsubid, b.class, b.attname,
               case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee)::text end as role,
               x.grantee = 0 as is_public,
               string_agg(x.privilege_type || coalesce(' (' || quote_ident(b.attname) || ')', ''), ', '
                          order by x.privilege_type) as list
          from ({_RIGHTS}) b cross join lateral ({items}) x
         group by b.classid, b.objid, b.objsubid, b.class, b.attname, x.grantee
    """  # noqa: S608 - constants
    what = """case o.class when 'S' then 'FOREIGN ' || s.sql when 'r' then 'TABLE ' || i.identity
                           when 'c' then format('TABLE %I.%I', w.names[1], w.names[2]) else s.sql end"""
    return named(
        objects,
        f"'{statement} ' || o.list || ' ON ' || {what} || ' {preposition.upper()} '"
        f" || case when o.is_public then 'PUBLIC' else quote_ident(o.role) end || '{after}'",
        word="case when o.class = 'r' then 'table' else w.word end",
        phrases=f"array['{preposition}', o.role]",
    )


class Right(Said):
    """What somebody may do with an object, or may not; not a kind by itself."""

    node = "GrantStmt"
    preposition: ClassVar[str]
    is_grant: ClassVar[bool]
    has_option: ClassVar[bool] = False

    @classmethod
    def accepts(cls, node: Node) -> bool:
        """Whether it gives or takes, and with the right to give on."""
        fields = node.fields
        if node.tag != cls.node or bool(fields.get("is_grant")) != cls.is_grant:
            return False
        return not cls.is_grant or bool(fields.get("grant_option")) == cls.has_option

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`on` and the names of the object or of its column, `to` the role."""
        return _target(fields, home).identity(cls.kind, "on", (cls.preposition, _grantee(fields)))

    @property
    def role(self) -> str:
        """Who may, `public` for all."""
        return self.identity.phrases[0][1]

    @property
    def privileges(self) -> list[str]:
        """In capitals, in the order of the alphabet; `ALL` alone for all that there are."""
        return privileges_of(self.tree.fields)

    def statement(self, head: str, privileges: Iterable[str], preposition: str, after: str = "") -> str:
        """GRANT or REVOKE of some privileges."""
        target = self.target
        column = f" ({quote(target.names[2])})" if target.type == "column" else ""
        what = target.sql.replace("SERVER", "FOREIGN SERVER", 1) if target.type == "server" else target.sql
        what = f"TABLE {qualify(target.names[:2])}" if column else what
        words = ", ".join(privilege + column for privilege in privileges)
        return f"{head} {words} ON {what} {preposition} {named_role(self.role)}{after}"

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """A sequence has other privileges than a table, which GRANT ON takes it for without the word."""
        names = self.target.names
        if self.target.type == "table" and Identity("sequence", names) in declared.identities:
            yield Finding(
                "error",
                f"{qualify(names)} is a sequence",
                self,
                hint=f"Write: {'grant' if self.is_grant else 'revoke'} … on sequence {qualify(names)} …",
            )

    def difference(self, old: Self) -> tuple[list[str], list[str]]:
        """The privileges that go, and those that are to be there; all go where `all` says more than can be known."""
        before, after = old.privileges, self.privileges
        return (before if ALL in (*before, *after) else [p for p in before if p not in after]), after


def named_role(role: str) -> str:
    """A role as GRANT has it."""
    return "PUBLIC" if role == "public" else quote(role)


def privileges_of(fields: Fields) -> list[str]:
    """The privileges of a GRANT's tree."""
    found = [item["AccessPriv"].get("priv_name", ALL).upper() for item in fields.get("privileges", ())]
    return [ALL] if ALL in found or not found else sorted(set(found))


def _target(fields: Fields, home: str) -> Target:
    refuse(fields)
    if fields["targtype"] != "ACL_TARGET_OBJECT":
        raise SqlError(
            "ALL … IN SCHEMA means whatever there is when it is run",
            hint="Write a statement for each object; for those to come: alter default privileges in schema …",
        )
    if len(fields["objects"]) > 1:
        raise SqlError("these are rights on several objects", hint="Write a statement for each of them.")
    target = Target.read(fields["objtype"], fields["objects"][0], home)
    columns = [strings(item["AccessPriv"].get("cols", [])) for item in fields.get("privileges", ())]
    if not any(columns):
        return target
    if any(names != columns[0] or len(names) != 1 for names in columns):
        raise SqlError("these are rights on several columns", hint="Write a statement for each of them.")
    return Target("column", (*target.names, columns[0][0]))


def _grantee(fields: Fields) -> str:
    if len(fields["grantees"]) > 1:
        raise SqlError("these are rights of several roles", hint="Write a statement for each of them.")
    return role_name(fields["grantees"][0]["RoleSpec"])


def refuse(fields: Fields) -> None:
    """Raise SqlError for what no GRANT or REVOKE of ours has."""
    if "grantor" in fields:
        raise SqlError("GRANTED BY can only name the role that runs the statement", hint="Leave it out.")
    if fields.get("behavior") == "DROP_CASCADE":
        raise SqlError("CASCADE takes from others what is not named here", hint="Leave it out.")
