"""What became of a mail, as events of its person: in the log, as everything else is.

A message keeps the profile that it was made for. Who that is by now, after merges, is asked here.
"""

from typing import Final

from cartback.domain.event import Event, Identifier, IdentifierKind, Json, Metric, ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.flow_ports import MessageRow
from cartback.engine.ingest import Delivery, take
from cartback.engine.ports import Reading, Transaction
from cartback.engine.rulebook import Rulebook
from cartback.engine.selves import present_row

_WORDS: Final = {
    Metric.RECEIVED_EMAIL: "received-email",
    Metric.OPENED_EMAIL: "opened-email",
    Metric.CLICKED_EMAIL: "clicked-email",
    Metric.BOUNCED_EMAIL: "bounced-email",
    Metric.MARKED_AS_SPAM: "marked-as-spam",
    Metric.SUBSCRIBED: "email-subscribed",
    Metric.UNSUBSCRIBED: "email-unsubscribed",
}


def mail_event(
    reading: Reading,
    shop: ShopId,
    message: MessageRow,
    metric: Metric,
    at: Instant,
    received: Instant,
    *,
    mark: str = "",
    **properties: Json,
) -> Event | None:
    """That something became of a message; None where nobody is there whom it could be about.

    The same message, metric and `mark` are the same event.
    """
    row = present_row(reading, shop, message.profile)
    name = None if row is None else _name(reading, shop, row.id, message.recipient)
    if name is None:
        return None
    marked = f":{mark}" if mark else ""
    about = {"flow": message.run.flow, "step": message.step, "message": message.key}
    return Event(
        shop=shop,
        id=f"{_WORDS[metric]}:{message.key}{marked}",
        metric=metric,
        identifiers=(name,),
        time=min(at, received),
        received=received,
        properties={**about, **properties},
    )


def _name(reading: Reading, shop: ShopId, profile: ProfileId, address: str) -> Identifier | None:
    """A name that is this profile's own: the address that was written to, where it is theirs."""
    names = reading.identifiers_of(shop, profile)
    mine = Identifier(str(IdentifierKind.EMAIL), address.lower())
    return mine if mine in names else next(iter(names), None)


def tell_mail(
    tx: Transaction,
    rulebook: Rulebook,
    shop: ShopId,
    message: MessageRow,
    metric: Metric,
    at: Instant,
    received: Instant,
    **properties: Json,
) -> None:
    """Put into the log what became of a message, where somebody is there whom it could be about."""
    event = mail_event(tx, shop, message, metric, at, received, **properties)
    if event is not None:
        tell(tx, rulebook, event)


def tell(tx: Transaction, rulebook: Rulebook, event: Event) -> bool:
    """Put it into the log as part of a larger change; whether it was new there."""
    [receipt] = take(tx, rulebook, [Delivery(event.shop, [event])])
    return receipt.accepted > 0
