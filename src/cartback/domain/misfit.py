"""What validators say of a value that does not fit, as faults that are said in any language.

msgspec has a sentence of its own for each kind of mismatch (`_core.c`), which says what it expected
and not what to write. Pydantic's are told apart by their type (`web/api/wording.py`); the kinds are
the same.
"""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from cartback.domain.fault import Fault

Made: TypeAlias = Callable[[re.Match[str]], Fault]

_TYPES: Final[Mapping[str, str]] = {
    "str": "wants_text",
    "int": "wants_whole",
    "float": "wants_number",
    "bool": "wants_yes_no",
    "array": "wants_list",
    "object": "wants_object",
    "null": "wants_nothing",
    "date": "wants_date",
    "datetime": "wants_time",
}
FORMS: Final[Mapping[str, str]] = {
    r"^[A-Z]{3}$": "wants_currency",
    r"^([A-Z]{3})?$": "wants_currency",
    "^([01][0-9]|2[0-3]):[0-5][0-9]$": "wants_clock",
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$": "wants_email",
    r"^https?://[^\s]+$": "wants_web_address",
    r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$": "wants_origin",
    r"^[^\x00]*$": "holds_nul",
    r"^[^\x00]*[^\x00\s][^\x00]*$": "wants_something",
}
"""Patterns whose meaning has words."""
_BOUNDS: Final[Mapping[str, str]] = {
    "<=": "number_at_most",
    "<": "number_below",
    ">=": "number_at_least",
    ">": "number_above",
}


def misfit(sentence: str) -> Fault | None:
    """What msgspec's sentence, without its place, says; None where it is no sentence of msgspec's,
    but of whoever reads the document."""
    for pattern, made in _SENTENCES:
        if found := pattern.fullmatch(sentence):
            return made(found)
    return None


def unlike(pattern: str) -> Fault:
    """A text is not as a pattern asks."""
    kind = FORMS.get(pattern)
    return Fault("wants_pattern", pattern=pattern[:200]) if kind is None else Fault(kind)


def out_of_bounds(sign: str, bound: float | str) -> Fault:
    """A number is not as `<= 100` asks."""
    value = float(bound)
    return Fault(_BOUNDS[sign], bound=int(value) if value.is_integer() else value)


def text_length(sign: str, length: int) -> Fault:
    """A text is shorter (`>=`) or longer (`<=`) than may be."""
    if sign == "<=":
        return Fault("text_at_most", most=length)
    return Fault("wants_something") if length == 1 else Fault("text_at_least", least=length)


def list_length(least: int | None, most: int | None) -> Fault:
    """A list, or an object, holds fewer or more than may be."""
    if least is not None and least == most:
        return Fault("list_exactly", count=least)
    if least is None:
        return Fault("list_at_most", most=most)
    return Fault("list_empty") if least == 1 else Fault("list_at_least", least=least)


def _other_type(wanted: str) -> Fault:
    kinds = wanted.split(" | ")
    bare = [one for one in kinds if one != "null"] or kinds
    if len(bare) == 1 and bare[0] in _TYPES:
        return Fault(_TYPES[bare[0]])
    if set(bare) == {"int", "float"}:
        return Fault("wants_number")
    return Fault("wants_one_of", kinds=", ".join(bare))


def _sized(found: re.Match[str]) -> Fault:
    length = int(found["length"])
    if found["type"] == "str":
        return text_length(found["sign"], length)
    return list_length(*((length, None) if found["sign"] == ">=" else (None, length)))


def _array(found: re.Match[str]) -> Fault:
    least, most = found["least"] or found["exact"], found["most"] or found["exact"]
    return list_length(int(least) if least else None, int(most) if most else None)


_SENTENCES: Final[tuple[tuple[re.Pattern[str], Made], ...]] = (
    (
        re.compile(
            r"Expected `(?P<type>str|bytes|array|object)` of length"
            r" (?P<sign><=|>=) (?P<length>\d+)"
        ),
        _sized,
    ),
    (
        re.compile(
            r"Expected `array` of (?:at least length (?P<least>\d+)"
            r"|at most length (?P<most>\d+)|length \d+ to \d+|length (?P<exact>\d+))"
            r"(?:, got \d+)?"
        ),
        _array,
    ),
    (
        re.compile(r"Expected `(?:int|float)` (?P<sign><=|>=|<|>) (?P<bound>-?[\d.e+-]+)"),
        lambda found: out_of_bounds(found["sign"], found["bound"]),
    ),
    (
        re.compile(r"Expected `int` that's a multiple of (?P<of>\d+)"),
        lambda found: Fault("wants_multiple", of=int(found["of"])),
    ),
    (
        re.compile(r"Expected `str` matching regex (?P<pattern>['\"].*['\"])", re.DOTALL),
        lambda found: unlike(ast.literal_eval(found["pattern"])),
    ),
    (
        re.compile(r"Expected `datetime` with (?:a|no) timezone component"),
        lambda _: Fault("wants_time"),
    ),
    (
        re.compile(r"Expected `(?P<wanted>[^`]+)`(?:, got `[^`]*`)?"),
        lambda found: _other_type(found["wanted"]),
    ),
    (
        re.compile(r"Object missing required field `(?P<field>.*)`", re.DOTALL),
        lambda found: Fault("field_missing", field=found["field"][:60]),
    ),
    (
        re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL),
        lambda found: Fault("field_unknown", field=found["field"][:60]),
    ),
    (
        re.compile(r"Invalid (?:enum )?value '?(?P<text>.*?)'?", re.DOTALL),
        lambda found: Fault("word_unknown", text=found["text"][:60]),
    ),
    (re.compile(r"Invalid RFC3339 encoded date"), lambda _: Fault("wants_date")),
    (re.compile(r"Invalid RFC3339 encoded datetime"), lambda _: Fault("wants_time")),
    (re.compile(r"Invalid RFC3339 encoded time"), lambda _: Fault("wants_clock")),
    (
        re.compile(r"Invalid (?P<what>[\w /]+?)(?: bytes| encoded string| string)?"),
        lambda found: Fault("wants_other", what=found["what"]),
    ),
)
"""msgspec's sentences; the first that fits."""


def guessed(fault: Fault, near: str) -> Fault:
    """The same with what was likely meant."""
    if fault.kind in ("field_unknown", "word_unknown"):
        return Fault(f"{fault.kind}_near", **fault.about, near=near)
    return fault
