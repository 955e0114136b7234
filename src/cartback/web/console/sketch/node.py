"""The tree of a sketch: plain texts, as they were typed, that travel with the page as JSON."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from cartback.domain.layout import MOST_STEPS

TRIGGER: Final = "_trigger"
FLOW: Final = "_flow"
"""The keys, which no step can have, of the two other parts: what begins a run, and for whom."""


class Node(msgspec.Struct):
    """A step, or one of the other two parts: what was typed, by the fields' names."""

    kind: str
    key: str = ""
    fields: dict[str, str] = {}
    ways: "list[Way]" = []


class Way(msgspec.Struct):
    """One way on behind a split: what was typed about it, and its steps."""

    fields: dict[str, str] = {}
    steps: list[Node] = []


class Sketch(msgspec.Struct):
    """All of a flow but its name."""

    trigger: Node
    flow: Node
    steps: list[Node] = []


class Place(msgspec.Struct, frozen=True):
    """Where a step stands: among which steps, and as which of them."""

    among: list[Node]
    index: int

    @property
    def node(self) -> Node:
        return self.among[self.index]


def all_nodes(steps: Sequence[Node]) -> Iterator[Node]:
    """Every step in reading order."""
    for one in steps:
        yield one
        for way in one.ways:
            yield from all_nodes(way.steps)


def place_of(sketch: Sketch, key: str) -> Place | None:
    """Where the step of that key stands; None where there is none."""

    def within(steps: list[Node]) -> Place | None:
        for index, one in enumerate(steps):
            if one.key == key:
                return Place(steps, index)
            for way in one.ways:
                if found := within(way.steps):
                    return found
        return None

    return within(sketch.steps)


def node_of(sketch: Sketch, key: str) -> Node | None:
    """A step, or one of the other two parts."""
    if key in (TRIGGER, FLOW):
        return sketch.trigger if key == TRIGGER else sketch.flow
    place = place_of(sketch, key)
    return None if place is None else place.node


def steps_at(sketch: Sketch, home: str) -> list[Node] | None:
    """The steps of a home: "" for the flow's own, `key.1` for those of a split's second way."""
    if not home:
        return sketch.steps
    key, _, way = home.rpartition(".")
    place = place_of(sketch, key)
    if place is None or not way.isdecimal() or int(way) >= len(place.node.ways):
        return None
    return place.node.ways[int(way)].steps


def home_of(sketch: Sketch, key: str) -> str | None:
    """The home in which a step stands; None where there is no such step."""
    if any(one.key == key for one in sketch.steps):
        return ""
    for node in all_nodes(sketch.steps):
        for number, way in enumerate(node.ways):
            if any(one.key == key for one in way.steps):
                return f"{node.key}.{number}"
    return None


def free_key(sketch: Sketch, wish: str) -> str:
    """A key that no step of the sketch has."""
    taken = {one.key for one in all_nodes(sketch.steps)}
    keys = (wish, *(f"{wish}-{number}" for number in range(2, 2 * MOST_STEPS)))
    return next(one for one in keys if one not in taken)
