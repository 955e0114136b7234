"""A shop in which something is going on, so that every page has something to show."""

from __future__ import annotations

import msgspec

from cartback.domain.coupon import Goods, Wish
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.message import Mailbox, Outgoing
from cartback.domain.product import Product, Variant
from cartback.domain.profile import RunId
from cartback.domain.review import Review
from cartback.engine.access import join_link, password_link
from cartback.engine.codes import fill_pool, give
from cartback.engine.copies import packed
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.coupons import archive_coupon, define_coupon
from cartback.engine.flow_ports import MessageRow, MessageStatus
from cartback.engine.flows import create_flow, set_status
from cartback.engine.keys import make_key
from cartback.engine.redeeming import Order, redeem
from cartback.engine.resting import rest
from cartback.engine.segments import archive_segment, create_segment
from cartback.engine.visits import Came, judge_due, keep_visit
from tests.browser.pages import FLOW
from tests.browser.till import Till
from tests.scenarios.engine_shop import ABANDONERS, did, segment
from tests.web.console.automations import SERIES, WINTER, can_send
from tests.web.console.test_home import checks_out, orders

NAME = "عربة التسوق 🛒 \N{RIGHT-TO-LEFT OVERRIDE}مرحبا"
"""Written from right to left, with a picture, and with a mark that turns what follows around."""
LONG = "Everybody-who-looked-at-something-expensive-and-then-went-away-without-a-word " * 2
PEOPLE = ("김하늘", "Ada Lovelace", "이서준", "Bob", "박지민", NAME)
"""E-mail addresses are nobody's: example.com is kept for examples (RFC 2606)."""


def automate(till: Till) -> None:
    """Two automations at work, and one put away."""
    desk = till.desk
    flows = {FLOW: WINTER, "cart": SERIES, "old": {**SERIES, "name": NAME}}
    can_send(desk, WINTER, SERIES)
    for key, document in flows.items():
        create_flow(desk.store, desk.shop, key, document, desk.now, by="owner@example.com")
        set_status(desk.store, desk.shop, key, "archived" if key == "old" else "live", desk.now)
    desk.engine.catches_up()
    for number in range(0, 18, 2):
        desk.engine.happens(f"#person-{number}", "Subscribed", channel="email")


def as_it_left(row: MessageRow) -> Outgoing:
    """A mail with a code of its person's own."""
    return Outgoing(
        key=row.key,
        sender=Mailbox("hello@shop.example", "Tea and cake"),
        recipient=Mailbox(row.recipient),
        subject="Your code for green tea: TEA-7QK2",
        html="<html><body><h1>TEA-7QK2</h1><p>Green tea, $42.50</p></body></html>",
        text="TEA-7QK2: green tea, $42.50",
        at=row.at,
    )


def write_to_people(till: Till) -> None:
    """Messages of every fate; of one a program looked, a person clicked, and the cart came back."""
    shop = till.desk.engine
    now = shop.now
    fates: dict[str, tuple[MessageStatus, str]] = {
        "came-back": ("sent", ""),
        "in-doubt": ("in_doubt", "the connection was lost after the whole mail"),
        "cancelled": ("cancelled", "ordered"),
        "waits": ("queued", ""),
    }
    for number, (key, (status, error)) in enumerate(fates.items()):
        who = f"person-{number * 3 + 1}"
        run = RunId("cart", 1, who, now)
        profile = shop.profile_of(f"#{who}")
        address = f"{who}@example.com"
        row = MessageRow(key, profile, run, "help", "email", now, now + DAY, now, due=now + DAY)
        row = msgspec.structs.replace(row, recipient=address, claimed=now, attempts=1)
        with shop.store.transaction() as tx:
            tx.queue(shop.id, [row])
            if status != "queued":
                receipt = "250 2.0.0 taken" if status == "sent" else ""
                rest(tx, shop.id, row, status, receipt=receipt, error=error)
            if key == "came-back":
                copy = packed(as_it_left(row))
                tx.keep_copy(shop.id, copy.row(key, now), copy.pattern)
    for agent in ("Barracuda", "Mozilla/5.0 Firefox/140.0"):
        shop.now += 3 * MINUTE
        came = Came("GET", agent, 0, "https://shop.example/tea")
        keep_visit(shop.store, shop.id, "came-back", came, shop.now)
    shop.now += 3 * MINUTE
    judge_due(shop.store, shop.rulebook, shop.now)
    orders(till.desk, "person-1", 4_250)


