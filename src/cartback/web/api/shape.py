"""How values look in answers: times as ISO 8601 in UTC, identifiers as pairs."""

from collections.abc import Iterable
from typing import Annotated

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
