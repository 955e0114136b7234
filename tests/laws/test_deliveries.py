"""A shop knows the same, however its events were delivered and whatever was sent again."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.event import Event, Identifier
from cartback.engine.intake import Receipt
from cartback.engine.ports import Store
from cartback.store import open_store
from tests.scenarios.engine_shop import EngineShop, did, every, people, segment
from tests.strategies import (
    Happening,
    Scene,
    cart_happenings,
    event,
    examples,
    instants_after,
    offsets,
    plain_happenings,
    scenes,
)

NAMES = ["one", "two", "three"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(str(tmp_path_factory.mktemp("laws") / "cartback.db"))
    yield opened
    opened.close()


def new_shop(store: Store, scene: Scene) -> EngineShop:
    """A shop whose segments time moves, one of them about carts."""
    with store.transaction() as tx:
        shop = EngineShop(store, tx.add_shop("a shop", 0), now=scene.start)
    for place, span in enumerate(scene.spans):
        shop.has(segment(f"often{place}", did("A", span, at_least=2)))
        shop.has(segment(f"never{place}", did("A", span, exactly=0)))
    shop.has(segment("left", every(did("Cart Abandoned", scene.spans[1]), did("A"))))
    return shop


@st.composite
def streams(draw: st.DrawFn, scene: Scene) -> list[Event]:
    """Events of a few people, some named together, in the order of their arrival."""
    found: list[Event] = []
    received = scene.start
    kinds = (plain_happenings(scene) | cart_happenings()).filter(_can_be_taken)
    for place in range(draw(st.integers(2, 8))):
        received += max(0, draw(offsets(scene)))
        time = received - max(0, draw(st.just(0) | offsets(scene)))
        one = event(draw(kinds), time, received, f"e{place}")
        who = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
        names = tuple(Identifier("anonymous_id", name) for name in who)
        found.append(msgspec.structs.replace(one, identifiers=names))
    return found


def _can_be_taken(happening: Happening) -> bool:
    """Whether its numbers fit 64 bits: what does not is refused before it comes so far."""
    numbers = [one for one in happening.properties.values() if isinstance(one, int)]
    return all(abs(one) < 2**63 for one in numbers)


@examples(0.5)
@given(st.data())
def test_however_events_are_delivered_and_whatever_is_sent_twice_the_shop_knows_the_same(
    store: Store, data: st.DataObject
) -> None:
    """An id that was sent before says nothing new, also in the same delivery or in other words."""
    scene = data.draw(scenes())
    stream = data.draw(streams(scene))
    end = data.draw(instants_after(scene, [one.received for one in stream]))
    plain, other = new_shop(store, scene), new_shop(store, scene)
    for one in stream:
        assert plain.send(one) == Receipt(1)
    plain.wakes(end)

    sent: list[Event] = []
    waiting = list(stream)
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        batch, waiting = waiting[:size], waiting[size:]
        if data.draw(st.booleans()):
            other.wakes(batch[0].received - 1)
        delivery: list[Event] = []
        for one in batch:
            delivery.append(one)
            sent.append(one)
            if data.draw(st.booleans()):
                again = data.draw(st.sampled_from(sent))
                delivery.append(
                    msgspec.structs.replace(again, received=one.received, metric="A", properties={})
                )
        assert other.send(*delivery) == Receipt(size, len(delivery) - size)
    other.wakes(end)
    assert people(store, other.id) == people(store, plain.id)
