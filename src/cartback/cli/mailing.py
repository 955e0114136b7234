"""`cartback mailing`: who the shop's mail is from."""

import click
import msgspec

from cartback.cli.documents import read_document
from cartback.cli.errors import Refusal
from cartback.cli.ground import json_option, open_shop, shop_option
from cartback.cli.written import say_document
from cartback.engine.mailing import mailing_of, set_mailing


@click.group()
def mailing() -> None:
    """Say who the shop's mail is from; before that, no e-mail leaves.

    \b
    Example of a document:
      sender: hello@shop.example
      name: Mugs
      reply_to: help@shop.example
      postal: Mug Street 1, 10115 Berlin
      url: https://shop.example
      language: en

    \b
    Example:
      cartback mailing set mailing.yaml
    """


@mailing.command()
@shop_option
@json_option
def show(shop_name: str | None, as_json: bool) -> None:
    """Print it, as `set` reads it.

    \b
    Example:
      cartback mailing show > mailing.yaml
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        found = mailing_of(reading, at.id)
    if found is None:
        raise Refusal("the shop has no sender yet; set it with: cartback mailing set FILE")
    document = msgspec.to_builtins(found)
    say_document(document, as_json=as_json)


@mailing.command("set")
@click.argument("file", metavar="FILE|-")
@shop_option
def set_(file: str, shop_name: str | None) -> None:
    """Set it from a YAML or JSON document; it counts from the next mail on.

    \b
    Example:
      cartback mailing set mailing.yaml
    """
    document = read_document(file, "mailing is an object with at least `sender`")
    at = open_shop(shop_name)
    found = set_mailing(at.noting("changed who mail is from", at.shop.name), at.id, document)
    click.echo(f"Mail is from {found.name or at.shop.name} <{found.sender}>.")
