"""People: found by any identifier, and one person with the cart on top and one timeline."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import NOT_SEEN, Event, ProfileId
from cartback.domain.instant import Instant
from cartback.domain.layout import all_steps
from cartback.domain.phrase import sentence
from cartback.domain.phrase.decision import reason_text
from cartback.domain.phrase.steps import step_text
from cartback.domain.profile import decode_profile
from cartback.domain.step import AnyStep
from cartback.engine.audit import note_after
from cartback.engine.calling import name_of
from cartback.engine.confirming import confirming_of
from cartback.engine.conflicts import conflicts_with
from cartback.engine.flow_ports import FlowVersionRow
from cartback.engine.flows import definition
from cartback.engine.naming import names_of
from cartback.engine.people import CannotMerge, NobodyFound, export_person, find, undo_merge
from cartback.engine.portrait import portrait
from cartback.engine.ports import Reading
from cartback.engine.story import Entry, story
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.flow_tree import speech_of
from cartback.web.console.guard import Guard
from cartback.web.console.messages import Titles
from cartback.web.console.render import page, see
from cartback.web.console.timeline import SHOWS, is_shown, line_of, message_in, place_of

NEWEST: Final = 20
PAGE: Final = 30
LISTED: Final = 50


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/people"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at + "/{profile}", guard.of_shop(person), methods=["GET"]),
        Route(at + "/{profile}/export", guard.of_shop(export, sees="marketer"), methods=["GET"]),
        Route(at + "/{profile}/undo", guard.of_shop(undo), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    """A search; whoever is found is shown at once."""
    wanted = at.query.get("q", "").strip()
    everyone = at.query.get("list") == "all"
    after = whole(at.query.get("after", "")) or 0
    with at.store.reading() as reading:
        if wanted:
            try:
                return see(at.path("people", find(reading, at.id, wanted)))
            except NobodyFound:
                pass
        everybody = reading.count_profiles(at.id)
        listed = _by_number(reading, at, after) if everyone else _latest(reading, at)
    values = {
        "q": wanted,
        "everybody": everybody,
        "listed": listed[:LISTED] if everyone else listed,
        "everyone": everyone,
        "next": listed[LISTED - 1].profile if everyone and len(listed) > LISTED else 0,
    }
    return page(at, "people.html", values, status=404 if wanted else 200)


class Listed(NamedTuple):
    """Somebody in a list: what they did at last where that is known, and when they were here."""

    profile: ProfileId
    name: str
    metric: str
    at: Instant


def _by_number(reading: Reading, at: AtShop, after: ProfileId) -> list[Listed]:
    """Everybody in the order of their numbers: a page, and one more where there is one."""
    rows = reading.profiles_after(at.id, after, LISTED + 1)
    states = [decode_profile(row.state) for row in rows]
    return [Listed(one.id, name_of(one), "", one.last_seen) for one in states]


def _latest(reading: Reading, at: AtShop) -> list[Listed]:
    """Who did something most lately: of the end of the log, each once."""
    found: dict[ProfileId, Event] = {}
    last = reading.last_seq(at.id)
    for logged in reversed(reading.log_after(at.id, max(last - 10 * NEWEST, 0), 10 * NEWEST)):
        if logged.event.metric not in NOT_SEEN:
            found.setdefault(logged.profile, logged.event)
    rows = []
    for profile, event in list(found.items())[:NEWEST]:
        row = reading.profile(at.id, profile)
        if row is not None:
            name = name_of(decode_profile(row.state))
            rows.append(Listed(profile, name, event.metric, event.time))
    return rows


def person(at: AtShop) -> Response:
    profile, only = at.number("profile"), at.query.get("show", "")
    with at.store.reading() as reading:
        try:
            found = portrait(reading, at.ground.rulebook, at.id, profile, at.now)
        except NobodyFound:
            raise Refused(404) from None
        told = story(reading, at.ground.rulebook, at.id, found.profile, found.tails, at.now)
        names = names_of(reading, at.id)
        flows = {one.key: one.name for one in reading.flows(at.id)}
        runs = runs_of(reading, at, found.profile.id, flows)
        below = place_of(at.query.get("before", ""))
        wanted = [
            one for one in told if is_shown(one[1], only) and (below is None or one[0] < below)
        ]
        shown = wanted[:PAGE]
        mails = _mails(reading, at, [entry for _, entry in shown])
        rules = at.ground.rulebook.of(reading, at.id)
        conflicts = conflicts_with(reading, at.id, found.profile.id)
    return page(
        at,
        "person.html",
        {
            "profile": profile,
            "found": found,
            "entries": [
                (place, line_of(at, profile, entry, names, flows, mails)) for place, entry in shown
            ],
            "runs": runs,
            "conflicts": conflicts,
            "confirming": confirming_of(found.profile, rules),
            "shows": SHOWS,
            "only": only if only in SHOWS else "",
            "older": shown[-1][0] if len(wanted) > PAGE else None,
            "is_later_part": below is not None,
            "tell": lambda one: sentence(one, at.language, at.zone, names),
            "undone": at.query.get("undone", ""),
            "merged": at.query.get("merged", ""),
        },
    )


def _mails(reading: Reading, at: AtShop, entries: Sequence[Entry]) -> Mapping[str, str]:
    """What the messages are called that the entries are about, by their keys."""
    titles = Titles(reading, at)
    keys = {message_in(entry) for entry in entries} - {""}
    rows = (reading.message(at.id, key) for key in keys)
    return {row.key: titles.of(row) for row in rows if row is not None}


class Going(NamedTuple):
    """An automation that somebody is in: at which step, until when, and why they are held there."""

    key: str
    name: str
    step: str
    until: Instant
    held: str


def runs_of(
    reading: Reading, at: AtShop, profile: ProfileId, flows: Mapping[str, str]
) -> Sequence[Going]:
    """What somebody is in, by the name of the automation: as it is written, and never retold."""
    row = reading.profile(at.id, profile)
    runs = None if row is None else decode_profile(row.state).runs
    if not runs:
        return ()
    speech = speech_of(reading, at)
    found = []
    for run in runs.values():
        version = reading.flow_version(at.id, run.flow, run.version)
        steps = {} if version is None else {one.key: one for one in all_steps(_steps(version))}
        text = step_text(steps[run.step], speech) if run.step in steps else run.step
        held = "" if run.held in ("", "went_on", "waiting") else reason_text(run.held, at.language)
        found.append(Going(run.flow, flows.get(run.flow, run.flow), text, run.due, held))
    return sorted(found, key=lambda one: (one.name, one.until))


def _steps(version: FlowVersionRow) -> Sequence[AnyStep]:
    return definition(version).steps


def export(at: AtShop) -> Response:
    """Everything that is kept about a person, for that person's own request."""
    profile = at.number("profile")
    try:
        found = export_person(at.store, at.ground.rulebook, at.id, profile, at.now)
    except NobodyFound:
        raise Refused(404) from None
    note_after(at.store, at.id, at.user, "exported person", str(profile), at.now)
    body = msgspec.json.format(msgspec.json.encode(found), indent=2)
    headers = {"content-disposition": f'attachment; filename="person-{profile}.json"'}
    return Response(body, media_type="application/json", headers=headers)


def undo(at: AtShop) -> Response:
    """Undo a merge: both get their own back."""
    number = at.form.text("merge")
    profile = at.number("profile")
    with at.store.reading() as reading:
        mine = {str(one.id) for one in reading.merges(at.id, profile)}
    if number not in mine:
        raise Refused(404)
    try:
        undo_merge(at.noting("undid merge", number), at.ground.rulebook, at.id, int(number), at.now)
    except CannotMerge:
        text = at.say.gettext("This merge cannot be undone now; undo the later ones first.")
        raise Refused(409, text) from None
    at.ground.tape_is_amended(at.id)
    at.ground.written()
    return see(at.path("people", profile) + "?undone=1")
