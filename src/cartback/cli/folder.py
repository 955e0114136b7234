"""`cartback export`, `plan` and `apply`: a shop's definitions as a folder that is kept in Git."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final

import click

from cartback.cli.errors import Refusal
from cartback.cli.folder_files import read_files, write_files
from cartback.cli.ground import AtShop, json_option, open_shop, shop_option
from cartback.cli.output import clean, counted, say_json
from cartback.cli.progress import bar, make_live
from cartback.cli.written import as_yaml
from cartback.domain.event import IdentifierKind, Json, ProfileId
from cartback.domain.flow import BadFlow, parse_flow
from cartback.engine.audit import COMMAND_LINE
from cartback.engine.change import SEGMENT, Change
from cartback.engine.definitions import FLOWS
from cartback.engine.documents import Plan, exported
from cartback.engine.documents import apply as apply_folder
from cartback.engine.documents import plan as plan_folder
from cartback.engine.folder import BadFolder, Folder, read_folder
from cartback.engine.foresight import Few, Foreseen, foresee
from cartback.engine.ports import Reading
from cartback.engine.shops import settings_of
from cartback.wiring.proof import flow_proof
from cartback.wiring.tape import tape_position, tape_recaller

CHANGES: Final = 2
"""The exit code of a plan that would change something."""
LONGEST_COMMIT: Final = 200
_MARKS: Final = {"created": "+", "changed": "~", "archived": "-"}
_COLORS: Final = {"created": "green", "changed": "yellow", "archived": "red"}

folder_argument = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
prune_option = click.option("--prune", is_flag=True, help="Archive what is not in the folder.")


@click.command()
@folder_argument
@click.option("--overwrite", is_flag=True, help="Also files that were edited.")
@shop_option
def export(folder: Path, overwrite: bool, shop_name: str | None) -> None:
    """Write the shop's segments, templates, coupons, flows, lists and settings as YAML.

    There is one file for each; nothing else in the folder is touched. Written twice they
    are the same to the byte, so that Git shows what changed.

    \b
    Example:
      cartback export definitions && git -C definitions diff
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        files = exported(reading, at.id)
        settings = settings_of(reading, at.id)
    written = write_files(folder, files, settings, overwrite)
    click.echo(f"Wrote {len(written)} of {len(files)} files; the others are as they were.")
    for file in sorted(set(read_files(folder)) - set(files)):
        click.echo(f"{clean(file)} is not in the shop.", err=True)


@click.command()
@folder_argument
@prune_option
@shop_option
@json_option
def plan(folder: Path, prune: bool, shop_name: str | None, as_json: bool) -> None:
    """Show what `apply` would change, and who would enter and leave; change nothing.

    Exit code 0: nothing would change. 2: something would. 1: the folder cannot be read, or its
    definitions do not go together.

    \b
    Example:
      cartback plan definitions
    """
    at = open_shop(shop_name)
    found, moves = _foreseen(at, _read(at, folder), prune=prune)
    with at.base.store.reading() as reading:
        names = _Names(reading, at)
        if as_json:
            say_json([_as_json(one, moves, names) for one in found.changes])
        else:
            _say(found, moves, names)
    if not found.is_empty:
        click.get_current_context().exit(CHANGES)


@click.command()
@folder_argument
@prune_option
@click.option("--commit", default="", metavar="SHA", help="Remember this commit with each change.")
@click.option(
    "--overwrite", is_flag=True, help="Also what somebody changed since the files were written."
)
@shop_option
def apply(folder: Path, prune: bool, commit: str, overwrite: bool, shop_name: str | None) -> None:
    """Make the shop what the folder says: all of it, or nothing where anything is wrong.

    Done twice, the second changes nothing. What is not in the folder stays, unless you say --prune.
    A new flow is a draft. Nothing is lost: every definition stays among the segment's versions.

    \b
    Example:
      cartback apply definitions --commit "$(git rev-parse HEAD)"
    """
    at = open_shop(shop_name)
    if len(commit) > LONGEST_COMMIT or not commit.isprintable():
        raise Refusal(f"a commit is a short text of at most {LONGEST_COMMIT} characters")
    found = apply_folder(
        at.base.store,
        at.id,
        _read(at, folder),
        at.base.clock(),
        prune=prune,
        overwrite=overwrite,
        commit=commit,
        who=COMMAND_LINE,
    )
    for one in found.changes:
        if one.changes:
            _say_head(one, "")
    if not found.is_empty:
        make_live(at)
    click.echo(_sum(found))


def _read(at: AtShop, folder: Path) -> Folder:
    files = read_files(folder)
    if not files:
        raise Refusal(f"there are no definitions in {folder}; make some with: cartback export")
    with at.base.store.reading() as reading:
        found = read_folder(files, settings_of(reading, at.id))
    _proof(at, found)
    return found


