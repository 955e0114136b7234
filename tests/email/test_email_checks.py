"""What is likely to go wrong is said before sending; HTML reads well as text; mails are caught."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime

import pytest

from cartback.channels.email import catcher as catching
from cartback.channels.email.catcher import Catcher
from cartback.channels.email.lint import SENTENCES, Finding, lint_rendered, lint_template
from cartback.channels.email.message import wire
from cartback.channels.email.template import Rendered
from cartback.channels.email.text import text_of
from cartback.domain.template import parse_template
from tests.email.parts import outgoing

WORDS = "<p>" + "A sentence that says something worth reading. " * 3 + "</p>"


def words(html: str, subject: str = "Your cart is saved", unsubscribe: str = "") -> set[str]:
    mail = Rendered(subject, "", WORDS + html, "")
    found = lint_rendered(mail, advertising=True, unsubscribe=unsubscribe)
    return {one.word for one in found}


def test_a_good_mail_gives_no_cause() -> None:
    assert (
        words('<a href="https://shop.example/u/1">x</a>', unsubscribe="https://shop.example/u/1")
        == set()
    )


def test_each_cause_is_found() -> None:
    assert words("x" * 103_000) == {"clipped"}
    assert words("x" * 90_000) == {"nearly_clipped"}
    assert words("안" * 34_500) == {"clipped"}
    assert words("", subject="y" * 61) == {"long_subject"}
    assert words("", subject="BUY YOUR CART NOW") == {"shouting"}
    assert words("", subject="Wow!! Really") == {"shouting"}
    assert words('<img src="https://a.example/x.png">') == {"no_alt"}
    assert words('<img src="http://a.example/x.png" alt="">') == {"plain_http"}
    assert words("<script>x</script>") == {"script"}
    assert words('<div style="display: flex">x</div>') == {"position"}
    assert words("", unsubscribe="https://shop.example/u/1") == {"no_unsubscribe"}
    bare = Rendered("Hello", "", '<img src="https://a.example/x.png" alt="">', "")
    assert [one.word for one in lint_rendered(bare, advertising=False)] == ["few_words"]


def test_a_keyword_that_there_is_not_is_named_with_the_nearest() -> None:
    template = parse_template(
        {
            "subject": "Hi {{ profile.frist_name }}",
            "blocks": [
                {"kind": "text", "text": "{% for one in cart.lines %}{{ one.name }}{% endfor %}"},
                {"kind": "text", "text": "{% assign x = event.y %}{{ x }} {{ coupons['a'].code }}"},
                {"kind": "footer"},
            ],
        }
    )
    keyword, preheader = lint_template(template)
    assert keyword == Finding(
        "unknown_keyword", "wrong", "subject", "profile.frist_name", "profile.first_name"
    )
    assert "Did you mean profile.first_name?" in keyword.sentence("en")
    assert "혹시 profile.first_name 인가요?" in keyword.sentence("ko")
    assert preheader.word == "no_preheader"


def test_every_finding_has_words_in_both_languages() -> None:
    for word in SENTENCES:
        one = Finding(word, "mind", name="n", size=3)
        assert "{" not in one.sentence("en") + one.sentence("ko")


def test_html_reads_well_as_text() -> None:
    html = """<head><title>no</title><style>p {}</style></head><body>
    <div style="display:none">hidden</div>
    <h1>A &amp; B</h1><p>One<br>two  <b>three</b></p>
    <ul><li>x</li><li>y</li></ul>
    <a href="https://shop.example/?a=1&amp;b=2">go</a> <a href="tel:+4930">+4930</a>
    <a aria-hidden="true" href="https://shop.example">twice</a><img src="x" alt="picture"><hr>
    {% if a < b %}<p>{{ c | default: "d" }}</p>{% endif %}</body>"""
    assert text_of(html) == (
        "A & B\n\nOne\ntwo three\n\n- x\n\n- y\n\n"
        "go <https://shop.example/?a=1&b=2> +4930 picture\n\n---\n\n"
        '{% if a < b %}\n\n{{ c | default: "d" }}\n\n{% endif %}\n'
    )


@pytest.mark.parametrize("piece", ["<!--", "<script", "<", "<a ", "</", "&", "<![", '<a href="'])
def test_html_that_never_ends_is_read_at_once(piece: str) -> None:
    for html in (piece * 20_000, piece * 20_000 + ">"):
        assert isinstance(text_of(html), str)
        lint_rendered(Rendered("x", "", html, ""), advertising=False)


def test_the_catcher_keeps_the_latest_mails_and_shows_their_parts() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    catcher = Catcher(lambda: now)
    port = catcher.start()
    try:
        with smtplib.SMTP("127.0.0.1", port) as client:
            for number in range(3):
                message = outgoing(
                    key=f"m-{number}", subject=f"안녕 {number}", text="t", html="<p>h"
                )
                client.sendmail("b@shop.example", ["ada@shop.example"], wire(message).raw)
    finally:
        catcher.stop()
    assert [mail.number for mail in catcher.mails()] == [3, 2, 1]
    newest = catcher.mail(3)
    assert newest is not None
    assert (newest.subject, newest.html(), newest.text()) == ("안녕 2", "<p>h", "t")
    assert (newest.at, newest.return_path) == (now, "b@shop.example")
    assert ("From", "Lamps & Co <hello@shop.example>") in newest.headers()
    assert catcher.mail(99) is None
    catcher.clear()
    assert catcher.mails() == []


def test_the_catcher_is_bounded() -> None:
    assert Catcher(lambda: datetime.now(UTC))._mails.maxlen == catching.MOST_MAILS
