"""Every address of the console, asked by a stranger, by each role, and by another shop's owner."""

from __future__ import annotations

from typing import Final, NamedTuple

import pytest
from httpx2 import Response
from starlette.routing import Route

from cartback.engine.access_ports import ROLES
from cartback.engine.coupons import define_coupon
from cartback.engine.flows import create_flow
from cartback.engine.templates import save_template
from tests.scenarios.engine_shop import did, segment
from tests.web.console.desk import Desk

OPEN: Final = {
    "/sign-in",
    "/sign-out",
    "/signed-in",
    "/links/{token}",
    "/preferences",
    "/static/{digest}/{name}",
    "/docs",
    "/docs/reference",
    "/docs/schemas/{kind}.schema.json",
    "/docs/examples/{file}",
    "/docs/{page:path}",
    "/",
    "/shops",
    "/shops/new",
}
"""For everybody, or for whoever is signed in."""


class Door(NamedTuple):
    """An address within a shop, and the least role that may use it."""

    method: str
    path: str
    least: str

    def at(self, desk: Desk) -> str:
        names = {
            "{shop}": desk.shop,
            "{key}": "buyers",
            "{profile}": 1,
            "{flow}": "cart",
            "{step}": "help",
            "{version}": 1,
            "{mail}": "help",
            "{message}": "m1",
            "{coupon}": "ten",
            "{user}": 3,
        }
        path = self.path
        for name, value in names.items():
            path = path.replace(name, str(value))
        return path


