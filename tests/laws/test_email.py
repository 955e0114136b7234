"""Laws of e-mail, for all names, subjects and texts."""

from __future__ import annotations

from email import message_from_bytes, policy

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartback.channels.email.bounce import read_bounce
from cartback.channels.email.headers import BadHeader, clean
from cartback.channels.email.links import Tracking, followed
from cartback.channels.email.liquid import Walled, parse, render
from cartback.channels.email.message import wire
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.text import text_of
from cartback.domain.message import Mailbox
from cartback.engine.tokens import Kind, Link, Tokens, is_web_address
from tests.email.parts import EUROPE, outgoing, published, signer

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
TOKENS = Tokens({1: b"1" * 32, 2: b"2" * 32}, newest=2)
NAMES = {"from", "to", "reply-to", "subject", "x-note"}


@given(TEXT, TEXT, TEXT)
def test_no_name_and_no_subject_breaks_the_headers(subject: str, name: str, other: str) -> None:
    raw = wire(
        outgoing(
            subject=subject,
            sender=Mailbox("hello@shop.example", name),
            recipient=Mailbox("ada@shop.example", other),
            headers=(("X-Note", other),),
        )
    ).raw
    plain = wire(outgoing(headers=(("X-Note", "x"),))).raw
    found = message_from_bytes(raw, policy=policy.compat32)
    assert found.keys() == message_from_bytes(plain, policy=policy.compat32).keys()
    read = message_from_bytes(raw, policy=policy.default)
    assert read["to"].addresses[0].addr_spec == "ada@shop.example"
    assert " ".join(str(read["subject"]).split()) == clean(subject)
    assert max(len(line) for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")) <= 998


@settings(max_examples=30)
@given(TEXT, TEXT, TEXT)
def test_whatever_is_written_is_signed_and_read_back(subject: str, html: str, text: str) -> None:
    raw = wire(outgoing(subject=subject, html=html, text=text), signer=signer()).raw
    assert dkim.verify(raw, dnsfunc=published)
    message = message_from_bytes(raw, policy=policy.compat32)
    written = (text, html) if html else (text,)
    for part, wanted in zip(message.get_payload(), written, strict=True):
        payload = part.get_payload(decode=True).decode()
        as_sent = wanted.replace("\r\n", "\n").replace("\r", "\n")
        assert payload.replace("\r\n", "\n").rstrip("\n") == as_sent.rstrip("\n")


@given(TEXT)
def test_an_address_is_refused_or_is_one_address(address: str) -> None:
    try:
        ready = wire(outgoing(recipient=Mailbox(address)))
    except BadHeader:
        return
    assert ready.recipient.count("@") == 1
    assert not set(ready.recipient) & set(" \r\n<>,;:")


@given(
    st.sampled_from([kind for kind in Kind if kind is not Kind.CLICK]),
    st.binary(min_size=1, max_size=16),
)
def test_a_token_says_what_was_put_into_it_and_is_short(kind: Kind, about: bytes) -> None:
    token = TOKENS.make(kind, about)
    assert TOKENS.read(token) == Link(kind, about)
    assert len(token) < 40


@given(st.binary(min_size=1, max_size=16), st.integers(0, 65_535), st.text(max_size=300))
def test_a_click_leads_where_it_was_meant_to(about: bytes, place: int, path: str) -> None:
    target = "https://shop.example/" + path
    if not is_web_address(target):
        with pytest.raises(ValueError, match="no web address"):
            TOKENS.click(about, place, target)
        return
    assert TOKENS.read(TOKENS.click(about, place, target)) == Link(Kind.CLICK, about, place, target)


@given(st.booleans(), st.data())
def test_no_changed_token_is_read(click: bool, data: st.DataObject) -> None:
    token = (
        TOKENS.click(b"m1", 3, "https://shop.example/a") if click else TOKENS.make(Kind.VIEW, b"m1")
    )
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_=+/ é"))
    changed = token[:place] + letter + token[place + 1 :]
    assert (TOKENS.read(changed) is None) or changed == token
    assert TOKENS.read(token[:place]) is None
    assert TOKENS.read(token + letter) is None


@given(st.text(max_size=60))
def test_no_other_text_is_a_token(text: str) -> None:
    assert TOKENS.read(text) is None


LIQUID = st.lists(
    st.sampled_from(
        [
            *(
                "{% if a %}",
                "{% endif %}",
                "{% for i in a %}",
                "{% endfor %}",
                "{% else %}",
                "{{ a }}",
            ),
            *(
                "{{ a | append: a }}",
                "{% assign a = a | append: a %}",
                "{{ i | times: 9 }}",
                "{{",
                "}}",
            ),
            *(
                "{%",
                "%}",
                "{% for i in (1..9999) %}",
                "{% capture a %}",
                "{% endcapture %}",
                "x",
                "|",
            ),
            *(
                "{{ a | split: '' | join: a }}",
                "{{ a | replace: 'a', a }}",
                "{% raw %}",
                "{% endraw %}",
            ),
        ]
    ),
    max_size=14,
).map("".join)


@settings(max_examples=200)
@given(LIQUID, st.one_of(TEXT, st.integers(), st.none(), st.lists(st.integers(), max_size=5)))
def test_liquid_ends_within_its_work_with_a_text_or_a_sentence(source: str, value: object) -> None:
    environment = Walled(EUROPE, most_work=2_000)
    try:
        result = render(parse(environment, source), {"a": value})
    except BadLiquid as mistake:
        result = mistake.sentence("ko")
    assert len(result) <= 500_000


@given(TEXT)
def test_following_links_changes_nothing_but_links(html: str) -> None:
    tracking = Tracking(opens=False, trap=False)
    base = "https://t.shop.example"
    if "href" not in html.lower():
        assert followed(html, tokens=TOKENS, about=b"m", base=base, tracking=tracking) == html


@given(TEXT)
def test_any_html_has_a_text(html: str) -> None:
    assert text_of(html).endswith("\n")


@given(st.binary(max_size=2_000))
def test_no_returned_mail_is_too_strange_to_read(raw: bytes) -> None:
    assert read_bounce(raw) is None or raw
