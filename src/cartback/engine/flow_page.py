"""What a flow's page tells: what each step did, who waits where, and what was decided of whom."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cartback.domain.event import ProfileId, ShopId
from cartback.engine.calling import name_by_id
from cartback.engine.flow_ports import DecisionRow, RunRow
from cartback.engine.flowing import DECIDED
from cartback.engine.ports import Reading
from cartback.engine.selves import known_as
from cartback.engine.standing_ports import LAST

MOST_READ: Final = 2_000
"""So many decisions about a person are looked through for those of one flow."""


@dataclass(slots=True)
class StepFigures:
    """What happened at a step, of all versions of its flow; reasons by the word for them.

    `gave` are codes, `skipped` also those who got none; `waiting` is who stands there now, `left`
    whose run ended there. A message that was sent into the outbox and held back there is in `sent`
    and in `skipped`.
    """

    sent: int = 0
    gave: int = 0
    waiting: int = 0
    held: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    went: Counter[int] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


class FlowFigures(NamedTuple):
    """What a flow did: its steps by key, who is in it now, and why people did not come, or left."""

    steps: Mapping[str, StepFigures]
    inside: int
    sent: int
    entered: int
    not_entered: Mapping[str, int]
    ended: Mapping[str, int]


def flow_figures(reading: Reading, shop: ShopId, flow: str) -> FlowFigures:
    """Counted as it happened; of no flow with that key everything is nothing."""
    steps: dict[str, StepFigures] = {}
    entered, whole = 0, {"not_entered": Counter[str](), "ended": Counter[str]()}
    for step, what, why, count in _counted(reading, shop, flow):
        here = steps.setdefault(step, StepFigures())
        match what:
            case "sent":
                here.sent += count
            case "gave":
                here.gave += count
            case "held":
                here.held[why] += count
            case "skipped" | "not_given":
                here.skipped[why] += count
            case "went" if why.isdigit():
                here.went[int(why)] += count
            case "entered":
                entered += count
            case "not_entered" | "ended":
                whole[what][why] += count
                here.left[why] += count if what == "ended" else 0
    for (_, step), count in reading.count_runs(shop, flow).items():
        steps.setdefault(step, StepFigures()).waiting += count
    return FlowFigures(
        steps,
        sum(one.waiting for one in steps.values()),
        sum(one.sent for one in steps.values()),
        entered,
        whole["not_entered"],
        whole["ended"],
    )


def _counted(reading: Reading, shop: ShopId, flow: str) -> Iterator[tuple[str, str, str, int]]:
    """Step, what was done, its reason or way, and how often (`flowing.tally_name`)."""
    start = f"{flow}/"
    for name, count in reading.tallied(shop, DECIDED, start, start + LAST, skip=len(start)).items():
        _, step, done = name.split("/", 2)
        what, _, why = done.partition(":")
        yield step, what, why, count


class Here(NamedTuple):
    """Somebody in a flow, by name, and where."""

    name: str
    row: RunRow


def people_in(
    reading: Reading,
    shop: ShopId,
    flow: str,
    after: tuple[ProfileId, str],
    limit: int,
    step: str = "",
) -> Sequence[Here]:
    """Who is in a flow, or at one of its steps, in the order of profile and cart: those behind a
    place."""
    rows = reading.runs_at(shop, flow, after, limit, step)
    return [Here(name_by_id(reading, shop, one.profile), one) for one in rows]


def decided(
    reading: Reading, shop: ShopId, flow: str, profile: ProfileId, limit: int
) -> Sequence[DecisionRow]:
    """What a flow did with a person, newest first; looked for among the latest MOST_READ."""
    rows = decisions_of(reading, shop, profile, limit=MOST_READ)
    return [one for _, one in rows if one.run.flow == flow][:limit]


def decisions_of(
    reading: Reading, shop: ShopId, profile: ProfileId, before: int = 2**62, limit: int = 100
) -> Sequence[tuple[int, DecisionRow]]:
    """What flows did with a person, newest first, each with its number: also with those who became
    one with them."""
    found = [
        row
        for one in known_as(reading, shop, profile)
        for row in reading.decisions(shop, one, before, limit)
    ]
    return sorted(found, key=lambda row: row[0], reverse=True)[:limit]
