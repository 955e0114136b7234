"""The United States: e-mail until they say no; text messages only with a written yes, and by day.

CAN-SPAM asks for an honest sender, a postal address and a way out, and gives ten business days to
honour a no (16 CFR 316); here it counts at once. Text messages are calls to the Telephone Consumer
Protection Act: prior express written consent, and no solicitation before 8 a.m. or after 9 p.m. on
the clock of whom it is sent to.
"""

from typing import Final

from cartback.domain.law.common import is_unconfirmed, morning
from cartback.domain.law.terms import (
    Asked,
    Decision,
    Duty,
    HoldUntil,
    Purpose,
    Refuse,
    Rule,
    Send,
)

COUNTRIES: Final = frozenset({"US", "PR", "GU", "VI", "AS", "MP"})
OPENS: Final = 8
CLOSES: Final = 21

_CAN_SPAM: Final = "https://www.law.cornell.edu/uscode/text/15/7704"
_TCPA: Final = "https://www.law.cornell.edu/cfr/text/47/64.1200"

OPT_OUT: Final = Rule("us.opt_out", "15 U.S.C. 7704(a)(3), (5)", _CAN_SPAM)
OBJECTED: Final = Rule("us.objected", "15 U.S.C. 7704(a)(4)", _CAN_SPAM)
SERVICE: Final = Rule("us.service", "15 U.S.C. 7702(17)", _CAN_SPAM)
WRITTEN: Final = Rule("us.written_consent", "47 CFR 64.1200(a)(2), (f)(9)", _TCPA)
NIGHT: Final = Rule("us.night", "47 CFR 64.1200(c)(1)", _TCPA)
NO_ZONE: Final = Rule("us.unknown_zone", "47 CFR 64.1200(c)(1)", _TCPA)
PUSH: Final = Rule("us.push_consent", "the platforms' terms")
UNCONFIRMED: Final = Rule("us.unconfirmed", "the shop's own rule")
CONSENT: Final = Rule("us.consent", "15 U.S.C. 7702(1), 7704(a)(5)(B)", _CAN_SPAM)

RULES: Final = (
    OPT_OUT,
    OBJECTED,
    SERVICE,
    WRITTEN,
    NIGHT,
    NO_ZONE,
    PUSH,
    UNCONFIRMED,
    CONSENT,
)
_DUTIES: Final = (Duty.OPT_OUT, Duty.SENDER, Duty.ADDRESS)


def american(asked: Asked) -> Decision:
    """What the United States say."""
    if asked.purpose == Purpose.TRANSACTIONAL:
        return Send(SERVICE)
    said = asked.known.said
    if said is not None and not said.yes:
        return Refuse(OBJECTED)
    if is_unconfirmed(asked):
        return Refuse(UNCONFIRMED)
    match asked.channel:
        case "email":
            return Send(OPT_OUT if said is None else CONSENT, _DUTIES)
        case "sms":
            return _text_message(asked)
        case _:
            return Refuse(PUSH) if said is None else Send(PUSH, (Duty.OPT_OUT, Duty.SENDER))


def _text_message(asked: Asked) -> Decision:
    if asked.known.said is None:
        return Refuse(WRITTEN)
    zone = asked.known.zone
    if zone is None:
        return Refuse(NO_ZONE)
    until = morning(zone, asked.now, OPENS, CLOSES)
    if until is not None:
        return HoldUntil(until, NIGHT)
    return Send(WRITTEN, (Duty.OPT_OUT, Duty.SENDER))
