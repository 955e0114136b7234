"""Products, reviews, coupons, codes and restores over HTTP: the stories, and bad input."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.instant import DAY, HOUR
from cartback.domain.profile import decode_profile
from cartback.engine.restoring import make_link
from cartback.engine.signing import stored_signer
from tests.web.api.site import Site

JUMPER: dict[str, Any] = {
    "id": "jumper",
    "name": "Wool jumper 울 스웨터",
    "variants": [{"id": "m", "price": 4_900, "currency": "EUR", "stock": 5, "options": {"s": "M"}}],
}
TEN: dict[str, Any] = {"gives": {"kind": "percent", "percent": 10}, "currency": "EUR"}
LINE: dict[str, Any] = {"product_id": "jumper", "variant_id": "m", "price": 4_900, "quantity": 2}


def put(site: Site, path: str, body: Any) -> Any:  # noqa: ANN401  any JSON
    answer = site.ask("PUT", path, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def has(site: Site, *products: dict[str, Any]) -> Any:  # noqa: ANN401  any JSON
    return put(site, "/products", {"products": list(products)})


def cart_link(site: Site, who: str = "ada@example.com") -> str:
    site.happens(who, "Cart Updated", cart_id="c1", currency="EUR", lines=[LINE])
    with site.base.store.reading() as reading:
        row = reading.profile(site.shop, site.id_of(who))
    assert row is not None
    cart = decode_profile(row.state).carts["c1"]
    return make_link(stored_signer(site.base.store), site.shop, row.id, cart, site.wall())


# --- products and reviews -------------------------------------------------------------------------


def test_products_are_put_read_paged_and_taken_out(site: Site) -> None:
    assert has(site, JUMPER)["created"] == 1
    cheaper = JUMPER | {"variants": [JUMPER["variants"][0] | {"sale_price": 3_900}]}
    taken = has(site, cheaper, {"id": "hat", "name": ""}, {"id": "cap", "name": "Cap"})
    assert (taken["created"], taken["changed"]) == (1, 1)
    assert taken["changes"] == [
        {
            "kind": "price_dropped",
            "product": "jumper",
            "variant": "m",
            "was": 4_900,
            "now": 3_900,
            "stock": None,
            "currency": "EUR",
        }
    ]
    [refused] = taken["refused"]
    assert refused["place"] == 1
    assert "name" in refused["detail"]
    first = site.get("/products", limit=1)
    rest = site.get("/products", limit=1, after=first["next"])
    assert [one["id"] for one in first["data"] + rest["data"]] == ["cap", "jumper"]
    assert rest["next"] is None
    assert site.get("/products/jumper")["variants"][0]["sale_price"] == 3_900
    gone = site.ask("DELETE", "/products/jumper").json()
    assert gone["changes"][0]["kind"] == "sold_out"
    site.refused(site.ask("GET", "/products/jumper"), 404, "not-found")


@pytest.mark.parametrize(
    "product",
    [
        {},
        {"id": "", "name": "A"},
        {"id": "a", "name": "A\0"},
        {"id": "a", "name": "A", "variants": []},
        {"id": "a", "name": "A", "variants": [{}, {}]},
        {"id": "a", "name": "A", "variants": [{"price": -1}]},
        {"id": "a", "name": "A", "variants": [{"price": 2**60}]},
        {"id": "a", "name": "A", "variants": [{"price": None, "stock": "many"}]},
        {"id": "a", "name": "A", "colour": "red"},
    ],
)
def test_what_is_no_product_is_refused_in_words(site: Site, product: dict[str, Any]) -> None:
    [refused] = has(site, product)["refused"]
    assert refused["detail"]
    assert site.get("/products")["data"] == []


def test_a_price_of_null_and_every_script_are_taken(site: Site) -> None:
    product = {"id": "é/ü 🧢", "name": "مرحبا 모자 🧢", "variants": [{"price": None}]}
    has(site, product)
    [found] = site.get("/products")["data"]
    assert (found["id"], found["name"]) == (product["id"], product["name"])


def test_reviews_are_taken_and_the_best_chosen(site: Site) -> None:
    review = {
        "id": "r1",
        "product": "jumper",
        "author": "Ada",
        "rating": 5,
        "at": "2026-02-01",
        "text": "Warm and light, I wear it every day.",
        "permission": True,
    }
    silent = review | {"id": "r2", "permission": False}
    worse = review | {"id": "r3", "rating": 2}
    assert put(site, "/reviews", {"reviews": [review, silent, worse]}) == {"taken": 3}
    found = site.get("/products/jumper/reviews")
    assert (found["count"], found["mean"], [one["id"] for one in found["best"]]) == (3, 4.0, ["r1"])
    assert 1 <= found["bound"] < 4
    assert len(site.get("/reviews")["data"]) == 3
    assert site.ask("DELETE", "/reviews/r1").status_code == 200
    assert site.get("/products/jumper/reviews")["best"] == []
    late = review | {"at": "soon"}
    problem = site.refused(site.ask("PUT", "/reviews", {"reviews": [late]}), 422, "unfit")
    assert problem["errors"][0]["field"] == "reviews[0].at"


# --- coupons and codes ----------------------------------------------------------------------------


def test_a_code_from_its_coupon_to_the_order(site: Site) -> None:
    site.happens("ada@example.com", "Added to Cart", name="Jumper")
    ada = site.id_of("ada@example.com")
    coupon = site.post("/coupons", {"name": "Ten", "offer": TEN | {"budget": 1_000}})
    assert (coupon["key"], coupon["version"], coupon["spent"]) == ("ten", 1, 0)
    wanted = {"profile": ada, "lines": [LINE], "currency": "EUR"}
    code = site.post("/coupons/ten/codes", wanted, 200)
    assert site.post("/coupons/ten/codes", wanted, 200) == code
    assert site.get("/coupons/ten")["promised"] == 980
    typed = code["code"].lower().replace("-", " ")
    good = site.post(f"/codes/{typed}/checks", {"lines": [LINE], "currency": "EUR"}, 200)
    assert (good["good"], good["takes_off"]) == (True, 980)
    used = site.post(f"/codes/{typed}/redemptions", {"order_id": "o1", "lines": [LINE]}, 200)
    assert (used["takes_off"], used["again"]) == (980, False)
    assert site.post(f"/codes/{typed}/redemptions", {"order_id": "o1"}, 200)["again"]
    other = site.ask("POST", f"/codes/{typed}/redemptions", {"order_id": "o2"})
    site.refused(other, 409, "code-used")
    no = site.post(f"/codes/{typed}/checks", {}, 200)
    assert (no["good"], no["reason"]) == (False, "used")
    assert no["en"] != no["ko"]
    assert (site.get("/coupons/ten")["spent"], site.get("/coupons/ten")["promised"]) == (980, 0)
    site.refused(site.ask("POST", "/coupons/ten/codes", wanted), 409, "no-code-redeemed")
    [listed] = site.get("/coupons/ten/codes")["data"]
    assert listed["redeemed"] is not None
    assert site.get(f"/codes/{typed}") == listed


def test_a_nul_is_refused(site: Site) -> None:
    site.happens("ada@example.com", "Added to Cart", name="Jumper")
    site.post("/coupons", {"name": "Ten", "offer": TEN})
    wanted = {"profile": site.id_of("ada@example.com")}
    code = site.post("/coupons/ten/codes", wanted, 200)["code"]
    for path, body in (
        ("/coupons/ten/codes", wanted | {"cart_id": "a\0"}),
        (f"/codes/{code}/redemptions", {"order_id": "a\0"}),
    ):
        site.refused(site.ask("POST", path, body), 422, "unfit")


def test_a_currency_that_is_none_is_refused_in_words(site: Site) -> None:
    answer = site.ask("POST", "/codes/A/checks", {"currency": "euro"})
    assert "three letters, such as EUR" in site.refused(answer, 422, "unfit")["detail"]


def test_a_pool_is_uploaded_once(site: Site) -> None:
    site.post("/coupons", {"name": "Pool", "offer": TEN | {"codes": "pool"}})
    body = {"codes": ["A-1", "A1", "b2", "über"]}
    filled = site.post("/coupons/pool/pool", body)
    assert filled == {"added": 2, "known": 1, "bad": ["über"], "pool": 2}
    site.refused(site.ask("POST", "/coupons/none/pool", body), 404, "not-found")


@pytest.mark.parametrize(
    "body, field",
    [
        ({"name": "X", "offer": {}}, "offer"),
        (
            {"name": "X", "offer": {"gives": {"kind": "percent", "percent": 0}}},
            "offer.gives.percent",
        ),
        ({"name": "X", "offer": TEN | {"expires": "soon"}}, "offer"),
        ({"name": " ", "offer": TEN}, "name"),
        ({"name": "X\u0007", "offer": TEN}, "name"),
        ({"offer": TEN}, "name"),
    ],
)
def test_what_is_no_coupon_is_refused_in_words(site: Site, body: Any, field: str) -> None:  # noqa: ANN401
    problem = site.refused(site.ask("POST", "/coupons", body), 422, "unfit")
    assert problem["errors"][0]["field"] == field


def test_a_coupon_that_somebody_else_changed_is_not_written_over(site: Site) -> None:
    site.post("/coupons", {"name": "Ten", "offer": TEN})
    site.refused(site.ask("POST", "/coupons", {"name": "Ten", "offer": TEN}), 409, "exists")
    change = {"name": "Ten!", "offer": TEN, "version": 1}
    assert put(site, "/coupons/ten", change)["version"] == 2
    site.refused(site.ask("PUT", "/coupons/ten", change), 409, "stale-version")
    assert site.ask("DELETE", "/coupons/ten").json()["status"] == "archived"
    assert site.get("/coupons")["data"] == []
    assert len(site.get("/coupons", archived=True)["data"]) == 1


def test_whose_code_it_is_is_told_to_who_may_read_profiles(site: Site) -> None:
    from cartback.engine.scope import Scope

    site.happens("ada@example.com", "Added to Cart", name="Jumper")
    site.post("/coupons", {"name": "Ten", "offer": TEN})
    ada = site.id_of("ada@example.com")
    site.post("/coupons/ten/codes", {"profile": ada}, 200)
    assert site.get("/coupons/ten/codes")["data"][0]["profile"] == ada
    only = site.with_scopes(Scope.COUPONS_READ)
    assert only.get("/coupons/ten/codes")["data"][0]["profile"] is None
    site.refused(site.ask("POST", "/coupons/ten/codes", {"profile": 999}), 404, "not-found")


# --- the way back into a cart ---------------------------------------------------------------------


def test_a_public_key_follows_a_link(site: Site) -> None:
    has(site, JUMPER | {"variants": [JUMPER["variants"][0] | {"price": 3_900, "stock": 1}]})
    token = cart_link(site)
    hat = {"product_id": "hat", "quantity": 1}
    found = site.public().post(f"/restores/{token}", {"lines": [hat]}, 200)
    assert [(one["product_id"], one["quantity"]) for one in found["lines"]] == [
        ("hat", 1),
        ("jumper", 1),
    ]
    assert found["put_back"][0]["was"] == 4_900
    assert (found["missing"][0]["why"], found["missing"][0]["pieces"]) == ("fewer", 1)
    assert (found["currency"], found["code"], found["was_ordered"]) == ("EUR", None, False)
    again = site.public().post(f"/restores/{token}", {"lines": found["lines"]}, 200)
    assert again["lines"] == found["lines"]
    assert len(site.public().get(f"/restores/{token}")["lines"]) == 1


def test_a_link_dies_and_a_made_up_one_leads_nowhere(site: Site) -> None:
    token = cart_link(site)
    for made_up in ("x", token[:-2] + "xx", token * 3):
        site.refused(site.ask("GET", f"/restores/{made_up}"), 404, "not-found")
    site.wall.now += HOUR
    site.happens("ada@example.com", "Placed Order", cart_id="c1")
    assert site.get(f"/restores/{token}")["was_ordered"]
    site.wall.now += 91 * DAY
    site.refused(site.ask("GET", f"/restores/{token}"), 404, "not-found")


def test_only_the_shops_own_pages_may_follow_a_link_from_a_browser(
    site: Site, stranger: Site
) -> None:
    """CORS is strict: no star, no echo of just any origin, and another shop's pages get nothing."""
    for of, url in ((site, "https://shop.example/start"), (stranger, "https://socks.example")):
        more = {"origins": ["https://m.shop.example"]} if of is site else {}
        of.ask("PUT", "/mailing", {"sender": "hello@shop.example", "url": url, **more})
    path = f"/api/v1/restores/{cart_link(site)}"
    allow, key = "access-control-allow-origin", site.public().token

    def asks(origin: str, method: str = "OPTIONS") -> Any:  # noqa: ANN401  a response
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        if method != "OPTIONS":
            headers["Authorization"] = f"Bearer {key}"
        return site.client.request(method, path, headers=headers)

    for origin in ("https://shop.example", "https://m.shop.example"):
        assert asks(origin).headers[allow] == origin
        assert "Authorization" in asks(origin).headers["access-control-allow-headers"]
        assert asks(origin, "GET").headers[allow] == origin
        assert asks(origin, "GET").headers["vary"] == "Origin"
    for origin in ("https://socks.example", "https://evil.example", "null", "http://shop.example"):
        assert asks(origin).status_code == 204
        assert allow not in asks(origin).headers
        assert allow not in asks(origin, "GET").headers
    path = "/api/v1/restores/made-up"
    assert allow not in asks("https://shop.example").headers
    assert asks("https://shop.example", "GET").headers[allow] == "https://shop.example"


