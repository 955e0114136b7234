"""Flows as rows: definitions and their versions, who is where, decisions, and the outbox."""

from __future__ import annotations

import msgspec
import pytest

from cartback.domain.event import ShopId
from cartback.domain.instant import FOREVER
from cartback.domain.profile import RunId
from cartback.engine.flow_ports import ArchivedTemplate
from cartback.engine.ordered_ports import OrderedCart
from cartback.engine.ports import Contention
from cartback.store import DatabaseStore
from tests.contracts.made import (
    a_copy,
    a_decision,
    a_flow,
    a_flow_version,
    a_message,
    a_run,
    a_template,
)


def test_a_flow_is_read_as_it_was_saved(store: DatabaseStore, shop: ShopId) -> None:
    changed = msgspec.structs.replace(a_flow(), name="Left cart", version=2, status="paused")
    with store.transaction() as tx:
        tx.save_flow(shop, a_flow("thanks"))
        tx.save_flow(shop, a_flow())
        tx.save_flow(shop, changed)
    with store.reading() as reading:
        assert reading.flow(shop, "cart") == changed
        assert reading.flow(shop, "none") is None
        assert [one.key for one in reading.flows(shop)] == ["cart", "thanks"]


def test_every_definition_of_a_flow_is_kept(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        for version in (1, 2, 3):
            tx.add_flow_version(shop, a_flow_version("cart", version))
        tx.add_flow_version(shop, a_flow_version("thanks"))
    with store.reading() as reading:
        newest = reading.flow_versions(shop, "cart", 99, 2)
        rest = reading.flow_versions(shop, "cart", newest[-1].version, 2)
        assert [one.version for one in [*newest, *rest]] == [3, 2, 1]
        assert reading.flow_version(shop, "cart", 2) == a_flow_version("cart", 2)
        assert reading.flow_version(shop, "cart", 4) is None


def test_the_present_template_is_its_highest_version(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        for version in (1, 2):
            tx.add_template(shop, a_template("cart-help", version))
        tx.add_template(shop, a_template("cart-proof"))
    with store.reading() as reading:
        assert reading.template(shop, "cart-help") == a_template("cart-help", 2)
        assert reading.template(shop, "cart-help", 1) == a_template("cart-help", 1)
        assert reading.template(shop, "cart-help", 3) is None
        assert reading.template(shop, "none") is None
        found = [(one.key, one.version) for one in reading.templates(shop)]
        assert found == [("cart-help", 2), ("cart-proof", 1)]
    with pytest.raises(Contention), store.transaction() as tx:
        tx.add_template(shop, a_template("cart-help", 2))


def test_the_versions_of_a_template_are_read_the_newest_first(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        for version in (1, 2, 3):
            tx.add_template(shop, a_template("cart-help", version))
        tx.add_template(shop, a_template("cart-proof", 9))
    with store.reading() as reading:
        found = [one.version for one in reading.template_versions(shop, "cart-help", 99, 2)]
        assert found == [3, 2]
        assert reading.template_versions(shop, "cart-help", 2, 9) == [a_template("cart-help", 1)]


def test_a_template_is_put_away_once_and_comes_back(store: DatabaseStore, shop: ShopId) -> None:
    away = ArchivedTemplate("cart-help", 5, "Ada")
    with store.transaction() as tx:
        tx.add_template(shop, a_template())
        assert tx.archive_template(shop, away)
        assert not tx.archive_template(shop, ArchivedTemplate("cart-help", 6, "Bob"))
    with store.reading() as reading:
        assert reading.archived_templates(shop) == [away]
        assert reading.template(shop, "cart-help") is not None
    with store.transaction() as tx:
        assert tx.restore_template(shop, "cart-help")
        assert not tx.restore_template(shop, "cart-help")
        assert tx.archived_templates(shop) == []


def test_runs_are_placed_moved_and_taken_out(store: DatabaseStore, shop: ShopId) -> None:
    second = RunId("cart", 2, "c2", 6)
    with store.transaction() as tx:
        tx.place_runs(shop, [a_run(), a_run(1, second), a_run(2)])
        tx.place_runs(shop, [a_run(step="a-day")])
    with store.reading() as reading:
        first = reading.runs_at(shop, "cart", limit=2)
        last = first[-1]
        rest = reading.runs_at(shop, "cart", (last.profile, last.run.cart), 2)
        assert [*first, *rest] == [a_run(step="a-day"), a_run(1, second), a_run(2)]
        assert reading.runs_at(shop, "cart", step="help") == [a_run(1, second), a_run(2)]
        assert reading.runs_at(shop, "cart", (1, "c2"), step="help") == [a_run(2)]
        counts = {(1, "a-day"): 1, (2, "help"): 1, (1, "help"): 1}
        assert reading.count_runs(shop, "cart") == counts
        assert {key: set(one) for key, one in reading.versions_at_work(shop).items()} == {
            "cart": {1, 2}
        }
    with store.transaction() as tx:
        tx.place_runs(shop, [a_run(1, second, step=None), a_run(9, step=None)])
        assert set(tx.versions_at_work(shop)["cart"]) == {1}


def test_a_version_is_at_work_while_a_message_waits(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        other = tx.add_shop("Socks", 1)
        tx.queue(shop, [a_message()])
        tx.queue(other, [msgspec.structs.replace(a_message(), run=RunId("cart", 7, "", 5))])
        assert set(tx.versions_at_work(shop)["cart"]) == {1}
        tx.save_message(shop, a_message(status="sent"), a_message())
        assert tx.versions_at_work(shop) == {}


def test_decisions_are_read_the_newest_first_by_pages(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.add_decisions(shop, [])
        tx.add_decisions(shop, [a_decision(at=1), a_decision(2, at=2), a_decision(at=3)])
        tx.add_decisions(shop, [a_decision(at=4)])
    with store.reading() as reading:
        first = reading.decisions(shop, 1, limit=2)
        rest = reading.decisions(shop, 1, before=first[-1][0], limit=2)
        assert [row for _, row in [*first, *rest]] == [a_decision(at=at) for at in (4, 3, 1)]


def test_a_message_is_queued_once(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        assert tx.next_message("email") == FOREVER
        tx.queue(shop, [a_message(at=7), a_message("m2", at=6), a_message("m3", 2)])
        tx.queue(shop, [a_message(at=1)])
        assert tx.next_message("email") == 5
    with store.reading() as reading:
        assert reading.message(shop, "m1") == a_message(at=7)
        assert reading.message(shop, "none") is None
        assert [one.key for one in reading.messages_of(shop, 1)] == ["m1", "m2"]
        assert [one.key for one in reading.messages_of(shop, 1, limit=1)] == ["m1"]
        assert [one.key for one in reading.messages_of(shop, 1, 9, (7, "m1"))] == ["m2"]
        assert reading.count_messages(shop) == {"queued": 3}


def test_a_message_is_changed_by_who_knows_what_it_is(store: DatabaseStore, shop: ShopId) -> None:
    sent, queued = a_message(profile=9, status="sent"), a_message()
    tried = msgspec.structs.replace(queued, attempts=1)
    with store.transaction() as tx:
        tx.queue(shop, [queued, a_message("m2")])
        assert not tx.save_message(shop, sent, a_message(status="claimed"))
        assert not tx.save_message(shop, sent, tried)
        assert not tx.save_message(shop, sent, a_message("m3"))
        assert tx.message(shop, "m1") == queued
        assert tx.save_message(shop, tried, queued)
        assert tx.save_message(shop, sent, tried)
        assert tx.lock_message(shop, "m1") == a_message(status="sent"), "to whom it is stays"
        assert tx.lock_message(shop, "m3") is None
        assert tx.message(shop, "m2") == a_message("m2")


def test_what_is_due_is_claimed_the_earliest_first(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        other = tx.add_shop("Socks", 1)
        tx.queue(shop, [a_message(at=7), a_message("m2", at=6), a_message("m3", at=20)])
        tx.queue(other, [a_message(at=8)])
        found = tx.claim_messages(9, 2, "email")
        assert {one: [each.key for each in rows] for one, rows in found.items()} == {
            shop: ["m2", "m1"]
        }
        assert set(tx.claim_messages(9, 5, "email")) == {shop, other}
        for at in (2, 4):
            key = "m2" if at == 2 else "m1"
            claimed = a_message(key, status="claimed", claimed=at)
            assert tx.save_message(shop, claimed, a_message(key))
        stale = tx.stale_claims(4, 9)
        assert [one.key for one in stale[shop]] == ["m2"]
        assert tx.count_messages(shop) == {"queued": 1, "claimed": 2}


def test_what_waits_goes_to_whom_one_became(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.queue(shop, [a_message(), a_message("m2"), a_message("m3", 3)])
        tx.save_message(shop, a_message("m2", status="sent"), a_message("m2"))
        tx.readdress(shop, 1, 2)
        assert [one.key for one in tx.messages_of(shop, 2)] == ["m1"]
        assert [one.key for one in tx.messages_of(shop, 1)] == ["m2"]


def test_who_is_forgotten_is_in_no_flow(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        tx.save_flow(shop, a_flow())
        tx.place_runs(shop, [a_run(), a_run(2)])
        tx.add_decisions(shop, [a_decision(), a_decision(2)])
        tx.queue(shop, [a_message(), a_message("m2", 2)])
        tx.keep_copy(shop, a_copy(), b"pattern")
        tx.keep_copy(shop, msgspec.structs.replace(a_copy(), message="m2"), b"pattern")
        tx.forget_flows_of(shop, 1)
        assert tx.copy_of(shop, "m1") is None
        assert tx.copy_of(shop, "m2") is not None
        assert tx.runs_at(shop, "cart") == [a_run(2)]
        assert tx.decisions(shop, 1) == []
        assert len(tx.decisions(shop, 2)) == 1
        assert tx.count_messages(shop) == {"queued": 1}


def test_who_is_written_to_about_a_cart_is_found_by_it(store: DatabaseStore, shop: ShopId) -> None:
    about = RunId("cart", 1, "c9", 5)
    with store.transaction() as tx:
        tx.place_runs(shop, [a_run(1, about), a_run(2)])
        waits = msgspec.structs.replace(a_message("w", 3), run=about)
        sent = msgspec.structs.replace(a_message("s", 4, status="sent"), run=about)
        tx.queue(shop, [waits, sent])
    with store.reading() as reading:
        assert sorted(reading.about_carts(shop, ["c9", "c8"], 9)) == [("c9", 1), ("c9", 3)]
        assert len(reading.about_carts(shop, ["c9"], 1)) == 1
        assert reading.about_carts(shop, [""], 9) == []
        assert reading.about_carts(shop + 1, ["c9"], 9) == []


def test_the_latest_order_of_a_name_is_kept_until_it_is_old(
    store: DatabaseStore, shop: ShopId
) -> None:
    first, later = OrderedCart("cart:a", 5, 1, "o1"), OrderedCart("cart:a", 7, 2, "")
    other = OrderedCart("checkout:b", 6, 1, "o1")
    with store.transaction() as tx:
        tx.keep_ordered(shop, [first, other])
        tx.keep_ordered(shop, [later])
        tx.keep_ordered(shop + 1, [first])
    with store.transaction() as tx:
        found = tx.ordered_carts(shop, ["cart:a", "checkout:b", "cart:z"])
        assert found == {"cart:a": later, "checkout:b": other}
        tx.forget_ordered(shop, 7)
        assert tx.ordered_carts(shop, ["cart:a", "checkout:b"]) == {"cart:a": later}
        assert tx.ordered_carts(shop + 1, ["cart:a"]) == {"cart:a": first}
        tx.forget_flows_of(shop, 2)
        assert tx.ordered_carts(shop, ["cart:a"]) == {}


def test_the_latest_copy_of_a_message_is_kept_until_its_time(
    store: DatabaseStore, shop: ShopId
) -> None:
    later = msgspec.structs.replace(a_copy(b"again"), at=7)
    with store.transaction() as tx:
        tx.keep_copy(shop, a_copy(), b"pattern")
        tx.keep_copy(shop, later, b"pattern")
        assert tx.copy_of(shop, "m1") == later
        assert tx.pattern(shop, "digest") == b"pattern"
        assert tx.drop_copies(7, 9) == 0
        assert tx.drop_copies(8, 9) == 1
        assert tx.copy_of(shop, "m1") is None
