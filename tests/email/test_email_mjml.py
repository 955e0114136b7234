"""Blocks become HTML that is whole in every mail program, whatever the Liquid in them does."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from cartback.channels.email.links import Tracking, followed
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.mjml import BadMjml, check_mjml, compile_mjml, html_of, mjml_of
from cartback.channels.email.ready import KEYS, ready
from cartback.channels.email.template import Rendered, compile_template, render_template
from cartback.channels.email.tokens import Tokens
from cartback.domain.template import needs_of, parse_template
from cartback.engine import tokens as link_tokens
from tests.email.parts import DOCUMENT, EUROPE, compiled, product, values

LINKS = link_tokens.Tokens({1: b"k" * 32}, newest=1)
VOID = set("area base br col embed hr img input link meta source track wbr".split())


class Balance(HTMLParser):
    """Fails where an end has no beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open, f"</{tag}> without a beginning"
            assert self.open.pop() == tag


def assert_whole(html: str) -> None:
    """Balanced for most programs, and for Outlook, which reads the conditional comments."""
    body = html[html.index("<body") :]
    outlook = body.replace("<!--[if mso | IE]>", "").replace("<![endif]-->", "")
    outlook = outlook.replace("<!--[if mso]>", "")
    for view in (body.removesuffix("</html>"), outlook.removesuffix("</html>")):
        balance = Balance()
        balance.feed(view)
        balance.close()
        assert balance.open == []


def rendered(
    *blocks: object, given: Mapping[str, object] | None = None, **more: object
) -> Rendered:
    document = {"subject": "x", "blocks": [*blocks, {"kind": "footer"}], **more}
    template = compile_template(parse_template(document), EUROPE)
    return render_template(template, values() if given is None else given)


@pytest.mark.parametrize("count", [0, 1, 3, 500])
def test_any_number_of_cart_lines_is_whole_html(count: int) -> None:
    lines = [product(number) for number in range(count)]
    mail = render_template(compiled(), values(cart={"lines": lines, "value": 1, "currency": "EUR"}))
    assert_whole(mail.html)
    assert mail.html.count("?x=1&amp;y=2") == 3 * min(count, 3) + 2 * 2 + 2
    assert (f"and {count - 3} more in your cart" in mail.html) is (count > 3)


@pytest.mark.parametrize("given", [{}, {"cart": None}, {"cart": {"lines": None}, "shop": {}}])
def test_what_is_missing_is_empty(given: dict[str, object]) -> None:
    mail = render_template(compiled(), given)
    assert_whole(mail.html)
    assert mail.subject == "You left something, friend"
    assert "Your code" not in mail.html
    assert "None" not in mail.html + mail.text


def test_a_price_that_is_null_is_not_shown() -> None:
    nothing = product(1, price=None, old_price=None, stock=None, image=None)
    mail = rendered({"kind": "product"}, given={"cart": {"lines": [nothing]}})
    assert_whole(mail.html)
    assert "Lamp 1" in mail.html
    assert "€" not in mail.html
    assert "<img" not in mail.html


@pytest.mark.parametrize(
    "stock, said",
    [(0, "Sold out at the moment"), (1, "The last one in stock"), (3, "3 left"), (4, "")],
)
def test_stock_is_said_only_where_it_is_little(stock: int, said: str) -> None:
    mail = rendered({"kind": "product"}, given={"cart": {"lines": [product(1, stock=stock)]}})
    assert said in mail.text
    assert ("left" in mail.text or "stock" in mail.text) == bool(said and stock)


@pytest.mark.parametrize("layout", ["rows", "cards", "large"])
def test_every_layout_shows_price_old_price_and_a_fall(layout: str) -> None:
    one = product(1, price=1_000, old_price=3_000, chosen_price=2_000)
    mail = rendered({"kind": "product", "layout": layout}, given={"cart": {"lines": [one]}})
    assert_whole(mail.html)
    for said in ("€10.00", "€30.00", "Fell from €20.00 since you chose it"):
        assert said in mail.html


def test_values_are_escaped_wherever_they_stand() -> None:
    evil = '"><script>alert(1)</script>'
    mail = rendered(
        {"kind": "heading", "text": "{{ profile.first_name }}"},
        {"kind": "image", "url": "{{ profile.first_name }}", "alt": "{{ profile.first_name }}"},
        {"kind": "product"},
        given={
            "profile": {"first_name": evil},
            "cart": {"lines": [product(1, name=evil, url=evil, image=evil, variant=evil)]},
        },
    )
    assert_whole(mail.html)
    assert "<script" not in mail.html


