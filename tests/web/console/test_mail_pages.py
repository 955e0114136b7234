"""Mails in the console: the list, and each as somebody would get it, in a frame that cannot act."""

from __future__ import annotations

import pytest

from cartback.domain.event import Metric
from cartback.domain.product import Product, Variant
from cartback.engine.mailing import set_mailing
from cartback.engine.templates import save_template
from tests.web.console.automations import ready_template
from tests.web.console.desk import Desk


@pytest.fixture
def shop(staffed: Desk) -> Desk:
    """With a mail, and Ada, who has a cart."""
    copy = ready_template("cart-help-lead", "en")
    save_template(staffed.store, staffed.shop, "help", "Help", copy.document, staffed.now)
    set_mailing(staffed.store, staffed.shop, {"sender": "a@shop.example", "name": "Tea & cake"})
    line = {"product_id": "tea", "name": "<script>tea</script>", "price": 617, "quantity": 2}
    staffed.engine.happens(
        "#ada", Metric.CART_UPDATED, cart_id="c", lines=[line], traits={"first_name": "Ada"}
    )
    return staffed


def test_the_list_leads_to_each(shop: Desk) -> None:
    page = shop.visitor("viewer").get(shop.path("mails")).text
    assert shop.path("mails", "help") in page


def test_the_example_is_of_the_shops_own_products(shop: Desk) -> None:
    viewer, at = shop.visitor("viewer"), shop.path("mails", "help")
    assert "Blue mug" in viewer.get(f"{at}/framed").text
    with shop.store.transaction() as tx:
        for number, image in enumerate(["https://shop.example/p.jpg"] * 3 + [""]):
            variant = Variant(price=1_000 + number, currency="USD", stock=3)
            images = (image,) if image else ()
            one = Product(id=f"p{number}", name=f"Pot {number}", images=images, variants=(variant,))
            tx.save_products(shop.shop, [one], shop.now)
    html = viewer.get(f"{at}/framed").text
    assert "Pot 0" in html
    assert "https://shop.example/p.jpg" in html
    assert "$20.01" in html, "what both are worth"
    assert "Blue mug" not in html


def test_it_is_shown_as_somebody_would_get_it(shop: Desk) -> None:
    viewer, at = shop.visitor("viewer"), shop.path("mails", "help")
    assert "Ada, we saved your cart" in viewer.get(f"{at}?person=ada").text
    assert " sandbox " in viewer.get(at).text
    assert viewer.get(f"{at}?person=nobody").status_code == 404
    assert viewer.get(shop.path("mails", "nothing")).status_code == 404
    assert viewer.get(shop.path("mails", "nothing", "framed")).status_code == 404


def test_in_its_frame_it_can_do_nothing(shop: Desk) -> None:
    answer = shop.visitor("viewer").get(shop.path("mails", "help", "framed") + "?person=ada")
    policy = answer.headers["content-security-policy"]
    assert "sandbox;" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "&lt;script&gt;tea" in answer.text
    assert "<script>tea" not in answer.text


def test_a_mail_that_cannot_be_made_says_why(shop: Desk) -> None:
    broken = {"subject": "{% if %}", "blocks": [{"kind": "footer", "text": "x"}]}
    save_template(shop.store, shop.shop, "broken", "Broken", broken, shop.now)
    viewer, at = shop.visitor("viewer"), shop.path("mails", "broken")
    page = viewer.get(at)
    assert page.status_code == 200
    assert "cannot be made" in page.text
    assert "subject: Line 1: This cannot be read" in page.text
    for address in (at, f"{at}/framed"):
        korean = viewer.get(address, accept_language="ko").text
        assert "읽을 수 없는 부분이 있어요" in korean
        assert "(위치: subject)" in korean
        assert "This cannot be read" not in korean


def test_before_mail_is_set_up_it_has_the_shops_name(staffed: Desk) -> None:
    copy = ready_template("cart-help-lead", "en")
    save_template(staffed.store, staffed.shop, "help", "Help", copy.document, staffed.now)
    page = staffed.visitor("viewer").get(staffed.path("mails", "help", "framed")).text
    assert "left a cart at Tea and cake" in page
