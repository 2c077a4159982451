"""What an entity is called: its kind, its qualified name and, where they tell it apart, argument types or a table.

The one codec between the value and its text:

    view public.active_orders                        names = (schema, name)
    function public.order_total(integer, public.mood[])      … and arguments
    trigger set_updated_at on public.orders          names = (schema, table, name)
    schema shop                                      names = (name,)
    operator public.===(integer, integer)            an operator's name needs no quotes
    cast (integer, public.mood)                      names = ()
    comment on view public.active_orders             on = "on view": what it is said of, which has the names
    grant on table public.orders to app              phrases = (("to", "app"),)
    default privileges on tables in schema shop      phrases = (("on", "tables"), ("in schema", "shop")), names = ()
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

# https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-OPERATORS
_OPERATOR = r"[-+*/<>=~!@#%^&|`?]+"
_PREPOSITIONS = r"(?:on|of|to|from|in|for|by)\b"
_PLAIN = re.compile(rf"(?:(?!{_PREPOSITIONS}\Z)[a-z_][a-z0-9_]*|{_OPERATOR})\Z")
_NAME = rf'(?:[a-z_][a-z0-9_]*|{_OPERATOR}|"(?:[^"]|"")+")'
_ARGUMENTS = r'\((?:"(?:[^"]|"")*"|[^"()]|\([^"()]*\))*\)'
_ON = rf"(?:on|of)(?: (?!{_PREPOSITIONS})[a-z]+)+"
_PHRASE = rf"(on|of|to|from|by|in schema|for role) ({_NAME})"
_TEXT = re.compile(
    rf"(?:(?P<on>{_ON}) )?(?:(?:(?P<own>{_NAME}) on )?(?P<first>{_NAME})(?:\.(?P<second>{_NAME}))?)?"
    rf"(?P<arguments>{_ARGUMENTS})?(?P<phrases>(?: {_PHRASE})*)\Z"
)
_PHRASES = re.compile(rf" {_PHRASE}")
_ARGUMENT = re.compile(r'(?:"(?:[^"]|"")*"|[^",])+')


class Identity(NamedTuple):
    """Kind and names; argument types as format_type() prints them, None for what has no arguments.

    What is said of another object has that one's names and arguments, and its type in `on`; `phrases` are words and
    names that tell apart what is said of one object, or of none. The text quotes a name by its spelling alone (not by
    a list of keywords), so that it is the same on every server version. It is for people and for the ledger, never
    executed.
    """

    kind: str
    names: tuple[str, ...]
    arguments: tuple[str, ...] | None = None
    on: str = ""
    phrases: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The identity without its kind, as pg_identify_object() words it."""
        names = [_quote(name) for name in self.names]
        text = f"{names[2]} on {names[0]}.{names[1]}" if len(names) == 3 else ".".join(names)
        text += "" if self.arguments is None else f"({', '.join(self.arguments)})"
        phrases = [f"{words} {_quote(name)}" for words, name in self.phrases]
        return " ".join(filter(None, [self.on, text, *phrases]))

    @property
    def key(self) -> list[str]:
        """Names and arguments in one list, as the catalog queries return them; see `of_key`."""
        own = [*self.names, *(self.arguments or ())]
        if not self.on and not self.phrases:
            return own
        counts = [str(len(self.names)), "" if self.arguments is None else str(len(self.arguments))]
        return [self.on, *counts, *own, *(text for phrase in self.phrases for text in phrase)]

    @classmethod
    def of_key(cls, kind: str, key: Sequence[str]) -> Identity:
        """The value of a key with `on` or with phrases.

        That is `on`, the number of names and that of arguments (empty where it has none), then these, then the phrases.
        """
        on, names, arguments, *rest = key
        end = int(names) + int(arguments or 0)
        phrases = tuple(zip(rest[end::2], rest[end + 1 :: 2], strict=True))
        given = tuple(rest[int(names) : end]) if arguments else None
        return cls(kind, tuple(rest[: int(names)]), given, on, phrases)

    @property
    def name(self) -> str:
        """The entity's own name, without schema or table; empty for what has none."""
        return self.names[-1] if self.names else ""

    @property
    def schema(self) -> str | None:
        """The schema that it lives in, None for what lives in none."""
        return self.names[0] if len(self.names) > 1 else None

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"

    @classmethod
    def parse(cls, kind: str, text: str) -> Identity:
        """The value of a text that `text` made. Raises ValueError for any other text."""
        match = (_TEXT.match(text) or _TEXT.match(f" {text}")) if text else None
        if match is None:
            raise ValueError(f"not an identity: {text!r}")
        names = tuple(_unquote(match[part]) for part in ("first", "second", "own") if match[part] is not None)
        arguments = None if match["arguments"] is None else _ARGUMENT.findall(match["arguments"][1:-1])
        given = None if arguments is None else tuple(argument.strip() for argument in arguments)
        phrases = tuple((words, _unquote(name)) for words, name in _PHRASES.findall(match["phrases"]))
        return cls(kind, names, given, match["on"] or "", phrases)


def _quote(name: str) -> str:
    return name if _PLAIN.match(name) else '"' + name.replace('"', '""') + '"'


def _unquote(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text
