"""How flows look in requests and answers: the definition, its status, and who stands where."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, Field

from cartback.domain.layout import all_steps
from cartback.engine.flow_ports import FlowRow, FlowStatus, RunRow
from cartback.engine.flowing import DECIDED
from cartback.engine.flows import definition, document_of
from cartback.engine.ports import Reading
from cartback.engine.standing_ports import LAST
from cartback.web.api.ground import Caller
from cartback.web.api.paging import LARGEST, Page
from cartback.web.api.reading import Body
from cartback.web.api.shape import PerhapsNamed, Time, perhaps, when

FlowKey = Annotated[
    str, Path(min_length=1, max_length=60, description="The flow's key, such as abandoned-cart.")
]
StepKey = Annotated[
    str, Path(min_length=1, max_length=60, description="The key of a message step.")
]
FlowDocument = Annotated[
    dict[str, Any],
    Field(
        description="A flow (docs/flows.md): `name`, `trigger` and `steps`, and where wanted"
        " `audience`, `who`, `only_if`, `again` and `priority`.",
        examples=[
            {
                "name": "Abandoned cart",
                "trigger": {"kind": "cart_abandoned"},
                "steps": [{"kind": "email", "key": "help", "template": "cart-help"}],
            }
        ],
    ),
]
Status = Annotated[FlowStatus, Field(description="draft, live, paused or archived")]


class FlowWanted(Body):
    key: Annotated[
        str, Field(description="Small letters, digits and hyphens, such as abandoned-cart.")
    ]
    document: FlowDocument


class FlowChange(Body):
    document: FlowDocument
    version: Annotated[
        int | None,
        Field(ge=1, le=LARGEST, description="The version you changed, unless If-Match says it."),
    ] = None


class StatusWanted(Body):
    status: Annotated[
        Literal["live", "paused", "archived", "draft"],
        Field(description="`draft` takes an archived flow out again."),
    ]


class StepStatusWanted(Body):
    status: Literal["draft", "live", "paused"]
    version: Annotated[
        int | None,
        Field(ge=1, le=LARGEST, description="The flow's version you saw; left out: any."),
    ] = None


class FlowBrief(BaseModel):
    """A flow in a list of them."""

    key: str
    name: str
    version: int
    status: Status
    waiting: Annotated[int, Field(description="How many people are on their way.")]
    created: Time
    updated: Time


class Flows(Page):
    data: list[FlowBrief]


class StepShown(BaseModel):
    """A step of a version: how many stand there, and what was done with those who came."""

    version: int
    step: str
    kind: Annotated[str | None, Field(description="Null: not in the present definition.")]
    waiting: int
    done: Annotated[
        dict[str, int],
        Field(
            description="How often what was decided, as `what:reason`, or `went:` and the number"
            " of the branch.",
            examples=[{"sent:ready": 12, "held:quiet_hours": 3}],
        ),
    ]


class FlowShown(FlowBrief):
    """A flow with its definition, and its steps in their order; those of older versions behind."""

    document: dict[str, Any]
    steps: list[StepShown]


class FlowVersion(BaseModel):
    """A definition that it has had."""

    version: int
    name: str
    document: dict[str, Any]
    at: Time
    by: str


class FlowVersions(Page):
    data: list[FlowVersion]


class RunShown(BaseModel):
    """Somebody on the way: about which cart, at which step, and until when."""

    profile: int
    identifiers: PerhapsNamed
    cart: Annotated[str | None, Field(description="Null: not about a cart.")]
    version: int
    started: Time
    step: str
    due: Annotated[Time | None, Field(description="Null: until something happens.")]
    reason: Annotated[
        str | None, Field(description="Why it stands there, such as quiet_hours at a message.")
    ]


class Runs(Page):
    data: list[RunShown]


def brief(reading: Reading, caller: Caller, row: FlowRow) -> FlowBrief:
    """A flow, and how many are on their way."""
    counts = reading.count_runs(caller.shop, row.key)
    return FlowBrief(**_described(row, sum(counts.values())))


def flow_shown(reading: Reading, caller: Caller, row: FlowRow) -> FlowShown:
    """A flow with all that is known of it."""
    counts = reading.count_runs(caller.shop, row.key)
    return FlowShown(
        **_described(row, sum(counts.values())),
        document=document_of(row),
        steps=_steps(row, counts, _done(reading, caller, row)),
    )


def _described(row: FlowRow, waiting: int) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "version": row.version,
        "status": row.status,
        "waiting": waiting,
        "created": when(row.created),
        "updated": when(row.updated),
    }


def _steps(
    row: FlowRow,
    waiting: Mapping[tuple[int, str], int],
    done: Mapping[tuple[int, str], Mapping[str, int]],
) -> list[StepShown]:
    """The present version's steps in their order, then whatever else somebody came to."""
    kinds = {one.key: one.__struct_config__.tag for one in all_steps(definition(row).steps)}
    present = [(row.version, step) for step in kinds]
    others = sorted((waiting.keys() | done.keys()) - set(present), reverse=True)
    return [
        StepShown(
            version=version,
            step=step,
            kind=str(kinds[step]) if (version, step) in present else None,
            waiting=waiting.get((version, step), 0),
            done=dict(done.get((version, step), {})),
        )
        for version, step in [*present, *others]
    ]


def _done(
    reading: Reading, caller: Caller, row: FlowRow
) -> Mapping[tuple[int, str], Mapping[str, int]]:
    found: dict[tuple[int, str], Counter[str]] = {}
    counts = reading.tallied(caller.shop, DECIDED, f"{row.key}/", f"{row.key}/{LAST}")
    for name, count in sorted(counts.items()):
        _, version, step, done = name.split("/", 3)
        found.setdefault((int(version), step), Counter())[done] += count
    return found


def runs_shown(reading: Reading, caller: Caller, rows: Iterable[RunRow]) -> list[RunShown]:
    """Who is on the way."""
    return [
        RunShown(
            profile=one.profile,
            identifiers=caller.names(reading, one.profile),
            cart=one.run.cart or None,
            version=one.run.version,
            started=when(one.run.started),
            step=one.step or "",
            due=perhaps(one.due),
            reason=one.held or None,
        )
        for one in rows
    ]
