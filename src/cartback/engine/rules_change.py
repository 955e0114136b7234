"""Changing a shop's rules: one change at a time, and each is the next version; its settings."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from cartback.domain.condition import Condition
from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.domain.rules import Settings, encode_rules
from cartback.domain.ruleset import make_rules
from cartback.engine.backfill import ask_for
from cartback.engine.ingest import tried
from cartback.engine.ports import Store, Transaction
from cartback.engine.rulebook import present_rules
from cartback.engine.shop_ports import RulesRow

Outcome = TypeVar("Outcome")


def retried(store: Store, shop: ShopId, act: Callable[[Transaction], Outcome]) -> Outcome:
    """Change a shop's definitions alone with it, again where somebody came in between. Raises
    Contention where they kept doing so."""

    def alone(tx: Transaction) -> Outcome:
        tx.hold(shop)
        return act(tx)

    return tried(store, alone)


def change_settings(
    store: Store,
    shop: ShopId,
    settings: Settings | Callable[[Settings], Settings],
    now: Instant,
) -> Settings:
    """New settings of a shop, or what a function makes of the present ones; they are returned.

    Every segment and every cart is judged again with them.
    """

    def change(tx: Transaction) -> Settings:
        rules = present_rules(tx, shop)
        new = settings if isinstance(settings, Settings) else settings(rules.settings)
        if rules.settings != new:
            segments = ((one.key, one.name, one.when) for one in rules.segments)
            ask_for(tx, shop, put_rules(tx, shop, new, segments, now))
        return new

    return retried(store, shop, change)


def put_rules(
    tx: Transaction,
    shop: ShopId,
    settings: Settings,
    segments: Iterable[tuple[str, str, Condition]],
    now: Instant,
) -> int:
    """The next version of the rules, by its number; what they change is to be built again."""
    before = tx.rules_version(shop)
    previous = present_rules(tx, shop) if before else None
    rules = make_rules(previous, settings, segments)
    tx.add_rules(shop, RulesRow(rules.version, encode_rules(rules)))
    changed = {one.key for one in rules.segments if one.since == rules.version}
    for row in tx.segments(shop):
        if row.status == "live" and row.key in changed:
            again = msgspec.structs.replace(row, status="building", done=0, updated=now)
            tx.save_segment(shop, again)
    return rules.version
