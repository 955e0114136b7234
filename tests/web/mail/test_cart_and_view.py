"""The way back to the cart, and the mail in a browser."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from cartback.domain.event import Metric
from cartback.domain.instant import DAY, MINUTE
from cartback.domain.product import Product, Variant
from cartback.engine.mailing import Mailing
from cartback.engine.restoring import follow, make_link
from cartback.engine.signing import stored_signer
from cartback.engine.visits import judge_due
from cartback.web.mail.restoring import cart_address
from tests.web.mail.conftest import ADA, BASE, Post


def test_the_cart_page_is_given_a_token_that_the_api_reads(post: Post) -> None:
    [link] = post.links("r")
    answer = post.get(link)
    assert answer.status_code == 303
    target = urlsplit(answer.headers["location"])
    assert (target.netloc, target.path) == ("shop.example", "/cart")
    given = parse_qs(target.query)
    assert given["lang"] == ["en"]
    with post.store.reading() as reading:
        signer = stored_signer(post.store)
        found = follow(reading, signer, post.shop, given["cartback"][0], (), post.engine.now)
    assert [(one.product_id, one.quantity) for one in found.restoring.lines] == [("mug", 2)]
    post.engine.now += 3 * MINUTE
    judge_due(post.store, post.engine.rulebook, post.engine.now)
    said = post.last()
    assert (said.metric, said.properties["target"]) == (Metric.CLICKED_EMAIL, "restore")


def test_without_a_cart_page_the_cart_is_shown(post: Post) -> None:
    post.set_up(url=None)
    answer = post.get(post.links("r")[0])
    assert answer.status_code == 200
    assert "Blue &lt;mug&gt;" in answer.text
    assert "18.00" not in answer.text
    assert "€9.00" in answer.text


def test_what_sold_out_has_its_neighbour_on_the_page(post: Post) -> None:
    post.set_up(url=None)
    line = {"product_id": "mug", "variant_id": "blue", "name": "Mug, blue", "price": 900}
    post.engine.happens("bob@example.com", Metric.SUBSCRIBED, channel="email")
    more = {"currency": "EUR", "lines": [line]}
    post.engine.happens("bob@example.com", Metric.CART_UPDATED, cart_id="c2", **more)
    mug = Product(
        id="mug",
        name="Mug",
        variants=(
            Variant(id="blue", name="Blue", price=900, stock=0),
            Variant(id="red", name="Red", price=800, stock=5),
        ),
    )
    with post.store.transaction() as tx:
        tx.save_products(post.shop, [mug], post.engine.now)
    state = post.engine.person("bob@example.com")
    signer = stored_signer(post.store)
    token = make_link(signer, post.shop, state.id, state.carts["c2"], post.engine.now)
    text = post.get(f"/e/r/{token}").text
    assert "Mug, blue" in text
    assert "Red" in text
    assert "€8.00" in text


def test_after_the_order_it_says_so(post: Post) -> None:
    post.engine.happens(ADA, Metric.PLACED_ORDER, cart_id=f"c-{ADA}", order_id="o1")
    answer = post.get(post.links("r")[0])
    assert (answer.status_code, "ordered" in answer.text) == (200, True)


def test_an_old_link_is_calm(post: Post) -> None:
    post.engine.now += 91 * DAY
    assert post.get(post.links("r")[0]).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/cart",
        "https://shop.example.evil.example/cart",
        "https://evilshop.example/cart",
        "https://shop.example@evil.example/",
        "https://shop.example:8443/cart",
        "http://shop.example/cart",
        "//evil.example",
        "javascript:alert(1)",
        "https://evil.example\\@shop.example/",
        "https://[::1",
        "",
    ],
)
def test_an_address_that_an_event_made_up_is_not_followed(url: str) -> None:
    """Anybody can send events with the public key: no open redirect."""
    mailing = Mailing(sender="a@shop.example", url="https://shop.example/")
    assert cart_address(url, mailing, "t") == ""
    assert cart_address(url, None, "t") == ""


def test_the_shops_own_hosts_are_followed() -> None:
    mailing = Mailing(sender="a@shop.example", url="https://www.shop.example/")
    for host in ("shop.example", "www.shop.example", "m.shop.example"):
        assert cart_address(f"https://{host}/c?a=1#x", mailing, "t") == (
            f"https://{host}/c?a=1&cartback=t#x"
        )


def test_an_evil_cart_page_is_not_gone_to(post: Post) -> None:
    line = {"product_id": "mug", "name": "Mug", "quantity": 2}
    post.engine.happens(
        ADA, Metric.CART_UPDATED, cart_id=f"c-{ADA}", lines=[line], cart_url="https://evil.example"
    )
    answer = post.get(post.links("r")[0])
    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert "evil.example" not in answer.text


def test_the_mail_in_a_browser_follows_nothing(post: Post) -> None:
    answer = post.get(post.links("v")[0])
    assert answer.status_code == 200
    assert "You left 2 behind" in answer.text
    assert f"{BASE}/e/c/" not in answer.text
    assert f"{BASE}/e/o/" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy


def test_a_mail_that_cannot_be_made_any_more_is_calm(post: Post) -> None:
    with post.store.transaction() as tx:
        tx.set_note(f"mailing:{post.shop}", b'{"sender":"a@b.example"}')
    post.engine.happens(ADA, Metric.PLACED_ORDER, cart_id=f"c-{ADA}", order_id="o1")
    before = post.known()
    assert post.get(post.links("v")[0]).status_code in (200, 404)
    assert post.known() == before
