"""Documents of automations, for pages to show."""

from __future__ import annotations

from typing import Any, NamedTuple

from cartback.channels.email.ready import ready
from cartback.domain.flow import parse_flow
from cartback.domain.layout import all_steps
from cartback.domain.step import Email, GiveCoupon
from cartback.domain.template import Language, template_document
from cartback.engine.coupons import define_coupon
from cartback.engine.mailing import set_mailing
from cartback.engine.templates import save_template
from tests.web.console.desk import Desk

WINTER: dict[str, Any] = {
    "name": "Winter: everything that an automation can do",
    "trigger": {"kind": "metric", "metric": "Viewed Product"},
    "again": {"rule": "after", "duration": "30 days"},
    "who": {"kind": "did", "metric": "Viewed Product"},
    "steps": [
        {"kind": "webhook", "key": "till", "url": "https://shop.example/hooks"},
        {"kind": "alert", "key": "tell", "to": ["care@shop.example"], "subject": "Winter"},
        {"kind": "wait", "key": "weekday", "until": "09:00", "weekdays": ["monday", "friday"]},
        {
            "kind": "split",
            "key": "who",
            "branches": [
                {
                    "when": {"kind": "stage", "is": "lead"},
                    "steps": [
                        {"kind": "coupon", "key": "code", "coupon": "ten"},
                        {"kind": "email", "key": "hello", "template": "cart-help-lead"},
                        {
                            "kind": "wait_for",
                            "key": "order",
                            "metric": "Placed Order",
                            "at_most": "2 days",
                            "came": [{"kind": "end", "key": "done"}],
                            "did_not": [
                                {
                                    "kind": "random",
                                    "key": "coin",
                                    "branches": [
                                        {
                                            "weight": 1,
                                            "steps": [
                                                {
                                                    "kind": "email",
                                                    "key": "offer",
                                                    "template": "x",
                                                    "status": "draft",
                                                }
                                            ],
                                        },
                                        {"weight": 2},
                                    ],
                                }
                            ],
                        },
                    ],
                }
            ],
            "otherwise": [{"kind": "update_list", "key": "list", "list": "VIP"}],
        },
        {
            "kind": "trigger_split",
            "key": "what",
            "branches": [
                {
                    "where": [
                        {"kind": "property", "path": "name", "is": "contains", "value": "tea"}
                    ],
                    "steps": [{"kind": "set_trait", "key": "trait", "path": "tea", "value": True}],
                }
            ],
        },
    ],
}
"""Every kind of step, in branches within branches."""
SERIES: dict[str, Any] = {
    "name": "Abandoned cart",
    "trigger": {"kind": "cart_abandoned"},
    "audience": "leads",
    "steps": [
        {"kind": "email", "key": "help", "template": "cart-help-lead"},
        {"kind": "wait", "key": "a-day", "for": "1 day"},
        {"kind": "email", "key": "proof", "template": "cart-proof"},
    ],
}


class Copy(NamedTuple):
    """A template to start from, in one language."""

    name: str
    document: dict[str, Any]


def ready_template(key: str, language: Language) -> Copy:
    one = ready(key)
    return Copy(one.title[language], template_document(one.template(language)))


def can_send(desk: Desk, *flows: dict[str, Any]) -> None:
    """The shop has a sender, and the templates and the coupon that the flows name."""
    set_mailing(desk.store, desk.shop, {"sender": "hello@shop.example", "name": "Tea and cake"})
    copy = ready_template("cart-help-lead", "en")
    for document in flows:
        flow = parse_flow(document)
        for key in sorted(
            {one.template for one in all_steps(flow.steps) if isinstance(one, Email)}
        ):
            save_template(desk.store, desk.shop, key, copy.name, copy.document, desk.now)
        if any(isinstance(one, GiveCoupon) for one in all_steps(flow.steps)):
            ten = {"gives": {"kind": "percent", "percent": 10}}
            define_coupon(desk.store, desk.shop, "Ten", ten, desk.now)
