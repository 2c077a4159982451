"""An order in which steps work: what is needed comes before what needs it, and goes after it.

A step has two sides. What it *makes* must come before every step whose new form *needs* it; what it *unmakes* must
come after every step whose old form *needed* it. Some edges are only wishes (names in the text of a function, the
order in which Alembic listed things): they are given up, weakest first, where they would close a circle.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

from cucurbit.errors import PlanError
from cucurbit.sql.references import References


class Thing(NamedTuple):
    """What a name stands for, its `sort` being `relation`, `routine`, `type`, `operator`, `language` and so on.

    The schema is empty for what lives in none.
    """

    sort: str
    schema: str
    name: str


_OVERLOADED = ("routine", "operator")


class Strength(IntEnum):
    """How much an edge matters."""

    WISH = 0  # a word in a function's body; the order in which Alembic listed the operations of a table
    USUAL = 1  # a table's alteration before the views that may read the new column
    NEED = 2


@dataclass(eq=False)
class Step:
    """One thing to do, with what it means to the others; `payload` is whatever carries it out."""

    payload: Any
    label: str
    rank: int
    makes: frozenset[Thing] = frozenset()
    unmakes: frozenset[Thing] = frozenset()
    alters: frozenset[Thing] = frozenset()
    trims: frozenset[Thing] = frozenset()
    needs: frozenset[Thing] = frozenset()
    needed: frozenset[Thing] = frozenset()
    mentions: frozenset[str] = frozenset()
    mentioned: frozenset[str] = frozenset()
    group: Any = None
    split: Callable[[], Sequence[Step] | None] = field(default=lambda: None)


def things(references: References, home: str) -> frozenset[Thing]:
    """The things that references stand for, `home` for names without a schema, and the schemas that they are in."""
    found: set[Thing] = set()
    for sort, names in (
        ("relation", references.relations),
        ("routine", references.routines),
        ("type", references.types),
    ):
        for schema, name in names:
            found.add(Thing(sort, schema or home, name))
            if schema:
                found.add(Thing("schema", "", schema))
    for sort, schema, name in references.others:
        found.add(Thing(sort, home if schema is None else schema, name))
        if schema:
            found.add(Thing("schema", "", schema))
    return frozenset(found)


def order(steps: Sequence[Step]) -> list[Step]:
    """The steps in a working order, the same for the same steps; a step may come back split in several.

    Raises PlanError, with the circle, where there is none.
    """
    steps = list(steps)
    after = _edges(steps, Strength.WISH)
    for strength in (Strength.USUAL, Strength.NEED):
        _give_up(after, _edges(steps, strength))
    ordered, _ = _sort(steps, after)
    if len(ordered) == len(steps):
        return ordered
    stuck = _sort(steps, _edges(steps, Strength.NEED))[1]
    for step in stuck:
        parts = step.split()
        if parts:
            return order([*(s for s in steps if s is not step), *parts])
    circle = " -> ".join(step.label for step in _circle(stuck, _edges(stuck, Strength.NEED)))
    raise PlanError(
        f"these depend on each other in a circle: {circle}",
        hint="Break it in two migrations: declare one of them without the other first.",
    )


Edges = dict[Step, set[Step]]


def _edges(steps: Sequence[Step], strength: Strength) -> Edges:
    """Who comes after whom, with edges of at least this strength."""
    after: Edges = {step: set() for step in steps}
    makers, unmakers = _index(steps, "makes"), _index(steps, "unmakes")
    alterers, trimmers = _index(steps, "alters"), _index(steps, "trims")
    for step in steps:
        for thing in step.needs:
            for other in makers.get(thing, ()):
                _edge(after, other, step)
        for thing in step.needed:
            for other in unmakers.get(thing, ()):
                _edge(after, step, other)
        for thing in step.makes:
            for other in unmakers.get(thing, ()):  # the old one of that name goes first
                if thing.sort not in _OVERLOADED or strength <= Strength.WISH:  # which may be an overload
                    _edge(after, other, step)
        if strength <= Strength.USUAL:
            _before(after, step, alterers, step.needs)
            _after(after, step, trimmers, step.needed)
    if strength <= Strength.WISH:
        _wishes(after, steps)
    return after


def _wishes(after: Edges, steps: Sequence[Step]) -> None:
    makers, unmakers = _by_name(steps, "makes"), _by_name(steps, "unmakes")
    groups: dict[Any, Step] = {}
    for step in steps:
        for word in step.mentions & makers.keys():
            for other in makers[word]:
                _edge(after, other, step)
        for word in step.mentioned & unmakers.keys():
            for other in unmakers[word]:
                _edge(after, step, other)
        if step.group is not None:
            if step.group in groups:
                _edge(after, groups[step.group], step)
            groups[step.group] = step


def _before(after: Edges, step: Step, index: dict[Thing, list[Step]], wanted: Iterable[Thing]) -> None:
    for thing in wanted:
        for other in index.get(thing, ()):
            if step.group is None or step.group != other.group:
                _edge(after, other, step)


def _after(after: Edges, step: Step, index: dict[Thing, list[Step]], held: Iterable[Thing]) -> None:
    for thing in held:
        for other in index.get(thing, ()):
            if step.group is None or step.group != other.group:
                _edge(after, step, other)


def _give_up(after: Edges, stronger: Edges) -> None:
    """Leave out edges that are not among the stronger, but only of steps that stand in circles, or between two."""
    behind = _sort(list(after), after)[1]
    before: Edges = {step: set() for step in behind}
    for step in behind:
        for other in after[step]:
            before[other].add(step)
    circles = set(_sort(behind, before)[1])
    for step in circles:
        after[step] -= circles - stronger[step]


def _edge(after: Edges, first: Step, second: Step) -> None:
    if first is not second:
        after[first].add(second)


def _index(steps: Sequence[Step], attribute: str) -> dict[Thing, list[Step]]:
    index: dict[Thing, list[Step]] = defaultdict(list)
    for step in steps:
        for thing in getattr(step, attribute):
            index[thing].append(step)
    return index


def _by_name(steps: Sequence[Step], attribute: str) -> dict[str, list[Step]]:
    index: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        for thing in getattr(step, attribute):
            index[thing.name].append(step)
    return index


def _sort(steps: Sequence[Step], after: Edges) -> tuple[list[Step], list[Step]]:
    """Kahn's algorithm, ties by rank and then by the order given; what is left stands in a circle or behind one."""
    waiting = dict.fromkeys(steps, 0)
    for others in after.values():
        for other in others:
            waiting[other] += 1
    position = {step: index for index, step in enumerate(steps)}
    ready = [(step.rank, position[step], step) for step in steps if not waiting[step]]
    heapq.heapify(ready)
    ordered = []
    while ready:
        step = heapq.heappop(ready)[2]
        ordered.append(step)
        for other in after[step]:
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(ready, (other.rank, position[other], other))
    done = set(ordered)
    return ordered, [step for step in steps if step not in done]


def _circle(stuck: Sequence[Step], after: Edges) -> list[Step]:
    """One circle among steps that could not be sorted; its first step stands at the end again."""
    before: Edges = {step: set() for step in stuck}
    for first, others in after.items():
        for second in others:
            before[second].add(first)
    path: list[Step] = []
    step = stuck[0]
    while step not in path:
        path.append(step)
        step = min(before[step], key=lambda other: other.label)
    circle = path[path.index(step) :][::-1]
    return [*circle, circle[0]]
