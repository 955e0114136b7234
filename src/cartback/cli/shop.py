"""`cartback shop`: one installation can hold several shops, which never see each other."""

import click
import msgspec

from cartback.cli.errors import Refusal
from cartback.cli.ground import json_option, open_installation, open_shop, shop_option
from cartback.cli.keys import say_new_shop
from cartback.cli.output import say_json, say_list, when
from cartback.cli.progress import make_live
from cartback.engine.audit import COMMAND_LINE, settings_changes
from cartback.engine.rules_change import change_settings
from cartback.engine.shops import create_shop, settings_of
from cartback.engine.webhook_secret import renew_webhook_secret, webhook_secret


@click.group()
def shop() -> None:
    """Make and list shops, and change a shop's settings.

    \b
    Examples:
      cartback shop create "Tea and cake"
      cartback shop settings --zone Asia/Seoul --currency KRW
    """


@shop.command()
@click.argument("name")
@json_option
def create(name: str, as_json: bool) -> None:
    """Make a shop and its two keys, a public and a secret one, which are shown once.

    \b
    Example:
      cartback shop create "Tea and cake"
    """
    base = open_installation()
    new = create_shop(base.store, name, base.clock(), by=COMMAND_LINE)
    if as_json:
        say_json(
            {"id": new.shop.id, "name": new.shop.name}
            | {"public": new.public[0], "secret": new.secret[0]}
        )
    else:
        say_new_shop(new)


@shop.command("webhook-secret")
@click.option("--renew", is_flag=True, help="Make a new one; the old one signs too for a day.")
@shop_option
def secret_of_webhooks(shop_name: str | None, renew: bool) -> None:
    """Print the secret with which webhooks of flows are signed (Standard Webhooks).

    \b
    Examples:
      cartback shop webhook-secret
      cartback shop webhook-secret --renew
    """
    at = open_shop(shop_name)
    if renew:
        store = at.noting("renewed the webhook secret of", at.shop.name)
        found = renew_webhook_secret(store, at.id, at.base.clock())
    else:
        found = webhook_secret(at.base.store, at.id)
    click.echo(found.present)


@shop.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the shops.

    \b
    Example:
      cartback shop list --json
    """
    base = open_installation()
    with base.store.reading() as reading:
        rows = [
            {
                "id": one.id,
                "name": one.name,
                "created": when(one.created),
                "profiles": reading.count_profiles(one.id),
                "events": reading.counts(one.id).get("events", 0),
                "segments": sum(row.status != "archived" for row in reading.segments(one.id)),
            }
            for one in reading.shops()
        ]
    say_list(
        ("id", "name", "profiles", "events", "segments", "created"),
        rows,
        as_json=as_json,
        nothing="There is no shop yet. Make one with: cartback shop create NAME",
    )


@shop.command()
@click.option("--zone", metavar="ZONE", help="Where its days begin, such as Asia/Seoul.")
@click.option("--currency", metavar="CODE", help="ISO 4217, such as EUR.")
@click.option("--country", metavar="CODE", help="Of phone numbers without a country code.")
@click.option("--cart-idle", metavar="DURATION", help="After how long a cart is abandoned.")
@click.option("--checkout-idle", metavar="DURATION", help="The same, once a checkout was started.")
@shop_option
@json_option
def settings(shop_name: str | None, as_json: bool, **changes: str | None) -> None:
    """Show a shop's settings, or change some; segments are then judged again.

    \b
    Examples:
      cartback shop settings
      cartback shop settings --zone Europe/Berlin --cart-idle "45 minutes"
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        present = settings_of(reading, at.id)
    wanted = {name: value for name, value in changes.items() if value is not None}
    if wanted:
        try:
            changed = msgspec.structs.replace(present, **wanted)
        except ValueError as error:
            raise Refusal(str(error)) from None
        detail = settings_changes(present, changed)
        if detail:
            store = at.noting("changed settings", at.shop.name, **detail)
            change_settings(store, at.id, changed, at.base.clock())
        present = changed
        make_live(at)
    found = msgspec.to_builtins(present)
    if as_json:
        say_json(found)
    else:
        for name, value in found.items():
            click.echo(f"{name:14} {value}")
