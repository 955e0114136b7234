"""A real store's cart log with a three-mail flow: its mails are those that a plain script works
out, to the millisecond, and none goes to a visitor after the order.

The log names nobody, so every visitor is given an address; the mails are service messages there,
as it tells nothing of consent either. What must never happen is looked for in the raw rows, without
Cartback.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import msgspec
import pytest

from cartback.domain.advance import advance, new_profile
from cartback.domain.effect import Decided, Effect, Queued, Reason
from cartback.domain.event import Event, Identifier, IdentifierKind
from cartback.domain.flow import parse_flow
from cartback.domain.instant import DAY, HOUR, Instant
from cartback.domain.rules import FlowVersion, Settings
from cartback.domain.ruleset import compile_rules, make_rules
from tests.conftest import Counted
from tests.scenarios import cart_log, cart_series
from tests.scenarios.test_real_carts import log_events

SERIES = parse_flow(
    {
        "name": "Three mails",
        "trigger": {"kind": "cart_abandoned"},
        "steps": [
            {"kind": "email", "key": "help", "template": "help", "purpose": "transactional"},
            {"kind": "wait", "key": "one", "for": "1 day"},
            {"kind": "email", "key": "proof", "template": "proof", "purpose": "transactional"},
            {"kind": "wait", "key": "two", "for": "2 days"},
            {"kind": "email", "key": "offer", "template": "offer", "purpose": "transactional"},
        ],
    }
)


@pytest.mark.needs_shared_data
def test_the_mails_of_a_real_log_are_those_of_a_plain_script_and_none_goes_after_the_order(
    real_data: Path, counted: Counted
) -> None:
    path = real_data / "retailrocket" / "replay_log.csv.gz"
    rows = cart_log.read_rows(path)
    lives: dict[str, list[Event]] = defaultdict(list)
    for event in log_events(path, 1):
        visitor = event.identifiers[0].value
        address = Identifier(IdentifierKind.EMAIL, f"{visitor}@example.com")
        lives[visitor].append(msgspec.structs.replace(event, identifiers=(address,)))
    live = compile_rules(make_rules(None, Settings(), (), (FlowVersion("series", 1, SERIES),)))
    end = rows[-1].at + 30 * DAY
    sent: dict[str, list[Queued]] = {}
    decided: Counter[tuple[str, str]] = Counter()
    for visitor, history in lives.items():
        profile, effects = new_profile(1, live), list[Effect]()
        for event in history:
            profile, new = advance(profile, (event,), event.received, live, 1)
            effects += new
        profile, new = advance(profile, (), end, live, 1)
        effects += new
        assert profile.runs == {}
        sent[visitor] = [one for one in effects if isinstance(one, Queued)]
        decided.update((one.what, one.reason) for one in effects if isinstance(one, Decided))
    added, ordered = _times(rows)
    for visitor, mails in sent.items():
        for mail in mails:
            touched = max(at for at in added[visitor, mail.run.cart] if at <= mail.at)
            assert mail.at >= touched + HOUR
            assert not [at for at in ordered[visitor] if touched <= at <= mail.at]
    total, put_off, by_order = _as_the_plain_script_says(rows, end, sent, decided)
    counted(f"{total:,} mails, {put_off:,} put off, {by_order:,} ended by an order")


def _as_the_plain_script_says(
    rows: list[cart_log.Row],
    end: Instant,
    sent: dict[str, list[Queued]],
    decided: Counter[tuple[str, str]],
) -> tuple[int, int, int]:
    """To the very millisecond; how many mails, how many put off, how many ended by an order."""
    plain = cart_series.reminders(rows, end)
    for visitor, mails in sent.items():
        found = [cart_series.Mail(visitor, one.run.cart, one.step, one.at) for one in mails]
        assert sorted(found) == sorted(plain[visitor].sent)
    total = sum(map(len, sent.values()))
    caps = (Reason.FREQUENCY_CAP, Reason.WEEKLY_BUDGET)
    put_off = sum(decided["held", one] for one in caps)
    by_order = decided["ended", Reason.ORDERED] + decided["ended", Reason.FILTERED]
    assert decided["sent", Reason.READY] == total == 61_095
    assert put_off == sum(one.put_off for one in plain.values()) == 3_117
    assert by_order == sum(one.ended for one in plain.values()) == 899
    return total, put_off, by_order


def _times(
    rows: list[cart_log.Row],
) -> tuple[dict[tuple[str, str], list[Instant]], dict[str, list[Instant]]]:
    """When each visitor put something into each cart, and when each ordered, as the rows say."""
    added: dict[tuple[str, str], list[Instant]] = defaultdict(list)
    ordered: dict[str, list[Instant]] = defaultdict(list)
    for row in rows:
        if row.event == cart_log.ADDED:
            added[row.visitor, row.session].append(row.at)
        elif row.event == cart_log.ORDERED:
            ordered[row.visitor].append(row.at)
    return added, ordered
