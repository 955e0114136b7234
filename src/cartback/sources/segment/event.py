"""One message of Segment's protocol to an event, or the reason why it is none."""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import (
    RESERVED,
    BadProperties,
    Event,
    Json,
    Metric,
    ShopId,
    check_properties,
    spelled_out,
)
from cartback.domain.instant import Instant, Milliseconds
from cartback.engine.intake import Dropped
from cartback.sources.identifiers import id_of
from cartback.sources.segment import limits
from cartback.sources.segment.ecommerce import METRICS, translate
from cartback.sources.segment.identity import identifiers_of, location_of
from cartback.sources.segment.message import NO_CONTEXT, Context, Message, decode
from cartback.sources.segment.timing import time_of

LONGEST_NAME: Final = 255


class Options(NamedTuple):
    """What the shop has set: its currency, and the country of phones without a country code."""

    currency: str | None = None
    region: str = ""


class Arrival(NamedTuple):
    """What all messages of one body share."""

    shop: ShopId
    received: Instant
    options: Options = Options()
    call: str | None = None
    context: Context | None = None
    lag: Milliseconds = 0
    backfill: bool = False
    odd_leaves: bool = True


class Call(NamedTuple):
    """What a message says happened."""

    metric: str
    properties: dict[str, Json]


def event_of(raw: bytes, arrival: Arrival, index: int = 0) -> Event | Dropped:
    """The event in one message; `raw` is its JSON, whose syntax has been checked."""
    if len(raw) > limits.LARGEST_MESSAGE:
        return Dropped(
            DropReason.TOO_LARGE, f"{len(raw):,} bytes; a message has at most 32 KB (32,768)"
        )
    message = decode(raw)
    if isinstance(message, Dropped):
        return message
    if arrival.context is not None:
        message.context = (message.context or NO_CONTEXT).over(arrival.context)
    if (refused := _beyond_limits(message, raw, arrival)) is not None:
        return refused
    call = _call(message, arrival)
    if isinstance(call, Dropped):
        return call
    return _event(message, call, arrival, index)


def _call(message: Message, arrival: Arrival) -> Call | Dropped:
    kind = arrival.call or message.type
    if kind == "track":
        return _track(message, arrival.options)
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        return Dropped(
            DropReason.UNKNOWN_TYPE,
            f"type {str(kind)[:60]!r} is none of track, identify, page, screen, group and alias",
        )
    return read(message)


def _event(message: Message, call: Call, arrival: Arrival, index: int) -> Event | Dropped:
    metric, properties = call
    traits = _traits(message, grouped=metric == Metric.GROUPED)
    location = location_of(message, traits) if traits or message.context is not None else None
    region = (location.country if location is not None else "") or arrival.options.region
    identifiers = identifiers_of(message, metric, properties, traits, region)
    if isinstance(identifiers, Dropped):
        return identifiers
    backfill = arrival.backfill or (
        message.context is not None and message.context.backfill is True
    )
    when = time_of(message, arrival.received, arrival.lag, historical=backfill)
    if isinstance(when, Dropped):
        return when
    event_id = _id(message, arrival, index)
    if isinstance(event_id, Dropped):
        return event_id
    return Event(
        shop=arrival.shop,
        id=event_id,
        metric=metric,
        identifiers=identifiers,
        time=when.time,
        received=arrival.received,
        properties=properties,
        traits=traits,
        location=location,
        backfill=backfill,
        ahead=when.ahead,
    )


def _beyond_limits(message: Message, raw: bytes, arrival: Arrival) -> Dropped | None:
    if limits.may_be_too_wide_or_deep(raw):
        refused = limits.check_shape(list(_kept(message).values()))
        if refused is not None:
            return refused
    if arrival.odd_leaves and limits.has_odd_leaves(raw):
        return limits.check_leaves(_kept(message))
    return None


def _kept(message: Message) -> dict[str, Json]:
    """Everything of a message that is read, by its path; the rest of it may be anything."""
    said = {f"$.{name}": getattr(message, field) for field, name in _FIELDS}
    if message.context is not None:
        for name in Context.__struct_fields__:
            said[f"$.context.{name}"] = getattr(message.context, name)
    return said


_FIELDS: Final = tuple(
    (field, name)
    for field, name in zip(Message.__struct_fields__, Message.__struct_encode_fields__, strict=True)
    if field != "context"
)