def _proof(at: AtShop, folder: Folder) -> None:
    """Refuse flows with a step that could never be done. Raises BadFolder."""
    proof = flow_proof(at.base.config.webhook_networks)
    problems = []
    for one in folder.definitions.values():
        if one.word == FLOWS.word:
            try:
                proof(parse_flow({"name": one.made.name, **one.made.document}))
            except BadFlow as error:
                problems.append(f"{one.file}: {error}")
    if problems:
        raise BadFolder(problems)


def _foreseen(at: AtShop, folder: Folder, *, prune: bool) -> tuple[Plan, Mapping[str, Foreseen]]:
    base = at.base
    with base.store.reading() as reading:
        found = plan_folder(reading, at.id, folder, prune=prune)
    if found.rules.version == found.present.version:
        return found, {}
    recaller = tape_recaller(base) if tape_position(base, at.id) else None
    with bar("Looking who would move") as advance:
        moves = foresee(
            base.store,
            at.id,
            found.present,
            found.rules,
            base.clock(),
            recaller,
            lambda done, total: advance(done / max(total, 1), counted(done, "profile")),
        )
    return found, moves


# --- saying --------------------------------------------------------------------------------------


class _Names:
    """Who a profile is, in one word."""

    def __init__(self, reading: Reading, at: AtShop) -> None:
        self._reading, self._shop = reading, at.id

    def of(self, profile: ProfileId) -> str:
        known = dict(reversed(self._reading.identifiers_of(self._shop, profile)))
        kinds = (
            IdentifierKind.EMAIL,
            IdentifierKind.EXTERNAL,
            IdentifierKind.PHONE,
            IdentifierKind.ANONYMOUS,
        )
        return next((known[kind] for kind in kinds if kind in known), f"profile {profile}")


def _told(found: Plan, moves: Mapping[str, Foreseen]) -> Iterator[Change]:
    """What changes, what is stale, and what means something else because of it."""
    for one in found.changes:
        moved = _moved(one, moves)
        is_moved = moved is not None and moved.entering.total + moved.leaving.total > 0
        if one.changes or is_moved:
            yield one


def _moved(one: Change, moves: Mapping[str, Foreseen]) -> Foreseen | None:
    """Who would enter and leave it, of a segment."""
    return moves.get(one.key) if one.what == SEGMENT else None


def _say(found: Plan, moves: Mapping[str, Foreseen], names: _Names) -> None:
    for one in _told(found, moves):
        _say_head(one, _counted(_moved(one, moves)))
        for line in _difference(one):
            click.secho(f"    {clean(line)}", fg={"+": "green", "-": "red"}.get(line[0]))
        for word, few in zip(("enter", "leave"), _moved(one, moves) or (), strict=False):
            if few.total:
                click.echo(f"    would {word}: {clean(_some(few, names))}")
        if one.stale:
            click.secho(f"    ! {one.stale}: apply refuses it unless told to --overwrite", fg="red")
    click.echo(_sum(found))


def _say_head(one: Change, counted: str) -> None:
    mark = _MARKS.get(one.kind, " ")
    place = one.file or one.key
    kind = one.kind if one.changes else "judged again"
    line = f"{mark} {clean(place)}  {clean(one.name)}: {kind}{counted}"
    click.secho(line, fg=_COLORS.get(one.kind))


def _counted(moved: Foreseen | None) -> str:
    if moved is None:
        return ""
    return f"; {moved.entering.total:,} would enter, {moved.leaving.total:,} would leave"


def _some(few: Few, names: _Names) -> str:
    told = ", ".join(names.of(one) for one in few.samples)
    return told if few.total <= len(few.samples) else f"{told}, …"


def _difference(one: Change) -> list[str]:
    if one.kind != "changed":
        return []
    before, after = (as_yaml(document).splitlines() for document in (one.before, one.after))
    lines = list(unified_diff(before, after, n=1, lineterm=""))
    return [line for line in lines[2:] if not line.startswith("@@")]


def _sum(found: Plan) -> str:
    kinds = ("created", "changed", "archived", "unchanged", "not in the folder")
    counts = {kind: sum(one.kind == kind for one in found.changes) for kind in kinds}
    said = [f"{count} {kind}" for kind, count in counts.items() if count]
    return (", ".join(said) or "nothing") + "."


def _as_json(one: Change, moves: Mapping[str, Foreseen], names: _Names) -> dict[str, Any]:
    found: dict[str, Json] = {
        "what": one.what,
        "key": one.key,
        "name": one.name,
        "kind": one.kind,
        "file": one.file or None,
        "before": one.before,
        "after": one.after,
        "stale": one.stale or None,
    }
    for word, few in zip(("entering", "leaving"), _moved(one, moves) or (), strict=False):
        found[word] = {"total": few.total, "samples": [names.of(who) for who in few.samples]}
    return found
