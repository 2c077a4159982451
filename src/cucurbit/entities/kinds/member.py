"""What a family of operators has besides its classes: one operator or one function for an access method.

https://www.postgresql.org/docs/current/sql-alteropfamily.html
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, qualify, quote
from cucurbit.sql.parse import Fields, Node, name_of, strings
from cucurbit.sql.references import References
from cucurbit.sql.types import argument_type

# Access methods of which pg_depend has members of a class as the family's: only the class can tell what they mean.
UNTIED = ("gin", "gist", "spgist")  # 2742, 783, 4000

# What belongs to a class: what depends on it, and what its statement alone can have made. The optional functions of a
# class, for one, depend on its family only. What is loose has none.
# https://www.postgresql.org/docs/current/catalog-pg-amop.html
MEMBERS = """
select m.classid, m.objid, i.objid is not null as is_tied,
       coalesce(i.refobjid, (select c.oid
                               from pg_opclass c
                              where c.opcfamily = m.family
                                and (c.opcmethod in (783, 2742, 4000)
                                     or c.opcintype = m.lefttype and c.opcintype = m.righttype)
                              order by c.opcintype = m.lefttype desc, c.opcname
                              limit 1)) as class
  from (select 'pg_amop'::regclass as classid, oid as objid, amopfamily as family, amoplefttype as lefttype,
               amoprighttype as righttype from pg_amop
        union all
        select 'pg_amproc'::regclass, oid, amprocfamily, amproclefttype, amprocrighttype from pg_amproc) m
  left join pg_depend i on i.classid = m.classid and i.objid = m.objid and i.deptype = 'i'
                       and i.refclassid = 'pg_opclass'::regclass
 where m.objid >= 16384
"""


_BELONGS = f"""DO $belongs$
DECLARE
  class text;
BEGIN
  SELECT format('%I.%I', n.nspname, c.opcname) INTO class
    FROM ({{rows}}) r
    JOIN ({MEMBERS}) m ON m.objid = r.oid
    JOIN pg_opclass c ON c.oid = m.class
    JOIN pg_namespace n ON n.oid = c.opcnamespace
    JOIN pg_opfamily f ON f.oid = r.family AND f.opfname = {{name}}
    JOIN pg_am a ON a.oid = f.opfmethod AND a.amname = {{method}}
   WHERE f.opfnamespace = to_regnamespace(quote_ident({{schema}})) AND r.number = {{number}}
     AND r.lefttype = {{left}}::regtype AND r.righttype = {{right}}::regtype;
  IF FOUND THEN
    RAISE 'what is added belongs to the operator class %', class USING HINT = 'Write it into: create operator class';
  END IF;
END
$belongs$"""  # noqa: S608 - constants of our own


class Member(Entity):
    """Several kinds share this statement; not a kind by itself. A change makes a member anew."""

    node = "AlterOpFamilyStmt"
    has_arguments = True
    has_schema = False  # the family may be one of PostgreSQL's own
    renamable = False
    itemtype: ClassVar[int] = 0
    """The parser's number for what is added."""

    word: ClassVar[str] = ""
    """What the statement calls it: `OPERATOR`."""

    rows: ClassVar[str] = ""
    """A SELECT of oid, family, number, lefttype and righttype of all members of the sort."""

    @classmethod
    def accepts(cls, node: Node) -> bool:
        """What is added says which it is; DROP is no definition."""
        if node.tag != cls.node or node.fields.get("isDrop"):
            return False
        return bool(node.fields["items"][0]["CreateOpClassItem"]["itemtype"] == cls.itemtype)

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """The family, its access method, the number and the two types."""
        if len(fields["items"]) > 1:
            raise SqlError(
                "several members are added in one statement",
                hint=f"Write one for each: alter operator family … add {cls.word.lower()} …",
            )
        method = fields["amname"]
        if method in UNTIED:
            raise SqlError(
                f"what is added to a family of {method} belongs to a class",
                hint="Write it into: create operator class … as …",
            )
        item = fields["items"][0]["CreateOpClassItem"]
        left, right = (argument_type(type_, home) for type_ in cls.types(item, method))
        return Identity(
            cls.kind, home_name(strings(fields["opfamilyname"]), home), (method, str(item["number"]), left, right)
        )

    @classmethod
    def types(cls, item: Fields, method: str) -> tuple[Fields, Fields]:
        """The two types for which it is a member, as the tree has them."""
        raise NotImplementedError

    @cached_property
    def canonical(self) -> str:
        """With every type that is not PostgreSQL's own in its schema."""
        _, number, left, right = self.identity.arguments or ("", "", "", "")
        what = self.made(self.item, left, right)
        return f"ALTER OPERATOR FAMILY {self._family} ADD {self.word} {number} {what}"

    @property
    def item(self) -> Fields:
        """What is added, as the tree has it."""
        item: Fields = self.tree.fields["items"][0]["CreateOpClassItem"]
        return item

    def made(self, item: Fields, left: str, right: str) -> str:
        """The statement behind the number."""
        raise NotImplementedError

    def create_statements(self) -> list[str]:
        """What is for the type of a class is the class's, which PostgreSQL decides when it is there."""
        method, number, left, right = self.identity.arguments or ("", "", "", "")
        schema, name = self.identity.names
        belongs = _BELONGS.format(
            rows=self.rows,
            number=int(number),
            left=literal(left),
            right=literal(right),
            schema=literal(schema),
            name=literal(name),
            method=literal(method),
        )
        return [self.sql, belongs]

    def rename_statements(self, old: Self) -> list[str]:
        """Nothing: it has no name, and goes along with its family's."""
        return []

    def drop_statements(self) -> list[str]:
        """ALTER OPERATOR FAMILY … DROP."""
        _, number, left, right = self.identity.arguments or ("", "", "", "")
        return [f"ALTER OPERATOR FAMILY {self._family} DROP {self.word} {number} ({left}, {right})"]

    def refers(self, found: References) -> None:
        """Its family, and in any case the schema of that."""
        found.others.add(("operator family", *name_of(self.tree.fields["opfamilyname"])))

    @property
    def _family(self) -> str:
        return f"{qualify(self.identity.names)} USING {quote((self.identity.arguments or ('',))[0])}"
