"""When somebody was told of the yes that they gave, by when a law wants it again, who does it."""

from collections.abc import Sequence
from typing import NamedTuple

from cartback.domain.consent import told_by
from cartback.domain.event import Metric
from cartback.domain.flow import OnConsentDue, OnMetric
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.law.laws import CONFIRMED
from cartback.domain.law.terms import EMAIL, Purpose
from cartback.domain.liveflow import LiveFlow
from cartback.domain.occasion import next_occasion
from cartback.domain.profile import Profile
from cartback.domain.ruleset import Ruleset
from cartback.domain.step import Email


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


def untold(rules: Ruleset) -> Sequence[str]:
    """What the shop's own law wants people told of and no automation at work tells, by the keys of
    the ready-made ones that do: what became of a yes and of a no, and a yes every two years."""
    if rules.choice.home not in CONFIRMED:
        return ()
    working = [one for one in rules.flows.versions.values() if one.open and not one.paused]
    answered = {
        one.flow.trigger.metric
        for one in working
        if isinstance(one.flow.trigger, OnMetric) and _has_transactional(one)
    }
    confirmed = any(isinstance(one.flow.trigger, OnConsentDue) for one in working)
    needed = {
        "consent-given": Metric.SUBSCRIBED in answered,
        "consent-withdrawn": Metric.UNSUBSCRIBED in answered,
        "consent-confirm": confirmed,
    }
    return [key for key, is_told in needed.items() if not is_told]


def _has_transactional(live: LiveFlow) -> bool:
    steps = (placed.step for placed in live.steps.values())
    return any(
        isinstance(step, Email) and (step.purpose, step.status) == (Purpose.TRANSACTIONAL, "live")
        for step in steps
    )
