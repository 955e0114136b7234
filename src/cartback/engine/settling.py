"""What is in doubt is settled by people, who can ask where Cartback cannot.

A message is in doubt where its hand-over broke off: nothing here can know whether it arrived, and
it is never sent again by itself. Somebody who looked into the provider's log can: then it arrived,
or it goes back into the outbox, where everything is asked once more, or it is left as it is.
"""

from typing import Final, Literal, TypeAlias, get_args

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.flow_ports import MessageRow
from cartback.engine.ingest import tried
from cartback.engine.outbox import BY_HAND, LEFT, NEWEST, Wanted, find_messages
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.resting import rest, wait_again
from cartback.engine.selves import present_row

Act: TypeAlias = Literal["arrived", "again", "leave", "reopen"]
"""`arrived`: it is sent. `again`: it waits in the outbox. `leave`: it stays in doubt, and nobody
needs to look any more. `reopen`: takes back `arrived` or `leave`."""
ACTS: Final[tuple[Act, ...]] = get_args(Act)
Why: TypeAlias = Literal["unknown", "settled", "too_late", "gone"]
"""`settled`: it is not in doubt any more, or was not settled by hand. `too_late`: it would be of
no use any more. `gone`: its person was erased."""

MOST_LOOKED_AT: Final = 1_000


class CannotSettle(ValueError):
    """It cannot be done to this message; `why` says what is in the way."""

    def __init__(self, why: Why) -> None:
        super().__init__(_SENTENCES[why])
        self.why: Final = why


_SENTENCES: Final[dict[Why, str]] = {
    "unknown": "there is no such message",
    "settled": "it is not in doubt any more",
    "too_late": "it is of no use any more: the time in which it was to be sent is over",
    "gone": "its person is not there any more",
}


def settle(store: Store, shop: ShopId, key: str, act: Act, now: Instant) -> None:
    """Do it to one message, if it still can be done. Raises CannotSettle."""

    def do(tx: Transaction) -> None:
        message = tx.message(shop, key)
        if message is None:
            raise CannotSettle("unknown")
        if act == "again":
            _send_again(tx, shop, message, now)
        else:
            _say(tx, shop, message, act)

    tried(store, do)


def _say(tx: Transaction, shop: ShopId, message: MessageRow, act: Act) -> None:
    """Note what somebody found out."""
    match act, message.status:
        case "arrived", "in_doubt":
            rest(tx, shop, message, "sent", receipt=BY_HAND, error=message.error)
        case "leave", "in_doubt":
            rest(tx, shop, message, "in_doubt", receipt=LEFT, error=message.error)
        case "reopen", "sent" | "in_doubt" if message.receipt in (BY_HAND, LEFT):
            rest(tx, shop, message, "in_doubt", error=message.error)
        case _:
            raise CannotSettle("settled")


def _send_again(tx: Transaction, shop: ShopId, message: MessageRow, now: Instant) -> None:
    """Back into the outbox. Its claim asks everything once more."""
    if message.status != "in_doubt":
        raise CannotSettle("settled")
    if now > message.useful_until:
        raise CannotSettle("too_late")
    if present_row(tx, shop, message.profile) is None:
        raise CannotSettle("gone")
    wait_again(tx, shop, message, now, "")


def doubts(reading: Reading, shop: ShopId, *, left: bool = False) -> list[MessageRow]:
    """Those that wait for somebody to look, newest first, among the latest 1,000 in doubt; with
    `left` those that were left as they are."""
    wanted = Wanted(status="in_doubt")
    rows = find_messages(reading, shop, wanted, NEWEST, MOST_LOOKED_AT)
    return [row for row in rows if (row.receipt == LEFT) == left]


def count_doubts(reading: Reading, shop: ShopId) -> int:
    """How many wait for somebody to look, 1,000 at most; what was left as it is does not."""
    return len(doubts(reading, shop))
