"""The builder: documents become rows and rows documents, nothing is lost, two people may edit."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.condition import condition_document, parse_condition
from cartback.domain.event import Json
from cartback.web.console.draft import (
    Group,
    Lacking,
    Node,
    Row,
    Unfinished,
    act,
    document_of,
    draft_of,
    read_draft,
)
from cartback.web.console.property_tests import TESTS
from cartback.web.console.ready import ready_made
from cartback.web.console.rows import document_of_row, fields_of_document
from cartback.web.console.window_fields import WINDOWS
from tests.condition_strategies import conditions
from tests.scenarios.engine_shop import did, segment
from tests.strategies import scenes
from tests.unit.test_segment_docs import CONDITIONS
from tests.web.console.desk import Desk

ABANDONERS = next(iter(ready_made(str, "USD")))


def fields(node: Node, place: str = "c") -> dict[str, str]:
    """A draft as a browser sends it."""
    if isinstance(node, Row):
        sent = {f"{place}:kind": node.kind, f"{place}:tests": str(len(node.tests))}
        sent |= {f"{place}:{name}": value for name, value in node.fields.items()}
        for number, test in enumerate(node.tests):
            sent |= {f"{place}:test{number}.{name}": value for name, value in test.items()}
        return sent
    sent = {
        f"{place}:kind": "group",
        f"{place}:size": str(len(node.of)),
        f"{place}:join": node.join,
    }
    if node.negated:
        sent[f"{place}:negated"] = "on"
    for number, one in enumerate(node.of):
        sent |= fields(one, f"{place}-{number}")
    return sent


def plain(document: Json) -> Json:
    return condition_document(parse_condition(document))


def unwrapped(document: Json) -> Json:
    """Without a group around a single row, which is how the form holds one."""
    while document["kind"] in ("all", "any") and len(document["of"]) == 1:
        [document] = document["of"]
    return document


def never(document: Json) -> Json:
    """That it did not happen at all, as a row says it: exactly 0 times."""
    match document:
        case {"kind": "not", "of": {"kind": "did", "times": {"at_least": 1}} as did}:
            return {**did, "times": {"exactly": 0}}
        case {"kind": "all" | "any", "of": of}:
            return {**document, "of": [never(one) for one in of]}
        case {"kind": "not", "of": of}:
            return {**document, "of": never(of)}
    return document


@given(st.data())
def test_editing_loses_nothing(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    condition = data.draw(conditions(scene, carts=True, segments=("s0",), leaves=8))
    document = condition_document(condition)
    draft = draft_of(document, "USD")
    again = document_of(read_draft(fields(draft)), "USD")
    one, other = (parse_condition(never(unwrapped(told))) for told in (again, document))
    assert one == other


@pytest.mark.parametrize("currency", ["USD", "KRW", "BHD"])
def test_ready_made_segments_are_shown_as_rows(currency: str) -> None:
    for one in ready_made(str, currency):
        draft = draft_of(one.when, currency)
        assert all(isinstance(row, Row) and row.kind != "raw" for row in draft.of), one.key
        assert plain(document_of(draft, currency)) == plain(one.when)


def test_what_the_manual_shows_is_shown_as_rows() -> None:
    """Whatever is left out of a document means what the row says."""
    shown = {one["kind"] for one in CONDITIONS if fields_of_document(one, "USD") is not None}
    asked = ("did", "aggregate", "trait", "stage", "consent", "in_list", "in_segment", "location")
    assert shown == set(asked)
    left_out: list[dict[str, Json]] = [
        {"kind": "did", "metric": "Placed Order"},
        {"kind": "did", "metric": "Placed Order", "within": {"kind": "ever"}},
        {"kind": "consent", "channel": "email"},
        {"kind": "cart"},
        {"kind": "share", "percent": 10},
    ]
    for document in left_out:
        [row] = draft_of(document, "USD").of
        assert isinstance(row, Row)
        assert row.kind == document["kind"]
        [again] = document_of(Group(of=[row]), "USD")["of"]
        assert parse_condition(again) == parse_condition(document)


def test_the_segment_of_the_readme_is_shown_as_rows() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    found = [yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)]
    [document] = [one["when"] for one in found if "when" in one]
    draft = draft_of(document, "USD")
    assert [row.kind for row in draft.of if isinstance(row, Row)] == ["did", "did"]


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "trait", "path": "renewal", "is": "in_next", "value": "14 days"},
        {"kind": "trait", "path": "birthday", "is": "anniversary_today"},
        {"kind": "did", "metric": "x", "within": {"kind": "last", "duration": "9 seconds"}},
        {"kind": "consent", "channel": "kakao"},
        {"kind": "aggregate", "metric": "x", "function": "sum", "path": "v", "is": {"exactly": 1}},
    ],
)
def test_what_no_list_offers_stays_a_document(document: Json) -> None:
    """A list without the value would show another one, and save that."""
    assert fields_of_document(document, "USD") is None


def test_amounts_are_typed_in_the_shops_currency() -> None:
    row = {"status": "abandoned", "worth": "at_least", "value": "1,234.5"}
    assert document_of_row("cart", row, [], "USD")["value"] == {"at_least": 123450}
    assert (
        document_of_row("cart", row | {"value": "50000"}, [], "KRW")["value"]["at_least"] == 50000
    )
    with pytest.raises(ValueError, match="not an amount"):
        document_of_row("cart", row | {"value": "0.5"}, [], "KRW")


def test_every_window_and_test_has_its_row() -> None:
    window = {"n": "2", "unit": "day", "n2": "30", "unit2": "day"}
    window |= {"date": "2026-03-01", "date2": "2026-04-01"}
    for name in WINDOWS:
        row = {"metric": "Placed Order", "window": name, **window}
        document = document_of_row("did", row, [], "USD")
        assert fields_of_document(plain(document), "USD") is not None, name
    for name in TESTS:
        test = {"path": "category", "is": name, "value": "7"}
        document = document_of_row("did", {"metric": "Placed Order"}, [test], "USD")
        shown = fields_of_document(plain(document), "USD")
        assert shown is not None
        assert document_of_row(*shown, "USD") == document


@pytest.mark.parametrize(
    "kind, row",
    [
        ("did", {}),
        ("did", {"metric": "x", "window": "last", "n": ""}),
        ("did", {"metric": "x", "window": "last", "n": "-1"}),
        ("did", {"metric": "x", "window": "after", "date": "tomorrow"}),
        ("did", {"metric": "x" * 300}),
        ("did", {"metric": "x", "times": "at_least", "count": "1.5"}),
        ("trait", {"path": "a..b", "is": "equals", "value": "1"}),
        ("trait", {"path": "a", "is": "at_least", "value": "nan"}),
        ("trait", {"path": "a", "is": "nonsense", "value": "1"}),
        ("in_segment", {}),
        ("share", {"percent": "200"}),
        ("location", {"country": "KR, Korea"}),
        ("raw", {"document": "{"}),
        ("raw", {"document": '{"kind": "did", "metric": "A", "metric": "B"}'}),
        ("raw", {"document": '{"kind": "nothing"}'}),
        ("nonsense", {}),
    ],
)
def test_an_unfinished_row_is_named(kind: str, row: dict[str, str]) -> None:
    with pytest.raises(Unfinished) as error:
        document_of(Group(of=[Row("stage", {}), Row(kind, row)]), "USD")
    assert set(error.value.errors) == {"c-1"}


def test_an_empty_group_is_named() -> None:
    with pytest.raises(Unfinished) as error:
        document_of(Group(of=[Group("any")]), "USD")
    [(place, lacking)] = error.value.errors.items()
    assert isinstance(lacking, Lacking)
    assert (place, lacking.field) == ("c-0", "of")


def test_buttons_change_the_tree() -> None:
    draft = Group(of=[Row("stage")])
    for what in ("add:c", "group:c", "add:c-2", "up:c-2", "test:c-0", "test:c-1-0", "remove:c-0"):
        draft = act(draft, what)
    [group, row] = draft.of
    assert isinstance(group, Group)
    assert isinstance(row, Row)
    assert [type(one) for one in group.of] == [Row, Row]
    assert isinstance(group.of[0], Row)
    assert group.of[0].tests == [{"path": "", "is": "equals", "value": ""}]
    assert act(draft, "untest:c-0-0:0").of


@pytest.mark.parametrize(
    "what", ["", "add", "add:c-9", "remove:c", "up:c-0", "nonsense:c-0", "add:x-0-0", "up:c--"]
)
def test_a_strange_button_changes_nothing(what: str) -> None:
    draft = Group(of=[Row("stage", {"stage": "lead"})])
    assert act(draft, what) == Group(of=[Row("stage", {"stage": "lead"})])


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"c:kind": "did"},
        {"c:size": "999"},
        {"c:size": "-1"},
        {"c:kind": "group", "c:size": "1", "c-0:kind": "group", "c-0:size": "1"},
        {"c-0:tests": "99", "c:size": "1"},
    ],
)
def test_a_strange_form_is_a_draft(form: dict[str, str]) -> None:
    assert isinstance(read_draft(form), Group)


# --- through the page -----------------------------------------------------------------------------


def sent(**head: str) -> dict[str, str]:
    head = {"name": ABANDONERS.name, "key": "", "start": "", "version": "", **head}
    return {**head, **fields(draft_of(ABANDONERS.when, "USD"))}


def typed(html: str) -> dict[str, str]:
    """The fields of the page's form, as a browser without scripts would send them."""
    found = {}
    for tag in re.findall(r"<(?:input|textarea)[^>]*>", html):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(
            r'value="([^"]*)"', options
        )
        found[name] = chosen[1] if chosen else ""
    return found


