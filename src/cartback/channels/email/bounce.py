"""Mail that came back: delivery reports (RFC 3464), complaints (RFC 5965), and plain replies of old
servers. Which message it was is told by the return path (VERP), which nobody can forge; without it
by what the report says, and then `proven` is false.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from email.utils import parseaddr
from typing import Final, Literal, TypeAlias

import msgspec

from cartback.channels.email.message import ReturnPath
from cartback.domain.fault import Fault

Kind: TypeAlias = Literal["hard", "soft", "complaint"]

LARGEST: Final = 10_000_000
MOST_PARTS: Final = 200
LONGEST: Final = 300
_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY: Final = re.compile(r"\b([45])\d\d[ -]")
_MESSAGE_ID: Final = re.compile(r"<([a-z0-9-]{1,40})@[^<>\s]+>", re.IGNORECASE)
_FAILED: Final = re.compile(
    r"undeliver|delivery (status|failure|has failed)|returned (mail|to sender)|failure notice"
    r"|mail delivery failed|could not be delivered|배달 실패|전송 실패|반송",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"<?([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253})>?")

HARD: Final = frozenset(
    {(1, 0), (1, 1), (1, 2), (1, 3), (1, 4), (1, 6), (1, 10), (2, 1), (4, 4), (5, 1), (0, 0)}
)
"""Subject and detail (RFC 3463) of 5.x.y that say the address is dead. Others may heal: a full box
(2.2), a policy against us (7.x), a mail that was too large (2.3, 3.4)."""


class Bounce(msgspec.Struct, frozen=True):
    """One mail that came back, or that somebody complained about.

    `key`: our message, empty where it could not be told. `address`: whom it went to, where known.
    `proven`: the return path shows that it is about a mail of ours.
    """

    kind: Kind
    address: str
    key: str
    sentence: str
    proven: bool


def read_bounce(raw: bytes, *, returns: ReturnPath | None = None, to: str = "") -> Bounce | None:
    """What a mail that arrived at a return path says; None where nothing came back.

    `to`: the envelope's recipient. Vacation replies, receipts and "still trying" are nothing.
    """
    message = message_from_bytes(raw[:LARGEST], policy=policy.compat32)
    key, proven = _key(message, returns, to)
    parts = list(_parts(message))
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            return _complaint(part, parts, key, proven)
    for part in parts:
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            return _report(part, parts, key, proven)
    return _plain(message, parts, key, proven)


# --- which message -------------------------------------------------------------------------------


def _key(message: Message, returns: ReturnPath | None, to: str) -> tuple[str, bool]:
    if returns is not None:
        names = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
        for address in (to, *(str(message.get(name, "")) for name in names)):
            key = returns.key(parseaddr(address)[1] or address)
            if key is not None:
                return key, True
    return "", False


def _original(parts: list[Message]) -> str:
    """Our key in the Message-ID of the mail that is enclosed."""
    for part in parts:
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            found = _MESSAGE_ID.search(_header_of(_words(part), "message-id"))
        elif kind == "message/rfc822" and isinstance(part.get_payload(), list):
            found = _MESSAGE_ID.search(str(part.get_payload(0).get("Message-ID", "")))  # type: ignore[union-attr]
        else:
            continue
        if found:
            return found[1].lower()
    return ""


def _header_of(text: str, name: str) -> str:
    for line in text.splitlines():
        if line.lower().startswith(name + ":"):
            return line
    return ""


# --- what happened -------------------------------------------------------------------------------


def _report(part: Message, parts: list[Message], key: str, proven: bool) -> Bounce | None:
    """A delivery report: one block for the message, one for each recipient."""
    for block in _blocks(part):
        action = str(block.get("Action", "")).strip().lower()
        if action not in ("failed", ""):
            continue
        status = _STATUS.search(str(block.get("Status", "")))
        if status is None and not action:
            continue
        said = _after_type(str(block.get("Diagnostic-Code", "")))
        address = _after_type(
            str(block.get("Original-Recipient", block.get("Final-Recipient", "")))
        )
        return Bounce(
            kind=_kind(status, said),
            address=_address(address),
            key=key or _original(parts),
            sentence=_short(said) or (status[0] if status else str(Fault("returned_mute"))),
            proven=proven,
        )
    return None


def _complaint(part: Message, parts: list[Message], key: str, proven: bool) -> Bounce | None:
    """A feedback report; `not-spam` takes one back and is none."""
    block = next(_blocks(part), None)
    kind = str(block.get("Feedback-Type", "abuse")).strip().lower() if block else "abuse"
    if block is None or kind in ("not-spam", "auth-failure", "dmarc"):
        return None
    who = str(block.get("Original-Rcpt-To", block.get("Removal-Recipient", "")))
    return Bounce(
        kind="complaint",
        address=_address(who),
        key=key or _original(parts),
        sentence=str(Fault("marked_as_spam", said=_short(kind))),
        proven=proven,
    )


def _plain(message: Message, parts: list[Message], key: str, proven: bool) -> Bounce | None:
    """A reply in words: a bounce only where it came to a return path of ours and says so."""
    if not proven or str(message.get("Auto-Submitted", "")).lower().startswith("auto-replied"):
        return None
    words = "\n".join(_words(one) for one in parts if one.get_content_maintype() == "text")[:20_000]
    if not _FAILED.search(f"{message.get('Subject', '')}\n{words}"):
        return None
    status, reply = _STATUS.search(words), _REPLY.search(words)
    found = _ADDRESS.search(words)
    hard = _kind(status, words) if status else ("hard" if reply and reply[1] == "5" else "soft")
    line = next(
        (one for one in words.splitlines() if _STATUS.search(one) or _REPLY.search(one)), ""
    )
    return Bounce(
        kind=hard,
        address=found[1].rstrip(".") if found else "",
        key=key,
        sentence=_short(line) or str(Fault("returned_mute")),
        proven=True,
    )


def _kind(status: re.Match[str] | None, said: str) -> Kind:
    """By the status; a diagnostic with a status of its own is nearer to the truth than 5.0.0."""
    inner = _STATUS.search(said)
    if inner is not None and (status is None or (status[2], status[3]) == ("0", "0")):
        status = inner
    if status is None:
        reply = _REPLY.match(said)
        return "hard" if reply and reply[1] == "5" else "soft"
    return "hard" if status[1] == "5" and (int(status[2]), int(status[3])) in HARD else "soft"


# --- reading -------------------------------------------------------------------------------------


def _parts(message: Message) -> Iterator[Message]:
    for count, part in enumerate(message.walk()):
        if count >= MOST_PARTS:
            return
        yield part


def _blocks(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (one for one in payload if isinstance(one, Message))
    elif isinstance(payload, str):
        for block in re.split(r"\n\s*\n", payload.replace("\r\n", "\n")):
            if block.strip():
                yield message_from_bytes(block.encode("utf-8", "replace") + b"\n\n")


def _words(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _after_type(value: str) -> str:
    """`rfc822; ada@shop.example` without its type."""
    return value.partition(";")[2].strip() if ";" in value else value.strip()


def _address(value: str) -> str:
    found = _ADDRESS.search(value)
    return found[1] if found else ""


def _short(text: str) -> str:
    return " ".join(text.encode("utf-8", "replace").decode().split())[:LONGEST]
