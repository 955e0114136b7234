"""Pages: each says where the next one begins, by a cursor that means nothing to its reader."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

import msgspec
from fastapi import Query
from pydantic import BaseModel, Field

from cartback.web.api.problem import bad

Row = TypeVar("Row")

LARGEST: Final = 2**63 - 1
Id = Annotated[int, Field(ge=1, le=LARGEST)]
Limit = Annotated[int, Query(ge=1, le=500, description="How many, at most.")]
Cursor = Annotated[
    str,
    Query(max_length=2_000, description="Where to go on: `next` of the page before."),
]
Next = Annotated[
    str | None, Field(description="Where the next page begins; null where this is the last.")
]


class Page(BaseModel):
    """Some of many."""

    next: Next = None


_LONGEST: Final = 200
_numbers: Final = msgspec.json.Decoder(list[Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]])


def write_cursor(kind: str, *places: int) -> str:
    """A cursor of that kind of list."""
    said = msgspec.json.encode(places)
    return base64.urlsafe_b64encode(kind.encode() + said).decode().rstrip("=")


def read_cursor(kind: str, cursor: str) -> Sequence[int]:
    """The places in a cursor; none where there is no cursor. Raises Problem."""
    if not cursor:
        return ()
    try:
        said = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if not said.startswith(kind.encode()):
            raise ValueError("of another list")
        places = _numbers.decode(said[len(kind) :])
        if not 1 <= len(places) <= _LONGEST:
            raise ValueError("too long")
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise bad(
            "query", "after", "this is no cursor of this list; use `next` of the page before"
        ) from None
    return places


def read_place(kind: str, cursor: str, start: int = 0) -> int:
    """The one place in a cursor."""
    places = read_cursor(kind, cursor)
    return places[0] if places else start


def write_text_cursor(kind: str, *places: int | str) -> str:
    """A cursor of a list whose order is one of texts."""
    said = f"{kind}:".encode() + msgspec.json.encode(places)
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def read_text_cursor(kind: str, cursor: str, *start: int | str) -> tuple[int | str, ...]:
    """The places in such a cursor, of the kinds of `start`, which is where there is none. Raises
    Problem."""
    if not cursor:
        return start
    try:
        said = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if not said.startswith(f"{kind}:".encode()):
            raise ValueError("of another list")
        places = msgspec.json.decode(said[len(kind) + 1 :])
        if [*map(type, places)] != [*map(type, start)] or "\0" in str(places):
            raise ValueError("of another shape")
        if any(isinstance(one, int) and abs(one) > LARGEST for one in places):
            raise ValueError("too large")
    except (ValueError, TypeError, binascii.Error, msgspec.DecodeError):
        raise bad(
            "query", "after", "this is no cursor of this list; use `next` of the page before"
        ) from None
    return tuple(places)


def cut(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], Row | None]:
    """A page of rows, of which one more was read, and the last of them where there are more."""
    page = rows[:limit]
    return page, page[-1] if len(rows) > limit else None