def give_codes(till: Till) -> None:
    """Coupons of every kind, and codes that are good, used and expired."""
    shop = till.desk.engine
    ten = {"gives": {"kind": "percent", "percent": 10}, "currency": "USD"}
    limits = {"minimum": 2_000, "budget": 5_000, "margin_floor": 20, "not_again_within": "30 days"}
    offers = {
        "Come back soon": {**ten, "expires": "36 hours", "budget": 5_000, "prefix": "TEA"},
        "From the pool": {**ten, **limits, "codes": "pool", "products": ["tea", "cake"]},
        "Put away": {"gives": {"kind": "free_shipping"}, "expires": ""},
    }
    for name, offer in offers.items():
        define_coupon(shop.store, shop.id, name, offer, shop.now)
    archive_coupon(shop.store, shop.id, "put-away", shop.now)
    goods = (Goods("tea", 4_000),)
    for number in range(1, 7):
        with shop.store.transaction() as tx:
            profile = shop.profile_of(f"#person-{number}")
            wish = Wish(coupon="come-back-soon", cart=f"0:cart-{number}", goods=goods)
            code = give(tx, shop.id, wish, profile, shop.now - (2 * DAY if number == 3 else 0))
            assert isinstance(code, CodeRow)
            if number % 3 == 1:
                order = Order(id=f"order-{number}", goods=goods, currency="USD")
                redeem(tx, shop.id, code.code, order, shop.now)
    with shop.store.transaction() as tx:
        fill_pool(tx, shop.id, "from-the-pool", [f"SAVE-{number}" for number in range(40)])


def stock_up(till: Till) -> None:
    """A product with two variants, one of them reduced, and reviews; and one that has sold out."""
    shop = till.desk.engine
    small = Variant(id="s", name="100 g", sku="TEA-S", price=900, currency="USD", stock=2)
    large = Variant(id="l", name="250 g", price=1_990, sale_price=1_490, currency="USD", stock=0)
    tea = Product(id="tea", name="Green tea", brand="Leaf", variants=(small, large))
    cake = Product(id="cake", name=NAME, variants=(Variant(stock=0),))
    text = "Fresh, and here the next day. I have ordered it three times now."
    with shop.store.transaction() as tx:
        tx.save_products(shop.id, [tea, cake], shop.now)
        for number in range(2):
            review = Review(
                id=f"r{number}",
                product="tea",
                author="Ada",
                rating=5 - number,
                at=shop.now,
                text=text,
                permission=number == 0,
            )
            tx.save_reviews(shop.id, [review])


def furnish(till: Till) -> None:
    """Segments of every kind, carts left and brought back over some days, a merge, a bad event."""
    desk = till.desk
    shop = desk.engine
    shop.has(ABANDONERS)
    automate(till)
    shop.has({"key": "arabic", "name": NAME, "when": did("Placed Order")})
    shop.has(segment("put-away", did("Searched")))
    archive_segment(shop.store, desk.shop, "put-away", shop.now)
    shop.has({"key": "long", "name": LONG.strip(), "when": did("Viewed Product", "2 hours")})
    for number in range(18):
        who = f"person-{number}"
        name = PEOPLE[number % len(PEOPLE)]
        shop.happens(
            f"#{who} {who}@example.com",
            "Identified",
            traits={"name": name, "city": "서울" if number % 2 else "Paris"},
        )
        shop.happens(f"#{who}", "Viewed Product", product_id="tea", name="Green tea")
        checks_out(desk, who, 1990 + number * 1130)
        shop.passes(9 * HOUR)
        if number % 3 == 0:
            orders(desk, who, 1990 + number * 1130)
    shop.happens("device-1", "Viewed Product")
    shop.happens("device-1 #person-2", "Viewed Product")  # two become one
    checks_out(desk, "person-5", 8990)
    shop.passes(2 * HOUR)
    write_to_people(till)
    give_codes(till)
    stock_up(till)
    desk.now = shop.now
    create_segment(shop.store, desk.shop, segment("still-building", did("Searched")), desk.now)
    with shop.store.transaction() as tx:
        make_key(tx, desk.shop, "secret", desk.now, "The shop's server")
        make_key(tx, desk.shop, "public", desk.now, "가게 페이지")


def links(till: Till) -> list[str]:
    """An address for each purpose of a one-time link, but for setting up."""
    desk = till.desk
    tokens = (
        join_link(desk.store, desk.shop, "new@example.com", "viewer", desk.now),
        password_link(desk.store, "viewer@example.com", desk.now),
        "not-a-link",
    )
    return [f"/links/{token}" for token in tokens]
