"""`cartback segment`: named conditions and their members."""

import csv
import sys
from collections.abc import Iterable, Sequence

import click

from cartback.cli.definition import no_segment, read_segment, show
from cartback.cli.errors import Refusal
from cartback.cli.explain import explain
from cartback.cli.ground import AtShop, json_option, open_shop, shop_option
from cartback.cli.output import counted, moment, say_json, say_list, say_rows, when
from cartback.cli.preview import preview
from cartback.cli.progress import make_live
from cartback.domain.event import IdentifierKind, ProfileId
from cartback.domain.instant import Instant
from cartback.domain.schema import segment_schema
from cartback.engine.audit import COMMAND_LINE
from cartback.engine.documents import came_from, remembered
from cartback.engine.ports import Reading
from cartback.engine.segment_document import parse_segment
from cartback.engine.segment_ports import SegmentRow
from cartback.engine.segments import (
    ArchivedSegment,
    KeyOfArchived,
    archive_segment,
    change_segment,
    create_segment,
    restore_segment,
)

PAGE = 1_000


@click.group()
def segment() -> None:
    """Define segments, list their members, and ask why somebody is inside or not.

    A segment is a document. This one is inside from the checkout on, for a week, unless ordered:

    \b
      name: Recent cart abandoners
      when:
        kind: all
        of:
          - kind: did
            metric: Checkout Started
            within: {kind: last, duration: 1 week}
          - kind: did
            metric: Placed Order
            times: {exactly: 0}
            within: {kind: last, duration: 1 week}

    \b
    Examples:
      cartback segment create abandoners.yaml
      cartback segment members recent-cart-abandoners
    """


segment.add_command(explain)
segment.add_command(preview)
segment.add_command(show)


@segment.command()
@click.argument("file", metavar="FILE|-")
@shop_option
def create(file: str, shop_name: str | None) -> None:
    """Make a segment from a YAML or JSON document, and find its members.

    A definition of Klaviyo's (`condition_groups`) is taken too (docs/klaviyo.md).

    \b
    Examples:
      cartback segment create abandoners.yaml
      cat abandoners.json | cartback segment create -
    """
    at = open_shop(shop_name)
    document = read_segment(at, file)
    store = at.noting("made segment", parse_segment(document)[0])
    try:
        row = create_segment(store, at.id, document, at.base.clock(), by=COMMAND_LINE)
    except KeyOfArchived as error:
        raise Refusal(f"{error}: cartback segment restore {error.key}") from None
    make_live(at)
    _say_done(at, row, "Made")


@segment.command()
@click.argument("file", metavar="FILE|-")
@shop_option
def change(file: str, shop_name: str | None) -> None:
    """Give a segment a new definition; the document's key says which one.

    \b
    Example:
      cartback segment change abandoners.yaml
    """
    at = open_shop(shop_name)
    document = read_segment(at, file)
    store = at.noting("changed segment", parse_segment(document)[0])
    try:
        row = change_segment(store, at.id, document, at.base.clock(), by=COMMAND_LINE)
    except ArchivedSegment as error:
        key, *_ = parse_segment(document)
        raise Refusal(f"{error}: cartback segment restore {key}") from None
    make_live(at)
    _say_done(at, row, "Changed")


def _say_done(at: AtShop, row: SegmentRow, done: str) -> None:
    with at.base.store.reading() as reading:
        present = reading.segment(at.id, row.key) or row
        count = reading.count_members(at.id, row.key)
    click.echo(f"{done} {row.key} (version {row.version}).")
    if present.status == "live":
        click.echo(f"{counted(count, 'member')}.")


@segment.command()
def schema() -> None:
    """Print the JSON Schema of a segment document, for editors and other programs.

    \b
    Example:
      cartback segment schema > segment.schema.json
    """
    say_json(segment_schema())


@segment.command("list")
@click.option("--all", "also_archived", is_flag=True, help="Archived ones too.")
@shop_option
@json_option
def list_(shop_name: str | None, also_archived: bool, as_json: bool) -> None:
    """List the segments with their members' number.

    \b
    Example:
      cartback segment list --json
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        known = remembered(reading, at.id)
        rows = [
            {
                **_listed(reading, at, row, as_json=as_json),
                "origin": came_from(known, row),
            }
            for row in reading.segments(at.id)
            if also_archived or row.status != "archived"
        ]
    say_list(
        ("key", "name", "status", "members", "version", "updated"),
        rows,
        as_json=as_json,
        nothing="There are no segments yet. Make one with: cartback segment create FILE",
    )


def _listed(reading: Reading, at: AtShop, row: SegmentRow, *, as_json: bool) -> dict[str, object]:
    building = row.status == "building"
    status = f"building, {row.done:,} of {row.total:,}" if building and row.total else row.status
    return {
        "key": row.key,
        "name": row.name,
        "status": row.status if as_json else status,
        "members": reading.count_members(at.id, row.key) if row.status == "live" else None,
        "version": row.version,
        "updated": when(row.updated) if as_json else moment(row.updated, at.zone),
    }


@segment.command()
@click.argument("key")
@shop_option
@json_option
def count(key: str, shop_name: str | None, as_json: bool) -> None:
    """Count the members.

    \b
    Example:
      cartback segment count recent-cart-abandoners
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        _readable(reading, at, key)
        members = reading.count_members(at.id, key)
    if as_json:
        say_json({"segment": key, "members": members})
    else:
        click.echo(members)


