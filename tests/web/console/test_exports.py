"""Lists as CSV: whole, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from cartback.domain.instant import HOUR
from cartback.web.console.sheet import safe, written
from tests.scenarios.engine_shop import did, segment
from tests.web.console.desk import Desk, Visitor


def rows(visitor: Visitor, path: str) -> list[dict[str, str]]:
    answer = visitor.get(path)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize(
    "cell, shown",
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\t=1", "'\t=1"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("\uff1d1", "'\uff1d1"),
        ("+821012345678", "+821012345678"),
        ("-12.50", "-12.50"),
        ("ada@example.com", "ada@example.com"),
        ("", ""),
    ],
)
def test_a_formula_is_told_to_be_text(cell: str, shown: str) -> None:
    assert safe(cell) == shown


def test_a_cell_cannot_leave_its_cell() -> None:
    assert written([['a","=1', "b"]]) == '"a"",""=1",b\r\n'


def test_everybody_is_downloaded(staffed: Desk) -> None:
    for number in range(501):
        staffed.engine.happens(f"#p{number}", "Viewed Product")
    staffed.engine.happens("#eve", "Identified", traits={"name": "=HYPERLINK(1)"})
    found = rows(staffed.visitor("marketer"), staffed.path("people.csv"))
    assert len(found) == 502
    assert found[0]["external_id"] == "p0"
    assert found[-1]["name"] == "'=HYPERLINK(1)"
    told = staffed.visitor("owner").get(staffed.path("settings", "changes")).text
    assert "downloaded the list" in told


def test_carts_and_segments_are_downloaded(staffed: Desk) -> None:
    staffed.engine.has(segment("buyers", did("Placed Order")))
    line = {"product_id": "tea", "name": "Green, tea", "price": 617, "quantity": 2}
    staffed.engine.happens("#ada", "Checkout Started", value=1234, currency="EUR", lines=[line])
    staffed.engine.passes(2 * HOUR)
    staffed.now = staffed.engine.now
    marketer = staffed.visitor("marketer")
    [cart] = rows(marketer, staffed.path("carts.csv"))
    assert (cart["external_id"], cart["value"], cart["currency"]) == ("ada", "12.34", "EUR")
    assert (cart["items"], cart["lines"]) == ("2", "Green, tea")
    [one] = rows(marketer, staffed.path("segments.csv"))
    assert (one["key"], one["members"], one["status"]) == ("buyers", "0", "live")
    assert "carts.csv" in marketer.get(staffed.path("carts")).text
    assert "carts.csv" not in staffed.visitor("viewer").get(staffed.path("carts")).text


def test_who_changed_what_is_downloaded(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    owner.post(staffed.path("settings", "keys"), {"kind": "public", "label": "=1+1"})
    found = rows(owner, staffed.path("settings", "changes.csv"))
    assert [one["action"] for one in found] == ["downloaded list", "made key"]
    assert '"label":"=1+1"' in found[1]["detail"]


def test_everybody_is_listed_page_by_page(staffed: Desk) -> None:
    for number in range(60):
        staffed.engine.happens(f"#p{number:02}", "Viewed Product")
    viewer = staffed.visitor("viewer")
    first = viewer.get(staffed.path("people") + "?list=all").text
    assert first.count(">p") >= 50
    assert "after=50" in first
    second = viewer.get(staffed.path("people") + "?list=all&after=50").text
    assert ">p59<" in second
    assert ">p49<" not in second
    assert "after=" not in second


def test_many_segments_are_listed_page_by_page(staffed: Desk) -> None:
    for number in range(53):
        staffed.engine.has(segment(f"s-{number:02}", did("Viewed Product")))
    viewer = staffed.visitor("viewer")
    first = viewer.get(staffed.path("segments")).text
    assert "/segments/s-49" in first
    assert "/segments/s-50" not in first
    assert "from=50" in first
    second = viewer.get(staffed.path("segments") + "?from=50").text
    assert "/segments/s-52" in second
    assert "from=0" in second
