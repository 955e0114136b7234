"""How often to say that something happened: as often as decides the question, and no more."""

from typing import NamedTuple

from cartback.domain.condition import Did
from cartback.domain.explain import Explanation
from cartback.domain.instant import Instant
from cartback.domain.window import MoreThanAgo


class Tally(NamedTuple):
    """`number` times, or at least so often, and the times that are known of them, latest first.

    Unless `exactly`, there may have been others: before these, or where `earliest`, after them.
    `complete`: the number also says what was asked.
    """

    number: int
    exactly: bool
    times: tuple[Instant, ...]
    earliest: bool
    complete: bool


def tally(asked: Did, explanation: Explanation) -> Tally:
    """A memory keeps as many events as decide the question; there may have been more of them.

    What other questions make it keep besides is left out, so that the sentence depends on nobody
    else's conditions.
    """
    low, high = asked.times.bounds()
    earliest = isinstance(asked.within, MoreThanAgo)
    found: int = explanation.found
    if high is not None and found > high:
        number = high + 1
    elif high is None and low > 0 and found >= low:
        number = low
    else:
        exactly = not explanation.forgotten
        return Tally(found, exactly, explanation.deciding, earliest, low == high == found)
    known = explanation.deciding
    times = known[-number:] if earliest else known[:number]
    return Tally(number, False, times, earliest, asked.times.at_least == number)
