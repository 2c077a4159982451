"""Operator classes. https://www.postgresql.org/docs/current/sql-createopclass.html"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.member import MEMBERS
from cucurbit.entities.kinds.operator_family import renaming, using
from cucurbit.entities.names import home_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, qualify, quote
from cucurbit.sql.parse import Fields, name_of, strings
from cucurbit.sql.references import References
from cucurbit.sql.types import argument_type

OPERATOR, FUNCTION, STORAGE = 1, 2, 3  # the parser's numbers
_OF_ONE_TYPE = ("btree", "hash")


class OperatorClass(Entity):
    """`create operator class by_length for type text using btree as …`; a change makes it anew."""

    kind = "operator class"
    node = "CreateOpClassStmt"
    example = "create operator class by_length for type text using btree as operator 1 <, …"
    rank = 55
    provides = frozenset({"operator class", "operator family"})
    is_implied = True  # as the default of a type
    drop = "OPERATOR CLASS"
    has_arguments = True
    catalog = f"""
        select 'pg_opclass'::regclass as classid, c.oid as objid,
               array[n.nspname::text, c.opcname::text, a.amname::text] as key,
               format('CREATE OPERATOR CLASS %I.%I %sFOR TYPE %s USING %I%s AS ', n.nspname, c.opcname,
                      case when c.opcdefault then 'DEFAULT ' else '' end, format_type(c.opcintype, null), a.amname,
                      case when (f.opfname, f.opfnamespace) <> (c.opcname, c.opcnamespace)
                           then format(' FAMILY %I.%I', fn.nspname, f.opfname) end)
                 || coalesce(nullif(concat_ws(', ',
                      (select string_agg(format('OPERATOR %s %I.%s (%s, %s)', o.amopstrategy, s.nspname, p.oprname,
                                format_type(o.amoplefttype, null), format_type(o.amoprighttype, null))
                                || coalesce(' FOR ORDER BY ' || quote_ident(t.nspname) || '.' || quote_ident(b.opfname),
                                            ''), ', '
                                order by o.amopstrategy, format_type(o.amoplefttype, null),
                                         format_type(o.amoprighttype, null), o.amoppurpose)
                         from ({MEMBERS}) m
                         join pg_amop o on m.classid = 'pg_amop'::regclass and o.oid = m.objid
                         join pg_operator p on p.oid = o.amopopr
                         join pg_namespace s on s.oid = p.oprnamespace
                         left join pg_opfamily b on b.oid = o.amopsortfamily
                         left join pg_namespace t on t.oid = b.opfnamespace
                        where m.class = c.oid),
                      (select string_agg(format('FUNCTION %s (%s, %s) %s', o.amprocnum,
                                format_type(o.amproclefttype, null), format_type(o.amprocrighttype, null),
                                o.amproc::regprocedure), ', '
                                order by o.amprocnum, format_type(o.amproclefttype, null),
                                         format_type(o.amprocrighttype, null))
                         from ({MEMBERS}) m
                         join pg_amproc o on m.classid = 'pg_amproc'::regclass and o.oid = m.objid
                        where m.class = c.oid),
                      'STORAGE ' || format_type(nullif(c.opckeytype, 0), null)), ''),
                      'STORAGE ' || format_type(c.opcintype, null)) as definition
          from pg_opclass c
          join pg_namespace n on n.oid = c.opcnamespace
          join pg_am a on a.oid = c.opcmethod
          join pg_opfamily f on f.oid = c.opcfamily
          join pg_namespace fn on fn.oid = f.opfnamespace
    """  # noqa: S608 - a constant of our own
    parts = f"""
        select classid::oid, objid, 'pg_opclass'::regclass::oid as owner_class, class as owner from ({MEMBERS}) m
        union all
        select 'pg_opfamily'::regclass::oid, f.oid, 'pg_opclass'::regclass::oid, c.oid
          from pg_opfamily f
          join pg_opclass c on c.opcfamily = f.oid and c.opcname = f.opfname and c.opcnamespace = f.opfnamespace
    """  # noqa: S608 - the same

    def __init__(
        self,
        name: str,
        type_: str,
        items: Sequence[str],
        *,
        using: str,
        default: bool = False,
        family: str | None = None,
        schema: str | None = None,
    ) -> None:
        """A class: `OperatorClass("by_length", "text", ["operator 1 <#", …, "function 1 compare(text, text)"], …)`.

        The type, the items and the family are SQL, `using` is the access method's name.
        """
        head = f"create operator class {qualify((schema, name) if schema else (name,))}"
        head += f"{' default' if default else ''} for type {type_} using {quote(using)}"
        super().__init__(f"{head}{f' family {family}' if family else ''} as\n  " + ",\n  ".join(items))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "by_length")`, and the access method: each has classes of its own."""
        return Identity(cls.kind, home_name(strings(fields["opclassname"]), home), (fields["amname"],))

    @cached_property
    def canonical(self) -> str:
        """The items in one order, with every type that is not PostgreSQL's own in its schema."""
        fields = self.tree.fields
        default = "DEFAULT " if fields.get("isDefault") else ""
        family = f" FAMILY {qualify(strings(fields['opfamilyname']))}" if "opfamilyname" in fields else ""
        type_ = argument_type(fields["datatype"], self.home)
        method = quote(fields["amname"])
        items = ", ".join(text for *_, text in sorted(self._items()))
        name = qualify(self.identity.names)
        return f"CREATE OPERATOR CLASS {name} {default}FOR TYPE {type_} USING {method}{family} AS {items}"

    def _items(self) -> Iterator[tuple[int, int, str]]:
        """Sort, number and SQL of each."""
        for item in self._trees:
            sort, number = item["itemtype"], item.get("number", 0)
            if sort == STORAGE:
                yield sort, number, f"STORAGE {argument_type(item['storedtype'], self.home)}"
                continue
            name = strings(item["name"]["objname"])
            for_ = self._types(item.get("class_args")) if sort == FUNCTION else ""
            arguments = self._types(item["name"].get("objargs"))
            if sort == OPERATOR:
                operator = ".".join([*map(quote, name[:-1]), name[-1]])
                order = f" FOR ORDER BY {qualify(strings(item['order_family']))}" if "order_family" in item else ""
                yield sort, number, f"OPERATOR {number} {operator}{arguments}{order}"
            else:
                plain = "()" if not item["name"].get("args_unspecified") else ""
                yield sort, number, f"FUNCTION {number}{for_} {qualify(name)}{arguments or plain}"

    @property
    def _trees(self) -> list[Fields]:
        """The items. Raises SqlError for one that PostgreSQL takes, and makes the family's."""
        items = [item["CreateOpClassItem"] for item in self.tree.fields["items"]]
        type_ = argument_type(self.tree.fields["datatype"], self.home)
        for item in items if self.tree.fields["amname"] in _OF_ONE_TYPE else ():
            others = {argument_type(given, self.home) for given in _for_types(item)} - {type_}
            if others:
                what = "operator" if item["itemtype"] == OPERATOR else "function"
                raise SqlError(
                    f"the {what} {item['number']} is for {', '.join(sorted(others))}, and the class for {type_}",
                    hint=f"What is for two types belongs to the family: alter operator family … add {what} …; "
                    f"a function with other arguments is told what it is for: function 1 ({type_}, {type_}) …",
                    place=self.origin,
                )
        return items

    def _types(self, types: list[Fields] | None) -> str:
        return f" ({', '.join(argument_type(t['TypeName'], self.home) for t in types)})" if types else ""

    @property
    def _makes_family(self) -> bool:
        return "opfamilyname" not in self.tree.fields

    def rename_statements(self, old: Self) -> list[str]:
        """ALTER OPERATOR CLASS, and the same for the family that it has made."""
        statements = renaming(self.drop, old.identity, self.identity)
        return [*statements, *(renaming("OPERATOR FAMILY", old.identity, self.identity) if self._makes_family else ())]

    def drop_statements(self) -> list[str]:
        """DROP OPERATOR CLASS leaves what depends on the family only, and the family."""
        schema, name = self.identity.names
        (method,) = self.identity.arguments or ("",)
        return [
            _DROP.format(
                schema=literal(schema),
                name=literal(name),
                method=literal(method),
                drop=literal(f"DROP OPERATOR CLASS {using(self.identity)}"),
            )
        ]

    def refers(self, found: References) -> None:
        """Its operators, functions and families."""
        families = [item["order_family"] for item in self._trees if "order_family" in item]
        if not self._makes_family:
            families.append(self.tree.fields["opfamilyname"])
        found.others |= {("operator family", *name_of(names)) for names in families}
        for item in self._trees:
            if item["itemtype"] == OPERATOR:
                found.others.add(("operator", *name_of(item["name"]["objname"])))
            elif item["itemtype"] == FUNCTION:
                found.routines.add(name_of(item["name"]["objname"]))


