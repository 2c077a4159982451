"""The target: the object that a comment, a grant, an owner or a label is said of; not a kind by itself.

Its type is one word for all that PostgreSQL takes under one name: a domain is a type, a function, a procedure and an
aggregate are a routine. https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-OBJECT
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, strings
from cucurbit.sql.references import References
from cucurbit.sql.types import argument_type, type_names

_RELATIONS = ("table", "view", "materialized view", "sequence", "index", "foreign table")
_NAMED_FIRST = ("trigger", "rule", "policy", "constraint")
_FOR_METHODS = ("operator class", "operator family")
_BY_TYPES = {"cast": ("(", " AS "), "transform": ("FOR ", " LANGUAGE ")}
_SORTS = {"routine": "routine", "type": "type"}


@dataclass(frozen=True)
class Target:
    """Its type, its names and, where they tell it apart, argument types, as an Identity has them."""

    type: str
    names: tuple[str, ...]
    arguments: tuple[str, ...] | None = None

    @classmethod
    def read(cls, objtype: str, tree: Any, home: str) -> Target:
        """The object of a statement's tree. Raises SqlError for one of a type that is none of a database's entities."""
        if objtype not in _TYPES:
            message, hint = _REFUSED.get(objtype, ("nothing can be said of an object of this type", None))
            raise SqlError(message, hint=hint)
        type_, reading = _TYPES[objtype]
        names, arguments = reading(_untagged(tree), home)
        return cls(type_, names, arguments)

    @classmethod
    def of(cls, identity: Identity) -> Target:
        """The object that an identity is said of."""
        return cls(identity.on.partition(" ")[2], identity.names, identity.arguments)

    @property
    def sql(self) -> str:
        """What COMMENT and its like call it: `TABLE public.orders`, `TRIGGER touch ON public.orders`."""
        word, arguments = self.type.upper(), ", ".join(self.arguments or ())
        if self.type in _NAMED_FIRST:
            return f"{word} {quote(self.names[2])} ON {qualify(self.names[:2])}"
        if self.type in _BY_TYPES:
            before, between = _BY_TYPES[self.type]
            return f"{word} {before}{between.join(self.arguments or ())}" + (")" if before == "(" else "")
        if self.type in _FOR_METHODS:
            return f"{word} {qualify(self.names)} USING {arguments}"
        if self.type == "domain constraint":
            return f"CONSTRAINT {quote(self.names[2])} ON DOMAIN {qualify(self.names[:2])}"
        if self.type == "operator":
            return f"OPERATOR {quote(self.names[0])}.{self.names[1]} ({arguments})"
        return f"{word} {qualify(self.names)}" + ("" if self.arguments is None else f"({arguments})")

    def identity(self, kind: str, preposition: str = "on", *phrases: tuple[str, str]) -> Identity:
        """The identity of what is said of it."""
        return Identity(kind, self.names, self.arguments, f"{preposition} {self.type}", phrases)

    def refer(self, found: References) -> None:
        """Add the object to the references of what is said of it."""
        if self.type in _RELATIONS:
            found.relations.add((self.names[0], self.names[1]))
        elif self.type in ("column", *_NAMED_FIRST):
            found.relations.add((self.names[0], self.names[1]))
            found.others.add((self.type, self.names[0], self.names[2]))
        elif self.type == "routine":
            found.routines.add((self.names[0], self.names[1]))
        elif self.type in ("type", "domain constraint"):
            found.types.add((self.names[0], self.names[1]))
        elif len(self.names) == 2:
            found.others.add((self.type, self.names[0], self.names[1]))
        elif self.names:
            found.others.add((self.type, "", self.names[0]))


Reading = tuple[tuple[str, ...], tuple[str, ...] | None]


def _untagged(tree: Any) -> Any:
    """What is below the tag of a node: the list of `{"List": {"items": […]}}`."""
    if isinstance(tree, dict) and len(tree) == 1:
        ((tag, value),) = tree.items()
        return value["items"] if tag == "List" else value["sval"] if tag == "String" else value
    return tree


def _alone(tree: str, home: str) -> Reading:
    return (tree,), None


def _qualified(tree: Any, home: str) -> Reading:
    if isinstance(tree, dict):  # a RangeVar
        return (tree.get("schemaname", home), tree["relname"]), None
    return home_name(strings(tree), home), None


def _part(tree: list[Fields], home: str) -> Reading:
    *owner, name = strings(tree)
    if not owner:
        raise SqlError("a column is named with its table", hint="Write: table.column")
    return (*home_name(owner, home), name), None


def _type(tree: Any, home: str) -> Reading:
    if isinstance(tree, list):  # GRANT and ALTER … OWNER have only the names
        tree = {"names": tree}
    schema, name, array = type_names(tree, home)
    if array:
        raise SqlError("an array type has nothing of its own", hint="Name the type of its elements.")
    return (schema, name), None


def _part_of_domain(tree: list[Fields], home: str) -> Reading:
    return (*_type(tree[0]["TypeName"], home)[0], tree[1]["String"]["sval"]), None


def _routine(tree: Fields, home: str) -> Reading:
    name = ".".join(strings(tree["objname"]))
    if tree.get("args_unspecified"):
        raise SqlError(f"{name} is named without its arguments", hint=f"Write their types: {name}(integer, text)")
    arguments = tuple(argument_type(argument["TypeName"], home) for argument in tree.get("objargs", ()))
    return home_name(strings(tree["objname"]), home), arguments


def _operator(tree: Fields, home: str) -> Reading:
    given = (argument.get("TypeName") for argument in tree["objargs"])
    arguments = tuple(argument_type(argument, home) if argument else "NONE" for argument in given)
    return home_name(strings(tree["objname"]), home), arguments


def _for_method(tree: list[Fields], home: str) -> Reading:
    method, *names = strings(tree)
    return home_name(names, home), (quote(method),)


def _cast(tree: list[Fields], home: str) -> Reading:
    return (), tuple(argument_type(item["TypeName"], home) for item in tree)


def _transform(tree: list[Fields], home: str) -> Reading:
    return (), (argument_type(tree[0]["TypeName"], home), quote(tree[1]["String"]["sval"]))


_TYPES: dict[str, tuple[str, Callable[[Any, str], Reading]]] = {
    "OBJECT_TABLE": ("table", _qualified),
    "OBJECT_VIEW": ("view", _qualified),
    "OBJECT_MATVIEW": ("materialized view", _qualified),
    "OBJECT_SEQUENCE": ("sequence", _qualified),
    "OBJECT_INDEX": ("index", _qualified),
    "OBJECT_FOREIGN_TABLE": ("foreign table", _qualified),
    "OBJECT_COLUMN": ("column", _part),
    "OBJECT_TRIGGER": ("trigger", _part),
    "OBJECT_RULE": ("rule", _part),
    "OBJECT_POLICY": ("policy", _part),
    "OBJECT_TABCONSTRAINT": ("constraint", _part),
    "OBJECT_DOMCONSTRAINT": ("domain constraint", _part_of_domain),
    "OBJECT_TYPE": ("type", _type),
    "OBJECT_DOMAIN": ("type", _type),
    **dict.fromkeys(
        ("OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE"), ("routine", _routine)
    ),
    "OBJECT_OPERATOR": ("operator", _operator),
    "OBJECT_OPCLASS": ("operator class", _for_method),
    "OBJECT_OPFAMILY": ("operator family", _for_method),
    "OBJECT_CAST": ("cast", _cast),
    "OBJECT_TRANSFORM": ("transform", _transform),
    "OBJECT_COLLATION": ("collation", _qualified),
    "OBJECT_CONVERSION": ("conversion", _qualified),
    "OBJECT_STATISTIC_EXT": ("statistics", _qualified),
    "OBJECT_TSPARSER": ("text search parser", _qualified),
    "OBJECT_TSDICTIONARY": ("text search dictionary", _qualified),
    "OBJECT_TSTEMPLATE": ("text search template", _qualified),
    "OBJECT_TSCONFIGURATION": ("text search configuration", _qualified),
    "OBJECT_SCHEMA": ("schema", _alone),
    "OBJECT_LANGUAGE": ("language", _alone),
    "OBJECT_EXTENSION": ("extension", _alone),
    "OBJECT_EVENT_TRIGGER": ("event trigger", _alone),
    "OBJECT_FDW": ("foreign data wrapper", _alone),
    "OBJECT_FOREIGN_SERVER": ("server", _alone),
    "OBJECT_ACCESS_METHOD": ("access method", _alone),
    "OBJECT_PUBLICATION": ("publication", _alone),
    "OBJECT_SUBSCRIPTION": ("subscription", _alone),
}

_NOT_OURS = "A migration is about one database, and the server has several. Run the statement by itself."
_REFUSED = {
    "OBJECT_DATABASE": ("a database is not a part of itself", _NOT_OURS),
    "OBJECT_ROLE": ("a role belongs to the whole server", _NOT_OURS),
    "OBJECT_TABLESPACE": ("a tablespace belongs to the whole server", _NOT_OURS),
    "OBJECT_PARAMETER_ACL": ("a parameter belongs to the whole server", _NOT_OURS),
    "OBJECT_LARGEOBJECT": ("a large object is data, and has no name", "Run the statement by itself."),
}


# Of objects `o` with classid, objid, objsubid: word, names, arguments as a Target has them, and what SQL calls them.
_NAMED = """
  cross join lateral pg_identify_object_as_address(o.classid, o.objid, o.objsubid) a
  cross join lateral pg_identify_object(o.classid, o.objid, o.objsubid) i
  left join pg_constraint k on a.type = 'domain constraint' and k.oid = o.objid
  left join pg_type y on y.oid = case a.type when 'type' then o.objid else k.contypid end
  left join pg_namespace yn on yn.oid = y.typnamespace
  cross join lateral (
        select array(select regexp_replace(given, '^pg_catalog[.]', '')
                       from unnest(case a.type when 'cast' then a.object_names || a.object_args
                                               when 'operator' then array_fill('NONE'::text,
                                                      array[2 - cardinality(a.object_args)]) || a.object_args
                                               else a.object_args end) with ordinality g(given, n) order by n) as given
        ) g
  cross join lateral (
        select case when a.type like '% column' then 'column'
                    when a.type in ('function', 'procedure', 'aggregate') then 'routine'
                    when a.type = 'table constraint' then 'constraint'
                    when a.type = 'statistics object' then 'statistics'
                    when a.type = 'foreign-data wrapper' then 'foreign data wrapper'
                    else a.type end as word,
               case when a.type = 'type' then array[yn.nspname::text, y.typname::text]
                    when a.type = 'domain constraint' then array[yn.nspname::text, y.typname::text, k.conname::text]
                    when a.type in ('operator class', 'operator family') then a.object_names[2:]
                    when a.type in ('cast', 'transform') then '{}'::text[]
                    else a.object_names end as names,
               case when a.type in ('function', 'procedure', 'aggregate', 'operator', 'cast') then g.given
                    when a.type in ('operator class', 'operator family') then array[quote_ident(a.object_names[1])]
                    when a.type = 'transform' then array[regexp_replace(a.object_names[1], '^pg_catalog[.]', ''),
                                                         quote_ident(a.object_args[1])]
                    end as arguments
        ) w
  cross join lateral (
        select upper(case w.word when 'domain constraint' then 'constraint' else w.word end) || ' ' || case
                 when w.word in ('trigger', 'rule', 'policy', 'constraint')
                   then format('%I ON %I.%I', w.names[3], w.names[1], w.names[2])
                 when w.word = 'domain constraint'
                   then format('%I ON DOMAIN %I.%I', w.names[3], w.names[1], w.names[2])
                 when w.word = 'routine' then format('%I.%I(%s)', w.names[1], w.names[2], l.list)
                 when w.word = 'operator' then format('%I.%s (%s)', w.names[1], w.names[2], l.list)
                 when w.word = 'transform' then format('FOR %s LANGUAGE %s', w.arguments[1], w.arguments[2])
                 when w.word = 'cast' then format('(%s AS %s)', w.arguments[1], w.arguments[2])
                 else i.identity end as sql
          from (select array_to_string(w.arguments, ', ') as list) l
        ) s
"""


def named(
    objects: str, definition: str, *, word: str = "w.word", preposition: str = "on", phrases: str = "'{}'::text[]"
) -> str:
    """A kind's catalog query for what is said of `objects`, a query of classid, objid, objsubid and more columns.

    `definition` and `phrases` (an array of texts, the words and names in turn) are SQL over `o`, those objects, and `s`
    and `w`: `s.sql` is what SQL calls the object, `w.word` its type, for which `word` may say another.
    """
    return f"""
        select o.classid, o.objid, o.objsubid,
               array['{preposition} ' || {word}, cardinality(w.names)::text,
                     coalesce(cardinality(w.arguments)::text, '')]
                 || w.names || coalesce(w.arguments, '{{}}') || {phrases} as key,
               {definition} as definition
          from ({objects}) o {_NAMED}
         where a.type is not null
    """  # noqa: S608 - constants of the kinds
