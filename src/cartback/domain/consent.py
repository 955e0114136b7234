"""May we write to this person, by this channel, for this purpose, here and now?

The law of where the person is and the law of where the shop is are both asked, and the stricter
answer counts. Before them come the rules of the house: a suppressed address, and a shop that
writes to nobody who did not say yes. No legal advice: docs/consent.md.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from cartback.domain.instant import FOREVER, Instant, Zone
from cartback.domain.law.elsewhere import cautious
from cartback.domain.law.laws import CONFIRMED, law_of
from cartback.domain.law.laws import RULES as LAWS_RULES
from cartback.domain.law.terms import (
    Asked,
    Bar,
    Choice,
    Decision,
    Duty,
    HoldUntil,
    Known,
    Purpose,
    Refuse,
    Rule,
    Said,
    Send,
)
from cartback.domain.profile import Consent, Profile

SUPPRESSED: Final[Mapping[Bar, Rule]] = MappingProxyType(
    {bar: Rule(f"house.{bar}", "the suppression list") for bar in Bar}
)
ONLY_WITH_CONSENT: Final = Rule("house.consent", "the shop's own rule")
NO_YES: Final = Rule("house.no_yes", "Cartback's own rule")
CONFIRMED_BEFORE: Final = Rule("house.confirmed", "Cartback's own rule")
NIGHT: Final = "night"
"""A purpose of its own: being written to at night."""

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        **{one.key: one for one in SUPPRESSED.values()},
        ONLY_WITH_CONSENT.key: ONLY_WITH_CONSENT,
        NO_YES.key: NO_YES,
        CONFIRMED_BEFORE.key: CONFIRMED_BEFORE,
        **LAWS_RULES,
    }
)
"""Every rule that may be the reason of a decision, by its key."""


def may_send(
    channel: str,
    purpose: Purpose,
    country: str,
    known: Known,
    now: Instant,
    choice: Choice | None = None,
) -> Decision:
    """Send (with what it must carry), hold until an instant, or refuse; and by which rule.

    `country` is the person's, ISO 3166-1 alpha-2, empty where it is not known: then the shop's law
    is asked, and the cautious one where that is not known either.
    """
    asked = Asked(
        channel=channel,
        purpose=purpose,
        country=country,
        now=now,
        known=known,
        choice=Choice() if choice is None else choice,
    )
    refused = _house(asked)
    if refused is not None:
        return refused
    asked = msgspec.structs.replace(asked, purpose=_to_laws(purpose))
    home = asked.choice.home
    decision = law_of(country or home)(asked)
    return _stricter(decision, law_of(home)(asked)) if home else decision


def _house(asked: Asked) -> Refuse | None:
    barred, said = asked.known.barred, asked.known.said
    is_wanted = asked.purpose == Purpose.TRANSACTIONAL
    if barred is not None and (not is_wanted or barred.bars_everything):
        return Refuse(SUPPRESSED[barred])
    if asked.purpose == Purpose.NOTICE and said is None:
        return Refuse(NO_YES)
    if asked.purpose == Purpose.DOUBLE_OPT_IN:
        if said is None or not said.yes:
            return Refuse(NO_YES)
        return Refuse(CONFIRMED_BEFORE) if said.confirmed else None
    if not is_wanted and asked.choice.ask == "consent" and said is None:
        return Refuse(ONLY_WITH_CONSENT)
    return None


def _to_laws(purpose: Purpose) -> Purpose:
    """What a law takes it for: who says yes has asked for the mail that makes it count."""
    return Purpose.TRANSACTIONAL if purpose == Purpose.DOUBLE_OPT_IN else purpose


def _stricter(one: Decision, other: Decision) -> Decision:
    """What satisfies both; of two that say alike, the first with the duties of both."""
    match one, other:
        case (Refuse(), _) | (_, Refuse()):
            return one if isinstance(one, Refuse) else other
        case HoldUntil(), HoldUntil():
            return max(one, other, key=lambda held: held.at)
        case (HoldUntil(), _) | (_, HoldUntil()):
            return one if isinstance(one, HoldUntil) else other
        case Send(), Send():
            either = {*one.duties, *other.duties}
            return Send(one.rule, tuple(duty for duty in Duty if duty in either))
    raise TypeError(f"not decisions: {one!r}, {other!r}")


class Demanded(NamedTuple):
    """What a message must carry, and what of it a law asks that has been read: not the house."""

    duties: frozenset[Duty]
    by_law: frozenset[Duty]


def demanded(
    channel: str, purpose: Purpose, country: str, choice: Choice, now: Instant
) -> Demanded:
    """What a message to somebody there must carry, if it may leave at all."""
    yes = Said(True, now, confirmed=True)
    known = Known(said=yes, night=yes)
    asked = Asked(
        channel=channel,
        purpose=_to_laws(purpose),
        country=country,
        now=now,
        known=known,
        choice=choice,
    )
    laws = {law_of(one) for one in (country or choice.home, choice.home) if one} or {law_of("")}
    duties: set[Duty] = set()
    by_law: set[Duty] = set()
    for law in laws:
        decision = law(asked)
        if isinstance(decision, Send):
            duties |= set(decision.duties)
            by_law |= set() if law is cautious else set(decision.duties)
    return Demanded(frozenset(duties), frozenset(by_law))


# --- what a profile's state says -----------------------------------------------------------------


def consent_key(channel: str, purpose: str) -> str:
    """Under which name a word is kept: the channel's for advertising, else with the purpose."""
    return channel if purpose in ("", Purpose.MARKETING) else f"{channel}:{purpose}"


