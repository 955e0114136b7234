"""What a flow was before: each version as a tree, with what was changed, and the way back to it."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.flow import BadFlow, Flow
from cartback.domain.layout import all_steps
from cartback.domain.phrase import describe, fault_at
from cartback.domain.phrase.steps import Speech, again_text, step_text, trigger_text
from cartback.domain.step import AnyStep
from cartback.engine.flow_copies import go_back_to
from cartback.engine.flow_ports import FlowVersionRow
from cartback.engine.flows import StaleFlow, definition
from cartback.engine.ports import Reading
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.flow import flow_row
from cartback.web.console.flow_tree import speech_of, tree_of
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/flows/{flow}/versions/{version}"
    return [
        Route(at, guard.of_shop(shown), methods=["GET"]),
        Route(at, guard.of_shop(go_back), methods=["POST"]),
    ]


def shown(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row, version = flow_row(reading, at), _version(reading, at)
        before = reading.flow_version(at.id, version.key, version.version - 1)
        speech = speech_of(reading, at)
    flow = definition(version)
    values = {
        "row": row,
        "version": version,
        "tree": tree_of(at, flow, speech),
        "changes": [] if before is None else changes(at, definition(before), flow, speech),
    }
    return page(at, "flow-version.html", values)


def _version(reading: Reading, at: AtShop) -> FlowVersionRow:
    found = reading.flow_version(at.id, at.part("flow")[:100], at.number("version"))
    if found is None:
        raise Refused(404)
    return found


def go_back(at: AtShop) -> Response:
    """Make it the newest version again."""
    with at.store.reading() as reading:
        row, version = flow_row(reading, at), _version(reading, at)
    expected = whole(at.form.text("version")) or row.version
    store = at.noting("changed flow", row.key, version=expected + 1)
    by = at.user.email
    try:
        go_back_to(store, at.id, row.key, version.version, at.now, expected=expected, by=by)
    except StaleFlow:
        text = at.say.gettext("Somebody else changed it meanwhile. Look again.")
        raise Refused(409, text) from None
    except BadFlow as error:
        raise Refused(409, fault_at(error, at.language)) from None
    at.ground.written()
    return see(at.path("flows", row.key) + "?saved=1")


def changes(at: AtShop, before: Flow, after: Flow, speech: Speech) -> Sequence[str]:
    """What is different, a line for each."""
    say = at.say.gettext
    became = say("%(before)s → %(after)s")
    found = []
    for one, other in _parts(before, after, speech):
        if one != other:
            nothing = say("none")
            found.append(became % {"before": one or nothing, "after": other or nothing})
    return found + _steps(at, before, after, speech)


def _parts(before: Flow, after: Flow, speech: Speech) -> Sequence[tuple[str, str]]:
    """The name, the trigger and the rest besides the steps, in words: before and after."""

    def told(flow: Flow) -> Sequence[str]:
        asked = [
            "" if one is None else describe(one, speech.language, speech.names)
            for one in (flow.who, flow.only_if)
        ]
        again, trigger = again_text(flow, speech), trigger_text(flow.trigger, speech)
        return [flow.name, trigger, _audience(flow, speech), *asked, again, str(flow.priority)]

    return list(zip(told(before), told(after), strict=True))


def _audience(flow: Flow, speech: Speech) -> str:
    return {
        "leads": speech.of("Leads", "잠재 고객"),
        "customers": speech.of("Customers", "구매 고객"),
        "everyone": speech.of("Everyone", "모두"),
    }[flow.audience]


def _steps(at: AtShop, before: Flow, after: Flow, speech: Speech) -> list[str]:
    say = at.say.gettext
    old, new = _by_key(before), _by_key(after)
    found = [
        say("Added: %s") % step_text(one, speech) for key, one in new.items() if key not in old
    ]
    found += [
        say("Removed: %s") % step_text(one, speech) for key, one in old.items() if key not in new
    ]
    for key in (one for one in new if one in old):
        one, other = step_text(old[key], speech), step_text(new[key], speech)
        if one != other:
            found.append(say("%(before)s → %(after)s") % {"before": one, "after": other})
        elif _bare(old[key]) != _bare(new[key]):
            found.append(say("Changed: %s") % other)
    kept = [[key for key in some if key in old and key in new] for some in (old, new)]
    return found + ([say("Steps stand in another order.")] if kept[0] != kept[1] else [])


def _by_key(flow: Flow) -> Mapping[str, AnyStep]:
    return {one.key: one for one in all_steps(flow.steps)}


def _bare(step: AnyStep) -> object:
    """A step without the steps of its ways."""
    return [
        [getattr(one, "when", getattr(one, "where", getattr(one, "weight", None))) for one in value]
        if isinstance(value, tuple) and value and hasattr(value[0], "steps")
        else value
        for value in (getattr(step, name) for name in step.__struct_fields__)
        if not (isinstance(value, tuple) and value and hasattr(value[0], "key"))
    ]
