"""Support functions of families. https://www.postgresql.org/docs/current/sql-alteropfamily.html"""

from __future__ import annotations

from cucurbit.entities.kinds.member import MEMBERS, Member
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import Fields, name_of, strings
from cucurbit.sql.references import References
from cucurbit.sql.types import argument_type


class FamilyFunction(Member):
    """`alter operator family … add function 1 (integer, bigint) compare(integer, bigint)`, one in each statement."""

    kind = "function of access method"
    example = "alter operator family … add function 1 (integer, bigint) compare(integer, bigint)"
    rank = 56
    itemtype = 2
    word = "FUNCTION"
    rows = """
        SELECT oid, amprocfamily AS family, amprocnum AS number, amproclefttype AS lefttype,
               amprocrighttype AS righttype
          FROM pg_amproc
    """
    catalog = f"""
        select 'pg_amproc'::regclass as classid, a.oid as objid,
               array[n.nspname::text, f.opfname::text, m.amname::text, a.amprocnum::text,
                     format_type(a.amproclefttype, null), format_type(a.amprocrighttype, null)] as key,
               format('ALTER OPERATOR FAMILY %I.%I USING %I ADD FUNCTION %s (%s, %s) %s', n.nspname, f.opfname,
                      m.amname, a.amprocnum, format_type(a.amproclefttype, null),
                      format_type(a.amprocrighttype, null), a.amproc::regprocedure) as definition
          from pg_amproc a
          join pg_opfamily f on f.oid = a.amprocfamily
          join pg_namespace n on n.oid = f.opfnamespace
          join pg_am m on m.oid = f.opfmethod
         where a.oid not in (select objid from ({MEMBERS}) o
                              where class is not null and classid = 'pg_amproc'::regclass)
    """  # noqa: S608 - a constant of our own

    def __init__(
        self, family: str, number: int, function: str, left: str, right: str, *, using: str, schema: str | None = None
    ) -> None:
        """A member: `FamilyFunction("numbers", 1, "compare(integer, bigint)", "integer", "bigint", using="btree")`.

        Types and function are SQL.
        """
        names = (schema, family) if schema else (family,)
        head = f"alter operator family {qualify(names)} using {using}"
        super().__init__(f"{head} add function {number} ({left}, {right}) {function}")

    @classmethod
    def types(cls, item: Fields, method: str) -> tuple[Fields, Fields]:
        """Those that are given; or the function's own, where PostgreSQL goes by them."""
        given = item.get("class_args") or []
        own = item["name"].get("objargs", [])
        if not given and (method, item["number"], len(own)) == ("btree", 1, 2):
            given = own
        elif not given and method == "hash" and own:
            given = own[:1]
        if not given:
            raise SqlError(
                "a function of a family needs the types that it is for",
                hint="Write: … add function 1 (integer, bigint) compare(integer, bigint)",
            )
        return given[0]["TypeName"], given[-1]["TypeName"]

    def made(self, item: Fields, left: str, right: str) -> str:
        """The types that it is for, and the function with its own."""
        function = item["name"]
        types = ", ".join(argument_type(type_["TypeName"], self.home) for type_ in function.get("objargs", ()))
        arguments = "" if function.get("args_unspecified") else f"({types})"
        return f"({left}, {right}) {qualify(strings(function['objname']))}{arguments}"

    def refers(self, found: References) -> None:
        """Its function."""
        super().refers(found)
        found.routines.add(name_of(self.item["name"]["objname"]))
