"""Who is who, told as it happens in a shop."""

from __future__ import annotations

from cartback.domain.event import Identifier
from cartback.domain.identity import Resolution, resolve

PHONE_BROWSER = Identifier("anonymous_id", "browser-1")
ANN, BOB = Identifier("external_id", "ann"), Identifier("external_id", "bob")
ANNS_MAIL, BOBS_MAIL = (
    Identifier("email", "ann@example.com"),
    Identifier("email", "bob@example.com"),
)


def test_an_unknown_browser_begins_a_profile() -> None:
    assert resolve([PHONE_BROWSER], {}, {}) == Resolution(None, linked=(PHONE_BROWSER,))


def test_a_known_browser_that_gives_an_address_keeps_its_profile() -> None:
    found = resolve([PHONE_BROWSER, ANNS_MAIL], {PHONE_BROWSER: 1}, {})
    assert found == Resolution(1, linked=(ANNS_MAIL,))


def test_a_login_ties_the_browser_to_the_customer_who_survives() -> None:
    owners = {PHONE_BROWSER: 1, ANN: 2}
    assert resolve([PHONE_BROWSER, ANN], owners, {2: "ann"}) == Resolution(2, merging=(1,))


def test_of_two_unknown_profiles_the_older_survives() -> None:
    owners = {PHONE_BROWSER: 5, ANNS_MAIL: 3}
    assert resolve([PHONE_BROWSER, ANNS_MAIL], owners, {}) == Resolution(3, merging=(5,))


def test_two_customers_on_one_device_stay_two() -> None:
    """Bob logs in on Ann's tablet for the first time: a new profile, and a conflict to show."""
    found = resolve([PHONE_BROWSER, BOB], {PHONE_BROWSER: 1, ANN: 1}, {1: "ann"})
    assert found == Resolution(None, conflicting=(1,), linked=(BOB,))


def test_the_shared_device_stays_with_the_one_who_had_it_first() -> None:
    owners = {PHONE_BROWSER: 1, ANN: 1, BOB: 2}
    found = resolve([PHONE_BROWSER, BOB], owners, {1: "ann", 2: "bob"})
    assert found == Resolution(2, conflicting=(1,))


def test_without_a_customer_id_the_strongest_identifier_decides() -> None:
    owners = {PHONE_BROWSER: 1, ANN: 1, BOBS_MAIL: 2, BOB: 2}
    found = resolve([PHONE_BROWSER, BOBS_MAIL], owners, {1: "ann", 2: "bob"})
    assert found == Resolution(2, conflicting=(1,))


def test_an_address_that_two_customers_give_stays_with_the_first() -> None:
    owners = {ANN: 1, ANNS_MAIL: 1, BOB: 2}
    found = resolve([BOB, ANNS_MAIL], owners, {1: "ann", 2: "bob"})
    assert found == Resolution(2, conflicting=(1,))


def test_three_profiles_become_one_at_once() -> None:
    owners = {PHONE_BROWSER: 4, ANNS_MAIL: 3, ANN: 9}
    found = resolve([PHONE_BROWSER, ANNS_MAIL, ANN], owners, {9: "ann"})
    assert found == Resolution(9, merging=(3, 4))


def test_of_two_customer_ids_in_one_event_the_profile_gets_one() -> None:
    for identifiers in ([ANN, BOB], [BOB, ANN]):
        assert resolve(identifiers, {}, {}) == Resolution(None, linked=(ANN,))


def test_the_same_identifier_twice_is_one() -> None:
    assert resolve([PHONE_BROWSER] * 3, {}, {}) == Resolution(None, linked=(PHONE_BROWSER,))
