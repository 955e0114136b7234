"""What somebody did, page by page, the latest arrival first."""

from collections.abc import Sequence
from typing import NamedTuple

from cartback.domain.event import ShopId
from cartback.engine.log_ports import LoggedEvent, Seq
from cartback.engine.ports import Reading
from cartback.engine.profile_ports import ProfileRow


class Stretch(NamedTuple):
    """Some events, and the ends of the chains behind them; none where there is nothing more."""

    events: Sequence[LoggedEvent]
    tails: Sequence[Seq]


def timeline(
    reading: Reading, shop: ShopId, row: ProfileRow, tails: Sequence[Seq], limit: int
) -> Stretch:
    """A profile's events from these ends of its chains on, or from the very end.

    Reading goes on where the page before ended, however long the history is.
    """
    ends = {tail for tail in (tails or row.tails) if tail}
    events = reading.history(shop, sorted(ends), limit)
    for logged in events:
        ends.discard(logged.seq)
        if logged.previous:
            ends.add(logged.previous)
    return Stretch(events, sorted(ends, reverse=True))
