"""Whether a message may leave, in words: one sentence for each rule, and its law beside it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from cartback.domain.instant import Zone
from cartback.domain.law.terms import Decision, HoldUntil, Refuse, Rule, Send
from cartback.domain.phrase import english_words, korean_words
from cartback.domain.phrase.names import Language


class _Both(NamedTuple):
    """A rule's name and its sentence in each language."""

    name: str
    sentence: str
    korean_name: str
    korean: str


_PROMISE: Final = {
    "consent": _Both(
        "Consent",
        "Advertising needs the person's yes first",
        "사전 동의",
        "광고를 보내려면 먼저 수신 동의를 받아야 해요",
    ),
    "objected": _Both(
        "Withdrawn",
        "The person said no",
        "수신 거부",
        "고객이 수신을 거부했어요",
    ),
    "unconfirmed": _Both(
        "Double opt-in",
        "The yes was not confirmed from the address yet",
        "동의 확인",
        "수신 동의가 아직 본인 주소에서 확인되지 않았어요",
    ),
    "service": _Both(
        "Service message",
        "It belongs to an order or an account and is no advertising",
        "서비스 메시지",
        "주문이나 계정에 관한 안내라서 광고가 아니에요",
    ),
    "soft_opt_in": _Both(
        "Own customers",
        "A customer may be told of similar goods until they object",
        "기존 고객",
        "기존 고객에게는 거부하기 전까지 비슷한 상품을 알릴 수 있어요",
    ),
}

_WORDS: Final[Mapping[str, _Both]] = {
    **{
        f"{where}.{what}": _PROMISE[what]
        for where in ("eu", "uk")
        for what in ("consent", "objected", "unconfirmed", "service", "soft_opt_in")
    },
    **{
        f"{where}.{what}": _PROMISE[what]
        for where in ("us", "kr", "elsewhere")
        for what in ("consent", "objected", "unconfirmed", "service")
    },
    "us.consent": _Both(
        "Consent",
        "The person said yes",
        "수신 동의",
        "고객이 수신에 동의했어요",
    ),
    "us.opt_out": _Both(
        "Until they say no",
        "E-mail may be sent until the person says no",
        "거부 전까지 허용",
        "고객이 거부하기 전까지 이메일을 보낼 수 있어요",
    ),
    "us.written_consent": _Both(
        "Written consent",
        "Text messages need the person's written yes first",
        "서면 동의",
        "문자 메시지를 보내려면 먼저 서면 동의를 받아야 해요",
    ),
    "us.night": _Both(
        "Quiet at night",
        "No text messages between 9 p.m. and 8 a.m. on the person's clock",
        "야간 발송 금지",
        "고객 현지 시각으로 오후 9시부터 오전 8시까지는 문자를 보내지 않아요",
    ),
    "us.unknown_zone": _Both(
        "Unknown time zone",
        "Nobody knows whether it is night where the person is",
        "시간대를 알 수 없음",
        "고객이 있는 곳이 밤인지 알 수 없어요",
    ),
    "us.push_consent": _Both(
        "Consent",
        "Push messages need the person's yes first",
        "사전 동의",
        "푸시 알림을 보내려면 먼저 수신 동의를 받아야 해요",
    ),
    "kr.customer": _Both(
        "Own customers",
        "A customer may be told of the same kind of goods for six months after a deal",
        "기존 고객",
        "거래가 끝난 뒤 6개월 동안은 같은 종류의 상품을 알릴 수 있어요",
    ),
    "kr.night": _Both(
        "Quiet at night",
        "No advertising between 21:00 and 08:00 without a yes to just that",
        "야간 광고 금지",
        "야간 수신 동의가 없으면 밤 9시부터 아침 8시까지 광고를 보내지 않아요",
    ),
    "kr.confirmation": _Both(
        "Two-year notice",
        "The person's yes is two years old; first tell them of it",
        "2년 주기 동의 확인",
        "수신 동의를 받은 지 2년이 지났어요. 먼저 동의 사실을 알려 주세요",
    ),
    "kr.result": _Both(
        "Notice of the outcome",
        "Within 14 days the person is told what became of their yes or no",
        "처리 결과 통지",
        "수신 동의나 거부를 처리한 결과를 14일 안에 알려야 해요",
    ),
    "elsewhere.night": _Both(
        "Quiet at night",
        "No such messages between 21:00 and 08:00 on the person's clock",
        "야간 발송 금지",
        "고객 현지 시각으로 밤 9시부터 아침 8시까지는 보내지 않아요",
    ),
    "house.consent": _Both(
        "Only with consent",
        "The shop writes only to who said yes",
        "동의한 고객에게만 발송",
        "수신에 동의한 고객에게만 보내도록 설정되어 있어요",
    ),
    "house.no_yes": _Both(
        "Nothing to tell",
        "There is no yes of which the person could be told",
        "안내할 동의 없음",
        "안내할 수신 동의가 없어요",
    ),
    "house.confirmed": _Both(
        "Confirmed before",
        "The address has confirmed its yes already",
        "이미 확인한 동의",
        "본인 주소에서 이미 동의를 확인했어요",
    ),
    "house.bounced": _Both(
        "Suppressed",
        "The address does not take mail: it came back",
        "발송 차단",
        "메일이 반송된 주소예요",
    ),
    "house.complained": _Both(
        "Suppressed",
        "The person reported a message as spam",
        "발송 차단",
        "고객이 메시지를 스팸으로 신고했어요",
    ),
    "house.unsubscribed": _Both(
        "Suppressed",
        "The address is on the list of those who unsubscribed",
        "발송 차단",
        "수신 거부 목록에 있는 주소예요",
    ),
    "house.by_hand": _Both(
        "Suppressed",
        "Somebody of the shop suppressed the address",
        "발송 차단",
        "쇼핑몰 담당자가 발송을 차단한 주소예요",
    ),
}


