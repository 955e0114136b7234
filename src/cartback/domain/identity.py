"""Who is who: which profile an event belongs to, and when two profiles turn out to be one.

Identity is deterministic. An event that carries identifiers of several profiles ties them together
and they become one, unless that would join two different known people: two external ids never
merge. Such an event belongs to the person whose external id it carries, else to the profile of its
strongest identifier, and the conflict is reported.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cartback.domain.event import Identifier, IdentifierKind, ProfileId

STRENGTH: Final = (
    IdentifierKind.EXTERNAL,
    IdentifierKind.EMAIL,
    IdentifierKind.PHONE,
    IdentifierKind.ANONYMOUS,
)
"""Identifiers from the strongest to the weakest: the shop's own id says best who somebody is."""


class Resolution(NamedTuple):
    """Where an event belongs.

    `profile` is None where it begins a new one. `merging` become one with `profile`.
    `conflicting` were tied to it but stay apart. `linked` are the identifiers that it gains: of two
    external ids in one event only one, for they name two people.
    """

    profile: ProfileId | None
    merging: tuple[ProfileId, ...] = ()
    conflicting: tuple[ProfileId, ...] = ()
    linked: tuple[Identifier, ...] = ()


def resolve(
    identifiers: Sequence[Identifier],
    owners: Mapping[Identifier, ProfileId],
    external_ids: Mapping[ProfileId, str],
) -> Resolution:
    """Decide to whom an event with these identifiers belongs.

    `owners` says whose each known identifier is; `external_ids` the external id of each of those
    profiles that has one. The profile with an external id survives a merge, else the older one
    (the smaller id), so that the same facts end the same in whatever order they came.
    """
    ranked = sorted(dict.fromkeys(identifiers), key=_strength)
    found = dict.fromkeys(owners[one] for one in ranked if one in owners)
    person = next((one.value for one in ranked if one.kind == IdentifierKind.EXTERNAL), None)
    together: list[ProfileId] = []
    conflicting: list[ProfileId] = []
    for profile in found:
        known_as = external_ids.get(profile)
        if known_as is None or person is None or known_as == person:
            together.append(profile)
            person = person or known_as
        else:
            conflicting.append(profile)
    unowned = tuple(
        one
        for one in ranked
        if one not in owners and (one.kind != IdentifierKind.EXTERNAL or one.value == person)
    )
    survivor = min(together, key=lambda one: (one not in external_ids, one), default=None)
    return Resolution(
        survivor,
        tuple(sorted(one for one in together if one != survivor)),
        tuple(sorted(conflicting)),
        unowned,
    )


def _strength(identifier: Identifier) -> tuple[int, str, str]:
    """The strongest first, and of two equally strong always the same one."""
    kind, value = identifier
    rank = STRENGTH.index(IdentifierKind(kind)) if kind in STRENGTH else len(STRENGTH)
    return rank, kind, value
