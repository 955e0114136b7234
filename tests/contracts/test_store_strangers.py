"""Another shop's rows are never seen, by any read, nor touched by any write."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from cartback.domain.companion import SHOP
from cartback.domain.event import ShopId
from cartback.domain.instant import FOREVER
from cartback.engine.answer_ports import AnswerReading, AnswerRow
from cartback.engine.companion_ports import CompanionReading
from cartback.engine.copy_ports import CopyReading
from cartback.engine.coupon_ports import CouponReading, Redemption
from cartback.engine.flow_ports import ArchivedTemplate, FlowReading
from cartback.engine.growth_ports import GrowthReading
from cartback.engine.list_ports import Enlisted, ListReading
from cartback.engine.log_ports import LogReading, Quarantined
from cartback.engine.merge_ports import Conflict, Merge, MergeReading
from cartback.engine.ports import Reading, Transaction
from cartback.engine.product_ports import ProductReading
from cartback.engine.profile_ports import ProfileReading
from cartback.engine.recovery_ports import RecoveryReading, ReturnRow
from cartback.engine.segment_ports import Move, SegmentReading, SegmentVersion
from cartback.engine.shop_ports import RulesRow, ShopReading
from cartback.engine.suppression_ports import SuppressionReading
from cartback.engine.visit_ports import VisitReading
from cartback.store import DatabaseStore
from tests.contracts.made import (
    a_code,
    a_copy,
    a_coupon,
    a_decision,
    a_flow,
    a_flow_version,
    a_key,
    a_message,
    a_product,
    a_profile,
    a_recovery,
    a_review,
    a_run,
    a_segment,
    a_suppression,
    a_template,
    a_visit,
    email,
    log_chain,
)

ANN = email("ann@example.com")

READS: dict[str, Callable[[Any, ShopId], object]] = {
    "companions": lambda of, shop: of.companions(shop, [SHOP]),
    "companions_mark": lambda of, shop: of.companions_mark(shop),
    "keys": lambda of, shop: of.keys(shop),
    "rules_version": lambda of, shop: of.rules_version(shop),
    "rules": lambda of, shop: of.rules(shop, 1),
    "segments": lambda of, shop: of.segments(shop),
    "segment": lambda of, shop: of.segment(shop, "idle"),
    "segment_versions": lambda of, shop: of.segment_versions(shop, "idle", 9, 9),
    "answer": lambda of, shop: of.answer(shop, b"key"),
    "lists": lambda of, shop: of.lists(shop),
    "list_members": lambda of, shop: of.list_members(shop, "news"),
    "profiles_by": lambda of, shop: of.profiles_by(shop, [ANN]),
    "identifiers_of": lambda of, shop: of.identifiers_of(shop, 1),
    "profile": lambda of, shop: of.profile(shop, 1),
    "profiles_after": lambda of, shop: of.profiles_after(shop, 0, 9),
    "count_profiles": lambda of, shop: of.count_profiles(shop),
    "history": lambda of, shop: of.history(shop, [2]),
    "happened": lambda of, shop: of.happened(shop, {1: [2]}, "Viewed Product", 0)[1],
    "histories": lambda of, shop: of.histories(shop, {1: [2]})[1],
    "log_after": lambda of, shop: of.log_after(shop, 0, 9),
    "log_of": lambda of, shop: of.log_of(shop, "Viewed Product", 0, 9)[0],
    "log_before": lambda of, shop: of.log_before(shop, 9, 9),
    "last_seq": lambda of, shop: of.last_seq(shop),
    "count_members": lambda of, shop: of.count_members(shop, "idle"),
    "members": lambda of, shop: of.members(shop, "idle"),
    "memberships": lambda of, shop: of.memberships(shop, 1),
    "moves": lambda of, shop: of.moves(shop),
    "moves of a segment": lambda of, shop: of.moves(shop, segment="idle"),
    "latest_moves": lambda of, shop: of.latest_moves(shop),
    "latest_moves of a segment": lambda of, shop: of.latest_moves(shop, segment="idle"),
    "turnover": lambda of, shop: of.turnover(shop, "idle", 0),
    "uncounted_moves": lambda of, shop: of.uncounted_moves(shop, 9),
    "merge": lambda of, shop: of.merge(shop, 1),
    "merges": lambda of, shop: of.merges(shop),
    "merges of a profile": lambda of, shop: of.merges(shop, 1),
    "conflicts": lambda of, shop: of.conflicts(shop),
    "conflicts_of": lambda of, shop: of.conflicts_of(shop, 1),
    "quarantined": lambda of, shop: of.quarantined(shop),
    "drops": lambda of, shop: of.drops(shop),
    "counts": lambda of, shop: any(of.counts(shop).values()),
    "coupons": lambda of, shop: of.coupons(shop),
    "coupon": lambda of, shop: of.coupon(shop, "ten"),
    "code": lambda of, shop: of.code(shop, "K1"),
    "codes_of": lambda of, shop: of.codes_of(shop, [1]),
    "codes_issued": lambda of, shop: of.codes_issued(shop, "ten", (99, ""), 9),
    "unannounced": lambda of, shop: of.unannounced(shop, "ten", 9),
    "count_free": lambda of, shop: of.count_free(shop, "pool"),
    "redemptions": lambda of, shop: of.redemptions(shop, "K1"),
    "products_by": lambda of, shop: of.products_by(shop, ["p1"]),
    "products_of_skus": lambda of, shop: of.products_of_skus(shop, ["s1"]),
    "products_after": lambda of, shop: of.products_after(shop, "", 9),
    "interested": lambda of, shop: of.interested(shop, "p1", 0, 9),
    "count_products": lambda of, shop: of.count_products(shop),
    "review": lambda of, shop: of.review(shop, "r1"),
    "reviews_of": lambda of, shop: of.reviews_of(shop, "p1", 9),
    "reviews_after": lambda of, shop: of.reviews_after(shop, "", 9),
    "suppressed": lambda of, shop: of.suppressed(shop, "email", [ANN.value]),
    "suppressions": lambda of, shop: of.suppressions(shop, "email", "", 9),
    "flows": lambda of, shop: of.flows(shop),
    "flow": lambda of, shop: of.flow(shop, "cart"),
    "flow_versions": lambda of, shop: of.flow_versions(shop, "cart", 9, 9),
    "flow_version": lambda of, shop: of.flow_version(shop, "cart", 1),
    "templates": lambda of, shop: of.templates(shop),
    "template": lambda of, shop: of.template(shop, "cart-help"),
    "template_versions": lambda of, shop: of.template_versions(shop, "cart-help", 9, 9),
    "archived_templates": lambda of, shop: of.archived_templates(shop),
    "versions_at_work": lambda of, shop: of.versions_at_work(shop),
    "runs_at": lambda of, shop: of.runs_at(shop, "cart"),
    "count_runs": lambda of, shop: of.count_runs(shop, "cart"),
    "decisions": lambda of, shop: of.decisions(shop, 1),
    "decisions_after": lambda of, shop: of.decisions_after(shop, 0),
    "message": lambda of, shop: of.message(shop, "m1"),
    "messages_of": lambda of, shop: of.messages_of(shop, 1),
    "count_messages_since": lambda of, shop: of.count_messages_since(
        shop, "cart", "queued", 0, "email"
    ),
    "messages_in": lambda of, shop: of.messages_in(shop, "cart", "queued", (9, ""), 0, 9),
    "count_messages": lambda of, shop: of.count_messages(shop),
    "copy_of": lambda of, shop: of.copy_of(shop, "m1"),
    "pattern": lambda of, shop: of.pattern(shop, "digest"),
    "visits_of": lambda of, shop: of.visits_of(shop, "m1"),
    "recoveries_of": lambda of, shop: of.recoveries_of(shop, [1]),
    "recoveries_of_message": lambda of, shop: of.recoveries_of_message(shop, "m1"),
    "recoveries_of_order": lambda of, shop: of.recoveries_of_order(shop, "o1"),
    "recoveries_after": lambda of, shop: of.recoveries_after(shop, 0, 9),
    "recoveries_before": lambda of, shop: of.recoveries_before(shop, 9, 9),
    "returns_of": lambda of, shop: of.returns_of(shop, "o1"),
    "touches_of": lambda of, shop: of.touches_of(shop, [1], 0, 9),
}
OF_THE_WHOLE_STORE = {
    "shops",
    "next_wake",
    "note",
    "next_message",
    "news_waits",
    "next_visit",
    "visits_due",
}


@pytest.fixture
def stranger(store: DatabaseStore, shop: ShopId) -> ShopId:
    """A shop with nothing, beside one that has one of everything."""
    with store.transaction() as tx:
        tx.add_key(a_key(shop))
        tx.add_rules(shop, RulesRow(1, b"rules"))
        tx.save_segment(shop, a_segment("idle"))
        tx.add_segment_version(shop, SegmentVersion("idle", 1, "Idle carts", b"{}", 3))
        tx.save_answer(shop, AnswerRow(b"key", b"request", 5, 201, b"{}"))
        tx.enlist(shop, [Enlisted("news", 1, 5)])
        [profile] = tx.new_profile_ids(1)
        seqs = log_chain(tx, shop, profile, 2)
        tx.unseen(shop, [f"event-{seq}" for seq in seqs])
        tx.link(shop, {ANN: profile})
        tx.save(shop, [a_profile(profile, wake_at=5, tails=(seqs[-1],))])
        tx.move(shop, [Move("idle", profile, 5, joined=True)])
        tx.add_merge(shop, Merge(0, profile, 99, 5, "e", (ANN,), (ANN,), (1,)))
        tx.add_conflict(shop, Conflict(5, "e", (profile, 98), (ANN,)))
        tx.quarantine(shop, Quarantined(seqs[0], profile, 5, "error"))
        tx.count_drops(shop, {"bot": 1})
        tx.save_coupon(shop, a_coupon())
        tx.add_codes(shop, [a_code(), msgspec.structs.replace(a_code("K2", "pool"), issued=None)])
        tx.add_redemption(shop, Redemption("K1", "order-1", 6, 4_900, 490))
        tx.save_products(shop, [a_product()], 5)
        tx.save_reviews(shop, [a_review()])
        tx.care(shop, [("p1", 1)])
        tx.suppress(shop, [a_suppression()])
        tx.hold_companions(shop)
        tx.save_companions(shop, {SHOP: {"p1": 3}}, 2)
        tx.save_flow(shop, a_flow())
        tx.add_flow_version(shop, a_flow_version())
        tx.add_template(shop, a_template())
        tx.archive_template(shop, ArchivedTemplate("cart-help", 5, "Ada"))
        tx.place_runs(shop, [a_run()])
        tx.add_decisions(shop, [a_decision()])
        tx.queue(shop, [a_message()])
        tx.keep_copy(shop, a_copy(), b"pattern")
        tx.add_visit(shop, a_visit())
        tx.save_recoveries(shop, [a_recovery()])
        tx.add_return(shop, ReturnRow(4, "o1", 1, None, "EUR"))
        return tx.add_shop("Socks", 1)


def test_every_read_is_tried() -> None:
    parts = (
        Reading,
        ShopReading,
        SegmentReading,
        ListReading,
        ProfileReading,
        MergeReading,
        LogReading,
        AnswerReading,
        CompanionReading,
        CopyReading,
        CouponReading,
        FlowReading,
        GrowthReading,
        ProductReading,
        SuppressionReading,
        VisitReading,
        RecoveryReading,
    )
    names = {name for part in parts for name in vars(part) if not name.startswith("_")}
    assert {name.partition(" ")[0] for name in READS} == names - OF_THE_WHOLE_STORE


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_stranger_sees_nothing(
    store: DatabaseStore,
    shop: ShopId,
    stranger: ShopId,
    read: Callable[[Reading, ShopId], object],
) -> None:
    with store.reading() as reading:
        assert read(reading, shop)
        assert not read(reading, stranger)
    with store.transaction() as tx:
        assert not read(tx, stranger)


WRITES: dict[str, Callable[[Transaction, ShopId], object]] = {
    "hold_companions": lambda tx, shop: tx.hold_companions(shop),
    "save_companions": lambda tx, shop: tx.save_companions(shop, {SHOP: {"theirs": 9}}, 9),
    "revoke_key": lambda tx, shop: tx.revoke_key(shop, 1, 9),
    "add_rules": lambda tx, shop: tx.add_rules(shop, RulesRow(1, b"theirs")),
    "save_segment": lambda tx, shop: tx.save_segment(shop, a_segment("idle", "Theirs")),
    "drop_members": lambda tx, shop: tx.drop_members(shop, "idle"),
    "unseen": lambda tx, shop: tx.unseen(shop, ["event-1", "event-2"]),
    "link": lambda tx, shop: tx.link(shop, {ANN: 50}),
    "relink": lambda tx, shop: tx.relink(shop, [ANN], 50),
    "unlink": lambda tx, shop: tx.unlink(shop, 1),
    "lock": lambda tx, shop: tx.lock(shop, [1]),
    "lock_versions": lambda tx, shop: tx.lock_versions(shop, [1]),
    "bump": lambda tx, shop: tx.bump(shop, [1], 77),
    "remove": lambda tx, shop: tx.remove(shop, 1),
    "blank": lambda tx, shop: tx.blank(shop, [1, 2]),
    "rechain": lambda tx, shop: tx.rechain(shop, [(2, 50, 0)]),
    "forget_merges": lambda tx, shop: tx.forget_merges(shop, 1),
    "move": lambda tx, shop: tx.move(shop, [Move("idle", 1, 9, joined=False)]),
    "count_moves": lambda tx, shop: tx.count_moves(shop, 9),
    "forget_moves": lambda tx, shop: tx.forget_moves(shop, 1),
    "undo_merge": lambda tx, shop: tx.undo_merge(shop, 1, 9),
    "release": lambda tx, shop: tx.release(shop, 1),
    "enlist": lambda tx, shop: tx.enlist(shop, [Enlisted("news", 1, None)]),
    "claim_answer": lambda tx, shop: tx.claim_answer(shop, AnswerRow(b"key", b"theirs", 9), 9),
    "save_answer": lambda tx, shop: tx.save_answer(shop, AnswerRow(b"key", b"theirs", 9)),
    "forget_answer": lambda tx, shop: tx.forget_answer(shop, b"key"),
    "forget_answers": lambda tx, shop: tx.forget_answers(shop, 99),
    "count_drops": lambda tx, shop: tx.count_drops(shop, {"bot": 9}),
    "save_coupon": lambda tx, shop: tx.save_coupon(shop, a_coupon("ten", "Theirs")),
    "lock_coupon": lambda tx, shop: tx.lock_coupon(shop, "ten"),
    "add_codes": lambda tx, shop: tx.add_codes(shop, [a_code("K1", "theirs")]),
    "claim_code": lambda tx, shop: tx.claim_code(shop, "pool"),
    "save_code": lambda tx, shop: tx.save_code(shop, a_code("K1", "theirs")),
    "add_redemption": lambda tx, shop: tx.add_redemption(shop, Redemption("K1", "theirs", 9)),
    "forget_codes": lambda tx, shop: tx.forget_codes(shop, [1]),
    "lock_products": lambda tx, shop: tx.lock_products(shop, ["p1"]),
    "save_products": lambda tx, shop: tx.save_products(shop, [a_product("p1", "theirs")], 9),
    "remove_product": lambda tx, shop: tx.remove_product(shop, "p1"),
    "remove_unseen": lambda tx, shop: tx.remove_unseen(shop, 99),
    "care_no_more": lambda tx, shop: tx.care_no_more(shop, "p1", [1]),
    "save_reviews": lambda tx, shop: tx.save_reviews(shop, [a_review("r1", "theirs")]),
    "remove_review": lambda tx, shop: tx.remove_review(shop, "r1"),
    "suppress": lambda tx, shop: tx.suppress(shop, [a_suppression()]),
    "unsuppress": lambda tx, shop: tx.unsuppress(shop, "email", ANN.value),
    "save_flow": lambda tx, shop: tx.save_flow(shop, a_flow("cart", "Theirs")),
    "add_flow_version": lambda tx, shop: tx.add_flow_version(shop, a_flow_version("cart", 2)),
    "add_template": lambda tx, shop: tx.add_template(shop, a_template("cart-help", 2)),
    "archive_template": lambda tx, shop: tx.archive_template(
        shop, ArchivedTemplate("cart-help", 9, "theirs")
    ),
    "restore_template": lambda tx, shop: tx.restore_template(shop, "cart-help"),
    "place_runs": lambda tx, shop: tx.place_runs(shop, [a_run(step="theirs")]),
    "place_runs that ended": lambda tx, shop: tx.place_runs(shop, [a_run(step=None)]),
    "add_decisions": lambda tx, shop: tx.add_decisions(shop, [a_decision()]),
    "queue": lambda tx, shop: tx.queue(shop, [a_message("m1", 2)]),
    "lock_message": lambda tx, shop: tx.lock_message(shop, "m1"),
    "save_message": lambda tx, shop: tx.save_message(
        shop, a_message(status="sent"), a_message(status="queued")
    ),
    "keep_copy": lambda tx, shop: tx.keep_copy(shop, a_copy(b"theirs"), b"theirs"),
    "add_visit": lambda tx, shop: tx.add_visit(shop, a_visit(at=9)),
    "judge_visits": lambda tx, shop: tx.judge_visits(shop, [a_visit(said="trap")]),
    "respond": lambda tx, shop: tx.respond(shop, "m1", "opened", 9),
    "save_recoveries": lambda tx, shop: tx.save_recoveries(shop, [a_recovery(revenue=9)]),
    "own_recoveries": lambda tx, shop: tx.own_recoveries(shop, [(3, 50), (4, 50)]),
    "add_return": lambda tx, shop: tx.add_return(shop, ReturnRow(4, "o1", 50, 9, "EUR")),
    "readdress": lambda tx, shop: tx.readdress(shop, 1, 50),
    "forget_flows_of": lambda tx, shop: tx.forget_flows_of(shop, 1),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_stranger_changes_nothing(
    store: DatabaseStore,
    shop: ShopId,
    stranger: ShopId,
    write: Callable[[Transaction, ShopId], object],
) -> None:
    with store.reading() as reading:
        before = {name: read(reading, shop) for name, read in READS.items()}
    with store.transaction() as tx:
        write(tx, stranger)
    with store.reading() as reading:
        assert {name: read(reading, shop) for name, read in READS.items()} == before


def test_ids_of_events_are_each_shops_own(
    store: DatabaseStore, shop: ShopId, stranger: ShopId
) -> None:
    with store.transaction() as tx:
        assert tx.unseen(stranger, ["event-1"]) == {"event-1"}
        assert tx.unseen(shop, ["event-1"]) == set()


def test_a_stranger_cannot_save_over_a_profile(
    store: DatabaseStore, shop: ShopId, stranger: ShopId
) -> None:
    with pytest.raises(Exception, match=r"(?i)unique"), store.transaction() as tx:
        tx.save(stranger, [a_profile(1, b"theirs", FOREVER)])
    with store.reading() as reading:
        row = reading.profile(shop, 1)
        assert row is not None
        assert row.state == b"state"
