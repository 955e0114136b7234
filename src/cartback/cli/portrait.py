"""One person as a page: the carts on top, then who it is, where they stand, and what they did."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click
import msgspec

from cartback.cli.conflicts import apart_as_json, called
from cartback.cli.ground import AtShop
from cartback.cli.output import clean, moment, say_section, when
from cartback.domain.cart import Cart, CartLimits
from cartback.domain.event import Event, IdentifierKind, Json, ProfileId
from cartback.domain.instant import FOREVER, Instant, Zone
from cartback.domain.money import exponent_of
from cartback.engine.conflicts import Apart, conflicts_with
from cartback.engine.explaining import Membership, memberships_of
from cartback.engine.people import Person, described
from cartback.engine.people import show as look_at
from cartback.engine.rulebook import present_rules

LATEST = 12
LONGEST = 60
UNTOLD = ("what is in it was not told",)


class Portrait(NamedTuple):
    """What is shown of a person."""

    person: Person
    memberships: Sequence[Membership]
    conflicts: Sequence[Apart]
    limits: CartLimits
    zone: Zone
    now: Instant

    def title(self) -> str:
        """The best name there is."""
        profile = self.person.profile
        names = [profile.trait("first_name"), profile.trait("last_name")]
        spoken = profile.trait("name") or " ".join(one for one in names if isinstance(one, str))
        known = dict(reversed(self.person.identifiers))
        kinds = (IdentifierKind.EMAIL, IdentifierKind.EXTERNAL, IdentifierKind.ANONYMOUS)
        other = next((known[kind] for kind in kinds if kind in known), f"profile {profile.id}")
        return clean(str(spoken or other))

    def document(self) -> dict[str, Any]:
        """Everything as JSON data."""
        return {
            "profile": self.person.profile.id,
            "identifiers": [
                {"kind": kind, "value": value} for kind, value in self.person.identifiers
            ],
            **described(self.person.profile),
            "segments": [
                {
                    "segment": one.segment,
                    "since": when(one.since),
                    "until": when(one.until),
                    "exact": one.exact,
                }
                for one in self.memberships
            ],
            "latest_events": [
                {
                    "id": logged.event.id,
                    "metric": logged.event.metric,
                    "time": when(logged.event.time),
                    "properties": logged.event.properties,
                }
                for logged in self.person.latest
            ],
            "merges": [
                {
                    "merge": one.id,
                    "winner": one.winner,
                    "loser": one.loser,
                    "at": when(one.at),
                    "event": one.event_id,
                    "undone": when(one.undone_at),
                }
                for one in self.person.merges
            ],
            "conflicts": [apart_as_json(one) for one in self.conflicts],
        }


def portrait(at: AtShop, profile: ProfileId) -> Portrait:
    """Somebody as of now. Raises NobodyFound."""
    now = at.base.clock()
    with at.base.store.reading() as reading:
        person = look_at(reading, at.base.rulebook, at.id, profile, now)
        rules = present_rules(reading, at.id)
        memberships = memberships_of(reading, at.id, person.profile, now)
        conflicts = conflicts_with(reading, at.id, profile)
    return Portrait(person, memberships, conflicts, rules.settings.limits(), at.zone, now)


def say_portrait(found: Portrait) -> None:
    """Print it for a person to read."""
    profile, zone = found.person.profile, found.zone
    stage = "customer" if profile.is_customer else "lead"
    click.secho(f"{found.title()}  ", bold=True, nl=False)
    click.echo(f"{stage}, profile {profile.id}")
    if profile.first_seen < FOREVER:
        seen = f"first seen {moment(profile.first_seen, zone)}"
        click.echo(f"{seen}, last seen {moment(profile.last_seen, zone)}")
    for cart in sorted(profile.carts.values(), key=lambda one: -one.activity):
        if cart.is_open:
            say_section(_cart_title(cart, found), list(_lines(cart)) or [UNTOLD])
    say_section("Names", found.person.identifiers)
    say_section(
        "Traits",
        [
            (name, _short(one.value), f"since {moment(one.at, zone)}")
            for name, one in sorted(profile.traits.items())
        ],
    )
    say_section("Consent", _consents(found))
    say_section("Segments", [_membership(one, zone) for one in found.memberships])
    say_section("Latest events", _events(found))
    say_section("Merges", _merges(found))
    say_section("Conflicts", _conflicts(found))


def _cart_title(cart: Cart, found: Portrait) -> str:
    due = found.limits.due(cart)
    where = "Checkout" if cart.in_checkout else "Cart"
    state = (
        f"abandoned since {moment(due, found.zone)}"
        if due <= found.now
        else f"counts as abandoned from {moment(due, found.zone)}"
    )
    named = f" {clean(cart.id)}" if cart.id else ""
    worth = amount(cart.value(), cart.currency) if cart.is_priced() else "no value was sent"
    return f"{where}{named}: {worth}, {state}"


def _lines(cart: Cart) -> Iterator[tuple[str, str, str]]:
    for line in cart.lines():
        name = line.name or line.product_id or line.sku or line.variant_id or "a product"
        price = "" if line.price is None else amount(line.price, cart.currency)
        yield f"{line.quantity} pcs", name[:LONGEST], price


def _consents(found: Portrait) -> Iterator[tuple[str, str, str]]:
    for channel, one in sorted(found.person.profile.consents.items()):
        said = "subscribed" if one.subscribed else "unsubscribed"
        yield channel, said, f"at {moment(one.at, found.zone)}"
    for channel, at in sorted(found.person.profile.told.items()):
        yield channel, "told of the yes", f"at {moment(at, found.zone)}"


def _membership(one: Membership, zone: Zone) -> tuple[str, str, str]:
    until = moment(one.until, zone)
    if one.until < FOREVER:
        until = f"until {until}" if one.exact else f"at least until {until}"
    return one.segment, f"since {moment(one.since, zone)}", until


def _events(found: Portrait) -> Iterator[tuple[str, str, str]]:
    for logged in found.person.latest[:LATEST]:
        event = logged.event
        yield moment(event.time, found.zone), event.metric, _gist(event)


def _gist(event: Event) -> str:
    """What is worth a glance among the properties."""
    properties = event.properties
    value, currency = properties.get("value"), properties.get("currency")
    parts = [amount(value, str(currency or ""))] if isinstance(value, int) else []
    for name in ("name", "product_id", "order_id", "query", "category", "list", "channel"):
        if len(parts) < 3 and isinstance(properties.get(name), str):
            parts.append(_short(properties[name]))
    return ", ".join(parts)


def _merges(found: Portrait) -> Iterator[tuple[str, str, str]]:
    for one in found.person.merges:
        because = f"because of event {one.event_id}" if one.event_id else "by hand"
        undone = "" if one.undone_at is None else f", undone {moment(one.undone_at, found.zone)}"
        yield (
            f"merge {one.id}",
            f"profile {one.loser} into {one.winner}",
            f"{moment(one.at, found.zone)} {because}{undone}",
        )


def _conflicts(found: Portrait) -> Iterator[tuple[str, str, str]]:
    me = found.person.profile.id
    for one in found.conflicts:
        others = ", ".join(called(other) for other in one.parties if other.profile != me)
        because = f"because of event {one.event_id}"
        why = "two customers" if not one.can_merge else "merge them by hand, or leave them two"
        yield f"tied to {others}", f"{moment(one.at, found.zone)} {because}", why


def amount(minor: int, currency: str) -> str:
    """Minor units as people write them."""
    digits = exponent_of(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}{f'.{rest:0{digits}d}' if digits else ''} {clean(currency)}".rstrip()


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
