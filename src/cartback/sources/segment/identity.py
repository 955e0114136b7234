"""Who a message is about, and where that person is, as far as the message says."""

from typing import Final

from cartback.domain.drop import DropReason
from cartback.domain.event import Identifier, IdentifierKind, Json, Location, Metric
from cartback.engine.countries import country_named
from cartback.engine.intake import Dropped
from cartback.sources.identifiers import LONGEST, email_of, id_of, phone_of
from cartback.sources.segment.message import Message

NAMES_ITS_PERSON: Final = frozenset(
    {
        Metric.CHECKOUT_STARTED,
        Metric.CHECKOUT_STEP_COMPLETED,
        Metric.PLACED_ORDER,
        Metric.ORDERED_PRODUCT,
        Metric.FULFILLED_ORDER,
        Metric.CANCELLED_ORDER,
        Metric.REFUNDED_ORDER,
        Metric.SUBSCRIBED,
        Metric.UNSUBSCRIBED,
        Metric.JOINED_LIST,
        Metric.LEFT_LIST,
    }
)
"""Metrics whose `email` and `phone` properties are the shopper's own, typed into a form."""

_ANONYMOUS: Final = str(IdentifierKind.ANONYMOUS)
_EXTERNAL: Final = str(IdentifierKind.EXTERNAL)
_EMAIL: Final = str(IdentifierKind.EMAIL)
_PHONE: Final = str(IdentifierKind.PHONE)


def identifiers_of(
    message: Message,
    metric: str,
    properties: dict[str, Json],
    traits: dict[str, Json],
    region: str,
) -> tuple[Identifier, ...] | Dropped:
    """Every name that the message gives its person, each once.

    Names that name nobody are left out. If no other is left, the message is dropped.
    `region` is where phone numbers without a country code are from.
    """
    found: list[Identifier] = []
    if message.user_id is not None and (external := id_of(message.user_id)):
        found.append(Identifier(_EXTERNAL, external))
        if "@" in external and (address := email_of(external)):
            found.append(Identifier(_EMAIL, address))
    if traits:
        _reachable_at(traits, region, found)
    if metric in NAMES_ITS_PERSON:
        _reachable_at(properties, region, found)
    # analytics.js names the present user as the previous one when there was no other.
    previous = id_of(message.previous_id) if message.previous_id is not None else None
    if metric == Metric.ALIASED and (untied := _untied(message, previous, found)) is not None:
        return untied
    if previous and Identifier(_EXTERNAL, previous) not in found:
        found.append(Identifier(_ANONYMOUS, previous))
    if message.anonymous_id is not None and (anonymous := id_of(message.anonymous_id)):
        found.append(Identifier(_ANONYMOUS, anonymous))
    if len(found) > 1:
        return tuple(dict.fromkeys(found))
    return tuple(found) or _nobody(message)


def _reachable_at(place: dict[str, Json], region: str, found: list[Identifier]) -> None:
    if address := email_of(place.get("email")):
        found.append(Identifier(_EMAIL, address))
    if number := phone_of(place.get("phone"), region):
        found.append(Identifier(_PHONE, number))


def _untied(message: Message, previous: str | None, found: list[Identifier]) -> Dropped | None:
    """Why an alias ties nobody: it is about two names."""
    if previous is None:
        if message.previous_id:
            return _names_nobody("previousId", message.previous_id)
        return Dropped(
            DropReason.NO_IDENTIFIER, "an alias ties two names: send previousId beside the userId"
        )
    if not found and id_of(message.anonymous_id) is None:
        return Dropped(
            DropReason.NO_IDENTIFIER, "an alias ties two names: send userId beside the previousId"
        )
    return None


def _nobody(message: Message) -> Dropped:
    for name, given in (
        ("userId", message.user_id),
        ("anonymousId", message.anonymous_id),
        ("previousId", message.previous_id),
    ):
        if given is not None and given != "":
            return _names_nobody(name, given)
    return Dropped(
        DropReason.NO_IDENTIFIER, "send a userId, an anonymousId, or an e-mail in the traits"
    )


def _names_nobody(name: str, given: Json) -> Dropped:
    return Dropped(
        DropReason.BAD_IDENTIFIER,
        f"{name} {str(given)[:60]!r} names nobody; send a text of at most {LONGEST}"
        " characters that is this person's alone, or leave it out",
    )


def location_of(message: Message, traits: dict[str, Json]) -> Location | None:
    """From `context.location`, else from `traits.address`. A country is kept as its code."""
    context = message.context
    place = context.location if context is not None else None
    if not isinstance(place, dict):
        place = traits.get("address")
        if not isinstance(place, dict):
            return None
    location = Location(
        country=country_named(_text(place.get("country"))),
        region=_text(place.get("region") or place.get("state")),
        city=_text(place.get("city")),
    )
    return location if location.country or location.region or location.city else None


def _text(value: Json) -> str:
    return value.strip()[:LONGEST] if isinstance(value, str) else ""
