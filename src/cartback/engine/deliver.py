"""The outbox: messages that are due are claimed, handed over by their channel, and noted.

A claim is committed before anything leaves, and asks everything once more: the cart, orders,
consent, suppression. That the hand-over begins is committed too, just before. So after a crash a
message that was only claimed is due again, and of one whose hand-over had begun nobody can know: an
e-mail is `in_doubt` then, seen by people, and never sent again by itself.
"""

import asyncio
from collections.abc import Awaitable
from typing import Final, NamedTuple, Protocol

import msgspec

from cartback.domain.contact import MOST_A_WEEK
from cartback.domain.effect import Decided, Reason
from cartback.domain.event import IdentifierKind, Json, Metric, ShopId
from cartback.domain.fault import Fault
from cartback.domain.instant import MINUTE, Instant, Milliseconds, Zone
from cartback.domain.law.terms import EMAIL, Bar, Purpose
from cartback.domain.message import Accepted, InDoubt, Outcome, Refused
from cartback.domain.permission import Permission, other_contacts
from cartback.domain.profile import Profile
from cartback.domain.step import WEBHOOK
from cartback.engine.batch import Batch
from cartback.engine.copies import Packed
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flowing import count_decisions, decision
from cartback.engine.furnishing import Furnishing
from cartback.engine.ingest import tried
from cartback.engine.last_look import LastLook, purpose_of
from cartback.engine.mailed import mail_event, tell
from cartback.engine.pacing import Held, Pacer, held_by, held_sentence
from cartback.engine.ports import Clock, Contention, Store, Transaction
from cartback.engine.resting import rest
from cartback.engine.rulebook import Rulebook
from cartback.engine.selves import present_row
from cartback.engine.suppression_ports import Suppressed

AT_ONCE: Final = 100
HANDS: Final = 8
LONGEST_HANDOVER: Final[Milliseconds] = 10 * MINUTE
"""A claim that old is of somebody who died: every time-out of a channel is shorter."""
MOST_TRIES: Final = 8
REPEATABLE: Final = frozenset({WEBHOOK})
FIRST_PAUSE: Final[Milliseconds] = MINUTE


class Sending(NamedTuple):
    """A message that was claimed, and its person as of then."""

    shop: ShopId
    message: MessageRow
    profile: Profile


def claim(
    store: Store,
    rulebook: Rulebook,
    now: Instant,
    limit: int = AT_ONCE,
    channel: str = EMAIL,
) -> list[Sending]:
    """Claim what is due of a channel, after a last look; what must not leave is cancelled."""
    found: list[Sending] = []
    with store.transaction() as tx:
        for shop, messages in tx.claim_messages(now, limit, channel).items():
            batch = Batch(tx, shop, rulebook.of(tx, shop), now)
            there = tx.lock(shop, {one.profile for one in messages})
            batch.take(there.values())
            furnishing = Furnishing(batch, messages if channel == EMAIL else ())
            pacer = Pacer(tx, shop, Zone(batch.rules.settings.zone), now)
            look = LastLook(batch, messages)
            for message in messages:
                sending = _claim_one(batch, furnishing, pacer, look, message)
                if sending is not None:
                    found.append(sending)
            batch.flush()
    return found


def _claim_one(
    batch: Batch, furnishing: Furnishing, pacer: Pacer, look: LastLook, message: MessageRow
) -> Sending | None:
    """Claim, put off or cancel one message."""
    work = batch.works.get(message.profile)
    if work is None:
        _cancel(batch, message, Permission(batch.now, Reason.GONE))
        return None
    to_person = message.channel == EMAIL
    address = address_of(work.profile) if to_person else message.recipient
    last = look.at(message, address)
    if last.at > batch.now:
        _put_off(batch, message, last.at)
        return None
    if last.reason is Reason.READY and to_person:
        held = pacer.take(address)
        if held is not None:
            batch.tx.save_message(batch.shop, _held(message, *held))
            return None
        last = last._replace(reason=furnishing.furnish(message, work.profile))
    if last.reason is not Reason.READY:
        _cancel(batch, message, last)
        return None
    claimed = msgspec.structs.replace(
        message,
        status="claimed",
        claimed=batch.now,
        attempts=message.attempts + 1,
        recipient=address,
        error="" if held_by(message.error) else message.error,
    )
    batch.tx.save_message(batch.shop, claimed)
    if to_person:
        _count_now(batch, message)
    return Sending(batch.shop, claimed, work.profile)


