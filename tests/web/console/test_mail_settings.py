"""Settings of e-mail: who the mail is from, and the contact rules, with what is wrong in place."""

from __future__ import annotations

import pytest

from cartback.domain.contact import ChannelRules, ContactRules
from cartback.domain.law.terms import Choice
from cartback.engine.flows import change_contact_rules
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.rulebook import present_rules
from tests.web.console.desk import Desk

MAILING = {
    "sender": "hello@shop.example",
    "name": "Tea <and> cake",
    "reply_to": "",
    "postal": "1 Tea Street, Leeds",
    "phone": "",
    "url": "https://shop.example",
    "logo": "",
    "code_url": "https://shop.example/discount/{code}",
    "origins": "https://m.shop.example/ https://SHOP.example:8443",
    "language": "ko",
    "clicks": "on",
}
RULES = {
    "gap": "1",
    "gap_unit": "day",
    "a_week": "3",
    "quiet_from": "21:00",
    "quiet_until": "08:00",
}


def mailing(desk: Desk) -> Mailing | None:
    with desk.store.reading() as reading:
        return mailing_of(reading, desk.shop)


def contact(desk: Desk) -> ContactRules:
    with desk.store.reading() as reading:
        return present_rules(reading, desk.shop).contact


def test_it_is_set_up_and_shown_again(staffed: Desk) -> None:
    owner, path = staffed.visitor("owner"), staffed.path("settings", "mail")
    assert "No mail leaves" in owner.get(path).text
    assert owner.post(path, MAILING).headers["location"] == path + "?saved=1"
    assert mailing(staffed) == Mailing(
        "hello@shop.example",
        "Tea <and> cake",
        postal="1 Tea Street, Leeds",
        url="https://shop.example",
        code_url="https://shop.example/discount/{code}",
        origins=("https://m.shop.example", "https://shop.example:8443"),
        language="ko",
        opens=False,
    )
    page = owner.get(path).text
    assert "No mail leaves" not in page
    assert 'value="Tea &lt;and&gt; cake"' in page
    assert 'value="https://m.shop.example https://shop.example:8443"' in page
    assert "changed who mail is from" in owner.get(staffed.path("settings", "changes")).text


@pytest.mark.parametrize(
    "name, value",
    [
        ("sender", ""),
        ("sender", "nobody"),
        ("reply_to", "a b@c"),
        ("url", "shop.example"),
        ("logo", "javascript:alert(1)"),
        ("language", "xx"),
        ("postal", "x" * 301),
    ],
)
def test_what_is_wrong_is_told_in_its_place_and_nothing_typed_is_lost(
    staffed: Desk, name: str, value: str
) -> None:
    path = staffed.path("settings", "mail")
    answer = staffed.visitor("owner").post(path, {**MAILING, name: value})
    assert answer.status_code == 422
    assert answer.text.count('class="wrong"') == 1
    assert f'id="wrong-{name}"' in answer.text
    assert "1 Tea Street" in answer.text or name == "postal"
    assert mailing(staffed) is None


def test_contact_rules_are_set_and_what_the_law_leaves_stays(staffed: Desk) -> None:
    home = ContactRules(consent=Choice(home="KR"))
    change_contact_rules(staffed.store, staffed.shop, lambda _: home)
    path = staffed.path("settings", "mail", "rules")
    assert staffed.visitor("owner").post(path, RULES).status_code == 303
    rules = ChannelRules("1 day", 3, "21:00", "08:00")
    assert contact(staffed) == ContactRules(rules, Choice(home="KR"))
    told = staffed.visitor("owner").get(staffed.path("settings", "changes")).text
    assert "at least: <bdi>24 hours</bdi> · In seven days, at most: <bdi>3</bdi>" in told
    staffed.visitor("owner").post(path, {**RULES, "quiet_from": "", "quiet_until": ""})
    assert contact(staffed).email == ChannelRules("1 day", 3)


@pytest.mark.parametrize(
    "name, value",
    [
        ("gap", "soon"),
        ("a_week", "0"),
        ("a_week", "51"),
        ("a_week", "9" * 5_000),
        ("quiet_from", ""),
        ("quiet_from", "08:00"),
        ("quiet_from", "25:00"),
    ],
)
def test_a_rule_that_is_none_is_told_in_its_place(staffed: Desk, name: str, value: str) -> None:
    path = staffed.path("settings", "mail", "rules")
    answer = staffed.visitor("owner").post(path, {**RULES, name: value})
    assert answer.status_code == 422
    assert answer.text.count('class="wrong"') == 1
    assert f'id="wrong-{name}"' in answer.text
    assert contact(staffed) == ContactRules()
