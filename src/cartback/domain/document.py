"""What reading any document shares: refusing what is too large, saying what was likely meant."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple, get_args

import msgspec

from cartback.domain.fault import Fault
from cartback.domain.misfit import guessed, misfit

DEEPEST: Final = 32
MOST_PARTS: Final = 20_000

_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<word>.*?)`", re.DOTALL)
_WRONG_WORD: Final = re.compile(r"Invalid (enum )?value '(?P<word>.*?)'", re.DOTALL)
_PLACE: Final = re.compile(r" - at `\$(?P<path>.*)`$", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class Refusal(NamedTuple):
    """What is wrong with a document, where, and what was likely meant; `fault` without the place.

    It is what a BadDocument is made of.
    """

    sentence: str
    fault: Fault | None


def unknown_key(
    document: object, field: str, key: str, known: Iterable[str], fault: Fault
) -> Refusal:
    """What a document refers to in a field is not there: its place, and the nearest that is."""
    near = nearest(key, sorted(known))
    return refused_near(_place_of(document, field, key), fault, near[0] if near else "")


def _place_of(document: object, field: str, value: str) -> str:
    """The path of the first field of that name with that value; `$` where there is none."""
    found = (
        f"{path}.{field}"
        for node, path in nodes(document)
        if isinstance(node, dict) and node.get(field) == value
    )
    return next(found, "$")


def nodes(document: object) -> Iterator[tuple[object, str]]:
    """Everything in a document with its path, the outer before the inner."""
    waiting: list[tuple[object, str]] = [(document, "$")]
    for node, path in waiting:  # which grows meanwhile
        yield node, path
        if isinstance(node, dict):
            waiting += [(one, f"{path}.{name}") for name, one in node.items()]
        elif isinstance(node, list | tuple):
            waiting += [(one, f"{path}[{at}]") for at, one in enumerate(node)]


def refuse_large(document: object) -> Refusal | None:
    """Why it is too large, too deep or no text, before anything recurses into it."""
    waiting: list[tuple[object, int, str]] = [(document, 1, "$")]
    count = 0
    while waiting:
        node, depth, path = waiting.pop()
        count += 1
        if depth > DEEPEST:
            return refused_at(f"{path[:60]}…", Fault("document_too_deep", most=DEEPEST))
        if count > MOST_PARTS:
            return refused_at("$", Fault("document_too_large", most=MOST_PARTS))
        if isinstance(node, dict):
            for name, one in node.items():
                below = f"{path}.{str(name)[:60]!a}".replace("'", "")
                waiting += [(name, depth + 1, below), (one, depth + 1, below)]
        elif isinstance(node, list | tuple):
            waiting += [(one, depth + 1, f"{path}[{at}]") for at, one in enumerate(node)]
        elif isinstance(node, str) and not node.isascii() and _half(node):
            return refused_at(path, Fault("half_a_character", text=ascii(node[:60])))
    return None


def refuse_nul(document: object) -> Refusal | None:
    """Why it cannot be kept: a text holds a NUL, which PostgreSQL's texts do not.

    For a document that `refuse_large` lets pass.
    """
    waiting: list[tuple[object, str]] = [(document, "$")]
    while waiting:
        node, path = waiting.pop()
        if isinstance(node, dict):
            waiting += [(one, f"{path}.{name}") for name, one in node.items()]
            waiting += [(name, path) for name in node]
        elif isinstance(node, list | tuple):
            waiting += [(one, f"{path}[{at}]") for at, one in enumerate(node)]
        elif isinstance(node, str) and "\x00" in node:
            return refused_at(path, Fault("text_holds_nul", text=ascii(node[:60])))
    return None


def refused_at(path: str, fault: Fault) -> Refusal:
    """What is wrong at a path such as `$.when.of[0]`."""
    return Refusal(f"{fault} - at `{path}`", fault)


def refused_near(path: str, fault: Fault, near: str) -> Refusal:
    """The same with what was likely meant, where something was. `fault` is of a kind that has a
    sister with `near`, such as `no_segment_near`."""
    if not near:
        return refused_at(path, fault)
    meant = Fault(f"{fault.kind}_near", **fault.about, near=near)
    return Refusal(f"{fault} - at `{path}`; did you mean {near!r}?", meant)


def _half(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def refused(
    error: msgspec.ValidationError,
    document: object,
    kinds: Mapping[str, type[msgspec.Struct]] = MappingProxyType({}),
    root: type[msgspec.Struct] | None = None,
    without_kind: Mapping[str, type[msgspec.Struct]] = MappingProxyType({}),
    of_field: Mapping[str, Iterable[str]] = MappingProxyType({}),
) -> Refusal:
    """What a validator says, in a sentence of ours, with its path and what was likely meant there.

    `kinds` are the structs by the word in `kind`; `without_kind` those that have none, by the field
    in which they stand; `of_field` are the words for `kind` in a field, where they are others than
    all; `root` is the document itself, None where its `kind` says what it is.
    """
    message = str(error)
    found = _PLACE.search(message)
    path = found["path"] if found else ""
    said = message[: found.start()] if found else message
    own = error.__cause__
    if isinstance(own, Fault):
        return refused_at(f"${path}.{own.at}" if own.at else f"${path}", own)
    fault = misfit(said)
    steps = [name or int(index) for name, index in _STEP.findall(path)]
    node_at = _Places(document, kinds, root, without_kind, of_field)
    word, allowed = "", []
    if unknown := _UNKNOWN.match(said):
        word, allowed = unknown["word"], node_at.fields(steps)
    elif wrong := _WRONG_WORD.match(said):
        word, allowed = wrong["word"], node_at.values(steps)
    if fault is None:
        return Refusal(f"{said} - at `${path}`", None)
    if not allowed:
        return refused_at(f"${path}", fault)
    here = f"{str(fault).partition('; ')[0]} - at `${path}`"
    near = nearest(word, allowed)
    if near:
        return Refusal(f"{here}; did you mean {near[0]!r}?", guessed(fault, near[0]))
    return Refusal(f"{here}; choose from {', '.join(allowed)}", fault)


def nearest(word: str, allowed: Sequence[str]) -> Sequence[str]:
    """What was likely meant: what is almost the same, or begins with it."""
    if not word:
        return ()
    near = difflib.get_close_matches(word, allowed, 1)
    return near or [one for one in allowed if len(word) > 2 and one.startswith(word)][:1]


class _Places:
    """What stands where in a document."""

    def __init__(
        self,
        document: object,
        kinds: Mapping[str, type[msgspec.Struct]],
        root: type[msgspec.Struct] | None,
        without_kind: Mapping[str, type[msgspec.Struct]],
        of_field: Mapping[str, Iterable[str]],
    ) -> None:
        self._of_field = of_field
        self._document = document
        self._kinds = kinds
        self._root = root
        self._without_kind = without_kind

    def fields(self, steps: Sequence[str | int]) -> list[str]:
        """The fields that the object at the place may have."""
        node = self._node(steps)
        return [] if node is None else sorted(node.__struct_encode_fields__)

    def values(self, steps: Sequence[str | int]) -> list[str]:
        """The words that the field at the place may have."""
        *above, last = steps or [""]
        if last == "kind":
            kinds = self._kinds_at(above[-1] if above else "")
            return sorted(str(kind) for kind in kinds)
        node = self._node(above)
        for one in () if node is None else msgspec.structs.fields(node):
            if one.encode_name == last:
                return [str(value) for value in get_args(one.type) or one.type]
        return []

    def _kinds_at(self, field: str | int) -> Iterable[str]:
        """The words for what may stand in a field; all of them where that is not known."""
        return self._of_field.get(str(field), self._kinds)

    def _node(self, steps: Sequence[str | int]) -> type[msgspec.Struct] | None:
        if not steps and self._root is not None:
            return self._root
        document: Any = self._document
        try:
            for step in steps:
                document = document[step]
            kind = document.get("kind", "")
        except (AttributeError, IndexError, KeyError, TypeError):
            return None
        if kind and isinstance(kind, str):
            return self._kinds.get(kind)
        names = [step for step in steps if isinstance(step, str)]
        return self._without_kind.get(names[-1]) if names else None
