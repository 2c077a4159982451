"""What turns one part of a table into another: the statements for it and those that take it back, if there are any."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cucurbit.database.tables import CONSTRAINT, INDEX, TABLE, Key, Part
from cucurbit.migrations.outside import replacement
from cucurbit.migrations.run_sql import RunSqlOp
from cucurbit.sql.names import literal, qualify, quote

NOT_VALID = " NOT VALID"


@dataclass(frozen=True)
class Difference:
    """A part that is one thing in the history (`old`) and another in the models (`new`), None where it is not there.

    `text` says so to people; `operation` makes the one of the other, None where no statement can.
    """

    old: Part | None
    new: Part | None
    text: str
    operation: RunSqlOp | None = None

    @property
    def key(self) -> Key:
        """Which part; the old name where there are two."""
        return _either(self.new, self.old).key


@dataclass(frozen=True)
class Remedies:
    """Writes the operations: for unqualified names in `home`, with the models' own words where they name a part."""

    home: str
    named: Mapping[Key, str]
    version: int  # of the server, as server_version_num has it
    concurrent: Collection[Key] = ()  # indexes that are made so

    def _name(self, key: Key, name: str | None = None) -> str:
        return qualify((key.schema, name or key.table)) if key.schema != self.home else quote(name or key.table)

    def _operation(
        self, key: Key, what: str, do: Sequence[str], undo: Sequence[str], columns: Sequence[str] = ()
    ) -> RunSqlOp:
        return RunSqlOp(
            do,
            what,
            undo=undo,
            table_name=key.table if key.sort != "sequence" else None,
            schema=key.schema if key.schema != self.home and key.sort != "sequence" else None,
            columns=columns,
            takes_away=what.startswith("-"),
        )

    def _alter(self, old: Part, new: Part, facet: str, do: str, undo: str, columns: Sequence[str] = ()) -> Difference:
        """ALTER TABLE with `do`, and with `undo` back."""
        key = old.key
        start = f"ALTER TABLE {self._name(key)} "
        what = f"~ Alter {facet} of " + (f"column {key.name} on " if key.name else "table ") + _short(key, self.home)
        operation = self._operation(key, what, [start + do], [start + undo], columns)
        return Difference(old, new, _differs(old, new, facet), operation)

    # -- tables ------------------------------------------------------------------------------------------------------

    def options(self, old: Part, new: Part) -> Difference:
        """Storage parameters, those of the TOAST table included."""
        before, after = (dict(o.split("=", 1) for o in part["options"] or ()) for part in (old, new))
        return self._alter(old, new, "options", _set_options(before, after), _set_options(after, before))

    def persistence(self, old: Part, new: Part) -> Difference:
        """Logged or not; either rewrites the table."""
        words = {"p": "SET LOGGED", "u": "SET UNLOGGED"}
        return self._alter(old, new, "persistence", words[new["persistence"]], words[old["persistence"]])

    def method(self, old: Part, new: Part) -> Difference:
        """The table access method; there is a statement from PostgreSQL 15 on."""
        do, undo = (f"SET ACCESS METHOD {quote(part['method'])}" for part in (new, old))
        return self._alter(old, new, "method", do, undo)

    def comment(self, old: Part, new: Part) -> Difference:
        """Of a table, a column, a constraint or a sequence."""
        statements = [self._comment(new.key, part["comment"]) for part in (new, old)]
        what = f"~ Comment on {described(new.key, self.home)}"
        operation = self._operation(new.key, what, statements[:1], statements[1:])
        return Difference(old, new, _differs(old, new, "comment"), operation)

    def _comment(self, key: Key, text: str | None) -> str:
        match key.sort:
            case "column":
                on = f"COLUMN {self._name(key)}.{quote(key.name)}"
            case "constraint":
                on = f"CONSTRAINT {quote(key.name)} ON {self._name(key)}"
            case "table" | "sequence":
                on = f"{key.sort.upper()} {self._name(key)}"
            case _:
                on = f"INDEX {self._name(key, key.name)}"
        return f"COMMENT ON {on} IS {literal(text) if text else 'NULL'}"

    # -- columns -----------------------------------------------------------------------------------------------------

    def column_type(self, old: Part, new: Part) -> Difference:
        """Type modifier and collation: another type needs a USING that nobody can guess."""
        facet = "collation" if old["type"] == new["type"] else "type"
        if old["base"] != new["base"]:
            return Difference(old, new, _differs(old, new, "type"))
        do, undo = (
            f"ALTER COLUMN {quote(part.key.name)} TYPE {part['type']}"
            + (f" COLLATE {part['collation']}" if part["collation"] else "")
            for part in (new, old)
        )
        return self._alter(old, new, facet, do, undo, [old.key.name])

    def default(self, old: Part, new: Part) -> Difference:
        """A default that calls no sequence of its own column."""
        do, undo = (
            f"ALTER COLUMN {quote(part.key.name)} " + (f"SET DEFAULT {d}" if (d := part["default"]) else "DROP DEFAULT")
            for part in (new, old)
        )
        return self._alter(old, new, "default", do, undo)

    def expression(self, old: Part, new: Part) -> Difference:
        """Of a generated column, in place from PostgreSQL 17 on."""
        if self.version < 170000:
            text = f"{_differs(old, new, 'default')} (before PostgreSQL 17 it can only be dropped and added again)"
            return Difference(old, new, text)
        do, undo = (f"ALTER COLUMN {quote(p.key.name)} SET EXPRESSION AS ({p['default']})" for p in (new, old))
        return self._alter(old, new, "expression", do, undo)

    def not_null(self, old: Part, new: Part) -> Difference:
        """NOT NULL or not."""
        do, undo = (
            f"ALTER COLUMN {quote(part.key.name)} {'SET' if part['not null'] else 'DROP'} NOT NULL"
            for part in (new, old)
        )
        return self._alter(old, new, "not null", do, undo)

    # -- constraints -------------------------------------------------------------------------------------------------

    def constraint(self, old: Part | None, new: Part | None) -> Difference:
        """Added, removed, replaced in one statement, or validated."""
        part = _either(old, new)
        start = f"ALTER TABLE {self._name(part.key)} "
        if old and new and old["definition"] == new["definition"] + NOT_VALID:
            do, undo = [f"VALIDATE CONSTRAINT {quote(old.key.name)}"], [_drop(old), _add(old)]
        else:
            do = [*([_drop(old)] if old else []), *([_add(new, self.named.get(new.key))] if new else [])]
            undo = [*([_drop(new)] if new else []), *([_add(old)] if old else [])]
        operation = self._operation(
            part.key,
            f"{_verb(old, new)} {described(part.key, self.home)}",
            [start + ", ".join(do), *self._again(old, new)],
            [start + ", ".join(undo), *self._again(new, old)],
        )
        return Difference(old, new, _differs(old, new, "definition"), operation)

    def _again(self, old: Part | None, new: Part | None) -> list[str]:
        """The comment, which goes with what is replaced; of an index only the database knows it."""
        if new is None:
            return []
        text = new["comment"] or (old["comment"] if old and new.key.sort == INDEX else None)
        return [self._comment(new.key, text)] if text else []

    def renamed(self, old: Part, new: Part) -> Difference:
        """A constraint that is the same but for its name."""
        names = [quote(part.key.name) for part in (old, new)]
        start = f"ALTER TABLE {self._name(old.key)} RENAME CONSTRAINT "
        do, undo = start + " TO ".join(names), start + " TO ".join(reversed(names))
        what = f"~ Rename constraint {old.key.name} to {new.key.name} on {_short(old.key, self.home)}"
        text = f"{old.key} is called {quote(new.key.name)} in the models"
        return Difference(old, new, text, self._operation(old.key, what, [do], [undo]))

    # -- indexes and sequences ---------------------------------------------------------------------------------------

    def table_index(self, old: Part | None, new: Part | None) -> Difference:
        """Dropped and created: no index can be altered in what it indexes."""
        part = _either(old, new)
        if old and new and new.key in self.concurrent:
            return Difference(old, new, _differs(old, new, "definition"), self._index_beside(old, new))
        drop = f"DROP INDEX {self._name(part.key, part.key.name)}"
        said = (self.named.get(new.key) or new["definition"]) if new else None
        do = [*([drop] if old else []), *([said] if said else []), *self._again(old, new)]
        undo = [*([drop] if new else []), *([old["definition"]] if old else []), *self._again(new, old)]
        operation = self._operation(part.key, f"{_verb(old, new)} {described(part.key, self.home)}", do, undo)
        return Difference(old, new, _differs(old, new, "definition"), operation)

    def _index_beside(self, old: Part, new: Part) -> RunSqlOp:
        texts = (self.named.get(new.key) or new["definition"], old["definition"])
        again = (self._again(old, new), self._again(new, old))
        return replacement(*texts, described(new.key, self.home), self.home, again=again)

    def sequence(self, old: Part | None, new: Part | None) -> Difference:
        """Made, dropped, or altered in its options; where it stands is not looked at."""
        part = _either(old, new)
        name = self._name(part.key)
        said = self.named.get(part.key) if new else None
        made, gone = [said or f"CREATE SEQUENCE {name} {_sequence_options(part)}"], [f"DROP SEQUENCE {name}"]
        if old and new:
            name = self._name(old.key)
            do, undo = ([f"ALTER SEQUENCE {name} {_sequence_options(p)}"] for p in (new, old))
        else:
            do, undo = (made, gone) if new else (gone, made)
        what = f"{_verb(old, new, 'Alter')} {described(old.key if old else part.key, self.home)}"
        return Difference(old, new, _differs(old, new, "options"), self._operation(part.key, what, do, undo))


