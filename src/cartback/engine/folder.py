"""A folder of definitions as it is kept in Git: a file for each segment, template,
coupon and flow, and one for the shop.

Here the files are documents already, by their names; reading and writing them is the command
line's. Everything is read before anything is said, so that all that is wrong is told at once.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from cartback.domain.condition import Condition, condition_document
from cartback.domain.document import refused
from cartback.domain.event import Json
from cartback.domain.instant import Zone
from cartback.domain.key import is_key
from cartback.domain.klaviyo import Terms, segment_of
from cartback.domain.letters import is_name
from cartback.domain.money import exponent_of
from cartback.domain.rules import Settings
from cartback.engine.definitions import DEFINITION_KINDS, Definition, DefinitionKind
from cartback.engine.segment_document import BadSegment, parse_segment

SHOP: Final = "shop"
SEGMENTS: Final = "segments/"
ENDING: Final = ".yaml"
ENDINGS: Final = (ENDING, ".yml", ".json")
_BASE: Final = re.compile("[0-9a-f]{12}")


class BadFolder(ValueError):
    """Files that are no definitions: one line for each, with the file, the path and a sentence."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems: Final = problems


class SegmentFile(msgspec.Struct, frozen=True):
    """A segment as a file defines it. `base` is the definition from which the file was made."""

    file: str
    key: str
    name: str
    when: Condition
    base: str = ""


class DefinitionFile(msgspec.Struct, frozen=True):
    """A template, a coupon or a flow as a file defines it; `base` as above."""

    file: str
    word: str
    made: Definition
    base: str = ""


class ShopFile(msgspec.Struct, frozen=True):
    """Settings and names of lists as a file says them; what it does not name stays as it is."""

    file: str
    settings: Mapping[str, str]
    lists: Mapping[str, str]
    base: str = ""


class Folder(NamedTuple):
    """All that a folder defines."""

    segments: Mapping[str, SegmentFile]
    shop: ShopFile | None = None
    definitions: Mapping[tuple[str, str], DefinitionFile] = MappingProxyType({})
    """By word and key."""


class ShopDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """shop.yaml: `settings`, and the `lists` by their keys, each with its name."""

    settings: dict[str, str] = {}
    lists: dict[str, str] = {}
    base: str = ""


def file_of(key: str) -> str:
    """Where a segment's definition is kept."""
    return f"{SEGMENTS}{key}{ENDING}"


def definition_file(kind: DefinitionKind, key: str) -> str:
    """Where a template, a coupon or a flow is kept."""
    return f"{kind.folder}{key}{ENDING}"


def definition_base(word: str, one: Definition) -> str:
    """The same as `segment_base` of a template, a coupon or a flow."""
    return _digest([word, one.name, one.document])


def definition_document(kind: DefinitionKind, one: Definition) -> dict[str, Json]:
    """Its file as an export writes it."""
    base = definition_base(kind.word, one)
    return {"key": one.key, "name": one.name, **one.document, "base": base}


def segment_base(name: str, when: Condition) -> str:
    """A short digest of a definition; the same whether defaults are written out or not."""
    return _digest([name, _spelled_out(when)])


def shop_base(settings: Settings, lists: Mapping[str, str]) -> str:
    """The same of what the shop's file says."""
    return _digest([msgspec.to_builtins(settings), dict(lists)])


def _digest(document: Json) -> str:
    return sha256(msgspec.json.encode(document, order="deterministic")).hexdigest()[:12]


def _spelled_out(node: object) -> Json:
    """Every field of every struct, in order."""
    if isinstance(node, msgspec.Struct):
        fields = (getattr(node, name) for name in node.__struct_fields__)
        return [type(node).__name__, *map(_spelled_out, fields)]
    if isinstance(node, tuple):
        return [_spelled_out(one) for one in node]
    return node


def segment_document(key: str, name: str, when: Condition) -> dict[str, Json]:
    """A segment's file as an export writes it."""
    base = segment_base(name, when)
    return {"key": key, "name": name, "when": condition_document(when), "base": base}


def shop_document(settings: Settings, lists: Mapping[str, str]) -> dict[str, Json]:
    """The shop's file as an export writes it."""
    said: dict[str, Json] = {"settings": msgspec.to_builtins(settings)}
    if lists:
        said["lists"] = dict(sorted(lists.items()))
    return {**said, "base": shop_base(settings, lists)}


