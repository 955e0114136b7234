"""A segment as a document: its name, its condition, and a key for addresses."""

import re
from typing import Final
from zlib import crc32

import msgspec

from cartback.domain.condition import BadCondition, Condition, parse_condition
from cartback.domain.document import refused
from cartback.domain.event import Json
from cartback.domain.fault import BadDocument
from cartback.domain.key import is_key, key_from
from cartback.engine.countries import check_countries

_BROKEN: Final = re.compile("[\x00\ud800-\udfff]")
LONGEST_KEY: Final = 80


class SegmentDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A segment as a file holds it: `name`, `when` (a condition), and a `key` for URLs.

    `base` is written by an export: the definition from which the file was made (see documents).
    """

    name: str
    when: Json
    key: str = ""
    base: str = ""


class BadSegment(BadDocument):
    """A document that is no segment; the message says where and what to write instead."""


def parse_segment(document: Json) -> tuple[str, str, Condition]:
    """Key, name and condition of a segment document. Raises BadSegment."""
    try:
        found = msgspec.convert(document, SegmentDocument)
        condition = parse_condition(found.when)
        check_countries(found.when)
    except msgspec.ValidationError as error:
        raise BadSegment(*refused(error, document, root=SegmentDocument)) from None
    except BadCondition as error:
        raise BadSegment(f"when: {error}", error.fault) from None
    except UnicodeEncodeError:
        raise BadSegment("it is half of a character (a lone surrogate)") from None
    if _BROKEN.search(found.name):
        raise BadSegment("name: it holds a NUL or half of a character (a lone surrogate)")
    if not 1 <= len(found.name.strip()) <= 200:
        raise BadSegment("name: a segment's name has 1 to 200 characters")
    key = found.key or key_from(found.name) or f"segment-{crc32(found.name.encode()):08x}"
    if not is_key(key, LONGEST_KEY):
        raise BadSegment(
            f"key: {key[:80]!r} is not a key; write small letters, digits and hyphens,"
            " such as recent-cart-abandoners"
        )
    return key, found.name.strip(), condition
