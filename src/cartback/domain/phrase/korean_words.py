"""Korean for the pieces of a condition: names, times, windows, counts, tests on properties."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from cartback.domain.event import Json, Metric
from cartback.domain.instant import Instant, Zone
from cartback.domain.number import Count, Number
from cartback.domain.phrase import written
from cartback.domain.phrase.josa import josa
from cartback.domain.phrase.names import About, Names
from cartback.domain.phrase.written import plain
from cartback.domain.properties import AMOUNTS
from cartback.domain.property import AnyTest, NotTest, Operator, Property, PropertyTest, Some, Value
from cartback.domain.window import (
    After,
    Before,
    Between,
    BetweenAgo,
    Calendar,
    Ever,
    Last,
    MoreThanAgo,
    SinceRunStart,
    Window,
)

METRICS: Final[dict[str, str]] = {
    Metric.VIEWED_PRODUCT: "상품 조회",
    Metric.VIEWED_CATEGORY: "카테고리 조회",
    Metric.SEARCHED: "검색",
    Metric.ADDED_TO_CART: "장바구니 담기",
    Metric.REMOVED_FROM_CART: "장바구니에서 빼기",
    Metric.CART_UPDATED: "장바구니 변경",
    Metric.CHECKOUT_STARTED: "결제 시작",
    Metric.CHECKOUT_STEP_COMPLETED: "결제 단계 완료",
    Metric.PLACED_ORDER: "주문 완료",
    Metric.ORDERED_PRODUCT: "상품 주문",
    Metric.FULFILLED_ORDER: "주문 발송",
    Metric.CANCELLED_ORDER: "주문 취소",
    Metric.REFUNDED_ORDER: "주문 환불",
    Metric.SUBSCRIBED: "수신 동의",
    Metric.UNSUBSCRIBED: "수신 거부",
    Metric.COUPON_USED: "쿠폰 사용",
    Metric.COUPON_GIVEN: "쿠폰 발급",
    Metric.COUPON_REFUSED: "쿠폰 미발급",
    Metric.IDENTIFIED: "고객 식별",
    Metric.VIEWED_PAGE: "페이지 조회",
    Metric.VIEWED_SCREEN: "화면 조회",
    Metric.GROUPED: "그룹 지정",
    Metric.ALIASED: "식별자 연결",
    Metric.JOINED_LIST: "목록 가입",
    Metric.LEFT_LIST: "목록 탈퇴",
    Metric.PRICE_DROPPED: "가격 인하",
    Metric.LOW_ON_STOCK: "재고 부족",
    Metric.BACK_IN_STOCK: "재입고",
    Metric.CART_ABANDONED: "장바구니 이탈",
    Metric.CART_RECOVERED: "장바구니 회복",
    Metric.CART_ORDERED_ELSEWHERE: "다른 고객이 장바구니 주문",
    Metric.RECEIVED_EMAIL: "이메일 수신",
    Metric.OPENED_EMAIL: "이메일 열람",
    Metric.CLICKED_EMAIL: "이메일 클릭",
    Metric.BOUNCED_EMAIL: "이메일 반송",
    Metric.MARKED_AS_SPAM: "이메일 스팸 신고",
}
_UNITS: Final = {"second": "초", "minute": "분", "hour": "시간", "day": "일", "week": "주"}


# --- names and lists -------------------------------------------------------------------------


def quoted(text: str) -> str:
    return f"“{plain(text)}”"


def metric_name(metric: str, names: Names) -> str:
    """A standard metric by its Korean name, any other in quotes."""
    if metric not in names.metrics and metric in METRICS:
        return METRICS[metric]
    return quoted(names.metrics.get(metric, metric))


def some_of(words: Iterable[str]) -> str:
    """The first words, and how many more things there are."""
    shown, rest = written.first(words)
    return ", ".join(shown) + (f" 외 {rest}개" if rest else "")


# --- times -----------------------------------------------------------------------------------


def day(found: date) -> str:
    return f"{found.year}년 {found.month}월 {found.day}일"


def moment(instant: Instant, zone: Zone) -> str:
    """An instant to the second on the shop's clock."""
    here = written.local(instant, zone)
    return f"{day(here)} {here:%H:%M:%S}"


def minute(instant: Instant, zone: Zone) -> str:
    """An instant to the minute on the shop's clock."""
    here = written.local(instant, zone)
    return f"{day(here)} {here:%H:%M}"


def written_moment(found: written.WrittenTime) -> str:
    return " ".join(part for part in (day(found.day), found.clock, found.offset) if part)


def duration(text: str) -> str:
    number, unit = written.duration(text)
    return f"{number:,}{_UNITS[unit]}"


def window(within: Window) -> str:
    """When, as a noun: `최근 7일`, `2026년 3월 1일 전`."""
    return "".join(_window(within)[:1])


def during(within: Window) -> str:
    """When, as it precedes what happened: `최근 7일 동안`, `2026년 3월 1일 전에`."""
    return "".join(_window(within))