def only_said(old: Part | None, new: Part | None, facet: str) -> Difference:
    """A difference that no statement removes."""
    return Difference(old, new, _differs(old, new, facet))


def _either(old: Part | None, new: Part | None) -> Part:
    """The new one, or the old one where it goes."""
    part = new or old
    if part is None:
        raise ValueError("a difference has an old side or a new side")
    return part


def _add(part: Part, said: str | None = None) -> str:
    """In the words of the models, or in the server's where they give no name, and on the way back."""
    return f"ADD {said or f'CONSTRAINT {quote(part.key.name)} ' + part['definition']}"


def _drop(part: Part) -> str:
    return f"DROP CONSTRAINT {quote(part.key.name)}"


def _verb(old: Part | None, new: Part | None, both: str = "Replace") -> str:
    return f"~ {both}" if old and new else "+ Create" if new else "- Remove"


def _short(key: Key, home: str) -> str:
    return key.table if key.schema == home else f"{key.schema}.{key.table}"


def described(key: Key, home: str) -> str:
    """In the words of `describe`."""
    if key.sort == INDEX:
        return f"index {key.name} on {_short(key, home)}"
    return f"{key.sort} {key.name} on {_short(key, home)}" if key.name else f"{key.sort} {_short(key, home)}"


def _differs(old: Part | None, new: Part | None, facet: str) -> str:
    if old is None or new is None:
        part = _either(old, new)
        said = f": {part['definition']}" if part.key.sort in (CONSTRAINT, INDEX) else ""
        where = "in the models, and not in the history" if new else "in the history, and not in the models"
        return f"{part.key} is {where}{said}"
    facets = [facet] if facet in old.facets else sorted(k for k in old.facets if old[k] != new[k])
    said = "; ".join(f"{_value(old[f])} in the history, {_value(new[f])} in the models" for f in facets)
    return f"{facet} of {old.key}: {said}" if old.key.sort == TABLE or facet != "definition" else f"{old.key}: {said}"


def _value(value: Any) -> str:
    return "none" if value in (None, "") else ", ".join(value) if isinstance(value, list) else str(value)


def _set_options(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    changed = [f"{name} = {literal(value)}" for name, value in after.items() if before.get(name) != value]
    gone = [name for name in before if name not in after]
    parts = [f"SET ({', '.join(changed)})"] if changed else []
    return ", ".join([*parts, *([f"RESET ({', '.join(gone)})"] if gone else [])])


def _sequence_options(part: Part) -> str:
    return (
        f"AS {part['type']} INCREMENT BY {part['increment']} MINVALUE {part['min']} MAXVALUE {part['max']}"
        f" START WITH {part['start']} CACHE {part['cache']} {'CYCLE' if part['cycle'] else 'NO CYCLE'}"
    )
