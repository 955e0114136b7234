"""Our own words for what happens to a mail after it was handed over."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from cartback.domain.instant import BadTime, Instant, parse_instant

LARGEST: Final = 5_000_000
KEY_NAME: Final = "cartback-key"
"""Under this name providers are given the message's key, and give it back."""

_MESSAGE_ID: Final = re.compile(r"<?([a-z0-9-]{1,40})@[^<>\s]+>?", re.IGNORECASE)


class What(StrEnum):
    """What happened."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"  # the provider goes on trying
    HARD = "hard"  # the address is dead
    SOFT = "soft"  # not this time
    REJECTED = "rejected"  # the provider did not try
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to one mail.

    `key`: our message, where the provider gave it back. `receipt`: the provider's name for the
    mail. `machine`: the provider says that no person did it.
    """

    what: What
    address: str
    receipt: str = ""
    key: str = ""
    at: Instant | None = None
    sentence: str = ""
    machine: bool = False


class Heard(msgspec.Struct, frozen=True):
    """All that one request said. `once`: a name under which a repeated request can be known.

    `confirm`: an address that must be fetched once before the provider goes on.
    """

    notices: tuple[Notice, ...] = ()
    once: str = ""
    confirm: str = ""


class Forged(ValueError):
    """The signature is not the provider's: answer 401 and take nothing."""


class Unreadable(ValueError):
    """Signed, but nothing that the provider describes: answer 400."""


def decoded(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """The JSON of a request. Raises Unreadable."""
    if len(body) > LARGEST:
        raise Unreadable("the request is too large")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise Unreadable("the request is no JSON") from None


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their names in small letters."""
    return {name.lower(): value for name, value in headers.items()}


def text_at(document: object, *path: str | int) -> str:
    """The text or number at a path, empty where there is none."""
    for step in path:
        if isinstance(document, dict) and isinstance(step, str):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return ""
    if isinstance(document, bool) or not isinstance(document, str | int | float):
        return ""
    return str(document)[:2_000]


def key_in(message_id: str) -> str:
    """Our key in a Message-ID that we wrote."""
    found = _MESSAGE_ID.fullmatch(message_id.strip())
    return found[1].lower() if found else ""


def instant_in(text: str) -> Instant | None:
    """An ISO time, or seconds since 1970; None where it is neither."""
    if not text:
        return None
    try:
        return round(float(text) * 1000)
    except (ValueError, OverflowError):
        pass
    try:
        return parse_instant(text)
    except BadTime:
        return None


def short(*parts: str) -> str:
    """A sentence of what the provider said, on one line."""
    return " ".join(" ".join(part for part in parts if part).split())[:300]