def test_text_may_be_bold_slanted_and_lead_somewhere_and_nothing_else() -> None:
    text = "**a** and *b* and [c](https://shop.example/?x=1&y=2) <i>d</i> [e](javascript:x) 2*3*4"
    html = rendered({"kind": "text", "text": text}).html
    assert "<strong>a</strong>" in html
    assert "<em>b</em>" in html
    assert 'href="https://shop.example/?x=1&amp;y=2"' in html
    assert "&lt;i&gt;d&lt;/i&gt;" in html
    assert 'href="javascript' not in html
    assert "2*3*4" in html


def test_liquid_compares_and_quotes_within_texts_and_addresses() -> None:
    mail = rendered(
        {
            "kind": "text",
            "text": '{% if cart.value < 9999 %}**small** {{ x | default: "a > b" }}{% endif %}',
        },
        {
            "kind": "button",
            "text": "go",
            "url": '{{ links.nothing | default: "https://b.example/" }}',
        },
    )
    assert "<strong>small</strong> a > b" in mail.html
    assert 'href="https://b.example/"' in mail.html


def test_liquid_between_sections_of_raw_mjml_is_put_where_mjml_leaves_it_alone() -> None:
    text = "{% if a %}<mj-text>{{ i }}</mj-text>{% endif %}"
    section = f"<mj-section><mj-column>{text}</mj-column></mj-section>"
    block = {"kind": "mjml", "mjml": f"{{% for i in (1..3) %}}{section}{{% endfor %}}"}
    assert "<mj-raw>{% for i in (1..3) %}</mj-raw>" in mjml_of(
        parse_template({"subject": "x", "blocks": [block, {"kind": "footer"}]})
    )
    for given, times in (({"a": True}, 3), ({}, 0)):
        mail = rendered(block, given=given)
        assert_whole(mail.html)
        assert sum(f">{number}<" in mail.html for number in (1, 2, 3)) == times


def test_raw_html_comes_through_untouched() -> None:
    raw = "<table><tr><td bgcolor=red>R&D {{ shop.name }}<br>x</table>"
    assert (
        "<table><tr><td bgcolor=red>R&D Lamps &amp; Co<br>x</table>"
        in rendered({"kind": "html", "html": raw}).html
    )


def test_mjml_that_cannot_be_read_is_a_sentence() -> None:
    block = {"kind": "mjml", "mjml": "<mj-section><mj-column>"}
    with pytest.raises(BadMjml, match="this MJML cannot be read"):
        html_of(parse_template({"subject": "x", "blocks": [block, {"kind": "footer"}]}))


@pytest.mark.parametrize(
    "inside, said",
    [
        ("<mj-text>Hi</mj-txt>", "line 2: there is no <mj-txt>"),
        ("<mj-text>Hi", "line 3: <mj-text> is closed by </mj-column>"),
        ("<mj-text>Hi</mj-text></mj-text>", "line 2: <mj-column> is closed by </mj-text>"),
    ],
)
def test_what_the_compiler_would_mend_in_silence_is_told_with_its_line(
    inside: str, said: str
) -> None:
    with pytest.raises(BadMjml, match=re.escape(said)):
        check_mjml(f"<mj-section><mj-column>\n{inside}\n</mj-column></mj-section>")


@pytest.mark.parametrize(
    "mjml, said",
    [
        ("<p>Hello</p>", "line 1: whole sections belong here"),
        ("<mj-section></mj-section>\n{% if x %}\n words", "line 3: whole sections"),
        ("<mj-text>x</mj-text>", "line 1: whole sections"),
        ("<mj-section>", "line 1: <mj-section> is opened and never closed"),
        ("</mj-section>", "line 1: </mj-section> closes what was never opened"),
    ],
)
def test_what_stands_outside_of_sections_is_told(mjml: str, said: str) -> None:
    with pytest.raises(BadMjml, match=re.escape(said)) as refused:
        check_mjml(mjml)
    assert "번째 줄" in refused.value.sentence("ko")


def test_good_mjml_has_no_flaw() -> None:
    check_mjml(
        "<!-- <mj-foo> -->{% if a %}<mj-wrapper><mj-section><mj-column>"
        '<mj-image src="https://shop.example/a.png" /><mj-text>a <b>b</b></mj-text>'
        "</mj-column></mj-section></mj-wrapper>{% endif %}"
    )


