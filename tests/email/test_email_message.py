"""The bytes of a message: what RFC 5322, 2047, 2369, 8058 and 6376 ask of them."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import dkim
import pytest

from cartback.channels.email.dkim import BadKey, Signer, new_key, relaxed_body
from cartback.channels.email.headers import BadHeader, checked_address
from cartback.channels.email.message import ReturnPath, wire
from cartback.domain.message import Mailbox, Outgoing
from tests.email.parts import AT, outgoing, private_key, published, signer

ANY_SCRIPT = "👩‍💻 שלום العربية 안녕하세요 Grüße"


def parsed(message: Outgoing) -> EmailMessage:
    return message_from_bytes(wire(message, signer=signer()).raw, policy=policy.default)


def read_by_rfc_2047(message: EmailMessage, name: str) -> str:
    """As mail programs do; Python's newer reader puts a space between two encoded words."""
    [raw] = [value for given, value in message.raw_items() if given.lower() == name]
    return str(make_header(decode_header(raw)))


def header_lines(raw: bytes, name: bytes) -> list[bytes]:
    head = raw.partition(b"\r\n\r\n")[0] + b"\r\n"
    return re.findall(rb"(?mi)^" + name + rb":(?:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)", head)


def test_list_unsubscribe_is_one_line_of_exactly_these_bytes() -> None:
    raw = wire(outgoing(), signer=signer()).raw
    assert (
        b"\r\nList-Unsubscribe: <https://t.shop.example/u/AbCdEfGhIjKlMnOpQrStUvWxYz012345>,"
        b" <mailto:unsubscribe@shop.example?subject=unsubscribe>\r\n"
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    ) in raw


def test_one_click_is_promised_for_https_only() -> None:
    raw = wire(outgoing(unsubscribe="http://127.0.0.1:8000/u/x", unsubscribe_mailto="")).raw
    assert b"List-Unsubscribe: <http://127.0.0.1:8000/u/x>\r\n" in raw
    assert b"List-Unsubscribe-Post" not in raw


def test_mail_that_was_asked_for_has_no_unsubscribe() -> None:
    assert b"List-Unsubscribe" not in wire(outgoing(unsubscribe="")).raw


def test_the_way_out_is_among_the_signed_headers() -> None:
    """RFC 8058, 4: the signature covers both headers, else nobody believes the one click."""
    raw = wire(outgoing(), signer=signer()).raw
    [line] = header_lines(raw, b"DKIM-Signature")
    [signed] = re.findall(rb"[ ;]h=([^;]+);", b"".join(line.split(b"\r\n")))
    names = {one.strip().lower() for one in signed.split(b":")}
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"from", b"subject", b"to"} <= names


def test_an_independent_verifier_accepts_the_signature() -> None:
    assert dkim.verify(wire(outgoing(), signer=signer()).raw, dnsfunc=published)