# --- reading -------------------------------------------------------------------------------------


def read_folder(files: Mapping[str, Json], present: Settings) -> Folder:
    """The definitions in the files, by their names in the folder. Raises BadFolder with all that
    is wrong in any of them."""
    problems: list[str] = []
    shop = None
    segments: dict[str, SegmentFile] = {}
    definitions: dict[tuple[str, str], DefinitionFile] = {}
    for file, document in sorted(files.items()):
        stem = file.rpartition(".")[0]
        try:
            if stem == SHOP:
                _refuse_second(shop)
                shop = _shop(file, document, present)
            elif stem.startswith(SEGMENTS):
                one = _segment(file, document, stem.removeprefix(SEGMENTS), present)
                _refuse_second(segments.get(one.key))
                segments[one.key] = one
            elif kind := next((it for it in DEFINITION_KINDS if stem.startswith(it.folder)), None):
                made = _definition(file, document, stem.removeprefix(kind.folder), kind)
                place = (kind.word, made.made.key)
                _refuse_second(definitions.get(place))
                definitions[place] = made
        except ValueError as error:
            problems.append(f"{file}: {error}")
    if problems:
        raise BadFolder(problems)
    return Folder(segments, shop, definitions)


def _refuse_second(first: SegmentFile | ShopFile | DefinitionFile | None) -> None:
    if first is not None:
        raise ValueError(f"{first.file} defines the same; keep one of the two")


def _segment(file: str, document: Json, stem: str, present: Settings) -> SegmentFile:
    terms = Terms(Zone(present.zone), exponent_of(present.currency))
    ours = segment_of(document, terms)
    if not isinstance(ours, dict):
        raise BadSegment("a segment is an object with `name` and `when`")
    key, name, when = parse_segment({"key": stem, **ours})
    if key != stem:
        raise BadSegment(f"key: {key!r} belongs in {file_of(key)}")
    return SegmentFile(file, key, name, when, _base(ours))


def _definition(file: str, document: Json, stem: str, kind: DefinitionKind) -> DefinitionFile:
    if not isinstance(document, dict):
        raise ValueError(f"a {kind.word} is an object")
    rest = {name: one for name, one in document.items() if name not in ("key", "name", "base")}
    key, name = document.get("key", stem), document.get("name", "")
    if key != stem or not is_key(stem):
        raise ValueError(
            f"key: {str(key)[:60]!r} belongs in {definition_file(kind, str(key)[:60])};"
            " a key has small letters, digits and hyphens"
        )
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 200 or not is_name(name):
        raise ValueError("name: it has 1 to 200 characters, no control characters")
    made = Definition(stem, name.strip(), kind.read(rest))
    return DefinitionFile(file, kind.word, made, _base(document))


def _shop(file: str, document: Json, present: Settings) -> ShopFile:
    try:
        found = msgspec.convert(document, ShopDocument)
    except msgspec.ValidationError as error:
        raise ValueError(refused(error, document, root=ShopDocument).sentence) from None
    unknown = sorted(set(found.settings) - set(Settings.__struct_fields__))
    if unknown:
        known = ", ".join(Settings.__struct_fields__)
        raise ValueError(f"settings: there is no {unknown[0][:60]!r}; there are {known}")
    try:
        msgspec.structs.replace(present, **found.settings)
    except ValueError as error:
        raise ValueError(f"settings: {error}") from None
    for problem in _bad_lists(found.lists):
        raise ValueError(f"lists: {problem}")
    return ShopFile(file, found.settings, found.lists, _base(document))


def _bad_lists(lists: Mapping[str, str]) -> Iterator[str]:
    for key, name in lists.items():
        if not 1 <= len(key) <= 255 or not is_name(key):
            yield f"{key[:60]!r} is no key of a list"
        if not 1 <= len(name.strip()) <= 200 or not is_name(name):
            yield f"{key[:60]!r}: a list's name has 1 to 200 characters, no control characters"


def _base(document: Mapping[str, Any]) -> str:
    base = document.get("base", "")
    if base and not (isinstance(base, str) and _BASE.fullmatch(base)):
        raise ValueError("base: leave this as `cartback export` wrote it, or leave it out")
    return str(base)