def test_mjml_reads_no_files() -> None:
    source = '<mjml><mj-body><mj-include path="/etc/passwd" /></mj-body></mjml>'
    with pytest.raises(BadMjml):
        compile_mjml(source)


def test_the_language_and_both_colour_schemes_are_declared() -> None:
    html = rendered({"kind": "divider"}, language="ko").html
    assert 'lang="ko"' in html
    assert 'name="color-scheme" content="light dark"' in html
    assert "수신거부" in html


def test_a_mail_asks_no_server_but_the_shops() -> None:
    """MJML would load fonts from Google, which tells it who reads what and when."""
    raw = (
        "<mj-section><mj-column><mj-text font-family='Roboto, Ubuntu'>x</mj-text>"
        "<mj-button href='https://shop.example/b'>y</mj-button></mj-column></mj-section>"
    )
    document = {**DOCUMENT, "blocks": [{"kind": "mjml", "mjml": raw}, *DOCUMENT["blocks"]]}
    for template in [parse_template(document), *(ready(key).ko for key in KEYS)]:
        mail = render_template(compile_template(template, EUROPE), values())
        loaded = re.findall(r"(?:https?:)?//[^\s\"'<>)&]+", mail.html)
        names = {"www.w3.org"}  # what XML calls HTML; nothing is loaded from there
        assert {urlsplit(one).hostname for one in loaded} - names == {"shop.example"}
        assert "@import" not in mail.html


def test_the_preheader_is_there_and_hidden() -> None:
    html = render_template(compiled(), values()).html
    assert "Your basket is still here." in html
    assert "Your basket is still here." not in render_template(compiled(), values()).text


def test_the_example_has_every_kind_of_block() -> None:
    kinds = {block["kind"] for block in DOCUMENT["blocks"]}
    assert len(kinds) == 14


def test_text_of_a_document_that_looks_like_a_token_is_left_alone() -> None:
    html = rendered({"kind": "text", "text": "lqx0z lqqx0z {{ shop.name }}"}).html
    assert "lqx0z lqqx0z Lamps &amp; Co" in html


ENDLESS = (
    "{% raw %}",
    "{{",
    "{%",
    "{{ a ",
    "{{}",
    "<!--",
    "<mj-text ",
    '<mj-text a="',
    "<mj",
    "**",
    "*a",
    "[a](",
    "<a ",
)


@pytest.mark.parametrize("piece", ENDLESS)
@pytest.mark.parametrize("block", ["text", "html", "mjml"])
def test_what_never_ends_is_read_at_once(block: str, piece: str) -> None:
    room = 20_000 if block == "text" else 100_000
    text = (piece * room)[:room]
    with contextlib.suppress(BadLiquid, BadMjml):
        rendered({"kind": block, block: text})
    Tokens().hide(text)
    followed(text, tokens=LINKS, about=b"m", base="https://t.example", tracking=Tracking())


def test_a_title_stands_only_where_something_follows() -> None:
    blocks = [
        {"kind": "review", "title": "What buyers say"},
        {"kind": "product", "source": "recommended", "title": "Goes well with it"},
        {"kind": "product", "source": "fixed", "ids": ["p-9"], "title": "For {{ shop.name }}"},
    ]
    whole = rendered(*blocks, given=values(recommended=[product(3)])).html
    for title in ("What buyers say", "Goes well with it", "For Lamps &amp; Co"):
        assert f">{title}</h3>" in whole
    bare = rendered(*blocks, given={name: values()[name] for name in ("shop", "links")}).html
    assert "<h3" not in bare


def test_the_cart_is_added_up_where_one_asks_for_it() -> None:
    block = {"kind": "product", "source": "abandoned_cart"}
    added = {**block, "total": True}
    assert "Together" not in rendered(block, given=values()).html
    assert re.search(r"Together</td>.*?€90\.00", rendered(added, given=values()).html, re.DOTALL)
    assert "Together" not in rendered(added, given={"shop": values()["shop"]}).html


def test_the_product_that_the_flow_is_about_is_a_block() -> None:
    block = {"kind": "product", "source": "product", "layout": "large", "button": "See it"}
    assert "Lamp 2" in rendered(block, given=values(product=product(2))).html
    assert "See it" not in rendered(block, given=values(product={})).html
    assert needs_of(parse_template({**DOCUMENT, "blocks": [block, {"kind": "footer"}]})).occasion
