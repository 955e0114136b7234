"""What is bought together: counted by products, categories and the whole shop, in bounded room.

Counted are the orders in which two products stood together. Each count keeps its most frequent
products only: where a new one needs room, it takes that of the rarest, and its count (Metwally,
Agrawal, El Abbadi 2005, "Space-Saving"). So what is frequent is never lost, and what is rare may
be counted too high by at most the orders over the places.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, Literal, NamedTuple, TypeAlias

from cartback.domain.event import Line

Kind: TypeAlias = Literal["product", "category", "shop"]
Counts: TypeAlias = Mapping[str, int]
PLACES: Final[Mapping[Kind, int]] = {"product": 30, "category": 60, "shop": 200}
MOST_LINES: Final = 12
"""Of an order, its first products: each pair of them is counted."""


class About(NamedTuple):
    """What a count is about: a product by its id, a category by its name, or the shop ("")."""

    kind: Kind
    key: str = ""


SHOP: Final = About("shop")


def pairs_of(lines: Sequence[Line], category: Mapping[str, str]) -> Mapping[About, list[str]]:
    """What one order adds to which counts; `category` is that of a product, where it is known."""
    bought = list(dict.fromkeys(one.product_id for one in lines if one.product_id))[:MOST_LINES]
    found: dict[About, list[str]] = {}
    if bought:
        found[SHOP] = bought
    for one in bought:
        others = [other for other in bought if other != one]
        if others:
            found[About("product", one)] = others
        if category.get(one):
            found.setdefault(About("category", category[one]), []).append(one)
    return found


def counted(before: Counts, more: Iterable[str], places: int) -> dict[str, int]:
    """The counts with some more, in so many places."""
    counts = dict(before)
    for one in more:
        if one in counts or len(counts) < places:
            counts[one] = counts.get(one, 0) + 1
            continue
        rarest = min(counts, key=lambda each: (counts[each], each))
        counts[one] = counts.pop(rarest) + 1
    return counts


def ranked(
    seeds: Sequence[str],
    categories: Sequence[str],
    known: Mapping[About, Counts],
    without: Collection[str],
) -> list[str]:
    """Products to recommend beside some: bought with them most often; then of their categories,
    then of the whole shop, those that are bought most. None twice, none of `without`."""
    rounds: tuple[list[About], ...] = (
        [About("product", one) for one in seeds],
        [About("category", one) for one in categories],
        [SHOP],
    )
    found = chain.from_iterable(_by_count([known.get(one, {}) for one in each]) for each in rounds)
    return [one for one in dict.fromkeys(found) if one not in without]


def _by_count(counts: Sequence[Counts]) -> list[str]:
    total: dict[str, int] = {}
    for one in counts:
        for product, times in one.items():
            total[product] = total.get(product, 0) + times
    return sorted(total, key=lambda product: (-total[product], product))
