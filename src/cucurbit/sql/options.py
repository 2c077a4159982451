"""The options of a statement that defines something: `(sfunc = add, stype = integer, "InitCond" = '0')`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cucurbit.sql.names import literal, qualify, quote
from cucurbit.sql.parse import Fields, offset, parse, split_name, strings

_OFF = frozenset({"false", "off", "0"})


@dataclass(frozen=True)
class Option:
    """One option: its name, and what stands behind the `=`, as text and as the parser has it; empty for a bare name."""

    name: str
    text: str
    arg: Fields

    @property
    def value(self) -> str:
        """A word, a number or a string, without quotes: `parallel = safe` and `parallel = 'safe'` are one."""
        for tag, field in (("String", "sval"), ("Float", "fval")):
            if tag in self.arg:
                return str(self.arg[tag][field])
        if "Integer" in self.arg:
            return str(self.arg["Integer"].get("ival", 0))
        return ".".join(self.names)

    @property
    def names(self) -> list[str]:
        """The dotted name of a function, an operator or a type, in its parts."""
        if "List" in self.arg:
            return strings(self.arg["List"]["items"])
        if "TypeName" in self.arg:
            return strings(self.arg["TypeName"]["names"])
        return [self.value] if self.arg else []

    @property
    def reference(self) -> tuple[str | None, str]:
        """The dotted name as schema, None where it has none, and name."""
        return split_name(self.names)

    @property
    def is_on(self) -> bool:
        """Whether a flag is set: `hashes`, `hashes = true`."""
        return not self.arg or self.value.lower() not in _OFF


def options(sql: str) -> tuple[str, dict[str, Option]]:
    """What stands before the options of a statement as libpg_query prints it, and the options, with which it ends."""
    elements = [element["DefElem"] for element in parse(sql).fields["definition"]]
    starts = [offset(sql, element.get("location", 0)) for element in elements]
    found = {}
    for element, start, end in zip(elements, starts, [*starts[1:], len(sql) - 1], strict=True):
        text = sql[start:end].rstrip(", ").partition(" = ")[2]
        found[element["defname"]] = Option(element["defname"], text, element.get("arg", {}))
    return sql[: starts[0]].rstrip("( "), found


@dataclass(frozen=True)
class Grammar:
    """What the options of a statement may say, so that each has one spelling; all else stays as it is written.

    `order` has their names as PostgreSQL documents them, `aliases` the older ones, `defaults` what says nothing.
    """

    order: tuple[str, ...]
    routines: Collection[str] = ()
    operators: Collection[str] = ()
    flags: Collection[str] = ()
    words: Collection[str] = ()
    constants: Collection[str] = ()
    aliases: Mapping[str, str] | None = None

    def folded(self, found: Mapping[str, Option], defaults: Mapping[str, str]) -> dict[str, str]:
        """The text of each option that says something, in their order; empty for a flag."""
        named = {(self.aliases or {}).get(name, name): option for name, option in found.items()}
        known = [name for name in self.order if name in named]
        texts = {name: self._text(name, named[name]) for name in [*known, *sorted(named.keys() - set(self.order))]}
        return {name: text for name, text in texts.items() if text is not None and defaults.get(name) != text}

    def _text(self, name: str, option: Option) -> str | None:
        if name in self.flags:
            return "" if option.is_on else None
        if name in self.words:
            return quote(option.value)
        if name in self.constants:
            return literal(option.value)
        if name in self.routines:
            return qualify(option.names)
        return operator(option.names) if name in self.operators else option.text


def operator(names: list[str]) -> str:
    """An operator as an option names it: `===`, or `OPERATOR(public.===)`."""
    return f"OPERATOR({qualify(names[:-1])}.{names[-1]})" if len(names) > 1 else names[0]


def listed(texts: Mapping[str, str]) -> str:
    """Options in parentheses."""
    return "(" + ", ".join(f"{quote(name)} = {text}" if text else quote(name) for name, text in texts.items()) + ")"
