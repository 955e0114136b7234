"""Who may do what: a stranger, too small a scope, and another shop's key, at every address."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from starlette.testclient import TestClient

from cartback.config import Config
from cartback.domain.instant import HOUR
from cartback.domain.profile import decode_profile
from cartback.engine.restoring import make_link
from cartback.engine.scope import EVERYTHING, Scope
from cartback.engine.shops import create_shop
from cartback.engine.signing import stored_signer
from cartback.wiring import Installation, installation
from tests.web.api.conftest import spoken_to
from tests.web.api.site import ABANDONERS, API, Sink, Site, Wall, site_of

DID: dict[str, Any] = {"kind": "did", "metric": "Placed Order"}
EVENT = {"metric": "Placed Order", "email": "eve@example.com"}
OFFER: dict[str, Any] = {"gives": {"kind": "percent", "percent": 10}}
REVIEW = {
    "id": "r2",
    "product": "socks",
    "author": "Eve",
    "rating": 5,
    "at": "2026-03-01T10:00:00Z",
}
FLOW: dict[str, Any] = {
    "name": "Our flow",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [
        {"kind": "email", "key": "help", "template": "our-help"},
        {"kind": "wait", "key": "a-day", "for": "1 day"},
    ],
}
MAIL: dict[str, Any] = {
    "subject": "Our mail",
    "blocks": [{"kind": "text", "text": "Hello {{ profile.email }}"}, {"kind": "footer"}],
}
OURS = (
    "ada@example.com",
    "Our own segment",
    "our-list",
    "Jumpers",
    "Our jumper",
    "Our ten",
    "Our flow",
    "Our mail",
    "hello@jumpers.example",
)
"""Words that only the first shop may read."""


class Call(NamedTuple):
    """A request that succeeds in the first shop; `others` is what another shop is answered."""

    method: str
    path: str
    scopes: tuple[Scope, ...]
    others: int
    body: Any = None
    success: int = 200


CALLS: dict[str, Call] = {
    "list_shops": Call("GET", "/shops", (Scope.SETTINGS_READ,), 200),
    "read_shop": Call("GET", "/shops/{shop}", (Scope.SETTINGS_READ,), 404),
    "read_settings": Call("GET", "/shops/{shop}/settings", (Scope.SETTINGS_READ,), 404),
    "change_shop_settings": Call(
        "PATCH", "/shops/{shop}/settings", (Scope.SETTINGS_WRITE,), 404, {"zone": "Asia/Seoul"}
    ),
    "list_keys": Call("GET", "/keys", (Scope.KEYS_READ,), 200),
    "create_key": Call(
        "POST", "/keys", (Scope.KEYS_WRITE,), 201, {"scopes": ["keys:write"]}, success=201
    ),
    "revoke_key": Call("DELETE", "/keys/{key}", (Scope.KEYS_WRITE,), 404),
    "list_events": Call("GET", "/events", (Scope.EVENTS_READ,), 200),
    "send_events": Call("POST", "/events", (Scope.EVENTS_WRITE,), 200, {"events": [EVENT]}),
    "list_profiles": Call("GET", "/profiles", (Scope.PROFILES_READ,), 200),
    "read_profile": Call("GET", "/profiles/{ada}", (Scope.PROFILES_READ,), 404),
    "read_timeline": Call("GET", "/profiles/{ada}/timeline", (Scope.PROFILES_READ,), 404),
    "list_memberships": Call("GET", "/profiles/{ada}/memberships", (Scope.PROFILES_READ,), 404),
    "list_merges": Call("GET", "/profiles/{ada}/merges", (Scope.PROFILES_READ,), 404),
    "merge_profiles": Call(
        "POST",
        "/profiles/{ada}/merges",
        (Scope.PROFILES_WRITE,),
        404,
        {"other": "{cyd}"},
        success=201,
    ),
    "undo": Call("DELETE", "/profiles/{ada}/merges/{merge}", (Scope.PROFILES_WRITE,), 404),
    "export": Call("GET", "/profiles/{ada}/export", (Scope.PROFILES_READ,), 404),
    "erase_profile": Call("DELETE", "/profiles/{ada}", (Scope.PROFILES_WRITE,), 404),
    "list_lists": Call("GET", "/lists", (Scope.LISTS_READ,), 200),
    "list_list_members": Call("GET", "/lists/our-list/members", (Scope.LISTS_READ,), 200),
    "join_list": Call(
        "POST",
        "/lists/our-list/members",
        (Scope.LISTS_WRITE,),
        404,
        {"profile": "{cyd}"},
        success=201,
    ),
    "leave_list": Call("DELETE", "/lists/our-list/members/{ada}", (Scope.LISTS_WRITE,), 404),
    "validate_condition": Call(
        "POST", "/segments/validate", (Scope.SEGMENTS_READ,), 200, {"when": DID}
    ),
    "preview_condition": Call(
        "POST", "/segments/preview", (Scope.SEGMENTS_READ,), 200, {"when": DID}
    ),
    "list_segments": Call("GET", "/segments", (Scope.SEGMENTS_READ,), 200),
    "create": Call(
        "POST", "/segments", (Scope.SEGMENTS_WRITE,), 201, {"name": "New", "when": DID}, success=201
    ),
    "read_segment": Call("GET", "/segments/{segment}", (Scope.SEGMENTS_READ,), 404),
    "change": Call(
        "PUT",
        "/segments/{segment}",
        (Scope.SEGMENTS_WRITE,),
        404,
        {"name": "Changed", "when": DID, "version": 1},
    ),
    "archive": Call("DELETE", "/segments/{segment}", (Scope.SEGMENTS_WRITE,), 404),
    "restore": Call("POST", "/segments/{old}/restore", (Scope.SEGMENTS_WRITE,), 404),
    "list_versions": Call("GET", "/segments/{segment}/versions", (Scope.SEGMENTS_READ,), 404),
    "list_members": Call("GET", "/segments/{segment}/members", (Scope.SEGMENTS_READ,), 404),
    "list_moves": Call("GET", "/segments/{segment}/moves", (Scope.SEGMENTS_READ,), 404),
    "read_growth": Call("GET", "/segments/{segment}/growth", (Scope.SEGMENTS_READ,), 404),
    "explain_person": Call(
        "GET",
        "/segments/{segment}/explanation?person=ada@example.com",
        (Scope.SEGMENTS_READ, Scope.PROFILES_READ),
        404,
    ),
    "explain_profile": Call(
        "GET",
        "/profiles/{ada}/explanations/{segment}",
        (Scope.SEGMENTS_READ, Scope.PROFILES_READ),
        404,
    ),
    "list_products": Call("GET", "/products", (Scope.CATALOG_READ,), 200),
    "put_products": Call(
        "PUT",
        "/products",
        (Scope.CATALOG_WRITE,),
        200,
        {"products": [{"id": "socks", "name": "Socks"}]},
    ),
    "read_product": Call("GET", "/products/our-jumper", (Scope.CATALOG_READ,), 404),
    "delete_product": Call("DELETE", "/products/our-jumper", (Scope.CATALOG_WRITE,), 404),
    "read_catalog_feed": Call("GET", "/catalog-feed", (Scope.CATALOG_READ,), 404),
    "put_catalog_feed": Call(
        "PUT",
        "/catalog-feed",
        (Scope.CATALOG_WRITE,),
        200,
        {"url": "https://shop.example/feed.csv"},
    ),
    "delete_catalog_feed": Call(
        "DELETE", "/catalog-feed", (Scope.CATALOG_WRITE,), 404, success=204
    ),
    "list_reviews": Call("GET", "/reviews", (Scope.CATALOG_READ,), 200),
    "put_reviews": Call("PUT", "/reviews", (Scope.CATALOG_WRITE,), 200, {"reviews": [REVIEW]}),
    "delete_review": Call("DELETE", "/reviews/r1", (Scope.CATALOG_WRITE,), 404),
    "read_reviews_of_product": Call(
        "GET", "/products/our-jumper/reviews", (Scope.CATALOG_READ,), 200
    ),
    "list_coupons": Call("GET", "/coupons", (Scope.COUPONS_READ,), 200),
    "create_coupon": Call(
        "POST",
        "/coupons",
        (Scope.COUPONS_WRITE,),
        201,
        {"name": "Twenty", "offer": OFFER},
        success=201,
    ),
    "read_coupon": Call("GET", "/coupons/our-ten", (Scope.COUPONS_READ,), 404),
    "put_coupon": Call(
        "PUT", "/coupons/our-ten", (Scope.COUPONS_WRITE,), 404, {"name": "Ten", "offer": OFFER}
    ),
    "delete_coupon": Call("DELETE", "/coupons/our-ten", (Scope.COUPONS_WRITE,), 404),
    "restore_archived_coupon": Call(
        "POST", "/coupons/our-old/restore", (Scope.COUPONS_WRITE,), 404
    ),
    "list_codes": Call("GET", "/coupons/our-ten/codes", (Scope.COUPONS_READ,), 200),
    "give_code": Call(
        "POST", "/coupons/our-ten/codes", (Scope.COUPONS_WRITE,), 404, {"profile": "{cyd}"}
    ),
    "upload_codes": Call(
        "POST",
        "/coupons/our-ten/pool",
        (Scope.COUPONS_WRITE,),
        404,
        {"codes": ["SAVE-A1"]},
        success=201,
    ),
    "read_code": Call("GET", "/codes/{code}", (Scope.COUPONS_READ,), 404),
    "check_code": Call("POST", "/codes/{code}/checks", (Scope.COUPONS_READ,), 200, {}),
    "redeem_code": Call(
        "POST", "/codes/{code}/redemptions", (Scope.COUPONS_WRITE,), 404, {"order_id": "o1"}
    ),
    "read_restore": Call("GET", "/restores/{token}", (), 404),
    "merge_restore": Call("POST", "/restores/{token}", (), 404, {}),
    "read_flow_figures": Call("GET", "/flows/our-flow/figures", (Scope.FLOWS_READ,), 404),
    "find_all_messages": Call("GET", "/messages", (Scope.MESSAGES_READ,), 200),
    "read_message_journey": Call("GET", "/messages/{message}/journey", (Scope.MESSAGES_READ,), 404),
    "list_recoveries": Call("GET", "/recoveries", (Scope.MESSAGES_READ,), 200),
    "read_credit_windows": Call("GET", "/credit-windows", (Scope.SETTINGS_READ,), 200),
    "put_credit_windows": Call(
        "PUT", "/credit-windows", (Scope.SETTINGS_WRITE,), 200, {"click": "1 day"}
    ),
    "list_flows": Call("GET", "/flows", (Scope.FLOWS_READ,), 200),
    "make_flow": Call(
        "POST",
        "/flows",
        (Scope.FLOWS_WRITE,),
        201,
        {"key": "new", "document": FLOW | {"name": "New"}},
        success=201,
    ),
    "read_flow": Call("GET", "/flows/our-flow", (Scope.FLOWS_READ,), 404),
    "put_flow": Call(
        "PUT", "/flows/our-flow", (Scope.FLOWS_WRITE,), 404, {"document": FLOW, "version": 1}
    ),
    "put_flow_status": Call(
        "PUT", "/flows/our-flow/status", (Scope.FLOWS_WRITE,), 404, {"status": "paused"}
    ),
    "list_flow_versions": Call("GET", "/flows/our-flow/versions", (Scope.FLOWS_READ,), 404),
    "list_runs": Call("GET", "/flows/our-flow/runs", (Scope.FLOWS_READ,), 404),
    "list_templates": Call("GET", "/templates", (Scope.FLOWS_READ,), 200),
    "read_template": Call("GET", "/templates/our-help", (Scope.FLOWS_READ,), 404),
    "put_template": Call(
        "PUT",
        "/templates/our-help",
        (Scope.FLOWS_WRITE,),
        200,
        {"name": "Help", "document": MAIL | {"subject": "New"}},
    ),
    "delete_template": Call("DELETE", "/templates/our-spare", (Scope.FLOWS_WRITE,), 404),
    "restore_archived_template": Call(
        "POST", "/templates/our-old/restore", (Scope.FLOWS_WRITE,), 404
    ),
    "list_template_versions": Call("GET", "/templates/our-help/versions", (Scope.FLOWS_READ,), 404),
    "try_template": Call(
        "POST",
        "/templates/trials",
        (Scope.FLOWS_WRITE, Scope.PROFILES_READ),
        404,
        {"document": MAIL | {"subject": "New"}, "profile": "{ada}", "to": "me@shop.example"},
        success=201,
    ),
    "list_ready_flows": Call("GET", "/ready-flows", (Scope.FLOWS_READ,), 200),
    "copy_ready_flow": Call(
        "POST", "/ready-flows/price-drop/copies", (Scope.FLOWS_WRITE,), 201, {}, success=201
    ),
    "put_step_status": Call(
        "PUT",
        "/flows/our-flow/steps/help/status",
        (Scope.FLOWS_WRITE,),
        404,
        {"status": "paused"},
    ),
    "read_message_mail": Call(
        "GET", "/messages/{message}/mail", (Scope.MESSAGES_READ, Scope.PROFILES_READ), 404
    ),
    "list_codes_of": Call(
        "GET", "/profiles/{ada}/codes", (Scope.COUPONS_READ, Scope.PROFILES_READ), 404
    ),
    "list_carts": Call("GET", "/carts", (Scope.PROFILES_READ,), 200),
    "read_cart_figures": Call("GET", "/carts/figures", (Scope.PROFILES_READ,), 200),
    "list_changes": Call("GET", "/changes", (Scope.KEYS_READ,), 200),
    "read_deliverability": Call("GET", "/deliverability", (Scope.SETTINGS_READ,), 200),
    "read_domain": Call("GET", "/deliverability/domain", (Scope.SETTINGS_READ,), 200),
    "list_ready_templates": Call("GET", "/ready-templates", (Scope.FLOWS_READ,), 200),
    "read_ready_template": Call("GET", "/ready-templates/cart-proof", (Scope.FLOWS_READ,), 200),
    "preview_template": Call(
        "POST",
        "/templates/preview",
        (Scope.FLOWS_READ, Scope.PROFILES_READ),
        404,
        {"document": MAIL | {"subject": "New"}, "profile": "{ada}"},
    ),
    "count_messages": Call("GET", "/messages/counts", (Scope.MESSAGES_READ,), 200),
    "read_message": Call("GET", "/messages/{message}", (Scope.MESSAGES_READ,), 404),
    "read_message_copy": Call(
        "GET",
        "/messages/{message}/copy",
        (Scope.MESSAGES_READ, Scope.PROFILES_READ),
        404,
        success=404,
    ),
    "settle_message": Call(
        "POST",
        "/messages/{message}/settlements",
        (Scope.MESSAGES_WRITE,),
        404,
        {"act": "arrived"},
        success=409,
    ),
    "list_messages": Call("GET", "/profiles/{ada}/messages", (Scope.MESSAGES_READ,), 404),
    "list_decisions": Call("GET", "/profiles/{ada}/decisions", (Scope.MESSAGES_READ,), 404),
    "read_mailing": Call("GET", "/mailing", (Scope.SETTINGS_READ,), 404),
    "read_webhook_secret": Call("GET", "/webhook-secret", (Scope.SETTINGS_WRITE,), 200),
    "renew_secret": Call("POST", "/webhook-secret/renewals", (Scope.SETTINGS_WRITE,), 200),
    "put_mailing": Call(
        "PUT", "/mailing", (Scope.SETTINGS_WRITE,), 200, {"sender": "eve@socks.example"}
    ),
    "read_pace": Call("GET", "/pace", (Scope.SETTINGS_READ,), 200),
    "put_pace": Call("PUT", "/pace", (Scope.SETTINGS_WRITE,), 200, {"a_minute": 60}),
    "read_contact_rules": Call("GET", "/contact-rules", (Scope.SETTINGS_READ,), 200),
    "put_contact_rules": Call(
        "PUT", "/contact-rules", (Scope.SETTINGS_WRITE,), 200, {"email": {"a_week": 2}}
    ),
    "list_suppressions": Call("GET", "/suppressions", (Scope.PROFILES_READ,), 200),
    "suppress_addresses": Call(
        "POST", "/suppressions", (Scope.PROFILES_WRITE,), 200, {"addresses": ["eve@example.com"]}
    ),
    "import_suppression_file": Call(
        "POST", "/suppressions/import", (Scope.PROFILES_WRITE,), 200, {"csv": "eve@example.com"}
    ),
    "unsuppress_address": Call(
        "DELETE", "/suppressions/email/ada@example.com", (Scope.PROFILES_WRITE,), 404
    ),
    "read_permission": Call("GET", "/profiles/{ada}/permission", (Scope.PROFILES_READ,), 404),
    "read_consent_choice": Call("GET", "/consent-choice", (Scope.SETTINGS_READ,), 200),
    "put_consent_choice": Call(
        "PUT", "/consent-choice", (Scope.SETTINGS_WRITE,), 200, {"home": "DE"}
    ),
}


class Shop(NamedTuple):
    """The first shop with one of everything, and what its things are called."""

    site: Site
    names: dict[str, Any]

    def ask(self, call: Call, token: str) -> Any:  # noqa: ANN401  a response
        path = call.path.format(**self.names)
        return self.site.as_(token).ask(call.method, path, _filled(call.body, self.names))


def _filled(body: Any, names: dict[str, Any]) -> Any:  # noqa: ANN401  any JSON
    """The body with the ids in it."""
    match body:
        case dict():
            return {key: _filled(value, names) for key, value in body.items()}
        case str() if body.startswith("{"):
            return names[body.strip("{}")]
        case _:
            return body


class Furnished(NamedTuple):
    """A shop with one of everything: the file that it is kept in, its key, its ids, and when; and
    all that it shows of itself."""

    file: Path
    shop: int
    token: str
    names: dict[str, Any]
    now: int
    shown: list[Any]


@pytest.fixture(scope="module")
def furnished(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """Made once; every test has a copy."""
    folder = tmp_path_factory.mktemp("furnished")
    file = folder / "cartback.db"
    shutil.copy(empty_file, file)
    wall = Wall()
    config = Config(database=f"sqlite:///{file}", data=folder / "data")
    with installation(config, clock=wall) as base, spoken_to(base, Sink()) as client:
        site = site_of(client, base, wall, create_shop(base.store, "Jumpers", wall()))
        names = _furnish(site)
        shown = _everything(Shop(site, names))
    return Furnished(file, site.shop, site.token, names, wall.now, shown)


@pytest.fixture
def wall(furnished: Furnished) -> Wall:
    wall = Wall()
    wall.now = furnished.now
    return wall


@pytest.fixture
def database(furnished: Furnished, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(furnished.file, tmp_path / 'cartback.db')}"


@pytest.fixture
def site(client: TestClient, base: Installation, wall: Wall, furnished: Furnished) -> Site:
    return Site(client, base, wall, furnished.shop, furnished.token)


@pytest.fixture
def shop(site: Site, furnished: Furnished) -> Shop:
    return Shop(site, furnished.names)


def _furnish(site: Site) -> dict[str, Any]:
    """One of everything; the ids of what has one."""
    for who in ("ada@example.com", "bob", "cyd@example.com"):
        site.happens(who, "Checkout Started")
    bob, cyd = site.id_of("external_id:bob"), site.id_of("cyd@example.com")
    ada = site.id_of("ada@example.com")
    site.post("/lists/our-list/members", {"profile": ada})
    merge = site.post(f"/profiles/{ada}/merges", {"other": bob})
    ada = merge["winner"]
    key = site.post("/keys", {"label": "another", "scopes": ["keys:write"]})["id"]
    segment = site.has_segment("Our own segment", ABANDONERS)["key"]
    old = site.has_segment("Our old segment", DID)["key"]
    assert site.ask("DELETE", f"/segments/{old}").status_code == 200
    code, token = _has_goods(site, ada)
    message = _has_a_flow(site, ada)
    return {
        "shop": site.shop,
        "ada": ada,
        "cyd": cyd,
        "merge": merge["id"],
        "key": key,
        "segment": segment,
        "old": old,
        "code": code,
        "token": token,
        "message": message,
    }


def _has_a_flow(site: Site, ada: int) -> str:
    """A flow in which Ada is; the key of the message that waits for her."""
    for path, body in (
        ("/mailing", {"sender": "hello@jumpers.example"}),
        ("/templates/our-help", {"name": "Help", "document": MAIL}),
        ("/templates/our-spare", {"name": "Spare", "document": MAIL}),
        ("/templates/our-old", {"name": "Old", "document": MAIL}),
    ):
        assert site.ask("PUT", path, body).status_code == 200
    assert site.ask("DELETE", "/templates/our-old").status_code == 200
    site.post("/flows", {"key": "our-flow", "document": FLOW})
    started = site.ask("PUT", "/flows/our-flow/status", {"status": "live"})
    assert started.status_code == 200, started.text
    site.catches_up()
    site.happens("ada@example.com", "Subscribed", channel="email")
    site.happens("ada@example.com", "Cart Updated", cart_id="left", lines=[{"product_id": "a"}])
    site.passes(2 * HOUR)
    [message] = site.get(f"/profiles/{ada}/messages")["data"]
    return str(message["key"])


def _has_goods(site: Site, ada: int) -> tuple[str, str]:
    """A product, a review, a coupon and a suppression; a code of the coupon, and a cart's link."""
    line = {"product_id": "our-jumper", "price": 4_900, "quantity": 1}
    site.happens("ada@example.com", "Cart Updated", cart_id="our-cart", lines=[line])
    product = {"id": "our-jumper", "name": "Our jumper"}
    feed = site.ask("PUT", "/catalog-feed", {"url": "https://shop.example/feed.csv"})
    assert feed.status_code == 200
    review = REVIEW | {"id": "r1", "product": "our-jumper", "author": "ada@example.com"}
    for path, body in (
        ("/products", {"products": [product]}),
        ("/reviews", {"reviews": [review]}),
    ):
        assert site.ask("PUT", path, body).status_code == 200
    site.post("/coupons", {"name": "Our ten", "offer": OFFER})
    site.post("/coupons", {"name": "Our old", "offer": OFFER})
    assert site.ask("DELETE", "/coupons/our-old").status_code == 200
    code = site.post("/coupons/our-ten/codes", {"profile": ada, "cart_id": "our-cart"}, 200)["code"]
    site.post("/suppressions", {"addresses": ["ada@example.com"]}, 200)
    with site.base.store.reading() as reading:
        row = reading.profile(site.shop, ada)
        assert row is not None
        cart = decode_profile(row.state).carts["our-cart"]
    signer = stored_signer(site.base.store)
    return code, make_link(signer, site.shop, ada, cart, site.wall())


