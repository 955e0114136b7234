"""What is wrong with a field, in words that say what to write: from Pydantic's and the engine's."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from cartback.domain.fault import Fault
from cartback.domain.misfit import list_length, out_of_bounds, text_length, unlike

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
    made = _FAULTS.get(error["type"])
    fault = None if made is None else made(error.get("ctx", {}))
    detail = str(error["msg"] if fault is None else fault)
    meant = nearest(str(steps[0]), known) if error["type"] == "extra_forbidden" else None
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


Context: TypeAlias = Mapping[str, Any]

_FAULTS: Final[Mapping[str, Callable[[Context], Fault]]] = {
    "missing": lambda _: Fault("it_is_missing"),
    "extra_forbidden": lambda _: Fault("no_such_field"),
    "string_type": lambda _: Fault("wants_text"),
    "string_unicode": lambda _: Fault("wants_text"),
    "int_type": lambda _: Fault("wants_whole"),
    "int_parsing": lambda _: Fault("wants_whole"),
    "int_parsing_size": lambda _: Fault("wants_digits"),
    "int_from_float": lambda _: Fault("wants_whole"),
    "float_type": lambda _: Fault("wants_number"),
    "float_parsing": lambda _: Fault("wants_number"),
    "finite_number": lambda _: Fault("wants_number"),
    "bool_type": lambda _: Fault("wants_yes_no"),
    "bool_parsing": lambda _: Fault("wants_yes_no"),
    "list_type": lambda _: Fault("wants_list"),
    "tuple_type": lambda _: Fault("wants_list"),
    "dict_type": lambda _: Fault("wants_object"),
    "model_type": lambda _: Fault("wants_object"),
    "model_attributes_type": lambda _: Fault("wants_object"),
    "none_required": lambda _: Fault("wants_nothing"),
    "literal_error": lambda said: Fault("words_known", words=said["expected"]),
    "enum": lambda said: Fault("words_known", words=said["expected"]),
    "too_short": lambda said: list_length(said["min_length"], None),
    "too_long": lambda said: list_length(None, said["max_length"]),
    "string_too_short": lambda said: text_length(">=", said["min_length"]),
    "string_too_long": lambda said: text_length("<=", said["max_length"]),
    "string_pattern_mismatch": lambda said: unlike(said["pattern"]),
    "greater_than_equal": lambda said: out_of_bounds(">=", said["ge"]),
    "less_than_equal": lambda said: out_of_bounds("<=", said["le"]),
    "greater_than": lambda said: out_of_bounds(">", said["gt"]),
    "less_than": lambda said: out_of_bounds("<", said["lt"]),
    "date_type": lambda _: Fault("wants_date"),
    "date_parsing": lambda _: Fault("wants_date"),
    "date_from_datetime_parsing": lambda _: Fault("wants_date"),
    "datetime_type": lambda _: Fault("wants_time"),
    "datetime_parsing": lambda _: Fault("wants_time"),
    "datetime_from_date_parsing": lambda _: Fault("wants_time"),
}
"""By the type of Pydantic's error; the sentences are those of any document (domain/fault.py)."""


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

    `within` is the field in which the document stood. A fault that names its own field is there.
    """
    said = str(error)
    if found := _FIELD.fullmatch(said):
        within, said = found["field"], found["rest"]
    place = _PLACE.fullmatch(said)
    if place is None:
        return Complaint("body", within, said[:LONGEST])
    near = place["near"].strip("'\"") if place["near"] else None
    meant = f"; did you mean {near!r}?" if near else ""
    field = (within + place["path"]).removeprefix(".") or _own_field(error)
    detail = f"{place['what']}{meant}{place['rest']}"
    return Complaint("body", field[:LONGEST], detail[:LONGEST], near)


def _own_field(error: Exception) -> str:
    fault = getattr(error, "fault", None)
    return str(fault.about.get("field", "")) if isinstance(fault, Fault) else ""


def nearest(word: str, known: Sequence[str]) -> str | None:
    """What was likely meant."""
    return next(iter(difflib.get_close_matches(word, known, 1)), None)
