"""What a flow did with one person: their way through its tree, and each decision in words."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.effect import Reason
from cartback.domain.layout import all_steps
from cartback.domain.phrase import told
from cartback.domain.phrase.steps import step_text
from cartback.domain.step import AnyStep
from cartback.engine.flow_page import decided
from cartback.engine.flow_passage import walked
from cartback.engine.flow_ports import DecisionRow
from cartback.engine.flows import definition
from cartback.engine.people import NobodyFound, find
from cartback.web.console.asked import AtShop, whole
from cartback.web.console.flow import flow_row
from cartback.web.console.flow_tree import speech_of, tree_of
from cartback.web.console.guard import Guard
from cartback.web.console.render import page

DECISIONS: Final = 200


def routes(guard: Guard) -> Sequence[BaseRoute]:
    return [Route("/shops/{shop}/flows/{flow}/why", guard.of_shop(explain), methods=["GET"])]


def explain(at: AtShop) -> Response:
    """What the flow did with somebody, and why."""
    person = at.query.get("person", "").strip()[:300]
    with at.store.reading() as reading:
        row, rows, profile, nobody = flow_row(reading, at), [], 0, False
        try:
            profile = find(reading, at.id, person) if person else 0
        except NobodyFound:
            nobody = True
        if profile:
            rows = list(decided(reading, at.id, row.key, profile, DECISIONS))
        speech = speech_of(reading, at)
        runs = list(dict.fromkeys(one.run for one in rows))
        number = whole(at.query.get("run", "")) or 0
        run = runs[number if number < len(runs) else 0] if runs else None
        version = None if run is None else reading.flow_version(at.id, row.key, run.version)
    flow = definition(row if version is None else version)
    texts = {one.key: step_text(one, speech) for one in all_steps(flow.steps)}
    values = {
        "row": row,
        "tree": tree_of(at, flow, speech),
        "path": _path(at, flow.steps, [one for one in rows if one.run == run]),
        "runs": [(one, number, one == run) for number, one in enumerate(runs)],
        "person": person,
        "profile": profile,
        "nobody": nobody,
        "rows": [(one, texts.get(one.step, one.step), sentence(at, one)) for one in rows],
    }
    return page(at, "flow-why.html", values, status=404 if nobody else 200)


class Passed(NamedTuple):
    """What was decided of a person at a step, the latest, and which way they went."""

    text: str
    way: int


def _path(
    at: AtShop, steps: Sequence[AnyStep], rows: Sequence[DecisionRow]
) -> Mapping[str, Passed]:
    """The steps of a run's way, with what was decided at them; rows are the newest first."""
    texts: dict[str, str] = {}
    went: dict[str, int] = {}
    for one in rows:
        if one.what not in ("entered", "not_entered"):
            texts.setdefault(one.step, sentence(at, one))
        if one.way >= 0:
            went.setdefault(one.step, one.way)
    is_through = bool(rows) and rows[0].reason == Reason.COMPLETED
    last = "" if is_through else next((one.step for one in rows if one.step), "")
    found: dict[str, Passed] = {}
    if rows and rows[0].what != "not_entered":
        for key in walked(steps, went, last):
            found[key] = Passed(texts.get(key, ""), went.get(key, -1))
    return found


def sentence(at: AtShop, one: DecisionRow) -> str:
    """A decision in words."""
    return told(one.what, one.reason, one.until, at.language, at.zone, one.rule)
