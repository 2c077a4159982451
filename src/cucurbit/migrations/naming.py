"""Names of new revisions: numbered, as Django's, in a history that is; else as Alembic calls them.

Whoever reads the folder of an existing project finds the next revision where the last one is, and named as that is.
https://alembic.sqlalchemy.org/en/latest/tutorial.html#editing-the-ini-file
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from alembic.util import rev_id

_LONGEST = 32  # Alembic's column for a revision is VARCHAR(32)
_NUMBERED = re.compile(r"(\d{4,})_")
_DIGITS = re.compile(r"\d{1,8}")


class Names:
    """The names of the revisions behind a history; `file_template` is how Alembic is to call their files.

    Args:
        revisions: those of the history.
        file_template: the project's own, None where it has none.
    """

    def __init__(self, revisions: Sequence[str], file_template: str | None) -> None:
        numbers = [int(match[1]) for revision in revisions if (match := _NUMBERED.match(revision))]
        begins_numbered = not revisions and file_template is None
        self._is_numbered = bool(numbers) or begins_numbered
        self._digits = max(map(len, revisions), default=0) if all(map(_DIGITS.fullmatch, revisions)) else 0
        self._last = max(numbers or map(int, revisions if self._digits else ()), default=0)
        self._ids: list[str] = []
        self.file_template = "%(rev)s" if self._is_numbered else file_template

    def name(self, slug: str, position: int) -> tuple[str, str]:
        """The name and the message of a new revision; `position` counts those of one run from 0, the oldest first."""
        if self._is_numbered:
            name = f"{self._last + 1 + position:04d}_{slug or 'auto'}"[:_LONGEST].rstrip("_")
            return name, _sentence(name.partition("_")[2]) or name
        return self._id(position), _sentence(slug or "auto")

    def _id(self, position: int) -> str:
        """A number as wide as the others in a history of numbers alone; else one of Alembic's, kept for this run."""
        if self._digits:
            return f"{self._last + 1 + position:0{self._digits}d}"
        while len(self._ids) <= position:
            self._ids.append(rev_id())
        return self._ids[position]


def _sentence(slug: str) -> str:
    return " ".join(slug.split("_")).capitalize()
