"""A big shop in which life went on: live segments, carts left behind, and who came and went."""

import msgspec

from bench.big import Big
from bench.shop import config, messages, segments
from cartback.domain.instant import DAY
from cartback.engine.backfill import backfill, is_needed
from cartback.engine.growth import count_moves
from cartback.engine.ingest import Delivery, ingest
from cartback.engine.segments import create_segment
from cartback.engine.wake import wake_all
from cartback.sources.segment import Envelope, Reader
from cartback.wiring import Installation, installation
from cartback.wiring.tape import tape_recaller

SEGMENTS = 8
LATELY = 2 * DAY
AT_ONCE = 2_000


def live_in(shop: Big, events: int, regulars: int) -> None:
    """Segments with their members, then two days of so many events; half of them are of a few
    regulars. `shop.now` is two days ago."""
    with installation(config(shop.folder)) as base:
        for document in segments()[:SEGMENTS]:
            create_segment(base.store, 1, document, shop.now)
        while is_needed(base.store, 1):
            for _ in backfill(base.store, base.rulebook, 1, lambda: shop.now, tape_recaller(base)):
                pass
        steps = max(events // AT_ONCE, 1)
        for step in range(steps):
            people = regulars if step % 2 else shop.profiles
            _live(base, people, shop.now + LATELY * (step + 1) // steps, seed=step)
        while count_moves(base.store, [1], least=1):
            pass


def _live(base: Installation, people: int, now: int, seed: int) -> None:
    """Some events of an instant, after everybody who was due by then."""
    wake_all(base.store, base.rulebook, now)
    body = msgspec.json.encode({"batch": list(messages(AT_ONCE, people, seed))})
    envelope = Reader()("batch", body)
    assert isinstance(envelope, Envelope)
    events = envelope.read(1, now, backfill=False).events
    ingest(base.store, base.rulebook, [Delivery(1, events)])
