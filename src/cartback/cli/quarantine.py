"""`cartback quarantine`: events that made a rule fail, and trying them again."""

import click

from cartback.cli.ground import json_option, open_shop, shop_option
from cartback.cli.output import moment, say_json, say_list, when
from cartback.engine.quarantine import retry as retry_all


@click.group()
def quarantine() -> None:
    """List the events that made a rule fail, and try them again.

    Such an event is in the log; it blocks nobody, and counts once it is applied.

    \b
    Example:
      cartback quarantine list
    """


@quarantine.command("list")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@shop_option
@json_option
def list_(limit: int, shop_name: str | None, as_json: bool) -> None:
    """List what waits, with the error.

    \b
    Example:
      cartback quarantine list --limit 10 --json
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        rows = [
            {
                "event": one.seq,
                "profile": one.profile,
                "at": when(one.at) if as_json else moment(one.at, at.zone),
                "error": one.error,
            }
            for one in reading.quarantined(at.id, limit)
        ]
    say_list(("event", "profile", "at", "error"), rows, as_json=as_json, nothing="Nothing waits.")


@quarantine.command()
@shop_option
@json_option
def retry(shop_name: str | None, as_json: bool) -> None:
    """Apply what waits, now that the rule is mended. Exit code 1 where some still fail.

    \b
    Example:
      cartback quarantine retry
    """
    at = open_shop(shop_name)
    released, failing = retry_all(at.base.store, at.base.rulebook, at.id, at.base.clock())
    if as_json:
        say_json({"released": released, "failing": [one.seq for one in failing]})
    else:
        click.echo(f"{released:,} applied, {len(failing):,} still fail.")
        for one in failing[:10]:
            click.echo(f"  event {one.seq}: {one.error}")
    if failing:
        raise click.exceptions.Exit(1)
