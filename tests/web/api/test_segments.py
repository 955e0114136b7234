"""Segments over HTTP: checked, counted, made, changed by two people at once, archived, restored."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.instant import DAY, WEEK
from cartback.domain.rules import Settings
from cartback.engine.backfill import note_failure
from cartback.engine.documents import apply
from cartback.engine.folder import read_folder
from cartback.engine.scope import Scope
from tests.web.api.site import ABANDONERS, API, Site

DID = {"kind": "did", "metric": "Placed Order"}


def test_a_segment_is_made_and_its_members_are_read(site: Site) -> None:
    site.happens("ada@example.com", "Checkout Started")
    site.happens("bob@example.com", "Checkout Started")
    site.happens("bob@example.com", "Placed Order")
    answer = site.ask("POST", "/segments", {"name": "Recent abandoners", "when": ABANDONERS})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == "/api/v1/segments/recent-abandoners"
    assert answer.headers["etag"] == '"1"'
    made = answer.json()
    assert (made["status"], made["members"], made["version"]) == ("building", None, 1)
    problem = site.refused(site.ask("GET", "/segments/recent-abandoners/members"), 409, "building")
    assert "0 of" in problem["detail"]
    site.catches_up()
    assert site.members("recent-abandoners") == ["ada@example.com"]
    there = site.get("/segments/recent-abandoners")
    assert (there["status"], there["members"], there["progress"]) == ("live", 1, None)
    assert "Checkout Started" in there["text"]["en"]
    assert there["text"]["ko"] != there["text"]["en"]
    site.passes(WEEK)
    assert site.members("recent-abandoners") == []


def test_where_finding_the_members_failed_the_answer_says_why(site: Site) -> None:
    site.ask("POST", "/segments", {"name": "Recent abandoners", "when": ABANDONERS})
    note_failure(site.base.store, site.shop, OSError("no disk"))
    there = site.get("/segments/recent-abandoners")
    assert (there["status"], there["error"]) == ("failed", "OSError: no disk")
    assert (there["members"], there["progress"]["done"]) == (None, 0)
    problem = site.refused(site.ask("GET", "/segments/recent-abandoners/members"), 409, "building")
    assert "OSError: no disk" in problem["detail"]
    site.catches_up()
    assert site.get("/segments/recent-abandoners")["error"] is None


def test_a_condition_is_checked_before_it_is_saved(site: Site) -> None:
    checked = site.post("/segments/validate", {"when": DID}, 200)
    assert checked["when"] == DID
    assert "Placed Order" in checked["text"]["en"]


@pytest.mark.parametrize(
    "when, field, suggestion",
    [
        ({"kind": "did", "metrik": "A"}, "when", "metric"),
        ({"kind": "did", "metric": "A", "wihtin": {}}, "when", "within"),
        ({"kind": "all", "of": [{"kind": "didd", "metric": "A"}]}, "when.of[0].kind", "did"),
        ({"kind": "not", "of": {"kind": "did", "metric": ""}}, "when.of", None),
        ({"kind": "location", "country": ["KOR"]}, "when.country[0]", "KR"),
        ({"kind": "in_segment", "segment": "none"}, "when.segment", None),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_was_meant(
    site: Site, when: dict[str, Any], field: str, suggestion: str | None
) -> None:
    for path, body in (
        ("/segments/validate", {"when": when}),
        ("/segments/preview", {"when": when}),
        ("/segments", {"name": "A", "when": when}),
    ):
        [fault] = site.refused(site.ask("POST", path, body), 422, "unfit")["errors"]
        assert (fault["where"], fault["field"]) == ("body", field)
        assert fault["suggestion"] == suggestion
        assert fault["detail"]
    assert site.get("/segments")["data"] == []


def test_a_segment_that_is_not_there_is_told_with_its_place_and_the_nearest(site: Site) -> None:
    site.post("/segments", {"name": "Buyers", "when": DID})
    referring = {"kind": "all", "of": [DID, {"kind": "in_segment", "segment": "buyerz"}]}
    for path, body in (
        ("/segments/validate", {"when": referring}),
        ("/segments", {"name": "Others", "when": referring}),
    ):
        [fault] = site.refused(site.ask("POST", path, body), 422, "unfit")["errors"]
        assert (fault["field"], fault["suggestion"]) == ("when.of[1].segment", "buyers")
        assert fault["detail"] == "there is no segment 'buyerz'; did you mean 'buyers'?"


@pytest.mark.parametrize(
    "body, field",
    [
        ('{"when": {"kind": "did", "metric": "A", "metric": "B"}}', "when"),
        ('{"when": {"kind": "did", "metric": "A"}, "when": null}', "when"),
        ('{"when": {"kind": "all", "of": [{"kind": "did", "kind": "did"}]}}', "when.of[0]"),
    ],
)
def test_a_field_that_stands_twice_is_refused(site: Site, body: str, field: str) -> None:
    headers = {"Authorization": f"Bearer {site.token}", "Content-Type": "application/json"}
    answer = site.client.post(f"{API}/segments/validate", content=body, headers=headers)
    [fault] = site.refused(answer, 422, "unfit")["errors"]
    assert (fault["where"], fault["field"]) == ("body", field)
    assert "stands here twice" in fault["detail"]


def test_members_are_counted_before_anything_is_saved(site: Site) -> None:
    for number in range(7):
        site.happens(f"shopper{number}@example.com", "Checkout Started")
    site.happens("shopper6@example.com", "Placed Order")
    counted = site.post("/segments/preview", {"when": ABANDONERS}, 200)
    assert (counted["members"], counted["of"], len(counted["samples"])) == (6, 7, 5)
    assert counted["samples"][0]["identifiers"] == [
        {"kind": "email", "value": "shopper5@example.com"}
    ]
    carts = {"kind": "cart", "status": "open"}
    assert site.post("/segments/preview", {"when": carts}, 200)["members"] == 6
    many = [DID | {"metric": f"Metric {number}"} for number in range(800)]
    counted = site.post("/segments/preview", {"when": {"kind": "any", "of": [*many, DID]}}, 200)
    assert (counted["members"], counted["exact"]) == (1, True)


def test_the_second_of_two_editors_is_told_and_loses_nothing(site: Site) -> None:
    made = site.post("/segments", {"name": "Buyers", "when": DID})
    path, body = f"/segments/{made['key']}", {"name": "Mine", "when": ABANDONERS}
    mine = site.ask("PUT", path, body, headers={"If-Match": '"1"'})
    assert (mine.status_code, mine.headers["etag"]) == (200, '"2"')
    theirs = body | {"name": "Theirs"}
    for answer, status in (
        (site.ask("PUT", path, theirs, headers={"If-Match": '"1"'}), 412),
        (site.ask("PUT", path, theirs | {"version": 1}), 409),
    ):
        problem = site.refused(answer, status, "stale-version")
        assert problem["present"]["name"] == "Mine"
        assert problem["present"]["version"] == 2
        assert answer.headers["etag"] == '"2"'
    site.refused(site.ask("PUT", path, theirs), 428, "version-missing")
    site.refused(site.ask("PUT", path, theirs, headers={"If-Match": "*"}), 422, "unfit")
    assert site.ask("PUT", path, theirs | {"version": 2}).json()["version"] == 3


def test_what_is_not_there_cannot_be_changed(site: Site) -> None:
    body = {"name": "A", "when": DID, "version": 1}
    for method, path, sent in (
        ("GET", "/segments/none", None),
        ("PUT", "/segments/none", body),
        ("PUT", "/segments/%F0%9F%9B%92", body),
        ("DELETE", "/segments/none", None),
        ("POST", "/segments/none/restore", None),
        ("GET", "/segments/none/members", None),
    ):
        site.refused(site.ask(method, path, sent), 404, "not-found")


def test_a_segment_is_archived_and_restored(site: Site) -> None:
    site.happens("ada@example.com", "Placed Order")
    key = site.has_segment("Buyers", DID)["key"]
    gone = site.ask("DELETE", f"/segments/{key}").json()
    assert (gone["status"], gone["members"]) == ("archived", None)
    assert site.get("/segments")["data"] == []
    assert [one["key"] for one in site.get("/segments", archived=True)["data"]] == [key]
    site.refused(site.ask("DELETE", f"/segments/{key}"), 404, "not-found")
    site.catches_up()
    assert site.post(f"/segments/{key}/restore", None, 200)["version"] == 2
    site.catches_up()
    assert site.members(key) == ["ada@example.com"]
    site.refused(site.ask("POST", f"/segments/{key}/restore"), 409, "cannot-restore")


def test_one_that_others_refer_to_is_not_archived(site: Site) -> None:
    site.has_segment("Buyers", DID)
    site.has_segment("Others", {"kind": "not", "of": {"kind": "in_segment", "segment": "buyers"}})
    problem = site.refused(site.ask("DELETE", "/segments/buyers"), 409, "in-use")
    assert problem["detail"] == "segment 'others' refers to it; change that first"


def test_one_that_refers_to_an_archived_one_is_restored_after_that(site: Site) -> None:
    site.has_segment("Buyers", DID)
    site.has_segment("Others", {"kind": "in_segment", "segment": "buyers"})
    for key in ("others", "buyers"):
        site.ask("DELETE", f"/segments/{key}")
    problem = site.refused(site.ask("POST", "/segments/others/restore"), 409, "cannot-restore")
    assert "refers to 'buyers'" in problem["detail"]
    assert "restore that first" in problem["detail"]
    for key in ("buyers", "others"):
        site.post(f"/segments/{key}/restore", None, 200)


def test_the_key_of_an_archived_one_is_not_taken_by_another(site: Site) -> None:
    site.has_segment("Buyers", DID)
    site.ask("DELETE", "/segments/buyers")
    body = {"name": "Buyers", "when": ABANDONERS, "version": 1}
    for method, path, sent in (
        ("POST", "/segments", {"name": "Buyers", "when": ABANDONERS}),
        ("PUT", "/segments/buyers", body),
    ):
        problem = site.refused(site.ask(method, path, sent), 409, "archived")
        assert "POST /api/v1/segments/buyers/restore" in problem["detail"]
    assert len(site.get("/segments/buyers/versions")["data"]) == 1


def test_every_definition_is_kept(site: Site) -> None:
    site.has_segment("Buyers", DID)
    body = {"name": "Buyers again", "when": ABANDONERS, "version": 1}
    assert site.ask("PUT", "/segments/buyers", body).status_code == 200
    versions = site.get("/segments/buyers/versions")["data"]
    assert [(one["version"], one["name"]) for one in versions] == [
        (2, "Buyers again"),
        (1, "Buyers"),
    ]
    assert versions[0]["by"].startswith("key:")
    first = site.get("/segments/buyers/versions", limit=1)
    rest = site.get("/segments/buyers/versions", limit=1, after=first["next"])
    assert [one["version"] for one in rest["data"]] == [1]
    assert rest["next"] is None


def test_a_name_may_be_of_any_script(site: Site) -> None:
    for name in ("최근 장바구니", "🛒🔥", "عربة التسوق", "👩‍👩‍👧 e\u0301"):
        made = site.post("/segments", {"name": name, "when": DID})
        assert made["name"] == name
        assert site.get(f"/segments/{made['key']}")["name"] == name
        taken = site.ask("POST", "/segments", {"name": name, "when": DID})
        site.refused(taken, 409, "exists")


def test_members_are_paged(site: Site) -> None:
    for number in range(5):
        site.happens(f"shopper{number}@example.com", "Placed Order")
    site.has_segment("Buyers", DID)
    found: list[str] = []
    after: str | None = ""
    while True:
        page = site.get("/segments/buyers/members", limit=2, after=after or "")
        found += [one["identifiers"][0]["value"] for one in page["data"]]
        after = page["next"]
        if after is None:
            break
    assert found == [f"shopper{number}@example.com" for number in range(5)]


def test_moves_and_growth_say_who_came_and_went(site: Site) -> None:
    site.has_segment("Abandoners", ABANDONERS)
    site.happens("ada@example.com", "Checkout Started")
    site.happens("bob@example.com", "Checkout Started")
    site.passes(DAY)
    site.happens("bob@example.com", "Placed Order")
    moves = site.get("/segments/abandoners/moves")["data"]
    assert [(one["joined"], one["quiet"]) for one in moves] == [
        (True, False),
        (True, False),
        (False, False),
    ]
    days = site.get("/segments/abandoners/growth")["data"]
    assert len(days) == 30
    assert days[-2:] == [
        {"day": "2026-03-02", "joined": 2, "left": 0, "members": 2},
        {"day": "2026-03-03", "joined": 0, "left": 1, "members": 1},
    ]
    past = site.get("/segments/abandoners/growth", **{"from": "2026-03-02", "to": "2026-03-02"})
    assert past["data"] == days[-2:-1]


@pytest.mark.parametrize(
    "query", [{"from": "2026-04-01"}, {"from": "1999-01-01"}, {"to": "yesterday"}, {"from": "-"}]
)
def test_a_period_that_is_none_is_refused(site: Site, query: dict[str, str]) -> None:
    site.has_segment("Buyers", DID)
    answer = site.ask("GET", "/segments/buyers/growth", query=query)
    [fault] = site.refused(answer, 422, "unfit")["errors"]
    assert fault["where"] == "query"


def test_why_somebody_is_inside_is_explained(site: Site) -> None:
    site.has_segment("Abandoners", ABANDONERS)
    site.happens("ada@example.com", "Checkout Started")
    why = site.get("/segments/abandoners/explanation", person="ada@example.com")
    assert (why["holds"], why["exact"]) == (True, True)
    assert why["until"] == "2026-03-09T09:00:00Z"
    assert [part["holds"] for part in why["of"]] == [True, True]
    before = {"at": "2026-03-02T08:00:00Z", "language": "ko"}
    then = site.get("/segments/abandoners/explanation", person="ada@example.com", **before)
    assert not then["holds"]
    profile = site.id_of("ada@example.com")
    assert site.get(f"/profiles/{profile}/explanations/abandoners") == why
    nobody = site.ask(
        "GET", "/segments/abandoners/explanation", query={"person": "eve@example.com"}
    )
    site.refused(nobody, 404, "not-found")
    wrong = site.ask("GET", f"/profiles/{profile}/explanations/abandoners", query={"at": "soon"})
    site.refused(wrong, 422, "unfit")


# --- other forms ------------------------------------------------------------------------------

KLAVIYO = {
    "condition_groups": [
        {
            "conditions": [
                {
                    "type": "profile-metric",
                    "metric_id": metric,
                    "measurement": "count",
                    "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
                    "timeframe_filter": {
                        "type": "date",
                        "operator": "in-the-last",
                        "unit": "week",
                        "quantity": 1,
                    },
                    "metric_filters": None,
                }
            ]
        }
        for metric, operator, value in (
            ("XyZ123", "greater-than-or-equal", 1),
            ("Placed Order", "equals", 0),
        )
    ],
    "metrics": {"XyZ123": "Checkout Started"},
}
"""The article's segment as Klaviyo's API has it."""


def test_a_definition_of_klaviyos_is_carried_over_and_given_back(site: Site) -> None:
    checked = site.post("/segments/validate", {"when": KLAVIYO}, 200)
    assert checked["when"]["kind"] == "all"
    made = site.post("/segments", {"name": "Abandoners", "when": KLAVIYO})
    assert made["when"] == checked["when"]
    site.catches_up()
    site.happens("ada@example.com", "Checkout Started")
    assert site.members("abandoners") == ["ada@example.com"]
    back = site.get("/segments/abandoners", form="klaviyo")["data"]["attributes"]
    assert back["name"] == "Abandoners"
    again = {"name": "Again", "when": back["definition"], "version": 1}
    changed = site.ask("PUT", "/segments/abandoners", again).json()
    assert (changed["when"], changed["version"]) == (made["when"], 2)


def test_what_klaviyo_says_and_we_cannot_is_told_with_its_place(site: Site) -> None:
    unknown: dict[str, Any] = {
        "condition_groups": [{"conditions": [{"type": "profile-predictive-analytics"}]}]
    }
    nameless: dict[str, Any] = {**KLAVIYO, "metrics": {}}
    empty: dict[str, Any] = {"condition_groups": []}
    for when in (unknown, nameless, {"condition_groups": 1}, empty):
        for path, body in (
            ("/segments/validate", {"when": when}),
            ("/segments/preview", {"when": when}),
            ("/segments", {"name": "A", "when": when}),
        ):
            [fault] = site.refused(site.ask("POST", path, body), 422, "unfit")["errors"]
            assert fault["field"].startswith("when")
            assert fault["detail"]


def test_what_we_say_and_klaviyo_cannot_is_told(site: Site) -> None:
    site.has_segment("A share", {"kind": "share", "percent": 5})
    answer = site.ask("GET", "/segments/a-share", query={"form": "klaviyo"})
    site.refused(answer, 409, "not-in-klaviyo")


def test_schemas_are_given_to_anybody(site: Site) -> None:
    for name in ("condition", "segment"):
        answer = site.client.get(f"/api/v1/schemas/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.json()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_segment_says_which_file_it_came_from(site: Site) -> None:
    file = {"key": "buyers", "name": "Buyers", "when": DID}
    folder = read_folder({"segments/buyers.yaml": file}, Settings())
    apply(site.base.store, site.shop, folder, site.wall.now, commit="4f2a91c")
    origin = site.get("/segments/buyers")["origin"]
    assert (origin["file"], origin["commit"]) == ("segments/buyers.yaml", "4f2a91c")
    assert not origin["changed_since"]
    site.ask("PUT", "/segments/buyers", {"name": "Ordered", "when": DID, "version": 1})
    assert site.get("/segments/buyers")["origin"]["changed_since"]
    site.post("/segments", {"name": "Others", "when": DID}, 201)
    assert site.get("/segments/others")["origin"] is None


def test_a_member_is_asked_for_by_an_identifier(site: Site) -> None:
    for name in ("ada@example.com", "ben@example.com"):
        site.happens(name, "Placed Order")
    site.happens("eve@example.com", "Viewed Product")
    site.has_segment("Buyers", DID)
    path = "/segments/buyers/members"
    [found] = site.get(path, identifier="ben@example.com")["data"]
    assert found["identifiers"][0]["value"] == "ben@example.com"
    for nobody in ("eve@example.com", "none@example.com"):
        assert site.get(path, identifier=nobody) == {"data": [], "next": None}
    small = site.with_scopes(Scope.SEGMENTS_READ)
    site.refused(small.ask("GET", path, query={"identifier": "ben@example.com"}), 403, "scope")
