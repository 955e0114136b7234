"""Who came to each step of a flow: how many, and along which steps a person went."""

from collections.abc import Generator, Mapping, Sequence

from cartback.domain.step import AnyStep, StepKey, ways_of
from cartback.engine.flow_page import FlowFigures, StepFigures

_NOTHING = StepFigures()


def came_to(steps: Sequence[AnyStep], figures: FlowFigures) -> Mapping[StepKey, int]:
    """How many runs came to each step so far, by the step's key.

    Who came to a step and neither left nor waits there came to the next one. A step that was added
    later counts who passed its place before, too.
    """
    found: dict[StepKey, int] = {}
    _passes(steps, figures.entered, figures.steps, found)
    return found


def _passes(
    steps: Sequence[AnyStep],
    came: int,
    figures: Mapping[StepKey, StepFigures],
    found: dict[StepKey, int],
) -> int:
    """How many come out behind the last of these steps."""
    for step in steps:
        here = figures.get(step.key, _NOTHING)
        found[step.key] = came
        came = max(0, came - here.left.total() - here.waiting)
        ways = ways_of(step)
        if ways:
            came = sum(
                _passes(way, here.went[place], figures, found) for place, way in enumerate(ways)
            )
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
