"""Head and body of an answer leave in one piece, and never later than the end of the line."""

import asyncio
from collections.abc import Callable, Iterable

from cartback.cli.coalesce import MOST_HELD, Coalescing, Data


class Line(asyncio.Transport):
    """The transport below: what it was given, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.is_closed = False

    def writelines(self, list_of_data: Iterable[Data]) -> None:
        assert not self.is_closed
        self.pieces.append(b"".join(list_of_data))

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def after_a_turn(say: Callable[[Coalescing, Line], None]) -> list[bytes]:
    """What the line was given by the end of the loop's turn."""

    async def turn() -> list[bytes]:
        line = Line()
        say(Coalescing(line, asyncio.get_running_loop()), line)
        await asyncio.sleep(0)
        return line.pieces

    return asyncio.run(turn())


def test_what_is_said_in_one_turn_is_one_piece() -> None:
    def say(line: Coalescing, below: Line) -> None:
        line.write(b"head ")
        line.write(bytearray(b"and body"))
        assert below.pieces == []

    assert after_a_turn(say) == [b"head and body"]


def test_each_turn_has_its_piece() -> None:
    async def turns() -> list[bytes]:
        below = Line()
        line = Coalescing(below, asyncio.get_running_loop())
        for word in (b"one", b"two"):
            line.write(word)
            await asyncio.sleep(0)
        return below.pieces

    assert asyncio.run(turns()) == [b"one", b"two"]


def test_much_is_handed_on_as_it_comes() -> None:
    half = b"x" * (MOST_HELD // 2)

    def say(line: Coalescing, below: Line) -> None:
        line.write(half)
        line.write(half)
        assert len(below.pieces) == 1
        line.write(b"rest")

    assert after_a_turn(say) == [half * 2, b"rest"]


def test_what_was_said_before_the_end_is_heard() -> None:
    def say(line: Coalescing, below: Line) -> None:
        line.write(b"goodbye")
        line.close()
        assert (below.pieces, below.is_closed) == ([b"goodbye"], True)

    assert after_a_turn(say) == [b"goodbye"]


def test_nothing_is_said_to_who_hung_up() -> None:
    def say(line: Coalescing, below: Line) -> None:
        line.write(b"hello?")
        below.close()
        assert line.is_closing()

    assert after_a_turn(say) == []


def test_an_abort_takes_back_what_was_not_written() -> None:
    def say(line: Coalescing, _below: Line) -> None:
        line.write(b"never mind")
        line.abort()

    assert after_a_turn(say) == []
