"""`cartback suppressions`: who must not be written to, in and out as CSV."""

import csv
import io
from pathlib import Path

import click

from cartback.cli.errors import Refusal
from cartback.cli.ground import open_shop, shop_option
from cartback.cli.output import clean
from cartback.domain.law.terms import Bar
from cartback.domain.phrase import Language
from cartback.domain.phrase.left_out import left_out
from cartback.engine.suppression_list import (
    BadAddress,
    RowFault,
    export_suppressions,
    import_suppressions,
    suppression,
)

REASONS = [one.value for one in Bar]
channel_option = click.option(
    "--channel", type=click.Choice(["email", "sms"]), default="email", show_default=True
)


@click.group()
def suppressions() -> None:
    """Addresses that must not be written to, whatever the person said.

    \b
    Example:
      cartback suppressions add ada@example.com
    """


@suppressions.command("export")
@channel_option
@shop_option
def export(channel: str, shop_name: str | None) -> None:
    """Print the list as CSV: address, reason, source.

    \b
    Example:
      cartback suppressions export > suppressed.csv
    """
    at = open_shop(shop_name)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("address", "reason", "source"))
    with at.base.store.reading() as reading:
        rows.writerows(export_suppressions(reading, at.id, channel))
    click.echo(text.getvalue(), nl=False)


@suppressions.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@channel_option
@shop_option
def import_(file: Path, channel: str, shop_name: str | None) -> None:
    """Take addresses from CSV: address, and perhaps reason and source.

    Reasons are bounced, complained, unsubscribed and by_hand, which stands where there is none. A
    row with another one, or without an address, is left out and named; the others go on. Who is on
    the list stays there for the first reason.

    \b
    Example:
      cartback suppressions import suppressed.csv
    """
    at = open_shop(shop_name)
    store = at.noting("added suppressions", file.name)
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        found = import_suppressions(store, at.id, lines, at.base.clock(), channel)
    click.echo(f"{found.new:,} new addresses, {found.there:,} known already.")
    for one in found.left_out:
        sentence = left_out(one.line, one.fault, one.text, Language.ENGLISH)
        click.echo(clean(sentence), err=True)
    if found.faults:
        nowhere, unknown = found.faults[RowFault.NO_ADDRESS], found.faults[RowFault.UNKNOWN_REASON]
        counts = f"{nowhere:,} without an address, {unknown:,} with an unknown reason"
        click.echo(f"Rows left out: {counts}.", err=True)


@suppressions.command("add")
@click.argument("address")
@click.option(
    "--reason",
    type=click.Choice([one.value for one in Bar]),
    default=Bar.BY_HAND.value,
    show_default=True,
)
@channel_option
@shop_option
def add(address: str, reason: str, channel: str, shop_name: str | None) -> None:
    """Put one address on the list.

    \b
    Example:
      cartback suppressions add ada@example.com --reason complained
    """
    at = open_shop(shop_name)
    try:
        one = suppression(channel, address, Bar(reason), at.base.clock(), "command line")
    except BadAddress as error:
        raise Refusal(str(error)) from None
    with at.base.store.transaction() as tx:
        new = tx.suppress(at.id, [one])
        if new:
            at.note(tx, "added suppressions", one.address, lines=1)
    click.echo(f"{clean(one.address)} is suppressed{'' if new else ' already'}.")


@suppressions.command("remove")
@click.argument("address")
@channel_option
@shop_option
def remove(address: str, channel: str, shop_name: str | None) -> None:
    """Take one address off the list, as when a mailbox works again.

    \b
    Example:
      cartback suppressions remove ada@example.com
    """
    at = open_shop(shop_name)
    bare = address.strip().lower() if channel == "email" else address.strip()
    with at.base.store.transaction() as tx:
        if not tx.unsuppress(at.id, channel, bare):
            raise Refusal(f"{clean(bare)} is not on the list")
        at.note(tx, "removed suppression", bare)
    click.echo(f"{clean(bare)} may be written to again.")
