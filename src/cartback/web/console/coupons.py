"""Coupons: the list with what they cost, a coupon with its codes, and its form."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.coupon import BadCoupon
from cartback.domain.instant import FOREVER, Instant, text_of
from cartback.domain.phrase import fault_at
from cartback.domain.phrase.steps import Speech
from cartback.engine.audit import note, note_after
from cartback.engine.codes import fill_pool
from cartback.engine.coupon_page import CodeShown, codes_given, coupon_figures, find_codes
from cartback.engine.coupon_ports import CouponRow
from cartback.engine.coupon_supply import running_out
from cartback.engine.coupons import (
    CouponExists,
    NoSuchCoupon,
    StaleCoupon,
    archive_coupon,
    change_coupon,
    coupon_of,
    define_coupon,
    restore_coupon,
)
from cartback.engine.ports import Reading
from cartback.web.console.asked import AtShop, Refused, whole
from cartback.web.console.coupon_form import KINDS, UNITS, read_form, typed_in, typed_of
from cartback.web.console.guard import Guard
from cartback.web.console.render import page, see
from cartback.web.console.sheet import sheet

PAGE: Final = 50
IN_A_FILE: Final = 500
LAST: Final = (FOREVER, "")
MOST_AT_ONCE: Final = 50_000
LONGEST: Final = 300


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at, one = "/shops/{shop}/coupons", "/shops/{shop}/coupons/{coupon}"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at, guard.of_shop(make), methods=["POST"]),
        Route(at + "/new", guard.of_shop(new, sees="marketer"), methods=["GET"]),
        Route(one, guard.of_shop(shown), methods=["GET"]),
        Route(one + "/codes.csv", guard.of_shop(download, sees="marketer"), methods=["GET"]),
        Route(one + "/change", guard.of_shop(edit, sees="marketer"), methods=["GET"]),
        Route(one + "/change", guard.of_shop(change), methods=["POST"]),
        Route(one + "/pool", guard.of_shop(upload), methods=["POST"]),
        Route(one + "/archive", guard.of_shop(archive), methods=["POST"]),
        Route(one + "/restore", guard.of_shop(restore), methods=["POST"]),
    ]


def index(at: AtShop) -> Response:
    archived = at.query.get("show") == "archived"
    with at.store.reading() as reading:
        rows = reading.coupons(at.id)
        found = [
            coupon_figures(reading, at.id, row, at.now)
            for row in rows
            if (row.status == "archived") == archived
        ]
        short = () if archived else running_out(reading, at.id, at.now)
    put_away = sum(row.status == "archived" for row in rows)
    values = {"rows": found, "archived": archived, "put_away": put_away, "short": short}
    return page(at, "coupons.html", values)


# --- the form -----------------------------------------------------------------------------------


def _form(
    at: AtShop,
    typed: Mapping[str, Any],
    wrong: Mapping[str, str],
    row: CouponRow | None,
    currency: str,
    status: int = 200,
) -> Response:
    values = {
        "typed": typed,
        "errors": wrong,
        "row": row,
        "currency": currency,
        "kinds": KINDS,
        "units": UNITS,
        "version": at.form.text("version") or ("" if row is None else row.version),
    }
    return page(at, "coupon-form.html", values, status=422 if wrong else status)


def new(at: AtShop) -> Response:
    currency = at.settings.currency
    wish = at.query.get("name", "")[:100].replace("-", " ").capitalize()
    return _form(at, typed_of(None, wish, currency), {}, None, currency)


def make(at: AtShop) -> Response:
    typed, currency = typed_in(at), at.settings.currency
    document, wrong = read_form(at, typed, currency)
    if wrong:
        return _form(at, typed, wrong, None, currency)
    try:
        store = at.noting("made coupon", typed["name"])
        row = define_coupon(store, at.id, typed["name"], document, at.now)
    except CouponExists:
        text = at.say.gettext("There is a coupon of that name already. Take another name.")
        return _form(at, typed, {"name": text}, None, currency)
    except BadCoupon as error:
        return _form(at, typed, {"name": fault_at(error, at.language)}, None, currency)
    at.ground.written()
    return see(at.path("coupons", row.key) + "?saved=1")


def _row(reading: Reading, at: AtShop) -> CouponRow:
    row = reading.coupon(at.id, at.part("coupon")[:100])
    if row is None:
        raise Refused(404)
    return row


def edit(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row = _row(reading, at)
    coupon = coupon_of(row)
    currency = coupon.currency or at.settings.currency
    return _form(at, typed_of(coupon, row.name, currency), {}, row, currency)


def change(at: AtShop) -> Response:
    with at.store.reading() as reading:
        row = _row(reading, at)
    currency = coupon_of(row).currency or at.settings.currency
    typed = typed_in(at)
    document, wrong = read_form(at, typed, currency)
    if wrong:
        return _form(at, typed, wrong, row, currency)
    store, expected = at.noting("changed coupon", row.key), whole(at.form.text("version"))
    try:
        change_coupon(store, at.id, row.key, typed["name"], document, at.now, expected=expected)
    except StaleCoupon:
        text = at.say.gettext("Somebody else changed it meanwhile. Look again before you save.")
        return _form(at, typed, {"name": text}, row, currency)
    except BadCoupon as error:
        return _form(at, typed, {"name": fault_at(error, at.language)}, row, currency)
    except NoSuchCoupon:
        raise Refused(409, at.say.gettext("It is archived. Restore it first.")) from None
    at.ground.written()
    return see(at.path("coupons", row.key) + "?saved=1")


# --- one coupon ---------------------------------------------------------------------------------


def shown(at: AtShop) -> Response:
    return _shown(at)


def _shown(at: AtShop, filled: Mapping[str, Any] | None = None, status: int = 200) -> Response:
    wanted = at.query.get("q", "").strip()[:LONGEST]
    issued = whole(at.query.get("at", ""))
    place = LAST if issued is None else (issued, at.query.get("key", "")[:LONGEST])
    with at.store.reading() as reading:
        row = _row(reading, at)
        figures = coupon_figures(reading, at.id, row, at.now)
        if wanted:
            codes = find_codes(reading, at.id, row.key, wanted)
        else:
            codes = codes_given(reading, at.id, row.key, place, PAGE + 1)
    last = codes[PAGE - 1].row if len(codes) > PAGE and not wanted else None
    values = {
        "row": row,
        "one": figures,
        "currency": figures.coupon.currency or at.settings.currency,
        "codes": codes[:PAGE] if not wanted else codes,
        "older": None if last is None else (last.issued, last.key),
        "length": Speech(at.language).length,
        "q": wanted,
        "filled": filled,
        "saved": at.query.get("saved", ""),
        "put_away": at.query.get("archived", ""),
    }
    return page(at, "coupon.html", values, status=status)


def upload(at: AtShop) -> Response:
    """Codes of the shop's checkout into the pool, and what became of each line."""
    texts = [one for one in re.split(r"[\s,;]+", at.form.text("codes")) if one]
    with at.store.reading() as reading:
        row = _row(reading, at)
    if not texts or len(texts) > MOST_AT_ONCE:
        error = at.say.gettext("Write codes, one on each line.")
        return _shown(at, {"error": error}, 422)
    try:
        with at.store.transaction() as tx:
            found = fill_pool(tx, at.id, row.key, texts)
            added, known = found.added, found.known
            note(tx, at.id, at.user, "uploaded codes", row.key, at.now, added=added, known=known)
    except NoSuchCoupon:
        raise Refused(409, at.say.gettext("It is archived. Restore it first.")) from None
    refused = len(texts) - found.added - found.known
    filled = {"added": found.added, "known": found.known, "refused": refused, "bad": found.bad}
    return _shown(at, filled)


