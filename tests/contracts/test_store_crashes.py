"""A process that is killed: what was committed stays, and of the rest there is nothing."""

import subprocess
import sys
import textwrap

import pytest

from cartback.domain.event import ShopId
from cartback.store import DatabaseStore, open_store
from tests.contracts.made import save_new

WRITER = """
    import sys
    from cartback.engine.segment_ports import Move
    from cartback.store import open_store
    from tests.contracts.made import email, log_chain, save_new

    store = open_store(sys.argv[1])
    shop = int(sys.argv[2])
    with store.transaction() as tx:
        save_new(tx, shop, 3)
        tx.unseen(shop, ["committed"])
    with store.transaction() as tx:
        save_new(tx, shop, 500)
        tx.unseen(shop, ["half"])
        tx.link(shop, {email("half@example.com"): 1})
        log_chain(tx, shop, 1, 50)
        tx.move(shop, [Move("idle", 1, 5, joined=True)])
        tx.count_drops(shop, {"bot": 1})
        tx.count_profiles(shop)  # writes the tallies
        print("in the middle", flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def killed(store_url: str, store: DatabaseStore, shop: ShopId) -> None:
    """A process was killed in the middle of its second transaction."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), store_url, str(shop)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.kill()


def test_what_was_committed_stays_and_nothing_is_half(
    killed: None, store: DatabaseStore, shop: ShopId
) -> None:
    with store.transaction() as tx:
        assert tx.counts(shop) == {
            "events": 0,
            "profiles": 3,
            "quarantined": 0,
            "conflicts": 0,
            "state_bytes": 15,
        }
        assert len(tx.profiles_after(shop, 0, 999)) == 3
        assert tx.log_after(shop, 0, 99) == []
        assert tx.moves(shop) == []
        assert tx.members(shop, "idle") == []
        assert tx.identifiers_of(shop, 1) == []
        assert tx.drops(shop) == {}
        assert tx.unseen(shop, ["committed", "half"]) == {"half"}


def test_others_go_on_writing(killed: None, store: DatabaseStore, shop: ShopId) -> None:
    with store.transaction() as tx:
        save_new(tx, shop)
        assert tx.count_profiles(shop) == 4


def test_the_store_opens_again_and_is_whole(
    killed: None, store: DatabaseStore, store_url: str, shop: ShopId
) -> None:
    store.close()
    again = open_store(store_url)
    findings = {name: well for name, well, _ in again.check(thorough=True)}
    assert findings.get("integrity", True)
    with again.reading() as reading:
        assert reading.count_profiles(shop) == 3
    again.close()
