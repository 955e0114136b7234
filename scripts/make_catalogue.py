"""Make the demo shop's catalogue.csv and habits.json from the UCI Online Retail data set.

    python scripts/make_catalogue.py online_retail.csv.gz [folder]

What is taken, and how, is told in src/cartback/demo/README.md. The same input gives the same bytes.
"""

import csv
import gzip
import io
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from statistics import median_low
from typing import Final, NamedTuple

PRODUCTS: Final = 300
COMPANIONS: Final = 3
LONGEST: Final = 40
HOUSEHOLD: Final = 150_00  # pence: an order up to here is taken for one of a household
MOST_LINES: Final = 12
MOST_PIECES: Final = 12
COUNTRIES: Final = 8
DEMO: Final = Path(__file__).resolve().parent.parent / "src" / "cartback" / "demo"

OTHERWISE: Final = "Home"
# The first category of which a word is in the description.
CATEGORIES: Final = (
    (OTHERWISE, ("PLASTERS",)),
    ("Christmas", ("CHRISTMAS", "SLEIGH", "50'S CRACKERS", "CRACKERS")),
    ("Signs and boards", ("SIGN", "CHALKBOARD", "BLACK BOARD", "MEMO BOARD", "BLOCK WORD")),
    ("Clocks", ("CLOCK",)),
    ("Doormats and garden", ("DOORMAT", "GARDENERS", "GARDEN", "PLANT")),
    ("Warm and cosy", ("HOT WATER BOTTLE", "HAND WARMER", "HOTTIE")),
    ("Lunch and picnic", ("LUNCH", "SNACK BOXES", "PICNIC")),
    ("Bags and cases", ("BAG", "SHOPPER", "MINI CASES", "CARD WALLET")),
    ("Baking", ("CAKE", "BAKING", "COOKIE", "JELLY MOULDS")),
    ("Lights and candles", ("LIGHT", "LIGHTS", "CANDLE", "CANDLES", "CANDLEHOLDER", "T-LIGHT")),
    (
        "Party",
        ("BUNTING", "PARTY", "PAPER", "NAPKINS", "BIRTHDAY", "COCKTAIL", "TISSUES", "GIFT TAGS"),
    ),
    (
        "Toys and games",
        (
            *("GAME", "SNAP", "DOLL", "PLAYHOUSE", "SKITTLES", "HARMONICA", "GLIDERS", "DOMINOES"),
            *("SPINNING TOPS", "SKIPPING ROPE", "SNAKES", "BINGO", "NESTING BOXES", "MONEY BANK"),
            *("TOY TIDY", "PARASOL", "SILK FAN"),
        ),
    ),
    (
        "Craft and stationery",
        (
            *("FELTCRAFT", "FELT CRAFT", "CRAFT", "SEWING", "KNITTING", "STATIONERY", "NOTEBOOKS"),
            *("RIBBON", "RIBBONS", "CRAYONS", "PAINT", "COLOURING", "MODELLING", "CARD"),
        ),
    ),
    (
        "Kitchen and table",
        (
            *("TIN", "TINS", "JAM", "RECIPE", "SCALES", "ENAMEL", "MEASURING", "TEA", "TEACUP"),
            *("TEAPOT", "CUP", "BOWL", "BOWLS", "OVEN GLOVE", "APRON", "BREAD BIN", "CAKESTAND"),
            *("MILK BOTTLES", "POPCORN", "FOOD CONTAINER", "PANTRY", "CUTLERY", "CAKE STAND"),
        ),
    ),
)

CODE: Final = re.compile(r"\d{5}[A-Z]?")  # others are postage, fees and samples
SPELLING: Final = (
    (r"\bS/(\d+)\b", r"SET OF \1"),
    (r"^SET (\d+)\b", r"SET OF \1"),
    (r"\bSET/(\d+)\b", r"SET OF \1"),
    (r"\bSET OF(\d+)\b", r"SET OF \1"),
    (r"\bASSTD\b", "ASSORTED"),
    (r"\bHLDR\b", "HOLDER"),
    (r"\bANT WHITE\b", "ANTIQUE WHITE"),
    (r"\bPC\b", "PIECE"),
    (r"\s*\+\s*", " AND "),
    (r",(?=\S)", ", "),
    (r"[. ]+$", ""),
    (r"\s+", " "),
)
CAPITALS: Final = frozenset({"led"})
SMALL: Final = frozenset({"of", "and", "in", "with", "the", "to", "at", "or", "for", "a"})
COUNTRY_CODES: Final = {
    "United Kingdom": "GB",
    "Germany": "DE",
    "France": "FR",
    "EIRE": "IE",
    "Belgium": "BE",
    "Netherlands": "NL",
    "Spain": "ES",
    "Portugal": "PT",
    "Australia": "AU",
    "Switzerland": "CH",
}