def archive(at: AtShop) -> Response:
    """No code is given any more; the page that follows offers to undo it."""
    key = at.part("coupon")[:100]
    try:
        archive_coupon(at.noting("archived coupon", key), at.id, key, at.now)
    except NoSuchCoupon:
        raise Refused(404) from None
    at.ground.written()
    return see(at.path("coupons", key) + "?archived=1")


def restore(at: AtShop) -> Response:
    key = at.part("coupon")[:100]
    try:
        restore_coupon(at.noting("restored coupon", key), at.id, key, at.now)
    except NoSuchCoupon:
        raise Refused(404) from None
    at.ground.written()
    return see(at.path("coupons", key) + "?saved=1")


# --- as a file ----------------------------------------------------------------------------------


def download(at: AtShop) -> Response:
    """The codes that were given, the newest first."""
    with at.store.reading() as reading:
        row = _row(reading, at)
    note_after(at.store, at.id, at.user, "downloaded list", f"codes of {row.key}", at.now)
    return sheet(f"codes-{row.key}", _pages(at, row.key))


def _pages(at: AtShop, coupon: str) -> Iterator[list[list[str]]]:
    yield ["code profile name cart given expires redeemed orders".split()]
    place = LAST
    while True:
        with at.store.reading() as reading:
            codes = codes_given(reading, at.id, coupon, place, IN_A_FILE)
        yield [_cells(one) for one in codes]
        if len(codes) < IN_A_FILE:
            return
        place = (codes[-1].row.issued or 0, codes[-1].row.key)


def _cells(one: CodeShown) -> list[str]:
    row = one.row
    orders = " ".join(used.order_id for used in one.used)
    times = map(_time, (row.issued, row.expires, row.redeemed))
    return [row.code, str(one.profile or ""), one.name, one.cart, *times, orders]


def _time(at: Instant | None) -> str:
    return "" if at is None or at >= FOREVER else text_of(at)
