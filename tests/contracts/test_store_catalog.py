"""Shops and what they set down: keys, rules, segments; and the engine's notes and counts."""

import msgspec
import pytest

from cartback.domain.event import ShopId
from cartback.engine.ports import Contention
from cartback.engine.scope import EVENTS_ONLY, EVERYTHING
from cartback.engine.segment_ports import SegmentRow, SegmentVersion
from cartback.engine.shop_ports import RulesRow, ShopRow
from cartback.store import DatabaseStore
from tests.contracts.made import a_key, a_segment


def test_shops_are_numbered_from_one(store: DatabaseStore) -> None:
    with store.transaction() as tx:
        ids = [tx.add_shop("Jumpers", 5), tx.add_shop("Socks", 6)]
    assert ids == [1, 2]
    with store.reading() as reading:
        assert reading.shops() == [ShopRow(1, "Jumpers", 5), ShopRow(2, "Socks", 6)]


def test_a_key_is_given_its_number_and_can_be_revoked_once(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        key = tx.add_key(a_key(shop))
        assert key == msgspec.structs.replace(a_key(shop), id=key.id)
        assert tx.revoke_key(shop, key.id, 9)
        assert not tx.revoke_key(shop, key.id, 10)
        assert not tx.revoke_key(shop, key.id + 1, 10)
    with store.reading() as reading:
        [revoked] = reading.keys(shop)
        assert revoked.revoked == 9
        assert reading.keys() == reading.keys(shop)


def test_a_shop_is_called_otherwise_and_no_other(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        other = tx.add_shop("Another one", 5)
        tx.rename_shop(shop, "Coffee")
    with store.reading() as reading:
        names = {one.id: one.name for one in reading.shops()}
    assert (names[shop], names[other]) == ("Coffee", "Another one")


def test_a_key_keeps_what_it_may_do(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        for number, scopes in enumerate([EVERYTHING, EVENTS_ONLY, ()]):
            tx.add_key(msgspec.structs.replace(a_key(shop, b"%d" % number), scopes=scopes))
    with store.reading() as reading:
        assert [key.scopes for key in reading.keys(shop)] == [EVERYTHING, EVENTS_ONLY, ()]


def test_rules_are_kept_in_every_version(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        assert tx.rules_version(shop) == 0
        tx.add_rules(shop, RulesRow(1, b"one"))
        tx.add_rules(shop, RulesRow(2, b"two"))
    with store.reading() as reading:
        assert reading.rules_version(shop) == 2
        assert reading.rules(shop, 1) == RulesRow(1, b"one")
        assert reading.rules(shop, 3) is None


def test_the_second_to_write_a_version_of_the_rules_is_told(
    store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        tx.add_rules(shop, RulesRow(1, b"mine"))

    def too_late() -> None:
        with store.transaction() as tx:
            tx.set_note("beside", b"it")
            tx.add_rules(shop, RulesRow(1, b"theirs"))

    with pytest.raises(Contention):
        too_late()
    with store.reading() as reading:
        assert reading.rules(shop, 1) == RulesRow(1, b"mine")
        assert reading.note("beside") is None


def test_a_segment_is_replaced_by_its_key(store: DatabaseStore, shop: ShopId) -> None:
    live = a_segment("idle", "Idle")
    failed = SegmentRow("idle", "Idle!", b"[]", 2, "failed", 3, 9, 10, 20, "no such trait")
    with store.transaction() as tx:
        tx.save_segment(shop, a_segment("big", "Big"))
        tx.save_segment(shop, live)
        tx.save_segment(shop, failed)
    with store.reading() as reading:
        assert reading.segments(shop) == [a_segment("big", "Big"), failed]
        assert reading.segment(shop, "idle") == failed
        assert reading.segment(shop, "other") is None


def test_every_definition_of_a_segment_is_kept(store: DatabaseStore, shop: ShopId) -> None:
    versions = [SegmentVersion("idle", n, f"Idle {n}", b"{}", n, "key:1") for n in (1, 2, 3)]
    with store.transaction() as tx:
        for version in versions:
            tx.add_segment_version(shop, version)
        tx.add_segment_version(shop, SegmentVersion("big", 1, "Big", b"{}", 9))
    with store.reading() as reading:
        assert reading.segment_versions(shop, "idle", 9, 9) == versions[::-1]
        assert reading.segment_versions(shop, "idle", 3, 1) == [versions[1]]
        assert reading.segment_versions(shop, "none", 9, 9) == []


def test_a_note_is_kept_until_it_is_written_anew(store: DatabaseStore) -> None:
    with store.transaction() as tx:
        tx.set_note("tape", b"1")
        tx.set_note("tape", b"2")
    with store.reading() as reading:
        assert reading.note("tape") == b"2"
        assert reading.note("other") is None


def test_drops_add_up_by_reason(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        other = tx.add_shop("Socks", 1)
        tx.count_drops(shop, {"bot": 2, "too late": 1})
        tx.count_drops(shop, {"bot": 3})
        tx.count_drops(other, {"bot": 10})
        assert tx.drops(shop) == {"bot": 5, "too late": 1}
    with store.reading() as reading:
        assert reading.drops(shop) == {"bot": 5, "too late": 1}
        assert reading.drops() == {"bot": 15, "too late": 1}


def test_an_empty_shop_counts_nothing(store: DatabaseStore, shop: ShopId) -> None:
    with store.reading() as reading:
        assert reading.counts(shop) == {
            "events": 0,
            "profiles": 0,
            "quarantined": 0,
            "conflicts": 0,
            "state_bytes": 0,
        }
        assert reading.drops(shop) == {}