def known_of(
    consents: Mapping[str, Consent],
    channel: str,
    purpose: Purpose,
    *,
    last_order: Instant | None = None,
    barred: Bar | None = None,
    zone: Zone | None = None,
    reminded: Instant | None = None,
) -> Known:
    """What a profile's consents say of a channel and a purpose."""
    night = consents.get(consent_key(channel, NIGHT))
    return Known(
        said=_said(consents, channel, purpose, reminded),
        night=None if night is None else _word(night, reminded),
        last_order=last_order,
        barred=barred,
        zone=zone,
    )


def known_of_profile(
    profile: Profile,
    channel: str,
    purpose: Purpose,
    choice: Choice,
    shop: Zone,
    barred: Bar | None = None,
) -> Known:
    """What a state says of a channel and a purpose; `shop` is the shop's zone.

    Who lives where nobody knows is taken to live on the shop's clock; elsewhere the hour is not
    known.
    """
    first = profile.first_order if profile.is_customer else None
    last_order = max((order.at for order in profile.orders), default=first)
    zone = shop if country_of(profile) in ("", choice.home) else None
    return known_of(
        profile.consents,
        channel,
        purpose,
        last_order=last_order,
        barred=barred,
        zone=zone,
        reminded=profile.told.get(channel),
    )


def told_by(profile: Profile, channel: str, choice: Choice) -> Instant:
    """By when the person is to be told of what they said yes to by a channel: the earliest that
    the law of where they are, or of where the shop is, asks for; FOREVER where none does."""
    there = country_of(profile) or choice.home
    laws = {CONFIRMED[one] for one in (there, choice.home) if one in CONFIRMED}
    if not laws:
        return FOREVER
    needs_proof = there in choice.double_opt_in
    reminded = profile.told.get(channel)
    said = (_word(one, reminded) for one in standing(profile.consents, channel).values())
    counting = [one for one in said if one.confirmed or not needs_proof]
    return min((due(one) for due in laws for one in counting), default=FOREVER)


def country_of(profile: Profile) -> str:
    """Where the person is, empty where nobody knows."""
    return "" if profile.place is None else profile.place.country


def standing(consents: Mapping[str, Consent], channel: str) -> Mapping[str, Consent]:
    """What a person said yes to by a channel and did not take back, by the key of the word: all
    advertising, single purposes, the night."""
    found = {}
    for key, own in consents.items():
        of, _, purpose = key.partition(":")
        if of == channel and own.subscribed and _counting(consents, channel, purpose) is own:
            found[key] = own
    return found


def _said(
    consents: Mapping[str, Consent],
    channel: str,
    purpose: Purpose,
    reminded: Instant | None,
) -> Said | None:
    """The word that counts for a purpose. A notice is about every yes that stands: the oldest; a
    double opt-in about those that were not confirmed."""
    chosen = _counting(consents, channel, purpose)
    if purpose in (Purpose.NOTICE, Purpose.DOUBLE_OPT_IN):
        proofs_first = purpose == Purpose.DOUBLE_OPT_IN
        yeses = standing(consents, channel).values()
        chosen = min(
            yeses,
            key=lambda one: (proofs_first and one.confirmed, one.at),
            default=consents.get(channel),
        )
    return None if chosen is None else _word(chosen, reminded)


def _counting(consents: Mapping[str, Consent], channel: str, purpose: str) -> Consent | None:
    """A no to all of a channel ends every purpose that was allowed before it; a no to one purpose
    stays until that purpose is allowed again. Of a yes to all and one to the purpose the confirmed
    one counts."""
    whole = consents.get(channel)
    own = consents.get(consent_key(channel, purpose))
    if own is None or whole is None:
        return own or whole
    if not own.subscribed:
        return own
    if whole.last_no is not None and own.at <= whole.last_no:
        return whole
    return whole if whole.confirmed and not own.confirmed and whole.subscribed else own


def _word(consent: Consent, reminded: Instant | None = None) -> Said:
    return Said(consent.subscribed, consent.at, consent.confirmed, reminded)