def rule_name(rule: Rule, language: Language) -> str:
    """What the rule is called."""
    words = _WORDS[rule.key]
    return words.korean_name if language == Language.KOREAN else words.name


def because(rule: Rule, language: Language) -> str:
    """Why, and the article that says so, as the end of a sentence."""
    words, article = _WORDS[rule.key], rule.article
    if language == Language.KOREAN:
        return f"{words.korean} ({_KOREAN_ARTICLES.get(article, article)})"
    return f"{_lower(words.sentence)} ({article})"


def permission(decision: Decision, language: Language, zone: Zone) -> str:
    """One sentence: whether it may leave and when, why, and the article that says so."""
    words = _WORDS[decision.rule.key]
    article = decision.rule.article
    if language == Language.KOREAN:
        return (
            f"{_korean(decision, zone)}: {words.korean} ({_KOREAN_ARTICLES.get(article, article)})."
        )
    return f"{_english(decision, zone)}: {_lower(words.sentence)} ({article})."


def _english(decision: Decision, zone: Zone) -> str:
    match decision:
        case Send():
            return "It may be sent"
        case HoldUntil(at):
            return f"It waits until {english_words.minute(at, zone)}"
        case Refuse():
            return "It is not sent"


def _korean(decision: Decision, zone: Zone) -> str:
    match decision:
        case Send():
            return "보낼 수 있어요"
        case HoldUntil(at):
            return f"{korean_words.minute(at, zone)}까지 기다려요"
        case Refuse():
            return "보내지 않아요"


def _lower(sentence: str) -> str:
    """As it goes on behind a colon; a name that begins with capitals keeps them."""
    return sentence[0].lower() + sentence[1:]


_KOREAN_ARTICLES: Final = {
    "Network Act, art. 50(1)": "정보통신망법 제50조 제1항",
    "Network Act, art. 50(1) no. 1; decree art. 61(1)": (
        "정보통신망법 제50조 제1항 제1호, 시행령 제61조 제1항"
    ),
    "Network Act, art. 50(2)": "정보통신망법 제50조 제2항",
    "Network Act, art. 50(3); decree art. 61(2)": (
        "정보통신망법 제50조 제3항, 시행령 제61조 제2항"
    ),
    "Network Act, art. 50(7); decree art. 62-2": "정보통신망법 제50조 제7항, 시행령 제62조의2",
    "Network Act, art. 50(8); decree art. 62-3": "정보통신망법 제50조 제8항, 시행령 제62조의3",
    "the shop's own rule": "쇼핑몰 자체 규칙",
    "Cartback's own rule": "Cartback 자체 규칙",
    "the suppression list": "발송 차단 목록",
    "the platforms' terms": "플랫폼 약관",
}
