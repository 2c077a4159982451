"""What waits in a revision until it fits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from cucurbit.database.set_aside import Aside, ReboundError
from cucurbit.planning.change import Change


@dataclass
class Waiting:
    """An object that is out of the way (`aside`), or to be changed (`change`), or both; and what the last try said."""

    change: Change | None
    aside: Aside | None
    error: DBAPIError | ReboundError | None = None

    @property
    def is_there(self) -> bool:
        """Whether the database has it, as it was or cut."""
        return self.aside is None or self.aside.cut is not None


def state_of(error: DBAPIError) -> str | None:
    """The SQLSTATE of a refusal."""
    return getattr(error.orig, "sqlstate", None)


def key_of(identity: str) -> str:
    """pg_identify_object() has no blanks between arguments, and the schema of every type."""
    return identity.replace(", ", ",").replace("pg_catalog.", "")
