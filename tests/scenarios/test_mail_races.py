"""What became of a mail is noted while somebody else does something to that very mail.

On PostgreSQL another transaction may come between any two steps of one, unless it has to wait; on
SQLite nobody may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from cartback.domain.contact import ChannelRules
from cartback.domain.event import Metric
from cartback.domain.instant import MINUTE
from cartback.domain.message import Accepted, InDoubt, Outcome, Refused
from cartback.engine.bounces import Fate, Returned, take_back
from cartback.engine.deliver import Sending, begin, claim
from cartback.engine.erasing import erase
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flows import change_contact_rules
from cartback.engine.noting import LONGEST_HANDOVER, doubt_stale, note
from cartback.engine.people import merge_by_hand
from cartback.engine.settling import settle
from cartback.engine.visits import Came, keep_visit
from cartback.store.database import DatabaseTransaction
from tests.scenarios.engine_shop import EngineShop
from tests.scenarios.test_engine_races import until, waits
from tests.scenarios.test_flow_mail import leaves, made

LATER = Refused(permanent=False, code=450, sentence="450 later")
on_postgres = pytest.mark.parametrize("store_url", ["postgres"], indirect=True)


class Meanwhile:
    """What somebody does right after a transaction has read or written something, to its end, or
    until they wait for that transaction."""

    def __init__(self, url: str, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
        self._url, self._pool, self._monkeypatch = url, pool, monkeypatch
        self._done = list[Future[object]]()

    def happens(self, act: Callable[[], object], after: str = "message") -> None:
        step = getattr(DatabaseTransaction, after)

        def then(tx: DatabaseTransaction, *arguments: Any) -> object:  # noqa: ANN401  as the step
            found = step(tx, *arguments)
            if not self._done:
                self._done.append(self._pool.submit(act))
                until(lambda: self._done[0].done() or waits(self._url))
            return found

        self._monkeypatch.setattr(DatabaseTransaction, after, then)

    def ends(self) -> None:
        self._done[0].result()


@pytest.fixture
def meanwhile(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Meanwhile]:
    with ThreadPoolExecutor(1) as pool:
        yield Meanwhile(store_url, pool, monkeypatch)


@pytest.fixture
def handing(shop: EngineShop) -> Sending:
    """Ada's mail is being handed over."""
    made(shop)
    leaves(shop)
    [one] = claim(shop.store, shop.rulebook, shop.now)
    assert begin(shop.store, shop.rulebook, one, shop.now)
    return one


def noted(shop: EngineShop, sending: Sending, outcome: Outcome) -> None:
    note(shop.store, shop.rulebook, shop.id, sending.message, outcome, shop.now)


def present(shop: EngineShop, sending: Sending) -> MessageRow:
    with shop.store.reading() as reading:
        found = reading.message(shop.id, sending.message.key)
    assert found is not None
    return found


def is_given_up(shop: EngineShop) -> int:
    return doubt_stale(shop.store, shop.now + LONGEST_HANDOVER + 1)


def comes_back(shop: EngineShop, sending: Sending, fate: Fate) -> bool:
    returned = Returned(fate=fate, key=sending.message.key, sentence="as they said")
    return take_back(shop.store, shop.rulebook, returned, shop.now)


@on_postgres
def test_what_was_taken_is_sent_though_it_was_given_up_meanwhile(
    shop: EngineShop, handing: Sending, meanwhile: Meanwhile
) -> None:
    meanwhile.happens(lambda: is_given_up(shop))
    noted(shop, handing, Accepted("250 ok"))
    assert (present(shop, handing).status, present(shop, handing).receipt) == ("sent", "250 ok")
    assert shop.metrics().count(Metric.RECEIVED_EMAIL) == 1


def test_what_was_taken_is_sent_though_it_was_given_up_before(
    shop: EngineShop, handing: Sending
) -> None:
    is_given_up(shop)
    assert present(shop, handing).status == "in_doubt"
    noted(shop, handing, Accepted("250 ok"))
    assert (present(shop, handing).status, present(shop, handing).receipt) == ("sent", "250 ok")


def test_what_was_taken_does_not_go_again_though_somebody_said_so(
    shop: EngineShop, handing: Sending
) -> None:
    is_given_up(shop)
    settle(shop.store, shop.id, handing.message.key, "again", shop.now)
    noted(shop, handing, Accepted("250 ok"))
    assert claim(shop.store, shop.rulebook, shop.now) == []
    assert present(shop, handing).status == "sent"


def test_what_was_taken_does_not_go_again_though_it_is_made_again(
    shop: EngineShop, handing: Sending
) -> None:
    is_given_up(shop)
    settle(shop.store, shop.id, handing.message.key, "again", shop.now)
    [again] = claim(shop.store, shop.rulebook, shop.now)
    noted(shop, handing, Accepted("250 ok"))
    assert not begin(shop.store, shop.rulebook, again, shop.now)
    assert present(shop, handing).status == "sent"


