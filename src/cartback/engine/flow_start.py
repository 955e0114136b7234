"""Flows to start from: each is copied as a draft, with what is missing of its templates and of the
segment that begins it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.template import Language
from cartback.engine.flow_ports import FlowRow
from cartback.engine.flows import FlowExists, create_flow
from cartback.engine.mailing import mailing_of
from cartback.engine.mails import ReadyTemplate
from cartback.engine.ports import Reading, Store
from cartback.engine.segments import SegmentExists, create_segment, restore_segment
from cartback.engine.templates import StaleTemplate, restore_template, save_template

MOST_NAMESAKES: Final = 50


class ReadyFlow(NamedTuple):
    """A flow to start from: its names by language, and what its document says besides; and the
    segment that it begins with, if there is one, likewise."""

    key: str
    names: dict[Language, str]
    document: dict[str, Any]
    segment: "ReadySegment | None" = None


class ReadySegment(NamedTuple):
    """Who a ready-made flow is about."""

    key: str
    names: dict[Language, str]
    when: dict[str, Any]


class NoSuchReadyFlow(ValueError):
    """There is no ready-made flow with that key."""


def _series(help_: str, offer: str) -> list[dict[str, Any]]:
    return [
        {"kind": "email", "key": "help", "template": help_},
        {"kind": "wait", "key": "a-day", "for": "1 day"},
        {"kind": "email", "key": "proof", "template": "cart-proof"},
        {"kind": "wait", "key": "two-days", "for": "2 days"},
        {"kind": "email", "key": "offer", "template": offer, "useful": "1 day"},
    ]


def _by_stage(template: str) -> dict[str, Any]:
    """Leads get the one mail, customers the other."""
    return {
        "kind": "split",
        "key": "who",
        "branches": [
            {
                "when": {"kind": "stage", "is": "lead"},
                "steps": [{"kind": "email", "key": "for-leads", "template": f"{template}-lead"}],
            }
        ],
        "otherwise": [
            {"kind": "email", "key": "for-customers", "template": f"{template}-customer"}
        ],
    }


def _not_since(metric: str) -> dict[str, Any]:
    did = {"kind": "did", "metric": metric, "within": {"kind": "since_run_start"}}
    return {"kind": "not", "of": did}


_BY_MAIL: Final = {"kind": "property", "path": "channel", "is": "equals", "value": "email"}
"""What a word about e-mail says of itself."""


def _mail(key: str, template: str, useful: str, purpose: str = "transactional") -> dict[str, Any]:
    """A mail that somebody asked for, or that the law asks for: no advertising."""
    mail = {"kind": "email", "key": key, "template": template, "useful": useful}
    return {**mail, "purpose": purpose}


READY: Final[Sequence[ReadyFlow]] = (
    ReadyFlow(
        "abandoned-cart-leads",
        {"en": "Abandoned cart, leads", "ko": "장바구니 이탈 (잠재 고객)"},
        {
            "trigger": {"kind": "cart_abandoned"},
            "audience": "leads",
            "steps": _series("cart-help-lead", "cart-coupon-lead"),
        },
    ),
    ReadyFlow(
        "abandoned-cart-customers",
        {"en": "Abandoned cart, customers", "ko": "장바구니 이탈 (구매 고객)"},
        {
            "trigger": {"kind": "cart_abandoned"},
            "audience": "customers",
            "steps": _series("cart-help-customer", "cart-coupon-customer"),
        },
    ),
    ReadyFlow(
        "abandoned-checkout",
        {"en": "Abandoned checkout", "ko": "결제 이탈"},
        {
            "trigger": {
                "kind": "cart_abandoned",
                "where": [{"kind": "property", "path": "checkout", "is": "equals", "value": True}],
            },
            "priority": 10,
            "steps": [_by_stage("checkout-help")],
        },
    ),
    ReadyFlow(
        "price-drop",
        {"en": "Price drop", "ko": "가격 인하 알림"},
        {
            "trigger": {"kind": "price_drop"},
            "steps": [_by_stage("price-drop")],
        },
    ),
    ReadyFlow(
        "back-in-stock",
        {"en": "Back in stock", "ko": "재입고 알림"},
        {
            "trigger": {"kind": "back_in_stock"},
            "steps": [_by_stage("back-in-stock")],
        },
    ),
    ReadyFlow(
        "thank-you",
        {"en": "Thank you, after a cart came back", "ko": "되찾은 장바구니 감사 인사"},
        {
            "trigger": {"kind": "metric", "metric": "Cart Recovered"},
            "audience": "customers",
            "again": {"rule": "after", "duration": "30 days"},
            "steps": [
                {"kind": "wait", "key": "a-while", "for": "1 hour"},
                {
                    "kind": "split",
                    "key": "which",
                    "branches": [
                        {
                            "when": {
                                "kind": "did",
                                "metric": "Placed Order",
                                "times": {"exactly": 1},
                            },
                            "steps": [
                                {"kind": "email", "key": "first", "template": "thanks-first"}
                            ],
                        }
                    ],
                    "otherwise": [{"kind": "email", "key": "again", "template": "thanks-again"}],
                },
            ],
        },
    ),
    ReadyFlow(
        "win-back",
        {"en": "Win-back: no order for 60 days", "ko": "휴면 고객 (60일 동안 주문 없음)"},
        {
            "trigger": {"kind": "segment", "segment": "no-order-60-days"},
            "audience": "customers",
            "again": {"rule": "after", "duration": "60 days"},
            "only_if": _not_since("Placed Order"),
            "steps": [
                {"kind": "wait", "key": "morning", "until": "10:00"},
                {"kind": "email", "key": "hello", "template": "win-back"},
                {"kind": "wait", "key": "a-month", "for": "30 days"},
                {"kind": "email", "key": "offer", "template": "win-back-coupon"},
            ],
        },
        ReadySegment(
            "no-order-60-days",
            {"en": "Customers with no order for 60 days", "ko": "60일 동안 주문이 없는 고객"},
            {
                "kind": "all",
                "of": [
                    {"kind": "stage", "is": "customer"},
                    {
                        "kind": "did",
                        "metric": "Placed Order",
                        "times": {"exactly": 0},
                        "within": {"kind": "last", "duration": "60 days"},
                    },
                ],
            },
        ),
    ),
    ReadyFlow(
        "browse-abandonment",
        {"en": "Browse abandonment", "ko": "상품 조회 이탈"},
        {
            "trigger": {"kind": "metric", "metric": "Viewed Product"},
            "again": {"rule": "after", "duration": "30 days"},
            "only_if": {
                "kind": "all",
                "of": [
                    _not_since(one) for one in ("Added to Cart", "Checkout Started", "Placed Order")
                ],
            },
            "steps": [
                {"kind": "wait", "key": "a-while", "for": "2 hours"},
                _by_stage("browse"),
            ],
        },
    ),
    ReadyFlow(
        "confirm-address",
        {"en": "Confirm the address", "ko": "주소 확인"},
        {
            "trigger": {"kind": "metric", "metric": "Subscribed", "where": [_BY_MAIL]},
            "again": {"rule": "always"},
            "steps": [_mail("confirm", "confirm-address", "1 day", "double_opt_in")],
        },
    ),
    ReadyFlow(
        "consent-given",
        {"en": "Tell of a yes (Korea)", "ko": "수신 동의 처리 결과 안내"},
        {
            "trigger": {"kind": "metric", "metric": "Subscribed", "where": [_BY_MAIL]},
            "again": {"rule": "always"},
            "steps": [_mail("tell", "consent-result", "13 days")],
        },
    ),
    ReadyFlow(
        "consent-withdrawn",
        {"en": "Tell of a no (Korea)", "ko": "수신 거부 처리 결과 안내"},
        {
            "trigger": {"kind": "metric", "metric": "Unsubscribed", "where": [_BY_MAIL]},
            "again": {"rule": "always"},
            "steps": [_mail("tell", "consent-result", "13 days")],
        },
    ),
    ReadyFlow(
        "consent-confirm",
        {"en": "Confirm a yes after two years (Korea)", "ko": "2년 주기 수신 동의 확인"},
        {
            "trigger": {"kind": "consent_due"},
            "again": {"rule": "always"},
            "steps": [_mail("confirm", "consent-confirm", "6 days", "notice")],
        },
    ),
)


def ready_flow(key: str) -> ReadyFlow:
    """Raises NoSuchReadyFlow."""
    for one in READY:
        if one.key == key:
            return one
    raise NoSuchReadyFlow(f"there is no ready-made flow {key!r}")


def mail_language(reading: Reading, shop: ShopId, otherwise: Language) -> Language:
    """The language of a shop's mails, or the other one where none is set up."""
    mailing = mailing_of(reading, shop)
    return otherwise if mailing is None else mailing.language