WITHOUT_KEY = {
    "read_health",
    "read_condition_schema",
    "read_segment_schema",
    "read_document_schema",
}

every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


def test_every_address_is_tried(site: Site) -> None:
    document = site.client.get(f"{API}/openapi.json").json()
    operations = {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }
    assert CALLS.keys() == operations.keys() - WITHOUT_KEY
    assert all(operations[name]["security"] for name in CALLS)


@every_call
def test_the_scope_is_enough_and_needed(shop: Shop, call: Call) -> None:
    allowed = shop.site.with_scopes(*call.scopes)
    for missing in call.scopes:
        others = [scope for scope in EVERYTHING if scope != missing]
        answer = shop.ask(call, shop.site.with_scopes(*others).token)
        problem = shop.site.refused(answer, 403, "scope")
        assert missing in problem["detail"]
    answer = shop.ask(call, allowed.token)
    assert answer.status_code == call.success, answer.text


@every_call
def test_a_public_key_may_only_send_events_and_follow_links(shop: Shop, call: Call) -> None:
    answer = shop.ask(call, shop.site.public().token)
    if call.scopes in ((Scope.EVENTS_WRITE,), ()):
        assert answer.status_code == 200
    else:
        shop.site.refused(answer, 403, "scope")


@every_call
def test_a_stranger_is_told_nothing(shop: Shop, call: Call) -> None:
    for token, name in (("", "no-key"), ("cb_sec_made-up", "unknown-key")):
        answer = shop.ask(call, token)
        shop.site.refused(answer, 401, name)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert not any(word in answer.text for word in OURS)


