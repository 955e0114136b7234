"""How the steps of a flow follow one another: what comes next, and where each way on leads."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from cartback.domain.fault import Fault
from cartback.domain.key import is_key
from cartback.domain.step import AnyStep, End, RandomSplit, Split, StepKey, TriggerSplit, WaitFor

MOST_STEPS: Final = 200


class Placed(NamedTuple):
    """A step, the one behind it ("" for the end), and where each of its ways begins."""

    step: AnyStep
    after: StepKey
    ways: tuple[StepKey, ...] = ()


def ways_of(step: AnyStep) -> Sequence[tuple[AnyStep, ...]]:
    """The branches of a split in their order, the one for all others last."""
    match step:
        case WaitFor(came=came, did_not=did_not):
            return came, did_not
        case Split(branches=branches, otherwise=rest):
            return *(one.steps for one in branches), rest
        case TriggerSplit(branches=branches, otherwise=rest):
            return *(one.steps for one in branches), rest
        case RandomSplit(branches=branches):
            return tuple(one.steps for one in branches)
        case _:
            return ()


def all_steps(steps: Sequence[AnyStep]) -> Iterator[AnyStep]:
    """Every step in reading order, those of branches behind their split."""
    for step in steps:
        yield step
        for way in ways_of(step):
            yield from all_steps(way)


def lay_out(steps: Sequence[AnyStep]) -> dict[StepKey, Placed]:
    """Each step by its key, with what comes next.

    Raises Fault for a key that is none or is taken, and for too many steps.
    """
    found: dict[StepKey, Placed] = {}
    for step in all_steps(steps):
        if not is_key(step.key):
            raise Fault("not_a_step_key", key=step.key[:60])
        if step.key in found:
            raise Fault("key_twice", key=step.key)
        if len(found) >= MOST_STEPS:
            raise Fault("too_many_steps", most=MOST_STEPS)
        found[step.key] = Placed(step, "")
    _link(steps, "", found)
    return found


def unreachable(steps: Sequence[AnyStep]) -> Iterator[StepKey]:
    """The steps to which nobody comes, as the run ends before; of each stretch the first."""
    for step in steps:
        for way in ways_of(step):
            yield from unreachable(way)
    for place, step in enumerate(steps[:-1]):
        if _always_ends(step):
            yield steps[place + 1].key
            return


def _always_ends(step: AnyStep) -> bool:
    """Whether nobody comes out behind it: an end, or a split that ends on each of its ways."""
    if isinstance(step, End):
        return True
    ways = ways_of(step)
    return bool(ways) and all(way and any(map(_always_ends, way)) for way in ways)


def _link(steps: Sequence[AnyStep], after: StepKey, found: dict[StepKey, Placed]) -> None:
    for place, step in enumerate(steps):
        following = steps[place + 1].key if place + 1 < len(steps) else after
        ways = ways_of(step)
        found[step.key] = Placed(
            step, following, tuple(way[0].key if way else following for way in ways)
        )
        for way in ways:
            _link(way, following, found)
