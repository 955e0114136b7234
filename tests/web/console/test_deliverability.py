"""Deliverability in the console: rates of thirty days, and what a real name server says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import unescape

import msgspec
import pytest

from cartback.channels.email.look_up import Dns
from cartback.domain.instant import DAY
from cartback.engine.deliverability import Finding, examine
from cartback.engine.flow_ports import MessageStatus
from cartback.engine.flows import create_flow
from cartback.engine.mailing import set_mailing
from tests.contracts.made import a_message
from tests.email.dns_server import Zone, name_server
from tests.email.test_email_deliverability import GOOD, OURS
from tests.web.console.automations import SERIES
from tests.web.console.desk import Desk


@pytest.fixture
def shop(staffed: Desk) -> Desk:
    """With a sender, and a flow."""
    create_flow(staffed.store, staffed.shop, "cart", SERIES, staffed.now)
    set_mailing(staffed.store, staffed.shop, {"sender": "Hello@Shop.example"})
    return staffed


def were(
    shop: Desk, status: MessageStatus, count: int, ago: int = 1, channel: str = "email"
) -> None:
    """So many messages of so many days ago fared like that."""
    at = shop.now - ago * DAY
    rows = [
        msgspec.structs.replace(
            a_message(f"{channel}-{status}-{ago}-{number}", at=at), status=status, channel=channel
        )
        for number in range(count)
    ]
    with shop.store.transaction() as tx:
        tx.queue(shop.shop, rows)


def asks(shop: Desk, zone: Zone) -> Callable[[str], Sequence[Finding]]:
    def look(domain: str) -> Sequence[Finding]:
        assert domain == "shop.example"
        with name_server(zone) as server:
            return examine(OURS, Dns(*server))

    return look


def test_rates_are_of_thirty_days(shop: Desk) -> None:
    were(shop, "sent", 990)
    were(shop, "complained", 4)
    were(shop, "bounced", 6)
    were(shop, "bounced", 500, ago=31)
    were(shop, "sent", 9_000, channel="webhook")
    page = shop.visitor("viewer").get(shop.path("settings", "deliverability")).text
    assert "1,000" in page
    assert "0.4%" in page
    assert "0.6%" in page
    assert 'state-wrong">To be mended' in page
    assert 'state-well">In order' in page


def test_before_anything_is_set_up_it_leads_to_where_it_is(staffed: Desk) -> None:
    page = staffed.visitor("viewer").get(staffed.path("settings", "deliverability")).text
    assert staffed.path("settings", "mail") in page
    assert "No mail was handed over in thirty days" in page


def test_of_few_mails_no_rate_is_told_and_how_many_are_missing(shop: Desk) -> None:
    were(shop, "sent", 59)
    were(shop, "bounced", 1)
    viewer, at = shop.visitor("viewer"), shop.path("settings", "deliverability")
    page = viewer.get(at).text
    assert "40 more mails, and the rates stand here" in page
    assert "1.67%" not in page, "a share of few says nothing"
    assert "Not known" not in page
    assert "40통을 더 보내면 비율을 볼 수 있어요" in viewer.get(at, accept_language="ko").text
    were(shop, "sent", 40, ago=2)
    assert "1%" in viewer.get(at).text


def test_what_is_missing_is_shown_to_be_copied(shop: Desk) -> None:
    shop.domain = asks(shop, {})
    shop.serves_anew()
    at = shop.path("settings", "deliverability", "domain")
    viewer = shop.visitor("viewer")
    part = unescape(viewer.get(at, hx_request="true").text)
    assert "<html" not in part
    assert "cartback._domainkey.shop.example" in part
    assert f"p={OURS.key}" in part
    assert "<html" in viewer.get(at).text, "without scripts it is a page"


def test_what_is_well_says_so_in_korean(shop: Desk) -> None:
    shop.domain = asks(shop, GOOD)
    shop.serves_anew()
    viewer = shop.visitor("viewer")
    viewer.client.cookies.set("cartback_language", "ko")
    at = shop.path("settings", "deliverability", "domain")
    part = viewer.get(at, hx_request="true").text
    assert part.count("정상") == 5
    assert "서명을 확인할 수 있어요." in part


def test_the_pace_is_set_and_what_waits_is_shown(shop: Desk) -> None:
    at, owner = shop.path("settings", "deliverability"), shop.visitor("owner")
    typed = {"a_minute": "60", "an_hour": "", "warm_up": "2026-03-02"}
    assert owner.post(f"{at}/pace", typed).status_code == 303
    page = owner.get(at).text
    assert 'value="60"' in page
    assert "Today at most 50 mails leave." in page
    later = msgspec.structs.replace(
        a_message("m1", at=shop.now),
        due=shop.now + DAY,
        error="held: 60 a minute to gmail.com",
        recipient="ada@gmail.com",
    )
    with shop.store.transaction() as tx:
        tx.queue(shop.shop, [later, msgspec.structs.replace(later, key="m2", error="421 later")])
    page = shop.visitor("viewer").get(at).text
    assert "60 a minute to gmail.com" in page
    assert "421 later" in page
    assert "changed how fast mail leaves" in owner.get(shop.path("settings", "changes")).text


def test_a_pace_that_is_none_is_told_at_its_field(shop: Desk) -> None:
    at, owner = shop.path("settings", "deliverability"), shop.visitor("owner")
    wrong = {"a_minute": "many", "an_hour": "7", "warm_up": "soon"}
    answer = owner.post(f"{at}/pace", wrong)
    assert answer.status_code == 422
    assert 'value="many"' in answer.text
    assert 'id="wrong-warm_up"' in answer.text
    assert 'id="wrong-an_hour"' not in answer.text
