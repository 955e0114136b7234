"""Segments in the form of Klaviyo's API, carried over and given back (docs/klaviyo.md)."""

from typing import Any, Final

import msgspec

from cartback.domain.condition import Condition, condition_document
from cartback.domain.event import Json
from cartback.domain.klaviyo.part import Part
from cartback.domain.klaviyo.reading import definition_in, is_klaviyo, read_definition
from cartback.domain.klaviyo.terms import BadKlaviyo, Terms
from cartback.domain.klaviyo.writing import write_definition

__all__ = [
    "BadKlaviyo",
    "Terms",
    "from_klaviyo",
    "is_klaviyo",
    "segment_of",
    "to_klaviyo",
]

_OURS: Final = ("key", "name", "base")
"""What may stand beside a definition as in our own documents."""


def from_klaviyo(document: Json, terms: Terms) -> Condition:
    """The condition of a definition, or of a segment or request that holds one.

    `metrics` and `groups` beside it say what ids stand for. Raises BadKlaviyo.
    """
    part = Part(document, "$")
    definition = definition_in(part)
    if definition is None:
        raise part.bad("`condition_groups` is missing")
    return read_definition(definition, _with_names(part, terms))


def segment_of(document: Json, terms: Terms) -> Json:
    """A document in Klaviyo's form as one of ours; any other as it is. Raises BadKlaviyo."""
    if not is_klaviyo(document):
        return document
    when = condition_document(from_klaviyo(document, terms))
    attributes = document
    if isinstance(document.get("data"), dict):
        attributes = {**document["data"]["attributes"], **document}
    beside = {name: attributes[name] for name in _OURS if attributes.get(name) is not None}
    return {**beside, "when": when}


def to_klaviyo(name: str, condition: Condition, terms: Terms) -> dict[str, Any]:
    """The body that `POST /api/segments` takes; names stand where ids belong. Raises BadKlaviyo."""
    definition = write_definition(condition, terms)
    return {"data": {"type": "segment", "attributes": {"name": name, "definition": definition}}}


def _with_names(part: Part, terms: Terms) -> Terms:
    """The terms with what the document itself says of ids."""
    return msgspec.structs.replace(
        terms,
        metrics={**terms.metrics, **_names(part, "metrics")},
        groups={**terms.groups, **_names(part, "groups")},
    )


def _names(part: Part, field: str) -> dict[str, str]:
    below = part.maybe(field)
    if below is None:
        return {}
    if not isinstance(below.value, dict):
        raise below.bad("names by id belong here")
    return {str(id_): (below / id_).text() for id_ in below.value}
