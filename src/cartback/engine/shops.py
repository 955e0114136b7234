"""Shops: made with two write keys, found by name or number, each with its settings."""

from typing import Final, NamedTuple

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.letters import is_name
from cartback.domain.rules import Settings
from cartback.engine.access_ports import Seat, UserRow
from cartback.engine.audit import note
from cartback.engine.keys import WITH_THE_SHOP, make_key
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.rulebook import present_rules
from cartback.engine.shop_ports import WHOLE_STORE, KeyRow, ShopRow

LONGEST_NAME: Final = 200


class BadShop(ValueError):
    """A name that no shop can have, or that names none; the message says what to write."""


class NameTaken(BadShop):
    """Another shop has that name."""


class NewShop(NamedTuple):
    """A shop that was just made; the tokens of its keys are known only now."""

    shop: ShopRow
    public: tuple[str, KeyRow]
    secret: tuple[str, KeyRow]


def create_shop(store: Store, name: str, now: Instant, *, by: str = "") -> NewShop:
    """A shop with one public and one secret key; `by` is noted as who made it. Raises BadShop."""
    with store.transaction() as tx:
        new = _create(tx, name, now)
        if by:
            note(tx, new.shop.id, by, "made shop", new.shop.name, now)
        return new


def first_shop(store: Store, name: str, now: Instant) -> NewShop | None:
    """A shop where there is none yet; None where there is one."""
    with store.reading() as reading:
        if reading.shops():
            return None
    with store.transaction() as tx:
        tx.hold(WHOLE_STORE)  # of two processes that start at once only one makes it
        return None if tx.shops() else _create(tx, name, now)


def found_shop(store: Store, name: str, by: UserRow, now: Instant) -> NewShop:
    """A shop that belongs to whoever makes it. Raises BadShop."""
    with store.transaction() as tx:
        new = _create(tx, name, now)
        tx.set_seat(Seat(new.shop.id, by.id, "owner"))
        note(tx, new.shop.id, by, "made shop", new.shop.name, now)
        return new


def rename_shop(tx: Transaction, shop: ShopId, name: str) -> str:
    """Call a shop otherwise; its name as it is kept. Raises BadShop."""
    name = _checked_name(tx, name, shop)
    tx.rename_shop(shop, name)
    return name


def _checked_name(tx: Transaction, name: str, of: ShopId | None = None) -> str:
    """A name that no other shop has, or takes until the end. Raises BadShop."""
    tx.hold(WHOLE_STORE)
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not is_name(name):
        text = f"a shop's name has 1 to {LONGEST_NAME} characters, and no control characters"
        raise BadShop(text)
    if any(one.id != of and one.name.casefold() == name.casefold() for one in tx.shops()):
        raise NameTaken(f"there is a shop {name!r} already")
    if name.isdecimal():
        raise BadShop("a shop's name is not a number: numbers are ids")
    return name


def _create(tx: Transaction, name: str, now: Instant) -> NewShop:
    name = _checked_name(tx, name)
    id_ = tx.add_shop(name, now)
    public = make_key(tx, id_, "public", now, WITH_THE_SHOP)
    secret = make_key(tx, id_, "secret", now, WITH_THE_SHOP)
    return NewShop(ShopRow(id_, name, now), public, secret)


def find_shop(reading: Reading, wanted: str | None) -> ShopRow:
    """The shop with this name or id; the only one where nothing is wanted. Raises BadShop."""
    shops = reading.shops()
    names = ", ".join(f"{shop.id} {shop.name!r}" for shop in shops[:20])
    if not shops:
        raise BadShop("there is no shop yet; make one with: cartback shop create NAME")
    if wanted is None:
        if len(shops) > 1:
            raise BadShop(f"there are several shops; choose one with --shop: {names}")
        return shops[0]
    for shop in shops:
        if wanted.strip() == str(shop.id) or wanted.strip().casefold() == shop.name.casefold():
            return shop
    raise BadShop(f"there is no shop {wanted[:60]!r}; there are: {names}")


def settings_of(reading: Reading, shop: ShopId) -> Settings:
    """The shop's settings as they are now."""
    return present_rules(reading, shop).settings
