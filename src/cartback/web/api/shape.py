"""How values look in answers: times as ISO 8601 in UTC, identifiers as pairs."""

import re
from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import BaseModel, Field

from cartback.domain.event import Identifier, IdentifierKind
from cartback.domain.instant import FOREVER, Instant, text_of

Time = Annotated[str, Field(description="ISO 8601 in UTC.", examples=["2026-03-01T12:00:00Z"])]


class Named(BaseModel):
    """One name of a profile."""

    kind: IdentifierKind
    value: str


PerhapsNamed = Annotated[
    list[Named] | None, Field(description="Null where the key lacks profiles:read.")
]


def when(instant: Instant) -> str:
    """An instant that there was."""
    return text_of(instant)


def perhaps(instant: Instant | None) -> str | None:
    """An instant, or null for never."""
    return None if instant is None or abs(instant) >= FOREVER else text_of(instant)


def named(identifiers: Iterable[Identifier]) -> list[Named]:
    return [Named(kind=IdentifierKind(kind), value=value) for kind, value in identifiers]


_ADDRESS: Final = re.compile(r"[^\s<>()\[\]\"',;:=?&/]+(?:@|%40)[^\s<>()\[\]\"',;:=?&/]+")


def without_addresses(said: str, recipient: str) -> str:
    """What a server or a link said, for whoever may not see whom it is about.

    A refusal likes to quote the address that it refuses (RFC 5321, 4.2.1), or what is before the @.
    """
    name, at, _ = recipient.partition("@")
    words = [re.escape(recipient), _ADDRESS.pattern]
    if name and at:
        words.append(rf"(?<!\w){re.escape(name)}(?!\w)")
    return re.sub("|".join(filter(None, words)), "…", said, flags=re.IGNORECASE)
