"""Who is who: merged by a tie, kept apart by a conflict, parted again when it was a mistake."""

from __future__ import annotations

import pytest

from cartback.domain.event import Identifier
from cartback.domain.instant import DAY, HOUR, MINUTE, WEEK
from cartback.engine.merge_ports import Merge
from cartback.engine.people import CannotMerge, NobodyFound, merge_by_hand, undo_merge
from cartback.engine.segments import (
    archive_segment,
    change_segment,
    create_segment,
    restore_segment,
)
from tests.scenarios.engine_shop import (
    ABANDONERS,
    MONDAY,
    EngineShop,
    check_consistency,
    did,
    event,
    name,
    people,
    segment,
)


def merges(shop: EngineShop) -> list[Merge]:
    with shop.store.reading() as reading:
        return list(reading.merges(shop.id))


def names(shop: EngineShop, who: str) -> set[str]:
    with shop.store.reading() as reading:
        found = reading.identifiers_of(shop.id, shop.profile_of(who))
        return {one.value for one in found}


def test_two_devices_of_one_person_become_one(shop: EngineShop) -> None:
    shop.has(segment("twice", did("Viewed Product", "1 week", at_least=2)))
    shop.happens("phone", "Viewed Product")
    shop.now += MINUTE
    shop.happens("laptop", "Viewed Product")
    assert shop.members("twice") == set()
    shop.now += MINUTE
    tie = shop.happens("phone ada@example.com", "Identified")
    shop.now += MINUTE
    shop.happens("laptop ada@example.com", "Identified")
    assert shop.profile_of("phone") == shop.profile_of("laptop")
    assert names(shop, "phone") == {"phone", "laptop", "ada@example.com"}
    assert shop.members("twice") == {"phone"} or shop.members("twice") == {"laptop"}
    [merge] = merges(shop)
    assert merge.event_id != tie.id
    assert set(merge.evidence) == {name("laptop"), name("ada@example.com")}
    assert merge.moved == (name("laptop"),)
    shop.wakes(MONDAY + WEEK - 1)
    assert len(shop.members("twice")) == 1
    shop.wakes(MONDAY + WEEK)
    assert shop.members("twice") == set()


def test_who_is_merged_away_leaves_and_who_stays_is_a_member_since_when_it_was(
    shop: EngineShop,
) -> None:
    shop.has(ABANDONERS)
    shop.happens("old", "Checkout Started")
    shop.now += HOUR
    shop.happens("#1 new", "Checkout Started")
    old, new = shop.profile_of("old"), shop.profile_of("new")
    shop.now += HOUR
    shop.happens("old new", "Viewed Product")
    with shop.store.reading() as reading:
        assert list(reading.members(shop.id, "abandoners")) == [(new, MONDAY + HOUR)]
        moves = [move for _, move in reading.moves(shop.id)]
    assert [(move.profile, move.at, move.joined, move.quiet) for move in moves] == [
        (old, MONDAY, True, False),
        (new, MONDAY + HOUR, True, False),
        (old, MONDAY + 2 * HOUR, False, True),
    ]
    shop.happens("new", "Placed Order")
    assert shop.members("abandoners") == set()