def lately(within: Window) -> str:
    """When a single thing was: `최근 7일 이내`; else as `window`."""
    return f"{window(within)} 이내" if isinstance(within, Last) else window(within)


def at_some_time(within: Window) -> str:
    """As it precedes a single thing: `최근 7일 이내에`; else as `during`."""
    return f"{window(within)} 이내에" if isinstance(within, Last) else during(within)


def _window(within: Window) -> tuple[str, str]:
    match within:
        case Last(text):
            return f"최근 {duration(text)}", " 동안"
        case BetweenAgo(nearest, farthest):
            return f"{duration(farthest)} 전부터 {duration(nearest)} 전 사이", "에"
        case MoreThanAgo(text):
            return f"{duration(text)} 이상 전", "에"
        case Before(at):
            return f"{written_moment(written.written_time(at))} 전", "에"
        case After(at):
            return f"{written_moment(written.written_time(at))} 이후", "에"
        case Between(start, end):
            return _between(written.written_time(start), written.written_time(end))
        case Calendar(unit, ago):
            return _calendar(unit, ago)
        case Ever():
            return "지금까지", ""
        case SinceRunStart():
            return "이번 실행이 시작된 뒤", "에"


def _between(start: written.WrittenTime, end: written.WrittenTime) -> tuple[str, str]:
    last = written.last_day_before(end)
    if last is None:
        return f"{written_moment(start)}부터 {written_moment(end)} 전까지", ""
    if not start.clock and start.day == last:
        return day(last), "에"
    return f"{written_moment(start)}부터 {day(last)}까지", ""


def _calendar(unit: str, ago: int) -> tuple[str, str]:
    match unit, ago:
        case "day", 0:
            return "오늘", ""
        case "day", 1:
            return "어제", ""
        case "day", _:
            return f"{ago:,}일 전 하루", " 동안"
        case "week", 0:
            return "이번 주", "에"
        case "week", 1:
            return "지난주", "에"
        case "week", _:
            return f"{ago:,}주 전 한 주", " 동안"
        case _, 0:
            return "이번 달", "에"
        case _, 1:
            return "지난달", "에"
        case _:
            return f"{ago:,}개월 전 한 달", " 동안"


# --- how often and how much ------------------------------------------------------------------


def count(asked: Count) -> str:
    """`1회 이상`, `0회`, `2회 이상 5회 이하`."""
    low, high = asked.bounds()
    if high == 0:
        return "0회"
    if high is None and low == 0:
        return "횟수 무관"
    if asked.exactly is not None:
        return f"정확히 {asked.exactly:,}회"
    bounds = [
        (asked.at_least, "이상"),
        (asked.more_than, "초과"),
        (asked.at_most, "이하"),
        (asked.fewer_than, "미만"),
    ]
    return " ".join(f"{bound:,}회 {word}" for bound, word in bounds if bound is not None)


def numbers(asked: Number, unit: str = "", currency: str = "") -> str:
    """`10,000 이상`, `0 초과 50 미만`; amounts where there is a currency."""
    if asked.exactly is not None:
        return f"정확히 {money(asked.exactly, currency)}{unit}"
    bounds = [
        (asked.at_least, "이상"),
        (asked.more_than, "초과"),
        (asked.at_most, "이하"),
        (asked.less_than, "미만"),
    ]
    return " ".join(
        f"{money(bound, currency)}{unit} {word}" for bound, word in bounds if bound is not None
    )


def money(minor: object, currency: str) -> str:
    """`5,000원`, `50.00 USD`."""
    return in_won(written.money(minor, currency))


def in_won(text: str) -> str:
    """An amount of won as Koreans write it."""
    return text.removesuffix(" KRW") + "원" if text.endswith(" KRW") else text


def amount(value: int, items: int, currency: str) -> str:
    """What a cart holds; of a checkout without known lines nothing is said."""
    return f"상품 {items:,}개, 금액 {money(value, currency)}" if items else ""


# --- values and tests ------------------------------------------------------------------------


def value(found: Json) -> str:
    """A value as somebody sent it."""
    match found:
        case None:
            return "없음"
        case bool():
            return "참" if found else "거짓"
        case int() | float():
            return written.number(found, grouped=False)
        case str():
            return quoted(found)
        case list() | tuple():
            return some_of(map(_item, found)) if found else "빈 목록"
        case _:
            return "객체"


def _item(found: Json) -> str:
    return "목록" if isinstance(found, list | tuple) else value(found)


_BOUNDS: Final = {
    Operator.AT_LEAST: "이상",
    Operator.AT_MOST: "이하",
    Operator.MORE_THAN: "초과",
    Operator.LESS_THAN: "미만",
}
_AFTER_VALUE: Final = {
    Operator.CONTAINS: "포함",
    Operator.NOT_CONTAINS: "미포함",
    Operator.IN: "중 하나",
    Operator.NOT_IN: "중 어느 것도 아님",
    Operator.CONTAINS_ANY: "중 하나 이상 포함",
    Operator.CONTAINS_ALL: "모두 포함",
    Operator.CONTAINS_NONE: "모두 미포함",
}
_WITH_PARTICLE: Final = {
    Operator.STARTS_WITH: "시작함",
    Operator.NOT_STARTS_WITH: "시작하지 않음",
    Operator.ENDS_WITH: "끝남",
    Operator.NOT_ENDS_WITH: "끝나지 않음",
}


