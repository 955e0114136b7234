"""Who stayed two although an event tied them: whom it was about, as they are known by now."""

from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from cartback.domain.event import Identifier, IdentifierKind, ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.profile import decode_profile
from cartback.engine.calling import name_of
from cartback.engine.merge_ports import Conflict
from cartback.engine.ports import Reading
from cartback.engine.selves import known_as, present_row

MOST: Final = 20
"""So many conflicts are shown with a person; a device in a shop's hall may make hundreds."""


class Party(NamedTuple):
    """One of those that were tied: their name, empty for a stranger, and their identifiers."""

    profile: ProfileId
    name: str
    identifiers: Sequence[Identifier]
    has_customer_id: bool


class Apart(NamedTuple):
    """A conflict. Where there is one party only, they became one person since, by hand."""

    at: Instant
    event_id: str
    tied_by: Sequence[Identifier]
    parties: Sequence[Party]

    @property
    def stands(self) -> bool:
        return len(self.parties) > 1

    @property
    def can_merge(self) -> bool:
        """Whether a merge by hand would take them: of two customer ids neither gives way."""
        return sum(one.has_customer_id for one in self.parties) < 2


def latest_conflicts(reading: Reading, shop: ShopId, limit: int) -> Sequence[Apart]:
    """What was reported in this shop, latest first."""
    return [_apart(reading, shop, one) for one in reading.conflicts(shop, limit)]


def conflicts_with(reading: Reading, shop: ShopId, profile: ProfileId) -> Sequence[Apart]:
    """Those of one person that stand, the latest MOST first; that person is one of the parties."""
    selves = known_as(reading, shop, profile)
    reported = {one for self in selves for one in reading.conflicts_of(shop, self)}
    latest = sorted(reported, key=lambda one: (-one.at, one.event_id))
    found = (_apart(reading, shop, one) for one in latest)
    return list(islice((one for one in found if one.stands), MOST))


def _apart(reading: Reading, shop: ShopId, conflict: Conflict) -> Apart:
    parties: dict[ProfileId, Party] = {}
    for profile in conflict.profiles:
        row = present_row(reading, shop, profile)
        if row is not None and row.id not in parties:
            state = decode_profile(row.state)
            known = reading.identifiers_of(shop, row.id)
            is_known = IdentifierKind.EXTERNAL in state.names
            parties[row.id] = Party(row.id, name_of(state), known, is_known)
    return Apart(conflict.at, conflict.event_id, conflict.identifiers, tuple(parties.values()))
