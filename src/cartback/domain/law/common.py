"""What several laws ask alike."""

from cartback.domain.instant import Instant, Zone, instant_of
from cartback.domain.law.terms import EMAIL, SMS, Asked


def is_unconfirmed(asked: Asked) -> bool:
    """A yes that the shop wants confirmed from the address, and that was not. Who is nobody knows
    where is taken to be in the shop's country, as its law is asked."""
    said = asked.known.said
    wants = (asked.country or asked.choice.home) in asked.choice.double_opt_in
    return said is not None and said.yes and wants and not said.confirmed


def may_assume(asked: Asked, until: Instant | None) -> bool:
    """Whether a customer who said nothing may be written to, until that instant."""
    return (
        asked.choice.soft_opt_in
        and asked.choice.ask == "law"
        and asked.channel in (EMAIL, SMS)
        and until is not None
        and asked.now < until
    )


def morning(zone: Zone, now: Instant, opens: int, closes: int) -> Instant | None:
    """When the night that it is in the zone ends; None by day, from `opens` to before `closes`.

    The hours are those of the clock on the wall: 8 and 21 are 08:00 and 21:00.
    """
    local = zone.local(now)
    if opens <= local.hour < closes:
        return None
    start, tomorrow = zone.period("day", now)
    day = start if local.hour < opens else tomorrow
    opening = zone.local(day).replace(hour=opens, minute=0, second=0, microsecond=0)
    return max(instant_of(opening), now + 1)
