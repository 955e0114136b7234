"""Profiles over HTTP: found by any name, their timeline, merged, parted, exported, erased."""

from __future__ import annotations

import pytest

from cartback.domain.instant import HOUR, WEEK
from tests.web.api.site import ABANDONERS, Site

LINE = {"product_id": "mug", "name": "Mug", "price": 1200, "quantity": 2}


def test_somebody_is_found_by_any_identifier(site: Site) -> None:
    names = {"email": "Ada@Example.com", "external_id": "c/7", "phone": "+821012345678"}
    site.post("/events", {"events": [{"metric": "Identified", **names}]}, 200)
    found = {site.id_of(one) for one in ("ada@example.com", "c/7", "email:ADA@example.com")}
    assert len(found) == 1
    assert site.id_of("phone:+821012345678") in found
    assert site.get("/profiles", identifier="nobody@example.com")["data"] == []
    assert site.get("/profiles", identifier=str(found.pop()))["data"] != []


def test_profiles_are_paged(site: Site) -> None:
    for number in range(5):
        site.happens(f"shopper{number}@example.com", "Viewed Product")
    first = site.get("/profiles", limit=3)
    rest = site.get("/profiles", limit=3, after=first["next"])
    found = [one["identifiers"][0]["value"] for one in first["data"] + rest["data"]]
    assert found == [f"shopper{number}@example.com" for number in range(5)]
    assert rest["next"] is None


def test_a_profile_shows_cart_traits_and_segments_with_why_and_until_when(site: Site) -> None:
    site.has_segment("Abandoners", ABANDONERS)
    event = {
        "metric": "Checkout Started",
        "email": "ada@example.com",
        "properties": {"currency": "EUR", "lines": [LINE]},
        "traits": {"first_name": "Ada"},
    }
    site.post("/events", {"events": [event]}, 200)
    ada = site.get(f"/profiles/{site.id_of('ada@example.com')}")
    assert ada["stage"] == "lead"
    assert ada["traits"]["first_name"]["value"] == "Ada"
    [cart] = ada["carts"]
    assert (cart["value"], cart["currency"], cart["open"]) == (2400, "EUR", True)
    assert ada["segments"] == [
        {
            "segment": "abandoners",
            "name": "Abandoners",
            "since": "2026-03-02T09:00:00Z",
            "until": "2026-03-09T09:00:00Z",
            "exact": True,
        }
    ]
    assert site.get(f"/profiles/{ada['id']}/memberships")["data"] == ada["segments"]
    site.passes(WEEK)
    assert site.get(f"/profiles/{ada['id']}/memberships")["data"] == []


def test_a_timeline_is_read_page_by_page_through_merges(site: Site) -> None:
    for number in range(4):
        site.happens("ada@example.com", f"Step {number}")
        site.happens("device", f"Look {number}")
    ada, device = site.id_of("ada@example.com"), site.id_of("device")
    winner = site.post(f"/profiles/{ada}/merges", {"other": device})["winner"]
    site.happens("ada@example.com", "Last")
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = site.get(f"/profiles/{winner}/timeline", limit=2, after=after)
        found += [one["metric"] for one in page["data"]]
        after = page["next"]
    looked = [word for number in (3, 2, 1, 0) for word in (f"Look {number}", f"Step {number}")]
    assert found == ["Last", *looked]


def test_a_derived_event_is_in_the_timeline(site: Site) -> None:
    site.happens("ada@example.com", "Added to Cart", **LINE)
    site.passes(HOUR)
    page = site.get(f"/profiles/{site.id_of('ada@example.com')}/timeline")
    assert [one["metric"] for one in page["data"]] == ["Cart Abandoned", "Added to Cart"]


def test_two_are_merged_and_parted_again(site: Site) -> None:
    site.happens("ada@example.com", "Viewed Product")
    site.happens("device", "Viewed Product")
    ada, device = site.id_of("ada@example.com"), site.id_of("device")
    made = site.post(f"/profiles/{ada}/merges", {"other": device})
    assert {made["winner"], made["loser"]} == {ada, device}
    assert site.id_of("ada@example.com") == site.id_of("device") == made["winner"]
    winner = f"/profiles/{made['winner']}"
    assert site.get(f"{winner}/merges")["data"] == [made]
    parted = site.ask("DELETE", f"{winner}/merges/{made['id']}")
    assert parted.json() == {"profiles": [made["winner"], made["loser"]]}
    assert {site.id_of("ada@example.com"), site.id_of("device")} == {ada, device}
    again = site.ask("DELETE", f"{winner}/merges/{made['id']}")
    site.refused(again, 409, "cannot-undo")


def test_what_cannot_be_merged_says_why(site: Site) -> None:
    site.happens("customer-1", "Viewed Product")
    site.happens("customer-2", "Viewed Product")
    one, two = site.id_of("customer-1"), site.id_of("customer-2")
    path = f"/profiles/{one}/merges"
    for other, status, name in (
        (one, 409, "cannot-merge"),
        (two, 409, "cannot-merge"),
        (999, 404, "not-found"),
        (0, 422, "unfit"),
        (2**63, 422, "unfit"),
        ("two", 422, "unfit"),
    ):
        site.refused(site.ask("POST", path, {"other": other}), status, name)
    site.refused(site.ask("DELETE", f"{path}/77"), 404, "not-found")


def test_everything_about_somebody_is_exported_and_then_forgotten(site: Site) -> None:
    site.happens("ada@example.com", "Placed Order", order_id="o-1")
    site.happens("bob@example.com", "Placed Order")
    ada = site.id_of("ada@example.com")
    answer = site.ask("GET", f"/profiles/{ada}/export")
    assert answer.headers["content-disposition"] == f'attachment; filename="profile-{ada}.json"'
    assert [one["metric"] for one in answer.json()["events"]] == ["Placed Order"]
    gone = site.ask("DELETE", f"/profiles/{ada}").json()
    assert gone == {"events": 1, "tape": True}
    site.refused(site.ask("GET", f"/profiles/{ada}"), 404, "not-found")
    site.refused(site.ask("DELETE", f"/profiles/{ada}"), 404, "not-found")
    assert "ada@example.com" not in site.ask("GET", "/events").text
    assert site.get("/profiles")["data"][0]["identifiers"][0]["value"] == "bob@example.com"


@pytest.mark.parametrize("id_", ["0", "-1", "1.5", "ada", str(2**63), "9" * 5_000])
def test_what_is_no_id_is_refused(site: Site, id_: str) -> None:
    for path in ("", "/timeline", "/memberships", "/merges", "/export"):
        site.refused(site.ask("GET", f"/profiles/{id_}{path}"), 422, "unfit")


def test_a_profile_tells_with_whom_it_was_tied_and_kept_apart(site: Site) -> None:
    ada, bob = {"external_id": "ada"}, {"external_id": "bob"}
    kiosk = {"anonymous_id": "kiosk"}
    for who in (ada | kiosk, bob, bob | kiosk):
        site.post("/events", {"events": [{"metric": "Searched"} | who]}, 200)
    [told] = site.get(f"/profiles/{site.id_of('ada')}")["conflicts"]
    assert set(told["profiles"]) == {site.id_of("ada"), site.id_of("bob")}
    assert not told["can_merge"]
    assert {one["value"] for one in told["tied_by"]} == {"bob", "kiosk"}
