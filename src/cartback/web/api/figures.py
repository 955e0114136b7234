"""What a flow brought: by step and by template, over a period."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from cartback.engine.figures import Counts, Period, by_template, figures, period_between, together
from cartback.engine.flows import NoSuchFlow, flow_of
from cartback.engine.growth import BadPeriod
from cartback.engine.shops import settings_of
from cartback.web.api.flow_shape import FlowKey
from cartback.web.api.ground import Caller, FlowsReader
from cartback.web.api.members import AtTime, moment
from cartback.web.api.problem import bad, not_found, problems
from cartback.web.api.reading import new_router
from cartback.web.api.shape import Time, when

router = new_router("flows")


class CountsShown(BaseModel):
    """What was sent in the period, and what became of it, whenever that was."""

    queued: Annotated[int, Field(description="Put into the outbox.")]
    sent: Annotated[int, Field(description="Taken by the provider: delivered and bounced.")]
    delivered: Annotated[int, Field(description="Taken, and did not come back.")]
    bounced: int
    opened: Annotated[int, Field(description="Messages that a person opened, each once.")]
    clicked: Annotated[int, Field(description="Messages in which a person clicked, each once.")]
    unsubscribed: int
    complained: int
    failed: int
    in_doubt: int
    recovered: Annotated[int, Field(description="Carts that came back and are credited to it.")]
    revenue: Annotated[
        dict[str, int], Field(description="Of these carts, in minor units by currency.")
    ]
    held: Annotated[dict[str, int], Field(description="Put off, by reason.")]
    skipped: Annotated[dict[str, int], Field(description="Not sent, by reason.")]


class StepFiguresShown(BaseModel):
    version: int
    step: str
    counts: CountsShown


class TemplateFiguresShown(BaseModel):
    template: str
    counts: CountsShown


class FlowFiguresShown(BaseModel):
    """Steps, by version; templates, over all versions; and all of it together."""

    start: Annotated[Time | None, Field(serialization_alias="from")]
    end: Annotated[Time | None, Field(serialization_alias="to")]
    entered: int
    total: CountsShown
    steps: list[StepFiguresShown]
    templates: list[TemplateFiguresShown]


@router.get("/flows/{flow}/figures", responses=problems(404))
def read_flow_figures(
    caller: FlowsReader,
    flow: FlowKey,
    start: Annotated[AtTime, Query(alias="from")] = "",
    end: Annotated[AtTime, Query(alias="to")] = "",
) -> FlowFiguresShown:
    """What it sent in a period, and what became of that; else all that it ever sent.

    A period is whole half hours: `from` is taken back to one, `to` is put off to one.
    """
    period = _period(caller, start, end)
    with caller.store.reading() as reading:
        currency = settings_of(reading, caller.shop).currency
        try:
            flow_of(reading, caller.shop, flow)
        except NoSuchFlow as error:
            raise not_found(str(error)) from None
        found = figures(reading, caller.shop, flow, currency, period)
        templates = by_template(reading, caller.shop, flow, found)
    total = together(found.values())
    return FlowFiguresShown(
        start=None if period is None else when(period.start),
        end=None if period is None else when(period.end),
        entered=total.entered,
        total=_counts(total),
        steps=[
            StepFiguresShown(version=version, step=step, counts=_counts(counts))
            for (version, step), counts in sorted(found.items(), reverse=True)
        ],
        templates=[
            TemplateFiguresShown(template=key, counts=_counts(counts))
            for key, counts in sorted(templates.items())
        ],
    )


def _period(caller: Caller, start: str, end: str) -> Period | None:
    first, last = moment(caller, "from", start), moment(caller, "to", end)
    try:
        return period_between(first, last, caller.now())
    except BadPeriod:
        raise bad("query", "to", "expected a time after `from`") from None


def _counts(counts: Counts) -> CountsShown:
    names = CountsShown.model_fields
    values = {name: getattr(counts, name) for name in names}
    revenue = {name: amount for name, amount in counts.revenue.items() if name and amount}
    return CountsShown(**values | {"revenue": revenue})
