"""News of products, told to everybody whom they concern: a few people at a time, each once.

What changed is a row beside the change itself. Whoever tells takes it, finds who may care for the
product (docs/adr/0015-product-news.md), applies an event to each, and notes how far it came, all in
one transaction: so it goes on where it was, whenever and wherever it stops.
"""

from collections.abc import Sequence
from typing import Final

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.liveflow import wanted_in
from cartback.domain.product import Product
from cartback.domain.product_news import Wanted, cared_for, news_of, still_true, told
from cartback.engine.batch import Batch
from cartback.engine.ports import Reading, Store, Transaction
from cartback.engine.rulebook import Rulebook, present_rules

AT_ONCE: Final = 200


def wanted_news(reading: Reading, shop: ShopId) -> Wanted:
    """What the shop's flows at work listen to."""
    return wanted_in(present_rules(reading, shop).flows)


def note_news(
    tx: Transaction,
    shop: ShopId,
    pairs: Sequence[tuple[Product | None, Product | None]],
    now: Instant,
) -> None:
    """Keep what changed of products, before and after, where somebody listens."""
    wanted = wanted_news(tx, shop)
    if wanted:
        found = [one for was, now_ in pairs for one in news_of(was, now_, wanted, now)]
        tx.add_news(shop, found)


def tell(store: Store, rulebook: Rulebook, now: Instant, limit: int = AT_ONCE) -> bool:
    """Tell some people of the oldest news; False where there is none. Raises Contention."""
    with store.reading() as reading:
        if not reading.news_waits():
            return False
    with store.transaction() as tx:
        telling = tx.claim_news()
        if telling is None:
            return False
        shop, product = telling.shop, telling.news.product
        news = still_true(telling.news, tx.products_by(shop, [product]).get(product))
        rules = rulebook.of(tx, shop)
        if news is None or not rules.flows.wanted:
            tx.end_telling(telling)
            return True
        profiles = tx.interested(shop, product, telling.after, limit)
        batch = Batch(tx, shop, rules, now)
        batch.take(tx.lock(shop, profiles).values())
        events = {}
        for one, work in batch.works.items():
            event = told(news, work.profile, shop, now)
            if event is not None:
                events[one] = event
        fresh = tx.unseen(shop, [one.id for one in events.values()])
        for one in sorted(events):
            if events[one].id in fresh:
                batch.apply(one, events[one])
        batch.flush()
        tx.care_no_more(shop, product, [one for one in profiles if not _cares(batch, one, product)])
        if len(profiles) < limit:
            tx.end_telling(telling)
        else:
            tx.told_until(telling, profiles[-1])
    return True


def _cares(batch: Batch, profile: ProfileId, product: str) -> bool:
    work = batch.works.get(profile)
    return work is not None and product in cared_for(work.profile.carts, work.profile.viewed)


def tell_all(store: Store, rulebook: Rulebook, now: Instant) -> int:
    """Everything that waits; how many steps it took."""
    steps = 0
    while tell(store, rulebook, now):
        steps += 1
    return steps