def when(desk: Desk, key: str) -> Json:
    with desk.store.reading() as reading:
        row = reading.segment(desk.shop, key)
    assert row is not None
    return msgspec.json.decode(row.document)


def test_a_ready_made_segment_is_saved_and_finds_its_people(staffed: Desk) -> None:
    staffed.engine.happens("#ada", "Checkout Started")
    staffed.engine.happens("#bob", "Checkout Started")
    staffed.engine.happens("#bob", "Placed Order")
    marketer = staffed.visitor("marketer")
    page = marketer.get(staffed.path("segments", "new") + f"?start={ABANDONERS.key}").text
    assert not re.search(r'class="figure[^"]*">\s*\d', page), "nobody waits for the count"
    assert 'value="count"' in page, "without scripts a button counts"
    form = typed(page)
    press = fields(draft_of(ABANDONERS.when, "USD")) | {"do": "count"}
    page = marketer.post(staffed.path("segments", "draft"), press).text
    assert re.search(r'class="figure[^"]*">\s*1\s*<', page)
    form.pop("language")
    answer = marketer.post(staffed.path("segments"), form)
    assert answer.status_code == 303
    assert answer.headers["location"] == staffed.path("segments", ABANDONERS.key) + "?saved=1"
    assert plain(when(staffed, ABANDONERS.key)) == plain(ABANDONERS.when)
    assert staffed.written
    staffed.engine.catches_up()
    assert staffed.engine.members(ABANDONERS.key) == {"#ada"} or staffed.engine.members(
        ABANDONERS.key
    ) == {"ada"}
    page = marketer.get(staffed.path("segments", ABANDONERS.key)).text
    assert ">ada<" in page
    with staffed.store.reading() as reading:
        [told] = reading.audit(staffed.shop, 10**9, 9)
    assert (told.who, told.action) == ("marketer@example.com", "made segment")


