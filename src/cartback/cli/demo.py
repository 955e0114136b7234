"""`cartback demo`: a made-up shop on the real engine, whose time runs before your eyes."""

import logging
import shutil
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import click
from rich.console import Console

from cartback.cli.demo_console import OWNER, door_at, has_desktop, link_to, open_browser
from cartback.cli.demo_goods import WithShop, chores, stock_up
from cartback.cli.demo_post import DemoPost, begin_flows
from cartback.cli.demo_returns import Returns
from cartback.cli.demo_shop import KEY, Chosen, DemoClock, DemoShop, check_is_demo
from cartback.cli.ground import config as read_config
from cartback.cli.post_news import Handed
from cartback.cli.progress import bar
from cartback.cli.running import alone
from cartback.cli.scene import LiveScene
from cartback.cli.serving import Serving, bind_near, url_of
from cartback.config import Config
from cartback.demo.scene import Hints
from cartback.demo.segments import KEYS
from cartback.demo.story import ADA
from cartback.demo.terminal import watch
from cartback.demo.words import LANGUAGES, Words
from cartback.domain.instant import parse_instant
from cartback.wiring import Live, installation, make_folder

FOLDER: Final = Path("cartback-demo")
CURL: Final = """curl %s/v1/t -udemo: -d'{"event":"Checkout Started","userId":"me"}'"""


@click.command()
@click.option(
    "--speed",
    type=click.FloatRange(1, 100_000),
    default=60,
    show_default=True,
    metavar="N",
    help="Seconds of the shop's time in one of yours.",
)
@click.option(
    "--days",
    type=click.IntRange(9, 1_000),
    default=90,
    show_default=True,
    metavar="N",
    help="How many days the shop has been open when it begins.",
)
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="Stop by itself after so long; else Ctrl-C stops it.",
)
@click.option("--plain", is_flag=True, help="Line by line, for pipes and logs.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    show_default=True,
    metavar="FOLDER",
    help="Where the shop is kept.",
)
@click.option("--fresh", is_flag=True, help="From the beginning, instead of going on.")
@click.option("--seed", type=int, default=1, show_default=True, help="Other seeds, other shoppers.")
@click.option("--no-browser", is_flag=True, help="Print the console's link, and open nothing.")
@click.option("--opening", metavar="TIME", help="When it begins; else at 18:00 UTC, the latest.")
def demo(
    speed: float,
    days: int,
    seconds: float | None,
    plain: bool,
    language: str,
    data: Path,
    fresh: bool,
    seed: int,
    no_browser: bool,
    opening: str | None,
) -> None:
    """Watch a made-up shop: carts are filled and left, people enter and leave a segment.

    The products are real, the shoppers are simulated, and the engine is the one that `up` runs.
    It listens on a port, so that an event of yours appears among theirs at once, and serves the
    console: a link signs you in from this machine, and is opened where there is a desktop.

    \b
    Examples:
      cartback demo
      cartback demo --speed 600 --language ko
      cartback demo --plain --for 20
    """
    chosen = Chosen(
        seed=seed, days=days, opening=None if opening is None else parse_instant(opening)
    )
    found = read_config()
    config = replace(
        found,
        data=data,
        database=f"sqlite:///{data / 'cartback.db'}",
        tape=False,
        public_url="",  # it is this machine's alone
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    with alone(config):
        if fresh:
            _start_over(config)
        screen = Screen(language, speed, seconds, plain=plain, browser=not no_browser)
        _play(config, chosen, screen)
    _say_where(data, LANGUAGES[language])


@dataclass(frozen=True, slots=True)
class Screen:
    """How it is to be shown."""

    language: str
    speed: float
    seconds: float | None
    plain: bool
    browser: bool

    @property
    def words(self) -> Words:
        return LANGUAGES[self.language]

    @property
    def spoken(self) -> Literal["en", "ko"]:
        """The language of the shop's mail too."""
        return "ko" if self.language == "ko" else "en"


def _play(config: Config, chosen: Chosen, screen: Screen) -> None:
    data, words = config.data, screen.words
    make_folder(data)
    logging.basicConfig(filename=data / "demo.log", level=logging.WARNING, force=True)
    clock = DemoClock()
    with installation(config, clock=clock) as base:
        shop = DemoShop(base, clock, chosen)
        with bar("Opening the shop") as advance:
            for share, sentence in shop.load():
                advance(share, sentence)
            bound = bind_near(config.host, config.port)
            site = f"{url_of(bound)}/shop"
            begin_flows(base, shop.id, clock(), screen.spoken)
            stock_up(base, shop.id, site, screen.spoken)
        post = DemoPost(base, lambda: url_of(bound))
        door = door_at(bound)
        live = Live(base, door, post.inbox, post.try_out)
        handed = Handed(clock)
        returns = Returns(base, shop.id, handed.came_back, live.written)
        scene = LiveScene(base.store, shop.id, KEYS[0], clock, handed.news)
        with (
            bound,
            shop.staffed(OWNER, words.owner),
            live.at_work(wakes=False),
            Serving(
                WithShop(live.app, base, shop.id, screen.spoken, live.written),
                bound,
                live.feed.close,
            ),
            post.delivering(
                handed.tell, returns.hear, meanwhile=chores(base, shop.id, returns.act)
            ),
            shop.running(screen.speed, live.written, site),
        ):
            link = link_to(bound, door, screen.language)
            if link and screen.browser and has_desktop(is_terminal=sys.stdout.isatty()):
                open_browser(link)
            _watch(scene, screen, Hints(url_of(bound), KEY, KEYS[0], ADA.person.email, link))


def _watch(scene: LiveScene, screen: Screen, hints: Hints) -> None:
    began = time.monotonic()
    watch(
        scene,
        Console(),
        words=_with_curl(screen.words, hints.url, plain=screen.plain),
        hints=hints,
        speed=screen.speed,
        elapsed=lambda: time.monotonic() - began,
        wait=time.sleep,
        seconds=screen.seconds,
        plain=screen.plain,
    )


def _with_curl(words: Words, url: str, *, plain: bool) -> Words:
    """The way to take part stands where it can be seen while the shop runs."""
    curl = CURL % url.removeprefix("http://")
    if plain or not sys.stdout.isatty():
        click.echo(curl)
    return replace(
        words,
        footer=curl if shutil.get_terminal_size().columns < 130 else f"{words.footer} · {curl}",
    )


def _start_over(config: Config) -> None:
    """Remove the demo's own files, and nothing else. Raises Refusal."""
    if config.sqlite_file is None or not config.sqlite_file.exists():
        return
    with installation(config) as base, base.store.reading() as reading:
        check_is_demo(reading)
    for file in config.data.glob("cartback.db*"):
        if not file.name.endswith(".lock"):
            file.unlink()


def _say_where(data: Path, words: Words) -> None:
    """The commands above are about the demo's shop only where they look into its folder."""
    lines = [f"export CARTBACK_DATA={data}"]
    if shutil.which("cartback") is None:
        script = Path(sys.argv[0])
        module = f"'{sys.executable} -m cartback'"
        lines.append(f"alias cartback={module if script.suffix == '.py' else script}")
    click.echo(words.where.format(folder=data))
    for line in lines:
        click.echo(f"    {line}")
