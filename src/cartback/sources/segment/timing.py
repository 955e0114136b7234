"""When a message happened, by a sender's clock that may be wrong.

Segment's rule: `receivedAt - (sentAt - originalTimestamp)`, where a client's own `timestamp` is the
original one (https://segment.com/docs/connections/spec/common/#timestamps). It is applied where
the sender's clock is off by more than a minute, so that a good clock's times are kept as sent. A
clock that is off by more than a day is believed only where the rest of what it says fits: such
clocks exist (a device that has lost its time), but so do senders who write anything into `sentAt`.
"""

from typing import Final, NamedTuple

from cartback.domain.drop import DropReason
from cartback.domain.event import Json
from cartback.domain.instant import DAY, MINUTE, BadTime, Instant, Milliseconds, parse_instant
from cartback.engine.intake import Dropped
from cartback.sources.segment.message import Message

EARLIEST: Final[Instant] = 631_152_000_000  # 1990-01-01T00:00:00Z
AHEAD: Final[Milliseconds] = 5 * MINUTE
WRONG_CLOCK: Final[Milliseconds] = MINUTE
VERY_WRONG_CLOCK: Final[Milliseconds] = DAY


class When(NamedTuple):
    """The time of an event, and whether the sender claimed one well after its arrival."""

    time: Instant
    ahead: bool = False


def time_of(
    message: Message, received: Instant, lag: Milliseconds, *, historical: bool
) -> When | Dropped:
    """When it happened; never after it was received, and on arrival where it does not say.

    `lag` is what the batch's `sentAt` showed (see `lag_of`), the message's own goes before it.
    History keeps its times: nothing says that a clock was wrong months ago.
    """
    if message.received_at is not None and message.timestamp is not None:
        # Segment has had it before and corrected `timestamp` already.
        written, historical = message.timestamp, True
    elif message.original_timestamp is not None:
        written = message.original_timestamp
    else:
        written = message.timestamp
    if written is None:
        return When(received)
    time = _read(written)
    if isinstance(time, Dropped):
        return time
    if not historical:
        own = lag if message.sent_at is None else lag_of(message.sent_at, received)
        time = _corrected(time, own, received)
    if time < EARLIEST:
        return Dropped(DropReason.ANCIENT, f"{written!r} is before 1990-01-01")
    return When(time) if time <= received else When(received, ahead=time - received > AHEAD)


def _corrected(time: Instant, lag: Milliseconds, received: Instant) -> Instant:
    """The time by our clock.

    A correction by more than a day counts only if the event then lies within the day before its
    arrival: a clock that is years off is so for both times, and a `sentAt` that is years away from
    a good time says nothing.
    """
    corrected = time + lag
    if abs(lag) <= VERY_WRONG_CLOCK or -MINUTE <= received - corrected <= VERY_WRONG_CLOCK:
        return corrected
    return time


def lag_of(sent_at: Json, received: Instant) -> Milliseconds:
    """How far the sender's clock is behind ours; 0 where it is right, or does not say."""
    if sent_at is None:
        return 0
    sent = _read(sent_at)
    if isinstance(sent, Dropped) or abs(received - sent) <= WRONG_CLOCK:
        return 0
    return received - sent


def _read(written: Json) -> Instant | Dropped:
    if not isinstance(written, str):
        return Dropped(
            DropReason.BAD_TIME,
            f"{str(written)[:60]} is not a time; write it as text, such as 2026-03-01T12:00:00Z",
        )
    try:
        return parse_instant(written)
    except BadTime as error:
        return Dropped(DropReason.BAD_TIME, str(error))
