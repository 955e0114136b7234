"""Lists over HTTP: people join and leave by events, and are found."""

from __future__ import annotations

import pytest

from tests.web.api.site import Site


def test_people_join_and_leave(site: Site) -> None:
    site.happens("ada@example.com", "Joined List", list="news")
    site.happens("bob@example.com", "Viewed Product")
    bob = site.id_of("bob@example.com")
    joined = site.post("/lists/news/members", {"profile": bob})
    assert joined == {"list": "news", "profile": bob, "joined": True}
    assert site.get("/lists")["data"] == [{"list": "news", "members": 2}]
    members = site.get("/lists/news/members")["data"]
    assert [one["identifiers"][0]["value"] for one in members] == [
        "ada@example.com",
        "bob@example.com",
    ]
    assert site.ask("DELETE", f"/lists/news/members/{bob}").json()["joined"] is False
    assert site.get("/lists")["data"] == [{"list": "news", "members": 1}]
    metrics = [one["metric"] for one in site.get(f"/profiles/{bob}/timeline")["data"]]
    assert metrics == ["Left List", "Joined List", "Viewed Product"]


def test_a_segment_may_ask_for_a_list(site: Site) -> None:
    site.has_segment("Readers", {"kind": "in_list", "list": "뉴스 📰"})
    site.happens("ada@example.com", "Viewed Product")
    site.post("/lists/뉴스 📰/members", {"profile": site.id_of("ada@example.com")})
    assert site.members("readers") == ["ada@example.com"]


def test_members_are_paged(site: Site) -> None:
    for number in range(3):
        site.happens(f"shopper{number}@example.com", "Joined List", list="news")
    first = site.get("/lists/news/members", limit=2)
    rest = site.get("/lists/news/members", limit=2, after=first["next"])
    assert (len(first["data"]), len(rest["data"]), rest["next"]) == (2, 1, None)


def test_a_list_that_nobody_joined_is_empty(site: Site) -> None:
    assert site.get("/lists")["data"] == []
    assert site.get("/lists/none/members")["data"] == []


@pytest.mark.parametrize("profile, status", [(99, 404), (0, 422), ("ada", 422), (None, 422)])
def test_nobody_cannot_join(site: Site, profile: object, status: int) -> None:
    answer = site.ask("POST", "/lists/news/members", {"profile": profile})
    site.refused(answer, status, "not-found" if status == 404 else "unfit")
    if status == 404:
        site.refused(site.ask("DELETE", "/lists/news/members/99"), 404, "not-found")
