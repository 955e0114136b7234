"""News of a product: a lower price, few left, back in stock; and whom they concern.

They concern who has the product in an open cart, or looked at it and did not order since. What is
told to somebody is an event of their own, so that flows, segments and the log know it alike.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from cartback.domain.cart import Cart, CartId
from cartback.domain.event import Event, Json, Line, Metric, ShopId
from cartback.domain.flow import GoodsTrigger, OnBackInStock, OnLowStock, OnPriceDrop
from cartback.domain.instant import Instant
from cartback.domain.order import has_bought
from cartback.domain.predicate import Predicate
from cartback.domain.product import Product, Variant
from cartback.domain.profile import Profile

Kind: TypeAlias = Literal["price_dropped", "low_stock", "back_in_stock"]
METRICS: Final[dict[Kind, Metric]] = {
    "price_dropped": Metric.PRICE_DROPPED,
    "low_stock": Metric.LOW_ON_STOCK,
    "back_in_stock": Metric.BACK_IN_STOCK,
}


CARES_FOR: Final = "cares_for"
"""The property that says for how long the person had cared for the product when the news came."""


class Wanted(NamedTuple):
    """What the flows at work listen to; `few` is the most that any of them calls low."""

    price: bool = False
    few: int = 0
    back: bool = False

    def __bool__(self) -> bool:
        return self.price or self.few > 0 or self.back


NOTHING_WANTED: Final = Wanted()


class VariantNews(msgspec.Struct, frozen=True, omit_defaults=True):
    """What changed of one variant: its price from `was` to `now`, or its stock likewise."""

    variant: str
    was: int | None = None
    now: int | None = None
    currency: str = ""


class News(msgspec.Struct, frozen=True):
    """What changed of a product, at one time and of one kind; at least one variant."""

    at: Instant
    product: str
    kind: Kind
    variants: tuple[VariantNews, ...]


def wanted_by(triggers: Iterable[object]) -> Wanted:
    """What these triggers listen to."""
    wanted = Wanted()
    for one in triggers:
        match one:
            case OnPriceDrop():
                wanted = wanted._replace(price=True)
            case OnLowStock(at_most=most):
                wanted = wanted._replace(few=max(wanted.few, most))
            case OnBackInStock():
                wanted = wanted._replace(back=True)
    return wanted


# --- what changed --------------------------------------------------------------------------------


def news_of(
    before: Product | None, after: Product | None, wanted: Wanted, at: Instant
) -> Sequence[News]:
    """What somebody listens to among what changed. A product that is new is no news."""
    if before is None or after is None:
        return ()
    then = {one.id: one for one in before.variants}
    pairs = [(then[one.id], one) for one in after.variants if one.id in then]
    listens: dict[Kind, bool] = {
        "price_dropped": wanted.price,
        "back_in_stock": wanted.back,
        "low_stock": wanted.few > 0,
    }
    changed = {kind: tuple(_variants(kind, pairs, wanted)) for kind in listens if listens[kind]}
    return [News(at, after.id, kind, variants) for kind, variants in changed.items() if variants]


def _variants(
    kind: Kind, pairs: Iterable[tuple[Variant, Variant]], wanted: Wanted
) -> Iterator[VariantNews]:
    for was, now in pairs:
        match kind:
            case "price_dropped":
                if now.is_in_stock and _fell(was, now):
                    yield VariantNews(now.id, was.now, now.now, now.currency or "")
            case "back_in_stock":
                if now.is_in_stock and not was.is_in_stock:
                    yield VariantNews(now.id, 0, now.stock)
            case "low_stock":
                if now.stock is not None and 0 < now.stock <= wanted.few and _fewer(was, now.stock):
                    yield VariantNews(now.id, was.stock, now.stock)


def _fell(was: Variant, now: Variant) -> bool:
    """Prices in different currencies are not compared."""
    if was.now is None or now.now is None or was.currency != now.currency:
        return False
    return now.now < was.now


def _fewer(was: Variant, stock: int) -> bool:
    return was.stock is None or was.stock > stock


def still_true(news: News, product: Product | None) -> News | None:
    """What of the news is so by now; None where nothing is."""
    if product is None:
        return None
    now = {one.id: one for one in product.variants}
    kept = tuple(
        one
        for one in news.variants
        if one.variant in now and _holds(news.kind, one, now[one.variant])
    )
    return msgspec.structs.replace(news, variants=kept) if kept else None


def _holds(kind: Kind, one: VariantNews, now: Variant) -> bool:
    if not now.is_in_stock:
        return False
    match kind:
        case "price_dropped":
            return now.now is not None and one.was is not None and now.now < one.was
        case "low_stock":
            return now.stock is not None and one.now is not None and now.stock <= one.now
        case "back_in_stock":
            return True


# --- whom it concerns ----------------------------------------------------------------------------


def cared_for(carts: Mapping[CartId, Cart], viewed: Iterable[str]) -> set[str]:
    """The products that somebody may care for: in an open cart, or looked at."""
    found = set(viewed)
    for cart in carts.values():
        if cart.is_open:
            found.update(line.product_id for line in cart.lines() if line.product_id)
    return found


class _Interest(NamedTuple):
    """Where the product is in carts, and when it was looked at."""

    line: Line | None
    cart: Cart | None
    viewed: Instant | None

    @property
    def since(self) -> Instant:
        """When it began: when the line came into the cart as it is now, or the last look; of both
        the later."""
        line, cart = self.line, self.cart
        came = [] if self.viewed is None else [self.viewed]
        if line is not None and cart is not None:
            came += [
                min(
                    (
                        change.at
                        for change in cart.changes
                        if any(one.product_id == line.product_id for one in change.lines)
                    ),
                    default=cart.activity,
                )
            ]
        return max(came)


def told(news: News, profile: Profile, shop: ShopId, now: Instant) -> Event | None:
    """The news as an event of this person; None where it does not concern them."""
    interest = _interest(news.product, profile)
    if interest.cart is None and interest.viewed is None:
        return None
    chosen = _chosen(news, interest.line)
    if chosen is None:
        return None
    at = max(now, profile.clock)
    cart, viewed = interest.cart, interest.viewed
    about: dict[str, Json] = {
        "product_id": news.product,
        "variant_id": chosen.variant,
        "in_cart": cart is not None,
        "cart_id": "" if cart is None else cart.id,
        "cart_for": None if cart is None else max(0, news.at - cart.activity),
        "viewed_for": None if viewed is None else max(0, news.at - viewed),
        CARES_FOR: max(0, news.at - interest.since),
        **_said(news.kind, chosen),
    }
    return Event(
        shop=shop,
        id=f"{news.kind}:{news.at}:{profile.id}:{news.product}",
        metric=METRICS[news.kind],
        identifiers=(),
        time=min(news.at, at),
        received=at,
        properties=about,
    )


def _said(kind: Kind, one: VariantNews) -> dict[str, Json]:
    if kind != "price_dropped":
        return {"stock": one.now, "stock_before": one.was}
    was, now = one.was or 0, one.now or 0
    percent = (was - now) * 100 // was if was else 0
    return {"price": now, "price_before": was, "currency": one.currency, "percent": percent}


def _interest(product: str, profile: Profile) -> _Interest:
    carts = sorted(
        (one for one in profile.carts.values() if one.is_open),
        key=lambda one: (-one.activity, one.id),
    )
    held = [(line, cart) for cart in carts for line in cart.lines() if line.product_id == product]
    line, cart = held[0] if held else (None, None)
    viewed = profile.viewed.get(product)
    if viewed is not None and any(has_bought(one, product, viewed) for one in profile.orders):
        viewed = None
    return _Interest(line, cart, viewed)


def _chosen(news: News, line: Line | None) -> VariantNews | None:
    """The variant that is in the cart; for who only looked, the one that changed the most."""
    if line is not None and line.variant_id:
        plain = [one for one in news.variants if one.variant in (line.variant_id, "")]
        return plain[0] if plain else None
    return min(news.variants, key=lambda one: ((one.now or 0) - (one.was or 0), one.variant))


# --- which flows it begins -----------------------------------------------------------------------


def test_of(trigger: GoodsTrigger) -> Predicate:
    """Whether an event about a product is one that begins a run."""
    within = trigger.span

    def is_near(properties: object, name: str) -> bool:
        span = properties.get(name) if isinstance(properties, dict) else None
        return isinstance(span, int) and span <= within

    def concerns(properties: object) -> bool:
        cart = trigger.interest != "viewed" and is_near(properties, "cart_for")
        return cart or (trigger.interest != "cart" and is_near(properties, "viewed_for"))

    def test(properties: object) -> bool:
        if not isinstance(properties, dict) or not concerns(properties):
            return False
        match trigger:
            case OnPriceDrop(at_least=least):
                return int(properties.get("percent") or 0) >= least
            case OnLowStock(at_most=most):
                before = properties.get("stock_before")
                few = int(properties.get("stock") or 0) <= most
                return few and (before is None or int(before) > most)
            case OnBackInStock():
                return True

    return test
