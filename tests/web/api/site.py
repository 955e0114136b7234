"""A running Cartback with two shops, whose API is asked as a program asks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from cartback.domain.instant import parse_instant
from cartback.domain.message import Accepted, Outcome, Outgoing
from cartback.engine.backfill import backfill_all
from cartback.engine.keys import make_key
from cartback.engine.scope import Scope
from cartback.engine.shops import NewShop
from cartback.engine.wake import wake_all
from cartback.wiring import Installation

MONDAY = parse_instant("2026-03-02T09:00:00Z")
API = "/api/v1"

ABANDONERS: dict[str, Any] = {
    "kind": "all",
    "of": [
        {
            "kind": "did",
            "metric": "Checkout Started",
            "within": {"kind": "last", "duration": "1 week"},
        },
        {
            "kind": "did",
            "metric": "Placed Order",
            "times": {"exactly": 0},
            "within": {"kind": "last", "duration": "1 week"},
        },
    ],
}
"""The article's segment."""


class Sink:
    """Takes every mail, or answers otherwise."""

    def __init__(self) -> None:
        self.outcome: Outcome = Accepted("taken")
        self.mails: list[Outgoing] = []

    def __call__(self, outgoing: Outgoing) -> Outcome:
        self.mails.append(outgoing)
        return self.outcome


class Wall:
    """The clock on the wall, which tests turn on."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> int:
        return self.now


@dataclass
class Site:
    """One shop's API with one key; `as_` asks with another key or another shop's."""

    client: TestClient
    base: Installation
    wall: Wall
    shop: int
    token: str
    others: dict[str, Site] = field(default_factory=dict)

    # --- asking -------------------------------------------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401  any JSON
        *,
        headers: dict[str, str] | None = None,
        query: Mapping[str, str | int | bool] | None = None,
    ) -> Response:
        """The answer, whatever it is."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.request(
            method, API + path, json=body, headers=sent | (headers or {}), params=query
        )

    def get(self, path: str, **query: str | int | bool) -> Any:  # noqa: ANN401  any JSON
        """What a GET that succeeds says."""
        answer = self.ask("GET", path, query=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, status: int = 201) -> Any:  # noqa: ANN401
        answer = self.ask("POST", path, body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def refused(self, answer: Response, status: int, name: str) -> Any:  # noqa: ANN401
        """The problem document of a refusal."""
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        assert problem["type"] == f"urn:cartback:problem:{name}", problem
        assert problem["detail"]
        return problem

    # --- acting -------------------------------------------------------------------------------

    def as_(self, token: str) -> Site:
        return Site(self.client, self.base, self.wall, self.shop, token)

    def with_scopes(self, *scopes: Scope) -> Site:
        """The same shop with a key that may do no more than that."""
        with self.base.store.transaction() as tx:
            token, _ = make_key(tx, self.shop, "secret", self.wall(), "test", scopes)
        return self.as_(token)

    def public(self) -> Site:
        with self.base.store.transaction() as tx:
            token, _ = make_key(tx, self.shop, "public", self.wall())
        return self.as_(token)

    def happens(self, who: str, metric: str, **properties: Any) -> None:  # noqa: ANN401
        kind = "email" if "@" in who else "external_id"
        event = {kind: who, "metric": metric, "properties": properties}
        taken = self.post("/events", {"events": [event]}, 200)
        assert taken["accepted"] == 1, taken

    def has_segment(self, name: str, when: dict[str, Any]) -> Any:  # noqa: ANN401
        """A segment that is live."""
        made = self.post("/segments", {"name": name, "when": when})
        self.catches_up()
        return self.get(f"/segments/{made['key']}")

    def catches_up(self) -> None:
        backfill_all(self.base.store, self.base.rulebook, self.shop, self.wall)

    def passes(self, duration: int) -> None:
        self.wall.now += duration
        wake_all(self.base.store, self.base.rulebook, self.wall.now)

    def id_of(self, who: str) -> int:
        [found] = self.get("/profiles", identifier=who)["data"]
        return int(found["id"])

    def members(self, key: str) -> Sequence[str]:
        found = self.get(f"/segments/{key}/members")["data"]
        return [one["identifiers"][0]["value"] for one in found]


def site_of(client: TestClient, base: Installation, wall: Wall, made: NewShop) -> Site:
    return Site(client, base, wall, made.shop.id, made.secret[0])
