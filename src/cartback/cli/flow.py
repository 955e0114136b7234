"""`cartback flow`: what happens to people after a trigger, step by step, and why."""

from collections import Counter
from typing import Any, Final

import click

from cartback.cli.documents import read_document
from cartback.cli.errors import Refusal
from cartback.cli.flow_figures import figures
from cartback.cli.flow_people import runs, why
from cartback.cli.ground import AtShop, json_option, open_shop, shop_option
from cartback.cli.output import counted, moment, say_json, say_list, say_section, when
from cartback.cli.progress import find_members
from cartback.cli.running import who_is_up
from cartback.cli.written import say_document
from cartback.domain.document_schema import KINDS, Kind, document_schema
from cartback.domain.event import Json
from cartback.domain.flow import parse_flow
from cartback.domain.layout import all_steps
from cartback.engine.flow_ports import FlowRow, FlowStatus
from cartback.engine.flows import (
    NoSuchFlow,
    change_flow,
    create_flow,
    definition,
    document_of,
    set_status,
)
from cartback.engine.ports import Reading
from cartback.wiring.proof import flow_proof

WHAT: Final = "a flow is an object with `key`, `name`, `trigger` and `steps`"


@click.group()
def flow() -> None:
    """Write to people who left a cart, step by step, and say why to whom.

    A flow is a document. This one writes an hour after a cart was left, and again a day later:

    \b
      key: abandoned-cart
      name: Abandoned cart
      trigger: {kind: cart_abandoned}
      steps:
        - {kind: email, key: help, template: cart-help}
        - {kind: wait, key: a-day, for: 1 day}
        - {kind: email, key: proof, template: cart-proof}

    \b
    Examples:
      cartback flow create abandoned-cart.yaml
      cartback flow start abandoned-cart
      cartback flow why ada@example.com
    """


flow.add_command(runs)
flow.add_command(why)
flow.add_command(figures)


@flow.command("list")
@click.option("--all", "also_archived", is_flag=True, help="Archived ones too.")
@shop_option
@json_option
def list_(shop_name: str | None, also_archived: bool, as_json: bool) -> None:
    """List the flows, and how many people are on their way in each.

    \b
    Example:
      cartback flow list --json
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        rows = [
            {
                "key": row.key,
                "name": row.name,
                "status": row.status,
                "waiting": sum(reading.count_runs(at.id, row.key).values()),
                "version": row.version,
                "updated": when(row.updated) if as_json else moment(row.updated, at.zone),
            }
            for row in reading.flows(at.id)
            if also_archived or row.status != "archived"
        ]
    say_list(
        ("key", "name", "status", "waiting", "version", "updated"),
        rows,
        as_json=as_json,
        nothing="There are no flows yet. Make one with: cartback flow create FILE",
    )


@flow.command()
@click.argument("key")
@click.option("--steps", is_flag=True, help="How many stand at each step, instead.")
@shop_option
@json_option
def show(key: str, steps: bool, shop_name: str | None, as_json: bool) -> None:
    """Print a flow's definition, as `create` and `change` read it.

    \b
    Examples:
      cartback flow show abandoned-cart > abandoned-cart.yaml
      cartback flow show abandoned-cart --steps
    """
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        row = _flow(reading, at, key)
        standing = _standing(reading, at, row)
    if steps:
        _say_steps(row, standing, as_json=as_json)
        return
    document = {"key": row.key, **document_of(row)}
    say_document(document, as_json=as_json)


def _standing(reading: Reading, at: AtShop, row: FlowRow) -> dict[str, int]:
    """How many stand at each step, those of older versions too."""
    standing = Counter({one.key: 0 for one in all_steps(definition(row).steps)})
    for (_, step), count in reading.count_runs(at.id, row.key).items():
        standing[step] += count
    return dict(standing)


def _say_steps(row: FlowRow, standing: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        say_json({"key": row.key, "status": row.status, "steps": standing})
        return
    total = counted(sum(standing.values()), "run")
    click.echo(f"{row.key} is {row.status}, version {row.version}; {total} on the way.")
    say_section("Who stands where", list(standing.items()))


@flow.command()
@click.argument("file", metavar="FILE|-")
@shop_option
def create(file: str, shop_name: str | None) -> None:
    """Make a flow from a YAML or JSON document. It is a draft until it is started.

    \b
    Examples:
      cartback flow create abandoned-cart.yaml
      cat abandoned-cart.json | cartback flow create -
    """
    key, document = _keyed(file)
    at = open_shop(shop_name)
    _proof(at, document)
    store = at.noting("made flow", key)
    row = create_flow(store, at.id, key, document, at.base.clock(), by="command line")
    click.echo(f"Made {row.key}, a draft. Start it with: cartback flow start {row.key}")


@flow.command()
@click.argument("file", metavar="FILE|-")
@shop_option
def change(file: str, shop_name: str | None) -> None:
    """Give a flow a new definition; the document's key says which one.

    Who is on the way ends on the version on which they began.

    \b
    Example:
      cartback flow change abandoned-cart.yaml
    """
    key, document = _keyed(file)
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        _flow(reading, at, key)
    _proof(at, document)
    store = at.noting("changed flow", key)
    row = change_flow(store, at.id, key, document, at.base.clock(), by="command line")
    _catch_up(at)
    click.echo(f"Changed {row.key} (version {row.version}).")


def _proof(at: AtShop, document: Json) -> None:
    """Refuse a step that could never be done. Raises BadFlow."""
    flow_proof(at.base.config.webhook_networks)(parse_flow(document))


def _keyed(file: str) -> tuple[str, Json]:
    """A flow's key, and the rest of the document. Raises Refusal."""
    document: Any = read_document(file, WHAT)
    key = document.get("key")
    if not isinstance(key, str):
        raise Refusal("the document has no `key`; write one at its top, such as abandoned-cart")
    return key, {name: value for name, value in document.items() if name != "key"}


