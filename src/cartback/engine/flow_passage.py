"""How many came to each step of a flow: counted from who entered, left and waits."""

from collections.abc import Mapping, Sequence

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
