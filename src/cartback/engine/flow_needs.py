"""What a flow needs before it can work: steps that somebody comes to, the templates and coupons
that they name, a sender, and no mail that passes for what it is not."""

from collections.abc import Iterable, Sequence

from cartback.domain.document import nearest
from cartback.domain.event import SHOPPING, ShopId
from cartback.domain.fault import Fault
from cartback.domain.flow import Flow, OnConsentDue, OnMetric, is_about_goods
from cartback.domain.law.terms import Purpose
from cartback.domain.layout import all_steps, unreachable
from cartback.domain.step import Alert, AnyStep, Email, GiveCoupon
from cartback.engine.mailing import mailing_of
from cartback.engine.ports import Reading
from cartback.engine.templates import needs_at


def what_is_missing(reading: Reading, shop: ShopId, flow: Flow) -> Sequence[Fault]:
    """What keeps the flow's steps from being done; none where all is there.

    Drafts are passed over, so they need nothing yet.
    """
    mails = [
        step
        for step in all_steps(flow.steps)
        if isinstance(step, Email | Alert) and step.status != "draft"
    ]
    missing = [] if flow.steps else [Fault("lacks_steps")]
    missing += [Fault("step_unreachable", step=key) for key in unreachable(flow.steps)]
    missing += [
        _lacking("template", step.key, step.template, (one.key for one in reading.templates(shop)))
        for step in mails
        if isinstance(step, Email) and reading.template(shop, step.template) is None
    ]
    if not isinstance(flow.trigger, OnConsentDue):  # a notice stops the clock of the law
        missing += [
            Fault("notice_elsewhere", step=step.key)
            for step in mails
            if isinstance(step, Email) and step.purpose is Purpose.NOTICE
        ]
    if _begins_without_order(flow):
        missing += [
            Fault("transactional_elsewhere", step=step.key)
            for step in mails
            if isinstance(step, Email) and step.purpose is Purpose.TRANSACTIONAL
        ]
    if mails and mailing_of(reading, shop) is None:
        missing.append(Fault("lacks_sender"))
    missing += [
        _lacking("coupon", step.key, coupon, _live_coupons(reading, shop))
        for step in all_steps(flow.steps)
        for coupon in coupons_of(reading, shop, step)
        if not is_live(reading, shop, coupon)
    ]
    return missing


def _lacking(what: str, step: str, key: str, known: Iterable[str]) -> Fault:
    near = nearest(key, sorted(known))
    if not near:
        return Fault(f"lacks_{what}", step=step, key=key)
    return Fault(f"lacks_{what}_near", step=step, key=key, near=near[0])


def _live_coupons(reading: Reading, shop: ShopId) -> Iterable[str]:
    return (one.key for one in reading.coupons(shop) if one.status == "live")


def _begins_without_order(flow: Flow) -> bool:
    """Whether it begins with what people look at or leave behind: then no mail of it is part of an
    order, and none may go to who did not allow it or took that back."""
    match flow.trigger:
        case OnMetric(metric=metric):
            return metric in SHOPPING
        case _:
            return is_about_goods(flow)


def coupons_of(reading: Reading, shop: ShopId, step: AnyStep) -> Sequence[str]:
    """Coupons without which a step does nothing: the one that it gives, or those without whose
    code its mail does not go."""
    match step:
        case GiveCoupon(coupon=key):
            return [key]
        case Email(template=key, status=status) if status != "draft":
            return sorted(needs_at(reading, shop, key).indispensable)
        case _:
            return []


def is_live(reading: Reading, shop: ShopId, coupon: str) -> bool:
    row = reading.coupon(shop, coupon)
    return row is not None and row.status == "live"
