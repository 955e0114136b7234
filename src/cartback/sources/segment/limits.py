"""What one message may hold, and how to find out without walking through every message.

Most messages are cleared by counting bytes; only what looks suspicious is walked.
"""

import contextlib
import json
import math
from collections.abc import Iterator
from typing import Final

import msgspec

from cartback.domain.drop import DropReason
from cartback.domain.event import Json
from cartback.engine.intake import Dropped

LARGEST_MESSAGE: Final = 32 * 1024
"""Bytes of one message; Segment's own limit."""
MOST_PROPERTIES: Final = 400
DEEPEST: Final = 16
SMALLEST_INTEGER: Final = -(2**63)
LARGEST_INTEGER: Final = 2**63 - 1
_SHORTEST: Final = len(b'"":0,')

# Digits all become 0 and what may stand before a number a colon; a quotation mark does not, so
# that long digits in texts, which ids are full of, raise no suspicion.
_NUMBERS: Final = bytes(
    48 if byte in b"0123456789" else 58 if byte in b":[, \t\r\n" else 45 if byte == 45 else 32
    for byte in range(256)
)
_LONG_POSITIVE: Final = b":" + b"0" * 19
_LONG_NEGATIVE: Final = b":-" + b"0" * 19


def has_odd_leaves(body: bytes) -> bool:
    """Whether a NUL or an integer beyond 64 bits may be in there: if not, nobody need look."""
    if b"\\u0000" in body:
        return True
    numbers = body.translate(_NUMBERS)
    return _LONG_POSITIVE in numbers or _LONG_NEGATIVE in numbers


def may_be_too_wide_or_deep(message: bytes) -> bool:
    """Whether there are enough brackets or colons for it; those inside texts count too."""
    if message.count(b"{") + message.count(b"[") > DEEPEST:
        return True
    return len(message) > MOST_PROPERTIES * _SHORTEST and message.count(b":") > MOST_PROPERTIES


def check_shape(level: list[Json]) -> Dropped | None:
    """Refuse objects with more than 400 properties, and anything nested more than 16 deep."""
    for _ in range(DEEPEST):
        below = []
        for node in level:
            if type(node) is dict:
                if len(node) > MOST_PROPERTIES:
                    return Dropped(
                        DropReason.TOO_MANY_PROPERTIES,
                        f"an object has {len(node):,} properties; send at most {MOST_PROPERTIES}",
                    )
                node = node.values()
            elif type(node) is not list:
                continue
            below += [leaf for leaf in node if type(leaf) is dict or type(leaf) is list]
        if not below:
            return None
        level = below
    return Dropped(
        DropReason.TOO_DEEP, f"properties are nested deeper than {DEEPEST} levels; flatten them"
    )


def check_leaves(roots: dict[str, Json]) -> Dropped | None:
    """Refuse a NUL in a text or a name, and integers beyond 64 bits.

    `roots` are by their paths, and so the detail says where it is.
    """
    for path, leaf in _leaves(roots):
        if isinstance(leaf, str) and "\x00" in leaf:
            return Dropped(
                DropReason.BAD_TEXT, f"the text at `{path}` has a NUL or half a surrogate pair"
            )
        if type(leaf) is int and not SMALLEST_INTEGER <= leaf <= LARGEST_INTEGER:
            return Dropped(
                DropReason.BAD_NUMBER,
                f"the integer at `{path}` does not fit into 64 bits; send it as text",
            )
    return None


def unheld_number(raw: bytes, error: msgspec.ValidationError) -> Dropped | None:
    """Where the message holds a number that no float or integer can; None where the error is of
    another kind. msgspec's path has no names."""
    said, _, _ = str(error).partition(" - at ")
    if said not in ("Number out of range", "Integer value out of range"):
        return None
    found: Json = None
    with contextlib.suppress(ValueError, RecursionError):  # it is no JSON behind the number
        found = json.loads(raw, parse_int=float)
    unheld = [path for path, leaf in _leaves({"$": found}) if leaf in (math.inf, -math.inf)]
    where = f" at `{unheld[-1].removeprefix('$.')}`" if unheld else ""
    detail = f"the number{where} is out of range; send a smaller one, or send it as text"
    return Dropped(DropReason.BAD_NUMBER, detail)


def _leaves(roots: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    """All texts, numbers and names below the roots, with their paths."""
    waiting = list(roots.items())
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, dict):
            yield from ((f"{path}[name]", name) for name in node)
            waiting.extend((f"{path}.{name[:100]}", leaf) for name, leaf in node.items())
        elif isinstance(node, list):
            waiting.extend((f"{path}[{index}]", leaf) for index, leaf in enumerate(node))
        else:
            yield path, node
