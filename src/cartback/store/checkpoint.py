"""Moves what was committed from SQLite's write-ahead log into its file, out of the writers' way.

Left to itself SQLite does this within the commit that finds the log long, and that commit and all
behind it wait: up to 250 ms here. A thread can do nearly all of it while others write, and makes
them wait only for the rest, after which the log begins anew.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from typing import Final

WORTH_IT: Final = 10_000
"""After about this many changed pages (40 MB of log)."""
PAGES_OF_A_COMMIT: Final = 8
"""What a commit changes whatever its size: counters, tallies, the ends of tables."""
SMALL: Final = 1_000
ROUNDS: Final = 5

log: Final = logging.getLogger(__name__)


class Checkpointer:
    """A thread that is woken when enough was written."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], turn: threading.Lock) -> None:
        self._connect = connect
        self._turn = turn
        self._pages = 0
        self._due = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def wrote(self, rows: int) -> None:
        """A transaction that changed that many rows was committed. Called by one at a time."""
        self._pages += rows + PAGES_OF_A_COMMIT
        if self._pages < WORTH_IT:
            return
        self._pages = 0
        self._due.set()
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="cartback-checkpoint", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        self._closed = True
        self._due.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        connection = self._connect()
        try:
            while self._due.wait() and not self._closed:
                self._due.clear()
                try:
                    self._checkpoint(connection)
                except sqlite3.Error:
                    log.exception("could not move the write-ahead log into the database file")
        finally:
            connection.close()

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        before = 0
        for _ in range(ROUNDS):
            moved = _move(connection)
            if moved - before < SMALL:
                break
            before = moved
        with self._turn:
            _move(connection)


def _move(connection: sqlite3.Connection) -> int:
    """Move what no reader needs in the log any more; how many pages of the log are moved."""
    _busy, _pages, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(moved)
