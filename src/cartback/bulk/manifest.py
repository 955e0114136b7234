"""Which files the tape has, and how far in the log it reaches: one small file, replaced whole."""

import os
from pathlib import Path
from typing import Final

import msgspec

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.log_ports import Seq

FORMAT: Final = 1
NAME: Final = "manifest.json"


class TapeFile(msgspec.Struct, frozen=True):
    """One Parquet file: its name below the shop's folder, and what it holds."""

    name: str
    day: str
    rows: int
    first_seq: Seq
    last_seq: Seq
    first_time: Instant
    last_time: Instant


class Manifest(msgspec.Struct, frozen=True):
    """The state of one shop's tape. Everything in the log up to `position` is in the files.

    `edition` grows with every change; `amendments` when rows in the files were
    taken out or given to another profile.
    """

    format: int = FORMAT
    edition: int = 0
    amendments: int = 0
    position: Seq = 0
    files: tuple[TapeFile, ...] = ()


def shop_folder(folder: Path, shop: ShopId) -> Path:
    """Where a shop's tape is."""
    return folder / f"shop={shop}"


def read_manifest(home: Path) -> Manifest:
    """The tape as it is; an empty one where nothing was written, or in an older format."""
    try:
        text = (home / NAME).read_bytes()
    except FileNotFoundError:
        return Manifest()
    if msgspec.json.decode(text, type=_Header).format != FORMAT:
        return Manifest()
    return msgspec.json.decode(text, type=Manifest)


def save_manifest(home: Path, manifest: Manifest) -> None:
    """Replace the manifest: a reader sees the old one or the new one, also after a power cut."""
    draft = home / (NAME + ".draft")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    keep(draft)
    draft.replace(home / NAME)
    keep(home)


def keep(path: Path) -> None:
    """Make a file or a folder's entries durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Header(msgspec.Struct, frozen=True):
    format: int = 0
