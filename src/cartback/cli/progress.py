"""What a person sees while something takes its time: a bar on standard error, never in a pipe."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TypeAlias

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cartback.cli.ground import AtShop
from cartback.cli.running import who_is_up
from cartback.engine.backfill import backfill, is_needed
from cartback.engine.ports import Clock, Contention
from cartback.wiring.tape import tape_position, tape_recaller

Advance: TypeAlias = Callable[[float, str], None]
"""Show that so much of 1 is done, and a few words."""


@contextlib.contextmanager
def bar(title: str, *, quiet: bool = False) -> Iterator[Advance]:
    """A progress bar within the block; nothing where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield lambda _share, _words: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=1.0, words="")
        yield lambda share, words: progress.update(task, completed=share, words=words)


def make_live(at: AtShop) -> None:
    """Let a new or changed segment find its members: here, or by the process that is at work."""
    holder = who_is_up(at.base.config)
    if holder is None:
        find_members(at, at.base.clock)
    elif holder.url:
        click.echo(f"The running Cartback ({holder}) finds the members now.", err=True)
    else:
        click.echo(f"The running replay ({holder}) finds the members at its end.", err=True)


def find_members(at: AtShop, clock: Clock) -> None:
    """Bring everybody to the present rules, as of that clock."""
    base = at.base
    recaller = tape_recaller(base) if tape_position(base, at.id) else None
    with bar("Finding members") as advance:
        while is_needed(base.store, at.id):
            # On PostgreSQL a server may be doing the same: both go on from the same place.
            with contextlib.suppress(Contention):
                steps = backfill(base.store, base.rulebook, at.id, clock, recaller)
                for done, total in steps:
                    advance(done / max(total, 1), f"{done:,} of {total:,} profiles")