def verdict_on(operator: Operator, asked: Value, currency: str = "") -> str:
    """What is asked of a value: `“gold”`, `5,000 이상`, `최근 7일 이내`; with a currency, an
    amount."""
    operator, asked = written.simplest(operator, asked)
    match operator:
        case Operator.IS_SET:
            return "값 있음"
        case Operator.NOT_SET:
            return "값 없음"
        case Operator.ANNIVERSARY_TODAY:
            return "기념일이 오늘"
        case Operator.ANNIVERSARY_IN_NEXT:
            return f"기념일이 앞으로 {duration(str(asked))} 이내"
        case Operator.IN_LAST:
            return f"최근 {duration(str(asked))} 이내"
        case Operator.IN_NEXT:
            return f"앞으로 {duration(str(asked))} 이내"
        case Operator.MORE_THAN_AGO:
            return window(MoreThanAgo(str(asked)))
        case Operator.BEFORE:
            return window(Before(str(asked)))
        case Operator.AFTER:
            return window(After(str(asked)))
        case Operator.MATCHES:
            return f"{value(asked)} 패턴과 일치"
        case Operator.NOT_MATCHES:
            return f"{value(asked)} 패턴과 불일치"
        case _:
            return _verdict_on_value(operator, asked, currency)


def _verdict_on_value(operator: Operator, asked: Value, currency: str) -> str:
    if operator in _BOUNDS:
        return f"{money(asked, currency)} {_BOUNDS[operator]}"
    if operator in _WITH_PARTICLE:
        return f"{josa(value(asked), '으로/로')} {_WITH_PARTICLE[operator]}"
    if operator in _AFTER_VALUE:
        return f"{value(asked)} {_AFTER_VALUE[operator]}"
    told = money(asked, currency) if currency and written.is_number(asked) else value(asked)
    return f"{josa(told, '이/가')} 아님" if operator is Operator.NOT_EQUALS else told


def property_name(path: str, about: About) -> str:
    """What a property is called: `장바구니 금액`, or by its own name."""
    return "장바구니 금액" if about.is_cart_value(path) else quoted(path)


def asked_of(name: str, operator: Operator, asked: Value, currency: str = "") -> str:
    """A value by its name and what is asked of it: `“plan”이 “gold”`, `“tags”에 “a” 포함`."""
    operator, asked = written.simplest(operator, asked)
    match operator:
        case Operator.CONTAINS | Operator.NOT_CONTAINS | Operator.CONTAINS_ANY:
            subject = f"{name}에"
        case Operator.CONTAINS_ALL | Operator.CONTAINS_NONE:
            subject = f"{name}에"
        case Operator.ANNIVERSARY_TODAY | Operator.ANNIVERSARY_IN_NEXT:
            subject = f"{name}의"
        case Operator.IS_SET:
            return f"{name} 값이 있음"
        case Operator.NOT_SET:
            return f"{name} 값이 없음"
        case _:
            subject = josa(name, "이/가")
    return f"{subject} {verdict_on(operator, asked, currency)}"


def property_test(asked: PropertyTest, about: About, depth: int = 0) -> str:
    """One test on an event's properties; deep inside others it is only mentioned."""
    match asked:
        case Property(path, operator, wanted):
            currency = about.currency if path in AMOUNTS else ""
            return asked_of(property_name(path, about), operator, wanted, currency)
        case _ if depth > 2:
            return "추가 조건"
        case Some(path, inner):
            of_one = _joined(inner, ", ", About(about.currency), depth)
            return f"{quoted(path)} 중 하나 이상이 [{of_one}]"
        case AnyTest(of):
            return _joined(of, " 또는 ", about, depth)
        case NotTest(of=inner):
            return f"[{property_test(inner, about, depth + 1)}] 아님"


def _joined(tests: Sequence[PropertyTest], word: str, about: About, depth: int) -> str:
    """Tests joined by one word; brackets keep `and` and `or` apart."""
    shown, rest = written.first(tests)
    words = [property_test(one, about, depth + 1) for one in shown]
    if len(tests) > 1:
        words = [
            f"[{said}]" if isinstance(one, AnyTest) and len(one.of) > 1 else said
            for one, said in zip(shown, words, strict=True)
        ]
    if rest:
        words.append(f"추가 조건 {rest}개")
    return word.join(words)


def where(tests: Sequence[PropertyTest], metric: str, names: Names) -> str:
    """The tests on the events, as they follow the metric's name."""
    return f"({_joined(tests, ', ', names.about(metric), 0)})" if tests else ""
