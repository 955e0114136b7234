"""`cartback template`: what a flow's e-mails say."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from cartback.cli.documents import read_document
from cartback.cli.errors import Refusal
from cartback.cli.ground import AtShop, json_option, language_option, open_shop, shop_option
from cartback.cli.output import clean, moment, say_list, when
from cartback.cli.written import say_document
from cartback.domain.message import Accepted, Outgoing
from cartback.domain.template import Language, Template, parse_template
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.mails import ReadyTemplate
from cartback.engine.people import find
from cartback.engine.templates import (
    archive_template,
    document_of,
    restore_template,
    save_template,
    template_of,
    templates_at_hand,
)
from cartback.engine.trying import trial
from cartback.wiring import mails

LANGUAGES: Final[Mapping[str, Language]] = {"en": "en", "ko": "ko"}
WHAT: Final = "a template is an object with `key`, `name`, `subject` and `blocks`"


@click.group()
def template() -> None:
    """Write what e-mails say, from a ready-made template or your own, and try it.

    \b
    Examples:
      cartback template ready
      cartback template ready cart-help-lead > cart-help.yaml
      cartback template save cart-help.yaml
      cartback template send cart-help-lead --to you@shop.example
    """


@template.command("list")
@click.option("--all", "also_archived", is_flag=True, help="Those that were put away too.")
@shop_option
@json_option
def list_(shop_name: str | None, also_archived: bool, as_json: bool) -> None:
    """List the templates in their present versions.

    \b
    Example:
      cartback template list --json
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        at_hand = templates_at_hand(reading, at.id)
        found = reading.templates(at.id) if also_archived else at_hand
    rows = [
        {
            "key": row.key,
            "name": row.name,
            "subject": document_of(row)["subject"],
            "version": row.version,
            "saved": when(row.at) if as_json else moment(row.at, at.zone),
        }
        for row in found
    ]
    say_list(
        ("key", "name", "subject", "version", "saved"),
        rows,
        as_json=as_json,
        nothing="There are no templates yet. Look at: cartback template ready",
    )


@template.command()
@click.argument("key")
@shop_option
@json_option
def show(key: str, shop_name: str | None, as_json: bool) -> None:
    """Print a template, as `save` reads it.

    \b
    Example:
      cartback template show cart-help > cart-help.yaml
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        row, _ = template_of(reading, at.id, key)
    say_document({"key": row.key, "name": row.name, **document_of(row)}, as_json=as_json)


@template.command()
@click.argument("file", metavar="FILE|-")
@shop_option
def save(file: str, shop_name: str | None) -> None:
    """Save a template from a YAML or JSON document; one that is there gets its next version.

    \b
    Example:
      cartback template save cart-help.yaml
    """
    said: Any = read_document(file, WHAT)
    for wanted in ("key", "name"):
        if not isinstance(said.get(wanted), str) or not said[wanted].strip():
            raise Refusal(f"the document has no `{wanted}`; {WHAT}")
    document = {name: value for name, value in said.items() if name not in ("key", "name")}
    at = open_shop(shop_name)
    mails(at.base).check(at.id, parse_template(document))
    row = save_template(
        at.noting("saved template", said["key"]),
        at.id,
        said["key"],
        said["name"].strip(),
        document,
        at.base.clock(),
        by="command line",
    )
    click.echo(f"Saved {row.key} (version {row.version}).")


@template.command()
@click.argument("key")
@shop_option
def archive(key: str, shop_name: str | None) -> None:
    """Put a template away that no flow sends; its versions are kept.

    \b
    Example:
      cartback template archive cart-help
    """
    at = open_shop(shop_name)
    store = at.noting("archived template", key)
    archive_template(store, at.id, key, at.base.clock(), "command line")
    click.echo(f"Archived {key}.")


@template.command()
@click.argument("key")
@shop_option
def restore(key: str, shop_name: str | None) -> None:
    """Take a template out of the archive, as it was.

    \b
    Example:
      cartback template restore cart-help
    """
    at = open_shop(shop_name)
    restore_template(at.noting("restored template", key), at.id, key)
    click.echo(f"Restored {key}.")


@template.command()
@click.argument("key", required=False)
@language_option
@shop_option
@json_option
def ready(key: str | None, language: str, shop_name: str | None, as_json: bool) -> None:
    """List the templates to start from, or print one of them, as `save` reads it.

    \b
    Examples:
      cartback template ready
      cartback template ready cart-proof --language ko > cart-proof.yaml
    """
    found = mails(open_shop(shop_name).base).ready()
    if key is not None:
        say_document(_ready(found, key, language), as_json=as_json)
        return
    say_list(
        ("key", "series", "audience", "title"),
        [
            {
                "key": one.key,
                "series": one.series,
                "audience": one.audience,
                "title": one.title[LANGUAGES[language]],
            }
            for one in found
        ],
        as_json=as_json,
        nothing="",
    )


def _ready(found: Sequence[ReadyTemplate], key: str, language: str) -> dict[str, Any]:
    everything = {one.key: one for one in found}
    if key not in everything:
        raise Refusal(
            f"there is no ready-made template {key!r}; there are: {', '.join(everything)}"
        )
    one = everything[key]
    chosen: Any = one.documents["ko" if language == "ko" else "en"]
    return {"key": key, "name": one.title["ko" if language == "ko" else "en"], **chosen}


@template.command()
@click.argument("key")
@click.option("--to", "address", required=True, metavar="ADDRESS", help="Where it goes.")
@click.option("--as", "person", metavar="PERSON", help="With this person's name and cart.")
@shop_option
def send(key: str, address: str, person: str | None, shop_name: str | None) -> None:
    """Send a template to yourself, as a sample person or somebody of yours would get it.

    It goes through the SMTP server that is set, and its links lead nowhere.

    \b
    Examples:
      cartback template send cart-help --to you@shop.example
      cartback template send cart-help --to you@shop.example --as ada@example.com
    """
    at = open_shop(shop_name)
    if not at.base.config.smtp:
        raise Refusal(
            "no mail server is set; set CARTBACK_SMTP, such as"
            " smtp://user:password@mail.example.com:587"
        )
    with at.base.store.reading() as reading:
        _, wanted = template_of(reading, at.id, key)
        profile = None if person is None else find(reading, at.id, person)
        sender = mailing_of(reading, at.id)
    if sender is None:
        raise Refusal("the shop has no sender yet; set it with: cartback mailing set FILE")
    _hand_over(at, _made(at, wanted, profile, sender, address))
    click.echo(f"Sent to {clean(address)}.")


def _made(
    at: AtShop, wanted: Template, profile: int | None, sender: Mailing, address: str
) -> Outgoing:
    mail = mails(at.base).make(at.id, wanted, profile)
    return trial(at.id, mail, sender, address, at.base.clock())


def _hand_over(at: AtShop, outgoing: Outgoing) -> None:
    # Imported here: other commands do not wait for what sends mail.
    from cartback.wiring.email import hand_over

    outcome = asyncio.run(hand_over(at.base.config, outgoing))
    if not isinstance(outcome, Accepted):
        raise Refusal(f"it was not sent: {outcome.sentence}")
