"""Mail comes back by real SMTP: its message, the person's log and the suppression list say so."""

from __future__ import annotations

import smtplib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cartback.channels.email.message import ReturnPath
from cartback.config import BadConfig, Config, read_config
from cartback.domain.law.terms import Bar
from cartback.domain.message import Accepted
from cartback.engine.deliver import Sending
from cartback.wiring.returned import return_path, returned_mail
from tests.email.test_email_bounces import ARF, POSTFIX
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_bounces import barred, message, noted, sending

__all__ = ["sending"]

DEAD = {"action": "failed", "status": "5.1.1", "said": "550 5.1.1 no such user"}


@dataclass
class Door:
    """Where mail comes back to, and what became of it."""

    port: int
    returns: ReturnPath
    counts: Counter[str] = field(default_factory=Counter)

    def brings(self, text: str, to: str, sender: str = "") -> tuple[int, bytes]:
        """A server brings it; what it was told at the end."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as client:
            client.ehlo("mx.example")
            client.mail(sender)
            code, said = client.rcpt(to)
            if code != 250:
                return code, said
            return client.data(text.replace("\n", "\r\n"))


@pytest.fixture
def door(shop: EngineShop, tmp_path: Path) -> Iterator[Door]:
    config = Config(
        database="", data=tmp_path, bounce_domain="bounces.shop.example", bounce_port=0,
        bounce_host="127.0.0.1",
    )  # fmt: skip
    returns = return_path(config, shop.store)
    assert returns is not None
    counts: Counter[str] = Counter()
    taking = returned_mail(
        config, shop.store, shop.rulebook, lambda: shop.now, lambda fate: counts.update([fate])
    )
    assert taking is not None
    yield Door(taking.start(), returns, counts)
    taking.stop()


def test_a_dead_address_is_not_written_to_again(
    shop: EngineShop, sending: Sending, door: Door
) -> None:
    noted(shop, sending, Accepted("250 ok"))
    to = door.returns.address(sending.message.key)
    text = POSTFIX.format(to=to, **DEAD)
    assert door.brings(text, to)[0] == 250
    assert door.brings(text, to.upper())[0] == 250, "servers may change the case; twice is once"
    assert message(shop, sending).status == "bounced"
    assert barred(shop) == Bar.BOUNCED
    assert shop.metrics().count("Bounced Email") == 1
    assert door.counts == {"kept": 2}


def test_a_complaint_counts_although_it_names_another_address(
    shop: EngineShop, sending: Sending, door: Door
) -> None:
    noted(shop, sending, Accepted("250 ok"))
    to = door.returns.address(sending.message.key)
    assert door.brings(ARF.format(to=to, kind="abuse"), to)[0] == 250
    assert (message(shop, sending).status, barred(shop)) == ("complained", Bar.COMPLAINED)


def test_a_strangers_mail_is_refused_and_counted(
    shop: EngineShop, sending: Sending, door: Door
) -> None:
    noted(shop, sending, Accepted("250 ok"))
    forged = f"b-{sending.message.key}-aaaaaaaaaa@bounces.shop.example"
    for to in (forged, "owner@shop.example", "postmaster@bounces.shop.example"):
        assert door.brings(POSTFIX.format(to=to, **DEAD), to)[0] == 550
    assert message(shop, sending).status == "sent"
    assert barred(shop) is None
    assert door.counts == {"stranger": 3}


def test_what_reports_nothing_changes_nothing(
    shop: EngineShop, sending: Sending, door: Door
) -> None:
    noted(shop, sending, Accepted("250 ok"))
    to = door.returns.address(sending.message.key)
    away = f"From: ada@example.com\nTo: {to}\nSubject: On holiday\n\nBack on Monday.\n"
    assert door.brings(away, to, sender="ada@example.com")[0] == 250
    assert door.brings(away, door.returns.address("m-of-long-ago"))[0] == 250
    assert door.brings(POSTFIX.format(to="x", **DEAD), door.returns.address("gone"))[0] == 250
    assert message(shop, sending).status == "sent"
    assert door.counts == {"no_report": 2, "unknown": 1}


def test_what_cannot_be_written_comes_again(
    shop: EngineShop, sending: Sending, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(shop, sending, Accepted("250 ok"))
    to = door.returns.address(sending.message.key)

    def fails(*_: object) -> bool:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("cartback.wiring.returned.take_back", fails)
        assert door.brings(POSTFIX.format(to=to, **DEAD), to)[0] == 451
    assert door.counts == {"failed": 1}
    assert door.brings(POSTFIX.format(to=to, **DEAD), to)[0] == 250
    assert barred(shop) == Bar.BOUNCED


def test_a_port_without_a_domain_is_refused() -> None:
    with pytest.raises(BadConfig, match="BOUNCE_DOMAIN"):
        read_config({"CARTBACK_BOUNCE_PORT": "2525"})
    there = {"CARTBACK_BOUNCE_PORT": "2525", "CARTBACK_BOUNCE_DOMAIN": "Bounces.shop.example"}
    found = read_config(there)
    assert (found.bounce_domain, found.bounce_port) == ("bounces.shop.example", 2525)
