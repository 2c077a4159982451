"""Every error that cucurbit raises on purpose, and the places they point at.

    CucurbitError
    ├── SettingsError        settings.toml or the environment
    ├── ScaffoldError        startproject, startapp
    ├── AppError             an app that cannot be imported or collected
    ├── SqlError             SQL that does not parse, or is no entity
    │   └── DuplicateError   two definitions of one identity
    ├── PlanError            changes that cannot be put in an order
    ├── HistoryError         the revision files: heads, missing revisions
    ├── MigrationError       a statement of a migration that the server refused
    └── DatabaseError        a server that cannot be reached, or that refuses us
        └── ScratchError     no throw-away database can be made

A message starts in lower case and has the offending value in it. `hint` says what to do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """Where something is written: a file, a line and a column, both from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


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


class HistoryError(CucurbitError):
    """The revision files do not make a history that can be used."""


class MigrationError(CucurbitError):
    """A statement of a migration failed; its transaction was rolled back."""


class DatabaseError(CucurbitError):
    """A database that cannot be reached or used."""


class ScratchError(DatabaseError):
    """No scratch database can be made."""
