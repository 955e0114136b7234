"""A segment's definition: read from a file in either form, and shown in either."""

import click
import msgspec

from cartback.cli.documents import read_document
from cartback.cli.ground import AtShop, json_option, open_shop, shop_option
from cartback.cli.output import say_json
from cartback.cli.written import say_document
from cartback.domain.condition import parse_condition
from cartback.domain.event import Json
from cartback.domain.instant import Zone
from cartback.domain.klaviyo import Terms, segment_of, to_klaviyo
from cartback.domain.money import exponent_of
from cartback.domain.rules import Settings
from cartback.engine.ports import Reading
from cartback.engine.segments import NoSuchSegment
from cartback.engine.shops import settings_of


def read_segment(at: AtShop, file: str) -> Json:
    """The segment document in a file, whichever form it has. Raises BadKlaviyo and Refusal."""
    with at.base.store.reading() as reading:
        settings = settings_of(reading, at.id)
    return segment_of(read_document(file), terms_of(settings))


def no_segment(reading: Reading, at: AtShop, key: str) -> NoSuchSegment:
    """There is none of that key; which ones there are."""
    known = ", ".join(one.key for one in reading.segments(at.id) if one.status != "archived")
    return NoSuchSegment(f"there is no segment {key!r}; there are: {known or 'none yet'}")


def terms_of(settings: Settings) -> Terms:
    """What a translation from or to Klaviyo has to know of the shop."""
    return Terms(Zone(settings.zone), exponent_of(settings.currency))


@click.command()
@click.argument("key")
@click.option(
    "--form",
    type=click.Choice(["cartback", "klaviyo"]),
    default="cartback",
    show_default=True,
    help="As a document of Cartback's, or as Klaviyo's API takes it.",
)
@shop_option
@json_option
def show(key: str, form: str, shop_name: str | None, as_json: bool) -> None:
    """Print a segment's definition, as `create` and `change` read it.

    \b
    Examples:
      cartback segment show recent-cart-abandoners > abandoners.yaml
      cartback segment show recent-cart-abandoners --form klaviyo
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        row = reading.segment(at.id, key)
        if row is None:
            raise no_segment(reading, at, key)
        settings = settings_of(reading, at.id)
    when = msgspec.json.decode(row.document)
    if form == "klaviyo":
        say_json(to_klaviyo(row.name, parse_condition(when), terms_of(settings)))
        return
    document = {"key": row.key, "name": row.name, "when": when}
    say_document(document, as_json=as_json)
