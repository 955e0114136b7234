"""`cartback quarantine`: events that made a rule fail, profiles that a back-fill left behind, and
trying them again."""

import click

from cartback.cli.ground import json_option, open_shop, shop_option
from cartback.cli.output import counted, moment, say_json, say_list, when
from cartback.engine.left_behind import left_behind
from cartback.engine.quarantine import catch_up
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
    """List what waits, with the error: events, and behind them profiles that a rule fails for, so
    that they are judged by the rules of before.

    \b
    Example:
      cartback quarantine list --limit 10 --json
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        waiting = [
            (one.seq, one.profile, one.at, one.error) for one in reading.quarantined(at.id, limit)
        ]
        left = left_behind(reading, at.id).named[:limit]
    rows = [
        {
            "event": event,
            "profile": profile,
            "at": when(since) if as_json else moment(since, at.zone),
            "error": error,
        }
        for event, profile, since, error in [
            *waiting,
            *((None, one.profile, one.at, one.error) for one in left),
        ]
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
    where = (at.base.store, at.base.rulebook, at.id, at.base.clock())
    released, failing = retry_all(*where)
    caught_up, left = catch_up(*where)
    if as_json:
        events = {"released": released, "failing": [one.seq for one in failing]}
        say_json(events | {"caught_up": caught_up, "left_behind": left.number})
    else:
        click.echo(f"{released:,} applied, {len(failing):,} still fail.")
        for one in failing[:10]:
            click.echo(f"  event {one.seq}: {one.error}")
        if caught_up or left.number:
            profiles = counted(caught_up, "profile")
            click.echo(f"{profiles} caught up with the rules, {left.number:,} still cannot.")
        for behind in left.named[:10]:
            click.echo(f"  profile {behind.profile}: {behind.error}")
    if failing or left.number:
        raise click.exceptions.Exit(1)
