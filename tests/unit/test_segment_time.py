"""When a message happened, by clocks that may be wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.drop import DropReason
from cartback.domain.instant import DAY, HOUR, MINUTE, text_of
from cartback.sources.segment.timing import AHEAD, EARLIEST, WRONG_CLOCK, lag_of
from tests.unit.segment_messages import ARRIVAL, NOW, dropped, taken


def at(offset: int) -> str:
    return text_of(NOW + offset)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T11:30:00Z",
        "2026-03-01T11:30:00.000Z",
        "2026-03-01T20:30:00+09:00",
        "2026-03-01T11:30:00",
        "2026-03-01 11:30:00Z",
        "20260301T113000Z",
    ],
)
def test_a_time_is_iso_8601(written: str) -> None:
    assert taken({"event": "x", "timestamp": written}).time == NOW - 30 * MINUTE


def test_a_finer_time_is_cut_to_the_millisecond() -> None:
    event = taken({"event": "x", "timestamp": "2026-03-01T11:30:00.123999999Z"})
    assert event.time == NOW - 30 * MINUTE + 123


@pytest.mark.parametrize(
    "written",
    [
        1772366400,
        1772366400000,
        1772366400.5,
        "1772366400",
        "yesterday",
        "",
        " ",
        True,
        {},
        [],
        "2026-02-30T00:00:00Z",
        "2026-2-3",
        "12026-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
    ],
    ids=repr,
)
def test_any_other_time_is_refused(written: object) -> None:
    refused = dropped({"event": "x", "timestamp": written})
    assert refused.reason == DropReason.BAD_TIME
    assert "2026-03-01T12:00:00Z" in refused.detail


@pytest.mark.parametrize("written", ["1989-12-31T23:59:59.999Z", "0001-01-01T00:00:00+14:00"])
def test_a_time_before_1990_is_refused(written: str) -> None:
    assert dropped({"event": "x", "timestamp": written}).reason == DropReason.ANCIENT


def test_the_first_time_that_is_taken() -> None:
    assert taken({"event": "x", "timestamp": "1990-01-01T00:00:00Z"}).time == EARLIEST


def test_without_a_time_it_happened_on_arrival() -> None:
    assert taken({"event": "x"}).time == NOW
    assert taken({"event": "x", "sentAt": at(-HOUR)}).time == NOW


@pytest.mark.parametrize(
    "ahead_by, marked", [(1, False), (AHEAD, False), (AHEAD + 1, True), (400 * DAY, True)]
)
def test_a_time_after_its_arrival_is_taken_as_its_arrival(ahead_by: int, marked: bool) -> None:
    event = taken({"event": "x", "timestamp": at(ahead_by)})
    assert (event.time, event.ahead) == (NOW, marked)


@pytest.mark.parametrize("wrong_by", [-3 * HOUR, 2 * HOUR, 300 * DAY])
def test_a_wrong_clock_is_set_right_by_when_it_sent(wrong_by: int) -> None:
    ten_minutes_ago = {"timestamp": at(wrong_by - 10 * MINUTE), "sentAt": at(wrong_by)}
    event = taken({"event": "x", **ten_minutes_ago})
    assert (event.time, event.ahead) == (NOW - 10 * MINUTE, False)


def test_the_batch_may_say_when_it_was_sent() -> None:
    lag = lag_of(at(-3 * HOUR), NOW)
    event = taken({"event": "x", "timestamp": at(-4 * HOUR)}, ARRIVAL._replace(lag=lag))
    assert event.time == NOW - HOUR


@pytest.mark.parametrize("wrong_by", [-9_000 * DAY, -3 * DAY, DAY + 1, 9_000 * DAY])
def test_a_sent_at_that_is_days_off_does_not_move_a_good_time(wrong_by: int) -> None:
    yesterday = at(-DAY)
    event = taken({"event": "x", "timestamp": yesterday, "sentAt": at(wrong_by)})
    assert (event.time, event.ahead) == (NOW - DAY, False)
    batch = ARRIVAL._replace(lag=lag_of(at(wrong_by), NOW))
    assert taken({"event": "x", "timestamp": yesterday}, batch).time == NOW - DAY


@pytest.mark.parametrize("waited, corrected", [(DAY, True), (DAY + 1, False)])
def test_a_clock_that_lost_its_date_is_set_right_for_a_day(waited: int, corrected: bool) -> None:
    lost = -400 * DAY
    event = taken({"event": "x", "timestamp": at(lost - waited), "sentAt": at(lost)})
    assert event.time == NOW - waited + (0 if corrected else lost)


@pytest.mark.parametrize("sent", [0, -WRONG_CLOCK, WRONG_CLOCK, -1_000])
def test_a_good_clock_is_believed_to_the_millisecond(sent: int) -> None:
    event = taken({"event": "x", "timestamp": at(-HOUR - 1), "sentAt": at(sent)})
    assert event.time == NOW - HOUR - 1


@pytest.mark.parametrize("sent", ["soon", 5, {}, "", "2026-13-01"])
def test_an_unreadable_sent_at_says_nothing(sent: object) -> None:
    assert taken({"event": "x", "timestamp": at(-HOUR), "sentAt": sent}).time == NOW - HOUR


def test_the_original_time_goes_before_the_time() -> None:
    event = taken(
        {
            "event": "x",
            "originalTimestamp": at(-3 * HOUR),
            "sentAt": at(-2 * HOUR),
            "timestamp": at(-5 * MINUTE),
        }
    )
    assert event.time == NOW - HOUR


def test_what_segment_forwards_has_its_time_corrected_already() -> None:
    event = taken(
        {
            "event": "x",
            "originalTimestamp": at(-90 * DAY - HOUR),
            "sentAt": at(-90 * DAY - HOUR),
            "receivedAt": at(-90 * DAY),
            "timestamp": at(-90 * DAY),
        }
    )
    assert event.time == NOW - 90 * DAY


def test_history_keeps_its_times() -> None:
    old = {"timestamp": at(-90 * DAY), "sentAt": at(-89 * DAY)}
    assert taken({"event": "x", **old, "context": {"backfill": True}}).time == NOW - 90 * DAY


@given(
    st.integers(-50 * DAY, 50 * DAY),
    st.one_of(st.none(), st.integers(-50 * DAY, 50 * DAY)),
)
def test_no_event_happened_after_it_was_received(written: int, sent: int | None) -> None:
    message = {"event": "x", "timestamp": at(written)}
    if sent is not None:
        message["sentAt"] = at(sent)
    event = taken(message)
    assert event.time <= event.received
