"""A few scripted people among the simulated ones, so that the demo always has something to show.

Each does one thing that is worth watching, at a known second after the moment `opening`, at which
the demo begins to run before your eyes.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from operator import attrgetter
from typing import Final, NamedTuple

from cartback.demo.catalogue import catalogue
from cartback.demo.person import Person
from cartback.demo.shopper import Shopper
from cartback.domain.event import Event, ShopId
from cartback.domain.instant import DAY, HOUR, MINUTE, SECOND, WEEK, Instant, Milliseconds


class Part(NamedTuple):
    """Somebody's role: what is going to be seen, and when at the latest."""

    key: str
    person: Person
    promise: str
    at: Milliseconds


ADA: Final = Part(
    "story-ada",
    Person("Ada", "Lantern", "ada.lantern@example.com"),
    "leaves a big cart at the checkout; is in the segment for a week, to the second, and gets mail",
    3 * MINUTE + 17 * SECOND,
)
TOM: Final = Part(
    "story-tom",
    Person("Tom", "Teacup", "tom.teacup@example.org"),
    "left a cart a week ago and leaves the segment by time alone",
    12 * MINUTE + 34 * SECOND,
)
JONAS: Final = Part(
    "story-jonas",
    Person("Jonas", "Paisley", "jonas.paisley@example.net"),
    "starts the checkout and orders within the hour: the cart is never abandoned",
    41 * MINUTE,
)
MINA: Final = Part(
    "story-mina",
    Person("Mina", "Ribbon", "mina.ribbon@example.com"),
    "left a cart yesterday, logs in on another device and orders: a recovery",
    31 * MINUTE,
)
VERA: Final = Part(
    "story-vera",
    Person("Vera", "Saucer", "vera.saucer@example.com"),
    "leaves a cart and orders three minutes before the first mail would go: none goes",
    75 * MINUTE + 10 * SECOND,
)
ROBIN: Final = Part(
    "story-robin",
    Person("Robin", "Doily", "robin.doily@example.org"),
    "looks at three products and puts none into the cart",
    7 * MINUTE,
)
OMAR: Final = Part(
    "story-omar",
    Person("Omar", "Skittle", "omar.skittle@example.net"),
    "leaves a big cart as a stranger, says later who it was, gets a code, and orders with it",
    68 * MINUTE,
)
CAST: Final = (ADA, TOM, JONAS, MINA, VERA, ROBIN, OMAR)


def story(shop: ShopId, opening: Instant) -> list[Event]:
    """What the cast does, in order of time; it begins a week before the opening."""
    scripts: tuple[tuple[Part, Callable[[Shopper, Instant], None]], ...] = (
        (ADA, _leaves_a_big_cart),
        (TOM, _left_a_week_ago),
        (JONAS, _orders_in_time),
        (MINA, _comes_back),
        (VERA, _orders_before_the_mail),
        (ROBIN, _only_looks),
        (OMAR, _says_who_later),
    )
    events: list[Event] = []
    for part, act in scripts:
        shopper = Shopper(
            shop=shop, key=part.key, person=part.person, country="GB", at=opening, random=None
        )
        act(shopper, opening)
        events += shopper.events
    return sorted(events, key=attrgetter("time", "id"))


def tell(simulated: Iterable[Event], scripted: Iterable[Event]) -> Iterator[Event]:
    """The scripted people among the simulated ones, in order of time."""
    return merge(simulated, scripted, key=attrgetter("time"))


_CAKESTAND, _BUNTING, _CHALKBOARD, _LANTERN, _CLOCK, _TEACUP = (
    *("22423", "47566", "22457", "85123A", "22727", "22699"),
)


def _fill(shopper: Shopper, since: Instant, *lines: tuple[str, int]) -> None:
    """View and add each line, 20 seconds apart."""
    products = catalogue().products
    shopper.at = since
    shopper.arrive()
    for code, pieces in lines:
        shopper.at += 10 * SECOND
        shopper.view(products[code])
        shopper.at += 10 * SECOND
        shopper.add(products[code], pieces)


def _begin_checkout(shopper: Shopper, at: Instant) -> None:
    shopper.at = at
    shopper.start_checkout(catalogue())
    shopper.at += 40 * SECOND
    shopper.identify()
    shopper.fill_in("contact")


def _leaves_a_big_cart(shopper: Shopper, opening: Instant) -> None:
    lines = ((_CAKESTAND, 3), (_TEACUP, 8), (_BUNTING, 4), (_LANTERN, 6))
    shopper.at = opening + MINUTE - SECOND
    shopper.identify()  # the first who is seen to enter has a name
    shopper.subscribe("popup")
    _fill(shopper, opening + MINUTE, *lines)
    _begin_checkout(shopper, opening + ADA.at)


def _left_a_week_ago(shopper: Shopper, opening: Instant) -> None:
    checkout = opening + TOM.at - WEEK
    _fill(shopper, checkout - 5 * MINUTE, (_CLOCK, 2), (_CHALKBOARD, 1))
    _begin_checkout(shopper, checkout)


def _orders_in_time(shopper: Shopper, opening: Instant) -> None:
    _fill(shopper, opening + 4 * MINUTE, (_BUNTING, 2), (_TEACUP, 2))
    _begin_checkout(shopper, opening + 8 * MINUTE + 5 * SECOND)
    shopper.at = opening + JONAS.at
    shopper.order(catalogue())


def _comes_back(shopper: Shopper, opening: Instant) -> None:
    checkout = opening - DAY - 2 * HOUR
    shopper.open_account()
    _fill(shopper, checkout - 4 * MINUTE, (_LANTERN, 4), (_CAKESTAND, 1))
    _begin_checkout(shopper, checkout)
    shopper.at = opening + 20 * MINUTE
    shopper.switch_device(log_in=True)
    shopper.at = opening + MINA.at - 2 * MINUTE
    shopper.start_checkout(catalogue())
    shopper.at = opening + MINA.at
    shopper.order(catalogue())


def _orders_before_the_mail(shopper: Shopper, opening: Instant) -> None:
    _fill(shopper, opening + MINUTE + 30 * SECOND, (_CLOCK, 1), (_TEACUP, 4))
    _begin_checkout(shopper, opening + 2 * MINUTE + 30 * SECOND)
    shopper.subscribe("checkout")
    shopper.at = opening + VERA.at
    shopper.order(catalogue())


def _only_looks(shopper: Shopper, opening: Instant) -> None:
    products = catalogue().products
    shopper.at = opening + 5 * MINUTE
    shopper.arrive()
    for code in (_CLOCK, _CHALKBOARD, _CAKESTAND):
        shopper.at += 30 * SECOND
        shopper.view(products[code])
    shopper.at = opening + ROBIN.at
    shopper.identify()
    shopper.subscribe("popup")


def _says_who_later(shopper: Shopper, opening: Instant) -> None:
    lines = ((_CAKESTAND, 4), (_TEACUP, 2), (_LANTERN, 6), (_CHALKBOARD, 2))
    _fill(shopper, opening + 6 * MINUTE, *lines)
    shopper.at = opening + 8 * MINUTE
    shopper.start_checkout(catalogue())
    shopper.at = opening + OMAR.at
    shopper.identify()
    shopper.subscribe("popup")
