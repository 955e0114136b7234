"""Segments made, changed and archived while the shop goes on; nobody ever reads half of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from cartback.domain.advance import trimmed
from cartback.domain.event import Json
from cartback.domain.instant import DAY, HOUR, MINUTE, WEEK
from cartback.domain.memory import QuestionKey, Remembered
from cartback.domain.profile import Profile
from cartback.domain.rules import Settings
from cartback.engine import backfill as backfilling
from cartback.engine.backfill import Progress, backfill, is_needed, note_failure
from cartback.engine.rules_change import change_settings
from cartback.engine.segment_document import BadSegment
from cartback.engine.segments import (
    ArchivedSegment,
    KeyOfArchived,
    NoSuchSegment,
    ReferredTo,
    SegmentExists,
    StaleSegment,
    archive_segment,
    change_segment,
    create_segment,
    restore_segment,
)
from tests.scenarios.engine_shop import (
    ABANDONERS,
    MONDAY,
    EngineShop,
    did,
    event,
    every,
    people,
    segment,
)

BUYERS = segment("buyers", did("Placed Order"))


def inside(key: str, within: str = "") -> dict[str, Json]:
    """A condition: is in another segment."""
    document: dict[str, Json] = {"kind": "in_segment", "segment": key}
    if within:
        document["joined"] = {"kind": "last", "duration": within}
    return document


def steps(shop: EngineShop) -> Iterator[Progress]:
    return backfill(shop.store, shop.rulebook, shop.id, lambda: shop.now)


@pytest.fixture
def three_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A back-fill takes many steps also in a small shop."""
    monkeypatch.setattr(backfilling, "AT_ONCE", 3)


def test_the_first_segment_of_a_shop_has_members_from_before_it(shop: EngineShop) -> None:
    shop.happens("ada", "Placed Order")
    shop.passes(DAY)
    shop.has(BUYERS)
    assert shop.members("buyers") == {"ada"}
    assert shop.moves("buyers") == [("ada", MONDAY + DAY, True)]


def test_a_further_segment_too_and_its_members_leave_when_it_is_time(shop: EngineShop) -> None:
    shop.has(BUYERS)
    shop.happens("ada", "Checkout Started")
    shop.happens("bob", "Checkout Started")
    shop.happens("bob", "Placed Order")
    shop.passes(DAY)
    shop.has(ABANDONERS)
    assert shop.members("abandoners") == {"ada"}
    shop.wakes(MONDAY + WEEK - 1)
    assert shop.members("abandoners") == {"ada"}
    shop.wakes(MONDAY + WEEK)
    assert shop.members("abandoners") == set()


def test_back_fill_starts_nothing(shop: EngineShop) -> None:
    shop.happens("ada", "Placed Order")
    shop.has(BUYERS)
    with shop.store.reading() as reading:
        assert [move.quiet for _, move in reading.moves(shop.id)] == [True]


@pytest.mark.usefixtures("three_at_once")
def test_while_it_is_built_the_shop_goes_on_and_readers_see_building(shop: EngineShop) -> None:
    for number in range(10):
        shop.happens(f"buyer-{number}", "Placed Order")
    create_segment(shop.store, shop.id, BUYERS, shop.now)
    assert shop.status("buyers") == "building"
    work = steps(shop)
    assert next(work) == Progress(3, 10)
    shop.now += MINUTE
    shop.happens("buyer-9", "Viewed Product")  # behind, and brought to the rules at once
    shop.happens("newcomer", "Placed Order")
    shop.happens("buyer-0 buyer-7", "Identified")  # one done and one behind become one
    assert shop.status("buyers") == "building"
    while shop.status("buyers") == "building":
        next(work)
    assert shop.members("buyers") >= {f"buyer-{number}" for number in range(1, 7)}
    assert len(shop.members("buyers")) == 10
    assert list(work) == []


@pytest.mark.usefixtures("three_at_once")
def test_who_was_interrupted_goes_on_where_it_was(shop: EngineShop) -> None:
    for number in range(10):
        shop.happens(f"buyer-{number}", "Placed Order")
    create_segment(shop.store, shop.id, BUYERS, shop.now)
    for done in (3, 6, 9):
        assert is_needed(shop.store, shop.id)
        assert next(steps(shop)) == Progress(done, 10)  # and no more: it was interrupted
    assert shop.status("buyers") == "building"
    assert list(steps(shop)) == [Progress(10, 10)]
    assert shop.status("buyers") == "live"
    assert not is_needed(shop.store, shop.id)


