"""The columns of a table of products or reviews, by the names that shops give them.

A row is a variant. The names are those of Google's product data specification, of Shopify's and
WooCommerce's exports, and our own; case, blanks and underscores do not matter.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from cartback.domain.event import Json
from cartback.domain.fault import Fault
from cartback.domain.instant import BadTime, parse_instant
from cartback.domain.money import CURRENCIES, exponent_of
from cartback.domain.product import Product
from cartback.domain.review import Review
from cartback.engine.products import parse_product, parse_review
from cartback.sources.money import BadMoney, minor_units

_PRODUCT: Final[Mapping[str, str]] = {
    "product": "productid parentid itemgroupid handle parent",
    "variant": "variantid id",
    "sku": "sku variantsku mpn itemnumber",
    "name": "name title productname",
    "variant_name": "variantname varianttitle",
    "brand": "brand vendor manufacturer brands",
    "url": "url link producturl permalink",
    "image": "image imagelink imageurl images imagesrc variantimage",
    "more_images": "additionalimagelink additionalimages",
    "category": "category categories producttype producttypes googleproductcategory type",
    "price": "price regularprice compareatprice variantcompareatprice",
    "sale_price": "saleprice variantprice",
    "currency": "currency currencycode",
    "cost": "cost costofgoodssold costperitem",
    "stock": "stock quantity inventory inventoryquantity variantinventoryqty qty stockquantity",
    "availability": "availability instock stockstatus",
    "size": "size",
    "color": "color colour",
    "material": "material",
    "pattern": "pattern",
}
_REVIEW: Final[Mapping[str, str]] = {
    "id": "id reviewid",
    "product": "productid product producthandle itemgroupid",
    "author": "author name reviewername reviewer authorname",
    "rating": "rating stars score",
    "text": "text body review reviewbody content comment",
    "at": "at date createdat reviewdate time",
    "portrait": "portrait avatar picture photo",
    "permission": "permission consent publish published maybeshown",
}
_OPTIONS: Final = ("size", "color", "material", "pattern")
_OPTION: Final = re.compile(r"option[ _]?(?:name)?[:_ ]+(.+)", re.IGNORECASE)


class Cells(NamedTuple):
    """Where each thing stands in a row."""

    places: Mapping[str, int]
    options: Mapping[str, int]
    width: int

    def text(self, row: list[str], name: str) -> str:
        place = self.places.get(name)
        return "" if place is None else row[place].strip()


def product_cells(header: list[str]) -> Cells:
    """The columns of a table of products. Raises ValueError where the needed ones are missing."""
    cells = _cells(header, _PRODUCT)
    if not {"product", "variant", "sku"} & cells.places.keys():
        raise UnknownColumns("header_lacks_id", said=_named(header))
    if "name" not in cells.places:
        raise UnknownColumns("header_lacks_name", said=_named(header))
    return cells


def review_cells(header: list[str]) -> Cells:
    """The columns of a table of reviews. Raises likewise."""
    cells = _cells(header, _REVIEW)
    for needed in ("product", "author", "rating", "at"):
        if needed not in cells.places:
            raise UnknownColumns("header_lacks", field=needed, said=_named(header))
    return cells


class UnknownColumns(Fault):
    """A header in which something is missing; the sentence says what is there."""


def _named(header: list[str]) -> str:
    return ", ".join(one[:40] for one in header[:40])


def _cells(header: list[str], known: Mapping[str, str]) -> Cells:
    bare = [re.sub(r"[\s_\-]|^g:", "", name.lower()) for name in header]
    places = {}
    for name, others in known.items():
        for other in others.split():
            if other in bare and name not in places:
                places[name] = bare.index(other)
    options = {
        found[1].strip().lower(): place
        for place, name in enumerate(header)
        if (found := _OPTION.fullmatch(name.strip()))
    }
    return Cells(places, options, len(header))


# --- products ------------------------------------------------------------------------------------


def product_of(cells: Cells, row: list[str], currency: str) -> Product:
    """The product of a row, with the one variant that the row is. Raises ValueError."""
    own = cells.text(row, "variant") or cells.text(row, "sku")
    product = cells.text(row, "product") or own
    for field, text in (("id", product), ("name", cells.text(row, "name"))):
        if not text:
            raise Fault("row_lacks", field=field)
    money = _currency(cells.text(row, "currency").upper() or currency)
    price, money = _price(cells.text(row, "price"), money)
    sale, money = _price(cells.text(row, "sale_price"), money)
    options = {name: cells.text(row, name) for name in _OPTIONS}
    options |= {name: row[place].strip() for name, place in cells.options.items()}
    variant: dict[str, Json] = {
        "id": own if own != product else "",
        "sku": cells.text(row, "sku"),
        "name": cells.text(row, "variant_name"),
        "options": {name: value for name, value in options.items() if value},
        "price": sale if price is None else price,
        "sale_price": None if price is None else sale,
        "currency": money or None,
        "cost": _price(cells.text(row, "cost"), money)[0],
        "stock": _stock(cells.text(row, "stock"), cells.text(row, "availability")),
        "image": "",
        "url": "",
    }
    images = [cells.text(row, "image"), *cells.text(row, "more_images").split(",")]
    return parse_product(
        {
            "id": product,
            "name": cells.text(row, "name"),
            "brand": cells.text(row, "brand"),
            "url": cells.text(row, "url"),
            "images": list(dict.fromkeys(one.strip() for one in images if one.strip()))[:20],
            "categories": _categories(cells.text(row, "category")),
            "variants": [variant],
        }
    )


def _categories(text: str) -> list[str]:
    """`Clothing > Wool, Winter`: each way by its last part, the way above it before that."""
    parts = (part.strip() for one in text.split(",") for part in one.split(">"))
    return list(dict.fromkeys(part for part in parts if part))[:50]


_CURRENCY: Final = re.compile(r"\b([A-Za-z]{3})\b")
_SYMBOLS: Final = {"€": "EUR", "₩": "KRW", "£": "GBP", "원": "KRW"}
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
_DECIMAL_COMMA: Final = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d+),(\d{1,2})")


def _currency(code: str) -> str:
    """One that there is. Raises Fault."""
    if code not in CURRENCIES:
        raise Fault("row_currency", text=code[:40])
    return code


def _price(text: str, currency: str) -> tuple[int | None, str]:
    """`19.99 EUR`, `1.234,50 €`, `12,900`: in minor units, and its currency. Raises ValueError."""
    if not text:
        return None, currency
    written = text
    named = _CURRENCY.search(text)
    if named is not None and any(one.isdigit() for one in text):
        currency = _currency(named[1].upper())
        text = text.replace(named[0], "")
    for symbol, meant in _SYMBOLS.items():
        if symbol in text:
            currency, text = meant, text.replace(symbol, "")
    bare = re.sub(r"[\s$']", "", text)
    comma = _DECIMAL_COMMA.fullmatch(bare)
    bare = f"{comma[1].replace('.', '')}.{comma[2]}" if comma else bare.replace(",", "")
    try:
        return minor_units(bare, exponent_of(currency)), currency
    except BadMoney:
        kind = "row_price_too_large" if _NUMBER.fullmatch(bare) else "row_price"
        raise Fault(kind, text=written[:40]) from None


_IN_STOCK: Final = frozenset("instock in_stock available true yes 1 preorder backorder".split())
_OUT: Final = frozenset("outofstock out_of_stock soldout sold_out unavailable false no 0".split())


def _stock(text: str, availability: str) -> int | None:
    """How many there are; None: not counted. Raises ValueError."""
    word = re.sub(r"[\s\-]", "", availability.lower())
    if word in _OUT:
        return 0
    if word and word not in _IN_STOCK and not word.isdigit():
        raise Fault("row_availability", text=availability[:40])
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,9}(?:\.0+)?", text):
        raise Fault("row_stock", text=text[:40])
    return max(int(text.partition(".")[0]), 0)


# --- reviews -------------------------------------------------------------------------------------

_YES: Final = frozenset("true yes y 1 published approved allowed".split())


def review_of(cells: Cells, row: list[str]) -> Review:
    """The review of a row; without an id it has one that is always the same. Raises ValueError."""
    text = cells.text
    rating = text(row, "rating")
    if not re.fullmatch(r"[1-5](?:\.0+)?", rating):
        raise ValueError(f"rating: {rating[:40]!r} is not a number of stars from 1 to 5")
    try:
        at = parse_instant(text(row, "at"))
    except BadTime as error:
        raise ValueError(f"at: {error}") from None
    product, author = text(row, "product"), text(row, "author")
    return parse_review(
        {
            "id": text(row, "id") or f"{product}:{author}:{at}"[:255],
            "product": product,
            "author": author,
            "rating": int(rating[0]),
            "at": at,
            "text": text(row, "text"),
            "portrait": text(row, "portrait"),
            "permission": text(row, "permission").lower() in _YES,
        }
    )