def test_what_was_due_before_the_merge_happens_before_it(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("old", "Checkout Started")
    shop.now += HOUR
    shop.happens("new", "Checkout Started")
    new = shop.profile_of("new")
    shop.now += 2 * WEEK  # nobody woke
    shop.happens("old new", "Viewed Product")
    with shop.store.reading() as reading:
        left = [move for _, move in reading.moves(shop.id) if not move.joined]
    assert [(move.profile == new, move.at, move.quiet) for move in left] == [
        (False, MONDAY + WEEK, False),
        (True, MONDAY + HOUR + WEEK, False),
    ]


def test_a_tie_that_is_replayed_with_an_older_time_of_arrival_moves_nobody_back_in_time(
    shop: EngineShop,
) -> None:
    shop.has(ABANDONERS)
    shop.happens("old", "Checkout Started")
    shop.happens("new", "Checkout Started")
    shop.send(event("old new", "Viewed Product", MONDAY - DAY))
    assert [move[1] for move in shop.moves("abandoners")] == [MONDAY, MONDAY, MONDAY]
    assert len(shop.members("abandoners")) == 1


def test_a_chain_of_ties_in_one_delivery_makes_one_person(shop: EngineShop) -> None:
    shop.has(segment("often", did("Viewed Product", at_least=4)))
    shop.send(
        event("a", "Viewed Product", MONDAY),
        event("b", "Viewed Product", MONDAY),
        event("c", "Viewed Product", MONDAY),
        event("a b", "Viewed Product", MONDAY + 1),
        event("b c", "Identified", MONDAY + 2),
        event("c d", "Identified", MONDAY + 3),
    )
    assert names(shop, "d") == {"a", "b", "c", "d"}
    assert len(shop.members("often")) == 1
    assert shop.counts()["profiles"] == 1
    assert len(merges(shop)) == 2


def test_three_at_once_become_one(shop: EngineShop) -> None:
    for who in ("device", "ada@example.com", "+821012345678"):
        shop.happens(who, "Viewed Product")
    shop.happens("device ada@example.com +821012345678 #42", "Identified")
    assert shop.counts()["profiles"] == 1
    assert names(shop, "#42") == {"device", "ada@example.com", "+821012345678", "42"}
    assert shop.person("#42").first_seen == MONDAY


def test_two_customers_on_one_device_stay_two_and_it_is_reported(shop: EngineShop) -> None:
    shop.happens("#1 kiosk", "Viewed Product")
    shop.happens("#2 ada@example.com", "Viewed Product")
    conflict = shop.happens("#2 kiosk", "Placed Order")
    assert shop.counts()["profiles"] == 2
    assert merges(shop) == []
    assert shop.person("#2").is_customer
    assert not shop.person("#1").is_customer
    assert names(shop, "#1") == {"1", "kiosk"}
    with shop.store.reading() as reading:
        [reported] = reading.conflicts(shop.id)
    assert reported.event_id == conflict.id
    assert set(reported.profiles) == {shop.profile_of("#1"), shop.profile_of("#2")}
    assert set(reported.identifiers) == {name("#2"), name("kiosk")}
    assert shop.counts()["conflicts"] == 1


def test_a_device_that_two_share_is_reported_once_and_not_with_every_event(
    shop: EngineShop,
) -> None:
    shop.happens("#1 kiosk", "Viewed Product")
    shop.send(*(event("#2 kiosk", "Viewed Product", MONDAY) for _ in range(10)))
    for _ in range(3):
        shop.happens("#2 kiosk", "Viewed Product")
    shop.happens("#3 kiosk", "Viewed Product")
    with shop.store.reading() as reading:
        reported = reading.conflicts(shop.id)
    pairs = [{shop.profile_of(who), shop.profile_of("#1")} for who in ("#3", "#2")]
    assert [set(one.profiles) for one in reported] == pairs
    assert shop.counts()["profiles"] == 3


def test_a_device_goes_on_with_whom_it_was_seen_first(shop: EngineShop) -> None:
    shop.happens("#1 kiosk", "Viewed Product")
    shop.happens("#2 kiosk", "Viewed Product")
    shop.happens("kiosk", "Placed Order")
    assert shop.person("#1").is_customer
    assert not shop.person("#2").is_customer


def test_merging_by_hand_and_its_refusals(shop: EngineShop) -> None:
    shop.happens("ada", "Viewed Product")
    shop.happens("bob #7", "Viewed Product")
    shop.happens("eve #8", "Viewed Product")
    ada, bob, eve = (shop.profile_of(who) for who in ("ada", "bob", "eve"))

    def merge(one: int, other: int) -> int:
        return merge_by_hand(shop.store, shop.rulebook, shop.id, one, other, shop.now)

    with pytest.raises(CannotMerge, match="external ids"):
        merge(bob, eve)
    with pytest.raises(CannotMerge, match="same"):
        merge(bob, bob)
    with pytest.raises(NobodyFound):
        merge(bob, 999_999)
    merge(ada, bob)
    assert shop.profile_of("ada") == shop.profile_of("bob") == bob, "the known one survives"
    with pytest.raises(NobodyFound):
        merge(ada, eve)


def test_a_stranger_can_neither_merge_nor_part_our_people(shop: EngineShop) -> None:
    shop.happens("ada", "Viewed Product")
    shop.happens("bob", "Viewed Product")
    ada, bob = shop.profile_of("ada"), shop.profile_of("bob")
    with shop.store.transaction() as tx:
        other = tx.add_shop("another", 0)
    with pytest.raises(NobodyFound):
        merge_by_hand(shop.store, shop.rulebook, other, ada, bob, shop.now)
    merge = merge_by_hand(shop.store, shop.rulebook, shop.id, ada, bob, shop.now)
    with pytest.raises(CannotMerge):
        undo_merge(shop.store, shop.rulebook, other, merge, shop.now)


# --- undoing ----------------------------------------------------------------------------------


def _two(shop: EngineShop) -> None:
    """Ada and Bob, each with a cart, an order or a trait of their own."""
    shop.has(ABANDONERS)
    shop.has(segment("buyers", did("Placed Order")))
    shop.happens("ada", "Checkout Started", cart_id="a", traits={"city": "Seoul"})
    shop.happens("bob", "Placed Order", traits={"city": "Oslo"})
    shop.passes(2 * HOUR)


def test_an_undone_merge_gives_both_back_as_they_were(shop: EngineShop) -> None:
    _two(shop)
    before = people(shop.store, shop.id)
    shop.happens("ada bob", "Viewed Product", id="tie")
    assert shop.counts()["profiles"] == 1
    [merge] = merges(shop)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    after = people(shop.store, shop.id)
    ada, bob = (Identifier("anonymous_id", "ada"),), (Identifier("anonymous_id", "bob"),)
    assert after.keys() == before.keys() == {ada, bob}
    assert after[bob].state.memory == before[bob].state.memory
    assert after[bob].state.traits == before[bob].state.traits
    assert after[bob].sent == before[bob].sent
    assert after[ada].sent == [*before[ada].sent, "tie"], "it went to the one who stayed"
    assert after[ada].state.carts == before[ada].state.carts
    assert shop.members("abandoners") == {"ada"}
    assert shop.members("buyers") == {"bob"}
    [undone] = merges(shop)
    assert undone.undone_at == shop.now


def test_who_was_parted_was_last_seen_when_it_was_seen_and_not_when_a_timer_rang(
    shop: EngineShop,
) -> None:
    shop.happens("bob", "Viewed Product")
    shop.happens("ada", "Added to Cart", product_id="mug")
    shop.passes(2 * HOUR)
    assert shop.metrics()[-1] == "Cart Abandoned"
    before = shop.person("ada")
    shop.passes(DAY)
    shop.happens("bob ada", "Viewed Product")
    [merge] = merges(shop)
    assert merge.winner == shop.profile_of("bob")
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    assert shop.person("ada") == before


def test_what_somebody_was_found_to_be_called_since_goes_back_too(shop: EngineShop) -> None:
    _two(shop)
    shop.happens("ada bob", "Viewed Product")
    shop.happens("bob bob@example.com", "Identified")
    shop.happens("bob@example.com", "Placed Order", id="by e-mail")
    shop.happens("ada ada@example.com", "Identified")
    [merge] = merges(shop)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    assert names(shop, "bob") == {"bob", "bob@example.com"}
    assert names(shop, "ada") == {"ada", "ada@example.com"}
    found = people(shop.store, shop.id)
    assert found[(name("bob"), name("bob@example.com"))].sent[-1] == "by e-mail"


def test_what_was_derived_since_goes_with_what_it_was_derived_from(shop: EngineShop) -> None:
    shop.has(segment("left", did("Cart Abandoned")))
    shop.has(segment("back", did("Cart Recovered")))
    shop.happens("ada", "Viewed Product")
    shop.happens("bob", "Added to Cart", product_id="mug")
    shop.happens("ada bob", "Viewed Product")
    shop.passes(HOUR)
    shop.happens("bob", "Placed Order", id="shop:order:1")
    assert shop.members("left") == shop.members("back") == {"ada"}
    [merge] = merges(shop)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    assert shop.members("left") == shop.members("back") == {"bob"}
    assert shop.person("ada").memory == {}


def test_parted_people_are_not_merged_again_and_the_tie_is_reported(shop: EngineShop) -> None:
    _two(shop)
    shop.happens("ada bob", "Viewed Product")
    [merge] = merges(shop)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    shop.now += MINUTE
    shop.happens("bob ada", "Viewed Product", id="again")
    assert shop.counts()["profiles"] == 2
    with shop.store.reading() as reading:
        assert [one.event_id for one in reading.conflicts(shop.id)] == ["again"]
    with pytest.raises(CannotMerge):
        undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)