class Purchase(NamedTuple):
    """One line of an invoice that was sold and not returned; the price in pence."""

    invoice: str
    code: str
    description: str
    pieces: int
    price: Decimal
    country: str


def main(source: Path, folder: Path) -> None:
    purchases = list(read(source))
    catalogue, best = catalogue_of(purchases)
    (folder / "catalogue.csv").write_text(catalogue, encoding="utf-8", newline="")
    (folder / "habits.json").write_text(habits_of(purchases, best), encoding="utf-8", newline="")


def read(source: Path) -> Iterator[Purchase]:
    with gzip.open(source, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            pieces, price = int(row["Quantity"]), Decimal(row["UnitPrice"]) * 100
            invoice, code = row["InvoiceNo"], row["StockCode"].strip().upper()
            if invoice.startswith("C") or pieces <= 0 or price <= 0 or not CODE.fullmatch(code):
                continue
            description = " ".join(row["Description"].split())
            yield Purchase(invoice, code, description, pieces, price, row["Country"])


def catalogue_of(purchases: Iterable[Purchase]) -> tuple[str, frozenset[str]]:
    """The catalogue's text, and the codes in it."""
    descriptions: defaultdict[str, Counter[str]] = defaultdict(Counter)
    prices: defaultdict[str, list[Decimal]] = defaultdict(list)
    baskets: defaultdict[str, set[str]] = defaultdict(set)
    for one in purchases:
        descriptions[one.code][one.description] += 1
        prices[one.code].append(one.price)
        baskets[one.invoice].add(one.code)
    orders = Counter(code for basket in baskets.values() for code in basket)
    ranked = sorted(orders, key=lambda code: (-orders[code], code))[:PRODUCTS]
    best = frozenset(ranked)
    together = companions(baskets.values(), orders, best)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("code", "name", "category", "price", "orders", "bought_with"))
    for code in ranked:
        description = most_frequent(descriptions[code])
        price = round(median_low(prices[code]))
        row = (code, tidy(description), category(description), price, orders[code])
        rows.writerow((*row, " ".join(together[code])))
    return out.getvalue(), best


def companions(
    baskets: Iterable[set[str]], orders: Counter[str], best: frozenset[str]
) -> dict[str, list[str]]:
    """For each product the ones most often on the same invoice, by the cosine of their orders.

    Invoices longer than LONGEST are left out: half the shop is on them.
    """
    shared: Counter[tuple[str, str]] = Counter()
    for basket in baskets:
        if len(basket) > LONGEST:
            continue
        shared.update(combinations(sorted(basket & best), 2))
    near: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for (one, other), count in shared.items():
        closeness = count * count / (orders[one] * orders[other])
        near[one].append((-closeness, other))
        near[other].append((-closeness, one))
    return {code: [other for _, other in sorted(near[code])[:COMPANIONS]] for code in best}


def habits_of(purchases: Iterable[Purchase], best: frozenset[str]) -> str:
    """How many lines and pieces a household's order has, and where it goes."""
    invoices: defaultdict[str, list[Purchase]] = defaultdict(list)
    for one in purchases:
        invoices[one.invoice].append(one)
    lines: Counter[int] = Counter()
    pieces: Counter[int] = Counter()
    countries: Counter[str] = Counter()
    for invoice in invoices.values():
        countries[COUNTRY_CODES.get(invoice[0].country, "")] += 1
        if sum(one.pieces * one.price for one in invoice) > HOUSEHOLD:
            continue
        lines[len({one.code for one in invoice})] += 1
        pieces.update(one.pieces for one in invoice if one.code in best)
    del countries[""]
    habits = {
        "lines": {str(size): lines[size] for size in range(1, MOST_LINES + 1)},
        "pieces": {str(size): pieces[size] for size in range(1, MOST_PIECES + 1)},
        "countries": dict(sorted(countries.items(), key=lambda one: (-one[1], one[0]))[:COUNTRIES]),
    }
    return json.dumps(habits, indent=1) + "\n"


def most_frequent(counted: Counter[str]) -> str:
    return min(counted, key=lambda description: (-counted[description], description))


def category(description: str) -> str:
    padded = f" {spelled(description).replace(',', ' ')} "
    for name, words in CATEGORIES:
        if any(f" {word} " in padded for word in words):
            return name
    return OTHERWISE


def tidy(description: str) -> str:
    words = [
        word.lower() if word.lower() in SMALL and place else titled(word)
        for place, word in enumerate(spelled(description).split(" "))
    ]
    return " ".join(words)


def titled(word: str) -> str:
    if word.lower() in CAPITALS:
        return word.upper()
    return "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))


def spelled(description: str) -> str:
    text = description.upper()
    for wrong, right in SPELLING:
        text = re.sub(wrong, right, text)
    return text.strip()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else DEMO)
