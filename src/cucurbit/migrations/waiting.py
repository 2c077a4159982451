"""What waits in a revision until it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy.exc import DBAPIError

from cucurbit.database.set_aside import Aside, ReboundError
from cucurbit.entities.identity import Identity
from cucurbit.errors import MigrationError
from cucurbit.migrations.refusal import at, in_full
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

    def refuse(self, identity: Identity, others: Sequence[Identity]) -> NoReturn:
        """Raise MigrationError, or the server's own refusal of a change: there is nothing more to wait for.

        `others` wait as well, perhaps for this, or this for them.
        """
        if self.change is not None and isinstance(self.error, DBAPIError):
            raise at(self.change.entity.origin, self.error)
        said = in_full(self.error) if isinstance(self.error, DBAPIError) else str(self.error)
        waits = [f"These wait as well: {', '.join(map(str, others))}"] if others else []
        raise MigrationError(
            f"{identity} depends on what this revision changes, and cannot be put back as it was: {said}",
            hint="\n".join(["Declare how it is to be after the change, or drop it before.", *waits]),
        ) from self.error


def left_open() -> MigrationError:
    """The error for a block in which somebody caught the server's refusal."""
    return MigrationError(
        "an error left a block of op.set_aside(), whose objects are not put back",
        hint="Let the error pass: what the block took out of the way comes back when the revision fails.",
    )


def key_of(identity: str) -> str:
    """pg_identify_object() has no blanks between arguments, and the schema of every type."""
    return identity.replace(", ", ",").replace("pg_catalog.", "")
