"""The editor of mails over HTTP: begun, changed, looked at, saved, tried, and gone back to."""

from __future__ import annotations

import re
from html import unescape

import pytest

from cartback.domain.event import Metric
from cartback.domain.message import Accepted, Outcome, Outgoing, Refused
from cartback.domain.template import parse_template
from cartback.engine.flows import create_flow
from cartback.engine.mailing import set_mailing
from cartback.engine.templates import document_of, save_template, template_of
from cartback.web.console.mail_draft import Draft, Part, draft_of
from cartback.web.console.mail_keywords import spoken
from tests.web.console.automations import SERIES, ready_template
from tests.web.console.desk import OURS, Desk
from tests.web.console.test_mail_draft import form_of

FRAME = re.compile(r'<iframe id="canvas"[^>]* src="([^"]+)"')
PARTIAL = {**OURS, "hx-request": "true"}


@pytest.fixture
def shop(staffed: Desk) -> Desk:
    """With a mail, a sender, and Ada, who has a cart."""
    copy = ready_template("cart-help-lead", "en")
    save_template(staffed.store, staffed.shop, "help", "Help", copy.document, staffed.now)
    set_mailing(staffed.store, staffed.shop, {"sender": "a@shop.example", "name": "Tea & cake"})
    line = {"product_id": "tea", "name": "<b>tea</b>", "price": 6, "quantity": 2}
    traits = {"first_name": "Ada"}
    staffed.engine.happens("#ada", Metric.CART_UPDATED, cart_id="c", lines=[line], traits=traits)
    return staffed


def draft_in(shop: Desk, key: str = "help") -> Draft:
    with shop.store.reading() as reading:
        row, template = template_of(reading, shop.shop, key)
    return draft_of(template, {"name": row.name, "key": row.key, "version": str(row.version)})


def subject_of(shop: Desk, key: str = "help") -> tuple[int, str]:
    with shop.store.reading() as reading:
        row, template = template_of(reading, shop.shop, key)
    return row.version, template.subject


def test_it_is_saved_as_the_next_version(shop: Desk) -> None:
    draft = draft_in(shop)
    draft.fields["subject"] = "Still {{ profile.first_name }}?"
    answer = shop.visitor("marketer").post(shop.path("mails"), form_of(draft))
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/mails/help?saved=2")
    assert subject_of(shop) == (2, "Still {{ profile.first_name }}?")
    assert shop.written == 1
    assert (
        "marketer@example.com" in shop.visitor("owner").get(shop.path("settings", "changes")).text
    )


def test_a_new_one_is_begun_from_a_ready_made_one(shop: Desk) -> None:
    marketer = shop.visitor("marketer")
    page = marketer.get(shop.path("mails", "new") + "?start=cart-proof&language=ko")
    assert page.status_code == 200
    assert 'value="cart-proof"' in page.text
    draft = draft_of(
        parse_template(ready_template("cart-proof", "ko").document),
        {"name": "두 번째", "start": "cart-proof"},
    )
    form = form_of(draft)
    assert (
        marketer.post(shop.path("mails"), form)
        .headers["location"]
        .endswith("/mails/cart-proof?saved=1")
    )
    again = marketer.post(shop.path("mails"), form).headers["location"]
    assert again.endswith("/mails/cart-proof-2?saved=1")


@pytest.mark.parametrize("name", ["New", "Canvas"])
def test_one_that_is_called_as_a_page_of_the_console_is_found_beside_it(
    shop: Desk, name: str
) -> None:
    marketer = shop.visitor("marketer")
    draft = draft_of(parse_template(ready_template("cart-proof", "ko").document), {"name": name})
    made = marketer.post(shop.path("mails"), form_of(draft)).headers["location"]
    assert made.endswith(f"/mails/{name.lower()}-1?saved=1")
    assert name in marketer.get(made).text


