"""What `CREATE … name (option = value, …)` makes has in common: one statement of the parser, with options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import Fields, Node, split_name, strings
from cucurbit.sql.references import References


class Defined(Entity):
    """Several kinds share this statement; not a kind by itself."""

    node = "DefineStmt"
    qualify_head = True
    makes: ClassVar[str] = ""
    """The parser's word for what the statement makes."""

    calls: ClassVar[frozenset[str]] = frozenset()
    """The options whose values are names of functions."""

    @classmethod
    def accepts(cls, node: Node) -> bool:
        """The statement says what it makes."""
        return node.tag == cls.node and node.fields["kind"] == cls.makes

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "german")`."""
        return Identity(cls.kind, home_name(strings(fields["defnames"]), home))

    @classmethod
    def is_qualified(cls, fields: Fields) -> bool:
        """Whether the name has a schema."""
        return len(fields["defnames"]) > 1

    @cached_property
    def options(self) -> dict[str, Fields | None]:
        """The value of each option as the parser has it, None for one that has none. Raises SqlError for two of one."""
        found: dict[str, Fields | None] = {}
        for item in self.tree.fields.get("definition", ()):
            name = item["DefElem"]["defname"]
            if name in found:
                raise SqlError(f"the option {name} is given twice", place=self.origin)
            found[name] = item["DefElem"].get("arg")
        return found

    def names_of(self, option: str) -> list[str]:
        """The dotted name that an option has as its value; empty for an option that is not there."""
        return names_in(self.options.get(option))

    def written(self, options: Sequence[tuple[str, str]]) -> str:
        """The statement with these options, each a name and a value as SQL."""
        head = f"CREATE {self.drop} {qualify(self.identity.names)}"
        return f"{head} ({', '.join(f'{qualify([name])} = {value}' for name, value in options)})"

    def refers(self, found: References) -> None:
        """Names of functions and of other things look like types in an option's value."""
        for value in self.options.values():
            found.types.discard(name_in(value))
        found.routines |= {name_in(value) for name, value in self.options.items() if name in self.calls and value}


def names_in(value: Fields | None) -> list[str]:
    """A dotted name as the parser has it as an option's value: like a type, a list, or a keyword."""
    match value:
        case {"TypeName": {"names": list() as names}} | {"List": {"items": list() as names}}:
            return strings(names)
        case {"String": {"sval": str() as name}}:
            return [name]
    return []


def name_in(value: Fields | None) -> tuple[str | None, str]:
    """The same, schema and name."""
    return split_name(names_in(value) or [""])


def text_in(value: Fields | None) -> str | None:
    """An option's value as the server reads one that is a text; None where there is none."""
    match value:
        case {"Integer": dict() as number}:
            return str(number.get("ival", 0))
        case {"Float": {"fval": str() as digits}}:
            return digits
        case {"Boolean": dict() as truth}:
            return str(bool(truth.get("boolval"))).lower()
    return ".".join(names_in(value)) if value else None


def truth_in(value: Fields | None) -> bool:
    """An option's value as the server reads one that is true or false; an option without a value is true."""
    text: Any = text_in(value)
    return text is None or text.lower() in ("1", "on", "true")


def written_options(options: Mapping[str, object | None]) -> str:
    """A list of options, without those that have no value."""
    return f"({', '.join(f'{name} = {value}' for name, value in options.items() if value is not None)})"


class TextSearch(Defined):
    """What the options of a kind of text search name, in one order; not a kind by itself."""

    @cached_property
    def canonical(self) -> str:
        """With the options in one order: it does not count."""
        return self.written([(name, qualify(self.names_of(name))) for name in sorted(self.options)])
