"""What is wrong with a field, in words that say what to write: from Pydantic's and the engine's."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

LONGEST: Final = 300


class Complaint(NamedTuple):
    """Where something is wrong, what, and what was likely meant."""

    where: str
    field: str
    detail: str
    suggestion: str | None = None


def complaint(error: Mapping[str, Any], known: Sequence[str] = ()) -> Complaint:
    """One of Pydantic's errors; `known` are the fields that the body may have."""
    where, *steps = error["loc"]
    kind, context = error["type"], error.get("ctx", {})
    ours = _WORDS.get(kind)
    detail = str(error["msg"]) if ours is None else ours.format_map(_Shown(context))
    if kind == "string_pattern_mismatch":
        detail = f"write it like the pattern {context['pattern']}"
    meant = nearest(str(steps[0]), known) if kind == "extra_forbidden" else None
    if meant:
        detail = f"there is no such field here; did you mean {meant!r}?"
    return Complaint(where, path_of(steps), detail[:LONGEST], meant)


def unknown_parameter(name: str, known: Sequence[str]) -> Complaint:
    """A word behind the ? that this address does not know; ignored, it would ask something else."""
    meant = nearest(name, known)
    if meant:
        detail = f"there is no such parameter here; did you mean {meant!r}?"
    elif known:
        detail = f"there is no such parameter here; choose from {', '.join(known)}"
    else:
        detail = "this address takes no parameters; take it out"
    return Complaint("query", name[:LONGEST] or "?", detail, meant)


_WORDS: Final = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field here; take it out, or look how it is spelt",
    "string_type": "write a text",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_parsing_size": "write a number of at most 19 digits",
    "int_from_float": "write a whole number",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "list_type": "write a list",
    "dict_type": "write an object",
    "model_type": "write an object",
    "model_attributes_type": "write an object",
    "literal_error": "choose {expected}",
    "enum": "choose {expected}",
    "too_short": "give at least {min_length}",
    "too_long": "give at most {max_length}",
    "string_too_short": "write at least {min_length} characters",
    "string_too_long": "write at most {max_length} characters",
    "greater_than_equal": "write a number from {ge} on",
    "less_than_equal": "write a number up to {le}",
}


class _Shown(dict[str, Any]):
    """Names without a value stay as they are."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def path_of(steps: Iterable[str | int]) -> str:
    """`when.of[0].metric`."""
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path.removeprefix(".")[:LONGEST]


# --- what the engine says of a document ---------------------------------------------------------

_PLACE: Final = re.compile(
    r"(?P<what>.*) - at `\$(?P<path>[^`]*)`(?:; did you mean (?P<near>.*)\?)?(?P<rest>.*)",
    re.DOTALL,
)
_FIELD: Final = re.compile(r"(?P<field>key|name|when): (?P<rest>.*)", re.DOTALL)


def of_document(error: Exception, within: str = "when") -> Complaint:
    """What the engine says of a segment or a condition: the place in the body, and the sentence.

    `within` is the field in which the document stood.
    """
    said = str(error)
    if found := _FIELD.fullmatch(said):
        within, said = found["field"], found["rest"]
    place = _PLACE.fullmatch(said)
    if place is None:
        return Complaint("body", within, said[:LONGEST])
    near = place["near"].strip("'\"") if place["near"] else None
    meant = f"; did you mean {near!r}?" if near else ""
    field = (within + place["path"]).removeprefix(".")
    detail = f"{_plain(place['what'])}{meant}{place['rest']}"
    return Complaint("body", field[:LONGEST], detail[:LONGEST], near)


def _plain(sentence: str) -> str:
    return sentence.replace("Object contains unknown field", "there is no field here named")


def nearest(word: str, known: Sequence[str]) -> str | None:
    """What was likely meant."""
    return next(iter(difflib.get_close_matches(word, known, 1)), None)
