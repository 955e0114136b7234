"""Counting over the tape says what looking at everybody says, for as many shops as there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartback.bulk.counter import MOST_OPEN, TapeCounter
from cartback.domain.condition import Condition, parse_condition
from cartback.domain.event import Json
from cartback.domain.instant import Zone
from cartback.engine.amending import amendments
from cartback.engine.erasing import erase
from cartback.engine.people import merge_by_hand, undo_merge
from cartback.engine.preview import MOST_AT_ONCE, Found, NoCounter, preview
from cartback.engine.reckoning import Reckoner
from cartback.engine.unseen_metrics import unseen_metrics
from cartback.store.log import LogReads
from tests.scenarios.engine_shop import ABANDONERS, EngineShop, did, every

CART: dict[str, Json] = {"kind": "cart", "status": "open"}
QUESTIONS = {
    "on the tape": ABANDONERS["when"],
    "carts": CART,
    "both": every(CART, did("Viewed Product")),
    "not": {"kind": "not", "of": CART},
    "a segment": {"kind": "in_segment", "segment": "buyers"},
}


@pytest.mark.parametrize("document", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_both_ways_count_the_same(shop: EngineShop, tmp_path: Path, document: Json) -> None:
    shop.has({"key": "buyers", "name": "Buyers", "when": did("Placed Order")})
    condition = parse_condition(document)

    def counted(counter: TapeCounter | NoCounter) -> Found:
        return preview(shop.store, counter, shop.id, condition, shop.now).found

    with TapeCounter(tmp_path, lambda one: len(amendments(shop.store, one))) as tape:
        assert counted(tape) == counted(NoCounter())
        for number in range(8):
            shop.happens(f"device-{number}", "Checkout Started")
            shop.happens(f"looker-{number}", "Viewed Product")
        for number in range(3):
            shop.happens(f"device-{number}", "Placed Order")
            shop.happens(f"device-{number + 4}", "Viewed Product")
        assert counted(tape) == counted(NoCounter())
        one, two = shop.profile_of("device-7"), shop.profile_of("looker-7")
        merge = merge_by_hand(shop.store, shop.rulebook, shop.id, one, two, shop.now)
        assert counted(tape) == counted(NoCounter())
        shop.happens("looker-7", "Placed Order")
        assert counted(tape) == counted(NoCounter())
        undo_merge(shop.store, shop.rulebook, shop.id, merge, shop.now)
        assert counted(tape) == counted(NoCounter())
        erase(shop.store, shop.id, shop.profile_of("device-5"))
        assert counted(tape) == counted(NoCounter())


def test_the_tape_knows_at_once_that_a_metric_never_came(
    shop: EngineShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    condition = parse_condition(every(did("Waved"), did("Winked"), did("Placed Ordre")))
    shop.happens("ada", "Waved")

    def unseen(counter: TapeCounter | NoCounter) -> list[str]:
        with shop.store.reading() as reading:
            found = unseen_metrics(reading, counter, shop.id, condition, shop.now)
        return [f"{one.metric} {one.meant}".strip() for one in found]

    with TapeCounter(tmp_path, lambda _: None) as behind:
        assert unseen(behind) == ["Winked", "Placed Ordre Placed Order"], "the log is asked"
    monkeypatch.delattr(LogReads, "log_of")
    with TapeCounter(tmp_path, lambda _: 0) as tape:
        assert unseen(tape) == ["Winked", "Placed Ordre Placed Order"]
        shop.happens("ada", "Winked")
        assert unseen(tape) == ["Placed Ordre Placed Order"]


def test_any_number_of_shops_take_turns(shop: EngineShop, tmp_path: Path) -> None:
    condition = parse_condition(did("Placed Order"))
    shops = [shop.id]
    for number in range(MOST_OPEN + 1):
        with shop.store.transaction() as tx:
            other = EngineShop(shop.store, tx.add_shop(f"shop {number}", 0))
        other.happens("ada", "Placed Order")
        shops.append(other.id)
    with TapeCounter(tmp_path, lambda _: 0) as tape:
        for _ in range(2):
            totals = [
                preview(shop.store, tape, one, condition, shop.now).found.total for one in shops
            ]
            assert totals == [0, *([1] * (MOST_OPEN + 1))]


def test_of_a_tape_that_is_behind_nothing_is_said(shop: EngineShop, tmp_path: Path) -> None:
    condition = parse_condition(did("Placed Order"))
    shop.happens("ada", "Placed Order")
    with TapeCounter(tmp_path, lambda _: None) as tape, shop.store.reading() as reading:
        assert tape.count(reading, shop.id, condition, shop.now, Zone()) is None
        assert tape.candidates(reading, shop.id, condition, shop.now, Zone()) is None
        assert preview(shop.store, tape, shop.id, condition, shop.now).found.total == 1


def test_a_condition_of_very_many_parts_is_not_written_as_sql(
    shop: EngineShop, tmp_path: Path
) -> None:
    """It would take the counter's time for every other count; to judge it takes a moment."""
    for number in range(3):
        shop.happens(f"device-{number}", f"Metric {number}")

    def parts(many: int) -> Condition:
        return parse_condition(
            {"kind": "any", "of": [did(f"Metric {one}", "1 week") for one in range(many)]}
        )

    with TapeCounter(tmp_path, lambda _: 0) as tape:
        reckon = Reckoner(tape, lambda: shop.now)
        for many, is_counted in ((MOST_AT_ONCE, True), (MOST_AT_ONCE + 1, False), (900, False)):
            with shop.store.reading() as reading:
                found = tape.count(reading, shop.id, parts(many), shop.now, Zone())
                assert (found is not None) == is_counted
                some = tape.candidates(reading, shop.id, parts(many), shop.now, Zone())
                assert (some is not None) == is_counted
                reckoned = reckon(reading, shop.id, parts(many))
                assert (reckoned.total, reckoned.exact) == (3, True)
