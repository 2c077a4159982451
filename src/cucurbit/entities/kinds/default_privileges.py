"""Rights on what is yet to be made. https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.rights import ALL, named_role, privileges_of, refuse
from cucurbit.entities.kinds.said import role_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import quote
from cucurbit.sql.parse import Fields
from cucurbit.sql.references import References

_OBJECTS = {
    "OBJECT_TABLE": "tables",
    "OBJECT_SEQUENCE": "sequences",
    "OBJECT_FUNCTION": "functions",
    "OBJECT_TYPE": "types",
    "OBJECT_SCHEMA": "schemas",
    "OBJECT_LARGEOBJECT": "large objects",
}


class DefaultPrivileges(Entity):
    """`alter default privileges in schema shop grant select on tables to app`: of what the role that migrates makes."""

    kind = "default privileges"
    node = "AlterDefaultPrivilegesStmt"
    example = "alter default privileges in schema shop grant select on tables to app"
    is_seen_by_all = False
    rank = 15
    renamable = False
    has_schema = False
    is_object = False
    # Without a schema the list has what every object has (usual), with one only what comes on top of that. The rows of
    # the role that asks are there by its name and without.
    catalog = """
        select 'pg_default_acl'::regclass as classid, d.oid as objid,
               array['', '0', '', 'on', d.word] || case when n.nspname is null then '{}'::text[]
                                                        else array['in schema', n.nspname::text] end
                 || case when is_own then '{}'::text[] else array['for role', pg_get_userbyid(d.defaclrole)::text] end
                 || array[x.preposition, x.role] as key,
               'ALTER DEFAULT PRIVILEGES' || case when is_own then ''
                                                  else ' FOR ROLE ' || quote_ident(pg_get_userbyid(d.defaclrole)) end
                 || coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '')
                 || case x.preposition when 'to' then ' GRANT ' else ' REVOKE ' end || x.list || ' ON ' || upper(d.word)
                 || ' ' || upper(x.preposition) || ' '
                 || case when x.is_public then 'PUBLIC' else quote_ident(x.role) end
                 || case when x.is_grantable then ' WITH GRANT OPTION' else '' end as definition
          from (select p.*, case when p.defaclnamespace = 0
                                 then acldefault(replace(p.defaclobjtype::text, 'S', 's')::"char", p.defaclrole)
                                 end as usual,
                       case p.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'T' then 'types'
                                            when 'f' then 'functions' when 'n' then 'schemas'
                                            else 'large objects' end as word
                  from pg_default_acl p) d
          left join pg_namespace n on n.oid = d.defaclnamespace
         cross join lateral (
               select g.preposition, g.grantee = 0 as is_public,
                      case g.grantee when 0 then 'public' else pg_get_userbyid(g.grantee)::text end as role,
                      bool_or(g.is_grantable) as is_grantable,
                      string_agg(g.privilege_type, ', ' order by g.privilege_type) as list
                 from (select 'to' as preposition, r.grantee, r.privilege_type, r.is_grantable
                         from aclexplode(d.defaclacl) r
                        where (r.grantee, r.privilege_type, r.is_grantable) not in (
                              select u.grantee, u.privilege_type, u.is_grantable from aclexplode(d.usual) u)
                       union all
                       select 'from', u.grantee, u.privilege_type, false
                         from aclexplode(d.usual) u
                        where (u.grantee, u.privilege_type) not in (
                              select r.grantee, r.privilege_type from aclexplode(d.defaclacl) r)) g
                group by g.preposition, g.grantee) x
         cross join (values (true), (false)) own(is_own)
         where not is_own or pg_get_userbyid(d.defaclrole) = current_user
    """

    def __init__(
        self, privileges: str | Sequence[str], *, on: str, to: str, schema: str | None = None, role: str | None = None
    ) -> None:
        """Rights: `DefaultPrivileges("select", on="tables", to="app", schema="shop")`; `role` makes the objects."""
        words = privileges if isinstance(privileges, str) else ", ".join(privileges)
        head = "alter default privileges" + (f" for role {quote(role)}" if role else "")
        head += f" in schema {quote(schema)}" if schema else ""
        super().__init__(f"{head} grant {words} on {on} to {named_role(to)}")

    @classmethod
    def identity_of(cls, key: Sequence[str]) -> Identity:
        """Of a key with phrases."""
        return Identity.of_key(cls.kind, key)

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """The sort of objects, the schema and the role that makes them where they are named, and whose rights it is."""
        action = fields["action"]
        refuse(action)
        if action.get("grant_option") and not action.get("is_grant"):
            raise SqlError("no grant option is how it is without a declaration", hint="Remove the statement.")
        given = {option["DefElem"]["defname"]: option["DefElem"]["arg"] for option in fields.get("options", ())}
        phrases = [("on", _OBJECTS[action["objtype"]])]
        for option, words in (("schemas", "in schema"), ("roles", "for role")):
            if option in given:
                phrases.append((words, _only(given[option]["List"]["items"], option)))
        who = _only(action["grantees"], "roles")
        return Identity(cls.kind, (), None, "", (*phrases, ("to" if action.get("is_grant") else "from", who)))

    @property
    def privileges(self) -> list[str]:
        """In capitals, in the order of the alphabet; `ALL` alone for all that there are."""
        return privileges_of(self.tree.fields["action"])

    @property
    def canonical(self) -> str:
        """The statement, written out."""
        option = " WITH GRANT OPTION" if self.tree.fields["action"].get("grant_option") else ""
        return self._statement(self._preposition, self.privileges) + option

    @property
    def _preposition(self) -> str:
        return self.identity.phrases[-1][0]

    def _statement(self, preposition: str, privileges: Sequence[str]) -> str:
        phrases = dict(self.identity.phrases)
        head = "ALTER DEFAULT PRIVILEGES"
        head += f" FOR ROLE {quote(phrases['for role'])}" if "for role" in phrases else ""
        head += f" IN SCHEMA {quote(phrases['in schema'])}" if "in schema" in phrases else ""
        word = "GRANT" if preposition == "to" else "REVOKE"
        who = named_role(phrases[self._preposition])
        return f"{head} {word} {', '.join(privileges)} ON {phrases['on'].upper()} {preposition.upper()} {who}"

    def refers(self, found: References) -> None:
        """The schema comes before it."""
        if schema := dict(self.identity.phrases).get("in schema"):
            found.others.add(("schema", "", schema))

    def replace_statements(self, old: Self) -> list[str] | None:
        """What was said before is taken back first."""
        return [*old.drop_statements(), self.canonical]

    def drop_statements(self) -> list[str]:
        """The opposite."""
        return [self._statement("from" if self._preposition == "to" else "to", self._taken_back())]

    def _taken_back(self) -> list[str]:
        """Of PUBLIC only what it has without any of this: to take all of that back is not to give all that there is."""
        phrases = dict(self.identity.phrases)
        if self._preposition == "from" and phrases["from"] == "public" and self.privileges == [ALL]:
            return ["EXECUTE"] if phrases["on"] == "functions" else ["USAGE"]
        return self.privileges


def _only(items: Sequence[Any], what: str) -> str:
    if len(items) > 1:
        raise SqlError(f"these are default privileges of several {what}", hint="Write a statement for each of them.")
    ((tag, value),) = items[0].items()
    return role_name(value) if tag == "RoleSpec" else str(value["sval"])