def test_a_segment_that_failed_is_tried_again_and_begins_anew_when_it_is_changed(
    shop: EngineShop,
) -> None:
    def fails() -> tuple[str, str]:
        note_failure(shop.store, shop.id, OSError("no disk"))
        return told()

    def told() -> tuple[str, str]:
        with shop.store.reading() as reading:
            row = reading.segment(shop.id, "buyers")
        assert row is not None
        return row.status, row.error

    create_segment(shop.store, shop.id, BUYERS, shop.now)
    assert fails() == ("failed", "OSError: no disk")
    assert is_needed(shop.store, shop.id)
    change_segment(shop.store, shop.id, BUYERS, shop.now)
    assert told() == ("building", "")
    assert fails() == ("failed", "OSError: no disk")
    shop.catches_up()
    assert told() == ("live", "")
    assert fails() == ("live", ""), "it has its members"
    change_segment(shop.store, shop.id, BUYERS, shop.now)
    assert fails() == ("failed", "OSError: no disk")
    archive_segment(shop.store, shop.id, "buyers", shop.now)
    assert told() == ("archived", "")


@pytest.mark.usefixtures("three_at_once")
def test_a_change_in_the_middle_begins_anew_with_the_last_word(shop: EngineShop) -> None:
    for number in range(10):
        shop.happens(f"buyer-{number}", "Placed Order" if number % 2 else "Viewed Product")
    create_segment(shop.store, shop.id, BUYERS, shop.now)
    work = steps(shop)
    next(work)
    change_segment(shop.store, shop.id, segment("buyers", did("Viewed Product")), shop.now)
    assert list(work) == [], "whoever works with the rules of before stops"
    shop.catches_up()
    assert shop.members("buyers") == {f"buyer-{number}" for number in range(0, 10, 2)}


def test_a_segment_made_later_equals_one_that_was_always_there(shop: EngineShop) -> None:
    documents = [
        ABANDONERS,
        segment("often", did("Viewed Product", "2 days", at_least=2)),
        segment("left", did("Cart Abandoned")),
    ]
    with shop.store.transaction() as tx:
        always = EngineShop(shop.store, tx.add_shop("always", 0))
    for document in documents:
        always.has(document)
    story = [
        event(f"person-{number % 5}", metric, MONDAY + number * HOUR, product_id="mug")
        for number, metric in enumerate(
            ["Viewed Product", "Added to Cart", "Checkout Started", "Placed Order"] * 6
        )
    ]
    for one in (always, shop):
        one.send(*story)
        one.wakes(MONDAY + 2 * DAY)
    for document in documents:
        shop.has(document)
    for _ in range(10):
        for one in (always, shop):
            one.passes(DAY)
        for document in documents:
            assert shop.members(document["key"]) == always.members(document["key"])
    ours, theirs = people(shop.store, shop.id), people(always.store, always.id)
    for who, known in ours.items():
        assert remembered(shop, known.state) == remembered(always, theirs[who].state)
        assert known.memberships.keys() == theirs[who].memberships.keys()


def remembered(shop: EngineShop, state: Profile) -> Mapping[QuestionKey, Remembered]:
    """Its memory, without what no answer can need any more."""
    with shop.store.reading() as reading:
        rules = shop.rulebook.of(reading, shop.id)
    draft = state.copy()
    draft.clock = shop.now
    return trimmed(draft, rules).memory


# --- changing -------------------------------------------------------------------------------


def test_a_changed_segment_keeps_who_stays_and_moves_the_others(shop: EngineShop) -> None:
    shop.has(segment("fans", did("Viewed Product")))
    shop.happens("ada", "Viewed Product")
    shop.happens("bob", "Viewed Product")
    shop.happens("bob", "Placed Order")
    shop.happens("eve", "Placed Order")
    shop.passes(DAY)
    row = shop.changes(segment("fans", did("Placed Order")))
    assert row.version == 2
    assert shop.members("fans") == {"bob", "eve"}
    with shop.store.reading() as reading:
        since = dict(reading.members(shop.id, "fans"))
    assert since[shop.profile_of("bob")] == MONDAY, "a member since when it was"
    assert since[shop.profile_of("eve")] == MONDAY + DAY


