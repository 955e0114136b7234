"""Looking at segments: their versions, who would be inside, how they grew, and why."""

from __future__ import annotations

import msgspec
import pytest

from cartback.domain.advance import advance
from cartback.domain.condition import parse_condition
from cartback.domain.event import Json
from cartback.domain.instant import DAY, HOUR, WEEK, Zone, parse_instant
from cartback.engine.explaining import explain_one, memberships_of
from cartback.engine.growth import MOST_DAYS, BadPeriod, Span, count_moves, growth, sizes
from cartback.engine.people import show
from cartback.engine.preview import NoCounter, preview
from cartback.engine.segment_document import BadSegment
from cartback.engine.segments import (
    NoSuchSegment,
    SegmentExists,
    archive_segment,
    change_segment,
    create_segment,
    restore_segment,
)
from cartback.engine.timeline import timeline
from tests.scenarios.engine_shop import ABANDONERS, MONDAY, EngineShop, did, segment

BUYERS = segment("buyers", did("Placed Order"))


# --- versions and restoring -------------------------------------------------------------------


def test_every_definition_is_kept_with_who_gave_it(shop: EngineShop) -> None:
    create_segment(shop.store, shop.id, BUYERS, shop.now, by="key:1")
    again = segment("buyers", did("Placed Order", "1 day"))
    change_segment(shop.store, shop.id, again, shop.now + HOUR, by="key:2")
    archive_segment(shop.store, shop.id, "buyers", shop.now + HOUR)
    restore_segment(shop.store, shop.id, "buyers", shop.now + DAY, by="key:3")
    with shop.store.reading() as reading:
        versions = reading.segment_versions(shop.id, "buyers", 99, 99)
    assert [(one.version, one.by, one.at - MONDAY) for one in versions] == [
        (3, "key:3", DAY),
        (2, "key:2", HOUR),
        (1, "key:1", 0),
    ]
    assert versions[0].document == versions[1].document != versions[2].document
    assert parse_condition(msgspec.json.decode(versions[2].document)) == parse_condition(
        BUYERS["when"]
    )
    shop.catches_up()


def test_what_is_restored_has_its_members_again(shop: EngineShop) -> None:
    shop.has(BUYERS)
    shop.happens("ada", "Placed Order")
    archive_segment(shop.store, shop.id, "buyers", shop.now)
    shop.catches_up()
    shop.happens("bob", "Placed Order")
    assert restore_segment(shop.store, shop.id, "buyers", shop.now).status == "building"
    shop.catches_up()
    assert shop.members("buyers") == {"ada", "bob"}


def test_what_cannot_be_restored_says_why(shop: EngineShop) -> None:
    shop.has(BUYERS)
    with pytest.raises(SegmentExists):
        restore_segment(shop.store, shop.id, "buyers", shop.now)
    with pytest.raises(NoSuchSegment):
        restore_segment(shop.store, shop.id, "none", shop.now)
    with shop.store.transaction() as tx:
        other = tx.add_shop("another", 0)
    with pytest.raises(NoSuchSegment):
        restore_segment(shop.store, other, "buyers", shop.now)
    shop.has(segment("others", {"kind": "in_segment", "segment": "buyers"}))
    for key in ("others", "buyers"):
        archive_segment(shop.store, shop.id, key, shop.now)
    with pytest.raises(BadSegment, match="restore that first"):
        restore_segment(shop.store, shop.id, "others", shop.now)
    shop.catches_up()


def test_a_name_without_latin_letters_makes_a_key_that_stays(shop: EngineShop) -> None:
    document: dict[str, Json] = {"name": "장바구니 🛒", "when": did("Placed Order")}
    row = create_segment(shop.store, shop.id, document, shop.now)
    assert row.name == document["name"]
    changed = change_segment(shop.store, shop.id, document, shop.now)
    assert (changed.key, changed.version) == (row.key, 2)
    shop.catches_up()


# --- before anything is saved -----------------------------------------------------------------


def test_who_would_be_inside_is_counted(shop: EngineShop) -> None:
    for number in range(7):
        shop.happens(f"device-{number}", "Checkout Started")
    shop.happens("device-6", "Placed Order")
    condition = parse_condition(ABANDONERS["when"])
    steps: list[tuple[int, int]] = []
    found = preview(
        shop.store, NoCounter(), shop.id, condition, shop.now, lambda *step: steps.append(step)
    )
    assert (found.found.total, found.everybody) == (6, 7)
    newest = tuple(shop.profile_of(f"device-{number}") for number in (5, 4, 3, 2, 1))
    assert found.found.samples == newest
    assert steps[-1] == (7, 7)
    later = preview(shop.store, NoCounter(), shop.id, condition, shop.now + WEEK)
    assert later.found.total == 0


def test_a_preview_may_ask_for_other_segments_that_there_are(shop: EngineShop) -> None:
    shop.has(BUYERS)
    shop.happens("ada", "Placed Order")
    asked = parse_condition({"kind": "in_segment", "segment": "buyers"})
    assert preview(shop.store, NoCounter(), shop.id, asked, shop.now).found.total == 1
    none = parse_condition({"kind": "in_segment", "segment": "none"})
    with pytest.raises(BadSegment, match="no segment"):
        preview(shop.store, NoCounter(), shop.id, none, shop.now)


