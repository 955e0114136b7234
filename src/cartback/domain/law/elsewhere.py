"""Wherever no law has been read: only to who said yes, with a way out, and no messages at night."""

from typing import Final

from cartback.domain.law.common import is_unconfirmed, morning
from cartback.domain.law.terms import (
    EMAIL,
    Asked,
    Decision,
    Duty,
    HoldUntil,
    Purpose,
    Refuse,
    Rule,
    Send,
)

OPENS: Final = 8
CLOSES: Final = 21
_OURS: Final = "Cartback's own rule"

CONSENT: Final = Rule("elsewhere.consent", _OURS)
OBJECTED: Final = Rule("elsewhere.objected", _OURS)
UNCONFIRMED: Final = Rule("elsewhere.unconfirmed", _OURS)
NIGHT: Final = Rule("elsewhere.night", _OURS)
SERVICE: Final = Rule("elsewhere.service", _OURS)
RULES: Final = (CONSENT, OBJECTED, UNCONFIRMED, NIGHT, SERVICE)
_DUTIES: Final = (Duty.OPT_OUT, Duty.SENDER, Duty.ADDRESS)


def cautious(asked: Asked) -> Decision:
    """What is right nearly everywhere."""
    if asked.purpose == Purpose.TRANSACTIONAL:
        return Send(SERVICE)
    said = asked.known.said
    if said is not None and not said.yes:
        return Refuse(OBJECTED)
    if said is None:
        return Refuse(CONSENT)
    if is_unconfirmed(asked):
        return Refuse(UNCONFIRMED)
    zone = asked.known.zone
    night = asked.known.night
    if asked.channel != EMAIL and zone is not None and not (night is not None and night.yes):
        until = morning(zone, asked.now, OPENS, CLOSES)
        if until is not None:
            return HoldUntil(until, NIGHT)
    return Send(CONSENT, _DUTIES)
