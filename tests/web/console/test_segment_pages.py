"""A segment's page: its size over time adds up, its members have names, and why is answered."""

from __future__ import annotations

import csv

from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.engine.backfill import note_failure
from cartback.engine.growth import sizes
from cartback.engine.segments import create_segment
from tests.scenarios.engine_shop import did, segment
from tests.scenarios.test_engine_documents import applied, folder_of
from tests.web.console.desk import Desk

HOURLY = segment("hourly", did("Placed Order", "1 hour"))


def later(desk: Desk, duration: int) -> None:
    desk.engine.passes(duration)
    desk.now = desk.engine.now


def test_sizes_are_reckoned_back_from_now(staffed: Desk) -> None:
    staffed.engine.has(HOURLY)
    staffed.engine.happens("#ada", "Placed Order")
    later(staffed, 40 * MINUTE)
    staffed.engine.happens("#bob", "Placed Order")
    later(staffed, 40 * MINUTE)  # ada has left
    with staffed.store.reading() as reading:
        past = sizes(reading, staffed.shop, "hourly", staffed.now, DAY)
    assert past[-1].members == 1
    assert sum(one.joined for one in past) == 2
    assert sum(one.left for one in past) == 1
    assert past[0].members == 0
    assert max(one.members for one in past) == 2
    later(staffed, 2 * DAY)
    with staffed.store.reading() as reading:
        past = sizes(reading, staffed.shop, "hourly", staffed.now, DAY)
    assert {one.members for one in past} == {0}


def test_another_segment_with_a_name_that_begins_alike_is_not_counted(staffed: Desk) -> None:
    staffed.engine.has(HOURLY)
    staffed.engine.has(segment("hourly-2", did("Placed Order", "1 hour")))
    staffed.engine.happens("#ada", "Placed Order")
    with staffed.store.reading() as reading:
        past = sizes(reading, staffed.shop, "hourly", staffed.now, DAY)
    assert sum(one.joined for one in past) == 1


def test_why_says_until_when_and_then_it_is_so(staffed: Desk) -> None:
    staffed.engine.has(HOURLY)
    staffed.engine.happens("#ada", "Placed Order")
    viewer = staffed.visitor("viewer")
    path = staffed.path("segments", "hourly", "why") + "?person=ada"
    page = viewer.get(path).text
    assert "This changes on 2 Mar 2026, 10:00:00, if nothing happens before." in page
    assert "Placed Order" in page
    later(staffed, HOUR - 1)
    assert "Not inside" not in viewer.get(path).text
    later(staffed, 1)
    assert "Not inside" in viewer.get(path).text
    korean = viewer.get(path, accept_language="ko").text
    assert "들어 있지 않음" in korean
    assert "주문 완료" in korean


def test_nobody_is_said_to_be_nobody(staffed: Desk) -> None:
    staffed.engine.has(HOURLY)
    answer = staffed.visitor("viewer").get(
        staffed.path("segments", "hourly", "why") + "?person=eve"
    )
    assert answer.status_code == 404
    assert "Nobody has that" in answer.text


def test_another_shops_person_is_nobody_here(staffed: Desk) -> None:
    staffed.engine.has(HOURLY)
    staffed.engine.happens("#ada", "Placed Order")
    other = staffed.visitor("other")
    path = f"/shops/{staffed.other}"
    assert other.get(f"{path}/people/1").status_code == 404
    assert other.get(f"{path}/people?q=ada").status_code == 404
    assert other.get(f"{path}/segments/hourly").status_code == 404
    assert other.get(f"{path}/segments/hourly/why?person=ada").status_code == 404


def test_members_page_and_download(staffed: Desk) -> None:
    staffed.engine.has(HOURLY)
    for number in range(60):
        staffed.engine.happens(f"#shopper-{number:02}", "Placed Order")
    staffed.engine.happens("=cmd@example.com", "Placed Order")
    marketer = staffed.visitor("marketer")
    page = marketer.get(staffed.path("segments", "hourly")).text
    assert page.partition('id="members"')[2].count(">shopper-") == 50
    more = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    rest = marketer.get(staffed.path("segments", "hourly") + more.partition("#")[0]).text
    assert rest.partition('id="members"')[2].count(">shopper-") == 10
    answer = marketer.get(staffed.path("segments", "hourly", "members.csv"))
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(answer.text.removeprefix("\ufeff").splitlines()))
    assert len(rows) == 61
    assert rows[0]["external_id"] == "shopper-00"
    assert rows[-1]["email"] == "'=cmd@example.com", "no spreadsheet takes it for a formula"


