"""The demo in the terminal: a clock that runs, carts that are left, and people who come and go."""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from rich.align import Align
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from cartback.demo.scene import Because, Counters, Hints, Kind, Look, News, Scene
from cartback.demo.words import Words, money
from cartback.domain.instant import DAY, HOUR, Instant, datetime_of

FRAMES_A_SECOND: Final = 8
_KEPT: Final = 200
_WIDE: Final = 112  # columns from which on a sentence is written in full
_BARS: Final = "▁▂▃▄▅▆▇█"
_QUIET: Final = "bright_black"
_STYLES: Final = {
    Kind.ENTERED: "bold yellow",
    Kind.LEFT: "bold blue",
    Kind.ABANDONED: "bold red",
    Kind.RECOVERED: "bold green",
    Kind.MAILED: "bold magenta",
    Kind.SPARED: "bold cyan",
    Kind.RETURNED: "bold magenta",
}


def watch(
    scene: Scene,
    console: Console,
    *,
    words: Words,
    hints: Hints,
    speed: float,
    elapsed: Callable[[], float],
    wait: Callable[[float], None],
    seconds: float | None = None,
    plain: bool = False,
) -> None:
    """Show the scene until it is over, `seconds` have passed on `elapsed`, or Ctrl-C.

    On a terminal as a picture that moves; with `plain`, or where there is none, line by line.
    In the end it says what to try next.
    """
    picture = console.is_terminal and not console.is_dumb_terminal and not plain
    show = _show_picture if picture else _show_lines
    show(scene, console, words, speed, _Limit(elapsed, wait, seconds), hints.link)
    console.print(Text(words.goodbye(hints)), soft_wrap=True)


class _Limit:
    """When to stop, and how long to wait between two looks."""

    def __init__(
        self, elapsed: Callable[[], float], wait: Callable[[float], None], seconds: float | None
    ) -> None:
        self._elapsed = elapsed
        self._wait = wait
        self._seconds = seconds

    def reached(self, look: Look) -> bool:
        """Whether this was the last look; if not, some time has passed."""
        if look.over or (self._seconds is not None and self._elapsed() >= self._seconds):
            return True
        self._wait(1 / FRAMES_A_SECOND)
        return False


def _show_picture(
    scene: Scene, console: Console, words: Words, speed: float, limit: _Limit, link: str
) -> None:
    view = View(words, speed, link)
    with (
        suppress(KeyboardInterrupt),
        Live(view.picture(), console=console, screen=True, auto_refresh=False) as live,
    ):
        while True:
            look = scene.look()
            view.take(look)
            live.update(view.picture(), refresh=True)
            if limit.reached(look):
                break
    console.print(view.summary(), soft_wrap=True)
    console.print()


def _show_lines(
    scene: Scene, console: Console, words: Words, speed: float, limit: _Limit, link: str
) -> None:
    """Every piece of news, and once an hour of the shop's time how it stands."""

    def say(line: str) -> None:
        console.print(Text(line), soft_wrap=True)

    say(f"{words.title}  {_times(speed)}")
    say(words.console.format(link=link) if link else words.no_console)
    hour = None
    with suppress(KeyboardInterrupt):
        while True:
            look = scene.look()
            for news in look.news:
                sentence = words.tell(news, short=False)
                say(f"{words.moment(news.at)}  {words.labels[news.kind]}  {sentence}")
            last = limit.reached(look)
            if last or look.now // HOUR != hour:
                hour = look.now // HOUR
                say(status(words, look))
                say(post(words, look))
            if last:
                break
    say("")


def status(words: Words, look: Look) -> str:
    """How the shop stands, in a line."""
    counters = look.counters
    return words.status.format(
        now=words.moment(look.now),
        members=f"{counters.members:,}",
        abandoned=f"{counters.abandoned:,}",
        recovered=f"{counters.recovered:,}",
        at_stake=money(counters.at_stake),
    )


def post(words: Words, look: Look) -> str:
    """What became of the mails, in a line."""
    counters = look.counters
    return words.post.format(
        mailed=f"{counters.mailed:,}",
        spared=f"{counters.spared:,}",
        unasked=f"{counters.unasked:,}",
    )


