"""Products and reviews are taken in: from a file, a feed or the API; what changed is said."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

import msgspec

from cartback.domain.document import refused
from cartback.domain.event import Json, ShopId
from cartback.domain.fault import BadDocument, Fault
from cartback.domain.instant import Instant
from cartback.domain.money import CURRENCIES
from cartback.domain.product import Change, Product, Variant, changes
from cartback.domain.review import Review
from cartback.engine.ports import Store, Transaction
from cartback.engine.telling import note_news

BATCH: Final = 200
MOST_SHOWN: Final = 50
MOST_COMPARED: Final = 200_000
"""So many variants of a file are looked through for those that it names twice."""
_BROKEN: Final = re.compile("[\x00\ud800-\udfff]")


class BadProduct(BadDocument):
    """A document that is no product, or no review; the message says where and what to write."""


class Unread(NamedTuple):
    """A row that could not be taken: its line in the file, counted from 1, and why; as a fault
    where it can be said in any language."""

    line: int
    reason: str
    fault: Fault | None = None


class Read(NamedTuple):
    """A product as a row says it, or a part of one: rows of one product need not stand together."""

    line: int
    product: Product


Rows: TypeAlias = Iterable[Read | Unread]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an import: how many products are new, changed, as they were, and gone; what
    happened to prices and stock; the rows that could not be taken, and those that say anew what an
    earlier one said (`repeated`), the first of them named."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    changes: tuple[Change, ...] = ()
    bad: int = 0
    examples: tuple[Unread, ...] = ()
    repeated: int = 0
    repeats: tuple[Unread, ...] = ()
    kept: str = ""
    """Why nothing was removed although it was asked for; empty where there is no reason."""


_PARTS: Final[Mapping[str, type[msgspec.Struct]]] = {"variants": Variant}


def parse_product(document: Json) -> Product:
    """A product from its document. Raises BadProduct."""
    try:
        product = msgspec.convert(document, Product)
    except msgspec.ValidationError as error:
        raise BadProduct(*refused(error, document, root=Product, without_kind=_PARTS)) from None
    except ValueError as error:
        raise BadProduct(str(error)) from None
    _refuse_broken(product)
    for one in product.variants:
        if one.currency is not None and one.currency not in CURRENCIES:
            fault = Fault("row_currency", text=one.currency)
            raise BadProduct(f"{fault} - at `$.variants[...].currency`", fault)
    return product


def parse_review(document: Json) -> Review:
    """A review from its document. Raises BadProduct."""
    try:
        review = msgspec.convert(document, Review)
    except msgspec.ValidationError as error:
        raise BadProduct(*refused(error, document, root=Review)) from None
    except ValueError as error:
        raise BadProduct(str(error)) from None
    _refuse_broken(review)
    return review


def _refuse_broken(said: Product | Review) -> None:
    if any(_BROKEN.search(text) for text in _texts(msgspec.to_builtins(said))):
        raise BadProduct("a text holds a NUL or half of a character (a lone surrogate)")


def _texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, inner in value.items():
                yield key
                yield from _texts(inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)


# --- products ------------------------------------------------------------------------------------


def take_products(
    store: Store, shop: ShopId, rows: Rows, now: Instant, *, whole: bool = False
) -> Taken:
    """Take products in, a few hundred in a transaction, however many there are.

    With `whole` the rows are all that the shop sells: what they do not name is removed, unless a
    row could not be read or there is none at all.
    """
    took = _Taking(store, shop, now)
    seen: set[str] = set()
    waiting: list[Product] = []
    for row in rows:
        if isinstance(row, Unread):
            took.refuse(row)
            continue
        took.look_for_repeats(row)
        waiting.append(row.product)
        if len(waiting) >= BATCH:
            took.take(waiting, seen)
            waiting = []
    took.take(waiting, seen)
    if whole:
        took.remove_the_rest(bool(seen))
    return took.result


class _Taking:
    """One import on its way."""

    def __init__(self, store: Store, shop: ShopId, now: Instant) -> None:
        self._store = store
        self._shop = shop
        self._now = now
        self._changes: list[Change] = []
        self._examples: list[Unread] = []
        self._lines: dict[tuple[str, str], int] = {}
        self._repeats: list[Unread] = []
        names = ("created", "changed", "unchanged", "removed", "bad", "repeated")
        self._counts = dict.fromkeys(names, 0)
        self._kept = ""

    @property
    def result(self) -> Taken:
        return Taken(
            **self._counts,
            changes=tuple(self._changes),
            examples=tuple(self._examples),
            repeats=tuple(self._repeats),
            kept=self._kept,
        )

    def refuse(self, row: Unread) -> None:
        self._counts["bad"] += 1
        if len(self._examples) < MOST_SHOWN:
            self._examples.append(row)

    def look_for_repeats(self, row: Read) -> None:
        """A variant that an earlier row named counts as this row says it, and that is told."""
        product = row.product.id
        for one in row.product.variants:
            before = self._lines.get((product, one.id))
            if before is not None:
                about = {"product": product[:40], "line": before}
                fault = Fault("row_twice", **about)
                if one.id:
                    fault = Fault("row_variant_twice", variant=one.id[:40], **about)
                self._counts["repeated"] += 1
                if len(self._repeats) < MOST_SHOWN:
                    self._repeats.append(Unread(row.line, str(fault), fault))
            elif len(self._lines) < MOST_COMPARED:
                self._lines[product, one.id] = row.line

    def take(self, products: Sequence[Product], seen: set[str]) -> None:
        """One transaction's worth; a product that this import named before is added to."""
        if not products:
            return
        with self._store.transaction() as tx:
            before = dict(tx.lock_products(self._shop, {one.id for one in products}))
            after: dict[str, Product] = {}
            for one in products:
                known = after.get(one.id) or (before.get(one.id) if one.id in seen else None)
                after[one.id] = one if known is None else _joined(known, one)
                seen.add(one.id)
            tx.save_products(self._shop, list(after.values()), self._now)
            pairs = [(before.get(id_), product) for id_, product in after.items()]
            note_news(tx, self._shop, pairs, self._now)
        for id_, product in after.items():
            self._note(before.get(id_), product)

    def _note(self, before: Product | None, after: Product) -> None:
        kind = "unchanged" if before == after else "created" if before is None else "changed"
        self._counts[kind] += 1
        self._changes.extend(changes(before, after))

    def remove_the_rest(self, any_seen: bool) -> None:
        if self._counts["bad"]:
            self._kept = "a row could not be read, and what it names is not known"
        elif not any_seen:
            self._kept = "there is no product in it"
        else:
            with self._store.transaction() as tx:
                self._counts["removed"] += len(tx.remove_unseen(self._shop, self._now))


