"""A link that brings back a cart: made for a message, and followed on any device.

It says whose cart it was and when; what was in it then is read from the person's state. Whoever
holds the link may see that cart and its code, and nothing else of the person.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from cartback.domain.cart import Cart, CartId
from cartback.domain.code import cart_mark
from cartback.domain.event import Line, ProfileId, ShopId
from cartback.domain.instant import DAY, SECOND, Instant
from cartback.domain.profile import decode_profile
from cartback.domain.restore import Restoring, restore
from cartback.engine.codes import good_codes
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.ports import Reading
from cartback.engine.selves import present_row
from cartback.engine.shelf import shelf_for
from cartback.engine.signing import Signer

PURPOSE: Final = "cart"
LASTS: Final = 90 * DAY
"""As long as a cart is remembered."""
LONGEST_ID: Final = 64


class CartLink(msgspec.Struct, frozen=True, array_like=True):
    """What a link says: the shop, whose cart, which one (see `_short`), as of when, in seconds, and
    the message that it stands in, where it stands in one."""

    shop: ShopId
    profile: ProfileId
    cart: str
    at: int
    message: bytes = b""


class DeadLink(ValueError):
    """The link leads to no cart; the message says why, to the shop."""


class Followed(msgspec.Struct, frozen=True):
    """What a link brings back: the cart as it is to be, its code, and whether it was ordered."""

    restoring: Restoring
    currency: str = ""
    url: str = ""
    code: CodeRow | None = None
    was_ordered: bool = False


def make_link(
    signer: Signer,
    shop: ShopId,
    profile: ProfileId,
    cart: Cart,
    now: Instant,
    message: str = "",
) -> str:
    """A token for this cart as it is now; `message`: the key of the one that it stands in."""
    link = CartLink(shop, profile, _short(cart.id), -(-now // SECOND), bytes.fromhex(message))
    return signer.sign(PURPOSE, msgspec.msgpack.encode(link))


def _short(cart: CartId) -> str:
    """A cart's id, or a digest of a long one: a link stays short."""
    if len(cart) <= LONGEST_ID:
        return cart
    return blake2b(cart.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def follow(
    reading: Reading,
    signer: Signer,
    shop: ShopId,
    token: str,
    present: Sequence[Line],
    now: Instant,
) -> Followed:
    """What the token brings back into a cart that holds `present` now. Raises DeadLink."""
    link = read_link(signer, token, now)
    if link.shop != shop:
        raise DeadLink("this is no link to a cart")
    row = present_row(reading, shop, link.profile)
    state = None if row is None else decode_profile(row.state)
    carts = () if state is None else state.carts.values()
    cart = next((one for one in carts if _short(one.id) == link.cart), None)
    if state is None or cart is None:
        raise DeadLink("the cart of this link is not known any more")
    at = link.at * SECOND
    if cart.closed_at > 0 and cart.closed_at >= at:
        return Followed(Restoring(tuple(present)), cart.currency, cart.url, was_ordered=True)
    then = cart.lines_at(at) or cart.lines()
    restoring = restore(then, present, shelf_for(reading, shop, then))
    codes = good_codes(reading, shop, state.id, cart_mark(cart.id, cart.closed_at), now)
    newest = list(codes.values())[-1] if codes else None
    return Followed(restoring, cart.currency, cart.url, newest)


def read_link(signer: Signer, token: str, now: Instant) -> CartLink:
    """What a token says, without looking whether the cart is known. Raises DeadLink."""
    said = signer.read(PURPOSE, token)
    try:
        link = msgspec.msgpack.decode(said or b"", type=CartLink)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DeadLink("this is no link to a cart") from None
    if now >= link.at * SECOND + LASTS:
        raise DeadLink("the link has expired")
    return link