def test_a_line_with_a_nul_is_refused(site: Site) -> None:
    token = cart_link(site)
    answer = site.ask("POST", f"/restores/{token}", {"lines": [{"product_id": "a\0"}]})
    assert site.refused(answer, 422, "unfit")["errors"][0]["field"] == "lines[0].product_id"
    many = [{"product_id": str(number)} for number in range(101)]
    site.refused(site.ask("POST", f"/restores/{token}", {"lines": many}), 422, "unfit")


# --- may they be written to -----------------------------------------------------------------------


def test_a_permission_says_its_rule_in_both_languages(site: Site) -> None:
    site.happens("ada@example.com", "Viewed Product")
    path = f"/profiles/{site.id_of('ada@example.com')}/permission"
    put(site, "/consent-choice", {"home": "DE"})
    refused = site.get(path, purpose="cart_reminder")
    assert (refused["decision"], refused["rule"]["key"]) == ("refuse", "eu.consent")
    site.wall.now += 1
    site.happens("ada@example.com", "Subscribed", channel="email", text="Yes", ip="203.0.113.7")
    allowed = site.get(path, purpose="cart_reminder")
    assert allowed["decision"] == "send"
    assert "opt_out" in allowed["duties"]
    assert "2002/58/EC" in allowed["en"]
    assert "보낼 수 있어요" in allowed["ko"]
    site.post("/suppressions", {"addresses": ["Ada@Example.com "], "reason": "complained"}, 200)
    barred = site.get(path)
    assert barred["rule"]["key"] == "house.complained"
    assert site.ask("DELETE", "/suppressions/email/ada@example.com").status_code == 200
    assert site.get(path)["decision"] == "send"


