"""The residue: what differs between a database at the end of the history and the models' own truth.

Alembic compares a part of what models say. Here two answers of one server are compared, so nothing has to be known of
what SQLAlchemy can say, or Alembic sees; what a statement of its own can change becomes an operation, the rest a
sentence. https://alembic.sqlalchemy.org/en/latest/autogenerate.html#what-does-autogenerate-detect-and-what-does-it-not-detect
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from functools import cached_property

from sqlalchemy import Connection

from cucurbit.database import catalog, tables
from cucurbit.database.feedback import same_constraint, same_expression, same_index
from cucurbit.database.spelling import same
from cucurbit.database.tables import COLUMN, CONSTRAINT, INDEX, SEQUENCE, TABLE, Key, Part, Parts
from cucurbit.migrations.matching import Pair, pairs
from cucurbit.migrations.remedy import NOT_VALID, Difference, Remedies, described, only_said
from cucurbit.migrations.truth import Truth

_OWN_SEQUENCE = re.compile(r"nextval\('.*'::regclass\)")
_WORDS = re.compile(r"\w+|[^\w\s]")
_BY_EXPRESSION = ("c", "x")  # types of constraints that have one: CHECK, EXCLUDE
_NEVER_BY_MODELS = ("n", "t")  # NOT NULL, which is compared as a column's; constraint triggers
_SEQUENCE_OPTIONS = ("type", "start", "increment", "min", "max", "cycle", "cache")
# What a model can say of a table and no statement of a migration can change as it stands.
_ONLY_SAID = ("kind", "partitioned by", "inherits", "tablespace")


class Residue:
    """The comparison of one database, at the end of the history, with the truth.

    `made` tells of a free-standing sequence, in the words of a migration (`sequence shop.numbers`), whether the history
    made it by an operation of ours: others are left alone. Indexes that are `entities` are compared as such, and so are
    the comments of the constraints (schema, table, name) that are `said` by entities. Foreign keys to other tables
    than `known` are left alone, as these are.
    """

    def __init__(
        self,
        connection: Connection,
        truth: Truth,
        home: str,
        made: Callable[[str], bool],
        entities: Collection[tuple[str, ...]],
        said: Collection[tuple[str, ...]] = (),
        known: Collection[tuple[str, ...]] | None = None,
    ) -> None:
        self.connection = connection
        self.truth = truth
        self.made = made
        self.said = said
        self.known = known
        self.home = home
        self._are_entities = entities
        self.old = tables.read(connection)
        self._asked: dict[tuple[Key, Key], bool] = {}

    def agrees(self, key: Key) -> bool:
        """Whether a column, a constraint or an index is the same in both."""
        old, new = self.old.get(key), self.truth.parts.get(key)
        if old is None or new is None:
            return False
        if key.sort == COLUMN:
            return not list(self._column(old, new))
        return self._same_index(old, new) if key.sort == INDEX else self._same_constraint(old, new)

    @cached_property
    def remedies(self) -> Remedies:
        """Asked for only where something differs."""
        number = self.connection.exec_driver_sql("select current_setting('server_version_num')::int").scalar_one()
        return Remedies(self.home, self.truth.model.named, number, self.truth.model.concurrent)

    @cached_property
    def differences(self) -> list[Difference]:
        """Everything that differs in tables that both have, and in sequences."""
        shared = self.truth.tables & {key.relation for key in self.old if key.sort == TABLE}
        found = list(self._sequences())
        before, after = _by_table(self.old), _by_table(self.truth.parts)
        for relation in sorted(shared):
            if before[relation] != after[relation]:
                found += self._table(before[relation], after[relation])
        return found

    def entities(self) -> list[str]:
        """A sentence for each entity that the server prints otherwise than if it were made anew."""
        present = {str(i): d.sql or "" for i, d in catalog.snapshot(self.connection, self.truth.kinds).items()}
        differing = [name for name, sql in self.truth.entities.items() if name in present and present[name] != sql]
        return [
            f"{name} is not what its definition makes of the models now: it was made when a table was another one"
            for name in differing
            if _in_order(present[name]) != _in_order(self.truth.entities[name])
            and not same(self.connection, present[name], self.truth.entities[name])
        ]

    # -- tables ------------------------------------------------------------------------------------------------------

    def _table(self, old: Parts, new: Parts) -> Iterator[Difference]:
        for key, part in new.items():
            before = old.get(key)
            if key.sort == TABLE and before:
                yield from self._table_itself(before, part)
            elif key.sort == COLUMN and before:
                yield from self._column(before, part)
            elif key.sort == COLUMN:
                yield only_said(None, part, "column")
        yield from (
            only_said(part, None, "column") for key, part in old.items() if key.sort == COLUMN and key not in new
        )
        yield from self._constraints(self._known(_constraints(old)), _constraints(new))
        yield from self._indexes(_indexes(old), _indexes(new))

    def _table_itself(self, old: Part, new: Part) -> Iterator[Difference]:
        for facet in ("options", "persistence", "method", "comment"):
            if old[facet] != new[facet]:
                yield getattr(self.remedies, facet)(old, new)
        yield from (only_said(old, new, facet) for facet in _ONLY_SAID if old[facet] != new[facet])

    def _column(self, old: Part, new: Part) -> Iterator[Difference]:
        remedies = self.remedies
        if (old["type"], old["collation"]) != (new["type"], new["collation"]):
            yield remedies.column_type(old, new)
        if old["not null"] != new["not null"]:
            yield remedies.not_null(old, new)
        if old["comment"] != new["comment"]:
            yield remedies.comment(old, new)
        for facet in ("identity", "generated"):
            if old[facet] != new[facet]:
                yield only_said(old, new, facet)
                return
        one, other = (self._default(part, parts) for part, parts in ((old, self.old), (new, self.truth.parts)))
        if one == other or self._same_expression(old, new):
            return
        if old["generated"]:
            yield remedies.expression(old, new)
        elif "nextval(own)" in (one, other):
            yield only_said(old, new, "default")
        else:
            yield remedies.default(old, new)

    def _default(self, column: Part, parts: Parts) -> str | None:
        """The name of a serial column's sequence depends on what the table was once called."""
        default: str | None = column["default"]
        owned = _owned(parts).get((*column.key.relation, column.key.name))
        return "nextval(own)" if default and owned and _OWN_SEQUENCE.fullmatch(default) else default

    def _same_expression(self, old: Part, new: Part) -> bool:
        if not old["default"] or not new["default"]:
            return False
        return same_expression(
            self.connection, old.key, old["type"], old["default"], new["default"], generated=bool(old["generated"])
        )

    # -- constraints and indexes -------------------------------------------------------------------------------------

    def _constraints(self, old: Parts, new: Parts) -> Iterator[Difference]:
        for before, after in pairs(old, new, self._is_named, self._same_constraint):
            if before is None or after is None or not self._same_constraint(before, after):
                yield self.remedies.constraint(before, after)
            elif before.key.name != after.key.name:
                if self._is_named(after.key):
                    yield self.remedies.renamed(before, after)
            elif before["comment"] != after["comment"] and (*after.key.relation, after.key.name) not in self.said:
                yield self.remedies.comment(before, after)

    def _known(self, found: Parts) -> Parts:
        """Without foreign keys to tables that are left alone."""
        if self.known is None:
            return found
        return {key: one for key, one in found.items() if one["refers"] is None or tuple(one["refers"]) in self.known}

    def _is_named(self, key: Key) -> bool:
        return key in self.truth.model.named

    def _same_constraint(self, old: Part, new: Part) -> bool:
        one, other = old["definition"], new["definition"].removesuffix(NOT_VALID)
        if self.truth.model.named.get(new.key, "").endswith(NOT_VALID):  # valid all the same if made with its table
            one = one.removesuffix(NOT_VALID)
        if old["definition"] == new["definition"] or one == other:  # one that the models leave open has been validated
            return True
        if old["type"] not in _BY_EXPRESSION:
            return False
        if (old.key, new.key) not in self._asked:
            self._asked[old.key, new.key] = same_constraint(self.connection, old.key, one, new["definition"])
        return self._asked[old.key, new.key]

    def _same_index(self, old: Part, new: Part) -> bool:
        return same_index(self.connection, old.key, old["definition"], new["definition"])

    def _indexes(self, old: Parts, new: Parts) -> Iterator[Difference]:
        for key in sorted(old.keys() | new.keys()):
            if (key.schema, key.name) in self._are_entities:
                continue
            one, other = old.get(key), new.get(key)
            if one is None or other is None or not self._same_index(one, other):
                yield self.remedies.table_index(one, other)
            elif one["tablespace"] != other["tablespace"]:
                yield only_said(one, other, "tablespace")

    # -- sequences ---------------------------------------------------------------------------------------------------

    def _sequences(self) -> Iterator[Difference]:
        free = [{k: p for k, p in parts.items() if k.sort == SEQUENCE and not p["owner"]} for parts in self._both]
        owned = [_owned(parts) for parts in self._both]
        couples: list[Pair] = [(free[0].get(key), part) for key, part in free[1].items()]
        couples += [(part, None) for key, part in free[0].items() if key not in free[1] and self._is_ours(key)]
        couples += [(owned[0][column], owned[1][column]) for column in owned[0].keys() & owned[1].keys()]
        for old, new in sorted(couples, key=lambda pair: str((pair[1] or pair[0]).key)):  # type: ignore[union-attr]
            if old is None or new is None or any(old[option] != new[option] for option in _SEQUENCE_OPTIONS):
                yield self.remedies.sequence(old, new)

    def _is_ours(self, key: Key) -> bool:
        return self.made(described(key, self.home))

    @property
    def _both(self) -> tuple[Parts, Parts]:
        return self.old, self.truth.parts


def _by_table(parts: Parts) -> dict[tuple[str, str], Parts]:
    found: dict[tuple[str, str], Parts] = defaultdict(dict)
    for key, part in parts.items():
        found[key.relation][key] = part
    return found


def _owned(parts: Parts) -> dict[tuple[str, ...], Part]:
    """The sequences that belong to columns, by schema, table and column."""
    return {tuple(part["owner"]): part for key, part in parts.items() if key.sort == SEQUENCE and part["owner"]}


def _constraints(parts: Parts) -> Parts:
    return {
        key: part
        for key, part in parts.items()
        if key.sort == CONSTRAINT and part["type"] not in _NEVER_BY_MODELS and not part["inherited"]
    }


def _indexes(parts: Parts) -> Parts:
    return {
        key: part
        for key, part in parts.items()
        if key.sort == INDEX and not part["constraint"] and not part["inherited"]
    }


def _in_order(sql: str) -> list[str]:
    """The words of a definition: `select *` has the columns of a table in their order, which is no difference."""
    return sorted(_WORDS.findall(sql.replace(",", " ")))
