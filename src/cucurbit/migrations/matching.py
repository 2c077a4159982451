"""Which constraint of the history is which of the models: without a name there it has what name the server gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cucurbit.database.tables import Key, Part

Pair = tuple[Part | None, Part | None]
Same = Callable[[Part, Part], bool]


def pairs(old: Mapping[Key, Part], new: Mapping[Key, Part], named: Callable[[Key], bool], same: Same) -> Iterator[Pair]:
    """Old and new constraints of one table, None where one has no counterpart.

    First by name and meaning, then by meaning where the models give no name, then by name, then by meaning whatever
    the names, and last the primary keys, of which there is one each. `same` compares two of one type.
    """

    def alike(one: Part, other: Part) -> bool:
        return one["type"] == other["type"] and same(one, other)

    rules: list[Same] = [
        lambda one, other: one.key.name == other.key.name and alike(one, other),
        lambda one, other: not named(other.key) and alike(one, other),
        lambda one, other: one.key.name == other.key.name and one["type"] == other["type"],
        alike,
        lambda one, other: one["type"] == other["type"] == "p",
    ]
    before, after = dict(old), dict(new)
    for rule in rules:
        for key, part in list(after.items()):
            found = next((one for one in before.values() if rule(one, part)), None)
            if found is not None:
                yield before.pop(found.key), after.pop(key)
    yield from ((part, None) for part in before.values())
    yield from ((None, part) for part in after.values())
