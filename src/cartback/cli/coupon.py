"""`cartback coupon`: offers, each person's own codes, and what they cost."""

from typing import Any, Final

import click
import msgspec

from cartback.cli.coupon_codes import codes, coupon_row, upload
from cartback.cli.documents import read_document
from cartback.cli.errors import Refusal
from cartback.cli.ground import AtShop, json_option, open_shop, shop_option
from cartback.cli.output import say_json, say_list, say_section
from cartback.cli.written import say_document
from cartback.domain.event import Json
from cartback.domain.phrase.written import money
from cartback.engine.coupon_page import (
    CouponFigures,
    coupon_figures,
)
from cartback.engine.coupon_ports import CouponRow
from cartback.engine.coupons import (
    archive_coupon,
    change_coupon,
    define_coupon,
    restore_coupon,
)
from cartback.engine.ports import Reading
from cartback.engine.shops import settings_of

WHAT: Final = "a coupon is an object with `name`, `gives` and what else docs/coupons.md says"


@click.group()
def coupon() -> None:
    """Offer something, and give each person a code of their own for it.

    A coupon is a document (docs/coupons.md). Amounts are in minor units:

    \b
      name: Come back
      gives: {kind: percent, percent: 10}
      expires: 72 hours

    \b
    Examples:
      cartback coupon create come-back.yaml
      cartback coupon figures come-back
      cartback coupon upload come-back codes.txt
    """


coupon.add_command(codes)
coupon.add_command(upload)


@coupon.command("list")
@click.option("--all", "also_archived", is_flag=True, help="Archived ones too.")
@shop_option
@json_option
def list_(shop_name: str | None, also_archived: bool, as_json: bool) -> None:
    """List the coupons, with how many codes were given and used.

    \b
    Example:
      cartback coupon list --json
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        rows = [
            _figures(reading, at, row, as_json=as_json)
            for row in reading.coupons(at.id)
            if also_archived or row.status != "archived"
        ]
    say_list(
        ("key", "name", "gives", "status", "given", "redeemed", "pool"),
        rows,
        as_json=as_json,
        nothing="There are no coupons yet. Make one with: cartback coupon create FILE",
    )


@coupon.command()
@click.argument("key")
@shop_option
@json_option
def show(key: str, shop_name: str | None, as_json: bool) -> None:
    """Print a coupon, as `create` and `change` read it.

    \b
    Example:
      cartback coupon show come-back > come-back.yaml
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        row = coupon_row(reading, at, key)
    offer: dict[str, Json] = msgspec.json.decode(row.document)
    document = {"key": row.key, "name": row.name, **offer}
    say_document(document, as_json=as_json)


@coupon.command()
@click.argument("file", metavar="FILE|-")
@shop_option
def create(file: str, shop_name: str | None) -> None:
    """Make a coupon from a YAML or JSON document; without a `key` one is made of its name.

    \b
    Examples:
      cartback coupon create come-back.yaml
      cat come-back.json | cartback coupon create -
    """
    key, name, offer = _read(file)
    at = open_shop(shop_name)
    store = at.noting("made coupon", name)
    row = define_coupon(store, at.id, name, offer, at.base.clock(), key=key)
    click.echo(f"Made {row.key}.")


@coupon.command()
@click.argument("file", metavar="FILE|-")
@shop_option
def change(file: str, shop_name: str | None) -> None:
    """Give a coupon a new definition; the document's key says which one.

    It counts for codes that are given from then on.

    \b
    Example:
      cartback coupon change come-back.yaml
    """
    key, name, offer = _read(file)
    if not key:
        raise Refusal("the document has no `key`; write one at its top, such as come-back")
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        coupon_row(reading, at, key)
    store = at.noting("changed coupon", key)
    row = change_coupon(store, at.id, key, name, offer, at.base.clock())
    click.echo(f"Changed {row.key} (version {row.version}).")


def _read(file: str) -> tuple[str, str, Json]:
    """A coupon's key, its name, and the offer. Raises Refusal."""
    document: Any = read_document(file, WHAT)
    key, name = document.get("key", ""), document.get("name")
    if not isinstance(name, str) or not isinstance(key, str):
        raise Refusal(f"the document has no `name`, or its `key` is no text; {WHAT}")
    return key, name, {one: said for one, said in document.items() if one not in ("key", "name")}


@coupon.command()
@click.argument("key")
@shop_option
def archive(key: str, shop_name: str | None) -> None:
    """Give no more codes of it; those that were given stay good.

    \b
    Example:
      cartback coupon archive come-back
    """
    at = open_shop(shop_name)
    archive_coupon(at.noting("archived coupon", key), at.id, key, at.base.clock())
    click.echo(f"Archived {key}.")


@coupon.command()
@click.argument("key")
@shop_option
def restore(key: str, shop_name: str | None) -> None:
    """Take a coupon out of the archive, as it was.

    \b
    Example:
      cartback coupon restore come-back
    """
    at = open_shop(shop_name)
    restore_coupon(at.noting("restored coupon", key), at.id, key, at.base.clock())
    click.echo(f"Restored {key}.")


# --- figures --------------------------------------------------------------------------------------


@coupon.command()
@click.argument("key")
@shop_option
@json_option
def figures(key: str, shop_name: str | None, as_json: bool) -> None:
    """Say how many codes were given and used, and what the month has cost.

    \b
    Example:
      cartback coupon figures come-back
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        said = _figures(reading, at, coupon_row(reading, at, key), as_json=as_json)
    if as_json:
        say_json(said)
        return
    click.echo(f"{said['key']} is {said['status']}: {said['gives']}.")
    names = {
        "given": "codes given",
        "redeemed": "of these used",
        "pool": "wait in the pool",
        "spent": "taken off this month",
        "promised": "may be taken off yet",
        "left": "left of the budget",
    }
    rows = [(word, said[name]) for name, word in names.items() if said[name] is not None]
    say_section("Figures", rows)


def _figures(reading: Reading, at: AtShop, row: CouponRow, *, as_json: bool) -> dict[str, Any]:
    found: CouponFigures = coupon_figures(reading, at.id, row, at.base.clock())
    currency = found.coupon.currency or settings_of(reading, at.id).currency

    def said(amount: int | None) -> object:
        return amount if amount is None or as_json else money(amount, currency)

    gives: dict[str, Any] = msgspec.to_builtins(found.coupon.gives)
    return {
        "key": row.key,
        "name": row.name,
        "gives": gives if as_json else _given(gives, currency),
        "status": row.status,
        "version": row.version,
        "given": found.given,
        "redeemed": found.redeemed,
        "pool": found.pool if found.coupon.codes == "pool" else None,
        "currency": currency,
        "spent": said(found.spent),
        "promised": said(found.promised),
        "left": said(found.left),
    }


def _given(gives: dict[str, Any], currency: str) -> str:
    match gives:
        case {"percent": percent}:
            return f"{percent} % off"
        case {"amount": amount}:
            return f"{money(amount, currency)} off"
        case _:
            return "free shipping"
