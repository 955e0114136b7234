"""What people are called on a page: their name, else the best identifier that is known."""

from cartback.domain.event import IdentifierKind, ProfileId, ShopId
from cartback.domain.profile import Profile, decode_profile
from cartback.engine.ports import Reading

_BEST: tuple[str, ...] = (
    IdentifierKind.EMAIL,
    IdentifierKind.EXTERNAL,
    IdentifierKind.PHONE,
)


def name_of(profile: Profile) -> str:
    """A name, an address, an id of the shop's or a phone number; empty for a stranger."""
    parts = [profile.trait("first_name"), profile.trait("last_name")]
    spoken = profile.trait("name") or " ".join(one for one in parts if isinstance(one, str))
    if isinstance(spoken, str) and spoken.strip():
        return spoken.strip()
    for kind in _BEST:
        if kind in profile.names:
            return str(profile.names[kind].value)
    return ""


def name_by_id(reading: Reading, shop: ShopId, profile: ProfileId) -> str:
    """The name of a stored profile; empty for a stranger."""
    row = reading.profile(shop, profile)
    return "" if row is None else name_of(decode_profile(row.state))