FLOW: Final = {
    "name": "Abandoned cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [{"kind": "email", "key": "help", "template": "help"}],
}
MAIL: Final = {"subject": "x", "blocks": [{"kind": "footer", "text": "x"}]}
SHOP: Final = "/shops/{shop}"
DOORS: Final = (
    Door("GET", SHOP, "viewer"),
    Door("GET", f"{SHOP}/carts", "viewer"),
    Door("GET", f"{SHOP}/live", "viewer"),
    Door("POST", f"{SHOP}/first-steps", "viewer"),
    Door("GET", f"{SHOP}/carts.csv", "marketer"),
    Door("GET", f"{SHOP}/people.csv", "marketer"),
    Door("GET", f"{SHOP}/segments.csv", "marketer"),
    Door("GET", f"{SHOP}/settings/changes.csv", "owner"),
    Door("GET", f"{SHOP}/segments", "viewer"),
    Door("POST", f"{SHOP}/segments", "marketer"),
    Door("GET", f"{SHOP}/segments/new", "marketer"),
    Door("POST", f"{SHOP}/segments/draft", "marketer"),
    Door("POST", f"{SHOP}/segments/count", "marketer"),
    Door("GET", f"{SHOP}/segments/{{key}}", "viewer"),
    Door("GET", f"{SHOP}/segments/{{key}}/members.csv", "marketer"),
    Door("GET", f"{SHOP}/segments/{{key}}/why", "viewer"),
    Door("GET", f"{SHOP}/segments/{{key}}/change", "marketer"),
    Door("GET", f"{SHOP}/segments/{{key}}/archive", "marketer"),
    Door("POST", f"{SHOP}/segments/{{key}}/archive", "marketer"),
    Door("POST", f"{SHOP}/segments/{{key}}/restore", "marketer"),
    Door("GET", f"{SHOP}/flows", "viewer"),
    Door("POST", f"{SHOP}/flows", "marketer"),
    Door("GET", f"{SHOP}/flows/new", "marketer"),
    Door("POST", f"{SHOP}/flows/new", "marketer"),
    Door("POST", f"{SHOP}/flows/draft", "marketer"),
    Door("GET", f"{SHOP}/flows/{{flow}}", "viewer"),
    Door("GET", f"{SHOP}/flows/{{flow}}/why", "viewer"),
    Door("POST", f"{SHOP}/flows/{{flow}}/status", "marketer"),
    Door("GET", f"{SHOP}/flows/{{flow}}/archive", "marketer"),
    Door("GET", f"{SHOP}/flows/{{flow}}/change", "marketer"),
    Door("POST", f"{SHOP}/flows/{{flow}}/change", "marketer"),
    Door("GET", f"{SHOP}/messages", "viewer"),
    Door("GET", f"{SHOP}/messages.csv", "marketer"),
    Door("GET", f"{SHOP}/messages/{{message}}", "viewer"),
    Door("GET", f"{SHOP}/messages/{{message}}/framed", "viewer"),
    Door("POST", f"{SHOP}/messages/settlements", "marketer"),
    Door("GET", f"{SHOP}/messages/{{message}}/again", "marketer"),
    Door("POST", f"{SHOP}/messages/{{message}}/settlements", "marketer"),
    Door("GET", f"{SHOP}/coupons", "viewer"),
    Door("POST", f"{SHOP}/coupons", "marketer"),
    Door("GET", f"{SHOP}/coupons/new", "marketer"),
    Door("GET", f"{SHOP}/coupons/{{coupon}}", "viewer"),
    Door("GET", f"{SHOP}/coupons/{{coupon}}/codes.csv", "marketer"),
    Door("GET", f"{SHOP}/coupons/{{coupon}}/change", "marketer"),
    Door("POST", f"{SHOP}/coupons/{{coupon}}/change", "marketer"),
    Door("POST", f"{SHOP}/coupons/{{coupon}}/pool", "marketer"),
    Door("POST", f"{SHOP}/coupons/{{coupon}}/archive", "marketer"),
    Door("POST", f"{SHOP}/coupons/{{coupon}}/restore", "marketer"),
    Door("POST", f"{SHOP}/flows/{{flow}}/copy", "marketer"),
    Door("GET", f"{SHOP}/flows/{{flow}}/versions/{{version}}", "viewer"),
    Door("POST", f"{SHOP}/flows/{{flow}}/versions/{{version}}", "marketer"),
    Door("GET", f"{SHOP}/flows/{{flow}}/document", "marketer"),
    Door("POST", f"{SHOP}/flows/{{flow}}/document", "marketer"),
    Door("POST", f"{SHOP}/flows/{{flow}}/steps/{{step}}/status", "marketer"),
    Door("GET", f"{SHOP}/products", "viewer"),
    Door("GET", f"{SHOP}/products/one", "viewer"),
    Door("GET", f"{SHOP}/products/feed", "marketer"),
    Door("POST", f"{SHOP}/products/feed", "marketer"),
    Door("GET", f"{SHOP}/products/file", "marketer"),
    Door("POST", f"{SHOP}/products/file", "marketer"),
    Door("GET", f"{SHOP}/mails", "viewer"),
    Door("POST", f"{SHOP}/mails", "marketer"),
    Door("GET", f"{SHOP}/mails/new", "marketer"),
    Door("POST", f"{SHOP}/mails/draft", "marketer"),
    Door("POST", f"{SHOP}/mails/look", "marketer"),
    Door("GET", f"{SHOP}/mails/canvas", "marketer"),
    Door("POST", f"{SHOP}/mails/canvas", "marketer"),
    Door("POST", f"{SHOP}/mails/test", "marketer"),
    Door("GET", f"{SHOP}/mails/{{mail}}", "viewer"),
    Door("GET", f"{SHOP}/mails/{{mail}}/change", "marketer"),
    Door("GET", f"{SHOP}/mails/{{mail}}/versions", "viewer"),
    Door("POST", f"{SHOP}/mails/{{mail}}/versions", "marketer"),
    Door("POST", f"{SHOP}/mails/{{mail}}/copy", "marketer"),
    Door("POST", f"{SHOP}/mails/{{mail}}/archive", "marketer"),
    Door("POST", f"{SHOP}/mails/{{mail}}/restore", "marketer"),
    Door("GET", f"{SHOP}/mails/{{mail}}/framed", "viewer"),
    Door("GET", f"{SHOP}/people", "viewer"),
    Door("GET", f"{SHOP}/people/{{profile}}", "viewer"),
    Door("GET", f"{SHOP}/people/{{profile}}/export", "marketer"),
    Door("POST", f"{SHOP}/people/{{profile}}/undo", "marketer"),
    Door("GET", f"{SHOP}/people/{{profile}}/merge", "marketer"),
    Door("POST", f"{SHOP}/people/{{profile}}/merge", "marketer"),
    Door("GET", f"{SHOP}/people/{{profile}}/erase", "owner"),
    Door("POST", f"{SHOP}/people/{{profile}}/erase", "owner"),
    Door("GET", f"{SHOP}/people/{{profile}}/erased", "owner"),
    Door("GET", f"{SHOP}/settings", "viewer"),
    Door("POST", f"{SHOP}/settings", "owner"),
    Door("GET", f"{SHOP}/settings/mail", "viewer"),
    Door("POST", f"{SHOP}/settings/mail", "owner"),
    Door("POST", f"{SHOP}/settings/mail/rules", "owner"),
    Door("GET", f"{SHOP}/settings/deliverability", "viewer"),
    Door("POST", f"{SHOP}/settings/deliverability/pace", "owner"),
    Door("GET", f"{SHOP}/settings/deliverability/domain", "viewer"),
    Door("POST", f"{SHOP}/settings/mail/credit", "owner"),
    Door("GET", f"{SHOP}/settings/consent", "viewer"),
    Door("POST", f"{SHOP}/settings/consent", "owner"),
    Door("GET", f"{SHOP}/settings/suppressions", "viewer"),
    Door("POST", f"{SHOP}/settings/suppressions", "marketer"),
    Door("GET", f"{SHOP}/settings/suppressions.csv", "marketer"),
    Door("GET", f"{SHOP}/settings/suppressions/remove", "marketer"),
    Door("POST", f"{SHOP}/settings/suppressions/remove", "marketer"),
    Door("GET", f"{SHOP}/settings/keys", "viewer"),
    Door("POST", f"{SHOP}/settings/keys", "owner"),
    Door("GET", f"{SHOP}/settings/keys/{{key}}/revoke", "owner"),
    Door("POST", f"{SHOP}/settings/keys/{{key}}/revoke", "owner"),
    Door("GET", f"{SHOP}/settings/team", "owner"),
    Door("POST", f"{SHOP}/settings/team", "owner"),
    Door("GET", f"{SHOP}/settings/team/{{user}}", "owner"),
    Door("POST", f"{SHOP}/settings/team/{{user}}", "owner"),
    Door("GET", f"{SHOP}/settings/changes", "owner"),
)