def _joined(known: Product, more: Product) -> Product:
    """A product with the variants of two rows; the later one counts."""
    variants: dict[str, Variant] = {one.id: one for one in known.variants}
    variants |= {one.id: one for one in more.variants}
    return msgspec.structs.replace(more, variants=tuple(variants.values()))


def put_product(
    tx: Transaction, shop: ShopId, product: Product, now: Instant
) -> tuple[Change, ...]:
    """Save one product; what changed in price and stock."""
    before = tx.lock_products(shop, [product.id]).get(product.id)
    tx.save_products(shop, [product], now)
    note_news(tx, shop, [(before, product)], now)
    return changes(before, product)


def remove_product(tx: Transaction, shop: ShopId, id: str) -> tuple[Change, ...] | None:  # noqa: A002
    """Forget a product: what was in stock has sold out. None where there is no such product."""
    before = tx.lock_products(shop, [id]).get(id)
    if before is None:
        return None
    tx.remove_product(shop, id)
    return changes(before, None)


# --- reviews -------------------------------------------------------------------------------------


class ReviewRow(NamedTuple):
    """A review as a row says it."""

    line: int
    review: Review


def take_reviews(store: Store, shop: ShopId, rows: Iterable[ReviewRow | Unread]) -> Taken:
    """Take reviews in; one with an id that is known replaces it."""
    took = 0
    bad: list[Unread] = []
    refused = 0
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        good = {one.review.id: one.review for one in batch if isinstance(one, ReviewRow)}
        poor = [one for one in batch if isinstance(one, Unread)]
        refused += len(poor)
        bad.extend(poor[: MOST_SHOWN - len(bad)])
        with store.transaction() as tx:
            tx.save_reviews(shop, list(good.values()))
        took += len(good)
    return Taken(changed=took, bad=refused, examples=tuple(bad))
