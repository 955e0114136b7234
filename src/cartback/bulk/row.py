"""One event as a row of the tape: names and numbers laid flat, so that any engine reads them.

The format is described in docs/tape.md. A value stands under its dotted path and says its type
with its first letter: text `s...`, a number in whole millionths `n12500000`, `btrue`, `bfalse`.
What no condition can reach by a path (a name with a dot in it, a ninth level) is left out.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from cartback.domain.event import IdentifierKind, Json, Location
from cartback.domain.number import micro
from cartback.engine.ports import LoggedEvent

LONGEST_NAME: Final = 100
DEEPEST: Final = 8
LIST: Final = "l"
OBJECT: Final = "o"
OTHER: Final = "x"

COLUMNS: Final = {
    "seq": "BIGINT",
    "profile": "BIGINT",
    "metric": "VARCHAR",
    "time": "BIGINT",
    "received": "BIGINT",
    "props": "MAP(VARCHAR, VARCHAR)",
    "lists": "MAP(VARCHAR, VARCHAR)",
    "traits": "MAP(VARCHAR, VARCHAR)",
    "place": "VARCHAR",
    "by_email": "BOOLEAN",
    "by_phone": "BOOLEAN",
}
"""The columns of the tape and their types in DuckDB."""

exact_json: Final = msgspec.json.Encoder(order="deterministic")
"""The encoder of every JSON text on the tape: the same value is always the same text."""


class TapeRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row on its way to the tape."""

    seq: int
    profile: int
    metric: str
    time: int
    received: int
    by_email: bool
    by_phone: bool
    props: dict[str, str] | None = None
    lists: dict[str, str] | None = None
    traits: dict[str, str] | None = None
    place: str | None = None


def row_of(logged: LoggedEvent) -> TapeRow:
    """The event as it stands on the tape."""
    event = logged.event
    props: dict[str, str] = {}
    lists: dict[str, str] = {}
    for path, value in _flat(event.properties, "", 1):
        props[path] = scalar_text(value)
        if isinstance(value, list | tuple):
            lists[path] = json_text(value)
    kinds = {kind for kind, _ in event.identifiers}
    return TapeRow(
        seq=logged.seq,
        profile=logged.profile,
        metric=event.metric,
        time=event.time,
        received=event.received,
        by_email=IdentifierKind.EMAIL in kinds,
        by_phone=IdentifierKind.PHONE in kinds,
        props=props or None,
        lists=lists or None,
        traits={name: json_text(value) for name, value in event.traits.items()} or None,
        place=None if event.location is None else place_text(event.location),
    )


def scalar_text(value: Json) -> str:
    """A value with the letter of its type; lists and objects only say that they are there."""
    if isinstance(value, bool):
        return "btrue" if value else "bfalse"
    if isinstance(value, str):
        return "s" + value
    if isinstance(value, list | tuple):
        return LIST
    if isinstance(value, dict):
        return OBJECT
    number = micro(value)
    return OTHER if number is None else f"n{number}"


def json_text(value: Json) -> str:
    return exact_json.encode(value).decode()


def place_text(place: Location) -> str:
    """Country, region and city as a JSON list."""
    return json_text([place.country, place.region, place.city])


def _flat(value: dict[str, Json], above: str, level: int) -> Iterator[tuple[str, Json]]:
    """Each path and the value there, as far as a condition can reach."""
    for name, inner in value.items():
        if inner is None or "." in name or not 1 <= len(name) <= LONGEST_NAME:
            continue
        path = above + name
        yield path, inner
        if isinstance(inner, dict) and level < DEEPEST:
            yield from _flat(inner, path + ".", level + 1)
