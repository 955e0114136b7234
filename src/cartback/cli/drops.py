"""`cartback drops`: how many events were not taken, and why."""

import click

from cartback.cli.ground import json_option, open_shop, shop_option
from cartback.cli.output import say_list
from cartback.domain.drop import DropReason

MEANING = {
    DropReason.DUPLICATE: "its id is in the log already",
    DropReason.NO_IDENTIFIER: "it names nobody",
    DropReason.BAD_IDENTIFIER: "an id is empty, too long or malformed",
    DropReason.BAD_METRIC: "its metric has no name, too long a one, or none in the mapping",
    DropReason.RESERVED_METRIC: "Cartback derives that metric itself",
    DropReason.UNKNOWN_TYPE: "the protocol has no such call",
    DropReason.WRONG_TYPE: "a standard property has a wrong type, is too long or below zero",
    DropReason.BAD_TIME: "its time cannot be read",
    DropReason.ANCIENT: "it is from before 1990",
    DropReason.FUTURE: "its time is still to come, in a log that drives the clock",
    DropReason.TOO_LARGE: "a message over 32 KB, a line over 1 MB, or a request beyond its limits",
    DropReason.TOO_MANY_PROPERTIES: "an object has more than 400 properties",
    DropReason.TOO_DEEP: "it is nested deeper than 16 levels",
    DropReason.BAD_TEXT: "a text has a NUL or half a surrogate pair",
    DropReason.BAD_NUMBER: "a number is NaN, infinite or beyond 64 bits",
    DropReason.MALFORMED: "it is not what the protocol describes",
}


@click.command()
@shop_option
@json_option
def drops(shop_name: str | None, as_json: bool) -> None:
    """Count the events that were not taken, by reason.

    \b
    Example:
      cartback drops --json
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        counts = reading.drops(at.id)
    rows = [
        {"reason": reason, "count": count, "meaning": MEANING.get(DropReason(reason), "")}
        for reason, count in sorted(counts.items(), key=lambda one: -one[1])
    ]
    say_list(("reason", "count", "meaning"), rows, as_json=as_json, nothing="Nothing was dropped.")
