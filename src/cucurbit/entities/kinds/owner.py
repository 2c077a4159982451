"""Owners. https://www.postgresql.org/docs/current/ddl-priv.html"""

from __future__ import annotations

from typing import Self

from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.said import Said, role_name
from cucurbit.entities.kinds.target import Target, named
from cucurbit.entities.objects import OWNED
from cucurbit.errors import SqlError
from cucurbit.sql.names import quote
from cucurbit.sql.parse import Fields, Node

_RELATION = "OBJECT_TABLE"  # ALTER TABLE takes what any ALTER of a relation takes


class Owner(Said):
    """`alter view active_orders owner to app`. Without it an object belongs to whoever made it."""

    kind = "owner"
    node = "AlterOwnerStmt"
    other_nodes = frozenset({"AlterTableStmt"})
    example = "alter view active_orders owner to app"
    rank = 96
    is_listed = False
    catalog = named(
        f"""
        select a.classid, a.oid as objid, 0 as objsubid, pg_get_userbyid(a.owner) as owner
          from ({OWNED}) a
         where a.oid >= 16384
           and (a.classid <> 'pg_type'::regclass
                or exists (select from pg_type t left join pg_class c on c.oid = t.typrelid
                            where t.oid = a.oid and coalesce(c.relkind, 'c') = 'c' and t.typtype <> 'm'
                              and not exists (select from pg_type e where e.typarray = t.oid)))
           and not exists (select from pg_depend d
                            where d.classid = a.classid and d.objid = a.oid and d.deptype in ('e', 'i'))
            or a.classid = 'pg_namespace'::regclass and a.oid = 'public'::regnamespace
        """,  # noqa: S608 - a constant
        "'ALTER ' || case when o.classid = 'pg_class'::regclass then 'TABLE ' || i.identity else s.sql end"
        " || ' OWNER TO ' || quote_ident(o.owner)",
        word="case when o.classid = 'pg_class'::regclass then 'table' else w.word end",
        preposition="of",
    )

    def __init__(self, of: str, role: str) -> None:
        """An owner: `Owner("view active_orders", "app")`; `of` is SQL, the type and the name."""
        super().__init__(f"alter {of} owner to {quote(role)}")

    @classmethod
    def accepts(cls, node: Node) -> bool:
        """ALTER … OWNER TO; that of a relation is an ALTER TABLE."""
        if node.tag == cls.node:
            return True
        commands = node.fields.get("cmds", ())
        return node.tag in cls.other_nodes and commands[0]["AlterTableCmd"]["subtype"] == "AT_ChangeOwner"

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`of` and the names of the object."""
        role_name(_role(fields))
        if "cmds" not in fields:
            return Target.read(fields["objectType"], fields["object"], home).identity(cls.kind, "of")
        if len(fields["cmds"]) > 1:
            raise SqlError("an owner is declared alone", hint="Write the rest into the models or other statements.")
        if fields["objtype"] == "OBJECT_INDEX":
            raise SqlError("an index belongs to whom its table belongs", hint="Write: alter table … owner to …")
        return Target.read(_RELATION, fields["relation"], home).identity(cls.kind, "of")

    @property
    def canonical(self) -> str:
        """The statement, written out."""
        return self._statement(quote(role_name(_role(self.tree.fields))))

    def _statement(self, role: str) -> str:
        return f"ALTER {self.target.sql} OWNER TO {role}"

    def is_usual(self, role: str) -> bool:
        """The role itself, but of what was there before any role made something: the schema public.

        https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS
        """
        is_there = (self.identity.on, self.identity.names) == ("of schema", ("public",))
        return role_name(_role(self.tree.fields)) == role and not is_there

    def replace_statements(self, old: Self) -> list[str] | None:
        """The new owner takes the place of the old one."""
        return [self.canonical]

    def drop_statements(self) -> list[str]:
        """Back to the role that migrates, to which it would belong without a declaration."""
        return [self._statement("CURRENT_USER")]


def _role(fields: Fields) -> Fields:
    found: Fields = fields["newowner"] if "newowner" in fields else fields["cmds"][0]["AlterTableCmd"]["newowner"]
    return found
