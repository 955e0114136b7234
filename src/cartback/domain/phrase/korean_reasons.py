"""An explanation as one Korean sentence: whether it holds, until when, and why."""

from collections.abc import Iterable, Sequence
from typing import Final

from cartback.domain.condition import (
    Aggregate,
    All,
    Any_,
    Condition,
    Consented,
    Did,
    FirstTime,
    HasCart,
    InList,
    InSegment,
    LastTime,
    Located,
    Not,
    Reachable,
    Sequence_,
    Share,
    Stage,
    Trait,
)
from cartback.domain.explain import Explanation
from cartback.domain.instant import FOREVER, Zone
from cartback.domain.phrase import korean, korean_words, written
from cartback.domain.phrase.josa import josa, particle_after
from cartback.domain.phrase.korean import describe
from cartback.domain.phrase.korean_words import (
    amount,
    at_some_time,
    count,
    duration,
    during,
    in_won,
    lately,
    metric_name,
    moment,
    numbers,
    quoted,
    verdict_on,
    where,
)
from cartback.domain.phrase.names import Names
from cartback.domain.phrase.tally import Tally, tally
from cartback.domain.property import Operator
from cartback.domain.window import EVER


def sentence(explanation: Explanation, zone: Zone, names: Names) -> str:
    """`새로운 일이 없는 한 조건을 충족합니다: 최근 7일 동안 주문 완료가 없었습니다.`"""
    reason = _reason(explanation, zone, names)
    if explanation.forgotten:
        reason += f"(이전 기록 {explanation.forgotten:,}건은 남아 있지 않음)"
    return f"{_opening(explanation, zone)}: {reason}."


def _opening(explanation: Explanation, zone: Zone) -> str:
    """How long it stays so; for one that does not hold yet, that is until when it will not."""
    verb = "충족합니다" if explanation.holds else "충족하지 않습니다"
    if isinstance(explanation.condition, Share):
        return f"앞으로도 계속 조건을 {verb}"
    if explanation.until == FOREVER:
        return f"새로운 일이 없는 한 조건을 {verb}"
    least = "" if explanation.exact else "적어도 "
    return f"{least}{moment(explanation.until, zone)}까지 조건을 {verb}"


def _reason(explanation: Explanation, zone: Zone, names: Names) -> str:
    condition = explanation.condition
    match condition:
        case All() | Any_() | Not():
            return _of_parts(explanation, names)
        case Did():
            return _did(condition, explanation, zone, names)
        case Aggregate():
            return _aggregate(condition, explanation, zone, names)
        case Sequence_():
            return _sequence(condition, explanation, zone, names)
        case FirstTime() | LastTime():
            return _first_or_last(condition, explanation, zone, names)
        case Trait():
            return _trait(condition, explanation, zone)
        case InList():
            return _in_list(condition, explanation, zone, names)
        case InSegment():
            return _in_segment(condition, explanation, zone, names)
        case _:
            return _of_person(condition, explanation, zone, names)


def _noted(*notes: str) -> str:
    """What stands in brackets behind a statement."""
    said = ", ".join(note for note in notes if note)
    return f"({said})" if said else ""


def _asked(what: str) -> str:
    return f"조건: {what}"


# --- groups ----------------------------------------------------------------------------------


def _of_parts(explanation: Explanation, names: Names) -> str:
    parts, verb = explanation.children, _verb(explanation.holds)
    if isinstance(explanation.condition, Not):
        inner = describe(parts[0].condition, names)
        return f"반대 조건을 {_verb(parts[0].holds)}({inner})"
    deciding = [one for one in parts if one.holds == explanation.holds]
    if len(parts) == 1:
        return f"하나뿐인 조건을 {verb}"
    if len(deciding) == len(parts):
        each = "를 모두" if explanation.holds else " 중 하나도"
        return f"조건 {len(parts):,}개{each} {verb}"
    named = describe(deciding[0].condition, names) if len(deciding) == 1 else ""
    return f"조건 {len(parts):,}개 중 {len(deciding):,}개를 {verb}{_noted(named)}"


def _verb(holds: bool) -> str:
    return "충족합니다" if holds else "충족하지 않습니다"


# --- events ----------------------------------------------------------------------------------


