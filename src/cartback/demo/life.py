"""How an acquaintance with the shop goes: visits, carts left behind or ordered, and returns."""

from random import Random

from cartback.demo.catalogue import Catalogue, Product
from cartback.demo.habits import Habits
from cartback.demo.shopper import Shopper
from cartback.domain.event import Event, Metric
from cartback.domain.instant import DAY, HOUR, MINUTE, SECOND


def live(shopper: Shopper, habits: Habits, catalogue: Catalogue, random: Random) -> list[Event]:
    """A whole acquaintance with the shop, from the first visit on, at most the horizon long."""
    start = shopper.at
    while True:
        ordered = _visit(shopper, habits, catalogue, random)
        again = habits.orders_again if ordered else habits.looks_again
        if random.random() >= again:
            break
        _look_in_again(shopper, habits, random, weeks_later=ordered)
        if shopper.at > start + habits.horizon:
            break
    return shopper.events


def _visit(shopper: Shopper, habits: Habits, catalogue: Catalogue, random: Random) -> bool:
    """One visit, and the return to its cart where there is one. Whether it led to an order."""
    first = catalogue.products[catalogue.popular(random)]
    shopper.arrive()
    if random.random() < habits.searches:
        shopper.search(first)
    else:
        shopper.view_category(first)
    if random.random() >= habits.fills_cart:
        _look_around(shopper, first, catalogue, random)
        _sign_up(shopper, habits, random)
        return False
    _fill_cart(shopper, first, habits, catalogue, random)
    fate = random.random()
    if fate < habits.orders_at_once:
        _check_out(shopper, habits, catalogue, random)
        return True
    if random.random() < habits.starts_checkout:
        _begin_checkout(shopper, habits, catalogue, random)
    _sign_up(shopper, habits, random)
    if random.random() < habits.comes_back_to_order:
        _come_back(shopper, habits, random)
        shopper.arrive()
        _check_out(shopper, habits, catalogue, random)
        return True
    return False


def _look_around(shopper: Shopper, first: Product, catalogue: Catalogue, random: Random) -> None:
    product = first
    for _ in range(1 + int(random.random() * 4)):
        shopper.view(product)
        product = _next(product, catalogue, random)


def _next(product: Product, catalogue: Catalogue, random: Random) -> Product:
    """Half the time what others bought with it, else anything popular."""
    if random.random() < 0.5:
        code = product.bought_with[int(random.random() * len(product.bought_with))]
    else:
        code = catalogue.popular(random)
    return catalogue.products[code]


def _fill_cart(
    shopper: Shopper, first: Product, habits: Habits, catalogue: Catalogue, random: Random
) -> None:
    product = first
    for _ in range(catalogue.lines(random)):
        shopper.view(product)
        shopper.add(product, catalogue.pieces(random))
        product = _next(product, catalogue, random)
    if random.random() < habits.changes_mind:
        code = next(iter(shopper.cart))
        shopper.change(catalogue.products[code], catalogue.pieces(random), catalogue)
    if len(shopper.cart) > 1 and random.random() < habits.changes_mind:
        shopper.take_out(catalogue.products[next(reversed(shopper.cart))])


def _begin_checkout(shopper: Shopper, habits: Habits, catalogue: Catalogue, random: Random) -> None:
    shopper.start_checkout(catalogue)
    if shopper.email_known or random.random() < habits.tells_email:
        is_new = not shopper.email_known
        _say_who(shopper, habits, random)
        shopper.fill_in("contact")
        if is_new and Random(shopper.person.email).random() < habits.agrees_at_checkout:
            shopper.subscribe("checkout")


def _check_out(shopper: Shopper, habits: Habits, catalogue: Catalogue, random: Random) -> None:
    shopper.start_checkout(catalogue)
    _say_who(shopper, habits, random)
    shopper.fill_in("contact")
    shopper.fill_in("delivery")
    order_id = shopper.order(catalogue, coupon=random.random() < habits.uses_coupon)
    if random.random() < habits.wants_mail:
        shopper.subscribe("checkout")
        _perhaps_unsubscribe(shopper, habits, random)
    _after_order(shopper, order_id, habits, random)


def _say_who(shopper: Shopper, habits: Habits, random: Random) -> None:
    shopper.spend(15 * SECOND, MINUTE)
    if not shopper.email_known and random.random() < habits.has_account:
        shopper.open_account()
    shopper.identify()


def _after_order(shopper: Shopper, order_id: str, habits: Habits, random: Random) -> None:
    fate = random.random()
    if fate < habits.cancels:
        after = int((0.5 + random.random() * 5) * HOUR)
        shopper.hear_of_order(Metric.CANCELLED_ORDER, order_id, after)
        return
    sent = int((12 + random.random() * 60) * HOUR)
    shopper.hear_of_order(Metric.FULFILLED_ORDER, order_id, sent)
    if fate < habits.cancels + habits.refunded:
        back = sent + int((72 + random.random() * 240) * HOUR)
        shopper.hear_of_order(Metric.REFUNDED_ORDER, order_id, back)


def _sign_up(shopper: Shopper, habits: Habits, random: Random) -> None:
    if shopper.email_known or random.random() >= habits.signs_up:
        return
    shopper.spend(5 * SECOND, MINUTE)
    shopper.identify()
    shopper.subscribe("popup")
    _perhaps_unsubscribe(shopper, habits, random)


def _perhaps_unsubscribe(shopper: Shopper, habits: Habits, random: Random) -> None:
    if random.random() < habits.has_had_enough:
        shopper.unsubscribe(int((1 + random.random() * 9) * DAY))


def _come_back(shopper: Shopper, habits: Habits, random: Random) -> None:
    """To the cart: on the device where it is, or logged in on the other one."""
    _wait(shopper, habits, random)
    if shopper.email_known and random.random() < habits.second_device:
        shopper.switch_device(log_in=True)


def _look_in_again(shopper: Shopper, habits: Habits, random: Random, *, weeks_later: bool) -> None:
    """Without a plan: on either device, and a stranger on the other one until the checkout."""
    if weeks_later:
        shopper.spend(7 * DAY, 35 * DAY)
    else:
        _wait(shopper, habits, random)
    if random.random() < habits.second_device:
        shopper.switch_device(log_in=False)


def _wait(shopper: Shopper, habits: Habits, random: Random) -> None:
    """Mostly hours, at times days; nobody comes in the small hours."""
    luck = random.random()
    longest = habits.longest_wait - habits.shortest_return
    shopper.at += habits.shortest_return + int(luck * luck * luck * longest)
    hour = shopper.at // HOUR % 24
    if hour < 6:
        shopper.spend((7 - hour) * HOUR, (10 - hour) * HOUR)