def _put_off(batch: Batch, message: MessageRow, until: Instant) -> None:
    later = msgspec.structs.replace(message, status="queued", due=until)
    batch.tx.save_message(batch.shop, later)


def _count_now(batch: Batch, message: MessageRow) -> None:
    """What had to wait counts as a contact from now on, and not from when it was queued."""
    counted = message.claimed or message.at
    if batch.now - counted <= LONGEST_HANDOVER:
        return
    work = batch.works[message.profile]
    profile = work.profile.copy()
    times = sorted((*other_contacts(profile, counted), batch.now))
    profile.contacts = {**profile.contacts, EMAIL: tuple(times[-MOST_A_WEEK:])}
    work.profile, work.changed = profile, True


def _held(message: MessageRow, until: Instant, why: Held) -> MessageRow:
    """It waits for its turn, and says so."""
    return msgspec.structs.replace(message, due=until, error=held_sentence(why))


def _cancel(batch: Batch, message: MessageRow, why: Permission) -> None:
    cancelled = msgspec.structs.replace(message, status="cancelled", error=str(why.reason))
    batch.tx.save_message(batch.shop, cancelled)
    _decide(batch.tx, batch.shop, message, why.reason, batch.now, why.rule)


def _decide(
    tx: Transaction,
    shop: ShopId,
    message: MessageRow,
    reason: Reason,
    now: Instant,
    rule: str = "",
) -> None:
    """Keep why a message that was to go did not."""
    decided = Decided(message.run, message.step, now, "skipped", reason, rule=rule)
    row = decision(message.profile, decided)
    tx.add_decisions(shop, [row])
    count_decisions(tx, shop, [row])


def note(
    store: Store,
    rulebook: Rulebook,
    shop: ShopId,
    message: MessageRow,
    outcome: Outcome,
    now: Instant,
) -> None:
    """Keep what became of a message that was handed over; a lasting refusal of an address stays."""

    def keep(tx: Transaction) -> None:
        present = tx.message(shop, message.key)
        mine = present is not None and present.attempts == message.attempts
        if present is not None and mine and present.status in ("claimed", "handing"):
            _note(tx, rulebook, shop, present, outcome, now)

    tried(store, keep)


def _note(
    tx: Transaction,
    rulebook: Rulebook,
    shop: ShopId,
    present: MessageRow,
    outcome: Outcome,
    now: Instant,
) -> None:
    match outcome:
        case Accepted(receipt):
            if present.channel == EMAIL:
                _received(tx, rulebook, shop, present, now)
            rest(tx, shop, present, "sent", receipt=receipt)
        case InDoubt(sentence):
            rest(tx, shop, present, "in_doubt", error=sentence)
            _decide(tx, shop, present, Reason.IN_DOUBT, now)
        case Refused(permanent, _, sentence, about):
            again = now + FIRST_PAUSE * 2 ** (present.attempts - 1)
            hopeless = present.attempts >= MOST_TRIES or again > present.useful_until
            if not permanent and not hopeless:
                later = msgspec.structs.replace(present, status="queued", due=again, error=sentence)
                tx.save_message(shop, later)
                return
            rest(tx, shop, present, "failed", error=sentence)
            _decide(tx, shop, present, Reason.REFUSED, now)
            if permanent and about == "recipient" and present.channel == EMAIL:
                _bounced(tx, rulebook, shop, present, outcome, now)


def _received(
    tx: Transaction, rulebook: Rulebook, shop: ShopId, message: MessageRow, now: Instant
) -> None:
    is_notice = purpose_of(rulebook.of(tx, shop), message) is Purpose.NOTICE
    about: dict[str, Json] = {"purpose": Purpose.NOTICE.value} if is_notice else {}
    event = mail_event(tx, shop, message, Metric.RECEIVED_EMAIL, now, now, **about)
    if event is not None:
        tell(tx, rulebook, event)


def _bounced(
    tx: Transaction,
    rulebook: Rulebook,
    shop: ShopId,
    message: MessageRow,
    refused: Refused,
    now: Instant,
) -> None:
    """The address is dead: nothing is sent there again."""
    tx.suppress(shop, [Suppressed(EMAIL, message.recipient, Bar.BOUNCED, now, str(refused.code))])
    event = mail_event(
        tx, shop, message, Metric.BOUNCED_EMAIL, now, now, kind="hard", reason=refused.sentence
    )
    if event is not None:
        tell(tx, rulebook, event)