def _did(asked: Did, explanation: Explanation, zone: Zone, names: Names) -> str:
    metric, told = metric_name(asked.metric, names), tally(asked, explanation)
    subject = f"{metric}{where(asked.where, asked.metric, names)}{particle_after(metric, '이/가')}"
    wanted = "" if told.complete else _asked(count(asked.times))
    if told.number == 0:
        return f"{during(asked.within)} {subject} 없었습니다{_noted(wanted)}"
    often = f"{told.number:,}회" if told.exactly else f"{told.number:,}회 이상"
    return f"{during(asked.within)} {subject} {often} 있었습니다{_noted(_at(told, zone), wanted)}"


def _at(told: Tally, zone: Zone) -> str:
    """The deciding times: both of two, from the first to the latest of more."""
    shown = [moment(time, zone) for time in told.times]
    end = "" if told.exactly else "처음 " if told.earliest else "마지막 "
    if not shown:
        return ""
    if told.number > len(shown):
        return "" if told.earliest else f"마지막 {shown[0]}"
    if shown[0] == shown[-1]:
        return f"{end}{shown[0]}"
    several = f"{end}{len(shown)}회 " if end else ""
    if len(shown) == 2:
        return f"{several}{shown[1]}, {shown[0]}"
    return f"{several}{shown[-1]}부터 {shown[0]}까지"


def _aggregate(asked: Aggregate, explanation: Explanation, zone: Zone, names: Names) -> str:
    currency = names.currency_at(asked.metric, asked.path)
    wanted = _asked(numbers(asked.number, currency=currency))
    if explanation.found is None:
        metric = metric_name(asked.metric, names)
        events = (
            f"{metric}{where(asked.where, asked.metric, names)}{particle_after(metric, '이/가')}"
        )
        path = quoted(asked.path)
        return f"{during(asked.within)} 숫자 {path} 값이 있는 {events} 없었습니다({wanted})"
    number = in_won(written.amount_of(explanation.found, currency))
    latest = f"마지막 {moment(explanation.deciding[0], zone)}" if explanation.deciding else ""
    subject = josa(korean.aggregate(asked, names), "이/가")
    return f"{subject} {number}입니다{_noted(latest, wanted)}"


def _sequence(asked: Sequence_, explanation: Explanation, zone: Zone, names: Names) -> str:
    first = f"{during(asked.within)} {korean.matched(asked.first, names)}"
    then, inside = korean.matched(asked.then, names), duration(asked.inside)
    subject = then + particle_after(metric_name(asked.then.metric, names), "이/가")
    latest = f"마지막 {moment(explanation.deciding[0], zone)}" if explanation.deciding else ""
    match explanation.holds, asked.followed:
        case True, True:
            return f"{first} 후 {inside} 안에 {subject} 있었습니다{_noted(latest)}"
        case True, False:
            return f"{first} 후 {inside} 안에 {subject} 없었습니다{_noted(latest)}"
        case False, True:
            return f"{first} 후 {inside} 안에 {subject} 이어진 적이 없습니다"
        case _:
            metric = metric_name(asked.first.metric, names)
            tests = where(asked.first.where, asked.first.metric, names)
            begun = f"{metric}{tests}{particle_after(metric, '이/가')}"
            passed = f"{then} 없이 {josa(inside, '이/가')} 지난"
            return f"{during(asked.within)} {passed} {begun} 없습니다"


def _first_or_last(
    asked: FirstTime | LastTime, explanation: Explanation, zone: Zone, names: Names
) -> str:
    metric = metric_name(asked.metric, names)
    subject = f"{metric}{where(asked.where, asked.metric, names)}{particle_after(metric, '이/가')}"
    if not explanation.deciding:
        return f"지금까지 {subject} 없었습니다"
    which = "첫" if isinstance(asked, FirstTime) else "마지막"
    wanted = "" if asked.within == EVER else _asked(lately(asked.within))
    at = moment(explanation.deciding[0], zone)
    return f"{which} {subject} {at}에 있었습니다{_noted(wanted)}"


# --- the person ------------------------------------------------------------------------------

_PLAIN_TO_SEE: Final = {Operator.EQUALS, Operator.IS_SET, Operator.NOT_SET}
_CONSENT: Final = {
    "subscribed": "수신에 동의했습니다",
    "unsubscribed": "수신을 거부했습니다",
    "never": "수신 의사를 밝힌 적이 없습니다",
}


