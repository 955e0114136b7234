"""What somebody who watches a shop is told: that its figures changed, and who moved.

A place says how far somebody has seen. From it, whoever was away for a while is told the rest.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.calling import name_by_id
from cartback.engine.crediting import CREDITED
from cartback.engine.log_ports import Seq
from cartback.engine.ports import Reading
from cartback.engine.segment_ports import Move
from cartback.engine.standing import CARTS

MOST_MOVES: Final = 100
"""How many moves are told one by one; behind more than that one looks at the page anew."""


class Place(NamedTuple):
    """The end of the log and the number of the last move, as they were at some time."""

    seq: Seq
    move: int

    def __str__(self) -> str:
        return f"{self.seq}-{self.move}"


def read_place(text: str) -> Place | None:
    """The place that a text names; None for any other text."""
    parts = text.split("-")
    fits = len(parts) == 2 and all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts)
    return Place(int(parts[0]), int(parts[1])) if fits else None


class Moved(NamedTuple):
    """Somebody entered (`joined`) or left a segment; `name` is empty for a stranger."""

    number: int
    segment: str
    profile: ProfileId
    name: str
    at: Instant
    joined: bool


class Seen(NamedTuple):
    """How far somebody has seen, and how the figures stood (None: not looked at yet)."""

    place: Place
    figures: object = None


class News(NamedTuple):
    """What is new since a place. `cut`: more moved than is told, or the place is not of this shop's
    log."""

    seen: Seen
    figures: bool = False
    moves: Sequence[Moved] = ()
    cut: bool = False

    def __bool__(self) -> bool:
        return self.figures or self.cut or bool(self.moves)


def place_of(reading: Reading, shop: ShopId) -> Place:
    """How far the shop is now."""
    last = reading.latest_moves(shop, limit=1)
    return Place(reading.last_seq(shop), last[0][0] if last else 0)


def news_since(reading: Reading, shop: ShopId, seen: Seen) -> News:
    """What is to be told to who has seen that much."""
    now, figures = place_of(reading, shop), _figures(reading, shop)
    changed = now.seq != seen.place.seq if seen.figures is None else figures != seen.figures
    after = seen.place.move
    rows = reading.moves(shop, after=after, limit=MOST_MOVES + 1) if now.move > after else ()
    cut = len(rows) > MOST_MOVES or now.move < after
    return News(Seen(now, figures), changed, () if cut else _told(reading, shop, rows), cut)


def _figures(reading: Reading, shop: ShopId) -> object:
    """Changes with whatever a page's figures are made of."""
    segments = [(one.key, one.version, one.status, one.done) for one in reading.segments(shop)]
    kept = [dict(reading.tallied(shop, topic)) for topic in (CARTS, CREDITED)]
    return dict(reading.counts(shop)), kept, segments


def just_now(
    reading: Reading, shop: ShopId, limit: int, segment: str | None = None
) -> Sequence[Moved]:
    """Who moved most lately, the latest first; not those whom a back-fill found."""
    rows = reading.latest_moves(shop, segment=segment, limit=limit, with_quiet=False)
    return _told(reading, shop, rows)


def _told(reading: Reading, shop: ShopId, rows: Sequence[tuple[int, Move]]) -> Sequence[Moved]:
    names = {one.profile: "" for _, one in rows if not one.quiet}
    for profile in names:
        names[profile] = name_by_id(reading, shop, profile)
    return [
        Moved(number, one.segment, one.profile, names[one.profile], one.at, one.joined)
        for number, one in rows
        if not one.quiet
    ]