def test_a_change_moves_nobody_who_stays_also_where_something_was_overdue(
    shop: EngineShop,
) -> None:
    shop.has(segment("carts", {"kind": "cart"}))
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.now += 2 * HOUR  # nobody woke
    shop.changes(segment("carts", {"kind": "cart", "items": {"at_least": 1}}))
    assert shop.moves("carts") == [("ada", MONDAY, True)]
    assert shop.metrics() == ["Added to Cart", "Cart Abandoned"]


def test_of_two_who_edit_the_second_is_told(shop: EngineShop) -> None:
    shop.has(BUYERS)
    first = change_segment(
        shop.store, shop.id, segment("buyers", did("Viewed Product")), shop.now, expected=1
    )
    assert first.version == 2
    with pytest.raises(StaleSegment, match="version 2"):
        change_segment(shop.store, shop.id, BUYERS, shop.now, expected=1)
    change_segment(shop.store, shop.id, BUYERS, shop.now, expected=2)
    shop.catches_up()


def test_a_key_is_taken_once(shop: EngineShop) -> None:
    shop.has(BUYERS)
    with pytest.raises(SegmentExists):
        create_segment(shop.store, shop.id, BUYERS, shop.now)


def test_an_unknown_segment_cannot_be_changed_or_archived(shop: EngineShop) -> None:
    for act in (
        lambda: change_segment(shop.store, shop.id, segment("none", did("X")), shop.now),
        lambda: archive_segment(shop.store, shop.id, "none", shop.now),
    ):
        with pytest.raises(NoSuchSegment):
            act()


def test_a_stranger_cannot_change_our_segment(shop: EngineShop) -> None:
    shop.has(BUYERS)
    with shop.store.transaction() as tx:
        other = tx.add_shop("another", 0)
    with pytest.raises(NoSuchSegment):
        change_segment(shop.store, other, BUYERS, shop.now)
    with pytest.raises(NoSuchSegment):
        archive_segment(shop.store, other, "buyers", shop.now)


# --- archiving ------------------------------------------------------------------------------


def test_an_archived_segment_has_no_members_and_keeps_its_history(shop: EngineShop) -> None:
    shop.has(BUYERS)
    shop.happens("ada", "Placed Order")
    archive_segment(shop.store, shop.id, "buyers", shop.now)
    assert shop.status("buyers") == "archived"
    assert shop.members("buyers") == set()
    assert shop.moves("buyers") == [("ada", MONDAY, True)]
    shop.now += DAY
    shop.catches_up()
    assert shop.moves("buyers") == [("ada", MONDAY, True), ("ada", MONDAY + DAY, False)]
    shop.happens("bob", "Placed Order")
    assert shop.members("buyers") == set()
    with pytest.raises(NoSuchSegment):
        archive_segment(shop.store, shop.id, "buyers", shop.now)


def test_a_restored_segment_has_its_members_again(shop: EngineShop) -> None:
    shop.has(BUYERS)
    shop.happens("ada", "Placed Order")
    shop.happens("bob", "Placed Order")
    archive_segment(shop.store, shop.id, "buyers", shop.now)
    shop.happens("bob", "Viewed Product")  # brought to the rules without the segment
    shop.now += DAY
    with pytest.raises(KeyOfArchived, match="restore it, or take another key"):
        create_segment(shop.store, shop.id, BUYERS, shop.now)
    with pytest.raises(ArchivedSegment, match="restore it first"):
        change_segment(shop.store, shop.id, BUYERS, shop.now)
    assert restore_segment(shop.store, shop.id, "buyers", shop.now).version == 2
    shop.catches_up()
    assert shop.members("buyers") == {"ada", "bob"}
    shop.happens("eve", "Placed Order")
    assert shop.members("buyers") == {"ada", "bob", "eve"}


# --- segments of segments -------------------------------------------------------------------


