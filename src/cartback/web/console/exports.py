"""Lists as downloads: people, carts left behind, segments and members, who changed what."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.event import IdentifierKind, Json, ProfileId
from cartback.domain.instant import FOREVER, Instant, text_of
from cartback.domain.money import exponent_of
from cartback.domain.profile import decode_profile
from cartback.engine.audit import note_after
from cartback.engine.calling import name_of
from cartback.engine.home import Left, newest_left
from cartback.engine.ports import Reading
from cartback.engine.profile_ports import ProfileRow
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.guard import Guard
from cartback.web.console.sheet import sheet

Page: TypeAlias = list[list[str]]

PAGE: Final = 500
KINDS: Final = [str(kind) for kind in IdentifierKind]
LAST: Final = 2**62


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}"
    return [
        Route(at + "/people.csv", guard.of_shop(people, sees="marketer"), methods=["GET"]),
        Route(at + "/carts.csv", guard.of_shop(carts, sees="marketer"), methods=["GET"]),
        Route(at + "/segments.csv", guard.of_shop(segments, sees="marketer"), methods=["GET"]),
        Route(
            at + "/segments/{key}/members.csv",
            guard.of_shop(members, sees="marketer"),
            methods=["GET"],
        ),
        Route(at + "/settings/changes.csv", guard.of_shop(changes, sees="owner"), methods=["GET"]),
    ]


def people(at: AtShop) -> Response:
    """Everybody, in the order of their numbers."""
    return _noted(at, "people", _people(at))


def carts(at: AtShop) -> Response:
    """The carts that are abandoned at present, the newest first."""
    return _noted(at, "carts", _carts(at))


def segments(at: AtShop) -> Response:
    """The segments at work, and how many are inside."""
    return _noted(at, "segments", _segments(at))


def members(at: AtShop) -> Response:
    """Who is in a segment, and since when."""
    with at.store.reading() as reading:
        row = reading.segment(at.id, at.part("key")[:100])
    if row is None or row.status == "archived":
        raise Refused(404)
    if row.is_awaited:
        raise Refused(409, at.say.gettext("Members appear here when everybody has been looked at."))
    return _noted(at, row.key, _members(at, row.key))


def changes(at: AtShop) -> Response:
    """Who changed what, the newest first."""
    return _noted(at, "changes", _changes(at))


def _noted(at: AtShop, name: str, pages: Iterator[Page]) -> Response:
    note_after(at.store, at.id, at.user, "downloaded list", name, at.now)
    return sheet(name, pages)


def _people(at: AtShop) -> Iterator[Page]:
    yield [["profile", "name", *KINDS, "stage", "first_seen", "last_seen"]]
    after = 0
    while True:
        with at.store.reading() as reading:
            found = reading.profiles_after(at.id, after, PAGE)
            rows = [_person(reading, at, row) for row in found]
        yield rows
        if len(found) < PAGE:
            return
        after = found[-1].id


def _person(reading: Reading, at: AtShop, row: ProfileRow) -> list[str]:
    state = decode_profile(row.state)
    stage = "customer" if state.is_customer else "lead"
    seen = [_time(state.first_seen), _time(state.last_seen)]
    return [str(row.id), name_of(state), *_names(reading, at, row.id), stage, *seen]


def _names(reading: Reading, at: AtShop, profile: ProfileId) -> list[str]:
    """The first identifier of each kind."""
    known = dict(reversed(reading.identifiers_of(at.id, profile)))
    return [known.get(kind, "") for kind in KINDS]


def _carts(at: AtShop) -> Iterator[Page]:
    yield [["profile", "name", *KINDS, "abandoned_at", "value", "currency", "items", "lines"]]
    before = (at.now + 1, 0)
    while True:
        with at.store.reading() as reading:
            found = newest_left(reading, at.id, before, PAGE, at.settings.currency)
            rows = [_cart(reading, at, one) for one in found]
        yield rows
        if len(found) < PAGE:
            return
        before = (found[-1].at, found[-1].profile)


def _cart(reading: Reading, at: AtShop, one: Left) -> list[str]:
    whose = [str(one.profile), one.name, *_names(reading, at, one.profile)]
    worth = [_amount(one.value, one.currency), one.currency]
    return [*whose, _time(one.at), *worth, str(one.items), ", ".join(one.lines)]


def _segments(at: AtShop) -> Iterator[Page]:
    yield [["key", "name", "members", "status", "version", "created", "updated"]]
    with at.store.reading() as reading:
        rows = [row for row in reading.segments(at.id) if row.status != "archived"]
        sizes = [str(reading.count_members(at.id, row.key)) for row in rows]
    yield [
        [
            row.key,
            row.name,
            size,
            row.status,
            str(row.version),
            *map(_time, (row.created, row.updated)),
        ]
        for row, size in zip(rows, sizes, strict=True)
    ]


def _members(at: AtShop, key: str) -> Iterator[Page]:
    yield [["profile", *KINDS, "since"]]
    after = 0
    while True:
        with at.store.reading() as reading:
            found = reading.members(at.id, key, after, PAGE)
            rows = [[str(one), *_names(reading, at, one), _time(since)] for one, since in found]
        yield rows
        if len(found) < PAGE:
            return
        after = found[-1][0]


def _changes(at: AtShop) -> Iterator[Page]:
    yield [["at", "who", "action", "subject", "detail"]]
    before = LAST
    while True:
        with at.store.reading() as reading:
            found = reading.audit(at.id, before, PAGE)
        yield [
            [_time(one.at), one.who, one.action, one.subject, _json(one.detail)] for one in found
        ]
        if len(found) < PAGE:
            return
        before = found[-1].number


def _json(detail: Mapping[str, Json]) -> str:
    return msgspec.json.encode(detail).decode() if detail else ""


def _time(at: Instant) -> str:
    return "" if abs(at) >= FOREVER else text_of(at)


def _amount(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-exponent_of(currency)):f}"
