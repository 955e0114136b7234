"""What becomes of messages, counted by their flow and step as it happens, for the flow's figures.

Each is counted at the half hour in which its flow sent it, and at the day (UTC) for long periods:
so of what was sent in a period one sees what became of it, whenever that was.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from cartback.domain.event import ShopId
from cartback.domain.instant import DAY, Instant
from cartback.engine.flow_ports import MessageRow, MessageStatus
from cartback.engine.ports import Contention, Transaction
from cartback.engine.recovery_ports import Response
from cartback.engine.selves import present_row
from cartback.engine.standing import slot_of

BECAME: Final = "became"
"""The topic of tallies: `flow/h…/version/step/what` by half hours, `flow/d…/…` by days."""
DAY_LENGTH: Final = 6

_COUNTED: Final[Mapping[MessageStatus, frozenset[str]]] = {
    "sent": frozenset({"delivered"}),
    "bounced": frozenset({"bounced"}),
    "complained": frozenset({"delivered", "complained"}),
    "in_doubt": frozenset({"in_doubt"}),
    "failed": frozenset({"failed"}),
}
"""What a status counts as. What was cancelled is told by its decision."""


def rest(
    tx: Transaction,
    shop: ShopId,
    message: MessageRow,
    status: MessageStatus,
    *,
    receipt: str = "",
    error: str = "",
) -> None:
    """A message comes to rest, or to another rest. Raises Contention, as `become` does."""
    done = msgspec.structs.replace(message, status=status, receipt=receipt, error=error)
    become(tx, shop, message, done)


def wait_again(
    tx: Transaction, shop: ShopId, message: MessageRow, due: Instant, error: str
) -> None:
    """A message goes back into the outbox, to who its person is by now: they may have become one
    with somebody else since it was claimed. Raises Contention, as `become` does."""
    row = present_row(tx, shop, message.profile)
    if row is not None:
        if not tx.lock(shop, [row.id]):
            raise Contention("a profile was merged or erased meanwhile")
        if row.id != message.profile:
            tx.hand_back(shop, message.key, row.id)
    waits = msgspec.structs.replace(message, status="queued", due=due, receipt="", error=error)
    become(tx, shop, message, waits)


def become(tx: Transaction, shop: ShopId, was: MessageRow, now: MessageRow) -> None:
    """What a message is from now on, and its figures. Every change of a message is written here.

    Raises Contention where it became something else since it was read: whoever has not held its row
    since then (`claim_messages`, `stale_claims`) looks at it anew (`tried`).
    """
    if not tx.save_message(shop, now, was):
        raise Contention("the message became something else meanwhile")
    before, after = _COUNTED.get(was.status, frozenset()), _COUNTED.get(now.status, frozenset())
    count(tx, shop, was, dict.fromkeys(after - before, 1) | dict.fromkeys(before - after, -1))


def responded(
    tx: Transaction, shop: ShopId, key: str, response: Response, at: Instant
) -> MessageRow | None:
    """A person opened or clicked a message, or unsubscribed by it; the message where it is there
    and they had not done so before."""
    message = tx.message(shop, key)
    if message is None or not tx.respond(shop, key, response, at):
        return None
    count(tx, shop, message, {response: 1})
    return message


def count(tx: Transaction, shop: ShopId, message: MessageRow, what: Mapping[str, int]) -> None:
    """Count something of a message."""
    run = message.run
    count_at(tx, shop, place(run.flow, run.version, message.step, message.at), what)


def place(flow: str, version: int, step: str, at: Instant) -> tuple[str, str]:
    """Under which names something at a step is counted: that of its half hour, and of its day."""
    where = f"{version}/{step}/"
    return f"{flow}/h{slot_of(at)}/{where}", f"{flow}/d{day_of(at)}/{where}"


def count_at(
    tx: Transaction, shop: ShopId, names: tuple[str, str], what: Mapping[str, int]
) -> None:
    changes = Counter({f"{name}{one}": number for name in names for one, number in what.items()})
    if changes:
        tx.tally(shop, BECAME, changes)


def day_of(at: Instant) -> str:
    """The day (UTC) of an instant, as a name that sorts by time."""
    return f"{max(at, 0) // DAY:0{DAY_LENGTH}d}"
