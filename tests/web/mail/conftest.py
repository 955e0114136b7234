"""A shop that sent a mail about a cart, and the links of that mail answered in memory."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from cartback.channels.email.postman import EmailPostman
from cartback.domain.drop import DropReason
from cartback.domain.event import Event, Metric, ShopId
from cartback.domain.instant import HOUR
from cartback.domain.message import Outgoing
from cartback.engine.deliver import deliver
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flows import create_flow, set_status
from cartback.engine.intake import Receipt
from cartback.engine.mailing import set_mailing
from cartback.engine.shops import create_shop
from cartback.engine.signing import stored_signer
from cartback.engine.templates import save_template
from cartback.engine.tokens import Kind, Tokens, stored_tokens
from cartback.store import DatabaseStore, open_store
from cartback.web.mail.app import mail_links
from cartback.web.mail.ground import Ground
from cartback.wiring.email import email_composer, email_viewer
from tests.scenarios.engine_shop import EngineShop, people
from tests.scenarios.mail_shop import Kept

BASE = "https://carts.shop.example"
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
SHOP = "https://shop.example"
TEMPLATE: dict[str, Any] = {
    "subject": "Still thinking?",
    "blocks": [
        {"kind": "heading", "text": "You left {{ cart.count }} behind"},
        {"kind": "text", "text": "[Look](https://shop.example/a?b=1&c=2)"},
        {"kind": "text", "text": "[More](https://shop.example/more)"},
        {"kind": "text", "text": "[Most](https://shop.example/most)"},
        {"kind": "button", "text": "Back", "url": "{{ links.restore }}"},
        {"kind": "text", "text": "[In a browser]({{ links.view }})"},
        {"kind": "footer", "text": "You get this because you left a cart."},
    ],
}
FLOW: dict[str, Any] = {
    "name": "Cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [{"kind": "email", "key": "help", "template": "help"}],
}
ADA = "ada@example.com"


@dataclass
class Post:
    """The shop, what it sent, and a browser without cookies."""

    store: DatabaseStore
    engine: EngineShop = field(init=False)
    shop: ShopId = field(init=False)
    other: ShopId = field(init=False)
    mail: Outgoing = field(init=False)
    hooks: dict[str, Any] = field(default_factory=dict)
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.shop = create_shop(self.store, "Mugs", 0).shop.id
        self.other = create_shop(self.store, "Others", 0).shop.id
        self.engine = EngineShop(self.store, self.shop)
        self.set_up()
        self.leaves()
        [self.mail] = self.sends()
        app = mail_links(self.ground())
        self.client = TestClient(
            app,
            base_url=BASE,
            follow_redirects=False,
            headers=BROWSER,
            raise_server_exceptions=False,
        )
        self.engine.now += HOUR

    def set_up(self, **mailing: object) -> None:
        document = {"sender": "hello@shop.example", "name": "Mugs", "url": SHOP, **mailing}
        set_mailing(self.store, self.shop, document)
        with self.store.reading() as reading:
            if reading.flow(self.shop, "cart") is not None:
                return
        now = self.engine.now
        save_template(self.store, self.shop, "help", "Help", TEMPLATE, now)
        create_flow(self.store, self.shop, "cart", FLOW, now)
        set_status(self.store, self.shop, "cart", "live", now)
        self.engine.catches_up()

    def leaves(self, who: str = ADA, url: str = f"{SHOP}/cart?lang=en") -> None:
        self.engine.happens(who, Metric.SUBSCRIBED, channel="email")
        line = {"product_id": "mug", "name": "Blue <mug>", "price": 900, "quantity": 2}
        more = {"currency": "EUR", "lines": [line], "cart_url": url}
        self.engine.happens(who, Metric.CART_UPDATED, cart_id=f"c-{who}", **more)
        self.engine.passes(HOUR)

    def sends(self) -> list[Outgoing]:
        channel = Kept()
        engine = self.engine
        composer = email_composer(self.store, engine.rulebook, lambda: engine.now, lambda: BASE)
        postman = EmailPostman(composer.compose, channel)
        asyncio.run(deliver(self.store, engine.rulebook, lambda: engine.now, postman))
        return channel.mails

    def ground(self) -> Ground:
        engine = self.engine
        return Ground(
            store=self.store,
            rulebook=engine.rulebook,
            clock=lambda: engine.now,
            receive=self._receive,
            tokens=cache(lambda: stored_tokens(self.store)),
            signer=cache(lambda: stored_signer(self.store)),
            view=email_viewer(self.store, engine.rulebook, lambda: engine.now, lambda: BASE),
            hooks=self.hooks,
        )

    async def _receive(
        self, shop: ShopId, events: Sequence[Event], drops: Mapping[DropReason, int]
    ) -> Receipt:
        assert shop == self.shop
        assert not drops
        return self.engine.send(*events)

    # --- the mail ----------------------------------------------------------------------------

    def links(self, letter: str) -> list[str]:
        """The addresses of one kind that stand in the mail, as they are followed."""
        found = re.findall(rf'"{re.escape(BASE)}(/e/{letter}/[^"]+)"', self.mail.html)
        return list(dict.fromkeys(unescape(one) for one in found))

    @property
    def leave(self) -> str:
        return self.mail.unsubscribe.removeprefix(BASE)

    def token(self, kind: Kind, shop: ShopId | None = None, key: str = "") -> str:
        """A token as we sign it, for any shop and message."""
        about = (shop or self.shop).to_bytes(4, "big") + bytes.fromhex(key or self.mail.key)
        return stored_tokens(self.store).make(kind, about)

    def strange(self, kind: Kind) -> str:
        """A token of another installation."""
        about = self.shop.to_bytes(4, "big") + bytes.fromhex(self.mail.key)
        return Tokens({1: b"another installation's secret 32"}, 1).make(kind, about)

    def get(self, path: str, **headers: str) -> Response:
        return self.client.get(path, headers=headers)

    def post(self, path: str, **form: str) -> Response:
        return self.client.post(path, data=form)

    # --- looking -----------------------------------------------------------------------------

    def message(self) -> MessageRow:
        with self.store.reading() as reading:
            found = reading.message(self.shop, self.mail.key)
        assert found is not None
        return found

    def known(self) -> object:
        """All that is known of everybody, and the log."""
        return people(self.store, self.shop), people(self.store, self.other), self.engine.metrics()

    def last(self) -> Event:
        return self.engine.log()[-1].event

    def is_subscribed(self) -> bool:
        return self.engine.person(ADA).consents["email"].subscribed


@pytest.fixture(scope="session")
def sent_mail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store with the newest schema."""
    path = tmp_path_factory.mktemp("mail") / "cartback.db"
    open_store(str(path)).close()
    return path


@pytest.fixture
def post(sent_mail: Path, tmp_path: Path) -> Iterator[Post]:
    path = tmp_path / "cartback.db"
    shutil.copy(sent_mail, path)
    store = open_store(str(path))
    yield Post(store)
    store.close()