def test_what_was_typed_stays_where_it_cannot_be_saved(shop: Desk) -> None:
    draft = draft_in(shop)
    draft.blocks[4].fields["url"] = "my cart"
    draft.blocks[2].fields["text"] = "Hello {{ profile.first_name"
    answer = shop.visitor("marketer").post(shop.path("mails"), form_of(draft))
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert "my cart" in text
    assert "Hello {{ profile.first_name" in text
    assert (
        re.search(r'data-wrong="b-4:url">“?Leads to', text)
        or "Leads to starts with https://" in text
    )
    assert re.search(r'data-wrong="b-2:text">[^<]*never closed', text)
    assert subject_of(shop)[0] == 1


def test_korean_is_told_in_korean(shop: Desk) -> None:
    draft = draft_in(shop)
    draft.blocks[4].fields["url"] = "x"
    marketer = shop.visitor("marketer")
    marketer.client.cookies.set("cartback_language", "ko")
    text = unescape(marketer.post(shop.path("mails"), form_of(draft)).text)
    assert "https:// 또는 {{로 시작하는" in text


def test_who_saves_second_is_told_and_keeps_what_was_typed(shop: Desk) -> None:
    draft, marketer = draft_in(shop), shop.visitor("marketer")
    draft.fields["subject"] = "Mine"
    with shop.store.reading() as reading:
        document = document_of(template_of(reading, shop.shop, "help")[0])
    theirs = {**document, "subject": "Theirs"}
    save_template(shop.store, shop.shop, "help", "Help", theirs, shop.now, by="owner@example.com")
    answer = marketer.post(shop.path("mails"), form_of(draft))
    assert answer.status_code == 409
    assert "owner@example.com" in answer.text
    assert 'value="Mine"' in answer.text
    assert 'name="version" value="2"' in answer.text
    draft.head["version"] = "2"
    assert marketer.post(shop.path("mails"), form_of(draft)).status_code == 303
    assert subject_of(shop) == (3, "Mine")


def test_an_act_brings_the_blocks_and_asks_for_the_look(shop: Desk) -> None:
    form = form_of(draft_in(shop)) | {"do": "put:b-1:button"}
    answer = shop.visitor("marketer").post(shop.path("mails", "draft"), form, PARTIAL)
    assert answer.headers["hx-trigger"] == "count"
    assert "<html" not in answer.text
    assert 'name="b-1:kind" value="button"' in answer.text
    assert "Back to my cart" in answer.text
    whole = shop.visitor("marketer").post(shop.path("mails", "draft"), form)
    assert "<html" in whole.text, "without scripts the page comes"


def test_it_is_seen_as_somebody_gets_it_by_day_and_by_night(shop: Desk) -> None:
    marketer, form = shop.visitor("marketer"), form_of(draft_in(shop))
    day = unescape(marketer.post(shop.path("mails", "look"), form | {"view:person": "ada"}).text)
    assert "Ada, we saved your cart" in day
    assert "&lt;b&gt;tea" in day
    assert "(prefers-color-scheme" not in day
    assert "@media not all" in day
    night = unescape(marketer.post(shop.path("mails", "look"), form | {"view:night": "on"}).text)
    assert "@media all" in night
    assert "cb-at-3" in night
    nobody = marketer.post(shop.path("mails", "look"), form | {"view:person": "nobody"}).text
    assert "Nobody has that" in nobody


def test_what_is_not_finished_is_left_out_of_the_look(shop: Desk) -> None:
    draft = draft_in(shop)
    draft.blocks[4].fields["url"] = ""
    text = shop.visitor("marketer").post(shop.path("mails", "look"), form_of(draft)).text
    assert 'data-order="b-0 b-1 b-2 b-3 b-5 b-6 b-7 b-8"' in text


def test_it_warns_while_one_writes(shop: Desk) -> None:
    draft = draft_in(shop)
    draft.fields["preheader"] = ""
    draft.blocks[2].fields["text"] = "Hello {{ profile.frist_name }}"
    text = unescape(shop.visitor("marketer").post(shop.path("mails", "look"), form_of(draft)).text)
    assert "There is no keyword profile.frist_name" in text
    assert 'data-go="b-2:text"' in text
    assert 'data-go="t:preheader"' in text