# A family of the class's own name goes with it, unless something else is in it.
_DROP = f"""DO $drop$
DECLARE
  class record;
  members text[];
  member text;
BEGIN
  SELECT c.oid, c.opcfamily, format('%I.%I USING %I', n.nspname, f.opfname, a.amname) AS family,
         (f.opfname, f.opfnamespace) = (c.opcname, c.opcnamespace) AS is_own
    INTO class
    FROM pg_opclass c
    JOIN pg_opfamily f ON f.oid = c.opcfamily
    JOIN pg_namespace n ON n.oid = f.opfnamespace
    JOIN pg_am a ON a.oid = c.opcmethod
   WHERE c.opcnamespace = to_regnamespace(quote_ident({{schema}})) AND c.opcname = {{name}} AND a.amname = {{method}};
  SELECT array_agg(format('ALTER OPERATOR FAMILY %s DROP %s (%s, %s)', class.family, m.what, m.lefttype::regtype,
                          m.righttype::regtype))
    INTO members
    FROM (SELECT o.oid, 'OPERATOR ' || o.amopstrategy AS what, o.amoplefttype AS lefttype,
                 o.amoprighttype AS righttype
            FROM pg_amop o
           UNION ALL
          SELECT o.oid, 'FUNCTION ' || o.amprocnum, o.amproclefttype, o.amprocrighttype FROM pg_amproc o) m
    JOIN ({MEMBERS}) c ON c.objid = m.oid
   WHERE c.class = class.oid AND NOT c.is_tied;
  EXECUTE {{drop}};
  FOREACH member IN ARRAY coalesce(members, '{{{{}}}}') LOOP
    EXECUTE member;
  END LOOP;
  IF class.is_own AND NOT EXISTS (SELECT FROM pg_opclass WHERE opcfamily = class.opcfamily)
     AND NOT EXISTS (SELECT FROM pg_amop WHERE amopfamily = class.opcfamily)
     AND NOT EXISTS (SELECT FROM pg_amproc WHERE amprocfamily = class.opcfamily) THEN
    EXECUTE format('DROP OPERATOR FAMILY %s', class.family);
  END IF;
END
$drop$"""  # noqa: S608 - constants of our own


def _for_types(item: Fields) -> list[Fields]:
    """The types that an item of a class for one type says it is for; those of a function that compares are its own."""
    given = item.get("class_args", [])
    if not given and (item["itemtype"] == OPERATOR or item.get("number") == 1):
        given = item.get("name", {}).get("objargs", [])
    return [type_["TypeName"] for type_ in given if "TypeName" in type_]
