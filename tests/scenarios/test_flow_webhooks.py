"""Webhooks of flows, against a real server: signed, once, tried again, and never inside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from cartback.channels.webhook.postman import WebhookPostman
from cartback.channels.webhook.signature import signature
from cartback.domain.event import Metric
from cartback.domain.flow import BadFlow, parse_flow
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.step import WEBHOOK
from cartback.engine.deliver import claim, deliver
from cartback.engine.flows import create_flow, set_status
from cartback.engine.noting import LONGEST_HANDOVER, doubt_stale
from cartback.engine.webhook_secret import renew_webhook_secret, webhook_secret
from cartback.fetch import Guard
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_flows import ADA, decisions, leaves_cart, outbox

HERE = Guard(["127.0.0.1"], None)


class Hooks(BaseHTTPRequestHandler):
    """The shop's own system: it answers what is asked of it, and keeps what it got."""

    answers: list[int]
    times: int = 1
    got: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(({name.lower(): it for name, it in self.headers.items()}, body))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        said = b"ok" * type(self).times
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name
        """Say nothing."""


class Server:
    """Where it listens, what it is to answer, and what it got."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hooks"
        self.answers = Hooks.answers = []
        self.got = Hooks.got = []
        Hooks.times = 1

    def says_much(self) -> None:
        """It answers with a megabyte from now on."""
        Hooks.times = 500_000


@pytest.fixture
def server() -> Iterator[Server]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    yield Server(running.server_port)
    running.shutdown()
    thread.join()
    running.server_close()


def hooks(shop: EngineShop, url: str, **step: Any) -> None:  # noqa: ANN401  fields of the step
    document = {
        "name": "Tell the till",
        "trigger": {"kind": "cart_abandoned"},
        "steps": [{"kind": "webhook", "key": "till", "url": url, **step}],
    }
    create_flow(shop.store, shop.id, "hook", document, shop.now)
    set_status(shop.store, shop.id, "hook", "live", shop.now)
    shop.catches_up()


def sends(shop: EngineShop, guard: Guard = HERE) -> int:
    def secrets(_: int, now: int) -> Any:  # noqa: ANN401  a sequence of them
        return webhook_secret(shop.store, shop.id).good_at(now)

    postman = WebhookPostman(shop.store, shop.rulebook, lambda: shop.now, guard, secrets)
    return asyncio.run(
        deliver(shop.store, shop.rulebook, lambda: shop.now, postman, channel=WEBHOOK)
    )


def test_the_person_and_the_cart_reach_the_shop_signed(shop: EngineShop, server: Server) -> None:
    hooks(shop, server.url)
    shop.happens(ADA, Metric.IDENTIFIED, traits={"first_name": "Ada"})
    leaves_cart(shop)
    assert sends(shop) == 1
    [(headers, body)] = server.got
    said = msgspec.json.decode(body)
    assert said["type"] == "flow.step"
    person, cart = said["data"]["person"], said["data"]["cart"]
    assert person["identifiers"] == {"email": "ada@example.com", "external_id": "1"}
    assert (person["traits"], person["stage"]) == ({"first_name": "Ada"}, "lead")
    assert (cart["id"], cart["value"], cart["lines"][0]["product_id"]) == ("c1", 900, "mug")
    assert said["data"]["flow"] == {"key": "hook", "name": "Tell the till", "version": 1}
    assert (said["data"]["step"], said["data"]["trigger"]) == ("till", {"kind": "cart_abandoned"})
    secret = webhook_secret(shop.store, shop.id).present
    [message] = outbox(shop)
    assert headers["webhook-id"] == headers["idempotency-key"] == f"msg_{message.key}"
    expected = signature(secret, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == expected
    assert (message.status, message.receipt) == ("sent", "200 ok")
    assert Metric.RECEIVED_EMAIL not in shop.metrics()
    assert sends(shop) == 0


def test_it_needs_no_consent_and_counts_for_no_contact_rule(
    shop: EngineShop, server: Server
) -> None:
    hooks(shop, server.url)
    shop.happens("#1", Metric.ADDED_TO_CART, cart_id="c1", product_id="mug", price=900)
    shop.passes(HOUR)
    assert sends(shop) == 1
    assert shop.person("#1").contacts == {}


def test_what_failed_is_tried_again_under_the_same_id(shop: EngineShop, server: Server) -> None:
    hooks(shop, server.url)
    leaves_cart(shop)
    server.answers += [503, 429]
    for _ in range(3):
        sends(shop)
        shop.passes(5 * MINUTE)
    assert len({headers["webhook-id"] for headers, _ in server.got}) == 1
    [message] = outbox(shop)
    assert (message.status, message.attempts, len(server.got)) == ("sent", 3, 3)


@pytest.mark.parametrize("status, became", [(200, "sent"), (503, "queued"), (410, "failed")])
def test_what_is_answered_counts_however_long_it_is(
    shop: EngineShop, server: Server, status: int, became: str
) -> None:
    hooks(shop, server.url)
    leaves_cart(shop)
    server.answers.append(status)
    server.says_much()
    sends(shop)
    assert outbox(shop)[0].status == became


@pytest.mark.parametrize("status", [301, 400, 404, 410])
def test_a_plain_no_is_not_asked_again(shop: EngineShop, server: Server, status: int) -> None:
    hooks(shop, server.url)
    leaves_cart(shop)
    server.answers.append(status)
    sends(shop)
    [message] = outbox(shop)
    assert (message.status, message.attempts) == ("failed", 1)
    assert str(status) in message.error
    assert decisions(shop)[-1].reason == "refused"


def test_nothing_inside_the_house_is_called(shop: EngineShop, server: Server) -> None:
    hooks(shop, server.url)
    leaves_cart(shop)
    sends(shop, Guard(ports=None))
    [message] = outbox(shop)
    assert message.status == "failed"
    assert "no public address" in message.error
    assert server.got == []


def test_nothing_goes_after_the_order_unless_the_step_says_so(
    shop: EngineShop, server: Server
) -> None:
    hooks(shop, server.url)
    leaves_cart(shop)
    shop.happens(ADA, Metric.PLACED_ORDER, cart_id="c1")
    assert sends(shop) == 0
    assert outbox(shop)[0].status == "cancelled"


def test_a_step_may_say_that_an_order_does_not_matter(shop: EngineShop, server: Server) -> None:
    hooks(shop, server.url, after_order=True)
    leaves_cart(shop)
    shop.happens(ADA, Metric.PLACED_ORDER, cart_id="c1")
    assert sends(shop) == 1
    assert len(server.got) == 1


def test_who_died_while_calling_is_no_doubt_for_the_receiver_knows_the_id(
    shop: EngineShop, server: Server
) -> None:
    hooks(shop, server.url)
    leaves_cart(shop)
    assert len(claim(shop.store, shop.rulebook, shop.now, channel=WEBHOOK)) == 1
    shop.passes(LONGEST_HANDOVER + 1)
    assert doubt_stale(shop.store, shop.now) == 1
    assert sends(shop) == 1
    assert outbox(shop)[0].status == "sent"


def test_after_a_renewal_both_secrets_sign_for_a_day(shop: EngineShop) -> None:
    before = webhook_secret(shop.store, shop.id)
    assert webhook_secret(shop.store, shop.id) == before
    after = renew_webhook_secret(shop.store, shop.id, shop.now)
    assert after.good_at(shop.now) == (after.present, before.present)
    assert after.good_at(shop.now + DAY) == (after.present,)
    with shop.store.transaction() as tx:
        other = tx.add_shop("Socks", 1)
    assert webhook_secret(shop.store, other).present not in {before.present, after.present}


def test_it_is_the_signature_of_the_specification() -> None:
    """The example of its text (standardwebhooks.com, "Verifying signatures")."""
    made = signature(
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        "1731705121",
        b'{"event_type":"ping","data":{"success":true}}',
    )
    assert made == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


@pytest.mark.parametrize(
    "step",
    [
        {"kind": "webhook", "key": "x", "url": "shop.example"},
        {"kind": "webhook", "key": "x", "url": "https://shop.example/a b"},
        {"kind": "alert", "key": "x", "to": [], "subject": "x"},
        {"kind": "alert", "key": "x", "to": ["nobody"], "subject": "x"},
        {"kind": "alert", "key": "x", "to": ["a@b.example", "a@b.example"], "subject": "x"},
        {"kind": "alert", "key": "x", "to": ["a@b.example"], "subject": " "},
    ],
)
def test_a_step_that_cannot_work_is_refused(step: dict[str, Any]) -> None:
    with pytest.raises(BadFlow):
        parse_flow({"name": "x", "trigger": {"kind": "cart_abandoned"}, "steps": [step]})