def test_the_list_is_found_sorted_and_says_what_is_building(staffed: Desk) -> None:
    staffed.engine.has(segment("aaa", did("Viewed Product")))
    staffed.engine.has(segment("zzz", did("Placed Order")))
    staffed.engine.happens("#ada", "Placed Order")
    viewer = staffed.visitor("viewer")
    page = viewer.get(staffed.path("segments")).text
    assert page.index("/segments/aaa") < page.index("/segments/zzz")
    page = viewer.get(staffed.path("segments") + "?sort=members").text
    assert page.index("/segments/aaa") > page.index("/segments/zzz")
    assert "/segments/aaa" not in viewer.get(staffed.path("segments") + "?q=ZZ").text
    assert "No segment has that" in viewer.get(staffed.path("segments") + "?q=nothing").text


def test_a_segment_that_is_building_shows_how_far(staffed: Desk) -> None:
    marketer = staffed.visitor("marketer")
    form = {"name": "New", "c:kind": "group", "c:size": "1", "c-0:kind": "stage"}
    marketer.post(staffed.path("segments"), form)
    page = marketer.get(staffed.path("segments", "new-2")).text
    assert page  # `new` is an address of its own
    page = marketer.get(staffed.path("segments")).text
    assert "finding members" in page


def test_amounts_are_told_in_the_shops_currency(staffed: Desk) -> None:
    worth = {"kind": "cart", "status": "abandoned", "value": {"at_least": 5000}}
    staffed.engine.has(segment("rich", worth))
    staffed.engine.happens("#ada", "Checkout Started", value=4000, currency="EUR")
    viewer = staffed.visitor("viewer")
    assert "worth at least 50.00 USD" in viewer.get(staffed.path("segments")).text
    assert "worth at least 50.00 USD" in viewer.get(staffed.path("segments", "rich")).text
    assert "50.00 USD" in viewer.get(staffed.path("segments", "rich", "why") + "?person=ada").text


def test_a_segment_says_which_file_it_came_from(staffed: Desk) -> None:
    tea = staffed.engine
    applied(tea, folder_of(tea, segment("buyers", did("Placed Order"))), commit="4f2a91c")
    tea.has(segment("lookers", did("Viewed Product")))
    viewer = staffed.visitor("viewer")
    listed = viewer.get(staffed.path("segments")).text
    assert listed.count("from a file ·") == 1
    shown = viewer.get(staffed.path("segments", "buyers")).text
    assert "segments/buyers.yaml" in shown
    assert "4f2a91c" in shown
    assert "A change made here is shown by the next plan" in shown
    assert "Kept in a file" not in viewer.get(staffed.path("segments", "lookers")).text
    tea.changes(segment("buyers", did("Placed Order", "1 week")))
    assert "It was changed here since then." in viewer.get(staffed.path("segments", "buyers")).text
    assert "from a file, changed since" in viewer.get(staffed.path("segments")).text


def test_while_its_members_are_looked_for_nobody_is_said_to_be_missing(staffed: Desk) -> None:
    create_segment(staffed.store, staffed.shop, HOURLY, staffed.now)
    staffed.engine.happens("#ada", "Placed Order")
    path = staffed.path("segments", "hourly")
    building = staffed.visitor("viewer").get(path).text
    assert "why?person=" not in building, "nobody reads half of a segment"
    assert staffed.visitor("marketer").get(path + "/members.csv").status_code == 409
    assert "Finding its members" in building
    assert "of 0 people" not in building
    assert "Nobody is inside" not in building
    staffed.engine.catches_up()
    assert "why?person=" in staffed.visitor("viewer").get(path).text
    later(staffed, HOUR)
    assert "Nobody is inside" in staffed.visitor("viewer").get(path).text


def test_a_segment_whose_members_cannot_be_found_says_why(staffed: Desk) -> None:
    staffed.engine.happens("#ada", "Placed Order")
    create_segment(staffed.store, staffed.shop, HOURLY, staffed.now)
    note_failure(staffed.store, staffed.shop, OSError("the disk is <full>"))
    path = staffed.path("segments", "hourly")
    viewer = staffed.visitor("viewer")
    page = viewer.get(path).text
    assert "tried again by itself" in page
    assert "OSError: the disk is &lt;full&gt;" in page
    assert "Nobody is inside" not in page
    assert "members not found" in viewer.get(staffed.path("segments")).text
    staffed.engine.catches_up()
    page = viewer.get(path).text
    assert "OSError" not in page
    assert "why?person=" in page


def test_a_member_is_found_by_an_identifier(staffed: Desk) -> None:
    staffed.engine.has(HOURLY)
    for name in ("#ada", "#bob"):
        staffed.engine.happens(name, "Placed Order")
    staffed.engine.happens("#eve", "Viewed Product")
    viewer, path = staffed.visitor("viewer"), staffed.path("segments", "hourly")
    page = viewer.get(f"{path}?member=bob").text.partition('id="members"')[2]
    assert ">bob</bdi></a>" in page
    assert ">ada</a>" not in page
    for nobody in ("eve", "nobody", "%00", "'"):
        assert "Nobody of exactly that identifier" in viewer.get(f"{path}?member={nobody}").text
