"""A shop that sends: flows, what they sent over three months, and what became of it."""

import msgspec

from bench.big import Big
from bench.shop import config
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.profile import RunId
from cartback.engine.coupons import define_coupon
from cartback.engine.crediting import credit_people
from cartback.engine.flow_ports import FlowRow, FlowVersionRow, MessageRow
from cartback.engine.ports import Transaction
from cartback.engine.recovery_ports import RecoveryRow
from cartback.engine.resting import responded, rest
from cartback.engine.visit_ports import VisitRow
from cartback.wiring import installation

FLOWS = 5
STEPS = ("help", "proof", "offer")
AT_ONCE = 2_000
DAYS = 90
FLOW = {
    "name": "Abandoned cart",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [{"kind": "email", "key": step, "template": f"cart-{step}"} for step in STEPS],
}


def post(shop: Big, messages: int) -> None:
    """So many messages to different people; one in four was opened, one in ten clicked, and of
    these one in three brought a cart back."""
    with installation(config(shop.folder)) as base:
        document = msgspec.json.encode(FLOW)
        with base.store.transaction() as tx:
            for number in range(FLOWS):
                key, at = f"cart-{number}", shop.now - DAYS * DAY
                tx.save_flow(1, FlowRow(key, f"Cart {number}", document, 1, "live", at, at))
                version = FlowVersionRow(key, 1, f"Cart {number}", document, at)
                tx.add_flow_version(1, version)
        for number in range(20):
            offer = {"gives": {"kind": "percent", "percent": 10}}
            define_coupon(base.store, 1, f"Coupon {number}", offer, shop.now)
        for start in range(0, messages, AT_ONCE):
            with base.store.transaction() as tx:
                for number in range(start, min(start + AT_ONCE, messages)):
                    _send(tx, shop, number, messages)


def _send(tx: Transaction, shop: Big, number: int, messages: int) -> None:
    at = shop.now - DAYS * DAY + number * (DAYS * DAY // messages)
    profile = 1 + number * 7919 % shop.profiles
    run = RunId(f"cart-{number % FLOWS}", 1, f"cart-{number}", at)
    row = MessageRow(
        f"message-{number:08}",
        profile,
        run,
        STEPS[number % 3],
        "email",
        at,
        at + 2 * DAY,
        at,
        recipient=f"visitor-{number}@example.com",
    )
    tx.queue(1, [row])
    rest(tx, 1, row, "bounced" if number % 50 == 0 else "sent", receipt="250 ok")
    for every, place, response in ((4, -1, "opened"), (10, 0, "clicked")):
        if number % every == 1:
            visited = at + HOUR + place * MINUTE
            visit = VisitRow(row.key, place + 1, visited, "GET", "", place, "", False, 0, "person")
            tx.add_visit(1, visit)
            responded(tx, 1, row.key, "opened" if response == "opened" else "clicked", visited)
    if number % 30 == 1:
        [seq] = tx.new_seqs(1)
        order = f"order-{number}"
        back = RecoveryRow(seq, profile, at + DAY, run.cart, order, order, 4_900, "EUR")
        tx.save_recoveries(1, [back])
        credit_people(tx, 1, [profile])
