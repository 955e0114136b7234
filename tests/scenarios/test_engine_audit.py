"""Who changed what is written with the change, or not at all."""

from __future__ import annotations

import pytest

from cartback.engine.access_ports import UserRow
from cartback.engine.audit import Noted, note
from cartback.engine.erasing import erase
from cartback.engine.people import NobodyFound
from cartback.engine.ports import Contention, Transaction
from cartback.engine.segments import SegmentExists, create_segment
from tests.scenarios.engine_shop import EngineShop, did, segment

BUYERS = segment("buyers", did("Placed Order"))
ADA = UserRow(1, "ada@example.com", "Ada", "", 0)


def noted(shop: EngineShop, action: str) -> Noted:
    return Noted(shop.store, lambda tx: note(tx, shop.id, ADA, action, "it", shop.now))


def lines(shop: EngineShop) -> list[str]:
    with shop.store.reading() as reading:
        return [one.action for one in reading.audit(shop.id, 2**62, 99)]


def test_a_change_and_its_line_are_kept_together(shop: EngineShop) -> None:
    create_segment(noted(shop, "made"), shop.id, BUYERS, shop.now)
    assert lines(shop) == ["made"]
    with pytest.raises(SegmentExists):
        create_segment(noted(shop, "made again"), shop.id, BUYERS, shop.now)
    assert lines(shop) == ["made"]


def test_where_the_line_cannot_be_written_nothing_is_changed(shop: EngineShop) -> None:
    def fails(_: Transaction) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        create_segment(Noted(shop.store, fails), shop.id, BUYERS, shop.now)
    with shop.store.reading() as reading:
        assert reading.segment(shop.id, "buyers") is None


def test_a_change_that_is_tried_again_is_noted_once(shop: EngineShop) -> None:
    tries = []

    def line(tx: Transaction) -> None:
        tries.append(1)
        note(tx, shop.id, ADA, "made", "it", shop.now)
        if len(tries) == 1:
            raise Contention

    create_segment(Noted(shop.store, line), shop.id, BUYERS, shop.now)
    assert (lines(shop), len(tries)) == (["made"], 2)


def test_an_erasing_of_several_steps_is_noted_once_and_before_it_begins(shop: EngineShop) -> None:
    shop.happens("#ada", "Placed Order")
    with pytest.raises(NobodyFound):
        erase(noted(shop, "erased nobody"), shop.id, 99)
    erase(noted(shop, "erased"), shop.id, shop.profile_of("#ada"))
    assert lines(shop) == ["erased"]
