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


def were(shop: Desk, status: MessageStatus, count: int, ago: int = 1) -> None:
    """So many messages of so many days ago fared like that."""
    at = shop.now - ago * DAY
    rows = [
        msgspec.structs.replace(a_message(f"{status}-{ago}-{number}", at=at), status=status)
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
    page = shop.visitor("viewer").get(shop.path("settings", "deliverability")).text
    assert "1,000" in page
    assert "0.4%" in page
    assert "0.6%" in page
    assert 'state-wrong">To be mended' in page
    assert 'state-well">In order' in page


def test_before_anything_is_set_up_it_leads_to_where_it_is(staffed: Desk) -> None:
    page = staffed.visitor("viewer").get(staffed.path("settings", "deliverability")).text
    assert staffed.path("settings", "mail") in page
    assert "Too few mails" in page


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
