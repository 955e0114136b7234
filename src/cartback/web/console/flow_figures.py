"""What an automation brought, by its messages and over a period, for its page."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cartback.domain.flow import Flow
from cartback.domain.instant import DAY
from cartback.domain.layout import all_steps
from cartback.domain.phrase.steps import Speech
from cartback.domain.step import Email
from cartback.engine.figures import Counts, Period, by_step, figures, together
from cartback.engine.flow_ports import FlowRow
from cartback.engine.ports import Reading
from cartback.web.console.asked import AtShop

RANGES: Final = (7, 30, 90)
USUAL: Final = 30


class Brought(NamedTuple):
    """A message of the automation and what became of it; `text` is empty for those of steps that
    the present version has no more."""

    text: str
    counts: Counts


class Figures(NamedTuple):
    """Over so many days, 0 for ever: each message in order, and all together."""

    days: int
    rows: Sequence[Brought]
    total: Counts


def last_days(at: AtShop, days: int) -> Period:
    """So many days of the shop's calendar, today with them."""
    start = at.zone.period("day", at.now, 1 - days)[0]
    return Period(start, at.zone.period("day", at.now)[0] + DAY)


def brought(reading: Reading, at: AtShop, row: FlowRow, flow: Flow, speech: Speech) -> Figures:
    """The period is that of the query."""
    wanted = at.query.get("days", str(USUAL))
    days = 0 if wanted == "0" else next((one for one in RANGES if str(one) == wanted), USUAL)
    period = last_days(at, days) if days else None
    counts = dict(by_step(figures(reading, at.id, row.key, at.settings.currency, period)))
    steps = list(all_steps(flow.steps))
    for one in steps:
        if not isinstance(one, Email):
            counts.pop(one.key, None)  # an alert, say: it is to nobody of the shop's customers
    total = together(counts.values())
    rows = [
        Brought(speech.templates.get(one.template, one.template), counts.pop(one.key, Counts()))
        for one in steps
        if isinstance(one, Email)
    ]
    others = together(counts.values())
    if others.sent or others.recovered:
        rows.append(Brought("", others))
    return Figures(days, rows, total)
