"""What a translation has to know besides the definition, and how it refuses."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from cartback.domain.instant import Zone
from cartback.domain.money import DECIMALS

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_ID: Final = re.compile(r"[A-Za-z0-9]{6}")
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")

LIST: Final = "list:"
SEGMENT: Final = "segment:"


class BadKlaviyo(ValueError):
    """What one side says and the other cannot: the path, and a sentence that helps."""

    def __init__(self, sentence: str, path: str) -> None:
        super().__init__(f"{sentence} - at `{path}`")


class Terms(msgspec.Struct, frozen=True):
    """A shop's zone and decimals, and what Klaviyo's ids stand for.

    `metrics` are names of metrics by id. `groups` say `list:KEY` or `segment:KEY` by id.
    """

    zone: Zone = msgspec.field(default_factory=Zone)
    decimals: int = DECIMALS
    metrics: Mapping[str, str] = _NONE
    groups: Mapping[str, str] = _NONE

    def metric(self, id_: str, path: str) -> str:
        """The metric's name: what the id stands for, or what stands in its place."""
        name = self.metrics.get(id_)
        if name is None and _is_id(id_):
            raise BadKlaviyo(
                f"which metric is {id_!r}? Put its name there, or say it under `metrics`:"
                f" {{{id_}: Placed Order}}",
                path,
            )
        return id_ if name is None else name

    def group(self, id_: str, path: str) -> tuple[str, str]:
        """`list:` or `segment:`, and its key; a list where nothing is said."""
        known = self.groups.get(id_)
        if known is None and _is_id(id_):
            raise BadKlaviyo(
                f"which list or segment is {id_!r}? Put list:KEY or segment:KEY there, or say it"
                f" under `groups`: {{{id_}: list:newsletter}}",
                path,
            )
        name = id_ if known is None else known
        for kind in (LIST, SEGMENT):
            if name.startswith(kind):
                return kind, name.removeprefix(kind)
        return LIST, name


def _is_id(text: str) -> bool:
    """Klaviyo's ids are six letters and digits; a word of six letters is none."""
    return bool(_ID.fullmatch(text)) and not _WORD.fullmatch(text)