@flow.command()
@click.argument("kind", type=click.Choice(KINDS), default="flow")
def schema(kind: Kind) -> None:
    """Print the JSON Schema of a flow, a template or a coupon, for editors and other programs.

    \b
    Examples:
      cartback flow schema > flow.schema.json
      cartback flow schema template > template.schema.json
    """
    say_json(document_schema(kind))


@flow.command()
@click.argument("key")
@shop_option
def start(key: str, shop_name: str | None) -> None:
    """Put a flow to work: from now on it lets people in.

    It does not start while a template that it names, or the shop's sender, is missing.

    \b
    Example:
      cartback flow start abandoned-cart
    """
    _set(shop_name, key, "live", "{} is live.")


@flow.command()
@click.argument("key")
@shop_option
def pause(key: str, shop_name: str | None) -> None:
    """Let nobody in, and hold who is on the way, until it is started again.

    \b
    Example:
      cartback flow pause abandoned-cart
    """
    _set(shop_name, key, "paused", "{} is paused.")


@flow.command()
@click.argument("key")
@shop_option
def archive(key: str, shop_name: str | None) -> None:
    """Take a flow out of work: its runs end where they stand.

    \b
    Example:
      cartback flow archive abandoned-cart
    """
    _set(shop_name, key, "archived", "Archived {}.")


@flow.command()
@click.argument("key")
@shop_option
def restore(key: str, shop_name: str | None) -> None:
    """Take a flow out of the archive: it is a draft again.

    \b
    Example:
      cartback flow restore abandoned-cart
    """
    _set(shop_name, key, "draft", "{} is a draft again.")


def _set(shop_name: str | None, key: str, status: FlowStatus, done: str) -> None:
    at = open_shop(shop_name)
    with at.base.store.reading() as reading:
        _flow(reading, at, key)
    set_status(at.noting("set flow to", key, status=status), at.id, key, status, at.base.clock())
    _catch_up(at)
    click.echo(done.format(key))


def _catch_up(at: AtShop) -> None:
    """Bring everybody to the new rules, unless a server is up that does."""
    if who_is_up(at.base.config) is None:
        find_members(at, at.base.clock)


def _flow(reading: Reading, at: AtShop, key: str) -> FlowRow:
    """The flow. Raises NoSuchFlow, which says what there is."""
    row = reading.flow(at.id, key)
    if row is None:
        known = ", ".join(one.key for one in reading.flows(at.id) if one.status != "archived")
        raise NoSuchFlow(f"there is no flow {key!r}; there are: {known or 'none yet'}")
    return row
