"""Who came to each step of a flow and left there: how many, and along which steps a person went.

Counted as it is decided (flowing.py); what became of messages is counted apart (figures.py).
"""

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cartback.domain.event import ShopId
from cartback.domain.step import AnyStep, StepKey, ways_of
from cartback.engine.flowing import DECIDED
from cartback.engine.ports import Reading
from cartback.engine.standing_ports import LAST


@dataclass(slots=True)
class Passage:
    """What happened at a step, of all versions of its flow; reasons by the word for them.

    `came` are runs that came to it, `waiting` those that stand there now, `ended` those that ended
    there. `gave` are codes, `skipped` also those who got none; `went` is by way.
    """

    came: int = 0
    waiting: int = 0
    gave: int = 0
    held: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    went: Counter[int] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)


class Passages(NamedTuple):
    """What happened in a flow: its steps by key, who is in it, and why people did not come, or
    left."""

    steps: Mapping[StepKey, Passage]
    inside: int
    entered: int
    not_entered: Mapping[str, int]
    ended: Mapping[str, int]


def passages(reading: Reading, shop: ShopId, flow: str, steps: Sequence[AnyStep]) -> Passages:
    """Ever, along the steps of one version: as if all had gone through this one.

    Who came to a step and neither waits nor ended there went on. Of no flow with that key
    everything is nothing.
    """
    found: dict[StepKey, Passage] = {}
    entered, not_entered, ended = 0, Counter[str](), Counter[str]()
    for step, what, why, count in _counted(reading, shop, flow):
        here = found.setdefault(step, Passage())
        match what:
            case "gave":
                here.gave += count
            case "held":
                here.held[why] += count
            case "skipped" | "not_given":
                here.skipped[why] += count
            case "went" if why.isdigit():
                here.went[int(why)] += count
            case "entered":
                entered += count
            case "not_entered":
                not_entered[why] += count
            case "ended":
                here.ended[why] += count
                ended[why] += count
    for (_, step), count in reading.count_runs(shop, flow).items():
        found.setdefault(step, Passage()).waiting += count
    _pass(steps, entered, found)
    inside = sum(one.waiting for one in found.values())
    return Passages(found, inside, entered, not_entered, ended)


def _counted(reading: Reading, shop: ShopId, flow: str) -> Iterator[tuple[str, str, str, int]]:
    """Step, what was done, its reason or way, and how often (`flowing.tally_name`)."""
    start = f"{flow}/"
    for name, count in reading.tallied(shop, DECIDED, start, start + LAST, skip=len(start)).items():
        _, step, done = name.split("/", 2)
        what, _, why = done.partition(":")
        yield step, what, why, count


def _pass(steps: Sequence[AnyStep], came: int, found: dict[StepKey, Passage]) -> int:
    """How many go on behind these steps."""
    for step in steps:
        here = found.setdefault(step.key, Passage())
        here.came = came
        came = max(0, came - here.ended.total() - here.waiting)
        ways = ways_of(step)
        if ways:
            came = max(0, came - here.went.total())
            came += sum(_pass(way, here.went[place], found) for place, way in enumerate(ways))
    return came


def walked(
    steps: Sequence[AnyStep], went: Mapping[StepKey, int], last: StepKey
) -> Sequence[StepKey]:
    """The steps that a run passed, up to `last`, or to the end where that is empty.

    `went` says which way it took at each split; where it says nothing, the run is still there.
    """
    found: list[StepKey] = []
    for key in _along(steps, went):
        found.append(key)
        if key == last:
            break
    return found


def _along(steps: Sequence[AnyStep], went: Mapping[StepKey, int]) -> Generator[StepKey, None, bool]:
    """The steps one by one; returns whether the run came out behind them."""
    for step in steps:
        yield step.key
        ways = ways_of(step)
        if ways:
            if step.key not in went:
                return False
            way = ways[went[step.key]] if went[step.key] < len(ways) else ()
            if not (yield from _along(way, went)):
                return False
    return True
