"""`cartback profile`: one person, found by any identifier or by the profile's number."""

from pathlib import Path

import click
import msgspec

from cartback.cli.asking import ask
from cartback.cli.conflicts import conflicts
from cartback.cli.errors import Refusal
from cartback.cli.ground import AtShop, json_option, open_shop, shop_option, yes_option
from cartback.cli.output import counted, moment, say_json
from cartback.cli.portrait import portrait, say_portrait
from cartback.domain.event import ProfileId
from cartback.engine.audit import COMMAND_LINE, Noted, note_merge
from cartback.engine.erasing import erase
from cartback.engine.people import export_person, find, merge_by_hand, undo_merge
from cartback.wiring.tape import tape_is_amended


@click.group()
def profile() -> None:
    """Show one person, merge, export or erase; list who was tied and stayed two.

    PERSON is an e-mail address, a customer's id, an anonymous id, a phone number or a profile's
    number; email:…, external_id:…, anonymous_id:… and phone:… say which is meant.

    \b
    Examples:
      cartback profile show ada@example.com
      cartback profile show anonymous_id:5f3c
    """


@profile.command()
@click.argument("person")
@shop_option
@json_option
def show(person: str, shop_name: str | None, as_json: bool) -> None:
    """Show what is known: carts, names, traits, segments and until when, latest events, merges,
    and with whom an event tied this person who stayed apart.

    \b
    Example:
      cartback profile show ada@example.com
    """
    at = open_shop(shop_name)
    found = portrait(at, _find(at, person))
    if as_json:
        say_json(found.document())
    else:
        say_portrait(found)


@profile.command()
@click.argument("person")
@click.argument("other")
@shop_option
def merge(person: str, other: str, shop_name: str | None) -> None:
    """Make one profile of two. It can be undone.

    \b
    Example:
      cartback profile merge ada@example.com anonymous_id:5f3c
    """
    at = open_shop(shop_name)
    one, two = _find(at, person), _find(at, other)
    now = at.base.clock()
    store = Noted(at.base.store, lambda tx: note_merge(tx, at.id, COMMAND_LINE, one, now))
    number = merge_by_hand(store, at.base.rulebook, at.id, one, two, now)
    click.echo(f"Merged. To undo it: cartback profile undo {number}")


profile.add_command(conflicts)


@profile.command()
@click.argument("merge", type=int)
@shop_option
def undo(merge: int, shop_name: str | None) -> None:
    """Undo a merge by its number, which `profile show` tells: both get their own back.

    \b
    Example:
      cartback profile undo 12
    """
    at = open_shop(shop_name)
    store = at.noting("undid merge", str(merge))
    one, two = undo_merge(store, at.base.rulebook, at.id, merge, at.base.clock())
    click.echo(f"Parted: profiles {one} and {two}.")
    tape_is_amended(at.base, at.id)


@profile.command()
@click.argument("person")
@click.option(
    "--to", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Into a new file."
)
@shop_option
def export(person: str, to: Path | None, shop_name: str | None) -> None:
    """Print everything that is kept about a person as JSON, for that person's own request.

    \b
    Examples:
      cartback profile export ada@example.com --to ada.json
    """
    at = open_shop(shop_name)
    who = _find(at, person)
    document = export_person(at.base.store, at.base.rulebook, at.id, who, at.base.clock())
    with at.base.store.transaction() as tx:
        at.note(tx, "exported person", str(who))
    if to is None:
        say_json(document)
        return
    text = msgspec.json.format(msgspec.json.encode(document), indent=2)
    try:
        with to.open("xb") as file:
            file.write(text + b"\n")
    except FileExistsError:
        raise Refusal(f"{to} exists; name a new file") from None
    click.echo(f"Wrote {to}.")


@profile.command("erase")
@click.argument("person")
@yes_option
@shop_option
def erase_(person: str, yes: bool, shop_name: str | None) -> None:
    """Forget a person for ever: every event, name and membership. It cannot be undone.

    Backups that were made before still hold them.

    \b
    Example:
      cartback profile erase ada@example.com
    """
    at = open_shop(shop_name)
    who = _find(at, person)
    if not yes:
        found = portrait(at, who)
        click.echo(
            f"{found.title()}: {counted(len(found.person.identifiers), 'identifier')},"
            f" last seen {moment(found.person.profile.last_seen, at.zone)}."
        )
        ask("Forget this person for ever?")
    events = erase(at.noting("erased person", str(who)), at.id, who)
    click.echo(f"Erased {counted(events, 'event')} and all else that was known.")
    if not tape_is_amended(at.base, at.id):
        click.echo("The tape is in use; a running Cartback takes them out of it soon.", err=True)


def _find(at: AtShop, name: str) -> ProfileId:
    with at.base.store.reading() as reading:
        return find(reading, at.id, name)