def begin(
    store: Store, rulebook: Rulebook, sending: Sending, now: Instant, copy: Packed | None = None
) -> bool:
    """Note that the hand-over begins, and keep the copy of what leaves; False where the message is
    another's by now, or must not leave any more: others were handed over since the claim, and an
    order may have come. Where its person cannot be looked at, it stays claimed, and is due again
    later."""

    def look(tx: Transaction) -> bool:
        if not _begin(tx, rulebook, sending, now):
            return False
        if copy is not None:
            row = copy.row(sending.message.key, now)
            tx.keep_copy(sending.shop, row, copy.pattern)
        return True

    try:
        return tried(store, look)
    except Contention:
        return False


def _begin(tx: Transaction, rulebook: Rulebook, sending: Sending, now: Instant) -> bool:
    shop, message = sending.shop, sending.message
    batch = Batch(tx, shop, rulebook.of(tx, shop), now)
    row = present_row(tx, shop, message.profile)
    if row is not None:
        batch.load([row.id])
    present = tx.message(shop, message.key)
    if present is None or (present.status, present.attempts) != ("claimed", message.attempts):
        return False
    if row is None:
        last = Permission(now, Reason.GONE)
    else:
        here = msgspec.structs.replace(present, profile=row.id)
        last = LastLook(batch, [here]).at(here, present.recipient)
    batch.flush()
    if last.at > now:
        _put_off(batch, present, last.at)
    elif last.reason is not Reason.READY:
        _cancel(batch, present, last)
    else:
        return tx.begin_message(shop, message, now)
    return False


def doubt_stale(store: Store, now: Instant, limit: int = AT_ONCE) -> int:
    """What a process left behind that died: messages that it had only claimed are due again, and of
    those that it was handing over nobody knows. How many there were.

    What may come twice without harm, for the receiver knows it by its key, goes again too.
    """
    count = 0
    with store.transaction() as tx:
        for shop, messages in tx.stale_claims(now - LONGEST_HANDOVER, limit).items():
            for message in messages:
                count += 1
                if message.status == "claimed" or message.channel in REPEATABLE:
                    again = msgspec.structs.replace(message, status="queued")
                    tx.save_message(shop, again)
                    continue
                sentence = str(Fault("handover_ended"))
                rest(tx, shop, message, "in_doubt", error=sentence)
                _decide(tx, shop, message, Reason.IN_DOUBT, now)
    return count


class Begins(Protocol):
    """Notes that the hand-over begins."""

    def __call__(self, copy: Packed | None = None) -> Awaitable[bool]:
        """`copy`: of what leaves, to be kept. False: it must not leave."""


class Postman(Protocol):
    """Makes a message of what was claimed and hands it over. Never raises for what it is given."""

    async def hand_over(self, sending: Sending, begins: Begins) -> Outcome | None:
        """Once; a message that cannot be made is a lasting refusal about the shop.

        `begins` is awaited when the message is made, just before anything of it leaves; where it
        says no the message is another's, and None is the answer.
        """
        ...


async def deliver(
    store: Store,
    rulebook: Rulebook,
    clock: Clock,
    postman: Postman,
    limit: int = AT_ONCE,
    channel: str = EMAIL,
    hands: int = HANDS,
) -> int:
    """Claim what is due, hand it over side by side, and note each outcome; how many there were.

    `hands` are handed over at a time: so many are in doubt at most when the process is killed.
    Where one fails, the others are finished first; then its error is raised.
    """
    sendings = await asyncio.to_thread(claim, store, rulebook, clock(), limit, channel)
    free = asyncio.Semaphore(hands)

    async def hand_over(sending: Sending) -> None:
        async def begins(copy: Packed | None = None) -> bool:
            return await asyncio.to_thread(begin, store, rulebook, sending, clock(), copy)

        async with free:
            outcome = await postman.hand_over(sending, begins)
            if outcome is not None:
                shop, message = sending.shop, sending.message
                await asyncio.to_thread(note, store, rulebook, shop, message, outcome, clock())

    ends = await asyncio.gather(*map(hand_over, sendings), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return len(sendings)


def address_of(profile: Profile) -> str:
    """The e-mail address as it was given."""
    stamped = profile.names.get(IdentifierKind.EMAIL)
    return "" if stamped is None else str(stamped.value)
