"""The `cartback` command: one module for each noun."""

import contextlib
import importlib
import logging
import os
import sys
from typing import Any, Final

import click

HOME: Final = {
    "up": "cartback.cli.up",
    "demo": "cartback.cli.demo",
    "replay": "cartback.cli.replay",
    "segment": "cartback.cli.segment",
    "flow": "cartback.cli.flow",
    "template": "cartback.cli.template",
    "mailing": "cartback.cli.mailing",
    "coupon": "cartback.cli.coupon",
    "export": "cartback.cli.folder",
    "plan": "cartback.cli.folder",
    "apply": "cartback.cli.folder",
    "catalog": "cartback.cli.catalog",
    "suppressions": "cartback.cli.suppressions",
    "profile": "cartback.cli.profile",
    "shop": "cartback.cli.shop",
    "keys": "cartback.cli.keys",
    "users": "cartback.cli.users",
    "doubts": "cartback.cli.doubts",
    "drops": "cartback.cli.drops",
    "quarantine": "cartback.cli.quarantine",
    "doctor": "cartback.cli.doctor",
    "backup": "cartback.cli.backup",
    "restore": "cartback.cli.backup",
}
"""Where each command lives. A module is loaded when its command is asked for."""


class Cartback(click.Group):
    """Loads commands when they are needed, and says expected failures in one sentence."""

    def main(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  as click's own
        """As a program of its own it ends at once when its work is done.

        Taking the interpreter apart takes time, and DuckDB's binding then complains of itself on
        standard error (nanobind's leak check).
        """
        if args or options:
            return super().main(*args, **options)
        code: object = 1
        try:
            super().main()
        except SystemExit as end:
            code = end.code
        except Exception:  # noqa: BLE001  said as the interpreter would have said it
            sys.excepthook(*sys.exc_info())
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code if isinstance(code, int) else 0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(HOME)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in HOME:
            return None
        command: click.Command = getattr(importlib.import_module(HOME[cmd_name]), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's own, which suggests loaded commands only."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            named = error.command_name
            raise click.exceptions.NoSuchCommand(named, possibilities=HOME, ctx=ctx) from None

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:
            from cartback.cli.errors import refusal

            sentence = refusal(error)
            if sentence is None:
                raise
            raise sentence from error


@click.group(cls=Cartback, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cartback", message="cartback %(version)s")
def main() -> None:
    """Knows at every second who has left a cart behind, and why.

    \b
    Start it, and send it events:
      cartback up
    See it at work with a made-up shop:
      cartback demo
    Who is inside, and why:
      cartback segment members recent-cart-abandoners
      cartback segment explain recent-cart-abandoners ada@example.com

    Settings come from the environment: CARTBACK_DATABASE, CARTBACK_DATA, CARTBACK_HOST,
    CARTBACK_PORT, CARTBACK_LOG (docs/operations.md).
    """
