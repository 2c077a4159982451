"""What comments, grants, owners and labels have in common: they are said of another object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.target import Target
from cucurbit.errors import SqlError
from cucurbit.sql.parse import Fields
from cucurbit.sql.references import References

PUBLIC = "public"


class Said(Entity):
    """Something said of another object; not a kind by itself. What is renamed there is renamed here."""

    rank = 97
    renamable = False
    has_schema = False
    is_object = False
    is_said = True

    @classmethod
    def identity_of(cls, key: Sequence[str]) -> Identity:
        """Of a key that `named` has made."""
        return Identity.of_key(cls.kind, key)

    @property
    def target(self) -> Target:
        """The object."""
        return Target.of(self.identity)

    @property
    def is_out_of_reach(self) -> bool:
        """Whether the object is: scratch does not have it."""
        from cucurbit.entities.kinds import all_kinds

        kind = all_kinds().get(self.target.type)
        return self.is_shared or (kind is not None and kind.is_shared)

    def refers(self, found: References) -> None:
        """The object comes before it."""
        self.target.refer(found)

    def rename_statements(self, old: Self) -> list[str]:
        """Nothing: it goes with the object."""
        return []


def role_name(tree: Fields) -> str:
    """The name of a role in a tree, `public` for all. Raises SqlError for whoever happens to run the statement."""
    if tree["roletype"] == "ROLESPEC_PUBLIC":
        return PUBLIC
    if tree["roletype"] != "ROLESPEC_CSTRING":
        word = tree["roletype"].removeprefix("ROLESPEC_")
        raise SqlError(f"{word} is whoever runs the migration", hint="Write the name of the role.")
    return str(tree["rolename"])
