"""What begins a flow and what each of its steps does, in words: a sentence for each."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cartback.domain.event import Json, Metric
from cartback.domain.flow import (
    Again,
    Flow,
    GoodsTrigger,
    OnBackInStock,
    OnCart,
    OnConsentDue,
    OnDate,
    OnList,
    OnLowStock,
    OnMetric,
    OnPriceDrop,
    OnSegment,
    Trigger,
)
from cartback.domain.phrase import english_words, korean_words
from cartback.domain.phrase.josa import josa
from cartback.domain.phrase.names import NO_NAMES, Language, Names
from cartback.domain.phrase.sentences import describe
from cartback.domain.phrase.written import percent
from cartback.domain.property import PropertyTest
from cartback.domain.step import (
    Alert,
    AnyStep,
    Email,
    GiveCoupon,
    ListChange,
    RandomSplit,
    SetTrait,
    Split,
    TriggerSplit,
    Wait,
    WaitFor,
    Webhook,
)

_NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})
_WEEKDAYS: Final = {
    "monday": ("Monday", "월요일"),
    "tuesday": ("Tuesday", "화요일"),
    "wednesday": ("Wednesday", "수요일"),
    "thursday": ("Thursday", "목요일"),
    "friday": ("Friday", "금요일"),
    "saturday": ("Saturday", "토요일"),
    "sunday": ("Sunday", "일요일"),
}


class Speech(NamedTuple):
    """In which language, and how the shop calls its things; `templates` and `coupons`
    are names by key, `began` the metric that begins the flow that is spoken of."""

    language: Language
    names: Names = NO_NAMES
    templates: Mapping[str, str] = _NO_NAMES
    coupons: Mapping[str, str] = _NO_NAMES
    began: str = ""

    @property
    def is_english(self) -> bool:
        return self.language == Language.ENGLISH

    def of(self, english: str, korean: str) -> str:
        """The one that is spoken."""
        return english if self.is_english else korean

    def quoted(self, text: str) -> str:
        return english_words.quoted(text)

    def length(self, text: str) -> str:
        """A duration of a document."""
        if self.is_english:
            return english_words.duration(text)
        return korean_words.duration(text)

    def where(self, tests: Sequence[PropertyTest], metric: str) -> str:
        """The tests on an event's properties, as they follow what happened."""
        said = english_words.where if self.is_english else korean_words.where
        return said(tests, metric, self.names)

    def metric(self, metric: str, where: Sequence[PropertyTest] = ()) -> str:
        """A metric, and the tests on its properties."""
        if self.is_english:
            return english_words.metric_name(metric, self.names) + self.where(where, metric)
        return korean_words.metric_name(metric, self.names) + self.where(where, metric)

    def value(self, value: Json) -> str:
        return english_words.value(value) if self.is_english else korean_words.value(value)

    def segment(self, key: str) -> str:
        return self.quoted(self.names.segments.get(key, key))

    def list(self, key: str) -> str:
        return self.quoted(self.names.lists.get(key, key))


# --- what begins it -------------------------------------------------------------------------


def trigger_text(trigger: Trigger, say: Speech) -> str:
    """When a run begins, without a full stop."""
    match trigger:
        case OnCart(where):
            tests = say.where(where, Metric.CART_ABANDONED)
            return say.of(
                f"Somebody leaves a cart behind{tests}", f"장바구니를 두고 떠났을 때{tests}"
            )
        case OnMetric(metric, where):
            name = say.metric(metric, where)
            return say.of(f"{name} happens", f"{josa(name, '이/가')} 일어났을 때")
        case OnSegment(segment, joined):
            name = say.segment(segment)
            return say.of(
                f"Somebody {'enters' if joined else 'leaves'} the segment {name}",
                f"세그먼트 {name}{'에 들어왔을 때' if joined else '에서 나갔을 때'}",
            )
        case OnDate():
            return _date(trigger, say)
        case OnConsentDue(before, at):
            days = say.length(f"{before} days")
            return say.of(
                f"{days} before the law wants somebody told of their yes, at {at}",
                f"법에 따라 수신동의 사실을 알려야 하는 날 {days} 전 {at}",
            )
        case OnPriceDrop() | OnLowStock() | OnBackInStock():
            return _news(trigger, say)
        case OnList(key, joined):
            name = say.list(key)
            return say.of(
                f"Somebody {'joins' if joined else 'leaves'} the list {name}",
                f"목록 {name}{'에 들어왔을 때' if joined else '에서 나갔을 때'}",
            )


def _news(trigger: GoodsTrigger, say: Speech) -> str:
    """What happened to which product."""
    length = say.length(trigger.within)
    where = {
        "cart": say.of("in their cart", "장바구니에 있는"),
        "viewed": say.of("they looked at", "조회한"),
        "either": say.of("in their cart or looked at", "장바구니에 있거나 조회한"),
    }[trigger.interest]
    match trigger:
        case OnPriceDrop(at_least=least):
            what = say.of(f"costs at least {least} % less", f"가격이 {least}% 이상 내렸을 때")
        case OnLowStock(at_most=most):
            what = say.of(f"is down to {most} or fewer", f"{most}개 이하로 남았을 때")
        case OnBackInStock():
            what = say.of("is back in stock", "재입고됐을 때")
    return say.of(
        f"A product {where} in the last {length} {what}",
        f"최근 {length} 동안 {where} 상품이 {what}",
    )


