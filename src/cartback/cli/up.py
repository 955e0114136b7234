"""`cartback up`: takes events over HTTP and keeps every segment right, in one process."""

import logging
from dataclasses import replace
from typing import Final

import click

from cartback.cli.errors import Refusal
from cartback.cli.ground import config as read_config
from cartback.cli.keys import say_new_shop
from cartback.cli.logs import set_up_logs
from cartback.cli.running import alone
from cartback.cli.serving import Server, Stopping, bind, url_of
from cartback.config import Config
from cartback.engine.access import set_up_link
from cartback.engine.keys import shown
from cartback.engine.shops import first_shop
from cartback.wiring import Installation, Live, installation

EXAMPLE: Final = """\
  curl %s/v1/track -u %s: -H 'Content-Type: application/json' \\
    -d '{"userId": "customer-7", "event": "Checkout Started",
         "properties": {"value": 59.90, "currency": "EUR"}}'"""

_log = logging.getLogger("cartback.up")


@click.command()
@click.option("--host", metavar="HOST", help="Where to listen, instead of CARTBACK_HOST.")
@click.option("--port", type=int, metavar="PORT", help="Instead of CARTBACK_PORT.")
def up(host: str | None, port: int | None) -> None:
    """Take events over HTTP and keep every segment right, until stopped.

    Everything runs in this process: collecting, waking, back-fill. The first time, a shop and its
    write keys are made and shown. It stops at SIGTERM or Ctrl-C, when all that it took is written.

    \b
    Examples:
      cartback up
      CARTBACK_DATABASE=postgresql://me@db/cartback cartback up --host 0.0.0.0
    """
    found = read_config()
    serve(replace(found, host=host or found.host, port=found.port if port is None else port))


def serve(config: Config) -> None:
    """Run until told to stop. Raises Refusal."""
    set_up_logs(config)
    stopping = Stopping()
    bound = bind(config.host, config.port)
    url = url_of(bound)
    with bound, alone(config, url), installation(config) as base:
        token = _prepare(base)
        door = set_up_link(base.store, base.clock())
        live = Live(base)

        def ready() -> None:
            _log.info("listening", extra={"url": url})
            if config.log == "text":
                _greet(base, url, token, door)

        server = Server(live.app, ready, live.feed.close)
        with live.at_work():
            stopping.serving = True
            server.run([bound])
            _log.info("stopping")
        if not server.started:
            raise Refusal(f"cannot listen on {config.host}, port {config.port}")
    _log.info("stopped")


def _prepare(base: Installation) -> str | None:
    """Make a shop where there is none; the token of its public key then."""
    new = first_shop(base.store, "My shop", base.clock())
    if new is None:
        return None
    say_new_shop(new)
    return new.public[0]


def _greet(base: Installation, url: str, token: str | None, door: str | None) -> None:
    click.echo(f"Cartback is up: {url}")
    if door is not None:
        click.echo("Make your account, with a link that works once:")
        click.echo(f"  {base.config.public_url or url}/links/{door}")
    if token is None:
        with base.store.reading() as reading:
            rows = reading.keys(None)
        known = ", ".join(f"{shown(key)} ({key.kind})" for key in rows if key.revoked is None)
        click.echo(f"Write keys: {known or 'none; make one with: cartback keys create'}")
    click.echo("Send an event:")
    click.echo(EXAMPLE % (url, token or "$WRITE_KEY"))
    click.echo("See what is known of that person:")
    click.echo("  cartback profile show customer-7")
