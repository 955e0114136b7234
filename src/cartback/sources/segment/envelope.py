"""One request body of Segment's protocol: a single call, or a batch of them."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from cartback.domain.event import Event, Json, ShopId
from cartback.domain.instant import Instant
from cartback.engine.intake import Intake, Unreadable
from cartback.sources.segment import limits
from cartback.sources.segment.event import Arrival, Options, event_of
from cartback.sources.segment.message import CALLS, Context
from cartback.sources.segment.timing import lag_of

MOST_MESSAGES: Final = 10_000
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class _Single(msgspec.Struct, rename="camel", gc=False):
    """What is read of a single call before its sender is known."""

    write_key: Any = None


class _Batch(msgspec.Struct, rename="camel", gc=False):
    """What is said around the messages of a batch."""

    batch: list[msgspec.Raw] | None = None
    write_key: Any = None
    sent_at: Any = None
    context: Context | None = None


_SINGLE: Final = msgspec.json.Decoder(_Single)
_BATCH: Final = msgspec.json.Decoder(_Batch)


OptionsOf: TypeAlias = Callable[[ShopId], Options]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A body whose JSON is well-formed; whose it is must be known before it can be read on."""

    write_key: str
    body: bytes
    messages: Sequence[bytes]
    options_of: OptionsOf
    call: str | None = None
    context: Context | None = None
    sent_at: Json = None

    @property
    def size(self) -> int:
        """How many messages are in it."""
        return len(self.messages)

    def read(self, shop: ShopId, received: Instant, *, backfill: bool) -> Intake:
        """Every message as an event, or dropped with its index and a reason."""
        arrival = Arrival(
            shop=shop,
            received=received,
            options=self.options_of(shop),
            call=self.call,
            context=self.context,
            lag=lag_of(self.sent_at, received),
            backfill=backfill,
            odd_leaves=limits.has_odd_leaves(self.body),
        )
        intake = Intake([], [])
        for index, message in enumerate(self.messages):
            outcome = event_of(message, arrival, index)
            if isinstance(outcome, Event):
                intake.events.append(outcome)
            else:
                intake.dropped.append((index, outcome))
        return intake


class Reader:
    """Reads bodies; what their shops have set is asked for when it is known whose they are."""

    def __init__(self, options_of: OptionsOf = lambda _shop: Options()) -> None:
        self._options_of = options_of

    def __call__(self, call: str, body: bytes) -> Envelope | Unreadable:
        """`call` is `batch`, or the type of a single call: track, identify and so on."""
        body = body.removeprefix(_BYTE_ORDER_MARK)
        if not body or body.isspace():
            return Unreadable("the body is empty; send a JSON object")
        single = call in CALLS
        outer = _decode(body, single=single)
        if isinstance(outer, Unreadable):
            body = _repaired(body)
            outer = _decode(body, single=single)
        match outer:
            case Unreadable():
                return outer
            case _Single():
                return Envelope(
                    write_key=_key(outer.write_key),
                    body=body,
                    messages=[body],
                    options_of=self._options_of,
                    call=call,
                )
            case _Batch():
                return self._batch(body, outer)

    def _batch(self, body: bytes, outer: _Batch) -> Envelope | Unreadable:
        if outer.batch is None:
            return Unreadable('`batch` is missing: send {"batch": [...]}, or use /v1/track')
        if len(outer.batch) > MOST_MESSAGES:
            return Unreadable(
                f"{len(outer.batch):,} messages in one batch; send at most {MOST_MESSAGES:,}",
                too_large=True,
            )
        return Envelope(
            write_key=_key(outer.write_key),
            body=body,
            messages=[bytes(message) for message in outer.batch],
            options_of=self._options_of,
            context=outer.context,
            sent_at=outer.sent_at,
        )


def _key(written: Json) -> str:
    return written if isinstance(written, str) else ""


def _decode(body: bytes, *, single: bool) -> _Single | _Batch | Unreadable:
    try:
        return _SINGLE.decode(body) if single else _BATCH.decode(body)
    except UnicodeDecodeError as error:
        return Unreadable(f"the body is not UTF-8: {error}")
    except RecursionError:
        return Unreadable("the JSON is nested far too deep; flatten it")
    except msgspec.DecodeError as error:
        if "truncated" in str(error):
            return Unreadable(f"the JSON ends in the middle, after {len(body):,} bytes")
        return Unreadable(str(error))


# --- one bad value must not cost the whole batch ------------------------------------------------

_TEXT_OR_NUMBER: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:NaN|Infinity)', re.DOTALL)
_ESCAPE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",
    re.DOTALL,
)
_MOST_LOOKED_AT: Final = 40_000
_TOO_GREAT: Final = b"1e999"
_NUL: Final = b"\\u0000"


def _repaired(body: bytes) -> bytes:
    """NaN, Infinity and half surrogate pairs as values that JSON has and that no event may hold.

    JSON does not know them, but Python's `json` writes them. With this only their own message is
    dropped, for a bad number or a bad text. Strangers can ask for it, so it has its limit.
    """
    wrong = body.count(b"NaN") + body.count(b"Infinity")
    if not wrong and b"\\u" not in body:
        return body
    if wrong + body.count(b'"') + body.count(b"\\") > _MOST_LOOKED_AT:
        return body
    return _TEXT_OR_NUMBER.sub(_repair, body)


def _repair(found: re.Match[bytes]) -> bytes:
    if not found[0].startswith(b'"'):
        return _TOO_GREAT
    return _ESCAPE.sub(lambda escape: _NUL if escape[1] else escape[0], found[0])
