"""Double opt-in: the address itself says yes, once, and within a week."""

from __future__ import annotations

import pytest

from cartback.domain.event import check_properties
from cartback.domain.instant import DAY, SECOND
from cartback.engine.intake import Receipt
from cartback.engine.opting import DeadOptIn, OptIn, confirm, opt_in_link, read_opt_in
from cartback.engine.signing import stored_signer
from tests.scenarios.engine_shop import EngineShop


def link(shop: EngineShop, address: str = "ada@example.com") -> str:
    wanted = OptIn(
        shop.id, address, "email", shop.now // SECOND, source="footer", text="News by mail"
    )
    return opt_in_link(stored_signer(shop.store), wanted)


def test_a_confirmed_yes_is_an_event_with_its_evidence(shop: EngineShop) -> None:
    token = link(shop)
    signer = stored_signer(shop.store)
    assert read_opt_in(signer, shop.id, token, shop.now).text == "News by mail"
    yes = confirm(signer, shop.id, token, shop.now, ip="203.0.113.7")
    check_properties(yes.metric, yes.properties)
    assert yes.properties == {
        "channel": "email",
        "source": "footer",
        "text": "News by mail",
        "ip": "203.0.113.7",
        "confirmed": True,
    }
    assert shop.send(yes) == Receipt(1)
    shop.now += SECOND
    assert shop.send(confirm(signer, shop.id, token, shop.now)).duplicates == 1
    consent = shop.person("ada@example.com").consents["email"]
    assert (consent.subscribed, consent.source) == (True, "footer")


def test_a_link_that_is_old_made_up_or_another_shops_confirms_nothing(shop: EngineShop) -> None:
    token, signer = link(shop), stored_signer(shop.store)
    for broken in ("", "x", token[:-3] + "xyz", signer.sign("cart", b"\x90")):
        with pytest.raises(DeadOptIn, match="nothing"):
            confirm(signer, shop.id, broken, shop.now)
    with pytest.raises(DeadOptIn, match="nothing"):
        confirm(signer, shop.id + 1, token, shop.now)
    with pytest.raises(DeadOptIn, match="expired"):
        confirm(signer, shop.id, token, shop.now + 7 * DAY)


def test_a_text_that_no_link_can_carry_is_refused(shop: EngineShop) -> None:
    wanted = OptIn(shop.id, "ada@example.com", "email", 0, text="동의합니다 " * 300)
    with pytest.raises(ValueError, match="shorter"):
        opt_in_link(stored_signer(shop.store), wanted)
