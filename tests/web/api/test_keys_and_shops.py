"""Keys and settings over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.instant import HOUR, MINUTE
from cartback.engine.scope import EVERYTHING, Scope
from tests.web.api.site import Site


def test_a_key_is_made_shown_once_and_used(site: Site) -> None:
    made = site.post("/keys", {"label": "report", "scopes": ["segments:read"]})
    assert made["token"].startswith("cb_sec_")
    assert made["hint"] == f"cb_sec_…{made['token'][-4:]}"
    assert made["scopes"] == ["segments:read"]
    listed = site.ask("GET", "/keys")
    assert made["token"] not in listed.text
    assert listed.json()["data"][-1] == {k: v for k, v in made.items() if k != "token"}
    assert site.as_(made["token"]).get("/segments")["data"] == []


def test_a_key_without_scopes_may_do_all_that_its_kind_may(site: Site) -> None:
    assert site.post("/keys", {})["scopes"] == list(EVERYTHING)
    assert site.post("/keys", {"kind": "public"})["scopes"] == ["events:write"]


def test_a_key_cannot_make_one_that_may_do_more(site: Site) -> None:
    small = site.with_scopes(Scope.KEYS_WRITE, Scope.EVENTS_WRITE)
    before = site.get("/keys")
    for body in ({}, {"scopes": ["events:write", "segments:read"]}):
        site.refused(small.ask("POST", "/keys", body), 403, "scope")
    assert site.get("/keys") == before
    assert small.post("/keys", {"scopes": ["events:write"]})["scopes"] == ["events:write"]


def test_a_key_cannot_revoke_one_that_may_do_more(site: Site, stranger: Site) -> None:
    small = site.with_scopes(Scope.KEYS_WRITE, Scope.SEGMENTS_READ)
    for body in ({}, {"scopes": ["segments:read", "profiles:read"]}, {"kind": "public"}):
        made = site.post("/keys", body)
        refused = site.refused(small.ask("DELETE", f"/keys/{made['id']}"), 403, "scope")
        assert "cannot revoke" in refused["detail"]
        listed = {one["id"]: one["revoked"] for one in site.get("/keys")["data"]}
        assert listed[made["id"]] is None
    made = site.post("/keys", {"scopes": ["segments:read"]})
    site.refused(stranger.ask("DELETE", f"/keys/{made['id'] + 50}"), 404, "not-found")
    assert small.ask("DELETE", f"/keys/{made['id']}").json()["revoked"]


@pytest.mark.parametrize(
    "body, field",
    [
        ({"kind": "private"}, "kind"),
        ({"scopes": ["segment:read"]}, "scopes[0]"),
        ({"kind": "public", "scopes": ["segments:read"]}, "scopes"),
        ({"label": "x" * 201}, "label"),
        ({"label": "a\0b"}, "label"),
        ({"lable": "x"}, "lable"),
    ],
)
def test_a_key_that_cannot_be_made_is_told_why(
    site: Site, body: dict[str, Any], field: str
) -> None:
    [fault] = site.refused(site.ask("POST", "/keys", body), 422, "unfit")["errors"]
    assert fault["field"] == field
    if field == "lable":
        assert fault["suggestion"] == "label"


def test_a_revoked_key_stays_in_the_list(site: Site) -> None:
    made = site.post("/keys", {})
    revoked = site.ask("DELETE", f"/keys/{made['id']}").json()
    assert revoked["revoked"] == "2026-03-02T09:00:00Z"
    assert site.ask("DELETE", f"/keys/{made['id']}").json() == revoked
    site.refused(site.ask("DELETE", "/keys/99"), 404, "not-found")


def test_a_shop_shows_itself(site: Site, stranger: Site) -> None:
    site.happens("ada@example.com", "Viewed Product")
    [shop] = site.get("/shops")["data"]
    assert shop == site.get(f"/shops/{site.shop}")
    assert (shop["name"], shop["profiles"], shop["events"]) == ("Jumpers", 1, 1)
    assert shop["settings"] == site.get(f"/shops/{site.shop}/settings")
    site.refused(site.ask("GET", f"/shops/{stranger.shop}"), 404, "not-found")


def test_settings_change_what_counts_as_abandoned(site: Site) -> None:
    changed = site.ask("PATCH", f"/shops/{site.shop}/settings", {"cart_idle": "10 minutes"})
    assert changed.status_code == 200
    assert changed.json()["checkout_idle"] == "60 minutes"
    site.catches_up()
    site.happens("ada@example.com", "Added to Cart", product_id="mug")
    site.passes(10 * MINUTE)
    assert site.get("/events")["data"][0]["metric"] == "Cart Abandoned"
    site.ask("PATCH", f"/shops/{site.shop}/settings", {"zone": "Asia/Seoul"})
    site.catches_up()
    site.passes(HOUR)
    assert site.get(f"/shops/{site.shop}/settings")["zone"] == "Asia/Seoul"


@pytest.mark.parametrize(
    "name, value",
    [
        ("zone", "Mars/Olympus"),
        ("zone", "../../etc/passwd"),
        ("zone", "\0"),
        ("currency", "euro"),
        ("country", "Korea"),
        ("cart_idle", "a while"),
        ("checkout_idle", "0 minutes"),
        ("cart_idle", 60),
        ("zones", "UTC"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(site: Site, name: str, value: object) -> None:
    before = site.get(f"/shops/{site.shop}/settings")
    answer = site.ask("PATCH", f"/shops/{site.shop}/settings", {name: value})
    [fault] = site.refused(answer, 422, "unfit")["errors"]
    assert (fault["where"], fault["field"]) == ("body", name)
    assert site.get(f"/shops/{site.shop}/settings") == before
