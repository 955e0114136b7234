"""Tallies are gathered, and written in one order by everybody."""

from typing import Any

from cartback.store.tallies import Tallies


class Remembers:
    """A session that only writes down what it is given."""

    slot = 7

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    def many(self, _statement: object, rows: list[tuple[Any, ...]]) -> int:
        self.rows += rows
        return len(rows)


def test_changes_are_summed_and_written_in_the_order_of_their_keys() -> None:
    """Two transactions that share rows then wait for each other in turn, and never in a circle."""
    session = Remembers()
    tallies = Tallies(session)  # type: ignore[arg-type]  # of a session it needs no more
    tallies.add(2, "members", "idle", 1)
    tallies.add(1, "rows", "events", 5)
    tallies.add(1, "members", "idle", -1)
    tallies.add(2, "members", "idle", 1)
    tallies.add(1, "members", "big", 1)
    tallies.add(1, "members", "big", -1)
    assert session.rows == []
    tallies.write()
    tallies.write()
    assert session.rows == [
        (1, "members", "idle", 7, -1),
        (1, "rows", "events", 7, 5),
        (2, "members", "idle", 7, 2),
    ]
