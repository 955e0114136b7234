"""What every command stands on: the configuration, the open store, and the shop that is meant."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import click

from cartback.cli.output import moment
from cartback.config import Config, read_config
from cartback.domain.event import Json, ShopId
from cartback.domain.instant import Zone
from cartback.engine.audit import COMMAND_LINE, Noted, note
from cartback.engine.ports import Store, Transaction
from cartback.engine.shop_ports import ShopRow
from cartback.engine.shops import find_shop, settings_of
from cartback.engine.stopped_clock import stopped_at
from cartback.wiring import Installation, installation

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
shop_option = click.option(
    "--shop", "shop_name", metavar="NAME|ID", help="Which shop; not needed where there is one."
)
language_option = click.option(
    "--language", type=click.Choice(["en", "ko"]), default="en", show_default=True
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


class AtShop(NamedTuple):
    """An open installation, and the shop that the command is about."""

    base: Installation
    shop: ShopRow
    zone: Zone

    @property
    def id(self) -> ShopId:
        return self.shop.id

    def noting(self, action: str, subject: str, **detail: Json) -> Store:
        """The store, for one change that is noted together with it."""
        return Noted(self.base.store, lambda tx: self.note(tx, action, subject, **detail))

    def note(self, tx: Transaction, action: str, subject: str, **detail: Json) -> None:
        """Note a change in its own transaction."""
        note(tx, self.id, COMMAND_LINE, action, subject, self.base.clock(), **detail)


def config() -> Config:
    """The configuration. Raises BadConfig."""
    root = click.get_current_context().find_root()
    if not isinstance(root.obj, Config):
        root.obj = read_config(os.environ)
    return root.obj


def open_installation(*, migrate: bool = True) -> Installation:
    """The store, open until the command ends."""
    return click.get_current_context().with_resource(installation(config(), migrate=migrate))


def open_shop(name: str | None) -> AtShop:
    """The store, and the shop of this name or id in it. Raises BadShop.

    Where a replay has left the shop's clock standing, it is then for the command.
    """
    base = open_installation()
    with base.store.reading() as reading:
        shop = find_shop(reading, name)
        zone = Zone(settings_of(reading, shop.id).zone)
        stopped = stopped_at(reading, shop.id)
    if stopped is None:
        return AtShop(base, shop, zone)
    if sys.stderr.isatty():
        click.echo(
            f"It is {moment(stopped, zone)} in {shop.name}, where a replay has left its clock;"
            " cartback up lets it run on from now.",
            err=True,
        )
    return AtShop(replace(base, clock=lambda: stopped), shop, zone)
