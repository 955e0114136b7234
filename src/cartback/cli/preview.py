"""`cartback segment preview`: who would be inside, before anything is saved."""

from collections.abc import Sequence
from typing import NamedTuple

import click

from cartback.cli.definition import read_segment
from cartback.cli.ground import AtShop, json_option, language_option, open_shop, shop_option
from cartback.cli.output import clean, say_json
from cartback.cli.progress import bar
from cartback.domain.advance import replay as remembered
from cartback.domain.condition import BadCondition, Condition
from cartback.domain.event import ProfileId
from cartback.domain.phrase import Language, Names, describe
from cartback.domain.rules import resolve
from cartback.domain.ruleset import Ruleset, compile_rules, make_rules
from cartback.engine.ports import ProfileRow, Reading
from cartback.engine.rulebook import present_rules
from cartback.engine.segments import BadSegment, parse_segment
from cartback.wiring import has_bulk

SAMPLES = 5
PAGE = 500
ITSELF = "preview"


class Found(NamedTuple):
    """How many would be inside, and a few of them."""

    total: int
    samples: Sequence[ProfileId]


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
    with at.base.store.reading() as reading:
        rules = present_rules(reading, at.id)
        try:
            meaning = resolve(condition, {one.key: one.when for one in rules.segments})
        except BadCondition as error:
            raise BadSegment(f"when: {error}") from None
        found = (_by_tape if has_bulk() else _one_by_one)(at, reading, meaning)
        samples = [_who(reading, at, one) for one in found.samples]
        everybody = reading.count_profiles(at.id)
    if as_json:
        say_json({"name": name, "members": found.total, "of": everybody, "samples": samples})
        return
    names = Names(segments={one.key: one.name for one in rules.segments})
    click.secho(f"{clean(name)}: {describe(condition, Language(language), names)}", bold=True)
    click.echo(f"{found.total:,} of {everybody:,} would be inside.")
    for who in samples:
        click.echo(f"  {clean(who)}")


def _by_tape(at: AtShop, reading: Reading, meaning: Condition) -> Found:
    """All at once, by SQL over the tape and the end of the log."""
    from cartback.bulk.query import Bulk

    with Bulk(at.base.config.tape_folder, at.id) as bulk:
        bulk.refresh(reading)
        total, samples = bulk.count(meaning, at.base.clock(), at.zone)
    return Found(total, samples)


def _one_by_one(at: AtShop, reading: Reading, meaning: Condition) -> Found:
    """Each from the whole history: slower, and the same."""
    settings = present_rules(reading, at.id).settings
    rules = compile_rules(make_rules(None, settings, [(ITSELF, ITSELF, meaning)]))
    total, samples, after, done = 0, list[ProfileId](), 0, 0
    with bar("Counting") as advance:
        everybody = max(reading.count_profiles(at.id), 1)
        while rows := reading.profiles_after(at.id, after, PAGE):
            inside = _inside(at, reading, rules, rows)
            total += len(inside)
            samples = [*samples, *inside][-SAMPLES:]
            after, done = rows[-1].id, done + len(rows)
            advance(done / everybody, f"{done:,} profiles")
    return Found(total, samples[::-1])


def _inside(
    at: AtShop, reading: Reading, rules: Ruleset, rows: Sequence[ProfileRow]
) -> list[ProfileId]:
    tails = {row.id: [tail for tail in row.tails if tail] for row in rows}
    now = at.base.clock()
    found = []
    for profile, history in reading.histories(at.id, tails).items():
        events = [logged.event for logged in reversed(history)]
        state = remembered(profile, events, now, rules, at.id)
        if state.member_since(ITSELF) is not None:
            found.append(profile)
    return found


def _who(reading: Reading, at: AtShop, profile: ProfileId) -> str:
    known = dict(reversed(reading.identifiers_of(at.id, profile)))
    kinds = ("email", "external_id", "phone", "anonymous_id")
    return next((known[kind] for kind in kinds if kind in known), f"profile {profile}")
