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
from cartback.domain.effect import Reason
from cartback.domain.event import IdentifierKind, ShopId
from cartback.domain.instant import Instant, Zone
from cartback.domain.law.terms import EMAIL
from cartback.domain.message import Outcome
from cartback.domain.permission import Permission, other_contacts
from cartback.domain.profile import Profile
from cartback.engine.batch import Batch
from cartback.engine.copies import Packed
from cartback.engine.flow_ports import MessageRow
from cartback.engine.furnishing import Furnishing
from cartback.engine.ingest import tried
from cartback.engine.last_look import LastLook
from cartback.engine.noting import AT_ONCE, LONGEST_HANDOVER, note, skipped
from cartback.engine.pacing import Held, Pacer, held_by, held_sentence
from cartback.engine.ports import Clock, Contention, Store, Transaction
from cartback.engine.resting import become, wait_again
from cartback.engine.rulebook import Rulebook
from cartback.engine.selves import present_row

HANDS: Final = 8


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
    """Claim what is due of a channel, after a last look; what must not leave is cancelled.

    Each message's row is held from the moment it is found: nobody changes it until the end.
    """
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
        become(batch.tx, batch.shop, message, msgspec.structs.replace(message, due=last.at))
        return None
    if last.reason is Reason.READY and to_person:
        held = pacer.take(address)
        if held is not None:
            become(batch.tx, batch.shop, message, _held(message, *held))
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
    become(batch.tx, batch.shop, message, claimed)
    if to_person:
        _count_now(batch, message)
    return Sending(batch.shop, claimed, work.profile)


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
    become(batch.tx, batch.shop, message, cancelled)
    skipped(batch.tx, batch.shop, message, why.reason, batch.now, why.rule)


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
        wait_again(tx, shop, present, last.at, present.error)
    elif last.reason is not Reason.READY:
        _cancel(batch, present, last)
    else:
        become(tx, shop, present, msgspec.structs.replace(present, status="handing", claimed=now))
        return True
    return False


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
