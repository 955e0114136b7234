"""`cartback replay`: events from a file, each at its own time."""

import contextlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

from cartback.cli.errors import Refusal
from cartback.cli.ground import AtShop, json_option, open_shop, shop_option
from cartback.cli.output import clean, counted, moment, say_json, say_rows, when
from cartback.cli.progress import Advance, bar, find_members
from cartback.cli.running import alone, who_is_up
from cartback.engine.replay import (
    Bookmark,
    Portion,
    Progress,
    Replay,
    ScaledClock,
    at_once,
    in_pace,
    in_portions,
    latest_clock,
)
from cartback.engine.stopped_clock import let_run
from cartback.engine.wake import wake_all
from cartback.sources.file import (
    Format,
    LogFile,
    Mapping,
    Placed,
    Survey,
    parse_mapping,
    survey,
)
from cartback.wiring import real_clock

TICK_SECONDS = 0.1


class Wish(NamedTuple):
    """How the file is to be taken."""

    speed: float | None
    live_clock: bool
    backfill: bool
    anew: bool
    quiet: bool

    @property
    def drives_clock(self) -> bool:
        """Whether the events' own times drive the clock."""
        return not (self.live_clock or self.backfill)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="YAML",
    help="How the columns of a CSV file become events.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["cartback", "segment", "csv"]),
    help="cartback, or csv where there is a mapping.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help="Let N seconds pass in one, instead of going as fast as it can.",
)
@click.option(
    "--live-clock", is_flag=True, help="The events arrive now, late; beside a running Cartback too."
)
@click.option(
    "--backfill", is_flag=True, help="History: changes memory and segments, and starts nothing."
)
@click.option("--anew", is_flag=True, help="From the beginning, even if it was begun before.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
@shop_option
@json_option
def replay(
    file: Path,
    mapping: Path | None,
    form: Format | None,
    speed: float | None,
    live_clock: bool,
    backfill: bool,
    anew: bool,
    quiet: bool,
    shop_name: str | None,
    as_json: bool,
) -> None:
    """Take past events from a file as if each had just been sent, on a simulated clock.

    Members enter and leave at the instants at which they would have. A replay that was stopped
    goes on where it was. Files: JSON lines, Segment messages, or CSV with a mapping, plain or gzip
    (docs/replay.md).

    \b
    Examples:
      cartback replay events.jsonl.gz
      cartback replay carts.csv --mapping carts.yaml --speed 600
      cartback replay old-orders.jsonl --backfill
    """
    if sum((speed is not None, live_clock, backfill)) > 1:
        raise click.UsageError("choose one of --speed, --live-clock and --backfill")
    at = open_shop(shop_name)
    known = parse_mapping(mapping.read_text("utf-8-sig")) if mapping else None
    history = backfill or (known is not None and known.backfill)
    wish = Wish(speed, live_clock, history, anew, quiet)
    log = _open(at, file, known, form or ("csv" if known else "cartback"), wish)
    began = time.perf_counter()
    progress, found = _run(at, log, wish)
    _say_result(at, progress, found, time.perf_counter() - began, as_json=as_json)


def _open(at: AtShop, file: Path, mapping: Mapping | None, form: Format, wish: Wish) -> LogFile:
    now = real_clock()
    return LogFile(
        file,
        shop=at.id,
        format=form,
        mapping=mapping,
        received=None if wish.drives_clock else now,
        backfill=wish.backfill,
        now=now,
    )


def _run(at: AtShop, log: LogFile, wish: Wish) -> tuple[Progress, Survey]:
    with bar("Reading", quiet=wish.quiet) as advance:
        found = survey(_watched(log.read(), log, advance))
    if found.first is None:
        raise Refusal(f"{log.path} holds no event that can be taken{_first_drop(found)}")
    with contextlib.ExitStack() as stack:
        if wish.drives_clock:
            stack.enter_context(alone(at.base.config))
        return _take(at, log, wish, found), found


def _take(at: AtShop, log: LogFile, wish: Wish, found: Survey) -> Progress:
    base = at.base
    run = Replay(base.store, base.rulebook, at.id, name=log.file.head, size=log.file.size)
    sort = wish.drives_clock and found.disorder is not None
    mark = None if wish.anew else _usable(run.bookmark(), log, sort=sort)
    if wish.drives_clock:
        _check_clock(at, mark, found)
    else:
        with base.store.transaction() as tx:
            let_run(tx, at.id)
    if mark is not None and mark.place and not mark.finished:
        click.echo(f"Going on behind row {mark.place:,}.", err=True)
    progress = Progress.at(mark)
    rows = log.read(progress.place, sort=sort)
    with bar("Replaying", quiet=wish.quiet) as advance:
        for progress in run.run(_portions(rows, wish, mark, found), mark):
            share = progress.place / _rows_of(found) if sort else log.share
            advance(
                share, f"{moment(progress.clock, at.zone)}  {counted(progress.accepted, 'event')}"
            )
    if wish.drives_clock:
        find_members(at, lambda: progress.clock)  # of a segment that was made meanwhile
    elif who_is_up(base.config) is None:
        wake_all(base.store, base.rulebook, real_clock())
    return progress


def _usable(mark: Bookmark | None, log: LogFile, *, sort: bool) -> Bookmark | None:
    """A place counts in the order in which it was read; a file that grew sorts otherwise."""
    if mark is None or mark.size > log.file.size or (sort and mark.size != log.file.size):
        return None
    return mark


def _check_clock(at: AtShop, mark: Bookmark | None, found: Survey) -> None:
    """Time does not run backwards: nobody may be further than the file. Raises Refusal."""
    with at.base.store.reading() as reading:
        latest = latest_clock(reading, at.id)
    reached = max(found.first or 0, mark.reach if mark else 0)
    if latest > reached:
        raise Refusal(
            f"the shop's clock is at {moment(latest, at.zone)}, and this file begins at"
            f" {moment(found.first or 0, at.zone)}; import it as history with --backfill,"
            " or replay it into an empty database"
        )


def _portions(
    rows: Iterable[Placed], wish: Wish, mark: Bookmark | None, found: Survey
) -> Iterable[Portion]:
    if not wish.drives_clock:
        return at_once(rows)
    if wish.speed is None:
        return in_portions(rows)
    start = max(found.first or 0, mark.reach if mark else 0)
    clock = ScaledClock(start, wish.speed, real_clock)
    return in_pace(rows, clock=clock, wait=lambda: time.sleep(TICK_SECONDS))


def _watched(rows: Iterable[Placed], log: LogFile, advance: Advance) -> Iterator[Placed]:
    for number, row in enumerate(rows):
        if number % 1_000 == 0:
            advance(log.share, counted(number, "row"))
        yield row


def _rows_of(found: Survey) -> int:
    return max(found.events + sum(found.dropped.values()), 1)


def _first_drop(found: Survey) -> str:
    if not found.examples:
        return ""
    row, first = found.examples[0]
    return f"; row {row}: {first.reason}: {first.detail}"


def _say_drops(reason: str, count: int, found: Survey) -> None:
    """How many rows, the first of them with what is wrong, and how many more there are."""
    shown = [(row, one.detail) for row, one in found.examples if one.reason == reason]
    click.echo(f"{counted(count, 'row')} dropped: {reason}")
    for row, detail in shown:
        click.echo(f"  row {row}: {clean(detail)}")
    more = count - len(shown)
    if shown and more > 0:
        click.echo(f"  … and {more:,} more")


def _say_result(
    at: AtShop, progress: Progress, found: Survey, seconds: float, *, as_json: bool
) -> None:
    with at.base.store.reading() as reading:
        sizes = {
            row.key: reading.count_members(at.id, row.key)
            for row in reading.segments(at.id)
            if row.status == "live"
        }
        counts = reading.counts(at.id)
    if as_json:
        say_json(
            {
                "seconds": round(seconds, 3),
                "events": progress.accepted,
                "before": found.events - progress.accepted,
                "duplicates": progress.duplicates,
                "drops": progress.drops,
                "first": when(found.first),
                "last": when(found.last),
                "profiles": counts["profiles"],
                "segments": sizes,
            }
        )
        return
    speed = f", {progress.accepted / seconds:,.0f} a second" if seconds >= 1 else ""
    before = found.events - progress.accepted
    click.echo(
        f"{counted(found.events, 'event')} in {seconds:,.1f} s{speed}:"
        f" {progress.accepted:,} new, {before:,} taken before."
    )
    for reason, count in progress.drops.items():
        _say_drops(reason, count, found)
    click.echo(
        f"{counted(counts['profiles'], 'profile')}, clock at {moment(progress.clock, at.zone)}."
    )
    if sizes:
        say_rows(("segment", "members"), [(key, f"{size:,}") for key, size in sizes.items()], "")
