"""The thread that shortens SQLite's write-ahead log."""

import sqlite3
import threading

import pytest

from cartback.store import checkpoint


def test_a_checkpoint_that_fails_is_logged_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    moved = threading.Event()
    tries = []

    def move(connection: sqlite3.Connection) -> int:
        tries.append(connection)
        if len(tries) == 1:
            raise sqlite3.OperationalError("disk I/O error")
        moved.set()
        return 0

    monkeypatch.setattr(checkpoint, "_move", move)
    checkpointer = checkpoint.Checkpointer(lambda: sqlite3.connect(":memory:"), threading.Lock())
    while not moved.is_set():
        checkpointer.wrote(checkpoint.WORTH_IT)
    checkpointer.close()
    assert "disk I/O error" in caplog.text