def _trait(asked: Trait, explanation: Explanation, zone: Zone) -> str:
    plain = explanation.holds and asked.operator in _PLAIN_TO_SEE
    wanted = "" if plain else _asked(verdict_on(asked.operator, asked.value))
    if explanation.found is None:
        return f"고객 속성 {quoted(asked.path)} 값이 없습니다{_noted(wanted)}"
    since = f"{moment(explanation.deciding[0], zone)} 기록" if explanation.deciding else ""
    value = korean_words.value(explanation.found)
    return f"고객 속성 {quoted(asked.path)} 값이 {value}입니다{_noted(since, wanted)}"


def _in_list(asked: InList, explanation: Explanation, zone: Zone, names: Names) -> str:
    name = korean.list_name(asked.list, names)
    if explanation.found is None:
        return f"목록 {name}에 가입한 적이 없습니다"
    at = moment(explanation.deciding[0], zone)
    if not explanation.found:
        return f"{at}에 목록 {name}에서 나갔습니다"
    wanted = "" if asked.joined == EVER else _asked(f"{at_some_time(asked.joined)} 가입")
    return f"{at}부터 목록 {name}에 있습니다{_noted(wanted)}"


def _in_segment(asked: InSegment, explanation: Explanation, zone: Zone, names: Names) -> str:
    name = korean.segment_name(asked.segment, names)
    if not explanation.children[0].holds:
        return f"세그먼트 {name}에 속하지 않습니다"
    wanted = "" if asked.joined == EVER else _asked(f"{at_some_time(asked.joined)} 들어옴")
    since = f"{moment(explanation.found, zone)}부터 " if explanation.found is not None else ""
    return f"{since}세그먼트 {name}에 속합니다{_noted(wanted)}"


def _of_person(asked: Condition, explanation: Explanation, zone: Zone, names: Names) -> str:
    at = [moment(time, zone) for time in explanation.deciding[:1]]
    match asked:
        case Consented(channel, status):
            wanted = "" if explanation.holds else _asked(korean.consent(status, channel))
            return f"{_consent(explanation.found, channel, at)}{_noted(wanted)}"
        case Reachable(channel):
            has_address, status = explanation.found
            address = korean.ADDRESSES[channel]
            word = "고" if has_address == (status == "subscribed") else "지만"
            has = f"{josa(address, '이/가')} {'있' if has_address else '없'}{word}"
            return f"{has} {_consent(status, channel, at)}"
        case Stage():
            if at:
                return f"{at[0]}에 처음 주문한 구매 고객입니다"
            return "아직 주문한 적이 없는 잠재 고객입니다"
        case HasCart():
            return _cart(asked, explanation, at, names)
        case Located():
            return _located(asked, explanation, at)
        case Share(percent, salt):
            verb = "속합니다" if explanation.holds else "속하지 않습니다"
            return f"{korean.share(percent, salt)}에 {verb}"
        case _:
            raise TypeError(f"not a condition: {asked!r}")


def _consent(status: str, channel: str, at: Iterable[str]) -> str:
    when = "".join(f"{time}에 " for time in at)
    return f"{when}{korean.channel_name(channel)} {_CONSENT[status]}"


def _cart(asked: HasCart, explanation: Explanation, at: Sequence[str], names: Names) -> str:
    if explanation.found is None:
        return "열린 장바구니가 없습니다"
    number, value, items, currency = explanation.found
    notes = (f"마지막 변경 {at[0]}", amount(value, items, currency or names.currency))
    if explanation.holds:
        return f"{korean.cart(asked, names)}가 있습니다{_noted(*notes)}"
    carts = "열린 장바구니가" if number == 1 else f"열린 장바구니가 {number}개"
    return f"{carts} 있습니다{_noted(*notes, _asked(korean.cart(asked, names)))}"


def _located(asked: Located, explanation: Explanation, at: Sequence[str]) -> str:
    if explanation.found is None:
        return "위치를 알 수 없습니다"
    code, region, city = explanation.found
    names = [korean.country(code), written.plain(region), written.plain(city)]
    place = " ".join(name for name in names if name) or "이름 없는 곳"
    wanted = "" if explanation.holds else _asked(korean.located(asked))
    return f"마지막으로 확인된 위치는 {place}입니다{_noted(f'{at[0]} 확인', wanted)}"
