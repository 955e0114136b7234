"""`cartback segment preview`: who would be inside, before anything is saved."""

import click

from cartback.cli.definition import read_segment
from cartback.cli.ground import AtShop, json_option, language_option, open_shop, shop_option
from cartback.cli.output import clean, counted, say_json
from cartback.cli.progress import bar
from cartback.domain.event import ProfileId
from cartback.domain.phrase import Language, describe
from cartback.engine.naming import names_of
from cartback.engine.ports import Reading
from cartback.engine.preview import preview as preview_of
from cartback.engine.segment_document import parse_segment
from cartback.engine.unseen_metrics import unseen_metrics
from cartback.wiring.tape import counter


@click.command()
@click.argument("file", metavar="FILE|-")
@language_option
@shop_option
@json_option
def preview(file: str, language: str, shop_name: str | None, as_json: bool) -> None:
    """Count who would be inside, and name five of them, without saving anything.

    \b
    Example:
      cartback segment preview abandoners.yaml
    """
    at = open_shop(shop_name)
    _, name, condition = parse_segment(read_segment(at, file))
    base = at.base
    with counter(base) as asked, bar("Counting") as advance:

        def progress(done: int, total: int) -> None:
            advance(done / max(total, 1), counted(done, "profile"))

        found = preview_of(base.store, asked, at.id, condition, base.clock(), progress)
        with base.store.reading() as reading:
            unseen = unseen_metrics(reading, asked, at.id, condition, base.clock())
    with base.store.reading() as reading:
        samples = [_who(reading, at, one) for one in found.found.samples]
        names = names_of(reading, at.id)
    if as_json:
        counts = {"members": found.found.total, "of": found.everybody}
        say_json({"name": name, **counts, "samples": samples})
        return
    click.secho(f"{clean(name)}: {describe(condition, Language(language), names)}", bold=True)
    click.echo(f"{found.found.total:,} of {found.everybody:,} would be inside.")
    for who in samples:
        click.echo(f"  {clean(who)}")
    for one in unseen:
        meant = f"; did you mean {one.meant}?" if one.meant else ""
        click.echo(f"No event of the metric {clean(one.metric)} has come yet{meant}")


def _who(reading: Reading, at: AtShop, profile: ProfileId) -> str:
    known = dict(reversed(reading.identifiers_of(at.id, profile)))
    kinds = ("email", "external_id", "phone", "anonymous_id")
    return next((known[kind] for kind in kinds if kind in known), f"profile {profile}")
