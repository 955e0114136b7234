"""A flow's page: its steps as a tree with what each did, who waits where, and its versions."""

from collections.abc import Sequence
from typing import Final, cast

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.flow import BadFlow
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.layout import all_steps
from cartback.domain.phrase import fault_at
from cartback.domain.phrase.decision import reason_text
from cartback.domain.phrase.steps import step_text
from cartback.domain.step import Status
from cartback.engine.flow_page import Here, people_in
from cartback.engine.flow_ports import FlowRow, FlowStatus
from cartback.engine.flows import (
    CannotBecome,
    NoSuchFlow,
    NoSuchStep,
    StaleFlow,
    definition,
    flow_of,
    set_status,
    set_step_status,
)
from cartback.engine.ports import Reading
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.flow_figures import brought
from cartback.web.console.flow_tree import (
    Lack,
    done_by,
    not_sent,
    reasons,
    speech_of,
    tree_of,
    what_lacks,
)
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see
from cartback.web.console.sketch.shown import all_cards

PAGE: Final = 50
VERSIONS: Final = 20
LONGEST_CART: Final = 300


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/flows/{flow}"
    return [
        Route(at, guard.of_shop(shown), methods=["GET"]),
        Route(at + "/status", guard.of_shop(becomes), methods=["POST"]),
        Route(at + "/steps/{step}/status", guard.of_shop(step_becomes), methods=["POST"]),
        Route(at + "/archive", guard.of_shop(ask, sees="marketer"), methods=["GET"]),
    ]


def flow_row(reading: Reading, at: AtShop) -> FlowRow:
    """The flow of the path. Raises Refused."""
    try:
        return flow_of(reading, at.id, at.part("flow")[:100])
    except NoSuchFlow:
        raise Refused(404) from None


def shown(at: AtShop) -> Response:
    after = _place(at)
    with at.store.reading() as reading:
        row = flow_row(reading, at)
        speech = speech_of(reading, at)
        people = people_in(reading, at.id, row.key, after, PAGE + 1, at.query.get("step", "")[:60])
        versions = reading.flow_versions(at.id, row.key, row.version + 1, VERSIONS)
        flow = definition(row)
        only = row.version if at.query.get("version") == "this" else None
        done = done_by(reading, at, row.key, flow, only)
        found = brought(reading, at, row, flow, speech)
        tree = tree_of(at, flow, speech)
        lacks = what_lacks(at, reading, flow, tree) if row.status == "draft" else ()
    last = people[PAGE - 1].row if len(people) > PAGE else None
    chosen = at.query.get("step", "")
    values = {
        "row": row,
        "flow": flow,
        "tree": tree,
        "did": done.steps,
        "chosen": next((one for one in all_cards(tree.cards) if one.key == chosen), None),
        "done": done,
        "is_this_version": only is not None,
        "brought": found,
        "lacks": lacks,
        "not_entered": reasons(at, done.total.not_entered),
        "not_sent": not_sent(at, flow, done),
        "ended": reasons(at, done.total.ended),
        "people": sorted(people[:PAGE], key=_soonest),
        "next": None if last is None else (last.profile, last.run.cart),
        "texts": {one.key: step_text(one, speech) for one in all_steps(flow.steps)},
        "why_held": lambda held: reason_text(held, at.language) if held else "",
        "versions": versions,
        "begun": at.query.get("begun", ""),
        "saved": at.query.get("saved", ""),
    }
    return page(at, "flow.html", values)


def _soonest(one: Here) -> tuple[bool, Instant]:
    """Who can be written to first, and of them who goes on first."""
    return not one.has_address, FOREVER if one.row.due is None else one.row.due


def _place(at: AtShop) -> tuple[int, str]:
    """Behind whom the table of people goes on."""
    profile = whole(at.query.get("after", "")) or 0
    return profile, at.query.get("cart", "")[:LONGEST_CART] if profile else ""


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
        lacks = " ".join(one.text for one in _lacks_of(at, row))
        text = at.say.gettext("It cannot start as it is: %(why)s")
        raise Refused(409, text % {"why": lacks or fault_at(error, at.language)}) from None
    at.ground.written()
    if wanted == "archived":
        return see(f"{at.path('flows')}?archived={row.key}")
    return see(at.path("flows", row.key) + "?saved=1")


def _lacks_of(at: AtShop, row: FlowRow) -> Sequence[Lack]:
    flow = definition(row)
    with at.store.reading() as reading:
        return what_lacks(at, reading, flow, tree_of(at, flow, speech_of(reading, at)))


def step_becomes(at: AtShop) -> Response:
    """One message of the flow becomes a draft, live or paused."""
    step, wanted = at.part("step")[:100], at.form.text("status")
    if wanted not in ("draft", "live", "paused"):
        raise Refused(400)
    with at.store.reading() as reading:
        row = flow_row(reading, at)
    store = at.noting("set step to", row.key, step=step, status=wanted)
    version = whole(at.form.text("version"))
    try:
        set_step_status(
            store,
            at.id,
            row.key,
            step,
            cast("Status", wanted),
            at.now,
            expected=version,
            by=at.user.email,
        )
    except NoSuchStep:
        raise Refused(404) from None
    except StaleFlow:
        text = at.say.gettext("Somebody else changed it meanwhile. Look again.")
        raise Refused(409, text) from None
    except BadFlow as error:
        raise Refused(409, fault_at(error, at.language)) from None
    at.ground.written()
    return see(f"{at.path('flows', row.key)}?step={step}#panel")