@pytest.fixture
def shop(staffed: Desk) -> Desk:
    """With a segment, and somebody in it."""
    staffed.engine.has(segment("buyers", did("Placed Order")))
    create_flow(staffed.store, staffed.shop, "cart", FLOW, staffed.now)
    save_template(staffed.store, staffed.shop, "help", "Help", MAIL, staffed.now)
    offer = {"gives": {"kind": "percent", "percent": 10}, "codes": "pool"}
    define_coupon(staffed.store, staffed.shop, "Ten", offer, staffed.now)
    staffed.engine.happens("#ada", "Placed Order", value=100, currency="USD")
    staffed.feed.close()  # or who may watch would watch for ever
    return staffed


def test_no_address_is_missing_here(desk: Desk) -> None:
    routes = [route for route in desk.app.routes if isinstance(route, Route)]
    assert len(routes) == len(desk.app.routes)
    there = {
        (method, route.path)
        for route in routes
        for method in (route.methods or set()) - {"HEAD"}
        if route.path not in OPEN
    }
    assert there == {(door.method, door.path) for door in DOORS}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.path}")
def test_who_may_use_it(shop: Desk, door: Door) -> None:
    path = door.at(shop)
    answers = {
        name: _knock(shop, name, door.method, path) for name in ("", *reversed(ROLES), "other")
    }
    if door.method == "GET":
        assert answers[""].status_code == 303
        assert answers[""].headers["location"].startswith("/sign-in?next=")
    else:
        assert answers[""].status_code == 401
    assert answers["other"].status_code == 404
    for role in ROLES:
        allowed = ROLES.index(role) <= ROLES.index(door.least)
        status = answers[role].status_code
        assert (status != 403) == allowed, (role, status)
        assert status < 500
    assert "ada" not in answers["other"].text
    assert "ada" not in answers[""].text


def _knock(desk: Desk, name: str, method: str, path: str) -> Response:
    visitor = desk.visitor(name)
    return visitor.get(path) if method == "GET" else visitor.post(path)


def test_a_part_of_a_page_that_may_not_be_seen_becomes_a_notice(shop: Desk) -> None:
    stranger = shop.visitor()
    answer = stranger.get(shop.path(), hx_request="true")
    assert answer.status_code == 401
    assert answer.headers["hx-retarget"] == "#notices"
    assert answer.headers["hx-reselect"] == "[role=alert]", "not what the part would select"
    assert "<html" not in answer.text
    assert "Sign in again" in answer.text


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30, "\N{FULLWIDTH DIGIT ONE}"])
def test_a_strange_shop_is_not_found(shop: Desk, number: str) -> None:
    assert shop.visitor("owner").get(f"/shops/{number}").status_code == 404
    assert shop.visitor("owner").get(shop.path("people", number)).status_code == 404