def start_flow(
    store: Store,
    templates: Mapping[str, ReadyTemplate],
    shop: ShopId,
    key: str,
    now: Instant,
    *,
    language: Language = "en",
    by: str = "",
) -> FlowRow:
    """Copy a ready-made flow as a draft, and the templates and the segment that the shop has not;
    in the language of its mails, or in the one given where that is not set up.

    Where its key is taken, it gets the next one free. Raises NoSuchReadyFlow and FlowExists.
    """
    ready = ready_flow(key)
    with store.reading() as reading:
        spoken = mail_language(reading, shop, language)
        there = {one.key for one in reading.templates(shop)}
        away = {one.key for one in reading.archived_templates(shop)}
        taken = {one.key for one in reading.flows(shop)}
    needed = _templates_of(ready.document["steps"])
    for template in sorted(needed & away):
        restore_template(store, shop, template)
    for template in sorted(needed - there):
        copy = templates[template]
        name, document = copy.title[spoken], copy.documents[spoken]
        try:
            save_template(store, shop, template, name, document, now, expected=0, by=by)
        except StaleTemplate:
            continue  # somebody else made it meanwhile: theirs stays
    if ready.segment is not None:
        _have_segment(store, shop, ready.segment, spoken, now, by)
    keys = [key, *(f"{key}-{number}" for number in range(2, MOST_NAMESAKES))]
    free = next((one for one in keys if one not in taken), None)
    if free is None:
        raise FlowExists("too_many_copies", most=MOST_NAMESAKES, key=key)
    flow = {"name": ready.names[spoken], **ready.document}
    return create_flow(store, shop, free, flow, now, by=by)


def _have_segment(
    store: Store, shop: ShopId, wanted: ReadySegment, spoken: Language, now: Instant, by: str
) -> None:
    """Make it, or put it to work again; one that is there stays as it is."""
    with store.reading() as reading:
        row = reading.segment(shop, wanted.key)
    if row is not None and row.status != "archived":
        return
    try:
        if row is not None:
            restore_segment(store, shop, wanted.key, now, by=by)
        else:
            name = wanted.names[spoken]
            document = {"key": wanted.key, "name": name, "when": wanted.when}
            create_segment(store, shop, document, now, by=by)
    except SegmentExists:
        pass  # somebody else made it meanwhile: theirs stays


def _templates_of(steps: Sequence[dict[str, Any]]) -> set[str]:
    found = {one["template"] for one in steps if "template" in one}
    for step in steps:
        for branch in step.get("branches", ()):
            found |= _templates_of(branch["steps"])
        found |= _templates_of(step.get("otherwise", ()))
    return found