def test_the_choice_of_the_shop_is_kept_and_checked(site: Site) -> None:
    assert site.get("/consent-choice")["home"] == ""
    assert site.ask("PATCH", f"/shops/{site.shop}/settings", {"country": "KR"}).status_code == 200
    assert site.get("/consent-choice")["home"] == "KR"
    choice = {
        "home": "DE",
        "ask": "consent",
        "soft_opt_in": True,
        "soft_opt_in_days": 100,
        "double_opt_in": ["DE"],
    }
    assert put(site, "/consent-choice", choice) == choice == site.get("/consent-choice")
    for bad in ({"home": "de"}, {"double_opt_in": ["Germany"]}, {"ask": "never"}):
        site.refused(site.ask("PUT", "/consent-choice", bad), 422, "unfit")


def test_the_suppression_list_is_paged(site: Site) -> None:
    addresses = [f"shopper{number}@example.com" for number in range(3)]
    assert site.post("/suppressions", {"addresses": addresses}, 200) == {"added": 3}
    assert site.post("/suppressions", {"addresses": addresses}, 200) == {"added": 0}
    first = site.get("/suppressions", limit=2)
    rest = site.get("/suppressions", limit=2, after=first["next"])
    assert [one["address"] for one in first["data"] + rest["data"]] == addresses
    answer = site.ask("POST", "/suppressions", {"addresses": ["nobody"]})
    assert site.refused(answer, 422, "unfit")["errors"][0]["field"] == "addresses[0]"
    site.refused(site.ask("DELETE", "/suppressions/email/x@example.com"), 404, "not-found")