@every_call
def test_another_shops_key_sees_and_changes_nothing(
    shop: Shop, call: Call, stranger: Site, furnished: Furnished
) -> None:
    answer = shop.ask(call, stranger.token)
    assert answer.status_code == call.others, answer.text
    if call.others == 404:
        shop.site.refused(answer, 404, "not-found")
    assert not any(word in answer.text for word in OURS if word not in call.path)
    assert _everything(shop) == furnished.shown


def _everything(shop: Shop) -> list[Any]:
    """All that the first shop shows of itself."""
    ada, segment = shop.names["ada"], shop.names["segment"]
    return [
        shop.site.get(path)
        for path in (
            *("/shops", "/keys", "/events", "/profiles", "/lists", "/segments?archived=true"),
            *("/products", "/reviews", "/coupons", "/suppressions", "/consent-choice"),
            *("/coupons/our-ten/codes", f"/codes/{shop.names['code']}"),
            f"/profiles/{ada}",
            f"/segments/{segment}/members",
            *("/flows", "/flows/our-flow", "/flows/our-flow/runs", "/mailing"),
            *("/templates?archived=true", "/carts", "/changes", f"/profiles/{ada}/codes"),
            *("/contact-rules", f"/profiles/{ada}/messages", f"/profiles/{ada}/decisions"),
        )
    ]


