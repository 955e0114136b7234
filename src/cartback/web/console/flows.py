"""Automations: the flows by audience, and ready-made ones to start from."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.flow import Audience, Flow
from cartback.domain.phrase import fault_text
from cartback.domain.phrase.steps import Speech, trigger_text
from cartback.engine.figures import Counts, figures, together
from cartback.engine.flow_copies import copy_flow
from cartback.engine.flow_ports import FlowRow
from cartback.engine.flow_start import READY, NoSuchReadyFlow, start_flow
from cartback.engine.flows import FlowExists, definition
from cartback.engine.naming import names_of
from cartback.engine.ports import Reading
from cartback.web.console import flow, flow_builder, flow_document, flow_versions, flow_why
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.flow_figures import USUAL, last_days
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see

AUDIENCES: Final[Sequence[Audience]] = ("leads", "customers", "everyone")


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/flows"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at, guard.of_shop(start), methods=["POST"]),
        Route(at + "/{flow}/copy", guard.of_shop(duplicate), methods=["POST"]),
        *flow_builder.routes(guard),
        *flow.routes(guard),
        *flow_why.routes(guard),
        *flow_versions.routes(guard),
        *flow_document.routes(guard),
    ]


class Card(NamedTuple):
    """A flow as the list shows it: who is in it now, and what it brought in the last days."""

    row: FlowRow
    flow: Flow
    trigger: str
    inside: int
    brought: Counts


def index(at: AtShop) -> Response:
    archived = at.query.get("show") == "archived"
    with at.store.reading() as reading:
        speech = Speech(at.language, names_of(reading, at.id))
        rows = reading.flows(at.id)
        cards = [
            _card(reading, at, row, speech)
            for row in rows
            if (row.status == "archived") == archived
        ]
    columns = [(one, [card for card in cards if card.flow.audience == one]) for one in AUDIENCES]
    taken = {row.key for row in rows}
    values = {
        "columns": columns,
        "cards": cards,
        "days": USUAL,
        "archived": archived,
        "gone": next((one for one in rows if one.key == at.query.get("archived", "-")), None),
        "put_away": sum(row.status == "archived" for row in rows),
        "ready": [
            Offer(
                one.key,
                one.names["ko" if at.language == "ko" else "en"],
                _about(at, one.key),
                one.document.get("audience", "everyone"),
            )
            for one in READY
            if one.key not in taken
        ],
    }
    return page(at, "flows.html", values)


class Offer(NamedTuple):
    """A flow to start from."""

    key: str
    name: str
    about: str
    audience: str


def _card(reading: Reading, at: AtShop, row: FlowRow, speech: Speech) -> Card:
    flow, currency = definition(row), at.settings.currency
    found = figures(reading, at.id, row.key, currency, last_days(at, USUAL))
    inside = sum(reading.count_runs(at.id, row.key).values())
    text = trigger_text(flow.trigger, speech)
    return Card(row, flow, text, inside, together(found.values()))


def _about(at: AtShop, key: str) -> str:
    say = at.say.gettext
    return {
        "abandoned-cart-leads": say("Three mails: help, what others say, and a coupon to try."),
        "abandoned-cart-customers": say("Three mails to those who have ordered before."),
        "abandoned-checkout": say("One mail that helps to finish a checkout."),
        "price-drop": say("One mail when something they chose or looked at costs less."),
        "back-in-stock": say("One mail when what they chose or looked at can be had again."),
        "thank-you": say("One mail: another one after the first order than after the others."),
        "win-back": say("Two mails after the last order: hello again, and a coupon a month later."),
        "browse-abandonment": say(
            "One mail about what they looked at and did not put into a cart."
        ),
        "confirm-address": say("To whoever signed up: a link that confirms their address."),
        "consent-given": say("What Korean law asks for within 14 days after a yes."),
        "consent-withdrawn": say("What Korean law asks for within 14 days after a no."),
        "consent-confirm": say(
            "What Korean law asks for every two years: tell people of the yes they gave."
        ),
    }.get(key, "")


def duplicate(at: AtShop) -> Response:
    """Another flow copied as a draft, to be changed."""
    with at.store.reading() as reading:
        row = flow.flow_row(reading, at)
    name = at.say.gettext("%s (copy)") % row.name[:180]
    try:
        store = at.noting("made flow", row.key)
        copy = copy_flow(store, at.id, row.key, name, at.now, by=at.user.email)
    except FlowExists as error:
        raise Refused(409, fault_text(error, at.language)) from None
    at.ground.written()
    return see(at.path("flows", copy.key, "change"))


def start(at: AtShop) -> Response:
    """A ready-made flow as a draft, with the templates that are missing."""
    key = at.form.text("ready")[:100]
    try:
        row = start_flow(
            at.noting("started flow from", key),
            {one.key: one for one in at.ground.mails().ready()},
            at.id,
            key,
            at.now,
            language="ko" if at.language == "ko" else "en",
            by=at.user.email,
        )
    except NoSuchReadyFlow:
        raise Refused(404) from None
    except FlowExists as error:
        raise Refused(409, fault_text(error, at.language)) from None
    at.ground.written()
    return see(at.path("flows", row.key) + "?begun=1")
