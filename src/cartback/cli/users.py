"""`cartback users`: who may sign in to the console, and one-time links for those who cannot."""

import click

from cartback.cli.errors import Refusal
from cartback.cli.ground import json_option, open_installation, open_shop, shop_option
from cartback.cli.output import say_list
from cartback.engine.access import (
    BadEmail,
    checked_email,
    give_seat,
    join_link,
    password_link,
    set_up_link,
)
from cartback.engine.access_ports import ROLES, Role
from cartback.wiring import Installation


@click.group()
def users() -> None:
    """List who may sign in, and make one-time links: to set up, to join, for a new password.

    \b
    Examples:
      cartback users set-up
      cartback users link ada@example.com --role marketer
    """


@users.command("list")
@shop_option
@json_option
def list_(shop_name: str | None, as_json: bool) -> None:
    """List a shop's people and their roles.

    \b
    Example:
      cartback users list
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        people = {seat.user: (seat, reading.user(seat.user)) for seat in reading.seats(at.id)}
    rows = [
        {"id": id_, "email": user.email, "name": user.name, "role": seat.role}
        for id_, (seat, user) in people.items()
        if user is not None
    ]
    say_list(
        ("id", "email", "name", "role"),
        rows,
        as_json=as_json,
        nothing="Nobody yet. Make a link with: cartback users set-up",
    )


@users.command("set-up")
def set_up() -> None:
    """Print the one-time link by which the first owner makes an account. Earlier ones end.

    \b
    Example:
      cartback users set-up
    """
    base = open_installation()
    token = set_up_link(base.store, base.clock())
    if token is None:
        raise Refusal("this is set up already; for a colleague: cartback users link ADDRESS")
    click.echo(_url(base, token))


@users.command()
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), help="Give a seat in the shop, in this role.")
@shop_option
def link(email: str, role: Role | None, shop_name: str | None) -> None:
    """Print a one-time link: for a new password, or to join the shop where there is no account.

    \b
    Examples:
      cartback users link ada@example.com
      cartback users link ben@example.com --role viewer --shop "Tea and cake"
    """
    at = open_shop(shop_name)
    now = at.base.clock()
    try:
        address = checked_email(email)
    except BadEmail as error:
        raise Refusal(str(error)) from None
    with at.base.store.reading() as reading:
        is_known = reading.user_by_email(address) is not None
    if not is_known:
        click.echo(_url(at.base, join_link(at.base.store, at.id, address, role or "viewer", now)))
        return
    if role is not None:
        give_seat(at.base.store, at.id, address, role, now)
    token = password_link(at.noting("made password link", address), address, now)
    click.echo(_url(at.base, token or ""))


def _url(base: Installation, token: str) -> str:
    return f"{base.config.public_url or base.config.url}/links/{token}"
