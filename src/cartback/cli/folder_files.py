"""A folder of definitions on the disk: read whole, and written without losing anybody's edits."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from cartback.cli.documents import read_document
from cartback.cli.errors import Refusal
from cartback.cli.written import as_yaml
from cartback.domain.event import Json
from cartback.domain.rules import Settings
from cartback.engine.definitions import DEFINITION_KINDS
from cartback.engine.folder import (
    ENDINGS,
    SEGMENTS,
    SHOP,
    BadFolder,
    Folder,
    definition_base,
    read_folder,
    segment_base,
    shop_base,
)

FOLDERS: Final = (SEGMENTS, *(kind.folder for kind in DEFINITION_KINDS))
_WHAT: Final = "a definition is an object"


def read_files(folder: Path) -> dict[str, Json]:
    """The documents in the folder by their names in it. Raises Refusal and BadFolder."""
    if not folder.is_dir():
        raise Refusal(f"there is no folder {folder}")
    documents: dict[str, Json] = {}
    problems: list[str] = []
    for file in _files(folder):
        path = folder / file
        try:
            documents[file] = read_document(str(path), _WHAT)
        except Refusal as refused:
            problems.append(refused.message.replace(str(path), file, 1))
        except OSError as error:
            problems.append(f"{file}: {error.strerror}")
    if problems:
        raise BadFolder(problems)
    return documents


def _files(folder: Path) -> Iterator[str]:
    """shop.yaml, and what is in segments/, templates/ and so on: other files do not matter."""
    folders = [folder / one for one in FOLDERS]
    below = [path for one in folders if one.is_dir() for path in one.iterdir()]
    for path in sorted([*folder.glob(f"{SHOP}.*"), *below]):
        if path.suffix in ENDINGS and path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix()


def write_files(
    folder: Path, documents: Mapping[str, Mapping[str, Json]], present: Settings, overwrite: bool
) -> list[str]:
    """Write those that are not there as they are; which ones that were.

    Raises Refusal where this would undo edits, or leave two files that define the same.
    """
    texts = {file: as_yaml(document) for file, document in documents.items()}
    changed = [file for file, text in texts.items() if _text(folder / file) != text]
    if not overwrite:
        problems = [
            line
            for file in changed
            for line in _losses(folder, file, str(documents[file]["base"]), present)
        ]
        if problems:
            raise Refusal("\n".join(problems))
    (folder / SEGMENTS).mkdir(parents=True, exist_ok=True)
    for file in changed:
        (folder / file).parent.mkdir(exist_ok=True)
        _write(folder / file, texts[file])
    return changed


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None


def _losses(folder: Path, file: str, base: str, present: Settings) -> Iterator[str]:
    """What would be lost by writing a definition of that base into the file."""
    path = folder / file
    for ending in ENDINGS:
        other = path.with_suffix(ending)
        if other != path and other.is_file():
            yield f"{other.relative_to(folder).as_posix()} defines what {file} would; remove one"
    if path.exists() and _is_edited(path, file, base, present):
        yield (
            f"{file} was edited since it was exported; apply it or put it aside first,"
            " or say --overwrite"
        )


def _is_edited(path: Path, file: str, base: str, present: Settings) -> bool:
    """Whether the file says something else than what it was made from, and than what is there."""
    try:
        found = read_folder({file: read_document(str(path), _WHAT)}, present)
    except (Refusal, BadFolder):
        return True
    return any(said not in (made_from, base) for said, made_from in _bases(found, present))


def _bases(found: Folder, present: Settings) -> Iterator[tuple[str, str]]:
    for one in found.segments.values():
        yield segment_base(one.name, one.when), one.base
    for (word, _), made in found.definitions.items():
        yield definition_base(word, made.made), made.base
    if found.shop is not None:
        whole = Settings(**{**_named(present), **found.shop.settings})
        yield shop_base(whole, found.shop.lists), found.shop.base


def _named(settings: Settings) -> dict[str, str]:
    return {name: getattr(settings, name) for name in Settings.__struct_fields__}


def _write(path: Path, text: str) -> None:
    """The whole file or the one before, never half of it."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    os.replace(fresh, path)
