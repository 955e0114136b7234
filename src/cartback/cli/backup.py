"""`cartback backup` and `cartback restore`: the whole store as one file, and back."""

import shutil
from pathlib import Path

import click

from cartback.cli.asking import ask
from cartback.cli.errors import Refusal
from cartback.cli.ground import config as read_config
from cartback.cli.ground import yes_option
from cartback.cli.running import alone
from cartback.store import backup as store_backup
from cartback.wiring import make_folder


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the whole store into a new file, also while Cartback is up.

    The copy is as of one instant, and is checked. The tape is not in it: it is written anew from
    the log. It holds personal data: keep it as well guarded as the store.

    \b
    Example:
      cartback backup "cartback-$(date +%F).db"
    """
    config = read_config()
    if not file.absolute().parent.is_dir():
        raise Refusal(f"there is no folder {file.absolute().parent}")
    store_backup.backup(config.database, file)
    file.chmod(0o600)
    click.echo(f"Wrote {file} ({_size(file)}).")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@yes_option
def restore(file: Path, yes: bool) -> None:
    """Put a backup in the place of the store. Cartback must not be up.

    A SQLite file that was there is kept beside it, with `.before-restore` at the end of its name.

    \b
    Example:
      cartback restore cartback-2026-03-01.db
    """
    config = read_config()
    with alone(config):
        if not yes and (config.sqlite_file is None or config.sqlite_file.exists()):
            ask(f"Put {file} in the place of the present store?")
        if config.sqlite_file is not None:
            make_folder(config.sqlite_file.parent)
        store_backup.restore(config.database, file)
        # It may tell of events that the restored log does not have; it is written anew.
        shutil.rmtree(config.tape_folder, ignore_errors=True)
    click.echo("Restored. Now check it: cartback doctor")


def _size(file: Path) -> str:
    size = float(file.stat().st_size)
    for unit in ("bytes", "KB", "MB"):
        if size < 1_000:
            return f"{size:,.0f} {unit}"
        size /= 1_000
    return f"{size:,.1f} GB"
