"""What comes back of a mail after it was handed over: it arrived, it did not, or it was complained
about. The message says so, its person's log does, and a dead address is not written to again.
"""

from typing import Final, Literal, TypeAlias

import msgspec

from cartback.domain.event import Metric, ShopId
from cartback.domain.instant import Instant
from cartback.domain.law.terms import EMAIL, Bar
from cartback.engine.flow_ports import MessageRow, MessageStatus
from cartback.engine.ingest import tried
from cartback.engine.mailed import tell, tell_mail
from cartback.engine.people import present
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.resting import rest
from cartback.engine.rulebook import Rulebook
from cartback.engine.selves import present_row
from cartback.engine.suppression_ports import Suppressed
from cartback.engine.wishes import Wisher, leave

Fate: TypeAlias = Literal["delivered", "hard", "soft", "complaint", "unsubscribed"]
_KNOWN: Final = frozenset({"sent", "bounced", "complained"})
_HANDED_OVER: Final = _KNOWN | {"handing", "in_doubt"}


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is said of one mail, by somebody whose word was checked.

    `key`: our message. `address`: whom it went to, where that is known. `hard`: the address is
    dead; `soft`: not this time.
    """

    fate: Fate
    key: str
    address: str = ""
    sentence: str = ""
    at: Instant | None = None


def take_back(store: Store, rulebook: Rulebook, returned: Returned, now: Instant) -> bool:
    """Keep what is said; False where it is about no mail of ours. Twice is once."""

    def keep(tx: Transaction) -> bool:
        found = _message(tx, returned)
        if found is None:
            return False
        _keep(tx, rulebook, *found, returned, now)
        return True

    return tried(store, keep)


def _message(reading: Reading, returned: Returned) -> tuple[ShopId, MessageRow] | None:
    for shop in reading.shops() if returned.key else ():
        message = reading.message(shop.id, returned.key)
        if message is not None and _left(message, returned):
            same = returned.address.lower() in ("", message.recipient.lower())
            return (shop.id, message) if same else None
    return None


def _left(message: MessageRow, returned: Returned) -> bool:
    """Whether it was handed over. What arrived had been, also where it is to go again since then:
    nobody here knew."""
    again = returned.fate == "delivered" and message.claimed > 0
    return again or message.status in _HANDED_OVER


def _keep(
    tx: Transaction,
    rulebook: Rulebook,
    shop: ShopId,
    message: MessageRow,
    returned: Returned,
    now: Instant,
) -> None:
    at = min(returned.at or now, now)
    match returned.fate:
        case "delivered":
            if message.status not in _KNOWN:
                rest(tx, shop, message, "sent")
        case "hard" | "soft":
            if message.status != "complained":
                _over(tx, shop, message, "bounced", returned)
            if returned.fate == "hard":
                _suppress(tx, shop, message, Bar.BOUNCED, returned, now)
            _tell(tx, rulebook, shop, message, Metric.BOUNCED_EMAIL, returned, at, now)
        case "complaint":
            _over(tx, shop, message, "complained", returned)
            _suppress(tx, shop, message, Bar.COMPLAINED, returned, now)
            _tell(tx, rulebook, shop, message, Metric.MARKED_AS_SPAM, returned, at, now)
        case "unsubscribed":
            _leave(tx, rulebook, shop, message, now)


def _over(
    tx: Transaction,
    shop: ShopId,
    message: MessageRow,
    status: MessageStatus,
    returned: Returned,
) -> None:
    """Its hand-over may be noted at this moment: then what is said counts for what it became."""
    rest(tx, shop, message, status, receipt=message.receipt, error=returned.sentence)


def _suppress(
    tx: Transaction, shop: ShopId, message: MessageRow, bar: Bar, returned: Returned, now: Instant
) -> None:
    row = Suppressed(EMAIL, message.recipient, bar, now, returned.sentence[:255])
    tx.suppress(shop, [row])


def _tell(
    tx: Transaction,
    rulebook: Rulebook,
    shop: ShopId,
    message: MessageRow,
    metric: Metric,
    returned: Returned,
    at: Instant,
    now: Instant,
) -> None:
    said = {"kind": returned.fate, "reason": returned.sentence}
    tell_mail(tx, rulebook, shop, message, metric, at, now, **said)


def _leave(
    tx: Transaction, rulebook: Rulebook, shop: ShopId, message: MessageRow, now: Instant
) -> None:
    """They told the provider; it is as good as telling us."""
    row = present_row(tx, shop, message.profile)
    if row is None:
        return
    who = Wisher(shop, message, present(tx, rulebook, shop, row, now))
    event = leave(tx, who, now)
    if event is not None:
        tell(tx, rulebook, event)
