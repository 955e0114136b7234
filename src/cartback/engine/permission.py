"""May somebody be written to now: what is known of them, the suppression list, and what the shop
chose, asked of the law."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
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
from cartback.engine.suppression_ports import Suppressed

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


# --- the suppression list ------------------------------------------------------------------------

BATCH: Final = 500
LONGEST_ADDRESS: Final = 255


class BadAddress(ValueError):
    """What is no address of that channel; the message says what to write."""


def suppression(
    channel: str, address: str, reason: Bar, now: Instant, source: str = ""
) -> Suppressed:
    """A row of the list, its address as it is compared. Raises BadAddress."""
    bare = address.strip().lower() if channel == EMAIL else address.strip()
    if not 1 <= len(bare) <= LONGEST_ADDRESS or not bare.isprintable() or " " in bare:
        raise BadAddress(f"{address[:60]!r} is no address")
    if channel == EMAIL and "@" not in bare[1:-1]:
        raise BadAddress(f"{address[:60]!r} is no e-mail address")
    return Suppressed(channel, bare, reason, now, source[:LONGEST_ADDRESS])


def import_suppressions(
    store: Store, shop: ShopId, lines: Iterable[str], now: Instant, channel: str = EMAIL
) -> tuple[int, int]:
    """Take addresses from CSV: `address`, perhaps `reason` and `source`; how many are new, and how
    many rows named none."""
    new, bad = 0, 0
    rows = iter(csv.reader(lines))
    while batch := list(islice(rows, BATCH)):
        good = []
        for row in batch:
            try:
                found = _row(row, now, channel)
            except BadAddress:
                bad += 1
            else:
                good += [found] if found is not None else []
        with store.transaction() as tx:
            new += tx.suppress(shop, good)
    return new, bad


def _row(row: list[str], now: Instant, channel: str) -> Suppressed | None:
    cells = [cell.strip() for cell in row]
    if not any(cells) or cells[0].lower() in ("address", "email", "e-mail"):
        return None
    reason = cells[1].lower() if len(cells) > 1 else ""
    bar = Bar(reason) if reason in set(Bar) else Bar.BY_HAND
    return suppression(channel, cells[0], bar, now, cells[2] if len(cells) > 2 else "import")


def export_suppressions(
    reading: Reading, shop: ShopId, channel: str = EMAIL
) -> Iterator[tuple[str, str, str]]:
    """The list as rows of CSV: address, reason, source."""
    after = ""
    while some := reading.suppressions(shop, channel, after, BATCH):
        for one in some:
            yield one.address, one.reason.value, one.source
        after = some[-1].address
