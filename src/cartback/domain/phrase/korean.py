"""A condition in Korean words, as a label: `최근 1주 동안 결제 시작 1회 이상`."""

from collections.abc import Sequence
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
    Idle,
    InList,
    InSegment,
    LastTime,
    Located,
    Match,
    Not,
    Reachable,
    Sequence_,
    Share,
    Stage,
    Trait,
)
from cartback.domain.phrase import written
from cartback.domain.phrase.josa import josa, particle_after
from cartback.domain.phrase.korean_words import (
    asked_of,
    at_some_time,
    count,
    duration,
    during,
    lately,
    metric_name,
    numbers,
    property_name,
    quoted,
    some_of,
    where,
)
from cartback.domain.phrase.names import Names
from cartback.domain.window import EVER, Window

_FUNCTIONS: Final = {"sum": "합계", "min": "최솟값", "max": "최댓값", "average": "평균"}
_CHANNELS: Final = {"email": "이메일", "sms": "문자"}
ADDRESSES: Final = {"email": "이메일 주소", "sms": "전화번호"}
STAGES: Final = {"lead": "잠재 고객", "customer": "구매 고객"}
_CARTS: Final = {"open": "열린", "active": "아직 이탈하지 않은", "abandoned": "이탈한"}


def describe(condition: Condition, names: Names) -> str:
    """The condition as a label; a group is named by its size, its parts speak for themselves."""
    match condition:
        case All(of):
            return f"조건 {len(of):,}개 모두"
        case Any_(of):
            return f"조건 {len(of):,}개 중 하나 이상"
        case Not(inner):
            return f"반대 조건: {describe(inner, names)}"
        case Did(metric, times, within, tests):
            often = "없음" if times.bounds()[1] == 0 else count(times)
            return f"{during(within)} {matched(Match(metric, tests), names)} {often}"
        case Aggregate():
            currency = names.currency_at(condition.metric, condition.path)
            return f"{aggregate(condition, names)} {numbers(condition.number, currency=currency)}"
        case Sequence_():
            return _sequence(condition, names)
        case FirstTime(metric, within, tests) | LastTime(metric, within, tests):
            if within == EVER:
                return describe(Did(metric, where=tests), names)
            which = "첫" if isinstance(condition, FirstTime) else "마지막"
            name, asked = metric_name(metric, names), where(tests, metric, names)
            return f"{which} {name}{asked}{particle_after(name, '이/가')} {lately(within)}"
        case _:
            return _of_person(condition, names)


def _of_person(condition: Condition, names: Names) -> str:
    """What a person is and has, other than events."""
    match condition:
        case Trait(path, operator, value):
            return f"고객 속성 {asked_of(quoted(path), operator, value)}"
        case InList(key, joined):
            return f"목록 {list_name(key, names)}에 {_entered(joined, '있음', '가입함')}"
        case InSegment(key, joined):
            return f"세그먼트 {segment_name(key, names)}에 {_entered(joined, '속함', '들어옴')}"
        case Consented(channel, status):
            return consent(status, channel)
        case Reachable(channel):
            return f"{josa(channel_name(channel), '으로/로')} 연락 가능"
        case Stage(stage):
            return STAGES[stage]
        case HasCart():
            return f"{cart(condition, names)} 있음"
        case Located():
            return f"마지막 위치가 {located(condition)}"
        case Share(percent, salt):
            return share(percent, salt)
        case _:
            raise TypeError(f"not a condition: {condition!r}")


def _entered(joined: Window, inside: str, entered: str) -> str:
    return inside if joined == EVER else f"{at_some_time(joined)} {entered}"


def list_name(key: str, names: Names) -> str:
    return quoted(names.lists.get(key, key))


def segment_name(key: str, names: Names) -> str:
    return quoted(names.segments.get(key, key))


def channel_name(channel: str) -> str:
    return _CHANNELS.get(channel) or quoted(channel)


def consent(status: str, channel: str) -> str:
    """`이메일 수신 동의`."""
    said = {"subscribed": "수신 동의", "unsubscribed": "수신 거부", "never": "수신 의사 표시 없음"}
    return f"{channel_name(channel)} {said[status]}"


def aggregate(condition: Aggregate, names: Names) -> str:
    """`최근 30일 동안 주문 완료의 “value” 합계`."""
    events = (
        f"{metric_name(condition.metric, names)}{where(condition.where, condition.metric, names)}"
    )
    path = property_name(condition.path, names.about(condition.metric))
    return f"{during(condition.within)} {events}의 {path} {_FUNCTIONS[condition.function]}"


def matched(match: Match, names: Names) -> str:
    return f"{metric_name(match.metric, names)}{where(match.where, match.metric, names)}"


def _sequence(condition: Sequence_, names: Names) -> str:
    first = f"{during(condition.within)} {matched(condition.first, names)}"
    then = matched(condition.then, names) + ("" if condition.followed else " 없음")
    return f"{first} 후 {duration(condition.inside)} 안에 {then}"


def cart(asked: HasCart, names: Names) -> str:
    """`이탈한 장바구니(금액 5,000원 이상, 상품 “p1”, “p2” 중 하나)`."""
    parts = []
    if asked.value is not None:
        parts.append(f"금액 {numbers(asked.value, currency=names.currency)}")
    if asked.items is not None:
        parts.append(f"수량 {numbers(asked.items, '개')}")
    kinds = [("상품", asked.product), ("카테고리", asked.category), ("브랜드", asked.brand)]
    parts += [f"{kind} {one_of(quoted_each(wanted))}" for kind, wanted in kinds if wanted]
    if asked.idle is not None:
        parts.append(f"방치 시간 {_idle(asked.idle)}")
    details = f"({', '.join(parts)})" if parts else ""
    return f"{_CARTS[asked.status]} 장바구니{details}"


def one_of(wanted: Sequence[str]) -> str:
    """`A`, or `A, B 중 하나`."""
    return wanted[0] if len(wanted) == 1 else f"{some_of(wanted)} 중 하나"


def quoted_each(texts: Sequence[str]) -> list[str]:
    return [quoted(text) for text in texts]


def _idle(asked: Idle) -> str:
    bounds = [(asked.at_least, "이상"), (asked.less_than, "미만")]
    return " ".join(f"{duration(text)} {word}" for text, word in bounds if text is not None)


def located(asked: Located) -> str:
    """`국가 KR, 도시 “Seoul”`."""
    parts = [f"국가 {one_of([country(one) for one in asked.country])}"] if asked.country else []
    kinds = [("지역", asked.region), ("도시", asked.city)]
    parts += [f"{kind} {one_of(quoted_each(wanted))}" for kind, wanted in kinds if wanted]
    if asked.eu is not None:
        parts.append("유럽연합 안" if asked.eu else "유럽연합 밖")
    return ", ".join(parts)


def country(code: str) -> str:
    return written.plain(code).upper()


def share(percent: float, salt: str) -> str:
    """`전체 프로필 중 무작위 25%`."""
    drawn = f"({quoted(salt)} 추첨)" if salt else ""
    return f"전체 프로필 중 무작위 {written.percent(percent)}{drawn}"
