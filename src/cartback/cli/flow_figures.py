"""`cartback flow figures`: what each step of a flow brought."""

from collections.abc import Mapping
from typing import Any, Final

import click

from cartback.cli.ground import json_option, open_shop, shop_option
from cartback.cli.output import say_json, say_rows, when
from cartback.domain.layout import all_steps
from cartback.domain.phrase.written import money
from cartback.domain.step import StepKey
from cartback.engine.figures import Counts, Period, by_step, period_between, together
from cartback.engine.figures import figures as flow_figures
from cartback.engine.flow_ports import FlowRow
from cartback.engine.flows import definition, flow_of
from cartback.engine.shops import settings_of

NUMBERS: Final = (
    "sent delivered opened clicked recovered revenue unsubscribed bounced complained".split()
)


@click.command()
@click.argument("key")
@click.option("--from", "start", metavar="TIME", help="Sent from then on; a whole half hour.")
@click.option("--to", "end", metavar="TIME", help="And before then; else until now.")
@shop_option
@json_option
def figures(
    key: str, start: str | None, end: str | None, shop_name: str | None, as_json: bool
) -> None:
    """Say what each message of a flow brought: sent, opened, clicked, carts recovered, revenue.

    Opens and clicks of programs are not counted. A TIME without an offset is on the shop's clock;
    without one it is all that the flow ever sent. In JSON revenue is in minor units.

    \b
    Examples:
      cartback flow figures abandoned-cart
      cartback flow figures abandoned-cart --from 2026-03-01 --to 2026-04-01
    """
    at = open_shop(shop_name)
    first = None if start is None else at.zone.parse(start)
    last = None if end is None else at.zone.parse(end)
    with at.base.store.reading() as reading:
        row = flow_of(reading, at.id, key)
        currency = settings_of(reading, at.id).currency
        period = period_between(first, last, at.base.clock())
        found = by_step(flow_figures(reading, at.id, key, currency, period))
    steps = _in_order(row, found)
    if as_json:
        _say_json(row, period, steps)
    else:
        _say(row, steps)


def _in_order(row: FlowRow, steps: Mapping[StepKey, Counts]) -> list[tuple[str, str, Counts]]:
    """Key, kind and counts: the messages in their order, then steps that are no more."""
    kinds = {one.key: str(one.__struct_config__.tag) for one in all_steps(definition(row).steps)}
    present = [
        (key, kind, steps.get(key, Counts()))
        for key, kind in kinds.items()
        if key in steps or kind in ("email", "webhook", "alert")
    ]
    gone = [(key, "", counts) for key, counts in steps.items() if key and key not in kinds]
    return [*present, *gone]


def _say_json(row: FlowRow, period: Period | None, steps: list[tuple[str, str, Counts]]) -> None:
    total = together(counts for _, _, counts in steps)
    say_json(
        {
            "flow": row.key,
            "status": row.status,
            "from": None if period is None else when(period.start),
            "to": None if period is None else when(period.end),
            "total": _numbers(total),
            "steps": [{"step": key, "kind": kind, **_numbers(one)} for key, kind, one in steps],
        }
    )


def _numbers(counts: Counts) -> dict[str, Any]:
    named = {name: getattr(counts, name) for name in NUMBERS if name != "revenue"}
    revenue = {currency: amount for currency, amount in counts.revenue.items() if amount}
    return {
        **named,
        "revenue": revenue,
        "in_doubt": counts.in_doubt,
        "failed": counts.failed,
        "held": dict(counts.held),
        "skipped": dict(counts.skipped),
    }


def _say(row: FlowRow, steps: list[tuple[str, str, Counts]]) -> None:
    rows = [(key, *_cells(counts)) for key, kind, counts in steps if _is_said(kind, counts)]
    if len(rows) > 1:
        rows.append(("all", *_cells(together(counts for _, _, counts in steps))))
    say_rows(("step", *NUMBERS), rows, f"{row.key} has no message steps.")


def _is_said(kind: str, counts: Counts) -> bool:
    return kind in ("email", "webhook", "alert") or counts.queued > 0


def _cells(counts: Counts) -> list[str]:
    return [
        _money(counts) if name == "revenue" else f"{getattr(counts, name):,}" for name in NUMBERS
    ]


def _money(counts: Counts) -> str:
    found = [money(amount, currency) for currency, amount in counts.revenue.items() if amount]
    return ", ".join(found) or "-"
