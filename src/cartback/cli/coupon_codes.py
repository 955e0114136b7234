"""Codes of a coupon on the command line: those that were given, and those that are uploaded."""

import re
import sys
from itertools import islice
from pathlib import Path
from typing import Final

import click

from cartback.cli.documents import LARGEST
from cartback.cli.errors import Refusal
from cartback.cli.ground import AtShop, json_option, open_shop, shop_option
from cartback.cli.output import clean, counted, moment, say_json, say_list, when
from cartback.domain.instant import FOREVER
from cartback.engine.codes import fill_pool
from cartback.engine.coupon_page import CodeShown, codes_given, find_codes
from cartback.engine.coupon_ports import CouponRow
from cartback.engine.coupons import NoSuchCoupon
from cartback.engine.ports import Reading

NEWEST: Final = (FOREVER, "")


@click.command()
@click.argument("key")
@click.option("--find", metavar="TEXT", help="The code that is written so, or whose it is.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many."
)
@shop_option
@json_option
def codes(key: str, find: str | None, limit: int, shop_name: str | None, as_json: bool) -> None:
    """List the codes that were given, the newest first, with whose they are.

    \b
    Examples:
      cartback coupon codes come-back --limit 20
      cartback coupon codes come-back --find ada@example.com
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        row = coupon_row(reading, at, key)
        if find is None:
            found = codes_given(reading, at.id, row.key, NEWEST, limit)
        else:
            found = list(islice(find_codes(reading, at.id, row.key, find), limit))
    say_list(
        ("code", "who", "cart", "given", "expires", "used"),
        [_code(one, at, as_json=as_json) for one in found],
        as_json=as_json,
        nothing="No code was given." if find is None else "There is no such code.",
    )


def _code(one: CodeShown, at: AtShop, *, as_json: bool) -> dict[str, object]:
    def said(instant: int | None) -> str | None:
        if instant is None or as_json:
            return when(instant)
        return moment(instant, at.zone)

    return {
        "code": one.row.code,
        "profile": one.profile or None,
        "who": one.name or None,
        "cart": one.cart or None,
        "given": said(one.row.issued),
        "expires": said(one.row.expires),
        "used": said(one.row.redeemed),
        "orders": [use.order_id for use in one.used],
    }


@click.command()
@click.argument("key")
@click.argument("file", metavar="FILE|-")
@shop_option
@json_option
def upload(key: str, file: str, shop_name: str | None, as_json: bool) -> None:
    """Put codes that the shop's checkout knows into the pool; those that are there stay.

    The file has one on each line, or blanks or commas between them.

    \b
    Example:
      cartback coupon upload come-back codes.txt
    """
    texts = [one for one in re.split(r"[\s,;]+", _text(file)) if one]
    at = open_shop(shop_name)
    with at.base.store.transaction() as tx:
        found = fill_pool(tx, at.id, key, texts)
        pool = tx.count_free(at.id, key)
        at.note(tx, "uploaded codes", key, added=found.added, known=found.known)
    if as_json:
        said = {"added": found.added, "known": found.known, "bad": found.bad, "pool": pool}
        say_json(said)
        return
    there = f", {found.known:,} were there" if found.known else ""
    click.echo(f"Added {counted(found.added, 'code')}{there}. {pool:,} wait in the pool.")
    for one in found.bad:
        click.echo(f"  {clean(one)} is no code: letters and digits, perhaps hyphens", err=True)


def _text(name: str) -> str:
    raw = sys.stdin.buffer.read(LARGEST + 1) if name == "-" else Path(name).read_bytes()
    if len(raw) > LARGEST:
        raise Refusal(f"{name} is larger than {LARGEST:,} bytes; upload it in parts")
    return raw.decode("utf-8-sig", errors="replace")


def coupon_row(reading: Reading, at: AtShop, key: str) -> CouponRow:
    """The coupon. Raises NoSuchCoupon, which says what there is."""
    row = reading.coupon(at.id, key)
    if row is None:
        known = ", ".join(one.key for one in reading.coupons(at.id) if one.status != "archived")
        raise NoSuchCoupon(f"there is no coupon {key!r}; there are: {known or 'none yet'}")
    return row