def test_what_is_not_finished_is_open_after_saving_in_vain(shop: Desk) -> None:
    draft = draft_in(shop)
    draft.blocks.append(Part("coupon", uid=88))
    answer = shop.visitor("marketer").post(shop.path("mails"), form_of(draft))
    assert answer.status_code == 422
    assert re.search(r'<details [^>]*id="block-88"[^>]* open>', answer.text)


def test_in_the_frame_nothing_acts(shop: Desk) -> None:
    marketer = shop.visitor("marketer")
    for answer in (
        marketer.get(shop.path("mails", "canvas") + "?mail=help"),
        marketer.get(shop.path("mails", "canvas") + "?start=cart-proof&language=ko"),
        marketer.post(shop.path("mails", "canvas"), form_of(draft_in(shop))),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "sandbox allow-same-origin;" in policy
        assert "script" not in policy
        assert "cb-ground" in answer.text
    assert marketer.get(shop.path("mails", "canvas") + "?mail=nothing").status_code == 404


def test_the_frame_of_a_blank_mail_has_what_it_begins_with(shop: Desk) -> None:
    marketer = shop.visitor("marketer")
    found = FRAME.search(marketer.get(shop.path("mails", "new")).text)
    assert found is not None
    answer = marketer.get(unescape(found[1]))
    assert answer.status_code == 200
    assert "A line that leads" in answer.text


class Sink:
    """Takes every mail, or refuses."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.mails: list[Outgoing] = []

    def __call__(self, outgoing: Outgoing) -> Outcome:
        self.mails.append(outgoing)
        return self.outcome


def test_a_test_is_sent_as_it_is_in_the_form(shop: Desk) -> None:
    sink = shop.try_out = Sink(Accepted("x"))
    marketer, form = shop.visitor("marketer"), form_of(draft_in(shop))
    form |= {"t:subject": "Not saved", "view:to": "me@shop.example", "view:night": "on"}
    answer = marketer.post(shop.path("mails", "test"), form, PARTIAL)
    assert "Sent to me@shop.example." in answer.text
    [mail] = sink.mails
    assert (mail.subject, mail.recipient.address) == ("Not saved", "me@shop.example")
    assert "(prefers-color-scheme: dark)" in mail.html, "it follows the reader's own light"
    assert subject_of(shop)[1] != "Not saved"
    for wrong in ("me", "a@b.example, c@d.example", "a@shop.example\nBcc: x@y.example"):
        marketer.post(shop.path("mails", "test"), form | {"view:to": wrong}, PARTIAL)
    assert len(sink.mails) == 1
    sink.outcome = Refused(True, 550, "no such user")
    assert "no such user" in marketer.post(shop.path("mails", "test"), form, PARTIAL).text


def test_tests_are_rationed(shop: Desk) -> None:
    sink = shop.try_out = Sink(Accepted("x"))
    marketer = shop.visitor("marketer")
    form = form_of(draft_in(shop)) | {"view:to": "me@shop.example"}
    for _ in range(22):
        answer = marketer.post(shop.path("mails", "test"), form, PARTIAL)
    assert len(sink.mails) == 20
    assert "Many tests were sent" in answer.text


def test_a_version_is_compared_and_gone_back_to(shop: Desk) -> None:
    draft, marketer = draft_in(shop), shop.visitor("marketer")
    first = draft.fields["subject"]
    draft.fields["subject"] = "Second"
    marketer.post(shop.path("mails"), form_of(draft))
    page = unescape(marketer.get(shop.path("mails", "help", "versions") + "?version=1").text)
    assert "Subject: Second" in page
    assert f"Subject: {first}" in page
    form = {"version": "1", "expected": "2"}
    assert marketer.post(shop.path("mails", "help", "versions"), form).status_code == 303
    assert subject_of(shop) == (3, first)
    assert marketer.post(shop.path("mails", "help", "versions"), form).status_code == 409
    assert (
        marketer.post(shop.path("mails", "help", "versions"), {"version": "99"}).status_code == 404
    )


def test_the_library_tells_where_each_is_used_and_finds(shop: Desk) -> None:
    create_flow(shop.store, shop.shop, "cart", SERIES, shop.now)
    copy = ready_template("cart-help-lead", "ko")
    save_template(shop.store, shop.shop, "cart-help-lead", "도움", copy.document, shop.now)
    viewer = shop.visitor("viewer")
    page = viewer.get(shop.path("mails")).text
    assert "sent by Abandoned cart" in page
    assert "sent by no automation" in page
    assert shop.path("mails", "help", "change") not in page, "a viewer changes nothing"
    korean = viewer.get(shop.path("mails") + "?language=ko&series=abandoned_cart").text
    assert "도움" in korean
    assert shop.path("mails", "help") + '"' not in korean


def test_it_is_duplicated_archived_and_brought_back(shop: Desk) -> None:
    marketer = shop.visitor("marketer")
    copy = marketer.post(shop.path("mails", "help", "copy")).headers["location"]
    assert copy.endswith("/mails/help-copy/change")
    assert "Copy of Help" in marketer.get(copy).text
    away = marketer.post(shop.path("mails", "help", "archive")).headers["location"]
    page = marketer.get(away).text
    assert shop.path("mails", "help", "restore") in page, "undone by a press"
    assert shop.path("mails", "help", "change") not in page
    assert (
        shop.path("mails", "help", "restore")
        in marketer.get(shop.path("mails") + "?show=archived").text
    )
    marketer.post(shop.path("mails", "help", "restore"))
    assert shop.path("mails", "help", "change") in marketer.get(shop.path("mails")).text


def test_what_an_automation_sends_is_not_archived(shop: Desk) -> None:
    copy = ready_template("cart-help-lead", "en")
    save_template(shop.store, shop.shop, "cart-help-lead", "Help", copy.document, shop.now)
    create_flow(shop.store, shop.shop, "cart", SERIES, shop.now)
    answer = shop.visitor("marketer").post(shop.path("mails", "cart-help-lead", "archive"))
    assert answer.status_code == 409
    assert "Abandoned cart" in answer.text


@pytest.mark.parametrize(
    "text, language, said",
    [
        ('{{ profile.first_name | default: "there" }}, hello', "en", "[First name], hello"),
        ('{{ profile.first_name | default: "고객" }}님', "ko", "[이름]님"),
        ("{{ coupons['come-back'].code }} for you", "en", "[come-back] for you"),
        ("{% if cart.count > 1 %}Them{% else %}It{% endif %}", "en", "Them It"),
        ("{{ profile.traits.city }} {{", "en", "[profile.traits.city] {{"),
        ("no keyword", "en", "no keyword"),
    ],
)
def test_keywords_are_read_by_their_words(text: str, language: str, said: str) -> None:
    assert spoken(text, language) == said


def test_subject_and_preview_text_are_shown_as_somebody_reads_them(shop: Desk) -> None:
    draft = draft_in(shop)
    draft.fields["preheader"] = "For {{ profile.first_name }}"
    marketer, form = shop.visitor("marketer"), form_of(draft)
    look = marketer.post(shop.path("mails", "look"), form | {"view:person": "ada"}).text
    assert '<template data-reads="t:preheader">For Ada</template>' in look
    assert "{{" not in look.split("</template>")[0]


def test_what_never_ends_is_told_at_its_own_field_and_line(shop: Desk) -> None:
    draft = draft_in(shop)
    draft.blocks[2].fields["text"] = "Hello\n{% for i in (1..100000000) %}x{% endfor %}"
    look = shop.visitor("marketer").post(shop.path("mails", "look"), form_of(draft)).text
    assert "Line 2: A loop goes round too often" in unescape(look)
    assert 'data-stops="b-2:text"' in look
