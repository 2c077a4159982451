"""What fits on one screen: differences of several texts, each cut where there is too much to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff

_LINES = 40  # for all differences together
_LEAST = 6  # for each
_SHOWN = 5  # of them


@dataclass(frozen=True)
class Difference:
    """Two texts and what they are called; `title` is said before it, `more` where the rest of it can be seen."""

    title: str
    before: str
    after: str
    sides: tuple[str, str]
    more: str

    def lines(self) -> list[str]:
        """All of it, as a unified diff."""
        before, after = (text.strip("\n").splitlines() for text in (self.before, self.after))
        return list(unified_diff(before, after, *self.sides, lineterm=""))


def screen(differences: Sequence[Difference]) -> str:
    """The first of them with as much as there is room for, the others by their titles."""
    room = max(_LEAST, _LINES // max(1, min(len(differences), _SHOWN)))
    parts: list[str] = []
    for difference in differences[:_SHOWN]:
        lines = difference.lines()
        cut = [f"… {len(lines) - room} more lines: {difference.more}"] if len(lines) > room + 1 else []
        parts += ["", difference.title, *(f"  {line}" for line in [*(lines[:room] if cut else lines), *cut])]
    rest = differences[_SHOWN:]
    if rest:
        parts += ["", f"And {len(rest)} more:", *(f"  {difference.title}" for difference in rest[: 2 * _SHOWN])]
        parts += ["  …"] if len(rest) > 2 * _SHOWN else []
    return "\n".join(parts).lstrip("\n")
