"""Header lines as bytes: encoded and folded by us, because the standard library folds too much.

It breaks List-Unsubscribe over lines and encodes long addresses, after which mail clients ignore
them. Nothing that comes from outside can end a line here.
"""

import base64
import re
from email.utils import formatdate
from typing import Final

from cartback.domain.fault import Fault
from cartback.domain.instant import SECOND, Instant
from cartback.domain.message import Mailbox

CRLF: Final = b"\r\n"
WIDEST: Final = 76
LONGEST: Final = 998
"""RFC 5322, 2.1.1: what a line may have at most, without its end."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ATOM: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
_LOCAL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class BadHeader(ValueError):
    """Something that no header can say; the sentence is for the shop."""


def clean(text: str) -> str:
    """On one line, without control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def line(name: str, value: str) -> bytes:
    """A header whose value is ours or an address: as it is, on one line. Raises BadHeader."""
    if not _NAME.fullmatch(name):
        raise BadHeader(f"{name!r} is no name of a header")
    try:
        raw = f"{name}: {value}".encode("ascii")
    except UnicodeEncodeError:
        raise BadHeader(f"{name} holds characters that a header cannot") from None
    if b"\r" in raw or b"\n" in raw or b"\x00" in raw:
        raise BadHeader(f"{name} holds the end of a line")
    if len(raw) > LONGEST:
        raise BadHeader(f"{name} is longer than {LONGEST} characters")
    return raw + CRLF


def text_line(name: str, text: str) -> bytes:
    """A header of free text, such as a subject: plain where it can be, else RFC 2047."""
    text = clean(text)
    plain = f"{name}: {text}"
    if text.isascii() and "=?" not in text and len(plain) <= WIDEST:
        return plain.encode() + CRLF
    return b"%b: %b\r\n" % (name.encode(), encoded_words(text, len(name) + 2))


def encoded_words(text: str, first: int = 0) -> bytes:
    """RFC 2047 words of at most 75 characters, folded; no character is cut in two.

    `first` is how much of the first line is taken already.
    """
    words: list[bytes] = []
    room = (min(75, WIDEST - first) - len("=?utf-8?b??=")) // 4 * 3
    chunk = b""
    for character in text:
        raw = character.encode("utf-8", "replace")
        if len(chunk) + len(raw) > room:
            words.append(_word(chunk))
            chunk, room = b"", 45
        chunk += raw
    words.append(_word(chunk))
    return b"\r\n ".join(words)


def _word(chunk: bytes) -> bytes:
    return b"=?utf-8?b?" + base64.b64encode(chunk) + b"?="


def mailbox_line(name: str, mailbox: Mailbox) -> bytes:
    """From, To, Reply-To. Raises BadHeader where the address is none."""
    address = checked_address(mailbox.address)
    shown = clean(mailbox.name)
    if not shown:
        return line(name, address)
    if not shown.isascii() or "=?" in shown:
        words = encoded_words(shown, len(name) + 2)
        return b"%b: %b\r\n <%b>\r\n" % (name.encode(), words, address.encode())
    if not _ATOM.fullmatch(shown):
        shown = '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if len(name) + len(shown) + len(address) + 5 <= WIDEST:
        return line(name, f"{shown} <{address}>")
    words = encoded_words(clean(mailbox.name), len(name) + 2)
    return b"%b: %b\r\n <%b>\r\n" % (name.encode(), words, address.encode())


def checked_address(address: str) -> str:
    """The address with its domain in ASCII. Raises BadHeader with a sentence."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain:
        raise BadHeader(str(Fault("not_a_mailbox", text=repr(clean(address)[:80]))))
    if not local.isascii():
        raise BadHeader(
            f"{clean(address)[:80]!r} has letters before the @ that few mail servers accept"
        )
    if not _LOCAL.fullmatch(local) or local[0] == "." or local[-1] == "." or ".." in local:
        raise BadHeader(str(Fault("not_a_mailbox", text=repr(clean(address)[:80]))))
    return f"{local}@{checked_domain(domain)}"


def checked_domain(domain: str) -> str:
    """A domain in ASCII, lower case. Raises BadHeader."""
    try:
        ascii_domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        raise BadHeader(f"{clean(domain)[:80]!r} is no domain") from None
    labels = ascii_domain.split(".")
    if len(ascii_domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadHeader(f"{clean(domain)[:80]!r} is no domain")
    return ascii_domain


def date_line(at: Instant) -> bytes:
    """Date, in UTC."""
    return line("Date", formatdate(at / SECOND))
