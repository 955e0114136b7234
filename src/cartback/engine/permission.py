"""May somebody be written to now: what is known of them, the suppression list, and what the shop
chose, asked of the law."""

from contextlib import suppress
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from cartback.domain.consent import country_of, known_of_profile, may_send
from cartback.domain.document import refused
from cartback.domain.event import IdentifierKind, Json, ShopId
from cartback.domain.fault import BadDocument
from cartback.domain.instant import FOREVER, Instant, Zone
from cartback.domain.law.terms import EMAIL, SMS, Bar, Choice, Decision, Purpose
from cartback.domain.profile import Profile
from cartback.domain.rules import choice_in
from cartback.engine.flows import change_contact_rules
from cartback.engine.ports import Reading, Store
from cartback.engine.rulebook import present_rules
from cartback.engine.shops import settings_of

_ADDRESSES: Final = {EMAIL: IdentifierKind.EMAIL, SMS: IdentifierKind.PHONE}


class BadChoice(BadDocument):
    """What is no choice that a shop can make; the message says what to write."""


def choice_of(reading: Reading, shop: ShopId) -> Choice:
    """What the shop chose, which its flows keep to as well."""
    return choice_in(present_rules(reading, shop))


def choose(store: Store, shop: ShopId, document: Json) -> Choice:
    """Keep what the shop chose. Raises BadChoice."""
    try:
        choice = msgspec.convert(document, Choice)
    except msgspec.ValidationError as error:
        raise BadChoice(*refused(error, document, root=Choice)) from None
    for country in (*choice.double_opt_in, *([choice.home] if choice.home else [])):
        if not (len(country) == 2 and country.isascii() and country.isupper()):
            raise BadChoice(f"{country[:20]!r} is no country; write an ISO 3166-1 code such as DE")
    if not 0 < choice.soft_opt_in_for <= FOREVER:
        raise BadChoice("`soft_opt_in_for` is a number of milliseconds, more than none")
    change_contact_rules(store, shop, lambda rules: replace(rules, consent=choice))
    return choice


class HouseRules(NamedTuple):
    """What is the same for everybody of a shop: read once for many people."""

    choice: Choice
    zone: Zone


def house_rules(reading: Reading, shop: ShopId) -> HouseRules:
    """What the shop chose, and its clock."""
    return HouseRules(choice_of(reading, shop), Zone(settings_of(reading, shop).zone))


def permission_of(
    reading: Reading,
    shop: ShopId,
    state: Profile,
    channel: str,
    purpose: Purpose,
    now: Instant,
    house: HouseRules | None = None,
) -> Decision:
    """Whether this person may be sent that by this channel now, and by which rule.

    Who asks of many people reads the `house` rules once.
    """
    choice, zone = house or house_rules(reading, shop)
    barred = _barred(reading, shop, state, channel)
    known = known_of_profile(state, channel, purpose, choice, zone, barred)
    return may_send(channel, purpose, country_of(state), known, now, choice)


def _barred(reading: Reading, shop: ShopId, state: Profile, channel: str) -> Bar | None:
    kind = _ADDRESSES.get(channel)
    named = None if kind is None else state.names.get(kind)
    if named is None:
        return None
    return barred(reading, shop, channel, str(named.value))


def barred(reading: Reading, shop: ShopId, channel: str, address: str) -> Bar | None:
    """Why nobody writes to the address; None where it is not on the list, however its domain is
    spelled there."""
    found = reading.suppressed(shop, channel, _spellings(channel, address)).values()
    reasons = sorted((one.reason for one in found), key=lambda one: not one.bars_everything)
    return reasons[0] if reasons else None


def _spellings(channel: str, address: str) -> set[str]:
    """An address as it was given, and with its domain in letters of its own and in ASCII."""
    found = {address}
    if channel == EMAIL:
        local, at, domain = address.lower().rpartition("@")
        found.add(address.lower())
        with suppress(UnicodeError):
            ascii_domain = domain.encode("idna")
            found.add(f"{local}{at}{ascii_domain.decode()}")
            found.add(f"{local}{at}{ascii_domain.decode('idna')}")
    return found
