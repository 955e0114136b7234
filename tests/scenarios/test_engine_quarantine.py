"""A rule that fails for one person: the event is kept and shown, and nobody else is held up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from cartback.domain.event import IdentifierKind
from cartback.domain.instant import DAY, HOUR, MINUTE, WEEK, Instant
from cartback.domain.leaf import Counted
from cartback.domain.profile import Profile
from cartback.domain.verdict import Verdict
from cartback.engine import backfill as backfilling
from cartback.engine import left_behind as left
from cartback.engine.adoption import adopted
from cartback.engine.erasing import erase
from cartback.engine.intake import Receipt
from cartback.engine.left_behind import Behind, LeftBehind
from cartback.engine.log_ports import LoggedEvent, Quarantined
from cartback.engine.people import CannotMerge, merge_by_hand, undo_merge
from cartback.engine.quarantine import Retried, catch_up, retry
from cartback.store.events import row_of
from cartback.store.sql import Row
from cartback.web.figures import Figures
from tests.scenarios.engine_shop import (
    ABANDONERS,
    MONDAY,
    EngineShop,
    check_consistency,
    did,
    event,
    people,
    segment,
)

BUYERS = segment("buyers", did("Placed Order"))


class Fault:
    """A rule's bug, which shows with one person only, until it is mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._judge = Counted.judge

    def breaks(self, who: str = "mallory") -> None:
        judge = self._judge

        def failing(
            leaf: Counted, profile: Profile, now: Instant, run_start: Instant | None
        ) -> Verdict:
            name = profile.names.get(IdentifierKind.ANONYMOUS)
            if name is not None and name.value == who:
                raise ZeroDivisionError(f"a bug with {who}")
            return judge(leaf, profile, now, run_start)

        self._monkeypatch.setattr(Counted, "judge", failing)

    def is_mended(self) -> None:
        self._monkeypatch.setattr(Counted, "judge", self._judge)


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> Fault:
    return Fault(monkeypatch)


def waiting(shop: EngineShop) -> Sequence[Quarantined]:
    with shop.store.reading() as reading:
        found = reading.quarantined(shop.id, 100)
    assert shop.counts()["quarantined"] == len(found)
    return found


def retried(shop: EngineShop) -> Retried:
    return retry(shop.store, shop.rulebook, shop.id, shop.now)


def behind(shop: EngineShop) -> LeftBehind:
    with shop.store.reading() as reading:
        return left.left_behind(reading, shop.id)


def caught_up(shop: EngineShop) -> tuple[int, LeftBehind]:
    return catch_up(shop.store, shop.rulebook, shop.id, shop.now)


def test_an_event_that_makes_a_rule_fail_is_kept_and_shown_and_blocks_nobody(
    shop: EngineShop, rule: Fault
) -> None:
    shop.has(BUYERS)
    rule.breaks()
    receipt = shop.send(
        event("ada", "Placed Order", MONDAY),
        event("mallory", "Placed Order", MONDAY, id="bad"),
        event("bob", "Placed Order", MONDAY),
    )
    assert receipt == Receipt(3)
    assert shop.members("buyers") == {"ada", "bob"}
    [one] = waiting(shop)
    assert one.error == "ZeroDivisionError: a bug with mallory"
    assert (one.profile, one.at) == (shop.profile_of("mallory"), MONDAY)
    assert [it.event.id for it in shop.log() if it.seq == one.seq] == ["bad"]
    assert shop.send(event("mallory", "Placed Order", MONDAY, id="bad")) == Receipt(0, 1)


def test_what_waited_is_applied_when_the_rule_is_mended(shop: EngineShop, rule: Fault) -> None:
    shop.has(BUYERS)
    shop.has(ABANDONERS)
    rule.breaks()
    shop.happens("mallory", "Checkout Started")
    shop.passes(MINUTE)
    shop.happens("mallory", "Placed Order")
    assert len(waiting(shop)) == 2
    stuck = retried(shop)
    assert stuck.released == 0
    assert {one.error for one in stuck.failing} == {"ZeroDivisionError: a bug with mallory"}
    assert len(waiting(shop)) == 2
    rule.is_mended()
    shop.passes(DAY)
    assert retried(shop) == Retried(2, ())
    assert waiting(shop) == []
    assert shop.members("buyers") == {"mallory"}
    assert shop.members("abandoners") == set()
    with shop.store.reading() as reading:
        assert all(move.quiet for _, move in reading.moves(shop.id))
    assert retried(shop) == Retried(0, ())