def test_two_of_one_name_get_two_keys(staffed: Desk) -> None:
    marketer = staffed.visitor("marketer")
    places = [
        marketer.post(staffed.path("segments"), sent(name=name)).headers["location"]
        for name in ("Left", "left!", "최근 이탈 🛒", "مهجور")
    ]
    keys = [place.rpartition("/")[2].partition("?")[0] for place in places]
    assert keys == ["left", "left-2", "segment", "segment-2"]
    page = marketer.get(staffed.path("segments")).text
    assert "최근 이탈 🛒" in page


def test_the_second_of_two_editors_is_told_and_loses_nothing(staffed: Desk) -> None:
    one, two = staffed.visitor("marketer"), staffed.visitor("owner")
    one.post(staffed.path("segments"), sent(name="Left"))
    change = staffed.path("segments", "left", "change")
    mine, theirs = typed(one.get(change).text), typed(two.get(change).text)
    mine["name"], theirs["name"] = "Mine", "Theirs"
    assert two.post(staffed.path("segments"), theirs).status_code == 303
    answer = one.post(staffed.path("segments"), mine)
    assert answer.status_code == 409
    assert "changed this segment meanwhile (" in answer.text
    again = typed(answer.text)
    assert again["name"] == "Mine"
    assert one.post(staffed.path("segments"), again).status_code == 303
    assert ">Mine<" in one.get(staffed.path("segments", "left")).text


