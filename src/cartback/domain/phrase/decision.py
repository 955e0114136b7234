"""What a flow did with a person, and why, in one sentence."""

from collections.abc import Mapping
from typing import Final

from cartback.domain.consent import RULES
from cartback.domain.coupon import NoCode
from cartback.domain.effect import Reason
from cartback.domain.instant import FOREVER, Instant, Zone
from cartback.domain.phrase import english_words, korean_words
from cartback.domain.phrase.names import Language
from cartback.domain.phrase.offer import no_code_reason
from cartback.domain.phrase.permission import because

_DONE: Final[Mapping[str, tuple[str, str]]] = {
    "entered": ("Entered the automation", "자동화에 들어왔어요"),
    "not_entered": ("Did not enter the automation", "자동화에 들어오지 않았어요"),
    "waits": ("Waits", "기다리고 있어요"),
    "went": ("Went on", "다음으로 갔어요"),
    "sent": ("Sent", "보냈어요"),
    "gave": ("Gave a code", "쿠폰 코드를 드렸어요"),
    "not_given": ("Gave no code", "쿠폰 코드를 드리지 않았어요"),
    "held": ("Held back", "잠시 미뤘어요"),
    "skipped": ("Not sent", "보내지 않았어요"),
    "ended": ("Left the automation", "자동화에서 나갔어요"),
}
_WHY: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.TRIGGERED: ("its trigger happened", "시작 조건이 일어났어요"),
    Reason.NOT_A_LEAD: (
        "it is for leads, and this person has ordered before",
        "아직 주문하지 않은 고객을 위한 자동화인데, 주문한 적이 있어요",
    ),
    Reason.NOT_A_CUSTOMER: (
        "it is for customers, and this person has not ordered yet",
        "주문한 고객을 위한 자동화인데, 아직 주문한 적이 없어요",
    ),
    Reason.NOT_THE_AUDIENCE: (
        "the person is not in the automation's audience",
        "자동화의 대상이 아니에요",
    ),
    Reason.FILTERED: (
        "the automation's filter no longer let them pass",
        "자동화의 조건을 더는 만족하지 않아요",
    ),
    Reason.ALREADY_IN: ("they were in it already", "이미 이 자동화 안에 있어요"),
    Reason.ONLY_ONCE: ("one enters it only once", "한 번만 들어올 수 있는 자동화예요"),
    Reason.TOO_SOON: ("they were in it not long ago", "들어왔던 때가 얼마 지나지 않았어요"),
    Reason.OUTRANKED: (
        "an automation with a higher priority is about this cart already",
        "이 장바구니에는 우선순위가 더 높은 자동화가 진행 중이에요",
    ),
    Reason.TOO_LATE: ("it would have come too late to be useful", "도움이 되기에는 너무 늦었어요"),
    Reason.READY: ("every rule allowed it", "모든 규칙을 지켰어요"),
    Reason.QUIET_HOURS: (
        "it is a quiet hour where the person is",
        "고객이 있는 곳은 조용히 할 시간이에요",
    ),
    Reason.FREQUENCY_CAP: (
        "they were written to a short while ago",
        "얼마 전에 이미 메시지를 보냈어요",
    ),
    Reason.WEEKLY_BUDGET: (
        "they were written to often enough this week",
        "이번 주에는 이미 충분히 보냈어요",
    ),
    Reason.CART_IN_USE: (
        "they are filling their cart right now",
        "지금 장바구니를 채우고 있어요",
    ),
    Reason.PAUSED: ("the automation or this message is paused", "자동화나 이 메시지가 멈춰 있어요"),
    Reason.DRAFT: ("this message is still a draft", "이 메시지는 아직 초안이에요"),
    Reason.NO_ADDRESS: ("no address is known", "주소를 몰라요"),
    Reason.NOT_SUBSCRIBED: ("they never subscribed", "수신에 동의한 적이 없어요"),
    Reason.UNSUBSCRIBED: ("they unsubscribed", "수신을 거부했어요"),
    Reason.LAW: ("the law does not allow it", "법이 허용하지 않아요"),
    Reason.SUPPRESSED: ("the address is on the suppression list", "발송 제외 목록에 있는 주소예요"),
    Reason.WAITING: ("the automation has a wait here", "자동화에 정해 둔 대기예요"),
    Reason.WENT_ON: ("the way was open", "조건에 맞았어요"),
    Reason.OTHERWISE: ("no branch applied", "맞는 갈래가 없었어요"),
    Reason.COMPLETED: ("it was at its end", "끝까지 갔어요"),
    Reason.ORDERED: ("they ordered", "주문했어요"),
    Reason.ORDERED_ELSEWHERE: (
        "somebody else ordered this cart",
        "다른 고객이 이 장바구니를 주문했어요",
    ),
    Reason.CART_EMPTIED: ("the cart is empty", "장바구니가 비었어요"),
    Reason.CART_FORGOTTEN: ("the cart is long gone", "장바구니가 오래전에 사라졌어요"),
    Reason.ARCHIVED: ("the automation was archived", "자동화가 보관됐어요"),
    Reason.MERGED: (
        "two profiles became one, and the other was in it earlier",
        "두 프로필이 하나가 됐고, 다른 쪽이 먼저 들어와 있었어요",
    ),
    Reason.GONE: ("the person was erased", "고객 정보가 지워졌어요"),
    Reason.SOLD_OUT: (
        "everything in the cart is sold out",
        "장바구니에 담긴 상품이 모두 품절됐어요",
    ),
    Reason.BOUGHT: ("they ordered the product", "그 상품을 주문했어요"),
    Reason.PRODUCT_GONE: (
        "the product is not sold any more",
        "더는 판매하지 않는 상품이에요",
    ),
    Reason.PRODUCT_SOLD_OUT: ("the product is sold out", "상품이 품절됐어요"),
    Reason.PRICE_UP: (
        "the product no longer costs so much less",
        "상품 가격이 다시 올랐어요",
    ),
    Reason.STOCK_UP: (
        "the product is no longer low on stock",
        "재고가 더는 적지 않아요",
    ),
    Reason.REFUSED: ("the mail server refused it", "메일 서버가 거절했어요"),
    Reason.IN_DOUBT: (
        "the hand-over broke off, and nobody knows whether it arrived; it is not repeated",
        "보내는 도중에 끊겨 도착했는지 알 수 없어요. 다시 보내지는 않아요",
    ),
    Reason.CODE_ASKED: ("a code was asked for", "쿠폰 코드를 요청했어요"),
    Reason.COUPON_GONE: ("there is no such coupon any more", "그 쿠폰이 더는 없어요"),
    **{Reason(f"coupon_{one}"): no_code_reason(one) for one in NoCode},
}


def reason_text(reason: str, language: Language) -> str:
    """A reason alone, without a full stop; a word that is none stays as it is."""
    if reason not in _WHY:
        return reason
    return _WHY[Reason(reason)][0 if language == Language.ENGLISH else 1]


def told(
    what: str, reason: str, until: Instant, language: Language, zone: Zone, rule: str = ""
) -> str:
    """One sentence: what was done, why, and until when, where that is known.

    `rule` is the key of the law that stands behind it (domain/consent.py), where one does.
    """
    place = 0 if language == Language.ENGLISH else 1
    done = _DONE[what][place]
    if what == "waits" and reason == Reason.WENT_ON:
        reason = Reason.WAITING  # as it was written before there was that word
    why = because(RULES[rule], language) if rule in RULES else _WHY[Reason(reason)][place]
    if not 0 < until < FOREVER:
        return f"{done}: {why}."
    if language == Language.ENGLISH:
        return f"{done}: {why} (until {english_words.minute(until, zone)})."
    return f"{done}: {why} ({korean_words.minute(until, zone)}까지)."
