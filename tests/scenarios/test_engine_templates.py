"""Templates are put away and come back, and none is put away that a flow sends."""

from __future__ import annotations

import pytest

from cartback.engine.flows import create_flow
from cartback.engine.templates import (
    NoSuchTemplate,
    TemplateInUse,
    archive_template,
    restore_template,
    save_template,
    templates_at_hand,
)
from tests.scenarios.engine_shop import EngineShop

MAIL = {"subject": "x", "blocks": [{"kind": "footer", "text": "x"}]}
FLOW = {
    "name": "Abandoned cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [{"kind": "email", "key": "help", "template": "help"}],
}


@pytest.fixture
def shop(shop: EngineShop) -> EngineShop:
    save_template(shop.store, shop.id, "help", "Help", MAIL, shop.now)
    return shop


def at_hand(shop: EngineShop) -> list[str]:
    with shop.store.reading() as reading:
        return [row.key for row in templates_at_hand(reading, shop.id)]


def test_one_is_put_away_and_comes_back(shop: EngineShop) -> None:
    archive_template(shop.store, shop.id, "help", shop.now)
    archive_template(shop.store, shop.id, "help", shop.now)
    assert at_hand(shop) == []
    restore_template(shop.store, shop.id, "help")
    restore_template(shop.store, shop.id, "help")
    assert at_hand(shop) == ["help"]


def test_saving_brings_it_back(shop: EngineShop) -> None:
    archive_template(shop.store, shop.id, "help", shop.now)
    save_template(shop.store, shop.id, "help", "Help", MAIL, shop.now)
    assert at_hand(shop) == ["help"]


def test_what_a_flow_sends_stays(shop: EngineShop) -> None:
    create_flow(shop.store, shop.id, "cart", FLOW, shop.now)
    with pytest.raises(TemplateInUse, match="'cart'"):
        archive_template(shop.store, shop.id, "help", shop.now)
    assert at_hand(shop) == ["help"]


def test_what_is_not_there_is_said(shop: EngineShop) -> None:
    with pytest.raises(NoSuchTemplate):
        archive_template(shop.store, shop.id, "nothing", shop.now)
    with pytest.raises(NoSuchTemplate):
        restore_template(shop.store, shop.id, "nothing")
