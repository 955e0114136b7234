"""The first steps in a shop, each done when it is done: read from the store and the audit log."""

from typing import Final, NamedTuple

from cartback.domain.event import Identifier, IdentifierKind, ShopId
from cartback.domain.instant import Instant
from cartback.engine.access_ports import UserId, UserRow
from cartback.engine.audit import note
from cartback.engine.ports import Reading, Store
from cartback.engine.shop_ports import ShopRow

ASKED_WHY: Final = "asked why"


class FirstSteps(NamedTuple):
    """Whether somebody made a segment, an event has come, and this person has asked why."""

    segment: bool
    event: bool
    why: bool

    @property
    def done(self) -> int:
        return sum(self)


def first_steps(reading: Reading, shop: ShopRow, user: UserId, sender: str = "") -> FirstSteps:
    """How far they are. With a `sender`, an event counts that is of the customer with that id."""
    return FirstSteps(
        segment=any(one.created > shop.created for one in reading.segments(shop.id)),
        event=_has_sent(reading, shop.id, sender),
        why=reading.has_done(shop.id, user, ASKED_WHY),
    )


def _has_sent(reading: Reading, shop: ShopId, sender: str) -> bool:
    if not sender:
        return reading.last_seq(shop) > 0
    return bool(reading.profiles_by(shop, [Identifier(IdentifierKind.EXTERNAL, sender)]))


def has_asked_why(store: Store, shop: ShopId, by: UserRow, segment: str, now: Instant) -> None:
    """Note in the audit log, the first time, that somebody asked why."""
    with store.reading() as reading:
        if reading.has_done(shop, by.id, ASKED_WHY):
            return
    with store.transaction() as tx:
        note(tx, shop, by, ASKED_WHY, segment, now)


# --- put away, and brought back -------------------------------------------------------------------


def are_away(reading: Reading, shop: ShopId, user: UserId) -> bool:
    """Whether this person wants to see them no more."""
    return reading.note(_note_of(shop, user)) == b"away"


def put_away(store: Store, shop: ShopId, user: UserId, *, away: bool) -> None:
    """Show them no more, or again."""
    with store.transaction() as tx:
        tx.set_note(_note_of(shop, user), b"away" if away else b"")


def _note_of(shop: ShopId, user: UserId) -> str:
    return f"first-steps:{shop}:{user}"
