"""`cartback doubts`: messages of which nobody knows whether they arrived."""

from collections.abc import Sequence
from typing import cast

import click

from cartback.cli.asking import ask
from cartback.cli.errors import Refusal
from cartback.cli.ground import AtShop, json_option, open_shop, shop_option, yes_option
from cartback.cli.output import clean, counted, moment, say_json, say_list, when
from cartback.engine.flow_ports import MessageRow
from cartback.engine.settling import ACTS, Act, CannotSettle, settle
from cartback.engine.settling import doubts as doubts_of


@click.group()
def doubts() -> None:
    """List the messages in doubt, and say what became of them.

    A message is in doubt where its hand-over broke off: nobody here can know whether it arrived,
    and it is never sent again by itself. The provider's log may tell.

    \b
    Examples:
      cartback doubts list
      cartback doubts settle arrived 65f0c1a29b7d43e8aa10b2c3
    """


@doubts.command("list")
@click.option("--left", is_flag=True, help="Those that were left as they are.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@shop_option
@json_option
def list_(left: bool, limit: int, shop_name: str | None, as_json: bool) -> None:
    """List what waits for somebody to look, the newest first.

    \b
    Example:
      cartback doubts list --limit 10 --json
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        rows = doubts_of(reading, at.id, left=left)[:limit]
    say_list(
        ("message", "at", "to", "flow", "step", "why"),
        [_shown(at, one, as_json=as_json) for one in rows],
        as_json=as_json,
        nothing="Nothing was left in doubt." if left else "Nothing is in doubt.",
    )


def _shown(at: AtShop, one: MessageRow, *, as_json: bool) -> dict[str, object]:
    handed_over = one.claimed or one.at
    return {
        "message": one.key,
        "at": when(handed_over) if as_json else moment(handed_over, at.zone),
        "to": clean(one.recipient),
        "flow": one.run.flow,
        "step": one.step,
        "why": clean(one.error),
    }


@doubts.command("settle")
@click.argument("act", type=click.Choice(ACTS))
@click.argument("messages", metavar="[MESSAGE]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that wait for somebody to look.")
@yes_option
@shop_option
@json_option
def settle_(
    act: str,
    messages: Sequence[str],
    every: bool,
    yes: bool,
    shop_name: str | None,
    as_json: bool,
) -> None:
    """Say what became of messages in doubt. Exit code 1 where some could not be settled.

    \b
    arrived  They count as sent.
    again    They did not arrive: back into the outbox, where everything is asked
             once more. Asks first, unless --yes, for it cannot be taken back.
    leave    They stay in doubt, and nobody needs to look any more.
    reopen   Takes back `arrived` or `leave`.

    \b
    Examples:
      cartback doubts settle arrived 65f0c1a29b7d43e8aa10b2c3
      cartback doubts settle leave --all
    """
    at, wanted = open_shop(shop_name), cast("Act", act)
    keys = _meant(at, wanted, messages, every=every)
    if wanted == "again" and keys and not yes:
        click.echo("Who got the first one after all gets the same message twice.", err=True)
        ask(f"Send {counted(len(keys), 'message')} again?", err=True)
    refused = {key: why for key in keys if (why := _settle(at, key, wanted))}
    settled = [key for key in keys if key not in refused]
    if as_json:
        say_json({"settled": settled, "refused": refused})
    else:
        click.echo(f"{counted(len(settled), 'message')} settled.")
        for key, why in refused.items():
            click.echo(f"  {clean(key)}: {why}", err=True)
    if refused:
        raise click.exceptions.Exit(1)


def _meant(at: AtShop, act: Act, messages: Sequence[str], *, every: bool) -> list[str]:
    """The keys of those that are to be settled, each once."""
    if every == bool(messages):
        raise Refusal("name messages of `cartback doubts list`, or say --all")
    if not every:
        return list(dict.fromkeys(messages))
    if act == "reopen":
        raise Refusal("name the messages that you would look at again")
    with at.base.store.reading() as reading:
        return [one.key for one in doubts_of(reading, at.id)]


def _settle(at: AtShop, key: str, act: Act) -> str:
    """Why it could not be done; empty where it was."""
    try:
        settle(at.noting("settled message", key, act=act), at.id, key, act, at.base.clock())
    except CannotSettle as error:
        return str(error)
    return ""
