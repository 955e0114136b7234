"""The suppression list: who must not be written to and why; in and out as CSV."""

from collections.abc import Iterator, Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.law.terms import EMAIL, Bar
from cartback.domain.phrase.left_out import REASONS, left_out
from cartback.engine.audit import note_after
from cartback.engine.suppression_list import (
    BadAddress,
    Imported,
    export_suppressions,
    import_suppressions,
    suppression,
)
from cartback.engine.suppression_ports import Suppressed
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see
from cartback.web.console.sheet import sheet

PAGE: Final = 50
SOURCE: Final = "console"


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/settings/suppressions"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at, guard.of_shop(take), methods=["POST"]),
        Route(at + ".csv", guard.of_shop(export, sees="marketer"), methods=["GET"]),
        Route(at + "/remove", guard.of_shop(ask, sees="marketer"), methods=["GET"]),
        Route(at + "/remove", guard.of_shop(remove), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    return _page(at)


def _page(
    at: AtShop, typed: str = "", error: str = "", imported: Imported | None = None
) -> Response:
    wanted = at.query.get("q", "").strip().lower()[:255]
    after = at.query.get("after", "")[:255]
    with at.store.reading() as reading:
        if wanted:
            rows = list(reading.suppressed(at.id, EMAIL, [wanted]).values())
        else:
            rows = list(reading.suppressions(at.id, EMAIL, after, PAGE + 1))
    values = {
        "rows": rows[:PAGE],
        "after": rows[PAGE - 1].address if len(rows) > PAGE else "",
        "is_first": not after,
        "q": wanted,
        "typed": typed,
        "error": error,
        "added": at.query.get("added", ""),
        "known": at.query.get("known", ""),
        "all_reasons": REASONS,
        "imported": imported,
        "left_out": [] if imported is None else _sentences(at, imported),
        "removed": at.query.get("removed", "")[:255],
    }
    return page(at, "suppressions.html", values, status=422 if error else 200)


def _sentences(at: AtShop, imported: Imported) -> list[str]:
    return [left_out(*one, at.language) for one in imported.left_out]


def take(at: AtShop) -> Response:
    """Addresses, one on each line; or rows of CSV, as they were handed out. What was left out
    stays in the field, to be mended."""
    typed = at.form.text("addresses")
    lines = typed.splitlines()
    with_more = [line for line in lines if "," in line]
    say = at.say.gettext
    if not typed:
        return _page(at, typed, say("Write one address on each line."))
    bad = next((line for line in lines if line.strip() and not _is_address(line)), "")
    if bad and not with_more:
        return _page(at, typed, say("“%s” is no e-mail address.") % bad.strip()[:60])
    store = at.noting("added suppressions", at.shop.name, lines=len(lines))
    found = import_suppressions(store, at.id, lines, at.now)
    at.ground.written()
    if not found.faults:
        counts = f"added={found.new}&known={found.there}"
        return see(f"{at.path('settings', 'suppressions')}?{counts}")
    rest = "\n".join(lines[one.line - 1] for one in found.left_out)
    return _page(at, rest, say("These lines were left out; mend them here."), found)


def _is_address(line: str) -> bool:
    try:
        suppression(EMAIL, line, Bar.BY_HAND, 0)
    except BadAddress:
        return False
    return True


def export(at: AtShop) -> Response:
    note_after(at.store, at.id, at.user, "downloaded list", "suppressions", at.now)
    return sheet("suppressions", _pages(at))


def _pages(at: AtShop) -> Iterator[Sequence[Sequence[str]]]:
    yield [["address", "reason", "source"]]
    with at.store.reading() as reading:
        yield list(export_suppressions(reading, at.id))


def ask(at: AtShop) -> Response:
    """What taking an address off means, by the reason for which it is there."""
    found = _found(at, at.query.get("address", ""))
    say = at.say.gettext
    warnings = {
        Bar.BOUNCED: say("Mail to it came back. If it comes back again, your other mail suffers."),
        Bar.COMPLAINED: say(
            "They marked a mail as spam. Writing to them again harms all you send."
        ),
        Bar.UNSUBSCRIBED: say("They asked not to be written to. The law asks for a new yes first."),
        Bar.BY_HAND: say("Somebody put it there by hand. Ask why before you write to it."),
    }
    at_list = at.path("settings", "suppressions")
    values = {
        "title": say("Take this address off the list?"),
        "about": found.address,
        "back": at_list,
        "what": [
            warnings[found.reason],
            say("Automations may write to it again, where the person said yes."),
        ],
        "action": at_list + "/remove",
        "yes": say("Take it off"),
        "do": found.address,
    }
    return page(at, "ask.html", values)


def remove(at: AtShop) -> Response:
    found = _found(at, at.form.text("do"))
    store = at.noting("removed suppression", found.address, reason=found.reason.value)
    with store.transaction() as tx:
        tx.unsuppress(at.id, EMAIL, found.address)
    at.ground.written()
    return see(at.path("settings", "suppressions") + "?removed=1")


def _found(at: AtShop, address: str) -> Suppressed:
    bare = address.strip().lower()[:255]
    with at.store.reading() as reading:
        found = reading.suppressed(at.id, EMAIL, [bare]).get(bare)
    if found is None:
        raise Refused(404)
    return found