def test_who_may_not_read_profiles_is_told_no_names(shop: Shop) -> None:
    site = shop.site
    site.happens("eve@example.com", "Checkout Started")
    site.post("/lists/our-list/members", {"profile": site.id_of("eve@example.com")})
    only = site.with_scopes(Scope.SEGMENTS_READ, Scope.LISTS_READ)
    for path in ("/segments/our-own-segment/members", "/lists/our-list/members"):
        there, told = site.get(path)["data"], only.get(path)["data"]
        assert all(one["identifiers"] for one in there)
        assert told == [one | {"identifiers": None} for one in there]
    counted = only.post("/segments/preview", {"when": ABANDONERS}, 200)
    assert counted["members"] > 0
    assert {one["identifiers"] for one in counted["samples"]} == {None}


def test_no_answer_is_kept_on_the_way(shop: Shop) -> None:
    for path in ("/profiles", "/segments", "/shops"):
        assert shop.site.ask("GET", path).headers["cache-control"] == "no-store"


def test_a_revoked_key_is_refused_at_once(shop: Shop) -> None:
    made = shop.site.post("/keys", {})
    assert shop.site.as_(made["token"]).get("/segments")
    shop.site.ask("DELETE", f"/keys/{made['id']}")
    shop.site.refused(shop.site.as_(made["token"]).ask("GET", "/segments"), 401, "unknown-key")


def test_a_key_may_be_the_user_name_of_basic_authentication(site: Site) -> None:
    answer = site.client.get(f"{API}/segments", auth=(site.token, ""))
    assert answer.status_code == 200
    assert site.client.get(f"{API}/segments", auth=("nobody", "")).status_code == 401
    for broken in (b"Basic !!!", b"Bearer", b"Bearer \xc3\xa9", b"Basic \xff", b"\xff\xfe"):
        answer = site.client.get(f"{API}/segments", headers={b"authorization": broken})
        assert answer.status_code == 401
        assert answer.json()["detail"]
