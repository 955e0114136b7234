"""Who is on the way in a flow, and why somebody got a message or did not."""

from collections.abc import Iterator
from itertools import islice

import click

from cartback.cli.ground import AtShop, json_option, language_option, open_shop, shop_option
from cartback.cli.output import moment, say_list, when
from cartback.domain.phrase import Language
from cartback.domain.phrase.decision import told
from cartback.engine.flow_ports import DecisionRow, RunRow
from cartback.engine.flows import flow_of
from cartback.engine.people import find
from cartback.engine.ports import Reading

PAGE = 1_000

limit_option = click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many."
)


@click.command()
@click.argument("key")
@limit_option
@shop_option
@json_option
def runs(key: str, limit: int, shop_name: str | None, as_json: bool) -> None:
    """List who is on the way in a flow, at which step, and until when.

    \b
    Example:
      cartback flow runs abandoned-cart --limit 20
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        flow_of(reading, at.id, key)
        found = islice(_runs(reading, at, key), limit)
        rows = [_run(reading, at, one, as_json=as_json) for one in found]
    say_list(
        ("profile", "who", "cart", "step", "until", "reason"),
        rows,
        as_json=as_json,
        nothing="Nobody is on the way.",
    )


def _runs(reading: Reading, at: AtShop, key: str) -> Iterator[RunRow]:
    place = (0, "")
    while page := reading.runs_at(at.id, key, place, PAGE):
        yield from page
        place = (page[-1].profile, page[-1].run.cart)


def _run(reading: Reading, at: AtShop, one: RunRow, *, as_json: bool) -> dict[str, object]:
    identifiers = reading.identifiers_of(at.id, one.profile)
    due = one.due or 0
    return {
        "profile": one.profile,
        "who": identifiers[0].value if identifiers else None,
        "cart": one.run.cart or None,
        "version": one.run.version,
        "step": one.step,
        "until": when(due) if as_json else moment(due, at.zone),
        "reason": one.held or None,
    }


@click.command()
@click.argument("person")
@click.option("--flow", "flow_key", metavar="KEY", help="Only what this flow did.")
@limit_option
@language_option
@shop_option
@json_option
def why(
    person: str,
    flow_key: str | None,
    limit: int,
    language: str,
    shop_name: str | None,
    as_json: bool,
) -> None:
    """Say why somebody got a message, or did not: all that flows did with them, newest first.

    PERSON is an e-mail address, a customer's id, an anonymous id, a phone number or a profile's
    number.

    \b
    Examples:
      cartback flow why ada@example.com
      cartback flow why customer-7 --flow abandoned-cart --language ko
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        profile = find(reading, at.id, person)
        found = islice(_decisions(reading, at, profile, flow_key), limit)
        rows = [_told(at, one, Language(language), as_json=as_json) for one in found]
    say_list(
        ("at", "flow", "step", "told"),
        rows,
        as_json=as_json,
        nothing="No flow has done anything with this person.",
    )


def _decisions(
    reading: Reading, at: AtShop, profile: int, flow_key: str | None
) -> Iterator[DecisionRow]:
    if flow_key is not None:
        flow_of(reading, at.id, flow_key)
    before = 2**62
    while page := reading.decisions(at.id, profile, before, PAGE):
        yield from (row for _, row in page if flow_key in (None, row.run.flow))
        before = page[-1][0]


def _told(at: AtShop, row: DecisionRow, language: Language, *, as_json: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "at": when(row.at) if as_json else moment(row.at, at.zone),
        "flow": row.run.flow,
        "step": row.step or None,
        "told": told(row.what, row.reason, row.until, language, at.zone, row.rule),
    }
    if as_json:
        shown |= {"what": row.what, "reason": row.reason, "rule": row.rule or None}
        shown |= {"cart": row.run.cart or None, "until": when(row.until) if row.until else None}
    return shown