# --- what each call says ------------------------------------------------------------------------


def _track(message: Message, options: Options) -> Call | Dropped:
    name = message.event
    if not isinstance(name, str) or not (name := name.strip()) or len(name) > LONGEST_NAME:
        return Dropped(
            DropReason.BAD_METRIC,
            f"`event` is the metric's name: a text of 1 to {LONGEST_NAME} characters",
        )
    translated = translate(name, message.properties or {}, options.currency)
    if isinstance(translated, Dropped):
        return translated
    metric, properties = translated
    if metric in RESERVED:
        return Dropped(DropReason.RESERVED_METRIC, f"{metric} is worked out here, not sent")
    try:
        check_properties(metric, properties)
    except BadProperties as error:
        return Dropped(DropReason.WRONG_TYPE, _in_their_words(str(error), name, metric, message))
    return Call(metric, spelled_out(metric, properties))


def _in_their_words(error: str, name: str, metric: str, message: Message) -> str:
    """What is wrong, with the metric and the path that the sender wrote."""
    error = error.removeprefix(f"{metric}: ")
    written = message.properties or {}
    if "products" in written:
        error = error.replace("`$.lines", "`$.products")
    row = METRICS.get(name)
    if row is not None and not (row.unless and row.unless in written):
        for ours, theirs in row.first_of.items():
            found = next((one for one in theirs if written.get(one) is not None), ours)
            error = error.replace(f"`$.{ours}`", f"`$.{found}`")
    return f"{name}: {error}"


def _identify(message: Message) -> Call:
    return Call(Metric.IDENTIFIED, message.properties or {})


def _page(message: Message) -> Call:
    return Call(Metric.VIEWED_PAGE, _view(message))


def _screen(message: Message) -> Call:
    return Call(Metric.VIEWED_SCREEN, _view(message))


def _view(message: Message) -> dict[str, Json]:
    """The properties of a page or screen; what they lack is in `context.page` or beside them."""
    properties: dict[str, Json] = {}
    page = message.context.page if message.context is not None else None
    if isinstance(page, dict):
        properties = {name: page[name] for name in _OF_A_PAGE if name in page}
    if isinstance(message.name, str):
        properties["name"] = message.name
    if isinstance(message.category, str):
        properties["category"] = message.category
    return properties | (message.properties or {})


_OF_A_PAGE: Final = ("url", "path", "title", "referrer", "search")


def _group(message: Message) -> Call:
    """The traits of a group are not the person's: they are properties of the event."""
    properties = {**(message.properties or {}), **(message.traits or {})}
    if (group := id_of(message.group_id)) is not None:
        properties["group_id"] = group
    return Call(Metric.GROUPED, properties)


def _alias(message: Message) -> Call:
    return Call(Metric.ALIASED, message.properties or {})


_READERS: Final[Mapping[str, Callable[[Message], Call]]] = {
    "identify": _identify,
    "page": _page,
    "screen": _screen,
    "group": _group,
    "alias": _alias,
}


def _traits(message: Message, *, grouped: bool) -> dict[str, Json]:
    own = None if grouped else message.traits
    about = message.context.traits if message.context is not None else None
    if not isinstance(about, dict) or not about:
        return own or {}
    return {**about, **own} if own else about


# --- the idempotency key ------------------------------------------------------------------------


def _id(message: Message, arrival: Arrival, index: int) -> str | Dropped:
    given = message.message_id
    if type(given) is int:
        given = str(given)
    if given is None or given == "":
        return _derived_id(message, arrival, index)
    if not isinstance(given, str) or len(given) > LONGEST_NAME:
        return Dropped(
            DropReason.MALFORMED, f"`messageId` is a text of at most {LONGEST_NAME} characters"
        )
    return given


def _derived_id(message: Message, arrival: Arrival, index: int) -> str:
    """A key from all that the message says, so that sending it again changes nothing.

    Without any time in it two honest events may be equal: then each arrival is a new one.
    """
    said = _kept(message)
    del said["$.sentAt"], said["$.messageId"]  # these are of the attempt
    said["$.type"] = arrival.call or message.type
    if message.timestamp is None and message.original_timestamp is None:
        said["$.receivedAt"] = [arrival.received, index]
    encoded = msgspec.json.encode(said, order="sorted")
    return "sum-" + blake2b(encoded, digest_size=16).hexdigest()
