"""What an entity is called: its kind, its qualified name and, where they tell it apart, argument types or a table.

The one codec between the value and its text:

    view public.active_orders                        names = (schema, name)
    function public.order_total(integer, public.mood[])      … and arguments
    trigger set_updated_at on public.orders          names = (schema, table, name)
    schema shop                                      names = (name,)
    operator public.===(integer, integer)            an operator's name needs no quotes
    cast (integer, public.mood)                      names = ()
"""

from __future__ import annotations

import re
from typing import NamedTuple

# https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-OPERATORS
_OPERATOR = r"[-+*/<>=~!@#%^&|`?]+"
_PLAIN = re.compile(rf"(?:[a-z_][a-z0-9_]*|{_OPERATOR})\Z")
_NAME = rf'(?:[a-z_][a-z0-9_]*|{_OPERATOR}|"(?:[^"]|"")+")'
_TEXT = re.compile(rf"(?:(?:({_NAME}) on )?({_NAME})(?:\.({_NAME}))?)?(\(.*\))?\Z", re.DOTALL)
_ARGUMENT = re.compile(r'(?:"(?:[^"]|"")*"|[^",])+')


class Identity(NamedTuple):
    """Kind and names; argument types as format_type() prints them, None for what has no arguments.

    The text quotes a name by its spelling alone (not by a list of keywords), so that it is the same on every server
    version. It is for people and for the ledger, never executed.
    """

    kind: str
    names: tuple[str, ...]
    arguments: tuple[str, ...] | None = None

    @property
    def text(self) -> str:
        """The identity without its kind, as pg_identify_object() words it."""
        names = [_quote(name) for name in self.names]
        text = f"{names[2]} on {names[0]}.{names[1]}" if len(names) == 3 else ".".join(names)
        return text if self.arguments is None else f"{text}({', '.join(self.arguments)})"

    @property
    def key(self) -> list[str]:
        """Names and arguments in one list, as the catalog queries return them."""
        return [*self.names, *(self.arguments or ())]

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
        match = _TEXT.match(text)
        if match is None or not text:
            raise ValueError(f"not an identity: {text!r}")
        own, first, second, arguments = match.groups()
        names = tuple(_unquote(name) for name in (first, second, own) if name is not None)
        if arguments is None:
            return cls(kind, names)
        return cls(kind, names, tuple(argument.strip() for argument in _ARGUMENT.findall(arguments[1:-1])))


def _quote(name: str) -> str:
    return name if _PLAIN.match(name) else '"' + name.replace('"', '""') + '"'


def _unquote(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text
