"""Rows for tests, with what does not matter filled in."""

from pathlib import Path

from cartback.domain.event import Event, Identifier, Location, ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.law.terms import Bar
from cartback.domain.product import Product, Variant
from cartback.domain.profile import RunId
from cartback.domain.review import Review
from cartback.engine.copy_ports import CopyRow
from cartback.engine.coupon_ports import CodeRow, CouponRow
from cartback.engine.flow_ports import (
    DecisionRow,
    FlowRow,
    FlowVersionRow,
    MessageRow,
    MessageStatus,
    RunRow,
    TemplateRow,
)
from cartback.engine.log_ports import LoggedEvent, Seq
from cartback.engine.ports import Transaction
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.recovery_ports import RecoveryRow
from cartback.engine.scope import EVENTS_ONLY
from cartback.engine.segment_ports import SegmentRow
from cartback.engine.shop_ports import KeyRow
from cartback.engine.suppression_ports import Suppressed
from cartback.engine.visit_ports import VisitRow


def email(value: str) -> Identifier:
    return Identifier("email", value)


def an_event(shop: ShopId, number: int = 1) -> Event:
    return Event(
        shop=shop,
        id=f"event-{number}",
        metric="Viewed Product",
        identifiers=(email("ann@example.com"), Identifier("anonymous_id", "a-1")),
        time=number,
        received=number + 1,
        properties={"product_id": "p-1", "price": 4900, "tags": ["a", {"b": None}]},
        traits={"name": "Ann 안나"},
        location=Location("KR", "", "Seoul"),
        backfill=True,
        ahead=True,
    )


def a_profile(
    id_: ProfileId, state: bytes = b"state", wake_at: Instant = FOREVER, tails: tuple[Seq, ...] = ()
) -> ProfileRow:
    return ProfileRow(id_, state, wake_at, 1, tails)


def a_key(shop: ShopId, digest: bytes = b"digest") -> KeyRow:
    return KeyRow(0, shop, "public", digest, "ab…yz", "storefront", 5, scopes=EVENTS_ONLY)


def a_segment(key: str = "idle", name: str = "Idle carts") -> SegmentRow:
    return SegmentRow(key, name, b"{}", 1, "live", 3, 4)


def a_coupon(key: str = "ten", name: str = "Ten percent") -> CouponRow:
    return CouponRow(key, name, b'{"gives":{"kind":"percent","percent":10}}', 1, "live", 3, 4)


def a_code(key: str = "K1", coupon: str = "ten", profile: ProfileId = 1, at: int = 5) -> CodeRow:
    return CodeRow(key, key.lower(), coupon, profile, "0:a", at, 99, 250)


def a_product(id_: str = "p1", sku: str = "s1") -> Product:
    return Product(
        id=id_,
        name="Wool jumper 울 스웨터",
        brand="Jumpers",
        url="https://shop.example/p1",
        images=("https://shop.example/1.jpg",),
        categories=("Wool", "Winter"),
        variants=(
            Variant(
                id=f"{id_}-m",
                sku=sku,
                name="M",
                options={"size": "M"},
                price=4_900,
                sale_price=3_900,
                currency="EUR",
                cost=2_000,
                stock=3,
            ),
            Variant(id=f"{id_}-l", name="L", options={"size": "L"}),
        ),
    )


def a_review(id_: str = "r1", product: str = "p1", at: int = 5) -> Review:
    return Review(
        id=id_, product=product, author="Ada", rating=5, at=at, text="Warm.", permission=True
    )


def a_suppression(address: str = "ann@example.com") -> Suppressed:
    return Suppressed("email", address, Bar.BOUNCED, 5, "smtp")


def a_flow(key: str = "cart", name: str = "Abandoned cart") -> FlowRow:
    return FlowRow(key, name, b"{}", 1, "live", 3, 4)


def a_flow_version(key: str = "cart", version: int = 1) -> FlowVersionRow:
    return FlowVersionRow(key, version, "Abandoned cart", b"{}", 3, "Ada")


def a_template(key: str = "cart-help", version: int = 1) -> TemplateRow:
    return TemplateRow(key, version, "Help", b"{}", 3, "Ada")


A_RUN = RunId("cart", 1, "c1", 5)


def a_run(profile: ProfileId = 1, run: RunId = A_RUN, step: str | None = "help") -> RunRow:
    return RunRow(profile, run, step, None if step is None else 9)


def a_decision(profile: ProfileId = 1, run: RunId = A_RUN, at: Instant = 5) -> DecisionRow:
    return DecisionRow(profile, run, "help", at, "held", "quiet_hours", 9, rule="kr-night")


def a_message(
    key: str = "m1",
    profile: ProfileId = 1,
    at: Instant = 5,
    *,
    status: MessageStatus = "queued",
    claimed: Instant = 0,
) -> MessageRow:
    return MessageRow(
        key, profile, A_RUN, "help", "email", at, at + 90, 4, status, due=at, claimed=claimed
    )


def a_visit(number: int = 0, at: Instant = 5, said: str = "person") -> VisitRow:
    """Of the message m1."""
    return VisitRow("m1", number, at, "GET", "Firefox", 0, "https://a", False, at + 2, said)


def a_recovery(seq: Seq = 3, profile: ProfileId = 1, revenue: int = 5) -> RecoveryRow:
    return RecoveryRow(
        seq, profile, 6, "c1", "e1", "o1", 5, "EUR", revenue, "m1", "cart", 1, "help", 5, "click", 5
    )


def log_chain(tx: Transaction, shop: ShopId, profile: ProfileId, count: int) -> list[Seq]:
    """Append that many events to a new chain; their seqs, the tail last."""
    seqs = list(tx.new_seqs(count))
    previous = 0
    for seq in seqs:
        tx.append([LoggedEvent(seq, profile, previous, an_event(shop, seq))])
        previous = seq
    return seqs


def save_new(
    tx: Transaction, shop: ShopId, count: int = 1, wake_at: Instant = FOREVER
) -> ProfileId:
    """Save that many new profiles; the first one's id."""
    ids = tx.new_profile_ids(count)
    tx.save(shop, [a_profile(id_, wake_at=wake_at) for id_ in ids])
    return ids[0]


def spoil_a_page(file: Path) -> None:
    """Overwrite a page of a SQLite file that holds profiles."""
    content = bytearray(file.read_bytes())
    page = content.rfind(b"state") // 4096 * 4096
    content[page : page + 4096] = bytes(4096)
    file.write_bytes(content)


def a_copy(body: bytes = b"copy", at: Instant = 5) -> CopyRow:
    return CopyRow("m1", at, "digest", body)
