"""The catalog's feed: an address that is asked again and again, and what came of it.

It is asked between transactions, with what its server said last time (ETag, Last-Modified), so that
a feed that did not change costs next to nothing. A failure is kept and shown; the catalog stays.
"""

from contextlib import AbstractContextManager
from typing import Annotated, Final, Protocol

import msgspec

from cartback.domain.event import Json, ShopId
from cartback.domain.fault import BadDocument, Fault
from cartback.domain.instant import HOUR, MINUTE, BadTime, Instant, parse_duration
from cartback.domain.number import Node
from cartback.engine.mailing import WebAddress
from cartback.engine.ports import Reading, Store
from cartback.engine.products import Rows, Taken, Unread, take_products
from cartback.engine.shop_note import ShopNote
from cartback.engine.shops import settings_of

SHORTEST: Final = 15 * MINUTE
LONGEST: Final = 31 * 24 * HOUR
SOON: Final = 15 * MINUTE
"""When a feed that failed is asked again, unless its own turn comes sooner."""
LONGEST_SENTENCE: Final = 300
MOST_ROWS: Final = 20
"""So many rows with which something was wrong are kept."""


class Feed(Node, frozen=True):
    """Where it is and how often it is asked; `whole`: it is all that the shop sells."""

    url: WebAddress
    every: Annotated[str, msgspec.Meta(max_length=40)] = "6 hours"
    whole: bool = True

    def __post_init__(self) -> None:
        try:
            every = parse_duration(self.every)
        except BadTime as error:
            raise Fault("not_a_span", field="every", text=self.every[:60]) from error
        if not SHORTEST <= every <= LONGEST:
            raise Fault("feed_out_of_range", text=self.every[:60])


class BadRow(msgspec.Struct, frozen=True):
    """A row of a feed that could not be read, or that was there before: its line, and why; with the
    fault's kind where it can be said in any language."""

    line: int
    reason: str
    kind: str = ""
    about: dict[str, Json] = {}

    @property
    def fault(self) -> Fault | None:
        return Fault(self.kind, **self.about) if self.kind else None


class Fed(msgspec.Struct, frozen=True):
    """How a feed has fared: what its server said of its version, when it was asked last, when it
    was last well, why it was not, what the last import did, and with which rows something was
    wrong. `due`: when it is asked again."""

    due: Instant = 0
    etag: str = ""
    modified: str = ""
    asked: Instant = 0
    well: Instant = 0
    failure: str = ""
    taken: dict[str, int] = {}
    rows: tuple[BadRow, ...] = ()


class BadFeed(BadDocument):
    """What was given is no feed; the message says where."""


class FeedFailed(Exception):
    """The feed could not be read; the message says why, to the shop."""


class Answered(msgspec.Struct, frozen=True):
    """What a feed's server answered: its rows, None where nothing changed; and its version."""

    rows: Rows | None
    etag: str = ""
    modified: str = ""


class Asks(Protocol):
    """Asks a feed; the rows may be read while the block lasts."""

    def __call__(self, feed: Feed, before: Fed, currency: str) -> AbstractContextManager[Answered]:
        """Raises FeedFailed, also while the rows are read."""


_FEED: Final = ShopNote("feed", Feed)
_FARED: Final = ShopNote("feed-fared", Fed)


def feed_of(reading: Reading, shop: ShopId) -> tuple[Feed, Fed] | None:
    """A shop's feed and how it has fared; None where it has none."""
    feed = _FEED.of(reading, shop)
    return None if feed is None else (feed, _FARED.of(reading, shop) or Fed())


def set_feed(store: Store, shop: ShopId, document: Json) -> Feed:
    """Set a shop's feed; it is asked at once. Raises BadFeed."""
    feed = _FEED.read(document, BadFeed)
    with store.transaction() as tx:
        _FARED.keep(tx, shop, Fed())
        return _FEED.keep(tx, shop, feed)


def remove_feed(store: Store, shop: ShopId) -> bool:
    """Ask it no more; the catalog stays. Whether there was one."""
    with store.transaction() as tx:
        there = feed_of(tx, shop) is not None
        _FEED.drop(tx, shop)
    return there