def test_once_applied_everything_goes_on_as_if_it_had_never_waited(
    shop: EngineShop, rule: Fault
) -> None:
    shop.has(ABANDONERS)
    rule.breaks()
    shop.happens("mallory", "Checkout Started")
    rule.is_mended()
    shop.happens("mallory", "Viewed Product")  # while the other one waits
    retried(shop)
    assert shop.members("abandoners") == {"mallory"}
    shop.wakes(MONDAY + WEEK - 1)
    assert shop.members("abandoners") == {"mallory"}
    shop.wakes(MONDAY + WEEK)
    assert shop.members("abandoners") == set()


def test_what_cannot_be_written_of_one_holds_up_nobody_who_is_due(
    shop: EngineShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.has(segment("left", did("Cart Abandoned")))
    for who in ("ada", "mallory", "bob"):
        shop.happens(who, "Added to Cart", product_id="mug")
    mallory = shop.profile_of("mallory")

    def spoilt(logged: LoggedEvent) -> Row:
        if logged.profile == mallory and logged.event.metric == "Cart Abandoned":
            raise OverflowError("too large a number")
        return row_of(logged)

    with monkeypatch.context() as broken:
        broken.setattr("cartback.store.log.row_of", spoilt)
        shop.wakes(MONDAY + HOUR)
        assert shop.members("left") == {"ada", "bob"}
        shop.happens("ada", "Placed Order")
    shop.wakes(MONDAY + 2 * HOUR)
    assert shop.members("left") == {"ada", "bob", "mallory"}


def test_who_cannot_be_woken_holds_up_nobody_and_is_tried_again(
    shop: EngineShop, rule: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    shop.has(ABANDONERS)
    for who in ("ada", "mallory", "bob"):
        shop.happens(who, "Checkout Started")
    rule.breaks()
    shop.wakes(MONDAY + WEEK)
    assert shop.members("abandoners") == {"mallory"}
    assert "a bug with mallory" in caplog.text
    rule.is_mended()
    shop.wakes(MONDAY + WEEK + HOUR)
    assert shop.members("abandoners") == set()


def test_a_back_fill_is_not_held_up_by_one_person(
    shop: EngineShop, rule: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    for who in ("ada", "mallory", "bob"):
        shop.happens(who, "Placed Order")
    rule.breaks()
    shop.has(BUYERS)
    assert shop.status("buyers") == "live"
    assert shop.members("buyers") == {"ada", "bob"}
    assert "a bug with mallory" in caplog.text
    shop.happens("mallory", "Viewed Product")
    assert len(waiting(shop)) == 1
    shop.passes(HOUR)
    rule.is_mended()
    shop.passes(HOUR)
    assert shop.members("buyers") == {"ada", "bob", "mallory"}, "it is tried again by itself"
    assert retried(shop).released == 1


def test_whom_a_back_fill_leaves_behind_is_counted_until_they_catch_up(
    shop: EngineShop, rule: Fault
) -> None:
    for who in ("ada", "mallory", "bob"):
        shop.happens(who, "Placed Order")
    assert behind(shop) == LeftBehind(0, [])
    rule.breaks()
    shop.has(BUYERS)
    mallory = Behind(shop.profile_of("mallory"), shop.now, "ZeroDivisionError: a bug with mallory")
    assert behind(shop) == LeftBehind(1, [mallory])
    assert caught_up(shop) == (0, LeftBehind(1, [mallory]))
    text = Figures(shop.store, lambda: shop.now).text().decode()
    assert f'cartback_left_behind{{shop="{shop.id}"}} 1.0' in text
    rule.is_mended()
    assert caught_up(shop) == (1, LeftBehind(0, []))
    assert shop.members("buyers") == {"ada", "bob", "mallory"}
    assert behind(shop) == LeftBehind(0, [])


def test_who_is_left_behind_catches_up_by_themselves(shop: EngineShop, rule: Fault) -> None:
    shop.happens("mallory", "Placed Order")
    rule.breaks()
    shop.has(BUYERS)
    rule.is_mended()
    shop.passes(HOUR)
    assert shop.members("buyers") == {"mallory"}
    assert behind(shop).number == 0


def test_very_many_who_are_left_behind_are_counted_and_tried_again_by_a_back_fill(
    shop: EngineShop, rule: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left, "MOST_NAMED", 1)
    monkeypatch.setattr(backfilling, "AT_ONCE", 2)
    with monkeypatch.context() as broken:
        broken.setattr(Counted, "judge", None)
        for number in range(5):
            shop.happens(f"buyer-{number}", "Placed Order")
        shop.has(BUYERS)
    assert (behind(shop).number, len(behind(shop).named)) == (5, 1)
    assert caught_up(shop)[0] == 1
    shop.catches_up()
    assert behind(shop).number == 0
    assert len(shop.members("buyers")) == 5


def test_an_event_of_somebody_who_is_being_left_behind_stays_theirs(
    shop: EngineShop, rule: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.happens("mallory", "Placed Order")
    rule.breaks()
    work_out = adopted

    def then_an_event_comes(*arguments: Any) -> Any:  # noqa: ANN401  as it is
        found = work_out(*arguments)
        monkeypatch.setattr(backfilling, "adopted", work_out)
        shop.happens("mallory", "Viewed Product")
        return found

    monkeypatch.setattr(backfilling, "adopted", then_an_event_comes)
    shop.has(BUYERS)
    check_consistency(shop.store, shop.id)
    assert behind(shop).number == len(waiting(shop)) == 1


def test_who_is_erased_is_not_left_behind(shop: EngineShop, rule: Fault) -> None:
    shop.happens("mallory", "Placed Order")
    rule.breaks()
    shop.has(BUYERS)
    erase(shop.store, shop.id, shop.profile_of("mallory"))
    assert behind(shop).number == 0
    with shop.store.reading() as reading:
        assert b"mallory" not in (reading.note(f"left_behind:{shop.id}") or b"")


def test_who_is_behind_and_cannot_be_woken_holds_up_nobody(shop: EngineShop, rule: Fault) -> None:
    shop.has(ABANDONERS)
    for who in ("ada", "mallory", "bob"):
        shop.happens(who, "Checkout Started")
    rule.breaks()
    shop.has(BUYERS)
    shop.wakes(MONDAY + WEEK)
    assert shop.members("abandoners") == {"mallory"}
    rule.is_mended()
    shop.passes(HOUR)
    assert shop.members("abandoners") == set()


def test_a_tie_to_somebody_for_whom_a_rule_fails_holds_up_nobody(
    shop: EngineShop, rule: Fault
) -> None:
    shop.has(BUYERS)
    shop.happens("mallory", "Placed Order")
    shop.happens("eve", "Placed Order")
    rule.breaks()
    receipt = shop.send(
        event("ada", "Placed Order", MONDAY),
        event("mallory eve", "Viewed Product", MONDAY),
        event("bob", "Placed Order", MONDAY),
    )
    assert receipt == Receipt(3)
    assert shop.members("buyers") == {"ada", "bob", "eve", "mallory"}
    check_consistency(shop.store, shop.id)
    two = shop.profile_of("mallory"), shop.profile_of("eve")
    with pytest.raises(CannotMerge, match="a bug with mallory"):
        merge_by_hand(shop.store, shop.rulebook, shop.id, *two, shop.now)
    rule.is_mended()
    retried(shop)
    shop.happens("mallory eve", "Viewed Product")
    assert shop.profile_of("mallory") == shop.profile_of("eve")


def test_what_waited_for_somebody_who_was_merged_since_is_applied(
    shop: EngineShop, rule: Fault
) -> None:
    shop.has(BUYERS)
    shop.happens("ada", "Viewed Product")
    rule.breaks()
    shop.happens("mallory", "Placed Order")
    rule.is_mended()
    shop.happens("ada mallory", "Viewed Product")
    assert shop.profile_of("mallory") == shop.profile_of("ada")
    assert shop.members("buyers") == set()
    assert retried(shop).released == 1
    assert waiting(shop) == []
    assert shop.members("buyers") == {"ada"}


def test_what_waits_does_not_hinder_undoing_a_merge_and_goes_with_its_person(
    shop: EngineShop, rule: Fault
) -> None:
    shop.has(BUYERS)
    shop.happens("ada", "Viewed Product")
    shop.happens("mallory", "Viewed Product")
    shop.happens("ada mallory", "Viewed Product")
    rule.breaks()
    shop.happens("mallory", "Placed Order", id="bad")
    rule.is_mended()
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    assert shop.members("buyers") == set()
    [one] = waiting(shop)
    assert one.profile == shop.profile_of("mallory")
    assert retried(shop).released == 1
    assert shop.members("buyers") == {"mallory"}


def test_who_is_erased_leaves_nothing_in_quarantine(shop: EngineShop, rule: Fault) -> None:
    shop.has(BUYERS)
    rule.breaks()
    shop.happens("mallory", "Placed Order")
    erase(shop.store, shop.id, shop.profile_of("mallory"))
    assert waiting(shop) == []
    rule.is_mended()
    assert retried(shop) == Retried(0, ())
    assert people(shop.store, shop.id) == {}


def test_a_stranger_sees_and_retries_nothing_of_ours(shop: EngineShop, rule: Fault) -> None:
    shop.has(BUYERS)
    with shop.store.transaction() as tx:
        other = EngineShop(shop.store, tx.add_shop("another", 0))
    rule.breaks()
    shop.happens("mallory", "Placed Order")
    rule.is_mended()
    shop.has(segment("lookers", did("Viewed Product")))
    assert behind(shop).number == 0, "it fails no more"
    assert behind(other).number == caught_up(other)[0] == 0
    assert waiting(other) == []
    assert retried(other) == Retried(0, ())
    assert len(waiting(shop)) == 1
