"""Raw names of a person or a device to identifiers, in the form in which they are compared.

What names nobody ("undefined", "guest") is no identifier: it would make strangers one person.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import phonenumbers

from cartback.domain.event import Json

LONGEST: Final = 255
LONGEST_EMAIL: Final = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
_LONGEST_PHONE: Final = 40
_REMEMBERED: Final = 16_384

NOBODY: Final = frozenset(
    """
    0 -1 null nil none nan undefined unknown anonymous guest true false id distinct_id distinctid
    anonymous_id anonymousid user_id userid email not_authenticated n/a na {} []
    00000000-0000-0000-0000-000000000000 00000000000000000000000000000000
    """.split()
) | {"[object object]", "(not set)", "not set", "(null)", "<null>", "not authenticated"}
"""What broken senders write where an id belongs, in lower case."""

# The local part is at most 64 long: RFC 5321, 4.5.3.1.1.
_EMAIL: Final = re.compile(
    r'[^\s@"(),:;<>\[\]\\\x00-\x1f\x7f]{1,64}'
    r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])?"
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def id_of(value: Json) -> str | None:
    """An id of the sender's own, trimmed; whole numbers as text. None where it names nobody."""
    if type(value) is str:
        return _id_of_text(value)
    if type(value) is int:
        return _id_of_text(str(value)) if value.bit_length() <= 64 else None
    if type(value) is float and value.is_integer() and abs(value) < 2**53:
        return _id_of_text(str(int(value)))
    return None


@lru_cache(_REMEMBERED)
def _id_of_text(text: str) -> str | None:
    trimmed = text.strip()
    if not trimmed or len(trimmed) > LONGEST or trimmed.lower() in NOBODY:
        return None
    return None if _CONTROL.search(trimmed) else trimmed


def email_of(value: Json) -> str | None:
    """An e-mail address: NFC, trimmed, lower case. None where the text is not one."""
    return _email_of_text(value) if type(value) is str and "@" in value else None


@lru_cache(_REMEMBERED)
def _email_of_text(text: str) -> str | None:
    # Lower-casing can take a letter apart, so what is compared is composed once more.
    composed = unicodedata.normalize("NFC", text.strip())
    address = unicodedata.normalize("NFC", composed.lower())
    if len(address) > LONGEST_EMAIL or ".." in address or address.startswith("."):
        return None
    return address if _EMAIL.fullmatch(address) and ".@" not in address else None


def phone_of(value: Json, region: str = "") -> str | None:
    """A phone number as E.164. Without its country code it needs the region (ISO 3166-1 alpha-2).

    None where it is not the number of a phone that can exist.
    """
    if type(value) is int:
        value = str(value)
    return _phone_of_text(value, region) if type(value) is str else None


@lru_cache(_REMEMBERED)
def _phone_of_text(text: str, region: str) -> str | None:
    if len(text) > _LONGEST_PHONE:
        return None
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
