"""When somebody was told of the yes that they gave, by when a law wants it again, who does it."""

from typing import NamedTuple

from cartback.domain.consent import told_by
from cartback.domain.flow import OnConsentDue
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.law.terms import EMAIL
from cartback.domain.occasion import next_occasion
from cartback.domain.profile import Profile
from cartback.domain.ruleset import Ruleset


class Confirming(NamedTuple):
    """`told`: when last, None for never. `due`: by when again; FOREVER where no law asks for it.
    `next`: when an automation tells them, if nothing happens; FOREVER where none does."""

    told: Instant | None
    due: Instant
    next: Instant


def confirming_of(profile: Profile, rules: Ruleset) -> Confirming | None:
    """None for who was never told, and need not be."""
    told, due = profile.told.get(EMAIL), told_by(profile, EMAIL, rules.choice)
    if told is None and due == FOREVER:
        return None
    flows = (one for one in rules.flows.by_date if isinstance(one.flow.trigger, OnConsentDue))
    tries = (next_occasion(profile, one, rules) for one in flows if not one.paused)
    return Confirming(told, due, min(tries, default=FOREVER))


def is_confirming(rules: Ruleset) -> bool:
    """Whether an automation at work tells people of their yes."""
    return any(
        isinstance(one.flow.trigger, OnConsentDue) and not one.paused for one in rules.flows.by_date
    )