@on_postgres
def test_what_was_complained_about_meanwhile_does_not_go_again(
    shop: EngineShop, handing: Sending, meanwhile: Meanwhile
) -> None:
    meanwhile.happens(lambda: comes_back(shop, handing, "complaint"))
    noted(shop, handing, LATER)
    assert present(shop, handing).status == "complained"


@on_postgres
@pytest.mark.parametrize("after", ["message", "save_message"])
def test_nothing_is_left_of_who_was_erased_meanwhile(
    shop: EngineShop, handing: Sending, meanwhile: Meanwhile, after: str
) -> None:
    ada = handing.profile.id
    meanwhile.happens(lambda: erase(shop.store, shop.id, ada), after)
    noted(shop, handing, InDoubt("it hung up"))
    meanwhile.ends()
    with shop.store.reading() as reading:
        assert reading.messages_of(shop.id, ada) == []
        assert reading.decisions(shop.id, ada) == []


@on_postgres
def test_no_visit_is_left_of_who_was_erased_meanwhile(
    shop: EngineShop, handing: Sending, meanwhile: Meanwhile
) -> None:
    key, ada = handing.message.key, handing.profile.id
    meanwhile.happens(lambda: erase(shop.store, shop.id, ada), "add_visit")
    keep_visit(shop.store, shop.id, key, Came("GET", "Firefox"), shop.now)
    meanwhile.ends()
    assert not keep_visit(shop.store, shop.id, key, Came("GET", "Firefox"), shop.now)
    with shop.store.reading() as reading:
        assert reading.visits_of(shop.id, key) == []


def test_what_arrived_does_not_go_again_though_somebody_said_so(
    shop: EngineShop, handing: Sending
) -> None:
    is_given_up(shop)
    settle(shop.store, shop.id, handing.message.key, "again", shop.now)
    assert comes_back(shop, handing, "delivered")
    assert claim(shop.store, shop.rulebook, shop.now) == []
    assert present(shop, handing).status == "sent"


def test_what_arrived_is_not_in_doubt_though_its_answer_is_lost_afterwards(
    shop: EngineShop, handing: Sending
) -> None:
    assert comes_back(shop, handing, "delivered")
    noted(shop, handing, InDoubt("it hung up"))
    assert present(shop, handing).status == "sent"


def becomes_one_with_another(shop: EngineShop) -> int:
    """Ada's profile, which the mail is to, ends in that of a customer."""
    shop.happens("#7", Metric.VIEWED_PRODUCT, product_id="mug")
    ada, customer = shop.profile_of("ada@example.com"), shop.profile_of("#7")
    merge_by_hand(shop.store, shop.rulebook, shop.id, ada, customer, shop.now)
    return customer


@pytest.fixture
def lead(shop: EngineShop) -> Sending:
    """A mail is being handed over to somebody who is known by nothing but their address."""
    made(shop)
    leaves(shop, "ada@example.com")
    [one] = claim(shop.store, shop.rulebook, shop.now)
    return one


def goes_to(shop: EngineShop, profile: int) -> None:
    shop.passes(MINUTE)
    [again] = claim(shop.store, shop.rulebook, shop.now)
    assert (again.message.profile, again.profile.id) == (profile, profile)


def test_what_was_put_off_goes_to_who_its_person_became(shop: EngineShop, lead: Sending) -> None:
    customer = becomes_one_with_another(shop)
    noted(shop, lead, LATER)
    goes_to(shop, customer)


@on_postgres
@pytest.mark.parametrize("after", ["message", "profile", "lock"])
def test_what_is_put_off_goes_to_who_its_person_becomes_meanwhile(
    shop: EngineShop, lead: Sending, meanwhile: Meanwhile, after: str
) -> None:
    meanwhile.happens(lambda: becomes_one_with_another(shop), after)
    noted(shop, lead, LATER)
    meanwhile.ends()
    goes_to(shop, shop.profile_of("ada@example.com"))


def test_what_a_dead_process_left_goes_to_who_its_person_became(
    shop: EngineShop, lead: Sending
) -> None:
    customer = becomes_one_with_another(shop)
    assert is_given_up(shop) == 1
    goes_to(shop, customer)


def test_what_may_not_leave_yet_goes_to_who_its_person_became(
    shop: EngineShop, lead: Sending
) -> None:
    customer = becomes_one_with_another(shop)
    quiet = ChannelRules(quiet_from="00:00", quiet_until="22:00")
    change_contact_rules(
        shop.store, shop.id, lambda rules: msgspec.structs.replace(rules, email=quiet)
    )
    shop.catches_up()
    assert not begin(shop.store, shop.rulebook, lead, shop.now)
    assert present(shop, lead).status == "queued"
    shop.now = present(shop, lead).due
    goes_to(shop, customer)
