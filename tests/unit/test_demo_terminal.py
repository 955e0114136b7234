"""The demo's view: fits the terminal, speaks both languages, and leaves when it is told to."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import fields
from string import Formatter

import pytest
from rich.cells import cell_len
from rich.console import Console

from cartback.demo.scene import Because, Counters, Hints, Kind, Look, News
from cartback.demo.terminal import View, sparkline, watch
from cartback.demo.words import ENGLISH, KOREAN, LANGUAGES, Words, money
from cartback.domain.instant import DAY, HOUR, MINUTE, WEEK, parse_instant

NOON = parse_instant("2026-11-22T12:03:17Z")
KEY = "cb_pub_7lfu6uHD52Yr0LTd-5UvobrgDdYhFi3KFGeTv-UEeYg"
LINK = "http://127.0.0.1:8000/demo/u9K2mN4xQ_7c?language=ko"
HINTS = Hints("http://127.0.0.1:8000", KEY, "recent-cart-abandoners", "ada@example.com", LINK)
COUNTERS = Counters(
    events=220_000,
    profiles=15_000,
    open=41,
    abandoned=1_203,
    recovered=12,
    at_stake=4_320_410,
    members=151,
    mailed=34,
    spared=5,
    unasked=21,
)
NEWS = (
    News(NOON, Kind.ENTERED, "Anna Lantern", 8_420, NOON + WEEK),
    News(NOON, Kind.ENTERED, "", 999),
    News(NOON, Kind.LEFT, "Tom Teacup", because=Because.TIME),
    News(NOON, Kind.LEFT, "Mina Ribbon", because=Because.ORDER),
    News(NOON, Kind.ABANDONED, "Ada Paperchain", 12_345),
    News(NOON, Kind.RECOVERED, "Mina Ribbon", 2_455),
    News(NOON, Kind.MAILED, "Ada Lantern", mail="help", things=2),
    News(NOON, Kind.SPARED, "Vera Saucer", because=Because.ORDER, before=3 * MINUTE),
    News(NOON, Kind.SPARED, "Gita Spoon", because=Because.NO_CONSENT),
    News(NOON, Kind.RETURNED, "Mei Zinc"),
)


class Scripted:
    """A scene of given looks."""

    def __init__(self, looks: Iterator[Look]) -> None:
        self._looks = looks
        self.looked = 0

    def look(self) -> Look:
        self.looked += 1
        return next(self._looks)


def endless() -> Iterator[Look]:
    now = NOON
    while True:
        yield Look(now, COUNTERS, NEWS[:1] if now == NOON else ())
        now += 10 * MINUTE


def shown(
    looks: Iterator[Look],
    *,
    words: Words = ENGLISH,
    seconds: float | None = None,
    wait: Callable[[float], None] | None = None,
    terminal: bool = False,
) -> str:
    """What is written until the end; time passes only by waiting."""
    out = io.StringIO()
    passed = [0.0]

    def let_pass(seconds: float) -> None:
        passed[0] += seconds

    console = Console(
        file=out, width=80, height=24, force_terminal=terminal, _environ={"TERM": "xterm"}
    )
    watch(
        Scripted(looks),
        console,
        words=words,
        hints=HINTS,
        speed=600,
        elapsed=lambda: passed[0],
        wait=wait or let_pass,
        seconds=seconds,
    )
    return out.getvalue()


# --- line by line ---------------------------------------------------------------------------


def test_without_a_terminal_news_come_line_by_line() -> None:
    text = shown(iter([Look(NOON, COUNTERS, NEWS), Look(NOON + HOUR, COUNTERS, over=True)]))
    assert (
        "2026-11-22 12:03:17  ENTERED  Anna Lantern left £84.20 in the cart —"
        " leaves 2026-11-29 12:03:17 unless something happens\n"
    ) in text
    assert "ENTERED  A visitor left £9.99 in the cart\n" in text
    assert "LEFT  Tom Teacup: a week is over, to the second\n" in text
    assert "LEFT  Mina Ribbon placed an order\n" in text
    assert "ABANDONED  Ada Paperchain: £123.45 untouched for an hour\n" in text
    assert "RECOVERED  Mina Ribbon came back and ordered for £24.55\n" in text
    assert "MAIL  mail to Ada Lantern: cart help (2 things)\n" in text
    assert "NO MAIL  no mail to Vera Saucer: ordered 3 minutes before\n" in text
    assert "NO MAIL  no mail to Gita Spoon: never agreed to any\n" in text
    assert "CLICKED  Mei Zinc came back through the mail (simulated)\n" in text
    assert "mails: 34 · ordered before the next: 5 · never agreed: 21\n" in text
    assert "\x1b" not in text


def test_the_consoles_link_is_said_first_or_why_there_is_none() -> None:
    assert shown(iter([Look(NOON, COUNTERS, over=True)])).splitlines()[1].endswith(LINK)
    assert ENGLISH.no_console in "\n".join(picture(View(ENGLISH, 600), 80, 24))


def test_how_it_stands_is_said_once_an_hour_and_at_the_end() -> None:
    looks = [Look(NOON + step * 10 * MINUTE, COUNTERS) for step in range(13)]
    looks.append(looks.pop()._replace(over=True))
    text = shown(iter(looks))
    assert text.count("in the segment: 151 · carts abandoned: 1,203") == 3


def test_it_stops_after_the_seconds_that_were_asked_for() -> None:
    text = shown(endless(), seconds=60)
    assert text.count("in the segment:") > 50
    assert "What to try next" in text


def test_ctrl_c_ends_it_with_what_to_try_next() -> None:
    waits = [0]

    def interrupted(seconds: float) -> None:
        waits[0] += 1
        if waits[0] == 3:
            raise KeyboardInterrupt

    for terminal in (False, True):
        waits[0] = 0
        text = shown(endless(), wait=interrupted, terminal=terminal)
        assert "curl http://127.0.0.1:8000/v1/track" in text
        assert f"-u '{KEY}:'" in text
        assert "cartback segment explain recent-cart-abandoners ada@example.com" in text
        assert "recovered in 24 h: 12" in text


# --- the picture ----------------------------------------------------------------------------


def picture(view: View, width: int, height: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    with console.capture() as captured:
        console.print(view.picture(), height=height)
    return captured.get().rstrip("\n").split("\n")


@pytest.fixture(params=["en", "ko"])
def view(request: pytest.FixtureRequest) -> View:
    view = View(LANGUAGES[request.param], 600, LINK)
    past = [(NOON - DAY + step * MINUTE, 140 + step // 60) for step in range(24 * 60)]
    view.take(Look(NOON, COUNTERS, NEWS * 5, past=past))
    return view


@pytest.mark.parametrize("width, height", [(80, 24), (120, 40), (60, 16), (200, 60)])
def test_the_picture_fits_the_terminal(view: View, width: int, height: int) -> None:
    lines = picture(view, width, height)
    assert len(lines) <= height
    assert max(map(cell_len, lines)) <= width


def test_at_80_by_24_everything_is_there(view: View) -> None:
    text = "\n".join(picture(view, 80, 24))
    words = view.words
    for part in (
        words.title,
        words.members,
        words.news,
        words.footer,
        words.console.format(link=LINK),
        "600\N{MULTIPLICATION SIGN}",
    ):
        assert part in text
    for label in (words.open, words.abandoned, words.recovered, words.at_stake):
        assert label in text
    for figure in ("41", "1,203", "£43,204.10", "151", "12:03:17"):
        assert figure in text
    for news in NEWS:
        assert words.labels[news.kind] in text
        assert words.tell(news, short=True) in text
    assert "\N{HORIZONTAL ELLIPSIS}" not in text


def test_the_newest_lines_stay() -> None:
    view = View(ENGLISH, 600)
    for step in range(100):
        view.take(Look(NOON, COUNTERS, [News(NOON, Kind.LEFT, f"Number {step}")]))
    text = "\n".join(picture(view, 80, 24))
    assert "Number 99" in text
    assert "Number 50" not in text


def test_before_the_first_news_it_says_that_it_waits() -> None:
    assert ENGLISH.waiting in "\n".join(picture(View(ENGLISH, 1), 80, 24))


def test_a_terminal_gets_the_picture_and_keeps_the_last_line() -> None:
    text = shown(endless(), seconds=1, terminal=True)
    assert "\x1b[?1049h" in text  # the other screen …
    assert text.index("\x1b[?1049l") < text.index("in the segment: 151")  # … and back


# --- parts ----------------------------------------------------------------------------------


def test_the_sparkline_is_low_where_the_segment_was_small() -> None:
    sizes = [(NOON - DAY + step * HOUR, 10 + step) for step in range(25)]
    upper, lower = sparkline(sizes, NOON, 24)
    assert lower[0] == "▁"
    assert upper[-1] in "▆▇█"
    assert lower[-1] == "█"
    assert (len(upper), len(lower)) == (24, 24)


def test_the_sparkline_is_blank_where_nothing_is_known() -> None:
    assert sparkline([], NOON, 10) == ("", "")
    assert sparkline([(NOON, 5)], NOON, 4) == ("    ", "   ▁")
    assert sparkline([(NOON - 2 * DAY, 5)], NOON, 4) == ("", "")


@pytest.mark.parametrize(
    "length, english, korean",
    [
        (20_000, "1 minute", "1분"),
        (MINUTE, "1 minute", "1분"),
        (40 * MINUTE, "40 minutes", "40분"),
        (23 * HOUR, "23 hours", "23시간"),
        (2 * DAY, "2 days", "2일"),
    ],
)
def test_how_long_before_is_said_in_the_largest_unit(
    length: int, english: str, korean: str
) -> None:
    assert (ENGLISH.span(length), KOREAN.span(length)) == (english, korean)


@pytest.mark.parametrize(
    "amount, text",
    [(0, "£0.00"), (8_420, "£84.20"), (123_456_789, "£1,234,567.89"), (-5, "-£0.05")],
)
def test_money_is_written_in_pounds(amount: int, text: str) -> None:
    assert money(amount) == text


def test_both_languages_fill_in_the_same() -> None:
    def blanks(text: str) -> set[str]:
        return {name.split(".")[0] for _, name, _, _ in Formatter().parse(text) if name}

    for field in fields(Words):
        english, korean = getattr(ENGLISH, field.name), getattr(KOREAN, field.name)
        if isinstance(english, str) and not field.name.startswith("date"):
            assert blanks(english) == blanks(korean), field.name
        elif isinstance(english, dict):
            assert english.keys() == korean.keys()


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_what_to_try_next_fits_80_columns(words: Words) -> None:
    lines = words.goodbye(HINTS).splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert any(line.strip() == "cartback demo" for line in lines)
