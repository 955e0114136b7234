"""The same door with the real engine and store behind it: durable before the answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cartback.config import Config
from cartback.domain.event import Event, ShopId
from cartback.engine.keys import make_key
from cartback.store.database import open_store
from cartback.wiring import Installation, Live, installation, real_clock
from tests.web.test_collect import TRACK, batch, post


@dataclass
class Shop:
    id: ShopId
    secret: str
    public: str
    secret_id: int


@dataclass
class House:
    """A running installation with two shops."""

    base: Installation
    live: Live
    client: TestClient
    one: Shop
    two: Shop

    def events(self, shop: Shop) -> list[Event]:
        """What a second connection finds in the log: only what is committed."""
        store = open_store(self.base.config.database, migrate=False)
        try:
            with store.reading() as reading:
                return [logged.event for logged in reading.log_after(shop.id, 0, 1_000)]
        finally:
            store.close()

    def drops(self, shop: Shop) -> dict[str, int]:
        with self.base.store.reading() as reading:
            return dict(reading.drops(shop.id))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    config = Config(database=f"sqlite:///{tmp_path / 'cartback.db'}", data=tmp_path, tape=False)
    with installation(config) as base:
        one, two = open_shop(base, "One"), open_shop(base, "Two")
        live = Live(base)
        with live.at_work():
            yield House(base, live, TestClient(live.app), one, two)


def open_shop(base: Installation, name: str) -> Shop:
    with base.store.transaction() as tx:
        shop = tx.add_shop(name, real_clock())
        secret, row = make_key(tx, shop, "secret", real_clock())
        public, _ = make_key(tx, shop, "public", real_clock())
    return Shop(shop, secret, public, row.id)


def test_what_is_answered_is_durable(house: House) -> None:
    for number in range(20):
        answer = post(
            house.client, "/v1/track", {**TRACK, "messageId": f"m{number}"}, house.one.secret
        )
        assert answer.json()["accepted"] == 1
        assert len(house.events(house.one)) == number + 1


def test_events_land_in_the_shop_of_their_key_only(house: House) -> None:
    post(house.client, "/v1/track", TRACK, house.one.public)
    assert [event.shop for event in house.events(house.one)] == [house.one.id]
    assert house.events(house.two) == []
    assert post(house.client, "/v1/track", TRACK, house.two.secret).json()["accepted"] == 1
    assert [event.shop for event in house.events(house.two)] == [house.two.id]


def test_strangers_and_revoked_keys_may_send_nothing(house: House) -> None:
    assert post(house.client, "/v1/track", TRACK, "cb_sec_made-up").status_code == 401
    with house.base.store.transaction() as tx:
        assert tx.revoke_key(house.one.id, house.one.secret_id, real_clock())
    house.live.keys.refresh()
    assert post(house.client, "/v1/track", TRACK, house.one.secret).status_code == 401
    assert post(house.client, "/v1/batch", batch(TRACK), house.one.secret).status_code == 401
    assert house.events(house.one) == []
    assert post(house.client, "/v1/track", TRACK, house.one.public).status_code == 200


def test_duplicates_and_drops_are_counted_in_their_shop(house: House) -> None:
    answer = post(house.client, "/v1/batch", batch(TRACK, TRACK, {"event": "x"}), house.one.secret)
    assert answer.json() == {
        "success": True,
        "accepted": 1,
        "duplicates": 1,
        "dropped_count": 1,
        "dropped": [
            {
                "index": 2,
                "reason": "no_identifier",
                "detail": "send a userId, an anonymousId, or an e-mail in the traits",
            }
        ],
    }
    assert post(house.client, "/v1/track", TRACK, house.one.secret).status_code == 200
    assert post(house.client, "/v1/track", b"{", house.one.secret).status_code == 400
    assert house.drops(house.one) == {"duplicate": 2, "no_identifier": 1, "malformed": 1}
    assert house.drops(house.two) == {}


def test_only_a_secret_key_may_import_history(house: House) -> None:
    history = {**TRACK, "timestamp": "2020-01-01T00:00:00Z"}
    assert post(house.client, "/v1/t?backfill=1", history, house.one.public).status_code == 403
    assert post(house.client, "/v1/t?backfill=1", history, house.one.secret).status_code == 200
    assert [event.backfill for event in house.events(house.one)] == [True]
