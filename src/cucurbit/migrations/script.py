"""The script of `migrate --sql`: what is written to it is pinned as on a connection, transaction by transaction."""

from __future__ import annotations

from io import StringIO

from cucurbit.database import ledger
from cucurbit.database.pins import Pins
from cucurbit.project.settings import Settings


class Script(StringIO):
    """What Alembic writes its statements to, for a database of the settings.

    Behind each BEGIN stand the pins, for that transaction; what stands outside of one has them for the session, which
    is then left as it was found. So the script may be run through a pooler, as long as nothing stands outside.
    """

    def __init__(self, settings: Settings, database: str = "default") -> None:
        super().__init__()
        self.settings = settings
        self._pins = Pins(settings.home, settings.database(database).role)
        self._in_transaction = self._session_is_pinned = False

    def write(self, text: str) -> int:
        """Add what Alembic sends in one piece: a statement, or a comment."""
        said = text.strip()
        if said == "BEGIN;":
            self._in_transaction = True
            self._add(self._pins.reset() if self._session_is_pinned else [])
            self._session_is_pinned = False
            written = super().write(text)
            self._add(self._pins.local())
            return written
        if said == "COMMIT;":
            self._in_transaction = False
        elif not self._in_transaction and not self._session_is_pinned and not _is_comment(said):
            self._add(self._pins.session())
            self._session_is_pinned = True
        return super().write(text)

    def begin(self) -> None:
        """What comes first: the ledger where it is missing."""
        for statement in ("BEGIN", *ledger.create_statements(self.settings), "COMMIT"):
            self.write(f"{statement};\n")
        super().write("\n")

    def _add(self, statements: list[str]) -> None:
        super().write("".join(f"{statement};\n" for statement in statements))


def _is_comment(text: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("--") for line in text.splitlines())