def _date(trigger: OnDate, say: Speech) -> str:
    trait, at = say.quoted(trigger.trait), trigger.at
    days = trigger.before or trigger.after
    told = say.length(f"{days} days")
    if say.is_english:
        near = f"{told} {'before' if trigger.before else 'after'} " if days else "On "
        each = "each year" if trigger.yearly else "once"
        return f"{near}the date in {trait}, at {at}, {each}"
    near = f" {told} {'전' if trigger.before else '뒤'}" if days else ""
    each = "해마다" if trigger.yearly else "한 번"
    return f"속성 {trait}의 날짜{near} {at} ({each})"


def again_text(flow: Flow, say: Speech) -> str:
    """When a run may begin again."""
    match flow.again, flow.of_cart:
        case Again("never"), True:
            return say.of("Once for each cart", "장바구니마다 한 번")
        case Again("never"), _:
            return say.of("Once for each person", "고객마다 한 번")
        case Again("always"), _:
            return say.of("Every time", "매번")
        case Again(_, length), _:
            told = say.length(length or "1 day")
            return say.of(f"Again after {told} at the earliest", f"빨라도 {told} 뒤에 다시")


# --- what it does ---------------------------------------------------------------------------


def step_text(step: AnyStep, say: Speech) -> str:
    """What a step does, without a full stop."""
    match step:
        case Email(template=key):
            name = say.quoted(say.templates.get(key, key))
            return say.of(f"Send the e-mail {name}", f"이메일 {name} 보내기")
        case Webhook(url=url):
            host = urlsplit(url).hostname or url
            return say.of(f"Call {host}", f"{josa(host, '을/를')} 호출하기")
        case Alert(to=to):
            who = ", ".join(to)
            return say.of(f"Tell {who}", f"{who}에게 알리기")
        case Wait():
            return _wait(step, say)
        case WaitFor(metric=metric, where=where, at_most=longest):
            name, length = say.metric(metric, where), say.length(longest)
            return say.of(f"Wait for {name}, at most {length}", f"{name} 기다리기 (최대 {length})")
        case Split():
            return say.of("Who are they?", "어떤 고객인가요?")
        case TriggerSplit():
            return say.of("What began it?", "무엇으로 시작됐나요?")
        case RandomSplit():
            return say.of(
                "By chance; the same person always goes the same way",
                "무작위로 나누기 (같은 고객은 늘 같은 길로 가요)",
            )
        case GiveCoupon(coupon=key):
            name = say.quoted(say.coupons.get(key, key))
            return say.of(f"Give a code of the coupon {name}", f"쿠폰 {name} 코드 주기")
        case SetTrait(path=path, value=value):
            given = say.value(value)
            return say.of(f"Set {path} to {given}", f"속성 {path}: {josa(given, '으로/로')} 바꾸기")
        case ListChange(list=key, joined=joined):
            name = say.list(key)
            return say.of(
                f"Add to the list {name}" if joined else f"Take from the list {name}",
                f"목록 {name}{'에 넣기' if joined else '에서 빼기'}",
            )
        case _:
            return say.of("End here", "여기서 끝내기")


def _wait(step: Wait, say: Speech) -> str:
    length = "" if step.duration is None else say.length(step.duration)
    days = [_WEEKDAYS[one][0 if say.is_english else 1] for one in step.weekdays]
    if say.is_english:
        on = f"{'on ' if step.until else ''}a {english_words.listed(days, 'or')}" if days else ""
        until = " ".join(one for one in (step.until or "", on) if one)
        told = "Wait " + ", ".join(one for one in (length, until and f"until {until}") if one)
    else:
        until = " ".join(one for one in ("·".join(days), step.until or "") if one)
        told = ", ".join(one for one in (length, until and f"{until}까지") if one) + " 기다리기"
    zone = {
        "profile": say.of("the person's clock", "고객이 있는 곳의 시간"),
        "shop": say.of("the shop's clock", "쇼핑몰 시간"),
    }.get(step.zone, step.zone)
    return told if step.until is None and not step.weekdays else f"{told} ({zone})"


def way_text(step: AnyStep, place: int, say: Speech) -> str:
    """Who goes the way of that place through a split."""
    match step:
        case WaitFor():
            return fixed_way_text("did_not" if place else "came", say)
        case Split(branches=branches) if place < len(branches):
            return describe(branches[place].when, say.language, say.names)
        case TriggerSplit(branches=tests) if place < len(tests):
            told = say.where(tests[place].where, say.began).strip()
            if not told:
                return say.of("Everybody", "모두")
            return (
                told.removeprefix("where ").removeprefix("the ") if say.is_english else told[1:-1]
            )
        case RandomSplit(branches=shares):
            share = percent(100 * shares[place].weight / sum(one.weight for one in shares))
            return f"{_LETTERS[place]} · {share}"
        case _:
            return fixed_way_text("otherwise", say)


_LETTERS: Final = "ABCDEFGHIJ"
"""Of the ways of a random split: as many as there may be branches."""


def fixed_way_text(name: str, say: Speech) -> str:
    """A way that is always there, by its name in documents."""
    return {
        "came": say.of("It happened", "일어남"),
        "did_not": say.of("It did not", "일어나지 않음"),
    }.get(name) or say.of("All others", "그 밖의 모두")
