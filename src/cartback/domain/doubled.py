"""A field that stands twice in one object of a document. Readers take the last and lose the first
without a word, so that a filter may vanish; here it is refused (RFC 8259, 4: names are unique).
"""

import json
from collections.abc import Sequence
from typing import Final

import msgspec

from cartback.domain.document import Refusal, nodes, refused_at
from cartback.domain.event import Json
from cartback.domain.fault import BadDocument, Fault

_OF_CONDITIONS: Final = ("when", "who", "only_if")
"""Fields in which a condition stands."""


class DoubledField(BadDocument):
    """A document in which a field stands twice in the same object."""


def decode_json(text: str | bytes) -> Json:
    """What the JSON says. Raises msgspec.DecodeError where it is none, and DoubledField."""
    document: Json = msgspec.json.decode(text)
    doubled: list[_Object] = []

    def made(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        found = _Object(pairs)
        if len(found) < len(pairs):
            found.pairs = pairs
            doubled.append(found)
        return found

    # Only names matter here; numbers stay text.
    again = json.loads(text, object_pairs_hook=made, parse_int=str, parse_float=str)
    if doubled:
        raise DoubledField(*_first(again))
    return document


def refuse_doubled(field: str, path: str, *, of_lists: bool) -> Refusal:
    """Why a field may not stand twice in the object at the path, and what to write instead;
    `of_lists`: each time with a list."""
    if field in _OF_CONDITIONS:
        return refused_at(path, Fault("condition_twice", field=field))
    return refused_at(path, Fault("list_twice" if of_lists else "field_twice", field=field[:60]))


class _Object(dict[str, Json]):
    """An object of JSON; all that stood in it, where a name stood twice."""

    pairs: Sequence[tuple[str, Json]] = ()


def _first(document: Json) -> Refusal:
    """Of the doubled fields the outermost."""
    for node, path in nodes(document):
        if isinstance(node, _Object) and node.pairs:
            names = [name for name, _ in node.pairs]
            field = next(name for name in node if names.count(name) > 1)
            values = [value for name, value in node.pairs if name == field]
            lists = all(isinstance(value, list) for value in values)
            return refuse_doubled(field, path, of_lists=lists)
    raise TypeError("no field stands twice")
