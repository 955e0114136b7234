"""`cartback up`: takes events over HTTP and keeps every segment right, in one process."""

import logging
import signal
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from cartback.cli.errors import Refusal
from cartback.cli.ground import config as read_config
from cartback.cli.keys import say_new_shop
from cartback.cli.logs import set_up_logs
from cartback.cli.running import alone
from cartback.cli.serving import Server, Stopping, bind, url_of
from cartback.cli.tls import certificate_of, context_of, renew
from cartback.config import Config
from cartback.domain.instant import text_of
from cartback.engine.access import set_up_link
from cartback.engine.keys import shown
from cartback.engine.shops import first_shop
from cartback.engine.stopped_clock import let_run
from cartback.wiring import Installation, Live, installation, real_clock

EXAMPLE: Final = """\
  curl %s/v1/track -u %s: -H 'Content-Type: application/json' \\
    -d '{"userId": "customer-7", "event": "Checkout Started",
         "properties": {"value": 59.90, "currency": "EUR"}}'"""

_log = logging.getLogger("cartback.up")


@click.command()
@click.option("--host", metavar="HOST", help="Where to listen, instead of CARTBACK_HOST.")
@click.option("--port", type=int, metavar="PORT", help="Instead of CARTBACK_PORT.")
@click.option(
    "--tls-cert",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Speak HTTPS with this certificate and those above it (PEM).",
)
@click.option(
    "--tls-key", type=click.Path(path_type=Path), metavar="FILE", help="Its private key (PEM)."
)
def up(host: str | None, port: int | None, tls_cert: Path | None, tls_key: Path | None) -> None:
    """Take events over HTTP and keep every segment right, until stopped.

    Everything runs in this process: collecting, waking, back-fill. The first time, a shop and its
    public and secret keys are made and shown. It stops at SIGTERM or Ctrl-C, when all that it took
    is written.

    \b
    Examples:
      cartback up
      CARTBACK_DATABASE=postgresql://me@db/cartback cartback up --host 0.0.0.0
      cartback up --port 443 --tls-cert shop.pem --tls-key shop.key
    """
    if (tls_cert is None) != (tls_key is None):
        raise Refusal("--tls-cert and --tls-key belong together; give both, or neither")
    found = read_config()
    serve(
        replace(
            found,
            host=host or found.host,
            port=found.port if port is None else port,
            tls_cert=tls_cert or found.tls_cert,
            tls_key=tls_key or found.tls_key,
        )
    )


def serve(config: Config) -> None:
    """Run until told to stop. Raises Refusal."""
    set_up_logs(config)
    stopping = Stopping()
    tls = _tls(config)
    bound = bind(config.host, config.port)
    url = url_of(bound, "http" if tls is None else "https")
    with bound, alone(config, url), installation(config) as base:
        token = _prepare(base)
        _let_clocks_run(base)
        door = set_up_link(base.store, base.clock())
        live = Live(base)

        def ready() -> None:
            _log.info("listening", extra={"url": url})
            if config.log == "text":
                _greet(base, url, token, door)

        server = Server(live.app, ready, live.feed.close, tls=tls)
        with live.at_work():
            stopping.serving = True
            server.run([bound])
            _log.info("stopping")
        if not server.started:
            raise Refusal(f"cannot listen on {config.host}, port {config.port}")
    _log.info("stopped")


def _tls(config: Config) -> ssl.SSLContext | None:
    """What HTTPS needs, where a certificate is configured; SIGHUP reads its files again.

    Raises Refusal.
    """
    certificate = certificate_of(config, real_clock())
    if certificate is None:
        return None
    context = context_of(certificate)
    if certificate.ends_soon(real_clock()):
        _log.warning("renew the certificate", extra={"until": text_of(certificate.until)})
    signal.signal(signal.SIGHUP, lambda *_: renew(context, config, real_clock()))
    return context


def _prepare(base: Installation) -> str | None:
    """Make a shop where there is none; the token of its public key then."""
    new = first_shop(base.store, "My shop", base.clock())
    if new is None:
        return None
    say_new_shop(new)
    return new.public[0]


def _let_clocks_run(base: Installation) -> None:
    """Also in shops whose past was replayed: from here on they live now."""
    with base.store.transaction() as tx:
        for shop in tx.shops():
            let_run(tx, shop.id)


def _greet(base: Installation, url: str, token: str | None, door: str | None) -> None:
    click.echo(f"Cartback is up: {url}")
    if door is not None:
        click.echo("Make your account, with a link that works once:")
        click.echo(f"  {base.config.public_url or url}/links/{door}")
    if token is None:
        with base.store.reading() as reading:
            rows = reading.keys(None)
        known = ", ".join(f"{shown(key)} ({key.kind})" for key in rows if key.revoked is None)
        click.echo(f"Keys: {known or 'none; make one with: cartback keys create'}")
    click.echo("Send an event:")
    click.echo(EXAMPLE % (base.config.public_url or url, token or "$WRITE_KEY"))
    click.echo("See what is known of that person:")
    click.echo("  cartback profile show customer-7")
