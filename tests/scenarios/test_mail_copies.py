"""What a mail said as it left is kept: word for word, for a while, and as long as its person is."""

from __future__ import annotations

import re

from cartback.channels.email.catcher import Catcher
from cartback.domain.event import Metric
from cartback.domain.instant import DAY
from cartback.domain.message import Mailbox, Outgoing, Shown
from cartback.engine.copies import KEPT_FOR, Copy, copy_of, drop_old_copies, packed
from cartback.engine.erasing import erase
from cartback.engine.people import export_person, undo_merge
from cartback.engine.templates import save_template
from tests.scenarios.engine_shop import EngineShop, check_consistency
from tests.scenarios.test_flow_mail import ADA, TEMPLATE, catcher, leaves, made, outbox, sends

__all__ = ["catcher"]
OTHER = {**TEMPLATE, "subject": "Quite another", "blocks": TEMPLATE["blocks"][-1:]}


def kept(shop: EngineShop, key: str) -> Copy:
    with shop.store.reading() as reading:
        found = copy_of(reading, shop.id, key)
    assert found is not None
    return found[0]


def test_a_copy_says_what_was_sent_whatever_changes_after(
    shop: EngineShop, catcher: Catcher
) -> None:
    made(shop)
    leaves(shop)
    sends(shop, catcher)
    dearer = {"product_id": "mug", "name": "Red mug", "price": 9_900, "quantity": 1}
    shop.happens(ADA, Metric.CART_UPDATED, cart_id="c1", currency="EUR", lines=[dearer])
    save_template(shop.store, shop.id, "help", "Help", OTHER, shop.now)
    copy, [mail] = kept(shop, outbox(shop)[0].key), catcher.mails()
    assert (copy.subject, copy.sender_name) == ("Still thinking, Ada?", "Mugs")
    assert "Blue &lt;mug&gt;" in copy.html
    assert "Red mug" not in copy.html
    visible = re.sub(r"<a\b[^>]*>|<img[^>]*>|<div style=.display:none.*?</div>", "", mail.html())
    assert re.sub(r"<a\b[^>]*>|<img[^>]*>", "", copy.html).strip() == visible.strip()


def test_a_copy_follows_nobody_and_its_links_do_nothing(shop: EngineShop, catcher: Catcher) -> None:
    made(shop)
    leaves(shop)
    sends(shop, catcher)
    copy = kept(shop, outbox(shop)[0].key)
    assert "/e/u/…" in copy.html
    assert "/e/r/…" in copy.html
    assert "/e/r/…" in copy.text
    assert not re.search(r"/e/[a-z]/[A-Za-z0-9_-]", copy.html + copy.text)


def test_a_mail_that_did_not_leave_has_no_copy(shop: EngineShop, catcher: Catcher) -> None:
    made(shop)
    leaves(shop)
    shop.happens(ADA, Metric.PLACED_ORDER, order_id="o1", cart_id="c1", value=1_800)
    assert sends(shop, catcher) == 0
    with shop.store.reading() as reading:
        assert all(copy_of(reading, shop.id, one.key) is None for one in outbox(shop))


def test_a_copy_is_exported_and_erased_with_its_person(shop: EngineShop, catcher: Catcher) -> None:
    made(shop)
    leaves(shop)
    sends(shop, catcher)
    key, ada = outbox(shop)[0].key, shop.profile_of("#1")
    [message] = export_person(shop.store, shop.rulebook, shop.id, ada, shop.now)["messages"]
    assert message["copy"]["subject"] == "Still thinking, Ada?"
    assert "Blue" in message["copy"]["html"]
    erase(shop.store, shop.id, ada)
    with shop.store.reading() as reading:
        assert reading.copy_of(shop.id, key) is None


def test_who_was_one_with_another_is_erased_with_what_they_were_sent_then(
    shop: EngineShop, catcher: Catcher
) -> None:
    made(shop)
    shop.happens("#1", "Looked")
    shop.happens("ada@example.com", "Looked")
    shop.happens("#1 ada@example.com", "Signed In")
    leaves(shop, "ada@example.com")
    assert sends(shop, catcher) == 1
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    ada, other = shop.profile_of("ada@example.com"), shop.profile_of("#1")
    with shop.store.reading() as reading:
        assert list(reading.messages_of(shop.id, other)) == []
        [message] = reading.messages_of(shop.id, ada)
    assert message.recipient == "ada@example.com"
    check_consistency(shop.store, shop.id, shop.now)
    erase(shop.store, shop.id, ada)
    with shop.store.reading() as reading:
        assert reading.message(shop.id, message.key) is None
        assert reading.copy_of(shop.id, message.key) is None


def test_a_copy_is_forgotten_in_time(shop: EngineShop, catcher: Catcher) -> None:
    made(shop)
    leaves(shop)
    sends(shop, catcher)
    assert drop_old_copies(shop.store, shop.now + KEPT_FOR - DAY) == 0
    assert drop_old_copies(shop.store, shop.now + KEPT_FOR + 1) == 1


def test_packed_against_its_template_a_copy_is_small() -> None:
    pattern = "".join(f"<td style='color:#{n:06x}'>{{{{ x }}}}</td>" for n in range(400))
    html = pattern.replace("{{ x }}", "Mug")
    mail = Outgoing(
        key="m1",
        sender=Mailbox("hello@shop.example"),
        recipient=Mailbox("ada@example.com"),
        subject="Your cart",
        html=html,
        text="Mug",
        at=1,
        shown=Shown(html, pattern),
    )
    assert len(packed(mail).body) < len(packed(mail).pattern)
    assert packed(mail).digest
