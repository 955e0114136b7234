"""Consent in the console: what the shop chooses, and who must not be written to."""

from __future__ import annotations

from html import unescape

import pytest

from cartback.domain.instant import DAY
from cartback.domain.law.terms import Bar
from cartback.engine.flows import set_status
from cartback.engine.mailing import set_mailing
from cartback.engine.permission import choice_of
from cartback.engine.suppression_list import suppression
from tests.scenarios.engine_shop import event
from tests.web.console.desk import OURS, Desk

CHOSEN = {
    "home": "KR",
    "ask": "consent",
    "soft_opt_in": "on",
    "soft_opt_in_days": "180",
    "double_opt_in": "de, at de",
}


def test_what_an_owner_chooses_is_kept_and_shown(staffed: Desk) -> None:
    owner, at = staffed.visitor("owner"), staffed.path("settings", "consent")
    assert owner.post(at, CHOSEN).status_code == 303
    with staffed.store.reading() as reading:
        choice = choice_of(reading, staffed.shop)
    assert (choice.home, choice.ask, choice.soft_opt_in) == ("KR", "consent", True)
    assert (choice.soft_opt_in_for, choice.double_opt_in) == (180 * DAY, ("DE", "AT"))
    page = owner.get(at).text
    assert 'value="DE AT"' in page
    assert '<option value="KR" selected' in page
    assert (
        "changed what is chosen within the law"
        in owner.get(staffed.path("settings", "changes")).text
    )


@pytest.mark.parametrize(
    "field, value",
    [("home", "XX"), ("soft_opt_in_days", "0"), ("soft_opt_in_days", "x"), ("double_opt_in", "D")],
)
def test_what_is_no_choice_is_told_at_its_field(staffed: Desk, field: str, value: str) -> None:
    answer = staffed.visitor("owner").post(
        staffed.path("settings", "consent"), CHOSEN | {field: value}
    )
    assert answer.status_code == 422
    assert f'id="wrong-{field}"' in answer.text
    with staffed.store.reading() as reading:
        assert choice_of(reading, staffed.shop).ask == "law"


def test_a_person_and_the_settings_say_when_a_yes_is_told_of(staffed: Desk) -> None:
    """Korea, every two years: nobody does it, then the automation, then it was done."""
    owner, engine = staffed.visitor("owner"), staffed.engine
    owner.post(staffed.path("settings", "consent"), CHOSEN | {"double_opt_in": ""})
    engine.happens("#ada ada@example.com", "Subscribed", channel="email")
    settings, person = staffed.path("settings", "consent"), staffed.path("people", 1)
    assert "No automation does it yet" in owner.get(settings).text
    page = owner.get(person).text
    assert "Not told of the yes yet" in page
    assert "To be told again before 1 Mar 2028, 15:00 (Korea)" in page
    assert "No automation does it." in page
    owner.post(staffed.path("flows"), {"ready": "consent-confirm"})
    set_mailing(staffed.store, staffed.shop, {"sender": "hello@shop.example"})
    set_status(staffed.store, staffed.shop, "consent-confirm", "live", staffed.now)
    engine.catches_up()
    assert "No automation does it yet" not in owner.get(settings).text
    assert "The automation does it 31 Jan 2028, 10:00." in owner.get(person).text
    told = event("#ada ada@example.com", "Received Email", engine.now + DAY, purpose="notice")
    engine.send(told)
    page = owner.get(person).text
    assert "Told of the yes" in page
    assert "To be told again before 2 Mar 2028, 15:00 (Korea)" in page
    assert "동의 사실을 알린 때" in owner.get(person, accept_language="ko").text
    engine.happens("#bob", "Subscribed", at=engine.now - 750 * DAY, channel="email")
    late = owner.get(staffed.path("people", 2)).text
    assert "no advertising leaves until they are told" in late


def suppress(desk: Desk, address: str, reason: Bar) -> None:
    with desk.store.transaction() as tx:
        tx.suppress(desk.shop, [suppression("email", address, reason, desk.now, "a test")])