def test_a_list_of_addresses_says_what_became_of_each_row(site: Site) -> None:
    rows = "address,reason\nada@example.com,bounced\nada@example.com,\nnobody\nb@x.org,dead\n"
    found = site.post("/suppressions/import", {"csv": rows}, 200)
    assert {name: found[name] for name in ("added", "known", "no_address", "unknown_reason")} == {
        "added": 1,
        "known": 1,
        "no_address": 1,
        "unknown_reason": 1,
    }
    assert found["reasons"] == ["bounced", "complained", "unsubscribed", "by_hand"]
    assert [(one["line"], one["fault"], one["text"]) for one in found["rows"]] == [
        (4, "no_address", "nobody"),
        (5, "unknown_reason", "dead"),
    ]
    assert found["rows"][1]["en"].startswith("Line 5: “dead” is no reason; the reasons are bounced")
    assert found["rows"][1]["ko"].startswith("5행: “dead”")
    answer = site.ask("POST", "/suppressions", {"addresses": ["c@x.org"], "reason": "dead"})
    site.refused(answer, 422, "unfit")
    assert "'bounced', 'complained', 'unsubscribed' or 'by_hand'" in answer.text


@pytest.mark.parametrize("path", ["/products", "/reviews", "/suppressions", "/coupons/ten/codes"])
@pytest.mark.parametrize("cursor", ["x", "!!!", "cHJvZHVjdHM6WzFd", "a" * 1_999])
def test_a_broken_cursor_is_refused(site: Site, path: str, cursor: str) -> None:
    site.refused(site.ask("GET", path, query={"after": cursor}), 422, "unfit")
