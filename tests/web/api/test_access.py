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
from tests.web.api.calls import CALLS, DID, FLOW, MAIL, OFFER, OURS, REVIEW, Call
from tests.web.api.conftest import spoken_to
from tests.web.api.site import ABANDONERS, API, Sink, Site, Wall, site_of


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
