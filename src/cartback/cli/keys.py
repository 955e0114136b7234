"""`cartback keys`: what a sender shows so that its events are taken."""

from collections.abc import Sequence

import click

from cartback.cli.errors import Refusal
from cartback.cli.ground import json_option, open_shop, shop_option
from cartback.cli.output import moment, say_json, say_list, when
from cartback.domain.instant import Zone
from cartback.engine.keys import KeyKind, make_key, shown
from cartback.engine.scope import EVERYTHING, Scope, parse_scopes
from cartback.engine.shop_ports import KeyRow
from cartback.engine.shops import NewShop


@click.group()
def keys() -> None:
    """Make, list and revoke keys.

    A public key may stand in a page's source: with it one can send events and nothing else. A
    secret key belongs on a server; it may import history too, and ask the API for whatever its
    scopes allow.

    \b
    Examples:
      cartback keys list
      cartback keys create --kind secret --label "order webhook"
    """


@keys.command("list")
@shop_option
@json_option
def list_(shop_name: str | None, as_json: bool) -> None:
    """List a shop's keys, revoked ones too.

    \b
    Example:
      cartback keys list
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        rows = [_row(key, at.zone, as_json=as_json) for key in reading.keys(at.id)]
    say_list(
        ("id", "kind", "key", "label", "scopes", "created", "revoked"),
        rows,
        as_json=as_json,
        nothing="There are no keys. Make one with: cartback keys create",
    )


def _row(key: KeyRow, zone: Zone, *, as_json: bool) -> dict[str, object]:
    revoked = None if key.revoked is None else moment(key.revoked, zone)
    return {
        "id": key.id,
        "kind": key.kind,
        "key": shown(key),
        "label": key.label,
        "scopes": list(key.scopes) if as_json else _spoken(key.scopes),
        "created": when(key.created) if as_json else moment(key.created, zone),
        "revoked": when(key.revoked) if as_json else revoked,
    }


def _spoken(scopes: Sequence[Scope]) -> str:
    return "everything" if set(scopes) == set(EVERYTHING) else " ".join(scopes)


@keys.command()
@click.option(
    "--kind", type=click.Choice(["public", "secret"]), default="public", show_default=True
)
@click.option("--label", default="", metavar="TEXT", help="What it is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="SCOPE",
    help="What it may do, such as segments:read; as often as needed. Else all that its kind may.",
)
@shop_option
@json_option
def create(
    kind: KeyKind, label: str, scopes: Sequence[str], shop_name: str | None, as_json: bool
) -> None:
    """Make a key. It is shown once: only its digest is kept.

    \b
    Examples:
      cartback keys create --kind secret --label webhook --scope events:write
      cartback keys create --kind secret --label report --scope segments:read
    """
    at = open_shop(shop_name)
    granted = parse_scopes(scopes)
    with at.base.store.transaction() as tx:
        token, row = make_key(tx, at.id, kind, at.base.clock(), label, granted)
        at.note(tx, "made key", shown(row), label=label, scopes=" ".join(row.scopes))
    if as_json:
        say_json({"id": row.id, "kind": row.kind, "key": token})
        return
    click.echo(token)
    click.echo("Keep it now: it cannot be shown again.", err=True)


@keys.command()
@click.argument("key")
@shop_option
def revoke(key: str, shop_name: str | None) -> None:
    """Revoke a key, by its number or its last four characters, for ever.

    A running Cartback refuses it within a second.

    \b
    Examples:
      cartback keys revoke 3
      cartback keys revoke x9Qf
    """
    at = open_shop(shop_name)
    with at.base.store.transaction() as tx:
        row = _find(tx.keys(at.id), key)
        if not tx.revoke_key(at.id, row.id, at.base.clock()):
            raise Refusal(f"key {row.id} was revoked before")
        at.note(tx, "revoked key", shown(row))
    click.echo(f"Revoked {shown(row)}.")


def _find(rows: Sequence[KeyRow], wanted: str) -> KeyRow:
    found = [row for row in rows if wanted == str(row.id)] or [
        row for row in rows if wanted[-4:] == row.hint and len(wanted) >= 4
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refusal(f"several keys end in {wanted[-4:]}; say which by its number")
    raise Refusal(f"there is no key {wanted[:60]!r}; see: cartback keys list")


def say_new_shop(new: NewShop) -> None:
    """The keys of a shop that was just made."""
    click.echo(f"Made the shop {new.shop.name!r} with two keys. Keep them now:")
    click.echo(f"  public, for browsers  {new.public[0]}")
    click.echo(f"  secret, for servers   {new.secret[0]}")