@pytest.mark.parametrize("name", ["", " ", "x" * 201])
def test_a_segment_without_a_good_name_is_not_saved(staffed: Desk, name: str) -> None:
    answer = staffed.visitor("marketer").post(staffed.path("segments"), sent(name=name))
    assert answer.status_code == 422
    assert "Give it a name" in answer.text


def test_what_is_missing_is_said_beside_its_row(staffed: Desk) -> None:
    form = {"name": "x", "c:kind": "group", "c:size": "1", "c-0:kind": "did", "c-0:metric": ""}
    answer = staffed.visitor("marketer").post(staffed.path("segments"), form)
    assert answer.status_code == 422
    assert 'class="wrong mt-2" data-lacking="c-0">Choose an event' in answer.text


def test_an_untouched_form_says_calmly_what_to_do(staffed: Desk) -> None:
    page = staffed.visitor("marketer").get(staffed.path("segments", "new")).text
    assert 'class="hint mt-2" data-lacking="c-0">Choose an event, or write its name.' in page
    assert "wrong" not in page


def test_what_is_wrong_is_said_in_korean_too(staffed: Desk) -> None:
    row = {"c:kind": "group", "c:size": "1", "c-0:kind": "share", "c-0:percent": "101"}
    marketer = staffed.visitor("marketer")
    marketer.client.headers["accept-language"] = "ko"
    answer = marketer.post(staffed.path("segments"), {"name": "x", **row})
    assert "비율은 0부터 100까지 쓸 수 있습니다" in answer.text
    assert "is from 0" not in answer.text
    nested = {"name": "Left", "c:kind": "group", "c:size": "1", "c-0:kind": "in_segment"}
    answer = marketer.post(staffed.path("segments"), {**nested, "c-0:segment": "nowhere"})
    assert "“nowhere” 세그먼트가 없습니다" in answer.text


def test_a_segment_that_refers_to_itself_or_to_nothing_is_refused(staffed: Desk) -> None:
    marketer = staffed.visitor("marketer")
    marketer.post(staffed.path("segments"), sent(name="Left"))
    for target in ("left", "nowhere"):
        row = {"c:kind": "group", "c:size": "1", "c-0:kind": "in_segment", "c-0:segment": target}
        form = {"name": "Left", "key": "left", "version": "1", **row}
        assert marketer.post(staffed.path("segments"), form).status_code == 422


def test_counting_while_typing_answers_with_the_part_alone(staffed: Desk) -> None:
    staffed.engine.happens("#ada", "Placed Order")
    marketer = staffed.visitor("marketer")
    headers = {"sec-fetch-site": "same-origin", "hx-request": "true"}
    form = fields(draft_of(did("Placed Order"), "USD"))
    answer = marketer.post(staffed.path("segments", "count"), form, headers)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<section id="result"')
    assert ">ada<" in answer.text
    part = marketer.post(staffed.path("segments", "draft"), form | {"do": "add:c"}, headers)
    assert part.text.lstrip().startswith('<div id="rows"')
    assert part.text.count('name="c-1:kind"') == 1


def test_a_metric_that_is_almost_a_standard_one_and_never_came_is_told(staffed: Desk) -> None:
    def counted(metric: str, language: str = "en") -> str:
        form = fields(draft_of(did(metric), "USD"))
        path = staffed.path("segments", "count")
        headers = {"sec-fetch-site": "same-origin", "accept-language": language}
        answer = staffed.visitor("marketer").post(path, form, headers)
        assert answer.status_code == 200
        return html.unescape(answer.text)

    said = counted("Chekout Started")
    assert "No event called “Chekout Started” has come lately." in said
    assert "Did you mean “Checkout Started”?" in said
    assert "혹시 “Checkout Started”인가요?" in counted("Chekout Started", "ko")
    assert "has come lately" not in counted("Checkout Started") + counted("Waved")
    staffed.engine.happens("#ada", "Chekout Started")
    assert "has come lately" not in counted("Chekout Started")


def test_without_scripts_a_button_answers_with_the_page(staffed: Desk) -> None:
    marketer = staffed.visitor("marketer")
    form = typed(marketer.get(staffed.path("segments", "new")).text)
    page = marketer.post(staffed.path("segments", "draft"), form | {"do": "group:c"}).text
    assert "<html" in page
    assert "c-1-0:kind" in typed(page)


