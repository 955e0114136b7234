"""What was answered is kept, claimed by one, and forgotten in time."""

import msgspec

from cartback.domain.event import ShopId
from cartback.engine.answer_ports import AnswerRow
from cartback.store import DatabaseStore
from tests.contracts.conftest import InThreads

CLAIM = AnswerRow(b"key", b"request", 10)
ANSWER = msgspec.structs.replace(CLAIM, at=11, status=201, body=b"{}")


def test_an_answer_is_claimed_once_and_kept(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        assert tx.answer(shop, b"key") is None
        assert tx.claim_answer(shop, CLAIM, 0)
        assert not tx.claim_answer(shop, CLAIM, 0)
        assert tx.answer(shop, b"key") == CLAIM
    with store.transaction() as tx:
        assert not tx.claim_answer(shop, CLAIM, 0)
        tx.save_answer(shop, ANSWER)
    with store.reading() as reading:
        assert reading.answer(shop, b"key") == ANSWER


def test_one_of_many_claims_it(store: DatabaseStore, shop: ShopId, in_threads: InThreads) -> None:
    def claim(_: int) -> bool:
        with store.transaction() as tx:
            return tx.claim_answer(shop, CLAIM, 0)

    assert sorted(in_threads(4, claim)) == [False, False, False, True]


def test_answers_are_forgotten_by_key_and_by_age(store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        for number in (1, 2, 3):
            tx.save_answer(shop, AnswerRow(b"%d" % number, b"request", number))
        tx.forget_answer(shop, b"3")
        tx.forget_answers(shop, before=2)
    with store.reading() as reading:
        kept = [n for n in (1, 2, 3) if reading.answer(shop, b"%d" % n) is not None]
        assert kept == [2]
