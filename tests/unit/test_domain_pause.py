"""How long a wait lasts: for so long, until an hour of the day, in a zone whose clocks change."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.flow import parse_flow
from cartback.domain.instant import Zone, parse_instant
from cartback.domain.pause import wait_until
from cartback.domain.step import Wait

CART: dict[str, Any] = {"name": "Cart", "trigger": {"kind": "cart_abandoned"}}


@pytest.mark.parametrize(
    "document, now, until",
    [
        ({"for": "1 day"}, "2026-03-02T15:00:00Z", "2026-03-03T15:00:00Z"),
        ({"for": "1 day", "until": "09:00"}, "2026-03-02T15:00:00Z", "2026-03-03T09:00:00Z"),
        ({"until": "09:00"}, "2026-03-02T15:00:00Z", "2026-03-03T09:00:00Z"),
        ({"until": "16:00"}, "2026-03-02T15:00:00Z", "2026-03-02T16:00:00Z"),
        (
            {"until": "09:00", "weekdays": ["saturday"]},
            "2026-03-02T15:00:00Z",
            "2026-03-07T09:00:00Z",
        ),
        (
            {"until": "09:00", "zone": "Asia/Seoul"},
            "2026-03-02T15:00:00Z",
            "2026-03-03T00:00:00Z",
        ),
        ({"for": "3 hours", "until": "09:00"}, "2026-03-02T07:00:00Z", "2026-03-03T09:00:00Z"),
        # New York's clocks show half past one twice on 1 November 2026, and skip half past two on
        # 8 March.
        (
            {"until": "01:30", "zone": "America/New_York"},
            "2026-11-01T05:10:00Z",
            "2026-11-01T05:30:00Z",
        ),
        (
            {"until": "01:30", "zone": "America/New_York"},
            "2026-11-01T06:10:00Z",
            "2026-11-01T06:30:00Z",
        ),
        (
            {"until": "02:30", "zone": "America/New_York"},
            "2026-03-08T06:50:00Z",
            "2026-03-08T07:30:00Z",
        ),
    ],
)
def test_waits_end_when_they_say(document: dict[str, Any], now: str, until: str) -> None:
    flow = parse_flow({**CART, "steps": [{"kind": "wait", "key": "w", **document}]})
    step = flow.steps[0]
    assert isinstance(step, Wait)
    zone = Zone("UTC")
    assert wait_until(step, parse_instant(now), zone, zone) == parse_instant(until)
