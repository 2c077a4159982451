"""What is said of an object goes with it: where another comes under its name, it is said again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.planning.change import Change
from cucurbit.planning.order import things


def said_again(
    changes: Sequence[Change],
    declared: Mapping[Identity, Entity],
    recorded: Mapping[Identity, Entity],
    home: str,
) -> list[Change]:
    """The changes, with a drop and a creation for what is said of a name that one object loses and another gets.

    A view that becomes a materialized view takes its comment along, and its grants; so does a function that becomes a
    procedure. In that order it can be taken back as well.
    """
    gone = {thing for change in changes if change.new is None for thing in change.entity.provided}
    come = {thing for change in changes if change.old is None for thing in change.entity.provided}
    if not (both := gone & come):
        return list(changes)
    again = {
        identity
        for identity in declared.keys() & recorded.keys()
        if declared[identity].is_said and things(declared[identity].references, home) & both
    }
    others = [change for change in changes if change.identity not in again]
    parts = [(Change(None, recorded[i]), Change(declared[i], None)) for i in sorted(again, key=str)]
    return [*others, *(part for pair in parts for part in pair)]
