"""What a key may do: a closed list of words, `noun:read` or `noun:write`."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

LONGEST_SHOWN: Final = 60


class Scope(StrEnum):
    """One thing that a key may do. A public key may only write events."""

    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    COUPONS_READ = "coupons:read"
    COUPONS_WRITE = "coupons:write"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    FLOWS_READ = "flows:read"
    FLOWS_WRITE = "flows:write"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    LISTS_READ = "lists:read"
    LISTS_WRITE = "lists:write"
    MESSAGES_READ = "messages:read"
    MESSAGES_WRITE = "messages:write"
    PROFILES_READ = "profiles:read"
    PROFILES_WRITE = "profiles:write"
    SEGMENTS_READ = "segments:read"
    SEGMENTS_WRITE = "segments:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"


EVERYTHING: Final = tuple(Scope)
EVENTS_ONLY: Final = (Scope.EVENTS_WRITE,)


class BadScope(ValueError):
    """A word that is no scope; the message says which there are."""


def parse_scopes(words: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes that the words name, each once and in order. Raises BadScope."""
    found = set()
    for word in words:
        try:
            found.add(Scope(word))
        except ValueError:
            raise BadScope(
                f"{word[:LONGEST_SHOWN]!r} is no scope; choose from {', '.join(Scope)}"
            ) from None
    return tuple(sorted(found))
