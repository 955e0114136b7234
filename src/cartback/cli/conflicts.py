"""`cartback profile conflicts`: who was tied by an event, and stayed two people."""

from typing import Any

import click

from cartback.cli.ground import json_option, open_shop, shop_option
from cartback.cli.output import moment, say_json, say_rows, when
from cartback.engine.conflicts import Apart, Party, latest_conflicts

NOBODY = "erased since"


@click.command()
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@shop_option
@json_option
def conflicts(limit: int, shop_name: str | None, as_json: bool) -> None:
    """List who was tied by an event and not merged, latest first.

    Most of them are two customers on one device, and right as they are: two people with different
    customer ids are never merged. The others may be merged by hand: cartback profile merge.

    \b
    Example:
      cartback profile conflicts --limit 10 --json
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        found = latest_conflicts(reading, at.id, limit)
    if as_json:
        say_json([apart_as_json(one) for one in found])
        return
    rows = [
        (
            moment(one.at, at.zone),
            " | ".join(map(called, one.parties)) or NOBODY,
            " + ".join(f"{kind}:{value}" for kind, value in one.tied_by),
            one.event_id,
            _becomes(one),
        )
        for one in found
    ]
    nothing = "No event has tied two customers."
    say_rows(("at", "people", "tied by", "event", "what now"), rows, nothing)


def called(party: Party) -> str:
    """A name or an identifier, and the profile's number."""
    names = [party.name, *(value for _, value in party.identifiers)]
    name = next(filter(None, names), "somebody")
    return f"{name} (profile {party.profile})"


def apart_as_json(one: Apart) -> dict[str, Any]:
    """A conflict as JSON data."""
    return {
        "at": when(one.at),
        "event": one.event_id,
        "tied_by": [{"kind": kind, "value": value} for kind, value in one.tied_by],
        "profiles": [
            {
                "profile": party.profile,
                "name": party.name,
                "identifiers": [
                    {"kind": kind, "value": value} for kind, value in party.identifiers
                ],
            }
            for party in one.parties
        ],
        "stands": one.stands,
        "can_merge": one.stands and one.can_merge,
    }


def _becomes(one: Apart) -> str:
    if not one.stands:
        return "one person by now"
    return "may be merged by hand" if one.can_merge else "two customers: they stay two"