def test_a_segment_may_refer_to_another(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.has(segment("again", every(inside("abandoners"), did("Viewed Product", "1 day"))))
    shop.happens("ada", "Checkout Started")
    assert shop.members("again") == set()
    shop.happens("ada", "Viewed Product")
    assert shop.members("again") == {"ada"}
    shop.happens("ada", "Placed Order")
    assert shop.members("again") == set()


def test_who_joined_another_segment_lately_leaves_when_that_is_long_ago(shop: EngineShop) -> None:
    shop.has(BUYERS)
    shop.has(segment("new-buyers", inside("buyers", "2 days")))
    shop.happens("ada", "Placed Order")
    assert shop.members("new-buyers") == {"ada"}
    shop.wakes(MONDAY + 2 * DAY - 1)
    assert shop.members("new-buyers") == {"ada"}
    shop.wakes(MONDAY + 2 * DAY)
    assert shop.members("new-buyers") == set()


def test_who_refers_to_a_changed_segment_is_built_again_with_it(shop: EngineShop) -> None:
    shop.has(BUYERS)
    shop.has(segment("others", {"kind": "not", "of": inside("buyers")}))
    shop.happens("ada", "Placed Order")
    shop.happens("bob", "Viewed Product")
    assert shop.members("others") == {"bob"}
    change_segment(shop.store, shop.id, segment("buyers", did("Viewed Product")), shop.now)
    assert shop.status("others") == "building", "its meaning has changed as well"
    shop.catches_up()
    assert shop.status("others") == "live"
    assert (shop.members("buyers"), shop.members("others")) == ({"bob"}, {"ada"})


def test_a_segment_cannot_refer_to_itself_or_to_none_or_to_an_archived_one(
    shop: EngineShop,
) -> None:
    shop.has(BUYERS)
    with pytest.raises(BadSegment, match="refers to itself"):
        change_segment(shop.store, shop.id, segment("buyers", inside("buyers")), shop.now)
    shop.has(segment("second", inside("buyers")))
    with pytest.raises(BadSegment, match="refers to itself"):
        change_segment(shop.store, shop.id, segment("buyers", inside("second")), shop.now)
    with pytest.raises(BadSegment, match="no segment"):
        create_segment(shop.store, shop.id, segment("third", inside("none")), shop.now)
    with pytest.raises(ReferredTo, match="segment 'second' refers to it"):
        archive_segment(shop.store, shop.id, "buyers", shop.now)
    archive_segment(shop.store, shop.id, "second", shop.now)
    with pytest.raises(BadSegment, match="no segment"):
        create_segment(shop.store, shop.id, segment("third", inside("second")), shop.now)
    archive_segment(shop.store, shop.id, "buyers", shop.now)
    assert (shop.status("buyers"), shop.status("second")) == ("archived", "archived")


def test_after_a_refusal_everything_is_as_before(shop: EngineShop) -> None:
    shop.has(BUYERS)
    shop.happens("ada", "Placed Order")
    for document in (
        segment("buyers", {"kind": "did"}),
        segment("buyers", inside("buyers")),
        {"key": "Not A Key", "name": "x", "when": did("X")},
        {"key": "buyers", "name": "", "when": did("X")},
        {"key": "buyers", "name": "x", "when": did("X"), "wen": 1},
        ["no", "segment"],
    ):
        with pytest.raises(BadSegment):
            change_segment(shop.store, shop.id, document, shop.now)
    assert shop.status("buyers") == "live"
    assert not is_needed(shop.store, shop.id)
    assert shop.members("buyers") == {"ada"}


# --- settings -------------------------------------------------------------------------------


def test_new_settings_build_every_segment_again_and_the_same_ones_none(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.has(BUYERS)
    shop.happens("ada", "Checkout Started")
    change_settings(shop.store, shop.id, Settings(), shop.now)
    assert shop.status("abandoners") == "live"
    change_settings(shop.store, shop.id, Settings(zone="Asia/Seoul"), shop.now)
    assert (shop.status("abandoners"), shop.status("buyers")) == ("building", "building")
    shop.catches_up()
    assert (shop.status("abandoners"), shop.status("buyers")) == ("live", "live")
    assert shop.members("abandoners") == {"ada"}
    assert shop.moves("abandoners") == [("ada", MONDAY, True)], "who stays has not moved"


@pytest.mark.usefixtures("three_at_once")
def test_an_archive_in_the_middle_of_new_settings_does_not_stop_them(shop: EngineShop) -> None:
    shop.has(BUYERS)
    for number in range(10):
        shop.happens(f"cart-{number}", "Added to Cart", product_id="mug")
    change_settings(shop.store, shop.id, Settings(cart_idle="10 minutes"), shop.now)
    next(steps(shop))
    archive_segment(shop.store, shop.id, "buyers", shop.now)
    assert is_needed(shop.store, shop.id)
    shop.catches_up()
    shop.passes(10 * MINUTE)
    assert shop.metrics().count("Cart Abandoned") == 10
