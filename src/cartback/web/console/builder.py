"""The segment builder: rows that read like sentences, counted while somebody types.

Each act posts the whole form. With scripts a part of the page comes back, without them the page.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.condition import (
    BadCondition,
    parse_condition,
)
from cartback.domain.event import RESERVED, Metric
from cartback.domain.key import key_from
from cartback.domain.letters import isolated
from cartback.domain.phrase import fault_text
from cartback.domain.properties import is_amount, properties_of
from cartback.domain.rules import resolve
from cartback.engine.calling import name_by_id
from cartback.engine.naming import names_of
from cartback.engine.rulebook import present_rules
from cartback.engine.segment_document import BadSegment
from cartback.engine.segment_ports import SegmentRow
from cartback.engine.segments import (
    NoSuchSegment,
    SegmentExists,
    StaleSegment,
    change_segment,
    create_segment,
)
from cartback.engine.unseen_metrics import likely_misspelt
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.condition_lines import lines_of
from cartback.web.console.draft import (
    ROOT,
    Group,
    Row,
    Unfinished,
    act,
    document_of,
    draft_of,
    read_draft,
)
from cartback.web.console.guard import Guard
from cartback.web.console.lacking import told
from cartback.web.console.new_keys import keys_for
from cartback.web.console.property_names import property_names
from cartback.web.console.property_tests import NUMBER_TESTS, WITHOUT_VALUE
from cartback.web.console.ready import BUY_WITH_PRIME, ready_made
from cartback.web.console.render import page, see

METRICS: Final = (*(str(one) for one in Metric), BUY_WITH_PRIME)


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/segments"
    return [
        Route(at + "/new", guard.of_shop(new, sees="marketer"), methods=["GET"]),
        Route(at + "/draft", guard.of_shop(edit), methods=["POST"]),
        Route(at + "/count", guard.of_shop(count), methods=["POST"]),
        Route(at, guard.of_shop(save), methods=["POST"]),
        Route(at + "/{key}/change", guard.of_shop(change, sees="marketer"), methods=["GET"]),
    ]


def new(at: AtShop) -> Response:
    """A blank one, or a ready-made one to begin with."""
    wanted = at.query.get("start", "")
    ready = {one.key: one for one in ready_made(at.say.gettext, at.settings.currency)}
    if wanted in ready:
        draft, name, key = (
            draft_of(ready[wanted].when, at.settings.currency),
            ready[wanted].name,
            wanted,
        )
    else:
        draft, name, key = Group(of=[Row()]), "", ""
    return _page(at, draft, {"name": name, "key": "", "start": key, "version": ""})


def change(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row = reading.segment(at.id, at.part("key")[:100])
    if row is None or row.status == "archived":
        raise Refused(404)
    draft = draft_of(msgspec.json.decode(row.document), at.settings.currency)
    return _page(at, draft, _head(row))


def _head(row: SegmentRow) -> dict[str, str]:
    return {"name": row.name, "key": row.key, "start": "", "version": str(row.version)}


def edit(at: AtShop) -> Response:
    """Do what was pressed, and show the draft again."""
    form = at.form.all()
    draft = act(read_draft(form), form.get("do", ""))
    return _page(at, draft, _typed(form), counts=not at.is_partial)


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form.get(name, "").strip() for name in ("name", "key", "start", "version")}


def count(at: AtShop) -> Response:
    """How many would be inside, and five of them."""
    draft = read_draft(at.form.all())
    return page(at, "builder-result.html", _result(at, draft))


def save(at: AtShop) -> Response:
    """Keep it as a new segment, or as the next version of one."""
    form = at.form.all()
    head, draft = _typed(form), read_draft(form)
    say = at.say.gettext
    try:
        document = document_of(draft, at.settings.currency)
        row = _save(at, head, document)
    except Unfinished:
        text = say("Some rows are not finished yet.")
        if not head["name"]:
            text += " " + say("Give it a name of 1 to 200 characters.")
        return _page(at, draft, head, error=text, status=422)
    except StaleSegment:
        with at.store.reading() as reading:
            theirs = reading.segment(at.id, head["key"])
        head["version"] = "" if theirs is None else str(theirs.version)
        return _page(at, draft, head, error=_meanwhile(at, head["key"]), status=409, stale=True)
    except NoSuchSegment:
        text = say(
            "This segment was archived meanwhile. Yours is kept here: saving it makes a new one."
        )
        return _page(at, draft, head | {"key": "", "version": ""}, error=text, status=409)
    except _TooAlike:
        text = say("There are many of that name; choose another one.")
        return _page(at, draft, head, error=text, status=422)
    except BadSegment as error:
        text = (
            fault_text(error, at.language)
            if error.fault is not None
            else say("Give it a name of 1 to 200 characters.")
        )
        return _page(at, draft, head, error=text, status=422)
    at.ground.written()
    return see(f"{at.path('segments', row.key)}?saved={row.version}")


def _meanwhile(at: AtShop, key: str) -> str:
    """Who changed it, and when, where the log still says so."""
    with at.store.reading() as reading:
        found = next((one for one in reading.audit(at.id, 2**62, 500) if one.subject == key), None)
    if found is None:
        return at.say.gettext(
            "Somebody else changed this segment meanwhile. Yours is kept here, not saved yet:"
        )
    said = at.say.gettext(
        "%(who)s changed this segment meanwhile (%(when)s). Yours is kept here, not saved yet:"
    )
    return said % {"who": isolated(found.who), "when": at.say.ago(found.at, at.now)}


class _TooAlike(ValueError):
    """As many segments as may be have that name."""


def _save(at: AtShop, head: Mapping[str, str], document: dict[str, Any]) -> SegmentRow:
    if head["key"]:
        changed = {"name": head["name"], "key": head["key"], "when": document}
        expected = whole(head["version"]) or 0
        store = at.noting("changed segment", head["key"], version=expected + 1)
        by = at.user.email
        return change_segment(store, at.id, changed, at.now, expected=expected, by=by)
    wish = (head["start"] or key_from(head["name"]) or "segment")[:70]
    for key in keys_for(wish):
        try:
            made = {"name": head["name"], "key": key, "when": document}
            store = at.noting("made segment", key)
            return create_segment(store, at.id, made, at.now, by=at.user.email)
        except SegmentExists:
            continue
    raise _TooAlike


# --- the page -------------------------------------------------------------------------------------


def _page(
    at: AtShop,
    draft: Group,
    head: Mapping[str, str],
    *,
    error: str = "",
    status: int = 200,
    stale: bool = False,
    counts: bool = False,
) -> Response:
    """The form. Whom it holds for is asked for by the page itself, unless it `counts`."""
    with at.store.reading() as reading:
        segments = [
            (row.key, row.name)
            for row in reading.segments(at.id)
            if row.status != "archived" and row.key != head["key"]
        ]
    values = {
        "draft": draft,
        **asking(
            at.say.gettext,
            segments,
            edit=at.path("segments", "draft"),
            part="rows",
            form="builder-form",
        ),
        "head": head,
        "error": error,
        "stale": stale,
        **(_result(at, draft) if counts else _meaning(at, draft)),
    }
    if at.is_partial and status == 200:
        return page(at, "builder-rows.html", values, headers={"HX-Trigger": "count"})
    return page(at, "builder.html", values, status=status)


def asking(
    say: Callable[[str], str],
    segments: Sequence[tuple[str, str]],
    *,
    edit: str,
    part: str,
    form: str,
    before_entry: str = ROOT,
) -> dict[str, Any]:
    """What the rows of conditions need: where they are sent, and which part of the page answers.

    Those whose places begin with `before_entry` are asked of somebody who has not entered an
    automation: nothing can be counted from then.
    """
    return {
        "segments": segments,
        "metrics": [one for one in METRICS if one not in RESERVED] + sorted(RESERVED),
        "without_value": WITHOUT_VALUE,
        "number_tests": NUMBER_TESTS,
        "is_amount": is_amount,
        "properties_of": properties_of,
        "property_names": property_names(say),
        "edit": edit,
        "part": part,
        "form": form,
        "before_entry": before_entry,
    }


def _meaning(at: AtShop, draft: Group) -> dict[str, Any]:
    """What is missing or wrong; where nothing is, its `condition`, which waits to be counted."""
    nothing: dict[str, Any] = {
        "found": None,
        "errors": {},
        "lacking": {},
        "lines": [],
        "samples": [],
        "everybody": 0,
        "waits": False,
    }
    try:
        condition = parse_condition(document_of(draft, at.settings.currency))
    except Unfinished as unfinished:
        return nothing | told(at, unfinished.errors)
    except BadCondition as error:
        return nothing | {"errors": {"c": fault_text(error, at.language)}}
    return nothing | {"condition": condition, "waits": True}


def _result(at: AtShop, draft: Group) -> dict[str, Any]:
    """What the draft means, whom it holds for, and what is missing."""
    meant = _meaning(at, draft)
    if not meant["waits"]:
        return meant
    condition = meant["condition"]
    with at.store.reading() as reading:
        rules = present_rules(reading, at.id)
        conditions = {one.key: one.when for one in rules.segments}
        names = names_of(reading, at.id)
        try:
            meaning = resolve(condition, conditions)
        except BadCondition as error:
            wrong = {"c": fault_text(error, at.language)}
            return meant | {"errors": wrong, "waits": False}
        found = at.ground.count(reading, at.id, meaning)
        samples = [(one, name_by_id(reading, at.id, one)) for one in found.samples]
        everybody = reading.count_profiles(at.id)
        misspelt = likely_misspelt(reading, at.id, condition)
    return meant | {
        "misspelt": misspelt,
        "found": found,
        "lines": lines_of(condition, at.language, names),
        "samples": samples,
        "everybody": everybody,
        "waits": False,
    }
