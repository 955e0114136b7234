"""`cartback catalog`: what the shop sells and what people say of it, from a file or a feed."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from cartback.cli.errors import Refusal
from cartback.cli.ground import json_option, open_shop, shop_option
from cartback.cli.health_catalog import feed_sentence
from cartback.cli.output import clean, say_json, say_rows
from cartback.domain.product import BackInStock, Change, LowStock, PriceDropped, SoldOut
from cartback.engine.feeding import BadFeed, feed_of, remove_feed, set_feed
from cartback.engine.products import Taken, Unread, take_products, take_reviews
from cartback.engine.shops import settings_of
from cartback.fetch import CallFailed, Forbidden, Guard, Limits, download
from cartback.sources.catalog import read_products, read_reviews

FEED: Limits = Limits(connect=20, total=600, size=512 * 1024 * 1024)


@click.group()
def catalog() -> None:
    """What the shop sells: products, variants, prices, stock; and reviews.

    \b
    Example:
      cartback catalog import products.csv
    """


@catalog.command("import")
@click.argument("place", metavar="FILE|URL")
@click.option(
    "--whole", is_flag=True, help="It is all that the shop sells: remove what it does not name."
)
@shop_option
@json_option
def import_(place: str, whole: bool, shop_name: str | None, as_json: bool) -> None:
    """Take products from a CSV, JSON or JSON-lines file, plain or gzip, or from a feed's URL.

    A row of a table is a variant; its columns are those of Google's product data, of Shopify or
    WooCommerce (docs/products.md). Rows that cannot be read are named, and the others are taken.

    \b
    Examples:
      cartback catalog import products.csv --whole
      cartback catalog import https://shop.example/feed.csv
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        currency = settings_of(reading, at.id).currency
    with _file(place) as path:
        rows = read_products(path, currency)
        store = at.noting("saved products", place, whole=whole)
        taken = take_products(store, at.id, rows, at.base.clock(), whole=whole)
    _say(taken, "products", as_json=as_json)


@catalog.command("reviews")
@click.argument("place", metavar="FILE|URL")
@shop_option
@json_option
def reviews(place: str, shop_name: str | None, as_json: bool) -> None:
    """Take reviews from a CSV, JSON or JSON-lines file, or from a URL.

    Needed are product_id, author, rating and date; `permission` says whether it may be shown.

    \b
    Example:
      cartback catalog reviews reviews.csv
    """
    at = open_shop(shop_name)
    with _file(place) as path:
        taken = take_reviews(at.noting("saved reviews", place), at.id, read_reviews(path))
    _say(taken, "reviews", as_json=as_json)


@catalog.command("show")
@click.argument("product")
@shop_option
def show(product: str, shop_name: str | None) -> None:
    """Print one product as JSON, as the API has it.

    \b
    Example:
      cartback catalog show mug-1
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        found = reading.products_by(at.id, [product]).get(product)
    if found is None:
        raise Refusal(f"there is no product {product[:60]!r}")
    say_json(msgspec.to_builtins(found))


@catalog.command("feed")
@click.argument("url", required=False)
@click.option("--every", default="6 hours", show_default=True, metavar="TIME")
@click.option("--part", is_flag=True, help="It is a part of what the shop sells: remove nothing.")
@click.option("--remove", is_flag=True, help="Ask it no more; the catalog stays.")
@shop_option
@json_option
def feed(
    url: str | None, every: str, part: bool, remove: bool, shop_name: str | None, as_json: bool
) -> None:
    """Show the feed that is asked by itself while Cartback is up, or set one.

    \b
    Examples:
      cartback catalog feed https://shop.example/feed.csv --every "2 hours"
      cartback catalog feed
      cartback catalog feed --remove
    """
    at = open_shop(shop_name)
    if remove:
        remove_feed(at.noting("removed the catalog's feed", at.shop.name), at.id)
        click.echo("No feed is asked.")
        return
    if url:
        try:
            store = at.noting("set the catalog's feed", url)
            set_feed(store, at.id, {"url": url, "every": every, "whole": not part})
        except BadFeed as error:
            raise Refusal(str(error)) from None
    with at.base.store.reading() as reading:
        found = feed_of(reading, at.id)
    if found is None:
        raise Refusal("the shop has no feed; set one with: cartback catalog feed URL")
    if as_json:
        say_json({"feed": msgspec.to_builtins(found[0]), "fared": msgspec.to_builtins(found[1])})
    else:
        click.echo(feed_sentence(*found))


@contextmanager
def _file(place: str) -> Iterator[Path]:
    """The file, fetched first where it is a URL."""
    if not place.startswith(("http://", "https://")):
        path = Path(place)
        if not path.is_file():
            raise Refusal(f"{place} is no file")
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="cartback-feed-") as file:
        try:
            answer = download(Guard(), place, file, limits=FEED)
        except (Forbidden, CallFailed) as error:
            raise Refusal(str(error)) from None
        if answer.status != 200:
            raise Refusal(f"{place} answers {answer.status}")
        file.flush()
        yield Path(file.name)


def _say(taken: Taken, what: str, *, as_json: bool) -> None:
    if as_json:
        say_json(msgspec.to_builtins(taken, enc_hook=lambda fault: fault.kind))
        return
    if what == "reviews":
        click.echo(f"{taken.changed:,} reviews.")
    else:
        click.echo(
            f"{taken.created:,} new, {taken.changed:,} changed, {taken.unchanged:,} as they were,"
            f" {taken.removed:,} removed."
        )
    if taken.kept:
        click.echo(f"Nothing was removed: {taken.kept}.", err=True)
    if taken.changes:
        say_rows(("product", "variant", "change"), map(_changed, taken.changes[:20]), "")
        if len(taken.changes) > 20:
            click.echo(f"… and {len(taken.changes) - 20:,} more")
    if taken.bad:
        click.echo(f"{taken.bad:,} rows could not be read:", err=True)
        _name_rows(taken.examples)
    if taken.repeated:
        click.echo(f"{taken.repeated:,} rows say anew what an earlier one said:", err=True)
        _name_rows(taken.repeats)


def _name_rows(rows: Sequence[Unread]) -> None:
    for row in rows[:10]:
        click.echo(f"  line {row.line}: {clean(row.reason)}", err=True)


def _changed(change: Change) -> tuple[str, str, str]:
    match change:
        case PriceDropped(product, variant, was, now, currency):
            return product, variant, f"price fell from {was:,} to {now:,} {currency or ''}".strip()
        case BackInStock(product, variant, stock):
            return product, variant, "back in stock" + ("" if stock is None else f": {stock:,}")
        case LowStock(product, variant, stock):
            return product, variant, f"only {stock:,} left"
        case SoldOut(product, variant):
            return product, variant, "sold out"
