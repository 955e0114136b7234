"""Whether news of a product are still worth a message to somebody when it is to leave.

Between the news and the message the person may have ordered it, or an order from before may only
now have arrived; and the product may have sold out, or cost more again.
"""

from collections.abc import Iterator

from cartback.domain.effect import Reason
from cartback.domain.event import Event, Line
from cartback.domain.flow import GoodsTrigger, OnLowStock, OnPriceDrop
from cartback.domain.instant import Instant
from cartback.domain.order import articles_of, may_hold
from cartback.domain.product import Product, Variant
from cartback.domain.product_news import CARES_FOR
from cartback.domain.profile import Profile


def is_bought(news: Event, profile: Profile, product: Product | None) -> bool:
    """Whether an order that may hold the product came since the person began to care for it, or
    one that took the cart with it, by the times of the orders and whenever they arrived."""
    since = _since(news)
    articles = frozenset(article for line in _lines(news, product) for article in articles_of(line))
    if any(one.at >= since and may_hold(one, articles) for one in profile.orders):
        return True
    cart = profile.carts.get(str(news.properties.get("cart_id", "")))
    if not news.properties.get("in_cart") or cart is None or cart.closed_at < since:
        return False
    id_ = news.properties.get("product_id")
    return all(line.product_id != id_ for line in cart.lines())


def _since(news: Event) -> Instant:
    """When the person began to care for it; news of older releases say when they last did."""
    said = news.properties
    spans = [said.get(CARES_FOR)]
    if not isinstance(spans[0], int):
        spans = [said.get("cart_for"), said.get("viewed_for")]
    return news.time - min((one for one in spans if isinstance(one, int)), default=0)


def _lines(news: Event, product: Product | None) -> Iterator[Line]:
    """The names under which an order may know it."""
    yield Line(product_id=str(news.properties.get("product_id", "")))
    if product is not None:
        yield Line(name=product.name)
        yield from (Line(sku=one.sku) for one in product.variants if one.sku)


def untrue(news: Event, trigger: GoodsTrigger, product: Product | None) -> Reason | None:
    """Why the news are not so any more, None while they are."""
    variant = None
    if product is not None:
        variant = product.variant(str(news.properties.get("variant_id", "")))
    if variant is None:
        return Reason.PRODUCT_GONE
    if not variant.is_in_stock:
        return Reason.PRODUCT_SOLD_OUT
    match trigger:
        case OnPriceDrop(at_least=least) if _percent(news, variant) < least:
            return Reason.PRICE_UP
        case OnLowStock(at_most=most) if variant.stock is None or variant.stock > most:
            return Reason.STOCK_UP
    return None


def _percent(news: Event, variant: Variant) -> int:
    """By how many hundredths it costs less than before; 0 where the two are not comparable."""
    was, now = news.properties.get("price_before"), variant.now
    same = (variant.currency or "") == news.properties.get("currency", "")
    if not same or not isinstance(was, int) or was <= 0 or now is None:
        return 0
    return max(0, (was - now) * 100 // was)
