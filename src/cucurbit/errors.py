"""Every error that cucurbit raises on purpose, and the places they point at.

    CucurbitError
    ├── SettingsError        settings.toml or the environment
    ├── ScaffoldError        startproject, startapp
    ├── AppError             an app that cannot be imported or collected
    ├── SqlError             SQL that does not parse, or is no entity
    │   └── DuplicateError   two definitions of one identity
    ├── PlanError            changes that cannot be put in an order
    ├── UnansweredError      questions that nobody was there to answer
    ├── HistoryError         the revision files: heads, missing or edited revisions
    ├── DriftError           what a migration is to change was changed by hand meanwhile
    ├── MigrationError       a statement of a migration that the server refused
    └── DatabaseError        a server that cannot be reached, or that refuses us
        ├── LockedError      another process migrates it, or the lock against that was lost
        ├── ScratchError     no throw-away database can be made
        └── ConnectionLostError  a connection that broke at work

A message starts in lower case and has the offending value in it. `hint` says what to do.
"""

from __future__ import annotations

import sysconfig
import traceback
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path


@dataclass(frozen=True, order=True)
class Place:
    """Where something is written: a file, a line and a column, both from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @classmethod
    def blame(cls, error: BaseException) -> Place | None:
        """The last line of the user's own code that an error came through; None where it came through none.

        That is not Python's, not an installed package's, not ours, and no file that is gone by now. A SyntaxError is
        at home where it points.
        """
        if isinstance(error, SyntaxError) and error.filename and Path(error.filename).exists():
            return cls(error.filename, error.lineno or 1, error.offset or 1).from_here()
        frames = traceback.extract_tb(error.__traceback__)
        own = [
            cls(f.filename, f.lineno or 1) for f in frames if Path(f.filename).exists() and not is_foreign(f.filename)
        ]
        return own[-1].from_here() if own else None

    def from_here(self) -> Place:
        """The same place, with its file as seen from where the command is run."""
        file = Path(self.file)
        return replace(self, file=str(file.relative_to(Path.cwd()))) if file.is_relative_to(Path.cwd()) else self


@cache
def is_foreign(file: str) -> bool:
    """Whether a file of code is Python's, an installed package's or ours, or none at all (`<string>`)."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {str(Path(__file__).parent), *(sysconfig.get_path(name) for name in names)}
    return file.startswith("<") or any(Path(file).is_relative_to(folder) for folder in folders)


def said_by(error: BaseException) -> str:
    """What somebody else's error says of itself, behind its type; nothing where it cannot even say that."""
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}".strip().removesuffix(":")


class CucurbitError(Exception):
    """Base of all of them: `message`, an optional `hint` (what to do) and an optional `place`."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, place: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text}\n{self.hint}" if self.hint else text


class SettingsError(CucurbitError):
    """The settings cannot be read, or say something that cannot be."""


class ScaffoldError(CucurbitError):
    """A new project or app cannot be written."""


class AppError(CucurbitError):
    """An app of the settings cannot be imported or collected."""


class SqlError(CucurbitError):
    """SQL that PostgreSQL's parser refuses, or a statement that is no entity."""


class DuplicateError(SqlError):
    """Two definitions of one identity."""


class PlanError(CucurbitError):
    """Changes that cannot be put in a working order."""


class UnansweredError(CucurbitError):
    """Questions about renames that need an answer, as an option where there is no terminal."""

    exit_code = 3


class HistoryError(CucurbitError):
    """The revision files do not make a history that can be used."""


class DriftError(CucurbitError):
    """Entities that a migration is to change are not what the ledger has recorded; nothing was run."""


class MigrationError(CucurbitError):
    """A statement of a migration failed; its transaction was rolled back."""


class DatabaseError(CucurbitError):
    """A database that cannot be reached or used."""


class LockedError(DatabaseError):
    """Another process migrates the database; or the lock that keeps others from it was lost."""


class ScratchError(DatabaseError):
    """No scratch database can be made."""


class ConnectionLostError(DatabaseError):
    """A connection broke at work; `said` is what the driver, or the server at last, said of it."""

    def __init__(self, message: str, *, said: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.said = said