def test_what_came_since_goes_to_whom_it_belongs(shop: EngineShop) -> None:
    _two(shop)
    shop.happens("ada bob", "Viewed Product")
    [merge] = merges(shop)
    assert merge.winner == shop.profile_of("ada")
    shop.now += MINUTE
    shop.happens("bob", "Checkout Started", id="of bob")
    shop.happens("ada", "Placed Order", id="of ada")
    late = shop.happens("bob", "Viewed Product", id="late", at=MONDAY)
    assert late.received == shop.now
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    after = people(shop.store, shop.id)
    assert after[(name("bob"),)].sent[-2:] == ["of bob", "late"]
    assert after[(name("ada"),)].sent[-1:] == ["of ada"]
    assert shop.members("abandoners") == set()
    assert shop.members("buyers") == {"ada", "bob"}
    shop.happens("bob", "Viewed Product", id="after")
    assert people(shop.store, shop.id)[(name("bob"),)].sent[-1] == "after"


def test_what_was_replayed_since_with_its_own_time_of_arrival_goes_back_too(
    shop: EngineShop,
) -> None:
    _two(shop)
    shop.happens("ada bob", "Viewed Product")
    [merge] = merges(shop)
    shop.send(event("bob", "Placed Order", MONDAY - DAY, id="replayed"))  # received then, too
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    assert "replayed" in people(shop.store, shop.id)[(name("bob"),)].sent