@pytest.mark.parametrize(
    "name", ["From", "To", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post", "Date"]
)
def test_a_changed_header_breaks_the_signature(name: str) -> None:
    raw = wire(outgoing(), signer=signer()).raw
    [line] = header_lines(raw, name.encode())
    changed = raw.replace(line, line.replace(b"e", b"f", 1).replace(b"2", b"3", 1))
    assert changed != raw
    assert not dkim.verify(changed, dnsfunc=published)


@pytest.mark.parametrize(
    "extra",
    [
        b"List-Unsubscribe: <https://eve.example>\r\n",
        b"From: eve@eve.example\r\n",
        b"Reply-To: eve@eve.example\r\n",
        b"Subject: other\r\n",
    ],
)
def test_an_added_header_breaks_the_signature(extra: bytes) -> None:
    raw = wire(outgoing(), signer=signer()).raw
    assert not dkim.verify(extra + raw, dnsfunc=published)


def test_a_changed_body_breaks_the_signature() -> None:
    raw = wire(outgoing(), signer=signer()).raw
    assert not dkim.verify(raw.replace(b"ADA-7KQ2M9", b"EVE-7KQ2M9"), dnsfunc=published)


def test_spaces_that_servers_change_do_not_break_it() -> None:
    raw = wire(outgoing(text="a  b \t c\n\n\n"), signer=signer()).raw
    assert dkim.verify(raw.replace(b"Subject: ", b"Subject:  "), dnsfunc=published)
    assert dkim.verify(raw + b"\r\n\r\n", dnsfunc=published)


@pytest.mark.parametrize(
    "body", [b"", b"\r\n", b" \r\n\r\n", b"a", b"a \t b\t\r\n \r\n\r\n", b"\ta\r\n"]
)
def test_a_body_is_made_alike_as_dkimpy_does(body: bytes) -> None:
    from dkim.canonicalization import Relaxed

    assert relaxed_body(body) == Relaxed.canonicalize_body(body)


def test_the_record_to_publish_is_in_pieces_that_a_zone_takes() -> None:
    record = signer().record()
    assert record.name == "cartback._domainkey.shop.example"
    pieces = re.findall(r'"([^"]*)"', record.quoted)
    assert "".join(pieces) == record.value
    assert max(map(len, pieces)) <= 255


@pytest.mark.parametrize(
    "domain, selector, key",
    [
        ("not a domain", "cartback", None),
        ("shop.example", "Bad Selector", None),
        ("shop.example", "cartback", "no key"),
    ],
)
def test_a_signer_that_cannot_sign_says_why(domain: str, selector: str, key: str | None) -> None:
    with pytest.raises(BadKey):
        Signer(domain, selector, key or private_key())


def test_a_new_key_signs() -> None:
    assert (
        Signer("shop.example", "s2026", new_key()).record().value.startswith("v=DKIM1; k=rsa; p=")
    )


def test_every_script_comes_through_in_every_field() -> None:
    message = parsed(
        outgoing(
            subject=ANY_SCRIPT,
            html=f"<p>{ANY_SCRIPT}</p>",
            text=ANY_SCRIPT,
            sender=Mailbox("hello@shop.example", ANY_SCRIPT),
            recipient=Mailbox("jiwoo@쇼핑몰.example", ANY_SCRIPT),
            reply_to=Mailbox("help@shop.example", ANY_SCRIPT),
            headers=(("X-Note", ANY_SCRIPT),),
        )
    )
    for name in ("from", "to", "reply-to", "subject", "x-note"):
        assert read_by_rfc_2047(message, name).partition(" <")[0] == ANY_SCRIPT
    assert message["to"].addresses[0].domain == "xn--352bl7khqr.example"
    for kind, wanted in (("html", f"<p>{ANY_SCRIPT}</p>"), ("plain", ANY_SCRIPT)):
        part = message.get_body((kind,))
        assert part is not None
        assert part.get_content().strip() == wanted


def test_no_line_is_longer_than_servers_take() -> None:
    raw = wire(outgoing(subject=ANY_SCRIPT * 30, html="<p>" + "x" * 5_000), signer=signer()).raw
    assert max(len(line) for line in raw.split(b"\r\n")) <= 200
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "name, shown",
    [
        ("Lamps & Co", "Lamps & Co"),
        ('Ada "the lamp" Bee, Ltd.', '"Ada \\"the lamp\\" Bee, Ltd."'),
        ("a@b.example", '"a@b.example"'),
    ],
)
def test_names_with_special_characters_are_quoted(name: str, shown: str) -> None:
    message = outgoing(sender=Mailbox("hello@shop.example", name))
    assert f"From: {shown} <hello@shop.example>\r\n".encode() in wire(message).raw
    assert parsed(message)["from"].addresses[0].display_name == name


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@shop.example",
        "ada@",
        "a b@shop.example",
        "ada@shop.example\r\nBcc: e@e.example",
        "ada@shop..example",
        ".ada@shop.example",
        "ada@-shop.example",
        "<ada@shop.example>",
        "ada@shop.example, eve@e.example",
        "아다@shop.example",
        "ada@[127.0.0.1]",
        "a" * 65 + "@b.example",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadHeader):
        wire(outgoing(recipient=Mailbox(address)))


def test_a_domain_in_any_script_is_written_in_ascii() -> None:
    assert checked_address("ada@BÜCHER.example") == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize("key", ["", "M-1", "a b", "a\r\nb", "x" * 41, "-a", "a-"])
def test_a_key_that_no_address_can_hold_is_refused(key: str) -> None:
    with pytest.raises(BadHeader, match="small letters"):
        wire(outgoing(key=key))


@pytest.mark.parametrize(
    "headers",
    [
        (("Subject", "x"),),
        (("list-unsubscribe", "x"),),
        (("X Y", "x"),),
        (("X-A:B", "x"),),
        (("X-A\r\nBcc", "x"),),
        (("", "x"),),
    ],
)
def test_further_headers_replace_none_of_ours(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(BadHeader):
        wire(outgoing(headers=headers))


@pytest.mark.parametrize(
    "address",
    [
        "https://t.example/u/x y",
        "https://t.example/u/x>\r\nBcc: e@e.example",
        "ftp://t.example",
        "https://t.example/<x>",
        "https://t.example/" + "x" * 900,
        "https://t.example/안녕",
    ],
)
def test_an_address_to_unsubscribe_at_is_a_web_address(address: str) -> None:
    with pytest.raises(BadHeader):
        wire(outgoing(unsubscribe=address))


def test_the_same_message_is_the_same_bytes() -> None:
    assert wire(outgoing(), signer=signer()) == wire(outgoing(), signer=signer())


def test_a_date_is_that_of_the_message() -> None:
    assert int(parsed(outgoing())["date"].datetime.timestamp() * 1000) == AT


def test_the_feedback_id_has_four_parts_that_hold_no_colon() -> None:
    raw = wire(outgoing(stream="cart: 1", shop="lamps & co")).raw
    assert b"Feedback-ID: cart-1:lamps-co:flow:cartback\r\n" in raw


def test_a_return_path_tells_the_message_and_nothing_else_does() -> None:
    returns = ReturnPath("bounces.shop.example", b"s" * 32)
    address = returns.address("m-0123456789abcdef0123456789abcdef01234")
    assert len(address.partition("@")[0]) <= 64
    assert returns.key(address.upper()) == "m-0123456789abcdef0123456789abcdef01234"
    assert returns.key(f"<{address}>") is not None
    assert returns.key(address.replace("m-0", "m-1")) is None
    assert ReturnPath("bounces.shop.example", b"t" * 32).key(address) is None
    assert returns.key("ada@shop.example") is None
