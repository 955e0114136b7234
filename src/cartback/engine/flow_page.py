"""What a flow's page tells of people: who waits where, and what was decided of whom."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cartback.domain.event import IdentifierKind, ProfileId, ShopId
from cartback.domain.profile import decode_profile
from cartback.engine.calling import name_of
from cartback.engine.flow_ports import DecisionRow, RunRow
from cartback.engine.ports import Reading
from cartback.engine.selves import known_as

MOST_READ: Final = 2_000
"""So many decisions about a person are looked through for those of one flow."""


class Here(NamedTuple):
    """Somebody in a flow, by name, and where; not `has_address`: no mail can ever reach them."""

    name: str
    row: RunRow
    has_address: bool


def people_in(
    reading: Reading,
    shop: ShopId,
    flow: str,
    after: tuple[ProfileId, str],
    limit: int,
    step: str = "",
) -> Sequence[Here]:
    """Who is in a flow, or at one of its steps, in the order of profile and cart: those behind a
    place."""
    rows = reading.runs_at(shop, flow, after, limit, step)
    return [_here(reading, shop, one) for one in rows]


def _here(reading: Reading, shop: ShopId, row: RunRow) -> Here:
    found = reading.profile(shop, row.profile)
    if found is None:
        return Here("", row, False)
    profile = decode_profile(found.state)
    return Here(name_of(profile), row, IdentifierKind.EMAIL in profile.names)


def decided(
    reading: Reading, shop: ShopId, flow: str, profile: ProfileId, limit: int
) -> Sequence[DecisionRow]:
    """What a flow did with a person, newest first; looked for among the latest MOST_READ."""
    rows = decisions_of(reading, shop, profile, limit=MOST_READ)
    return [one for _, one in rows if one.run.flow == flow][:limit]


def decisions_of(
    reading: Reading, shop: ShopId, profile: ProfileId, before: int = 2**62, limit: int = 100
) -> Sequence[tuple[int, DecisionRow]]:
    """What flows did with a person, newest first, each with its number: also with those who became
    one with them."""
    found = [
        row
        for one in known_as(reading, shop, profile)
        for row in reading.decisions(shop, one, before, limit)
    ]
    return sorted(found, key=lambda row: row[0], reverse=True)[:limit]