def test_merges_are_undone_in_either_order(shop: EngineShop) -> None:
    shop.has(segment("often", did("Viewed Product", at_least=2)))
    for who in ("a", "b", "c"):
        shop.happens(who, "Viewed Product")
    shop.happens("a b", "Identified")
    shop.happens("a c", "Identified")
    first, second = merges(shop)
    assert first.winner == second.winner == shop.profile_of("a")
    undo_merge(shop.store, shop.rulebook, shop.id, first.id, shop.now)
    assert names(shop, "b") == {"b"}
    assert names(shop, "a") == {"a", "c"}
    assert shop.members("often") == {"a"}
    undo_merge(shop.store, shop.rulebook, shop.id, second.id, shop.now)
    assert names(shop, "c") == {"c"}
    assert shop.members("often") == set()


def test_a_merge_of_merged_people_is_undone_from_the_outside_in(shop: EngineShop) -> None:
    for who in ("#1 a", "b", "c"):
        shop.happens(who, "Viewed Product")
    shop.happens("b c", "Identified")
    shop.happens("a b", "Identified")
    inner, outer = merges(shop)
    assert (inner.winner, outer.winner) == (outer.loser, shop.profile_of("a"))
    with pytest.raises(CannotMerge, match="undo that first"):
        undo_merge(shop.store, shop.rulebook, shop.id, inner.id, shop.now)
    undo_merge(shop.store, shop.rulebook, shop.id, outer.id, shop.now)
    assert names(shop, "b") == {"b", "c"}
    undo_merge(shop.store, shop.rulebook, shop.id, inner.id, shop.now)
    assert (names(shop, "a"), names(shop, "b"), names(shop, "c")) == ({"1", "a"}, {"b"}, {"c"})
    assert [one.sent[0] for one in people(shop.store, shop.id).values()]


def test_a_merge_is_undone_also_while_a_segment_is_archived_and_restored_as_another(
    shop: EngineShop,
) -> None:
    shop.has(segment("buyers", did("Placed Order", at_least=2)))
    shop.happens("ada", "Placed Order")
    shop.happens("ada", "Placed Order")
    shop.happens("bob", "Viewed Product")
    shop.happens("ada bob", "Viewed Product")
    [merge] = merges(shop)
    archive_segment(shop.store, shop.id, "buyers", shop.now)
    restore_segment(shop.store, shop.id, "buyers", shop.now)
    change_segment(shop.store, shop.id, segment("buyers", did("Placed Order")), shop.now)
    shop.now += HOUR
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    shop.catches_up()
    assert shop.moves("buyers") == [
        ("ada", MONDAY, True),
        ("ada", MONDAY + HOUR, False),
        ("ada", MONDAY + HOUR, True),
    ]


def test_a_merge_while_a_segment_is_being_built_ends_as_one_after_it(shop: EngineShop) -> None:
    shop.happens("ada", "Placed Order")
    shop.happens("bob", "Placed Order")
    create_segment(shop.store, shop.id, segment("loyal", did("Placed Order", at_least=2)), shop.now)
    shop.happens("ada bob", "Viewed Product")
    shop.catches_up()
    assert len(shop.members("loyal")) == 1


def test_a_merge_that_is_made_again_recovers_no_cart_twice(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("d1", "Viewed Product")
    shop.happens("d2", "Added to Cart", product_id="mug", price=500)
    shop.passes(2 * HOUR)
    shop.happens("d1 d2", "Placed Order")
    assert shop.metrics().count("Cart Recovered") == 1
    [merge] = merges(shop)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    d1, d2 = shop.profile_of("d1"), shop.profile_of("d2")
    merge_by_hand(shop.store, shop.rulebook, shop.id, d1, d2, shop.now)
    assert shop.metrics().count("Cart Recovered") == 1
    check_consistency(shop.store, shop.id, shop.now)
