"""What a flow needs before it can work: steps that somebody comes to, the templates and coupons
that they name, a sender, and no mail that passes for what it is not."""

from collections.abc import Sequence

from cartback.domain.event import ShopId
from cartback.domain.fault import Fault
from cartback.domain.flow import Flow, OnConsentDue
from cartback.domain.law.terms import Purpose
from cartback.domain.step import Alert, AnyStep, Email, GiveCoupon, all_steps, unreachable
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
        Fault("lacks_template", step=step.key, key=step.template)
        for step in mails
        if isinstance(step, Email) and reading.template(shop, step.template) is None
    ]
    if not isinstance(flow.trigger, OnConsentDue):  # a notice stops the clock of the law
        missing += [
            Fault("notice_elsewhere", step=step.key)
            for step in mails
            if isinstance(step, Email) and step.purpose is Purpose.NOTICE
        ]
    if mails and mailing_of(reading, shop) is None:
        missing.append(Fault("lacks_sender"))
    missing += [
        Fault("lacks_coupon", step=step.key, key=coupon)
        for step in all_steps(flow.steps)
        for coupon in coupons_of(reading, shop, step)
        if not is_live(reading, shop, coupon)
    ]
    return missing


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
