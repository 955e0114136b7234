"""One person: found, shown, exported with all that is kept, and erased without a trace."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
import sqlalchemy

from cartback.domain.event import IdentifierKind, Location
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.leaf import Counted
from cartback.engine.amending import amendments
from cartback.engine.erasing import erase
from cartback.engine.intake import Receipt
from cartback.engine.people import (
    NobodyFound,
    export_person,
    find,
    show,
    undo_merge,
)
from tests.scenarios.engine_shop import (
    ABANDONERS,
    MONDAY,
    EngineShop,
    did,
    event,
    segment,
)

TRACES = (
    "grace@example.com",
    "+821099887766",
    "grace-phone",
    "grace-laptop",
    "customer-1906",
    "Hopper",
    "Arlington",
    "COBOL",
    "grace-cart",
)
"""Whatever could tell that there ever was a Grace."""


def grace(shop: EngineShop) -> int:
    """Somebody of whom a lot is known: two devices, a cart, consent, lists, an order, a place."""
    shop.has(ABANDONERS)
    shop.has(segment("left", did("Cart Abandoned")))
    shop.happens("grace-phone", "Viewed Product", product_id="COBOL")
    shop.happens("grace-laptop", "Checkout Started", cart_id="grace-cart")
    shop.send(
        msgspec.structs.replace(
            event(
                "grace-phone grace@example.com #customer-1906",
                "Identified",
                shop.now,
                traits={"last_name": "Hopper"},
            ),
            location=Location("US", "VA", "Arlington"),
        )
    )
    shop.happens("grace-laptop grace@example.com +821099887766", "Subscribed", channel="email")
    shop.happens("grace@example.com", "Joined List", list="readers of COBOL")
    shop.passes(2 * HOUR)
    shop.happens("grace@example.com", "Placed Order", order_id="COBOL-1", value=4200)
    shop.happens("#other kiosk", "Viewed Product")
    shop.happens("#customer-1906 kiosk", "Viewed Product")  # a conflict
    return shop.profile_of("grace@example.com")


def traces(url: str) -> dict[str, list[str]]:
    """In which tables which words are still to be read, in whatever column."""
    full = url if "://" in url else f"sqlite:///{url}"
    engine = sqlalchemy.create_engine(full)
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for table in sqlalchemy.inspect(connection).get_table_names():
            for row in connection.execute(sqlalchemy.text(f'SELECT * FROM "{table}"')):  # noqa: S608
                content = b"|".join(_bytes(value) for value in row)
                found.setdefault(table, []).extend(
                    word for word in TRACES if word.encode() in content
                )
    engine.dispose()
    return {table: words for table, words in found.items() if words}


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def words(document: object) -> Iterator[str]:
    """Every text in a JSON document."""
    match document:
        case dict():
            for key, value in document.items():
                yield from words(key)
                yield from words(value)
        case list() | tuple():
            for value in document:
                yield from words(value)
        case str():
            yield document


# --- finding --------------------------------------------------------------------------------


def test_somebody_is_found_by_any_name_and_by_number(shop: EngineShop) -> None:
    profile = grace(shop)
    with shop.store.reading() as reading:
        for name in (
            "grace@example.com",
            "email:Grace@Example.com",
            "phone:+821099887766",
            "external_id:customer-1906",
            "anonymous_id:grace-phone",
            "grace-laptop",
            str(profile),
        ):
            assert find(reading, shop.id, name) == profile, name
        for name in ("nobody", "email:customer-1906", "0", "999999999999999999999", ""):
            with pytest.raises(NobodyFound):
                find(reading, shop.id, name)


def test_a_stranger_finds_shows_exports_and_erases_nobody_of_ours(shop: EngineShop) -> None:
    profile = grace(shop)
    with shop.store.transaction() as tx:
        other = tx.add_shop("another", 0)
    with shop.store.reading() as reading:
        for name in ("grace@example.com", str(profile)):
            with pytest.raises(NobodyFound):
                find(reading, other, name)
        with pytest.raises(NobodyFound):
            show(reading, shop.rulebook, other, profile, shop.now)
    with pytest.raises(NobodyFound):
        export_person(shop.store, shop.rulebook, other, profile, shop.now)
    with pytest.raises(NobodyFound):
        erase(shop.store, other, profile)
    assert shop.profile_of("grace@example.com") == profile


def test_what_is_shown_is_as_of_now_also_where_nobody_woke(shop: EngineShop) -> None:
    shop.has(ABANDONERS)
    shop.happens("ada", "Checkout Started")
    profile = shop.profile_of("ada")
    with shop.store.reading() as reading:
        before = show(reading, shop.rulebook, shop.id, profile, MONDAY + 7 * DAY - 1)
        after = show(reading, shop.rulebook, shop.id, profile, MONDAY + 7 * DAY)
    assert before.profile.member_since("abandoners") == MONDAY
    assert after.profile.member_since("abandoners") is None
    assert [logged.event.metric for logged in after.latest] == ["Checkout Started"]


# --- exporting ------------------------------------------------------------------------------


def test_an_export_holds_everything_that_is_kept_of_a_person(shop: EngineShop) -> None:
    profile = grace(shop)
    export = export_person(shop.store, shop.rulebook, shop.id, profile, shop.now)
    plain = msgspec.json.decode(msgspec.json.encode(export))
    said = list(words(plain))
    for word in TRACES:
        assert any(word in one for one in said), word
    ours = [one.event for one in shop.log() if one.profile != shop.profile_of("#other")]
    assert [one["id"] for one in plain["events"]] == [one.id for one in ours]
    assert plain["state"]["stage"] == "customer"
    assert plain["state"]["location"] == {"country": "US", "region": "VA", "city": "Arlington"}
    assert plain["memberships"].keys() == {"left"}
    assert {one["location"]["city"] for one in plain["events"] if one["location"]} == {"Arlington"}
    assert len(plain["merges"]) == 1
    assert len(plain["conflicts"]) == 1
    assert {one["value"] for one in plain["identifiers"]} == {
        "grace-phone",
        "grace-laptop",
        "grace@example.com",
        "+821099887766",
        "customer-1906",
    }


def test_an_export_holds_nothing_of_anybody_else(shop: EngineShop) -> None:
    grace(shop)
    shop.happens("ada ada@example.com", "Placed Order", order_id="A-1")
    profile = shop.profile_of("ada")
    export = export_person(shop.store, shop.rulebook, shop.id, profile, shop.now)
    said = "|".join(words(msgspec.json.decode(msgspec.json.encode(export))))
    assert not [word for word in TRACES if word in said]


# --- erasing --------------------------------------------------------------------------------


def test_who_is_erased_leaves_no_trace_in_any_table(shop: EngineShop, store_url: str) -> None:
    profile = grace(shop)
    shop.happens("ada", "Placed Order")
    before = traces(store_url)
    assert set(TRACES) <= {word for some in before.values() for word in some}
    events = erase(shop.store, shop.id, profile)
    assert events > 8
    recorded = [one.profile for one in amendments(shop.store, shop.id)]
    assert profile in recorded
    assert len(recorded) == 2, "the tape has them under both of the profiles that became one"
    assert traces(store_url) == {}
    assert len(shop.log()) == 2, "the others stay"
    assert shop.members("left") == set()
    with pytest.raises(NobodyFound):
        shop.profile_of("grace@example.com")
    with pytest.raises(NobodyFound):
        erase(shop.store, shop.id, profile)
    counts = shop.counts()
    assert (counts["profiles"], counts["events"], counts["conflicts"]) == (2, 2, 0)


def test_who_was_erased_and_comes_back_is_somebody_new(shop: EngineShop) -> None:
    profile = grace(shop)
    erase(shop.store, shop.id, profile)
    shop.now += MINUTE
    shop.happens("grace@example.com", "Viewed Product")
    assert shop.profile_of("grace@example.com") != profile
    person = shop.person("grace@example.com")
    assert person.first_seen == shop.now
    assert not person.is_customer
    shop.passes(30 * DAY)
    assert shop.members("abandoners") == set()


def test_an_erased_event_that_is_sent_again_is_taken_anew(shop: EngineShop) -> None:
    one = event("grace-phone", "Viewed Product", MONDAY, id="view-of-grace")
    assert shop.send(one) == Receipt(1)
    erase(shop.store, shop.id, shop.profile_of("grace-phone"))
    assert shop.send(one) == Receipt(1), "nothing is kept by which it could be recognised"


def test_who_was_parted_is_erased_and_the_other_stays(shop: EngineShop) -> None:
    shop.happens("ada", "Placed Order")
    shop.happens("grace-phone", "Placed Order")
    shop.happens("ada grace-phone", "Viewed Product")
    with shop.store.reading() as reading:
        [merge] = reading.merges(shop.id)
    undo_merge(shop.store, shop.rulebook, shop.id, merge.id, shop.now)
    erase(shop.store, shop.id, shop.profile_of("grace-phone"))
    assert shop.person("ada").is_customer
    with shop.store.reading() as reading:
        assert list(reading.merges(shop.id)) == []


def test_what_waits_in_quarantine_is_erased_too(
    shop: EngineShop, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.has(segment("buyers", did("Placed Order")))

    def failing(leaf: Counted, *_: object) -> None:
        raise ValueError("no number in 'COBOL'")

    with monkeypatch.context() as patch:
        patch.setattr(Counted, "judge", failing)
        shop.happens("grace-phone", "Placed Order", order_id="COBOL-1")
    assert "quarantine" in traces(store_url)
    erase(shop.store, shop.id, shop.profile_of("grace-phone"))
    assert traces(store_url) == {}
    assert shop.counts()["quarantined"] == 0


def test_names_of_every_kind_are_covered_by_these_tests() -> None:
    assert {str(kind) for kind in IdentifierKind} == {
        "anonymous_id",
        "external_id",
        "email",
        "phone",
    }
