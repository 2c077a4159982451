"""The entity: one SQL statement, read. Its subclasses, one in each module of `kinds/`, are the kinds.

A kind is data in class attributes and a few slots (methods) that differ from the defaults here. Nothing outside
`kinds/` names one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import ClassVar, Self

from cucurbit.entities.concurrent import Concurrent
from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.errors import Place, SqlError, is_foreign
from cucurbit.sql.canonical import canonical, digest, nameless
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, Node, parse
from cucurbit.sql.references import References, references

HOME = "public"

_OPEN = re.compile(r"\*|\b(?:natural|table)\b", re.IGNORECASE)  # `table orders` is `select * from orders`


class Entity:
    """A database object other than a table, defined by one SQL statement. Immutable.

    `sql` is what the user wrote, `home` the schema in which its unqualified names live, `origin` where it stands,
    `app` the app that it belongs to. `identity`, `canonical`, `hash` and `references` are read from the SQL when
    first asked for, and raise SqlError for text that is not a statement of this kind.

    The constructors of the kinds (`View(name, definition)`) write the SQL; they are for people. `of` takes it ready.
    """

    sql: str
    home: str
    origin: Place | None
    app: str | None

    # -- what a kind says of itself ---------------------------------------------------------------------------------

    kind: ClassVar[str] = ""
    """PostgreSQL's word for it: `materialized view`."""

    node: ClassVar[str] = ""
    """The parser's name for the statement that defines it."""

    other_nodes: ClassVar[frozenset[str]] = frozenset()
    """More of them, where the parser has several for one."""

    example: ClassVar[str] = ""
    """A smallest statement, for messages: `create view …`."""

    rank: ClassVar[int] = 50
    """Where it stands among changes that nothing else orders; tables stand at 40."""

    provides: ClassVar[frozenset[str]] = frozenset()
    """What others can refer to it as: `relation`, `routine`, `type`, `schema`, or a sort of its own: `collation`."""

    is_implied: ClassVar[bool] = False
    """Whether others use it without a word, as a cast: it comes before whatever it does not need itself."""

    drop: ClassVar[str] = ""
    """The words before the name in its DROP statement: `VIEW`."""

    has_arguments: ClassVar[bool] = False
    """Whether argument types are part of its identity."""

    used_later: ClassVar[bool] = False
    """Whether what a change in place adds can be used by a later transaction only."""

    relation_field: ClassVar[str | None] = None
    """The tree's field (dotted) with the relation whose name is qualified in the canonical form."""

    qualify_head: ClassVar[bool] = False
    """Or: the name right after CREATE is to be qualified when it is not."""

    renamable: ClassVar[bool] = True
    """Whether one that goes may be one that comes, by another name: then `makemigrations` asks."""

    catalog: ClassVar[str] = ""
    """A SELECT of what the server's catalogs hold of this kind: classid, objid, key (text[]), definition (text).

    The definition is SQL that makes the object again. It is read with only pg_catalog on the search path.
    """

    cut: ClassVar[str] = ""
    """A SELECT of classid, objid and a statement (text) by which an object of this kind lets go of what it refers to.

    It stays the same object, with owner, grants and what depends on it; `replace_statements` gives it back what it was.
    Empty for kinds whose objects have to be dropped.
    """

    parts: ClassVar[str] = ""
    """A SELECT of classid, objid, owner_class and owner (oid) of what pg_depend knows by itself, and is part of an
    object of this kind: that depends on what they depend on."""

    is_exact: ClassVar[bool] = False
    """Whether the catalog says all of it, and may say more than its own statement: by that it is put back."""

    lost: ClassVar[str] = ""
    """A SELECT of classid, objid and words (text) for what an object of this kind has and no definition says.

    It would be lost with the object, a password for example; so such an object is not made anew.
    """

    forgets_marks: ClassVar[bool] = False
    """Whether a change in place loses what no CREATE statement says: a state, an owner, grants, a comment."""

    only_in_place: ClassVar[bool] = False
    """Whether nothing brings back what a drop would lose (a value, tables of its own): a refusal in place is final."""

    is_slow: ClassVar[bool] = False
    """Whether a change of it may take long: then it comes as late in a revision as it can."""

    is_object: ClassVar[bool] = True
    """Whether classid and objid are the entity's own address in pg_depend, not those of the table it is a flag of."""

    flag: ClassVar[str] = "array_to_string(q.key[3:], ' ')"
    """SQL, on a row `q` of `catalog`: which of its kind's flags of one address it is, by what no rename changes."""

    goes_first: ClassVar[bool] = False
    """Whether it is dropped before anything else changes, which may not take it."""

    has_schema: ClassVar[bool] = True
    """Whether the first name of its key, if there are several, is a schema."""

    is_listed: ClassVar[bool] = True
    """Whether one that no project declares is worth telling: every object has an owner."""

    is_seen_by_all: ClassVar[bool] = True
    """Whether the catalog tells every role the same of it; else only the one that applied it can find drift."""

    is_said: ClassVar[bool] = False
    """Whether it is said of an object, whosever that is; its query has one column more, the object's `objsubid`."""

    is_shared: ClassVar[bool] = False
    """Whether it lives beyond its database, so that a scratch database on the same server is not to touch it."""

    # -- making and reading -----------------------------------------------------------------------------------------

    def __init__(self, sql: str) -> None:
        self._set(sql, HOME, caller(), None)

    @classmethod
    def of(cls, sql: str, *, home: str = HOME, origin: Place | None = None, app: str | None = None) -> Self:
        """An entity of this kind with its SQL as it stands; nothing is parsed yet."""
        made = cls.__new__(cls)
        made._set(sql, home, origin, app)
        return made

    def _set(self, sql: str, home: str, origin: Place | None, app: str | None) -> None:
        self.__dict__.update(sql=sql.strip(), home=home, origin=origin, app=app)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an entity cannot be changed ({name})")

    @classmethod
    def from_sql(cls, sql: str, *, schema: str = HOME, origin: Place | None = None) -> Entity:
        """The entity that one SQL statement defines; `schema` is where unqualified names live.

        Raises SqlError for SQL that does not parse, for several statements, and for a statement of no known kind.
        """
        origin = origin or caller()
        return cls.from_tree(parse(sql, origin), sql, schema=schema, origin=origin)

    @classmethod
    def from_tree(cls, node: Node, sql: str, *, schema: str = HOME, origin: Place | None = None) -> Entity:
        """The same of a statement that is parsed already."""
        from cucurbit.entities import kinds

        made = kinds.of_node(node, sql, origin).of(sql, home=schema, origin=origin)
        made.__dict__["tree"] = node
        made.identity  # noqa: B018 - read now, so that what is wrong is said where it is written
        return made

    @classmethod
    def accepts(cls, node: Node) -> bool:
        """Whether a statement defines an entity of this kind."""
        return node.tag == cls.node

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """The identity in a statement's tree; unqualified names are in `home`."""
        raise NotImplementedError

    @classmethod
    def identity_of(cls, key: Sequence[str]) -> Identity:
        """The identity that a row of `catalog` has as its key."""
        if cls.has_arguments:
            return Identity(cls.kind, tuple(key[:2]), tuple(key[2:]))
        return Identity(cls.kind, tuple(key))

    @cached_property
    def tree(self) -> Node:
        """The parsed statement."""
        node = parse(self.sql, self.origin)
        if not self.accepts(node):
            raise SqlError(f"this is not a statement that defines a {self.kind}", place=self.origin)
        return node

    @cached_property
    def identity(self) -> Identity:
        """Kind, qualified name and what else tells it apart."""
        try:
            return self.identify(self.tree.fields, self.home)
        except SqlError as error:
            raise SqlError(error.message, hint=error.hint, place=error.place or self.origin) from None

    @cached_property
    def canonical(self) -> str:
        """The definition in the one form that all its spellings have."""
        unqualified = self.qualify_head and not self.is_qualified(self.tree.fields)
        return canonical(self.sql, home=self.home, relation=self.relation_field, qualify_head=unqualified)

    @cached_property
    def hash(self) -> str:
        """`v1:` and the SHA-256 of the canonical form."""
        return digest(self.canonical)

    @cached_property
    def nameless(self) -> str:
        """The canonical form without its own name: equal for what could be this one, renamed."""
        return nameless(self.canonical, self.identity.names)

    @cached_property
    def references(self) -> References:
        """The names that the definition refers to."""
        found = references(self.tree)
        self.refers(found)
        return found

    def refers(self, found: References) -> None:
        """Put right what any statement's tree does not tell: what else it refers to, and what only looks like it."""

    @property
    def provided(self) -> set[tuple[str, str, str]]:
        """What others can refer to: sort, schema ("" for what lives in none) and name."""
        return {(sort, self.identity.schema or "", self.identity.name) for sort in self.provides}

    @property
    def is_out_of_reach(self) -> bool:
        """Whether a scratch database is not to touch it, as it is the whole server's, or said of what is."""
        return self.is_shared

    @cached_property
    def is_open(self) -> bool:
        """Whether it means whatever columns there are when it is run; few have the words, so few are parsed for it."""
        return bool(_OPEN.search(self.sql)) and self.references.is_open

    @classmethod
    def is_qualified(cls, fields: Fields) -> bool:
        """Whether the name after CREATE has a schema; asked only of kinds with `qualify_head`."""
        return True

    @property
    def concurrent(self) -> Concurrent | None:
        """How it is made outside a transaction, None for what needs one."""
        return None

    # -- changing ---------------------------------------------------------------------------------------------------

    def create_statements(self) -> list[str]:
        """The SQL that makes it: what the user wrote."""
        return [self.sql]

    def bare_statements(self) -> list[str]:
        """The SQL that makes it without what is in it, where that is to be filled in by its owner."""
        return self.create_statements()

    def fill_statements(self) -> list[str]:
        """The SQL that fills what `bare_statements` made."""
        return []

    def scratch_statements(self) -> list[str]:
        """What is run in a scratch database in the place of any change of what `is_out_of_reach`; it stays for all."""
        return []

    def beside(self, name: str) -> Self | None:
        """The same under another name, to be made first and then take the place of the old one; None: no need to."""
        return None

    def moved(self, relation: Sequence[str], name: str) -> Self | None:
        """The same under another name on another relation; None for what does not hang on one in that way."""
        return None

    def replace_statements(self, old: Self) -> list[str] | None:
        """The SQL that turns `old` into this in place, or None where PostgreSQL has no such statement.

        The server may still refuse it; then the entity is dropped and created.
        """
        return None

    def rename_statements(self, old: Self) -> list[str]:
        """The SQL that gives `old` this one's name and schema.

        The table of a trigger, and the types of a routine's arguments, are not its own: they are renamed by
        themselves, and the server carries it along.
        """
        before, after = old.identity, self.identity
        statements = []
        if len(after.names) == 3:
            if before.name != after.name:
                on = qualify(after.names[:2])
                statements.append(f"ALTER {self.drop} {quote(before.name)} ON {on} RENAME TO {quote(after.name)}")
            return statements
        arguments = "" if after.arguments is None else f"({', '.join(after.arguments)})"
        if before.name != after.name:
            statements.append(f"ALTER {self.drop} {qualify(before.names)}{arguments} RENAME TO {quote(after.name)}")
        if before.schema and after.schema and before.schema != after.schema:
            there = qualify((before.schema, after.name))
            statements.append(f"ALTER {self.drop} {there}{arguments} SET SCHEMA {quote(after.schema)}")
        return statements

    def drop_statements(self) -> list[str]:
        """The SQL that removes it."""
        identity = self.identity
        if len(identity.names) == 3:
            schema, table, name = identity.names
            return [f"DROP {self.drop} {qualify([name])} ON {qualify((schema, table))}"]
        arguments = "" if identity.arguments is None else f"({', '.join(identity.arguments)})"
        return [f"DROP {self.drop} {qualify(identity.names)}{arguments}"]

    def agrees(self, definition: str) -> bool:
        """Whether the catalog's definition is what this says, asked for kinds of which no scratch database can tell."""
        return self.canonical == self.from_sql(definition, schema=self.home).canonical

    def joined(self, other: Self) -> Self | None:
        """What this and another of its identity say together, None where there is no such thing."""
        return None

    # -- checking ---------------------------------------------------------------------------------------------------

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """What is wrong or doubtful with it among everything else that the project declares."""
        return ()

    @classmethod
    def is_of_models(cls, identity: Identity, declared: Declarations) -> bool:
        """Whether it is the models that have something of this identity, though it could be declared as well."""
        return "relation" in cls.provides and identity.names in declared.relations

    # -- the project's side -----------------------------------------------------------------------------------------

    def at_home(self, home: str, app: str | None) -> Self:
        """The same statement, read with another schema for unqualified names, as part of an app."""
        moved = self.of(self.sql, home=home, origin=self.origin, app=app)
        if home == self.home:  # what was read stays true
            moved.__dict__.update({**self.__dict__, "app": app})
        return moved

    @classmethod
    def known(
        cls,
        identity: Identity,
        sql: str,
        hash_: str,
        *,
        home: str,
        origin: Place | None = None,
        app: str | None = None,
    ) -> Self:
        """An entity whose identity and hash are known already; its SQL is not parsed unless more is asked."""
        made = cls.of(sql, home=home, origin=origin, app=app)
        made.__dict__.update(identity=identity, hash=hash_)
        return made

    @property
    def place(self) -> int:
        """Its rank among changes, where that is not the same for all of its kind."""
        return self.rank

    def is_usual(self, role: str) -> bool:
        """Whether it is so without the statement where this role migrates: what a role makes belongs to it."""
        return False

    @property
    def restates(self) -> Identity | None:
        """What has to be stated again when this comes or goes, to have back what it is without this."""
        return None

    def __str__(self) -> str:
        return str(self.identity)


def caller() -> Place | None:
    """Where the user's code stands that is making an entity."""
    frame = sys._getframe(1)
    while frame is not None and is_foreign(frame.f_code.co_filename):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    # An entity of several lines is made at the line where its call begins.
    return Place(frame.f_code.co_filename, frame.f_lineno).from_here()
