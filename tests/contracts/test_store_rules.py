"""Rules change between transactions, never under one that works with them."""

from threading import Event as Signal
from threading import Thread

from cartback.domain.event import ShopId
from cartback.engine.shop_ports import RulesRow
from cartback.store.database import DatabaseStore


def test_new_rules_wait_for_whoever_works_with_those_so_far(store: DatabaseStore) -> None:
    with store.transaction() as tx:
        shop: ShopId = tx.add_shop("Mugs", 0)
        tx.add_rules(shop, RulesRow(1, b"{}"))
    reached, added = Signal(), Signal()

    def change() -> None:
        reached.set()
        with store.transaction() as other:
            other.add_rules(shop, RulesRow(2, b"{}"))
            added.set()

    with store.transaction() as tx:
        assert tx.rules_version(shop) == 1
        changing = Thread(target=change)
        changing.start()
        assert reached.wait(60)
        assert not added.wait(0.2)
        assert tx.rules_version(shop) == 1
    changing.join(60)
    assert added.is_set()
    with store.reading() as reading:
        assert reading.rules_version(shop) == 2
