"""The feed: a slow reader is told everything or to look anew; a failing look ends nothing."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from threading import Event as Signal

import pytest

from cartback.engine.access import Visitor
from cartback.engine.access_ports import UserRow
from cartback.engine.ports import Reading
from cartback.engine.watching import MOST_MOVES, Moved, News, Place, Seen
from cartback.web.console.feed import Feed, Watcher

ADA = Visitor(UserRow(1, "ada@example.com", "Ada", "", 0), (), b"session")


def moved(*numbers: int) -> News:
    moves = [Moved(one, "idle", one, "", one, joined=True) for one in numbers]
    return News(Seen(Place(0, numbers[-1])), moves=moves)


async def told(*news: News) -> News | None:
    """What a watcher is told who reads only after all that."""
    watcher = Watcher(1, ADA, None)
    for one in news:
        watcher.tell(one)
    return await watcher.news(5)


def test_what_came_meanwhile_is_told_together_up_to_the_latest_place() -> None:
    news = asyncio.run(told(moved(1, 2), News(Seen(Place(7, 2)), figures=True), moved(3)))
    assert news is not None
    assert [one.number for one in news.moves] == [1, 2, 3]
    assert (news.figures, news.cut, news.seen.place) == (True, False, Place(0, 3))


def test_whoever_reads_too_slowly_is_told_to_look_anew() -> None:
    news = asyncio.run(told(moved(*range(1, MOST_MOVES + 1)), moved(MOST_MOVES + 1)))
    assert news is not None
    assert (news.cut, news.moves, news.seen.place.move) == (True, (), MOST_MOVES + 1)


def test_whoever_was_ended_is_told_nothing_more() -> None:
    async def ended() -> News | None:
        watcher = Watcher(1, ADA, None)
        watcher.tell(moved(1))
        watcher.end()
        await asyncio.sleep(0)
        return await watcher.news(5)

    assert asyncio.run(ended()) is None


def test_a_stream_whose_loop_is_gone_bothers_nobody() -> None:
    async def watcher() -> Watcher:
        return Watcher(1, ADA, None)

    gone = asyncio.run(watcher())
    gone.tell(moved(1))
    gone.end()


class Away:
    """A store that cannot be read, and says when that was tried the second time."""

    def __init__(self) -> None:
        self.tries = 0
        self.tried_again = Signal()

    def reading(self) -> AbstractContextManager[Reading]:
        self.tries += 1
        if self.tries > 1:
            self.tried_again.set()
        raise OSError("the store is away")


def test_a_look_that_fails_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    store = Away()
    feed = Feed(store, lambda: 0, pause=0.001, waits=0.001)  # type: ignore[arg-type]

    async def watch() -> bool:
        with feed.watched(1, ADA, None):
            return await asyncio.to_thread(store.tried_again.wait, 20)

    assert asyncio.run(watch())
    feed.close()
    assert "it is tried again" in caplog.text
    assert feed.watching == 0
