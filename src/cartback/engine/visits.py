"""Clicks and opens: kept when they come, and judged when what came around them is known.

Scanners give themselves away by what they do around a visit (domain/scanner.py), so that a verdict
has to wait; then a person's visits become events. Others stay what they are, with their reason.
"""

from functools import partial
from typing import Final, NamedTuple

import msgspec

from cartback.domain.event import Event, Metric, ShopId
from cartback.domain.instant import Instant
from cartback.domain.profile import Profile
from cartback.domain.scanner import AROUND_A_TRAP, Visit, judge_visits
from cartback.engine.crediting import credit_people
from cartback.engine.flow_ports import MessageRow
from cartback.engine.ingest import Delivery, take, tried
from cartback.engine.mailed import mail_event
from cartback.engine.ports import Store, Transaction
from cartback.engine.rulebook import Rulebook
from cartback.engine.selves import present_row
from cartback.engine.visit_ports import PERSON, PIXEL, VisitRow

MOST: Final = 200
"""Of one message; what comes after is not kept."""
LONGEST_AGENT: Final = 300
AT_ONCE: Final = 100
RESTORED: Final = "restore"
"""What a visit of the link to the cart has as its target; in place of a number of its own."""
RESTORE_PLACE: Final = 65_536


TRACKING: Final = "email_tracking"
"""The trait by which a person says, with false, that nobody is to know what they open and click."""


def may_be_followed(profile: Profile) -> bool:
    """Whether links and the picture in their mails may tell of them."""
    return profile.trait(TRACKING) is not False


class Came(NamedTuple):
    """One request: by which method and program, for which link (PIXEL for the picture)."""

    method: str
    agent: str
    place: int = PIXEL
    target: str = ""
    trap: bool = False


def keep_visit(store: Store, shop: ShopId, message: str, came: Came, now: Instant) -> bool:
    """Keep a visit of a message, to be judged later; whether it was kept.

    A scanner fetches all of a mail at once. Each visit waits for the one before it, which takes no
    tries: however many come, none is lost.
    """

    def keep(tx: Transaction) -> bool:
        tx.rules_version(shop)  # to be first: its person is not erased until this is kept
        if tx.lock_message(shop, message) is None:
            return False
        before = tx.visits_of(shop, message)
        if len(before) >= MOST:
            return False
        visit = VisitRow(
            message=message,
            number=len(before),
            at=now,
            method=came.method[:10],
            agent=came.agent[:LONGEST_AGENT].replace("\x00", ""),
            place=came.place,
            target=came.target,
            trap=came.trap,
            due=now + AROUND_A_TRAP,
        )
        tx.add_visit(shop, visit)
        return True

    return tried(store, keep)


def judge_due(store: Store, rulebook: Rulebook, now: Instant, limit: int = AT_ONCE) -> int:
    """Judge what can be judged by now; of how many messages."""
    with store.reading() as reading:
        due = reading.visits_due(now, limit)
    for shop, message in due:
        tried(store, partial(_judge, rulebook, shop, message, now))
    return len(due)


def _judge(rulebook: Rulebook, shop: ShopId, key: str, now: Instant, tx: Transaction) -> None:
    rows, message = tx.visits_of(shop, key), tx.message(shop, key)
    delivered = None if message is None else message.claimed or None
    reasons = judge_visits([_visit(one) for one in rows], delivered_at=delivered, links=0)
    judged = [
        msgspec.structs.replace(row, said=PERSON if reason is None else str(reason))
        for row, reason in zip(rows, reasons, strict=True)
        if not row.said and row.due <= now
    ]
    tx.judge_visits(shop, judged)
    if message is None:
        return
    found = [_event(tx, shop, message, one, now) for one in judged if one.said == PERSON]
    events = [one for one in found if one is not None]
    if events:
        take(tx, rulebook, [Delivery(shop, events)])
        row = present_row(tx, shop, message.profile)
        if row is not None:
            credit_people(tx, shop, [row.id])


def _visit(row: VisitRow) -> Visit:
    link = None if row.place == PIXEL else row.place
    return Visit(at=row.at, method=row.method, agent=row.agent, link=link, trap=row.trap)


def _event(
    tx: Transaction, shop: ShopId, message: MessageRow, visit: VisitRow, now: Instant
) -> Event | None:
    """Each click is one; a mail is opened once."""
    if visit.place == PIXEL:
        return mail_event(tx, shop, message, Metric.OPENED_EMAIL, visit.at, now)
    return mail_event(
        tx,
        shop,
        message,
        Metric.CLICKED_EMAIL,
        visit.at,
        now,
        mark=str(visit.number),
        target=visit.target,
        place=visit.place,
    )
