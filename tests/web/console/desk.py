"""A console in memory over a real store: a shop with a colleague in each role, and another shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from cartback.channels.email.preview import EmailMails
from cartback.domain.event import ShopId
from cartback.domain.instant import MINUTE, Instant, parse_instant
from cartback.domain.message import Outcome, Outgoing, Refused
from cartback.engine.access import SESSION_LASTS
from cartback.engine.access_ports import ROLES, Role, Seat, SessionRow, UserRow
from cartback.engine.deliverability import Finding
from cartback.engine.passwords import hashed
from cartback.engine.ports import Store
from cartback.engine.reckoning import reckon
from cartback.engine.shops import create_shop
from cartback.sources.catalog.pasted import pasted_products
from cartback.web.console.app import console
from cartback.web.console.asked import Demo, Ground
from cartback.web.console.caught import Inbox
from cartback.web.console.feed import Feed
from cartback.web.console.guard import SESSION
from cartback.wiring.proof import flow_proof
from tests.scenarios.engine_shop import EngineShop

START = parse_instant("2026-03-02T09:00:00Z")
PASSWORD = "correct horse battery"
HASH = hashed(PASSWORD)
OURS = {"sec-fetch-site": "same-origin"}


@dataclass
class Desk:
    """The console and its store. `now` can be moved."""

    store: Store
    public_url: str = ""
    now: Instant = START
    keys_changed: int = 0
    written: int = 0
    amended: list[ShopId] = field(default_factory=list)
    tape_is_busy: bool = False
    engine: EngineShop = field(init=False)
    shop: ShopId = field(init=False)
    other: ShopId = field(init=False)
    app: Any = field(init=False)
    feed: Feed = field(init=False)
    demo: Demo | None = None
    inbox: Inbox | None = None
    try_out: Callable[[Outgoing], Outcome] | None = None
    domain: Callable[[str], Sequence[Finding]] | None = None

    def __post_init__(self) -> None:
        self.shop = create_shop(self.store, "Tea and cake", self.now).shop.id
        self.other = create_shop(self.store, "Another one", self.now).shop.id
        self.engine = EngineShop(self.store, self.shop)
        self.engine.now = self.now
        self.serves_anew()

    def serves_anew(self) -> None:
        """As a process does that starts on the same store."""
        self.feed = Feed(self.store, lambda: self.now, pause=0.01, waits=0.05)
        self.app = console(
            Ground(
                store=self.store,
                rulebook=self.engine.rulebook,
                clock=lambda: self.now,
                count=lambda reading, shop, meaning: reckon(reading, shop, meaning, self.now),
                written=self._written,
                keys_changed=self._keys_changed,
                feed=self.feed,
                proof=flow_proof(()),
                mails=lambda: EmailMails(self.store, self.engine.rulebook, lambda: self.now),
                public_url=self.public_url,
                demo=self.demo,
                inbox=self.inbox,
                try_out=self._try_out,
                domain=self.domain,
                read_products=pasted_products,
                tape_is_amended=self._amended,
            )
        )

    def _try_out(self, outgoing: Outgoing) -> Outcome:
        return Refused(False, 0, "no server") if self.try_out is None else self.try_out(outgoing)

    def _amended(self, shop: ShopId) -> bool:
        self.amended.append(shop)
        return not self.tape_is_busy

    def _written(self) -> None:
        self.written += 1

    def _keys_changed(self) -> None:
        self.keys_changed += 1

    def people(self) -> None:
        """One colleague in each role, and `other`, who owns the other shop."""
        seats: list[tuple[str, ShopId, Role]] = [(role, self.shop, role) for role in ROLES]
        for name, shop, role in [*seats, ("other", self.other, "owner")]:
            with self.store.transaction() as tx:
                user = tx.add_user(UserRow(0, f"{name}@example.com", name.title(), HASH, self.now))
                assert user is not None
                tx.set_seat(Seat(shop, user.id, role))

    def visitor(self, name: str = "") -> Visitor:
        """Somebody with a browser, signed in where a name is given."""
        visitor = Visitor(TestClient(self.app, base_url="http://desk", follow_redirects=False))
        if name:
            with self.store.transaction() as tx:
                user = tx.user_by_email(f"{name}@example.com")
                assert user is not None
                until = self.now + SESSION_LASTS
                digest = sha256(f"{name}-{self.now}".encode()).digest()
                tx.drop_session(digest)
                tx.add_session(SessionRow(digest, user.id, self.now, self.now, until))
            visitor.client.cookies.set(SESSION, f"{name}-{self.now}")
        return visitor

    def path(self, *parts: object) -> str:
        return "/".join(["", "shops", str(self.shop), *map(str, parts)])

    def passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE
        self.engine.now = self.now


@dataclass
class Visitor:
    """A browser, as far as headers go."""

    client: TestClient

    def get(self, path: str, **headers: str) -> Response:
        return self.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(
        self,
        path: str,
        form: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] = OURS,
    ) -> Response:
        return self.client.post(path, data=dict(form or {}), headers=dict(headers))