# --- growth -----------------------------------------------------------------------------------


def grown(shop: EngineShop, zone: str = "UTC", days: int | None = None) -> list[Span]:
    first = None if days is None else shop.now - (days - 1) * DAY
    with shop.store.reading() as reading:
        return list(growth(reading, shop.id, "abandoners", Zone(zone), shop.now, first))


def test_a_segment_grows_and_shrinks_day_by_day(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    shop.happens("bob", "Checkout Started")
    shop.passes(DAY)
    shop.happens("bob", "Placed Order")
    shop.happens("eve", "Checkout Started")
    shop.passes(DAY)
    assert [day[1:] for day in grown(shop, days=4)] == [
        (0, 0, 0),
        (2, 0, 2),
        (1, 1, 2),
        (0, 0, 2),
    ]
    assert len(grown(shop)) == 30


def test_counting_behind_the_moves_changes_nothing(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    for hour in range(30):
        shop.happens(f"visitor-{hour}", "Checkout Started")
        shop.passes(HOUR)
    before = grown(shop)
    assert before[-1].members == 30
    assert count_moves(shop.store, [shop.id], least=31) == 0
    assert count_moves(shop.store, [shop.id], least=30) == 30
    assert grown(shop) == before
    shop.passes(WEEK)
    assert grown(shop)[-1].members == 0
    with shop.store.reading() as reading:
        points = sizes(reading, shop.id, "abandoners", shop.now, 30 * DAY)
    assert max(one.members for one in points) == 30
    assert sum(one.joined for one in points) == sum(one.left for one in points) == 30


def test_the_days_are_the_shops(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.now = parse_instant("2026-03-02T20:00:00Z")
    shop.happens("ada", "Checkout Started")  # the next morning in Kathmandu, at 01:45
    [monday, tuesday] = grown(shop, "Asia/Kathmandu", days=2)
    assert (monday.joined, tuesday.joined) == (0, 1)
    assert tuesday.start == parse_instant("2026-03-02T18:15:00Z")
    assert grown(shop, "UTC", days=1)[0].joined == 1


def test_a_past_period_ends_with_the_size_of_then(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    shop.passes(3 * DAY)
    shop.happens("bob", "Checkout Started")
    with shop.store.reading() as reading:
        [day] = growth(reading, shop.id, "abandoners", Zone(), shop.now, MONDAY, MONDAY)
        assert day[1:] == (1, 0, 1)
        for first, last in ((shop.now, MONDAY), (MONDAY - (MOST_DAYS + 1) * DAY, MONDAY), (-1, 0)):
            with pytest.raises(BadPeriod):
                growth(reading, shop.id, "abandoners", Zone(), shop.now, first, last)


# --- one person -------------------------------------------------------------------------------


def test_why_somebody_is_inside_is_told_of_now_then_and_later(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Viewed Product")
    shop.passes(HOUR)
    shop.happens("ada", "Checkout Started")
    ada = shop.profile_of("ada")

    def holds(at: int | None) -> bool:
        with shop.store.reading() as reading:
            found = explain_one(reading, shop.rulebook, shop.id, "abandoners", ada, shop.now, at)
        return found.explanation.holds

    assert [holds(at) for at in (None, MONDAY, shop.now + WEEK - 1, shop.now + WEEK)] == [
        True,
        False,
        True,
        False,
    ]
    with shop.store.reading() as reading, pytest.raises(NoSuchSegment):
        explain_one(reading, shop.rulebook, shop.id, "none", ada, shop.now)


def test_who_was_not_reached_by_the_back_fill_is_explained_by_the_present_rules(
    shop: EngineShop,
) -> None:
    shop.happens("ada", "Checkout Started")
    create_segment(shop.store, shop.id, ABANDONERS, shop.now)
    ada = shop.profile_of("ada")
    with shop.store.reading() as reading:
        found = explain_one(reading, shop.rulebook, shop.id, "abandoners", ada, shop.now)
    assert found.explanation.holds
    shop.catches_up()


def test_memberships_say_until_when(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.has(BUYERS)
    shop.happens("ada", "Checkout Started")
    with shop.store.reading() as reading:
        person = show(reading, shop.rulebook, shop.id, shop.profile_of("ada"), shop.now)
        rules = shop.rulebook.of(reading, shop.id)
        state = advance(person.profile, (), shop.now, rules, shop.id).profile
        [one] = memberships_of(reading, shop.id, state, shop.now)
    assert (one.segment, one.since, one.until, one.exact) == (
        "abandoners",
        MONDAY,
        MONDAY + WEEK,
        True,
    )


def test_a_timeline_goes_on_where_the_page_ended(shop: EngineShop) -> None:
    for number in range(5):
        shop.happens("ada", f"Step {number}")
        shop.happens("eve", f"Look {number}")
    shop.happens("ada eve", "Tied")
    found: list[str] = []
    tails: list[int] = []
    with shop.store.reading() as reading:
        row = reading.profile(shop.id, shop.profile_of("ada"))
        assert row is not None
        while True:
            page = timeline(reading, shop.id, row, tails, 3)
            found += [one.event.metric for one in page.events]
            tails = list(page.tails)
            if not tails:
                break
    assert found == [
        "Tied",
        *(f"{word} {number}" for number in (4, 3, 2, 1, 0) for word in ("Look", "Step")),
    ]