class View:
    """What has been seen so far, as a picture of any size."""

    def __init__(self, words: Words, speed: float, link: str = "") -> None:
        self.words = words
        self._link = link
        self._speed = speed
        self._look = Look(0, Counters())
        self._news: deque[News] = deque(maxlen=_KEPT)
        self._sizes: deque[tuple[Instant, int]] = deque()

    def take(self, look: Look) -> None:
        """Remember a look at the scene."""
        self._look = look
        self._news.extend(look.news)
        self._sizes.extend(look.past)
        self._sizes.append((look.now, look.counters.members))
        while self._sizes[0][0] < look.now - DAY:
            self._sizes.popleft()

    def summary(self) -> Text:
        """What stays on the terminal when the picture is gone."""
        return Text(f"{status(self.words, self._look)}\n{post(self.words, self._look)}")

    def picture(self) -> Layout:
        """It fills the screen that it is drawn on."""
        layout = Layout()
        layout.split_column(
            Layout(self._title(), size=1),
            Layout(self._tiles(), size=4),
            Layout(_Sized(self._segment), size=5),
            Layout(_Sized(self._feed)),
            Layout(Align.center(self._console()), size=1),
            Layout(Align.center(Text(self.words.footer, style=_QUIET)), size=1),
        )
        return layout

    def _console(self) -> Text:
        """A terminal that knows how opens the address when it is clicked."""
        if not self._link:
            return Text(self.words.no_console, style=_QUIET)
        before, _, after = self.words.console.partition("{link}")
        return Text.assemble(before, (self._link, Style(bold=True, link=self._link)), after)

    def _title(self) -> RenderableType:
        now = self._look.now
        clock = Text.assemble(
            (f"{self.words.weekdays[datetime_of(now).weekday()]} {self.words.moment(now)}", "bold"),
            (f"  {_times(self._speed)} ", _QUIET),
        )
        line = Table.grid(expand=True)
        line.add_column(ratio=1, no_wrap=True)
        line.add_column(justify="right", no_wrap=True)
        line.add_row(Text(f" {self.words.title}", style="bold cyan"), clock)
        return line

    def _tiles(self) -> RenderableType:
        counters, words = self._look.counters, self.words
        tiles = (
            (f"{counters.open:,}", words.open, "bold"),
            (f"{counters.abandoned:,}", words.abandoned, "bold red"),
            (f"{counters.recovered:,}", words.recovered, "bold green"),
            (money(counters.at_stake), words.at_stake, "bold yellow"),
        )
        grid = Table.grid(expand=True)
        for _ in tiles:
            grid.add_column(ratio=1, justify="center", no_wrap=True)
        grid.add_row(*(Text(value, style=style) for value, _, style in tiles))
        grid.add_row(*(Text(label, style=_QUIET) for _, label, _ in tiles))
        return Panel(grid, border_style=_QUIET)

    def _segment(self, width: int, _: int) -> RenderableType:
        sizes = [size for _, size in self._sizes] or [0]
        inside = width - 4
        size = f"{self._look.counters.members:,}"
        reach = f"{min(sizes):,}-{max(sizes):,} · {self.words.last_day}"
        head = Table.grid(expand=True)
        head.add_column(ratio=1, no_wrap=True)
        head.add_column(justify="right", no_wrap=True)
        head.add_row(
            Text.assemble((self.words.members, "bold"), "  ", (size, "bold yellow")),
            Text(reach, style=_QUIET),
        )
        bars = Text("\n".join(sparkline(self._sizes, self._look.now, inside)), style="yellow")
        return Panel(Group(head, bars), border_style="yellow")

    def _feed(self, width: int, height: int) -> RenderableType:
        rows = max(height - 2, 0)
        short = width < _WIDE
        label = max(cell_len(one) for one in self.words.labels.values())
        lines = Table.grid(padding=(0, 2, 0, 0), expand=True)
        lines.add_column(no_wrap=True, style=_QUIET, min_width=8)
        lines.add_column(no_wrap=True, min_width=label)
        lines.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for news in list(self._news)[-rows:] if rows else ():
            quiet = news.because in (Because.TIME, Because.NO_CONSENT)
            lines.add_row(
                f"{datetime_of(news.at):%H:%M:%S}",
                Text(self.words.labels[news.kind], style=_STYLES[news.kind]),
                Text(self.words.tell(news, short=short), style=_QUIET if quiet else ""),
            )
        body: RenderableType = lines if self._news else Text(self.words.waiting, style=_QUIET)
        return Panel(
            body,
            title=self.words.news,
            title_align="left",
            subtitle=post(self.words, self._look),
            subtitle_align="right",
            border_style=_QUIET,
        )


class _Sized:
    """Something to draw that needs to know how much room there is."""

    def __init__(self, draw: Callable[[int, int], RenderableType]) -> None:
        self._draw = draw

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> "list[RenderableType]":
        return [self._draw(options.max_width, options.height or console.height)]


def sparkline(sizes: Iterable[tuple[Instant, int]], now: Instant, width: int) -> tuple[str, str]:
    """The segment's size over the last day in two lines of bars; blank where it is not known."""
    columns: list[int | None] = [None] * width
    for at, size in sizes:
        place = (at - (now - DAY)) * width // DAY
        if 0 <= place <= width:
            columns[min(place, width - 1)] = size
    known = [size for size in columns if size is not None]
    if not known:
        return "", ""
    low, reach = min(known), max(max(known) - min(known), 1)
    levels = 2 * len(_BARS) - 1
    upper, lower = "", ""
    level: int | None = None
    for column in columns:
        if column is not None:
            level = (column - low) * (levels - 1) // reach + 1
        upper += " " if level is None or level < len(_BARS) else _BARS[level - len(_BARS)]
        lower += " " if level is None else _BARS[min(level, len(_BARS)) - 1]
    return upper, lower


def _times(speed: float) -> str:
    return f"{speed:,.0f}\N{MULTIPLICATION SIGN}"
