"""What became of a message that was handed over; and what a process left behind that died."""

from typing import Final

from cartback.domain.effect import Decided, Reason
from cartback.domain.event import Json, Metric, ShopId
from cartback.domain.fault import Fault
from cartback.domain.instant import MINUTE, Instant, Milliseconds
from cartback.domain.law.terms import EMAIL, Bar, Purpose
from cartback.domain.message import Accepted, InDoubt, Outcome, Refused
from cartback.domain.step import WEBHOOK
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flowing import count_decisions, decision
from cartback.engine.ingest import tried
from cartback.engine.last_look import purpose_of
from cartback.engine.mailed import tell_mail
from cartback.engine.ports import Store, Transaction
from cartback.engine.resting import rest, wait_again
from cartback.engine.rulebook import Rulebook
from cartback.engine.suppression_ports import Suppressed

AT_ONCE: Final = 100
LONGEST_HANDOVER: Final[Milliseconds] = 10 * MINUTE
"""A claim that old is of somebody who died: every time-out of a channel is shorter."""
MOST_TRIES: Final = 8
FIRST_PAUSE: Final[Milliseconds] = MINUTE
REPEATABLE: Final = frozenset({WEBHOOK})
CAME_BACK: Final = frozenset({"bounced", "complained"})


def note(
    store: Store,
    rulebook: Rulebook,
    shop: ShopId,
    message: MessageRow,
    outcome: Outcome,
    now: Instant,
) -> None:
    """Keep what became of a message that was handed over; a lasting refusal of an address stays.

    What was taken is sent, whatever was made of the message meanwhile: given up by who thought that
    this process had died, or told by somebody to go again. Anything else counts only while it is
    being handed over by this very claim.
    """

    def keep(tx: Transaction) -> None:
        rulebook.of(tx, shop)  # to be first: its person is not erased until this is noted
        present = tx.message(shop, message.key)
        if present is None:
            return
        mine = present.attempts == message.attempts and present.status in ("claimed", "handing")
        if isinstance(outcome, Accepted):
            if present.status not in CAME_BACK:
                _sent(tx, rulebook, shop, present, outcome, now)
        elif mine:
            _not_taken(tx, rulebook, shop, present, outcome, now)

    tried(store, keep)


def _sent(
    tx: Transaction,
    rulebook: Rulebook,
    shop: ShopId,
    present: MessageRow,
    accepted: Accepted,
    now: Instant,
) -> None:
    rest(tx, shop, present, "sent", receipt=accepted.receipt)
    if present.channel != EMAIL:
        return
    is_notice = purpose_of(rulebook.of(tx, shop), present) is Purpose.NOTICE
    about: dict[str, Json] = {"purpose": Purpose.NOTICE.value} if is_notice else {}
    tell_mail(tx, rulebook, shop, present, Metric.RECEIVED_EMAIL, now, now, **about)


def _not_taken(
    tx: Transaction,
    rulebook: Rulebook,
    shop: ShopId,
    present: MessageRow,
    outcome: InDoubt | Refused,
    now: Instant,
) -> None:
    match outcome:
        case InDoubt(sentence):
            rest(tx, shop, present, "in_doubt", error=sentence)
            skipped(tx, shop, present, Reason.IN_DOUBT, now)
        case Refused(permanent, _, sentence, about):
            again = now + FIRST_PAUSE * 2 ** (present.attempts - 1)
            hopeless = present.attempts >= MOST_TRIES or again > present.useful_until
            if not permanent and not hopeless:
                wait_again(tx, shop, present, again, sentence)
                return
            rest(tx, shop, present, "failed", error=sentence)
            skipped(tx, shop, present, Reason.REFUSED, now)
            if permanent and about == "recipient" and present.channel == EMAIL:
                _bounced(tx, rulebook, shop, present, outcome, now)


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
    said = {"kind": "hard", "reason": refused.sentence}
    tell_mail(tx, rulebook, shop, message, Metric.BOUNCED_EMAIL, now, now, **said)


def skipped(
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


def doubt_stale(store: Store, now: Instant, limit: int = AT_ONCE) -> int:
    """What a process left behind that died: messages that it had only claimed are due again, and of
    those that it was handing over nobody knows. How many there were.

    What may come twice without harm, for the receiver knows it by its key, goes again too. Each
    message's row is held from the moment it is found: nobody changes it until the end. Raises
    Contention.
    """
    count = 0
    with store.transaction() as tx:
        for shop, messages in tx.stale_claims(now - LONGEST_HANDOVER, limit).items():
            tx.rules_version(shop)  # nobody is erased until what is said of them is written
            for message in messages:
                count += 1
                if message.status == "claimed" or message.channel in REPEATABLE:
                    wait_again(tx, shop, message, message.due, message.error)
                    continue
                sentence = str(Fault("handover_ended"))
                rest(tx, shop, message, "in_doubt", error=sentence)
                skipped(tx, shop, message, Reason.IN_DOUBT, now)
    return count
