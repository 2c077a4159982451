"""Operators of families. https://www.postgresql.org/docs/current/sql-alteropfamily.html"""

from __future__ import annotations

from cucurbit.entities.kinds.member import MEMBERS, Member
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import Fields, name_of, strings
from cucurbit.sql.references import References


class FamilyOperator(Member):
    """`alter operator family distances using btree add operator 1 < (integer, distance)`, one in each statement."""

    kind = "operator of access method"
    example = "alter operator family … add operator 1 < (integer, bigint)"
    rank = 56
    itemtype = 1
    word = "OPERATOR"
    rows = """
        SELECT oid, amopfamily AS family, amopstrategy AS number, amoplefttype AS lefttype, amoprighttype AS righttype
          FROM pg_amop
    """
    catalog = f"""
        select 'pg_amop'::regclass as classid, a.oid as objid,
               array[n.nspname::text, f.opfname::text, m.amname::text, a.amopstrategy::text,
                     format_type(a.amoplefttype, null), format_type(a.amoprighttype, null)] as key,
               format('ALTER OPERATOR FAMILY %I.%I USING %I ADD OPERATOR %s %I.%s (%s, %s)', n.nspname, f.opfname,
                      m.amname, a.amopstrategy, s.nspname, o.oprname, format_type(a.amoplefttype, null),
                      format_type(a.amoprighttype, null))
                 || coalesce((select format(' FOR ORDER BY %I.%I', t.nspname, b.opfname)
                                from pg_opfamily b join pg_namespace t on t.oid = b.opfnamespace
                               where b.oid = a.amopsortfamily), '') as definition
          from pg_amop a
          join pg_opfamily f on f.oid = a.amopfamily
          join pg_namespace n on n.oid = f.opfnamespace
          join pg_am m on m.oid = f.opfmethod
          join pg_operator o on o.oid = a.amopopr
          join pg_namespace s on s.oid = o.oprnamespace
         where a.oid not in (select objid from ({MEMBERS}) o
                              where class is not null and classid = 'pg_amop'::regclass)
    """  # noqa: S608 - a constant of our own

    def __init__(
        self, family: str, number: int, operator: str, left: str, right: str, *, using: str, schema: str | None = None
    ) -> None:
        """A member: `FamilyOperator("distances", 1, "<", "integer", "distance", using="btree")`; types are SQL."""
        names = (schema, family) if schema else (family,)
        super().__init__(
            f"alter operator family {qualify(names)} using {using} add operator {number} {operator} ({left}, {right})"
        )

    @classmethod
    def types(cls, item: Fields, method: str) -> tuple[Fields, Fields]:
        """The operator's own."""
        types = [type_.get("TypeName") for type_ in item["name"].get("objargs", ())]
        if len(types) != 2 or None in types:
            raise SqlError(
                "an operator of a family needs its types", hint="Write: … add operator 1 < (integer, bigint)"
            )
        return types[0], types[1]

    def made(self, item: Fields, left: str, right: str) -> str:
        """The operator with its types, and what it orders by."""
        *schema, name = strings(item["name"]["objname"])
        order = f" FOR ORDER BY {qualify(strings(item['order_family']))}" if "order_family" in item else ""
        return f"{qualify(schema) + '.' if schema else ''}{name} ({left}, {right}){order}"

    def refers(self, found: References) -> None:
        """Its operator, and the family by which it orders."""
        super().refers(found)
        found.others.add(("operator", *name_of(self.item["name"]["objname"])))
        if "order_family" in self.item:
            found.others.add(("operator family", *name_of(self.item["order_family"])))
