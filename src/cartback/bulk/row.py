"""One event as a row of the tape: names and numbers laid flat, so that any engine reads them.

The format is described in docs/tape.md. Under its dotted path a value says its type with its first
letter: text `s...`, `btrue`, `bfalse`, a number `n`, whose whole millionths stand in a column of
their own. What no condition can reach by a path (a dot in a name, a ninth level) is left out.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from cartback.domain.event import IdentifierKind, Json, Location
from cartback.domain.number import micro
from cartback.engine.log_ports import LoggedEvent

LONGEST_NAME: Final = 100
DEEPEST: Final = 8
TEXT: Final = "s"
NUMBER: Final = "n"
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
    "numbers": "MAP(VARCHAR, BIGINT)",
    "lists": "MAP(VARCHAR, VARCHAR)",
    "described": "BOOLEAN",
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
    described: bool
    by_email: bool
    by_phone: bool
    props: dict[str, str] | None = None
    numbers: dict[str, int] | None = None
    lists: dict[str, str] | None = None
    traits: dict[str, str] | None = None
    place: str | None = None


def row_of(logged: LoggedEvent) -> TapeRow:
    """The event as it stands on the tape."""
    event = logged.event
    props: dict[str, str] = {}
    numbers: dict[str, int] = {}
    lists: dict[str, str] = {}
    for path, value in _flat(event.properties, "", 1):
        props[path] = kind = typed_text(value)
        if kind == NUMBER:
            numbers[path] = micro(value) or 0
        elif kind == LIST:
            lists[path] = json_text(value)
    kinds = {kind for kind, _ in event.identifiers}
    return TapeRow(
        seq=logged.seq,
        profile=logged.profile,
        metric=event.metric,
        time=event.time,
        received=event.received,
        described=bool(event.traits),
        by_email=IdentifierKind.EMAIL in kinds,
        by_phone=IdentifierKind.PHONE in kinds,
        props=props or None,
        numbers=numbers or None,
        lists=lists or None,
        traits={name: json_text(value) for name, value in event.traits.items()} or None,
        place=None if event.location is None else place_text(event.location),
    )


def typed_text(value: Json) -> str:
    """The letter of a value's type, and behind it a text or a boolean."""
    if isinstance(value, bool):
        return "btrue" if value else "bfalse"
    if isinstance(value, str):
        return TEXT + value
    if isinstance(value, list | tuple):
        return LIST
    if isinstance(value, dict):
        return OBJECT
    return OTHER if micro(value) is None else NUMBER


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
