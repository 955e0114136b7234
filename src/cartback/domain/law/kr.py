"""Korea: yes first, "(광고)" at the very start, and no text messages at night.

The Act on Promotion of Information and Communications Network Utilization and Information
Protection (정보통신망법), art. 50, and its enforcement decree, art. 61 to 62-3:
50(1) prior consent; whoever bought may be written to about the same kind of goods for six months
after the deal (decree 61(1)), and who only left a cart made no deal. 50(3) 21:00 to 08:00 needs a
yes of its own, from which the decree frees e-mail (61(2)). 50(4) sender, contact, way out, and the
label. 50(7) within 14 days people are told what became of their yes, no or withdrawal (62-2).
50(8) every two years, before the day on which it was given comes round, they are told of a yes,
that for the night too (62-3(1)): who sends, the yes and its date, and how to keep it or take it
back (62-3(2)). Nothing there takes the yes from who does not answer.
"""

from functools import lru_cache
from typing import Final, Literal

import msgspec

from cartback.domain.instant import DAY, FOREVER, Instant, Zone, instant_of
from cartback.domain.law.common import is_unconfirmed, may_assume, morning
from cartback.domain.law.terms import (
    EMAIL,
    Asked,
    Decision,
    Duty,
    HoldUntil,
    Purpose,
    Refuse,
    Rule,
    Said,
    Send,
)

COUNTRIES: Final = frozenset({"KR"})
SEOUL: Final = Zone("Asia/Seoul")
OPENS: Final = 8
CLOSES: Final = 21
LABEL: Final = "(광고)"

_ACT: Final = "https://www.law.go.kr/법령/정보통신망이용촉진및정보보호등에관한법률/제50조"
_DECREE: Final = "https://www.law.go.kr/법령/정보통신망이용촉진및정보보호등에관한법률시행령"

CONSENT: Final = Rule("kr.consent", "Network Act, art. 50(1)", _ACT)
CUSTOMER: Final = Rule("kr.customer", "Network Act, art. 50(1) no. 1; decree art. 61(1)", _DECREE)
OBJECTED: Final = Rule("kr.objected", "Network Act, art. 50(2)", _ACT)
NIGHT: Final = Rule("kr.night", "Network Act, art. 50(3); decree art. 61(2)", _DECREE)
CONFIRMATION: Final = Rule("kr.confirmation", "Network Act, art. 50(8); decree art. 62-3", _DECREE)
RESULT: Final = Rule("kr.result", "Network Act, art. 50(7); decree art. 62-2", _DECREE)
SERVICE: Final = Rule("kr.service", "Network Act, art. 50(1)", _ACT)
UNCONFIRMED: Final = Rule("kr.unconfirmed", "the shop's own rule")

RULES: Final = (
    CONSENT,
    CUSTOMER,
    OBJECTED,
    NIGHT,
    CONFIRMATION,
    RESULT,
    SERVICE,
    UNCONFIRMED,
)
_DUTIES: Final = (Duty.OPT_OUT, Duty.SENDER, Duty.ADDRESS, Duty.AD_LABEL)
_OF_NOTICES: Final = (Duty.OPT_OUT, Duty.SENDER)


def korean(asked: Asked) -> Decision:
    """What Korea says."""
    if asked.purpose == Purpose.TRANSACTIONAL:
        return Send(SERVICE)
    said = asked.known.said
    if said is not None and not said.yes:
        return Refuse(OBJECTED)
    if is_unconfirmed(asked):
        return Refuse(UNCONFIRMED)
    if asked.purpose == Purpose.NOTICE:
        return Send(CONFIRMATION, _OF_NOTICES)
    if said is None and not may_assume(asked, _deal_counts_until(asked.known.last_order)):
        return Refuse(CONSENT)
    if said is not None and asked.now >= confirmation_due(said):
        return Refuse(CONFIRMATION)
    until = morning(SEOUL, asked.now, OPENS, CLOSES)
    if until is not None and asked.channel != EMAIL and not _may_at_night(asked):
        return HoldUntil(until, NIGHT)
    return Send(CUSTOMER if said is None else CONSENT, _DUTIES)


def _may_at_night(asked: Asked) -> bool:
    """A yes to the night is one that people are told of every two years as well."""
    night = asked.known.night
    return night is not None and night.yes and asked.now < confirmation_due(night)


def _deal_counts_until(bought: Instant | None) -> Instant | None:
    """Six months from the deal, by the calendar."""
    return None if bought is None else months_after(bought, 6)


def confirmation_due(said: Said) -> Instant:
    """From when nothing may be sent before they were told of their yes: the beginning in Seoul of
    the day two years after the yes, or after the day on which they were last told.

    The decree counts from the yes alone; counted from the last notice too, no two are ever more
    than two years apart, and there is one in each two years of the decree's.
    """
    return _two_years_after(max(said.at, said.reminded or said.at))


@lru_cache(maxsize=65_536)
def _two_years_after(at: Instant) -> Instant:
    there = months_after(at, 24)
    return there if there == FOREVER else SEOUL.period("day", there)[0]


def months_after(at: Instant, months: int) -> Instant:
    """The same day and time some months later in Seoul; a shorter month ends at its last day."""
    local = SEOUL.local(at)
    month = local.month - 1 + months
    year, month = local.year + month // 12, month % 12 + 1
    for day in range(local.day, 0, -1):
        try:
            return instant_of(local.replace(year=year, month=month, day=day))
        except (ValueError, OverflowError):
            continue
    return FOREVER


class Notice(msgspec.Struct, frozen=True):
    """What a person has to be told about their consent, and until when; by that rule."""

    kind: Literal["result", "confirmation"]
    due: Instant
    rule: Rule


def notices(said: Said, told: Instant | None) -> tuple[Notice, ...]:
    """What a person is to be told: what became of their word, within 14 days, unless they were
    told since (`told`); and of a yes, every two years."""
    found = []
    if told is None or told < said.at:
        found.append(Notice("result", said.at + 14 * DAY, RESULT))
    if said.yes:
        found.append(Notice("confirmation", confirmation_due(said), CONFIRMATION))
    return tuple(found)


def labelled(subject: str) -> str:
    """A subject with the label at its very start, once."""
    bare = subject.lstrip()
    return bare if bare.startswith(LABEL) else f"{LABEL} {bare}".rstrip()
