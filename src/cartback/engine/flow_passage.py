"""Along which steps of a flow a person went."""

from collections.abc import Generator, Mapping, Sequence

from cartback.domain.layout import ways_of
from cartback.domain.step import AnyStep, StepKey


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
