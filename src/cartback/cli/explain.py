"""`cartback segment explain`: why somebody is inside or not, and until when."""

import click

from cartback.cli.definition import no_segment
from cartback.cli.ground import json_option, language_option, open_shop, shop_option
from cartback.cli.output import say_json, when
from cartback.domain.phrase import Language, tree_text
from cartback.engine.explaining import explain_one, explanation_document
from cartback.engine.naming import names_of
from cartback.engine.people import find


@click.command()
@click.argument("key")
@click.argument("person")
@language_option
@click.option("--at", "at_time", metavar="TIME", help="As of then, past or future; else now.")
@shop_option
@json_option
def explain(
    key: str,
    person: str,
    language: str,
    at_time: str | None,
    shop_name: str | None,
    as_json: bool,
) -> None:
    """Say of every part of a segment whether it holds for a person, why, and until when.

    PERSON is an e-mail address, a customer's id, an anonymous id, a phone number or a profile's
    number. A TIME without an offset is on the shop's clock. The past is judged by the definition
    of today.

    \b
    Examples:
      cartback segment explain recent-cart-abandoners ada@example.com
      cartback segment explain big-carts customer-7 --at "2026-03-08 12:00"
    """
    at = open_shop(shop_name)
    asked = None if at_time is None else at.zone.parse(at_time)
    with at.base.store.reading() as reading:
        row = reading.segment(at.id, key)
        if row is None or row.status == "archived":
            raise no_segment(reading, at, key)
        profile = find(reading, at.id, person)
        found = explain_one(reading, at.base.rulebook, at.id, key, profile, at.base.clock(), asked)
        names = names_of(reading, at.id)
    if as_json:
        said = {"segment": key, "profile": profile, "at": when(found.at)}
        say_json({**said, **explanation_document(found.explanation)})
    else:
        click.echo(tree_text(found.explanation, Language(language), at.zone, names))