def ask_again(store: Store, shop: ShopId) -> bool:
    """Have the feed asked at once, and read even if it is the same; False where there is none."""
    with store.transaction() as tx:
        tx.hold(shop)
        found = feed_of(tx, shop)
        if found is not None:
            _FARED.keep(tx, shop, _anew(found[1]))
    return found is not None


def _anew(fared: Fed) -> Fed:
    """The same, to be asked at once, and read even if it is as it was."""
    return msgspec.structs.replace(fared, due=0, etag="", modified="")


def feed_due(store: Store, asks: Asks, now: Instant) -> int:
    """Ask every feed whose time has come; how many were asked."""
    with store.reading() as reading:
        shops = [shop.id for shop in reading.shops() if _due(reading, shop.id, now) is not None]
    return sum(_feed_shop(store, asks, shop, now) for shop in shops)


def _due(reading: Reading, shop: ShopId, now: Instant) -> tuple[Feed, Fed] | None:
    """A shop's feed, where its time has come."""
    found = feed_of(reading, shop)
    return None if found is None or found[1].due > now else found


def _feed_shop(store: Store, asks: Asks, shop: ShopId, now: Instant) -> bool:
    with store.transaction() as tx:
        tx.hold(shop)
        found = _due(tx, shop, now)
        if found is None:
            return False
        feed, before = found
        # Its next turn is set before it is asked: nobody else asks it meanwhile.
        later = now + parse_duration(feed.every)
        before = msgspec.structs.replace(before, due=later, asked=now)
        _FARED.keep(tx, shop, before)
    with store.reading() as reading:
        currency = settings_of(reading, shop).currency
    try:
        with asks(feed, before, currency) as answered:
            taken = _taken(store, shop, feed, answered, now)
    except FeedFailed as error:
        sentence = str(error)[:LONGEST_SENTENCE]
        again = min(later, now + SOON)
        after = msgspec.structs.replace(before, failure=sentence, due=again)
    else:
        after = msgspec.structs.replace(
            before,
            etag=answered.etag,
            modified=answered.modified,
            well=now,
            failure=_kept(taken),
            taken=before.taken if taken is None else _counts(taken),
            rows=before.rows if taken is None else _rows(taken),
        )
    with store.transaction() as tx:
        tx.hold(shop)
        present = feed_of(tx, shop)
        if present is not None and present[0] == feed:
            wanted_again = present[1] != before
            _FARED.keep(tx, shop, _anew(after) if wanted_again else after)
    return True


def _taken(
    store: Store, shop: ShopId, feed: Feed, answered: Answered, now: Instant
) -> Taken | None:
    if answered.rows is None:
        return None
    return take_products(store, shop, answered.rows, now, whole=feed.whole)


def _kept(taken: Taken | None) -> str:
    """What somebody should know although it was taken."""
    if taken is None or not taken.bad:
        return ""
    line, reason, _ = taken.examples[0]
    rest = f"nothing was removed: {taken.kept}" if taken.kept else ""
    said = f"{taken.bad} rows could not be read, such as line {line}: {reason}"
    return (f"{said}; {rest}" if rest else said)[:LONGEST_SENTENCE]


def _counts(taken: Taken) -> dict[str, int]:
    names = ("created", "changed", "unchanged", "removed", "bad", "repeated")
    return {name: getattr(taken, name) for name in names}


def _rows(taken: Taken) -> tuple[BadRow, ...]:
    found = sorted((*taken.examples, *taken.repeats), key=lambda row: row.line)[:MOST_ROWS]
    return tuple(_row(row) for row in found)


def _row(row: Unread) -> BadRow:
    if row.fault is None:
        return BadRow(row.line, row.reason[:LONGEST_SENTENCE])
    about = row.fault.about.items()
    plain = {name: one if isinstance(one, int) else str(one) for name, one in about}
    return BadRow(row.line, row.reason[:LONGEST_SENTENCE], row.fault.kind, plain)
