"""What fits on one screen, of 24 lines: differences of texts, cut where they are long, and where they are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff

_LINES = {1: 9, 2: 3}  # of a difference, by the number of them
_WIDTH = 76
_NAMES = 8


@dataclass(frozen=True)
class Difference:
    """Two texts of something, and what the two are called.

    `title` is said before it, `more` where the rest of it can be seen.
    """

    name: str
    title: str
    before: str
    after: str
    sides: tuple[str, str]
    more: str

    def lines(self, context: int = 3) -> list[str]:
        """All of it, as a unified diff."""
        before, after = (text.strip("\n").splitlines() for text in (self.before, self.after))
        return list(unified_diff(before, after, *self.sides, lineterm="", n=context))


def screen(differences: Sequence[Difference], more: str | None = None) -> str:
    """One or two with as much as there is room for; of several the first, and the names; `more` shows all of them."""
    shown = differences if len(differences) in _LINES else differences[:1]
    lines = [line for difference in shown for line in _cut(difference, _LINES.get(len(differences), 3))]
    names = [difference.name for difference in differences[len(shown) :]]
    if names:
        left = len(names) - _NAMES
        lines.append(f"Also: {', '.join(names[:_NAMES])}{f' and {left} more' if left > 0 else ''}")
        lines += [f"All of it: {more}"] if more else []
    return "\n".join(lines)


def _cut(difference: Difference, room: int) -> list[str]:
    head, *lines = [line.rstrip() for line in difference.lines(context=1) if not line.startswith("@@")] or [""]
    if not lines:
        return [difference.title]
    head, lines = f"{head}  {lines[0]}", lines[1:]
    left = len(lines) - room
    more = [f"… {left} more lines: {difference.more}"] if left > 1 else []
    shown = [line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…" for line in (lines[:room] if more else lines)]
    return [difference.title, *(f"  {line}" for line in [head, *shown, *more])]