def listed(desk: Desk) -> list[str]:
    with desk.store.reading() as reading:
        return [one.address for one in reading.suppressions(desk.shop, "email", "", 99)]


def test_addresses_are_put_on_the_list_and_found(staffed: Desk) -> None:
    marketer, at = staffed.visitor("marketer"), staffed.path("settings", "suppressions")
    marketer.post(at, {"addresses": "Ada@Example.com\nbob@example.com\n"})
    assert listed(staffed) == ["ada@example.com", "bob@example.com"]
    page = marketer.get(f"{at}?q=ada@example.com").text
    assert "ada@example.com" in page
    assert ">bob@example.com" not in page
    text = marketer.get(f"{at}.csv").text
    assert "bob@example.com,by_hand,import" in text
    staffed.visitor("marketer").post(at, {"addresses": "x@example.com,bounced,elsewhere"})
    assert "bounced" in marketer.get(f"{at}.csv").text


def test_what_is_no_address_is_told_and_kept(staffed: Desk) -> None:
    marketer, at = staffed.visitor("marketer"), staffed.path("settings", "suppressions")
    answer = marketer.post(at, {"addresses": "ada@example.com\nnot one"})
    assert answer.status_code == 422
    assert "“not one” is no e-mail address." in unescape(answer.text)
    assert "ada@example.com\nnot one" in answer.text.replace("\r\n", "\n")
    assert listed(staffed) == []


def test_taking_one_off_warns_by_its_reason_and_is_noted(staffed: Desk) -> None:
    suppress(staffed, "ada@example.com", Bar.COMPLAINED)
    marketer, at = staffed.visitor("marketer"), staffed.path("settings", "suppressions", "remove")
    assert "marked a mail as spam" in marketer.get(f"{at}?address=ada@example.com").text
    assert listed(staffed) == ["ada@example.com"], "looking changes nothing"
    assert marketer.post(at, {"do": "ada@example.com"}).status_code == 303
    assert listed(staffed) == []
    assert marketer.post(at, {"do": "ada@example.com"}).status_code == 404
    changes = staffed.visitor("owner").get(staffed.path("settings", "changes")).text
    assert "took off the suppression list" in changes


def test_rows_without_an_address_are_told_of(staffed: Desk) -> None:
    marketer, at = staffed.visitor("marketer"), staffed.path("settings", "suppressions")
    rows = "a@example.com, bounced, old shop\nnobody,bounced\nb@example.com,spamtrap"
    answer = marketer.post(at, {"addresses": rows})
    shown = unescape(answer.text)
    assert "1 address is new on the list. 1 row holds no e-mail address and was left out." in shown
    assert "1 row has an unknown reason and was left out." in shown
    reasons = "bounced, complained, unsubscribed, by_hand"
    assert f"Line 3: “spamtrap” is no reason; the reasons are {reasons}." in shown
    rest = "nobody,bounced\nb@example.com,spamtrap</textarea>"
    assert rest in shown.replace("\r\n", "\n"), "they stay, to be mended"
    assert listed(staffed) == ["a@example.com"]
    answer = marketer.post(at, {"addresses": "a@example.com,bounced\nb@example.com,bounced"})
    shown = marketer.get(answer.headers["location"]).text
    assert "1 address is new on the list. 1 was on it already." in shown
    korean = marketer.post(
        at, {"addresses": "c@example.com,스팸"}, {**OURS, "accept-language": "ko"}
    )
    assert f"1행: “스팸”은 사유가 아니에요. 쓸 수 있는 사유: {reasons}." in unescape(korean.text)


def test_a_long_list_has_pages(staffed: Desk) -> None:
    for number in range(60):
        suppress(staffed, f"p{number:02}@example.com", Bar.BOUNCED)
    viewer, at = staffed.visitor("viewer"), staffed.path("settings", "suppressions")
    first = viewer.get(at).text
    assert "p49@example.com" in first
    assert "p50@example.com" not in first
    assert "p59@example.com" in viewer.get(f"{at}?after=p49@example.com").text
