"""What has gone and what has come: which of them are one thing by another name is asked, as Django asks.

The answers are given as options, or by somebody at a terminal; nothing here talks to one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from shlex import quote as shell_quoted
from typing import Any

from cucurbit.entities.identity import Identity
from cucurbit.errors import PlanError, UnansweredError

_OPTION = re.compile(r'((?:"(?:[^"]|"")*"|[^":])+):(.+)\Z', re.DOTALL)


@dataclass(frozen=True)
class Named:
    """Something that has gone or has come.

    Only what is in one `group` can have become another. `spellings` are what an option may call it, the shortest
    first, `short` its own name alone, enough for what has come; `words` stand before its name in a question and
    `note` behind it.
    """

    subject: Any
    group: Hashable
    text: str
    spellings: tuple[str, ...]
    short: str
    words: str = ""
    note: str = ""


Pair = tuple[Named, Named]


@dataclass(frozen=True)
class Question:
    """Whether something that has gone is something that has come; `option` is what `--rename` takes."""

    text: str
    option: str

    def __str__(self) -> str:
        return self.text


@dataclass
class Answers:
    """What is known of renames: the texts of `--rename` and of `--no-rename`, and whom to ask (None: nobody).

    `open` are the questions that nobody answered; they count as no.
    """

    renamed: Sequence[str] = ()
    not_renamed: Sequence[str] = ()
    ask: Callable[[Question], bool] | None = None
    open: list[Question] = field(default_factory=list)
    _asked: dict[Question, bool] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _seen: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def pairs(self, gone: Sequence[Named], come: Sequence[Named], alike: Callable[[Named, Named], bool]) -> list[Pair]:
        """What was renamed: what an option says, and of what is alike, what is answered with yes.

        Several may have become one: each is asked about until the answer is yes. Raises PlanError for an option that
        can mean more than one of them.
        """
        seen = [item.spellings[0] for item in gone], [item.spellings[0] for item in come]
        if gone and come and seen not in self._seen:
            self._seen.append(seen)
        chosen = self._told(gone, come)
        for new in come:
            for old in gone:
                if old.group != new.group or not alike(old, new):
                    continue
                taken = any(old is pair[0] or new is pair[1] for pair in chosen)
                if not taken and self._yes(old, new, gone, come):
                    chosen.append((old, new))
        return chosen

    def finish(self) -> None:
        """After all has been asked. Raises PlanError for an option that was about nothing, which may be misspelled."""
        both = sorted(set(self.renamed) & set(self.not_renamed))
        if both:
            raise PlanError(f"--rename and --no-rename are both given for {both[0]}", hint="Give one of them.")
        for option in [*self.renamed, *self.not_renamed]:
            if option not in self._used:
                raise PlanError(f"no rename can be meant by {option!r}", hint=self._there_is())

    def require(self) -> None:
        """Raise UnansweredError where a question is open, with the options that answer it."""
        if self.open:
            lines = []
            for question in self.open:
                option = shell_quoted(question.option)
                lines.append(f"  {question}\n    yes: --rename {option}\n    no:  --no-rename {option}")
            count = "a question is" if len(self.open) == 1 else f"{len(self.open)} questions are"
            raise UnansweredError(f"{count} open, and nobody is asked", hint="\n".join(lines))

    def _told(self, gone: Sequence[Named], come: Sequence[Named]) -> list[Pair]:
        chosen: list[Pair] = []
        for option in self.renamed:
            found = [(old, new) for old in gone if _starts(option, old) for new in come if _means(option, old, new)]
            if len(found) > 1:
                spelled = " or ".join(f"{old.spellings[-1]}:{new.spellings[-1]}" for old, new in found)
                raise PlanError(f"{option!r} can mean several renames", hint=f"Write: {spelled}")
            if found and option not in self._used:
                self._used.add(option)
                chosen += found
        return chosen

    def _yes(self, old: Named, new: Named, gone: Sequence[Named], come: Sequence[Named]) -> bool:
        for option in self.not_renamed:
            if _means(option, old, new):
                self._used.add(option)
                return False
        note = f" {new.note}" if new.note else ""
        words = f"{old.words} " if old.words else ""
        question = Question(
            f"Was {words}{old.text} renamed to {new.text}{note}?", f"{_unique(old, gone)}:{_unique(new, come)}"
        )
        if self.ask is None:
            self.open += [question] if question not in self.open else []
            return False
        if question not in self._asked:
            self._asked[question] = self.ask(question)
        return self._asked[question]

    def _there_is(self) -> str:
        if not self._seen:
            return "Nothing has gone while something else has come."
        return "\n".join(f"Gone: {', '.join(gone)}. New: {', '.join(come)}." for gone, come in self._seen)


def dotted(names: Iterable[str]) -> str:
    """Names as an identity has them, with quotes around what is not plain."""
    return ".".join(Identity("", (name,)).text for name in names)


def named_entity(identity: Identity, home: str) -> Named:
    """An entity, as `orders.touch` or `public.active_orders`, with arguments where it has some, or as an identity."""
    names, arguments = identity.names, identity.arguments
    forms = [names[1:]] if names[0] == home else []
    spellings = [dotted(form) for form in [*forms, names]]
    if arguments is not None:
        spellings += [f"{spelling}({', '.join(arguments)})" for spelling in spellings]
    group = (identity.kind, arguments, names[:2] if len(names) == 3 else None)
    return Named(
        identity,
        group,
        identity.text,
        (*spellings, str(identity)),
        dotted(names[-1:]),
        words=f"the {identity.kind}",
    )


def _starts(option: str, old: Named) -> bool:
    match = _OPTION.match(option)
    return match is not None and match[1] in old.spellings


def _means(option: str, old: Named, new: Named) -> bool:
    match = _OPTION.match(option)
    if match is None or old.group != new.group:
        return False
    return match[1] in old.spellings and match[2] in (*new.spellings, new.short)


def _unique(item: Named, others: Sequence[Named]) -> str:
    """The shortest spelling that only it has."""
    taken = {spelling for other in others if other is not item for spelling in other.spellings}
    return next((spelling for spelling in item.spellings if spelling not in taken), item.spellings[-1])