@segment.command()
@click.argument("key")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
@click.option("--after", type=int, default=0, metavar="PROFILE", help="Those behind this id.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@shop_option
@json_option
def members(
    key: str, limit: int | None, after: int, as_csv: bool, shop_name: str | None, as_json: bool
) -> None:
    """List the members in the order of their ids, and since when each is inside.

    \b
    Examples:
      cartback segment members recent-cart-abandoners --limit 20
      cartback segment members recent-cart-abandoners --csv > members.csv
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        _readable(reading, at, key)
        rows = _members(reading, at, key, after, limit)
        if as_csv:
            _say_csv(rows)
        elif as_json:
            say_json([_member_json(*row) for row in rows])
        else:
            say_rows(
                ("profile", "who", "since"),
                [(one, _who(names), moment(since, at.zone)) for one, names, since in rows],
                "Nobody is inside.",
            )


_Member = tuple[ProfileId, dict[str, str], Instant]


def _members(
    reading: Reading, at: AtShop, key: str, after: ProfileId, limit: int | None
) -> Iterable[_Member]:
    left = limit
    while left is None or left > 0:
        page = reading.members(at.id, key, after, min(PAGE, PAGE if left is None else left))
        for profile, since in page:
            yield profile, _names(reading, at, profile), since
        if len(page) < PAGE:
            return
        after = page[-1][0]
        left = None if left is None else left - len(page)


def _names(reading: Reading, at: AtShop, profile: ProfileId) -> dict[str, str]:
    """One identifier of each kind."""
    return dict(reversed(reading.identifiers_of(at.id, profile)))


def _who(names: dict[str, str]) -> str:
    return next((names[kind] for kind in _STRONGEST if kind in names), "-")


_STRONGEST: Sequence[str] = (
    IdentifierKind.EMAIL,
    IdentifierKind.EXTERNAL,
    IdentifierKind.PHONE,
    IdentifierKind.ANONYMOUS,
)


def _member_json(profile: ProfileId, names: dict[str, str], since: Instant) -> dict[str, object]:
    return {"profile": profile, **names, "since": when(since)}


def _say_csv(rows: Iterable[_Member]) -> None:
    kinds = [str(kind) for kind in IdentifierKind]
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["profile", *kinds, "since"])
    for profile, names, since in rows:
        table.writerow([profile, *(names.get(kind, "") for kind in kinds), when(since)])


def _readable(reading: Reading, at: AtShop, key: str) -> SegmentRow:
    """The segment, once all its members are known. Raises NoSuchSegment and Refusal."""
    row = reading.segment(at.id, key)
    if row is None or row.status == "archived":
        raise no_segment(reading, at, key)
    if row.status == "failed":
        raise Refusal(
            f"finding the members of {key!r} failed: {row.error}; a running cartback up tries it"
            " again by itself"
        )
    if row.is_awaited:
        raise Refusal(
            f"the members of {key!r} are not all found yet ({row.done:,} of {row.total:,} profiles"
            " done); a running cartback up does it"
        )
    return row


@segment.command()
@click.argument("key")
@shop_option
def archive(key: str, shop_name: str | None) -> None:
    """Take a segment out of work; who was inside, and when, is kept.

    \b
    Example:
      cartback segment archive recent-cart-abandoners
    """
    at = open_shop(shop_name)
    archive_segment(at.noting("archived segment", key), at.id, key, at.base.clock())
    click.echo(f"Archived {key}.")


@segment.command()
@click.argument("key")
@shop_option
def restore(key: str, shop_name: str | None) -> None:
    """Put an archived segment to work again, as it was last defined.

    \b
    Example:
      cartback segment restore recent-cart-abandoners
    """
    at = open_shop(shop_name)
    store = at.noting("restored segment", key)
    row = restore_segment(store, at.id, key, at.base.clock(), by=COMMAND_LINE)
    make_live(at)
    _say_done(at, row, "Restored")