def test_names_and_values_are_never_markup(staffed: Desk) -> None:
    evil = '"><script>alert(1)</script>'
    form: Mapping[str, str] = sent(name=evil) | {"c-0:metric": evil}
    page = staffed.visitor("marketer").post(staffed.path("segments", "draft"), form).text
    assert "<script>alert" not in page


def test_a_segment_is_archived_but_not_while_another_needs_it(staffed: Desk) -> None:
    staffed.engine.has(segment("buyers", did("Placed Order")))
    staffed.engine.has(segment("others", {"kind": "in_segment", "segment": "buyers"}))
    marketer = staffed.visitor("marketer")
    asked = marketer.get(staffed.path("segments", "others", "archive"))
    assert "Archive this segment?" in asked.text
    answer = marketer.post(staffed.path("segments", "buyers", "archive"))
    assert answer.status_code == 409
    assert "Other segments refer to this one: “Others”." in answer.text
    assert marketer.post(staffed.path("segments", "others", "archive")).status_code == 303
    assert marketer.get(staffed.path("segments", "others", "archive")).status_code == 404
    assert "Archived." in marketer.get(staffed.path("segments") + "?archived=others").text


def test_archiving_is_undone_by_a_press_at_once_or_later(staffed: Desk) -> None:
    staffed.engine.has(segment("buyers", did("Placed Order")))
    marketer, viewer = staffed.visitor("marketer"), staffed.visitor("viewer")
    list_, one = staffed.path("segments"), staffed.path("segments", "buyers")
    restore = f'action="{one}/restore"'
    after = marketer.post(f"{one}/archive").headers["location"]
    for path in (after, f"{list_}?show=archived", one):
        assert restore in marketer.get(path).text, path
        assert restore not in viewer.get(path).text, path
    assert "This segment is archived" in viewer.get(one).text
    assert "1 archived segment" in marketer.get(list_).text
    restored = marketer.post(f"{one}/restore")
    assert "Restored." in marketer.get(restored.headers["location"]).text
    again = marketer.post(f"{one}/restore")
    assert again.headers["location"] == one, "it is at work already"
    assert "archived segment" not in marketer.get(list_).text
    assert marketer.post(staffed.path("segments", "nothing", "restore")).status_code == 404
    assert (
        "restored the segment"
        in staffed.visitor("owner").get(staffed.path("settings", "changes")).text
    )


def test_what_refers_to_an_archived_one_is_restored_after_it(staffed: Desk) -> None:
    staffed.engine.has(segment("buyers", did("Placed Order")))
    staffed.engine.has(segment("others", {"kind": "in_segment", "segment": "buyers"}))
    marketer = staffed.visitor("marketer")
    for key in ("others", "buyers"):
        marketer.post(staffed.path("segments", key, "archive"))
    answer = marketer.post(staffed.path("segments", "others", "restore"))
    assert answer.status_code == 409
    assert "Restore that one first" in answer.text


def test_what_was_archived_meanwhile_is_kept_and_saved_as_another_one(staffed: Desk) -> None:
    staffed.engine.has(segment("buyers", did("Placed Order")))
    marketer = staffed.visitor("marketer")
    marketer.post(staffed.path("segments", "buyers", "archive"))
    form = sent(name="Buyers") | {"key": "buyers", "version": "1"}
    answer = marketer.post(staffed.path("segments"), form)
    assert answer.status_code == 409
    assert "was archived meanwhile" in answer.text
    assert 'name="key" value=""' in answer.text
    answer = marketer.post(staffed.path("segments"), form | {"key": "", "version": ""})
    assert answer.headers["location"].endswith("/segments/buyers-2?saved=1")
    with staffed.store.reading() as reading:
        old = reading.segment(staffed.shop, "buyers")
        assert old is not None
        assert (old.status, old.version) == ("archived", 1)
        [made] = reading.segment_versions(staffed.shop, "buyers-2", 99, 9)
        assert made.by == "marketer@example.com"


def test_one_that_is_called_as_a_page_of_the_console_is_found_beside_it(staffed: Desk) -> None:
    marketer = staffed.visitor("marketer")
    answer = marketer.post(staffed.path("segments"), sent(name="New"))
    assert answer.headers["location"] == staffed.path("segments", "new-1") + "?saved=1"
    assert marketer.get(answer.headers["location"]).status_code == 200
