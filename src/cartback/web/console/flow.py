"""A flow's page: its steps as a tree with what each did, who waits where, and why of anybody."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, cast

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.flow import BadFlow, Flow
from cartback.domain.phrase import Names, describe, told
from cartback.domain.phrase.decision import reason_text
from cartback.domain.phrase.steps import Speech, again_text, step_text, trigger_text, way_text
from cartback.domain.step import AnyStep, Email, GiveCoupon, all_steps, kind_of, ways_of
from cartback.engine.flow_page import StepFigures, decided, flow_figures, people_in
from cartback.engine.flow_ports import DecisionRow, FlowRow, FlowStatus
from cartback.engine.flows import CannotBecome, NoSuchFlow, definition, flow_of, set_status
from cartback.engine.naming import names_of
from cartback.engine.people import NobodyFound, find
from cartback.engine.ports import Reading
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see

PAGE: Final = 50
VERSIONS: Final = 20
DECISIONS: Final = 200
LONGEST_CART: Final = 300
Numbered: TypeAlias = Sequence[tuple[str, int]]


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/flows/{flow}"
    return [
        Route(at, guard.of_shop(shown), methods=["GET"]),
        Route(at + "/why", guard.of_shop(explain), methods=["GET"]),
        Route(at + "/status", guard.of_shop(becomes), methods=["POST"]),
        Route(at + "/archive", guard.of_shop(ask, sees="marketer"), methods=["GET"]),
    ]


def flow_row(reading: Reading, at: AtShop) -> FlowRow:
    """The flow of the path. Raises Refused."""
    try:
        return flow_of(reading, at.id, at.part("flow")[:100])
    except NoSuchFlow:
        raise Refused(404) from None


class Node(NamedTuple):
    """A step of the tree: what it does, what it did, and its ways, each with its words.

    `lacks`: it names a template or a coupon that is not there.
    """

    step: AnyStep
    kind: str
    text: str
    sent: int
    gave: int
    waiting: int
    held: Numbered
    skipped: Numbered
    ways: "Sequence[tuple[str, int, Sequence[Node]]]"
    lacks: bool


def speech_of(reading: Reading, at: AtShop) -> Speech:
    """How flows of the shop are told in the visitor's language."""
    templates = {one.key: one.name for one in reading.templates(at.id)}
    coupons = {one.key: one.name for one in reading.coupons(at.id)}
    return Speech(at.language, names_of(reading, at.id), templates, coupons)


def tree(
    at: AtShop, steps: Sequence[AnyStep], figures: Mapping[str, StepFigures], speech: Speech
) -> Sequence[Node]:
    """The steps, with what each did."""
    return [_node(at, one, figures, speech) for one in steps]


def _node(at: AtShop, step: AnyStep, figures: Mapping[str, StepFigures], speech: Speech) -> Node:
    here = figures.get(step.key) or StepFigures()
    ways = [
        (way_text(step, place, speech), here.went[place], tree(at, way, figures, speech))
        for place, way in enumerate(ways_of(step))
    ]
    return Node(
        step,
        kind_of(step),
        step_text(step, speech),
        here.sent,
        here.gave,
        here.waiting,
        reasons(at, here.held),
        reasons(at, here.skipped),
        ways,
        _lacks(step, speech),
    )


def _lacks(step: AnyStep, speech: Speech) -> bool:
    """Whether a step names what is not there."""
    match step:
        case Email(template=key):
            return key not in speech.templates
        case GiveCoupon(coupon=key):
            return key not in speech.coupons
        case _:
            return False


def reasons(at: AtShop, counted: Mapping[str, int]) -> Numbered:
    """Reasons in words, the most frequent first."""
    rows = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return [(reason_text(reason, at.language), count) for reason, count in rows]


