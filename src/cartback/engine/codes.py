"""Codes: given to a person for a cart, drawn from a pool, announced to the checkout."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

import msgspec

from cartback.domain.code import ENTROPY, cart_mark, compared, make_code
from cartback.domain.coupon import Coupon, Given, NoCode, Refused, Wish, issue
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.profile import Profile, Run, RunId
from cartback.engine.coupon_ports import CodeRow, Till
from cartback.engine.coupon_supply import note_size
from cartback.engine.coupons import NoSuchCoupon, coupon_of, live_coupon
from cartback.engine.ports import Contention, Reading, Store, Transaction
from cartback.engine.selves import known_as
from cartback.engine.spending import count_code, reserve, spent_and_promised

Random: TypeAlias = Callable[[int], bytes]
MOST_TRIES: Final = 5


def give(
    tx: Transaction,
    shop: ShopId,
    wish: Wish,
    profile: ProfileId,
    now: Instant,
    *,
    random: Random = secrets.token_bytes,
    has_till: bool = False,
) -> CodeRow | Refused:
    """The code of this person for this cart: a new one, or the one that they were given before.

    With `has_till` the shop's checkout has to be told of a new one first (`announce`). Raises
    NoSuchCoupon. The profile's row is locked from here on.
    """
    tx.lock_versions(shop, [profile])
    coupon = coupon_of(live_coupon(tx, shop, wish.coupon))
    if coupon.budget is not None:
        tx.lock_coupon(shop, wish.coupon)
        coupon = coupon_of(live_coupon(tx, shop, wish.coupon))  # it may have been changed meanwhile
    before = tx.codes_of(shop, known_as(tx, shop, profile))
    spent = 0 if coupon.budget is None else spent_and_promised(tx, shop, wish.coupon, now)
    found = issue(coupon, wish, [given_of(one) for one in before], spent, now)
    if isinstance(found, Refused):
        return found
    if not found.is_new:
        return next(one for one in before if one.code == found.code)
    fresh = CodeRow(
        "",
        "",
        wish.coupon,
        profile,
        wish.cart,
        issued=now,
        expires=found.expires,
        worth=found.worth,
        announced=None if has_till else now,
    )
    code = (
        _drawn(tx, shop, fresh)
        if coupon.codes == "pool"
        else _made(tx, shop, fresh, coupon, random)
    )
    if isinstance(code, CodeRow):
        count_code(tx, shop, code.coupon, "given")
        if code.worth:
            reserve(tx, shop, code, code.worth)
    return code


def _made(tx: Transaction, shop: ShopId, fresh: CodeRow, coupon: Coupon, random: Random) -> CodeRow:
    for _ in range(MOST_TRIES):
        text = make_code(random(ENTROPY), coupon.prefix)
        code = msgspec.structs.replace(fresh, key=compared(text), code=text)
        if tx.add_codes(shop, [code]):
            return code
    raise Contention("the randomness gives the same codes again and again")


def _drawn(tx: Transaction, shop: ShopId, fresh: CodeRow) -> CodeRow | Refused:
    """A code of the pool. The checkout knows it: it was there first."""
    free = tx.claim_code(shop, fresh.coupon)
    if free is None:
        return Refused(NoCode.POOL_DRY)
    expires = min(fresh.expires, free.expires)
    code = msgspec.structs.replace(
        fresh, key=free.key, code=free.code, expires=expires, announced=fresh.issued
    )
    tx.save_code(shop, code)
    return code


def mark_of(profile: Profile, run: Run | RunId) -> str:
    """What a code of a run is for: its cart, until that is ordered; else this run."""
    if not run.cart:
        return f"{run.flow}@{run.started}"
    cart = profile.carts.get(run.cart)
    return cart_mark(run.cart, 0 if cart is None else cart.closed_at)


def good_codes(
    reading: Reading, shop: ShopId, profile: ProfileId, mark: str, now: Instant
) -> Mapping[str, CodeRow]:
    """What somebody was given for that and may still use, by coupon, the newest last."""
    first: dict[str, CodeRow] = {}
    for one in reading.codes_of(shop, known_as(reading, shop, profile)):
        before = first.get(one.coupon)
        if one.cart == mark and (before is None or _order(one) < _order(before)):
            first[one.coupon] = one
    good = [one for one in first.values() if one.redeemed is None and one.expires > now]
    return {one.coupon: one for one in sorted(good, key=_order)}


def _order(code: CodeRow) -> tuple[Instant, str]:
    return (0 if code.issued is None else code.issued), code.code


def given_of(code: CodeRow) -> Given:
    """A code as the rules see it."""
    at = 0 if code.issued is None else code.issued
    return Given(code.code, code.coupon, code.cart, at, code.expires, code.redeemed is not None)


# --- a pool --------------------------------------------------------------------------------------


class Upload(msgspec.Struct, frozen=True):
    """What became of codes that were uploaded; `bad` names some that can be none."""

    added: int
    known: int
    bad: tuple[str, ...] = ()


MOST_SHOWN: Final = 20


def fill_pool(
    tx: Transaction,
    shop: ShopId,
    coupon: str,
    codes: Iterable[str],
    expires: Instant = FOREVER,
) -> Upload:
    """Put codes that the shop's checkout knows into a coupon's pool; those that are there stay.

    Raises NoSuchCoupon.
    """
    live_coupon(tx, shop, coupon)
    rows: dict[str, CodeRow] = {}
    count, bad = 0, []
    for text in codes:
        text = text.strip()
        if not text:
            continue
        key = compared(text)
        if not key:
            bad.append(text[:60])
            continue
        count += 1
        rows.setdefault(key, CodeRow(key, text, coupon, expires=expires))
    added = tx.add_codes(shop, list(rows.values()))
    note_size(tx, shop, coupon)
    return Upload(added, count - added, tuple(bad[:MOST_SHOWN]))


# --- the shop's checkout -------------------------------------------------------------------------


def announce(
    store: Store, shop: ShopId, coupon: str, till: Till, now: Instant, most: int = 100
) -> int:
    """Tell the shop's checkout of codes that it does not know yet; how many it knows now.

    It is asked between two transactions; asking again does no harm. Raises NoSuchCoupon, and what
    the till raises.
    """
    with store.reading() as reading:
        row = reading.coupon(shop, coupon)
        waiting = reading.unannounced(shop, coupon, most)
    if row is None:
        raise NoSuchCoupon(f"there is no coupon {coupon!r}")
    if not waiting:
        return 0
    known = set(till.announce(coupon_of(row), waiting))
    with store.transaction() as tx:
        tx.lock_coupon(shop, coupon)
        for one in waiting:
            present = tx.code(shop, one.key)
            if one.key in known and present is not None:
                tx.save_code(shop, msgspec.structs.replace(present, announced=now))
    return len(known)