def shown(at: AtShop) -> Response:
    after = _place(at)
    with at.store.reading() as reading:
        row = flow_row(reading, at)
        speech = speech_of(reading, at)
        figures = flow_figures(reading, at.id, row.key)
        people = people_in(reading, at.id, row.key, after, PAGE + 1)
        versions = reading.flow_versions(at.id, row.key, row.version + 1, VERSIONS)
    flow = definition(row)
    last = people[PAGE - 1].row if len(people) > PAGE else None
    values = {
        "row": row,
        "flow": flow,
        "trigger": trigger_text(flow.trigger, speech),
        "again": again_text(flow, speech),
        "asks": _asks(at, flow, speech.names),
        "nodes": tree(at, flow.steps, figures.steps, speech),
        "figures": figures,
        "not_entered": reasons(at, figures.not_entered),
        "ended": reasons(at, figures.ended),
        "people": people[:PAGE],
        "next": None if last is None else (last.profile, last.run.cart),
        "texts": {one.key: step_text(one, speech) for one in all_steps(flow.steps)},
        "why_held": lambda held: reason_text(held, at.language) if held else "",
        "versions": versions,
        "begun": at.query.get("begun", ""),
        "saved": at.query.get("saved", ""),
    }
    return page(at, "flow.html", values)


def _place(at: AtShop) -> tuple[int, str]:
    """Behind whom the table of people goes on."""
    profile = whole(at.query.get("after", "")) or 0
    return profile, at.query.get("cart", "")[:LONGEST_CART] if profile else ""


def _asks(at: AtShop, flow: Flow, names: Names) -> Sequence[tuple[str, str]]:
    """The conditions beside the audience, each with its heading."""
    say = at.say.gettext
    found = [(say("Only who"), flow.who), (say("Asked before every step"), flow.only_if)]
    return [(title, describe(one, at.language, names)) for title, one in found if one is not None]


def ask(at: AtShop) -> Response:
    """Archive it? Asked once, for whoever is on the way ends where they stand."""
    with at.store.reading() as reading:
        row = flow_row(reading, at)
        inside = sum(reading.count_runs(at.id, row.key).values())
    say = at.say
    ends = say.ngettext(
        "%(num)s run ends where it stands.", "%(num)s runs end where they stand.", inside
    )
    values = {
        "title": say.gettext("Archive this automation?"),
        "about": row.name,
        "back": at.path("flows", row.key),
        "what": [
            ends % {"num": say.number(inside)},
            say.gettext("What it did, and why, is kept. It can be taken out of the archive."),
        ],
        "action": at.path("flows", row.key, "status"),
        "yes": say.gettext("Archive"),
        "do": "archived",
    }
    return page(at, "ask.html", values)


def becomes(at: AtShop) -> Response:
    """Start, pause, go on, archive, or take out of the archive."""
    wanted = at.form.text("status") or at.form.text("do")
    if wanted not in ("draft", "live", "paused", "archived"):
        raise Refused(400)
    with at.store.reading() as reading:
        row = flow_row(reading, at)
    store = at.noting("set flow to", row.key, status=[row.status, wanted])
    try:
        set_status(store, at.id, row.key, cast("FlowStatus", wanted), at.now)
    except CannotBecome:
        text = at.say.gettext("Somebody else changed it meanwhile. Look again.")
        raise Refused(409, text) from None
    except BadFlow as error:
        text = at.say.gettext("It cannot start as it is: %(why)s") % {"why": str(error)}
        raise Refused(409, text) from None
    at.ground.written()
    return see(at.path("flows", row.key) + "?saved=1")


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
    texts = {one.key: step_text(one, speech) for one in all_steps(definition(row).steps)}
    values = {
        "row": row,
        "person": person,
        "profile": profile,
        "nobody": nobody,
        "rows": [(one, texts.get(one.step, one.step), sentence(at, one)) for one in rows],
    }
    return page(at, "flow-why.html", values, status=404 if nobody else 200)


def sentence(at: AtShop, one: DecisionRow) -> str:
    """A decision in words."""
    return told(one.what, one.reason, one.until, at.language, at.zone, one.rule)
