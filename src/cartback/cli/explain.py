"""`cartback segment explain`: why somebody is inside or not, and until when."""

import click
import msgspec

from cartback.cli.ground import AtShop, json_option, language_option, open_shop, shop_option
from cartback.cli.output import say_json, when
from cartback.domain.advance import advance
from cartback.domain.advance import replay as remembered
from cartback.domain.condition import Condition, condition_document
from cartback.domain.event import ProfileId
from cartback.domain.explain import Explanation
from cartback.domain.explain import explain as explained
from cartback.domain.instant import Instant
from cartback.domain.phrase import Language, Names, tree_text
from cartback.domain.profile import Profile
from cartback.domain.rules import Rules
from cartback.engine.people import find, show
from cartback.engine.ports import Reading
from cartback.engine.rulebook import present_rules
from cartback.engine.segments import NoSuchSegment


@click.command()
@click.argument("key")
@click.argument("person")
@language_option
@click.option("--at", "at_time", metavar="TIME", help="As of then, past or future; else now.")
@shop_option
@json_option
def explain(
    key: str,
    person: str,
    language: str,
    at_time: str | None,
    shop_name: str | None,
    as_json: bool,
) -> None:
    """Say of every part of a segment whether it holds for a person, why, and until when.

    PERSON is an e-mail address, a customer's id, an anonymous id, a phone number or a profile's
    number. A TIME without an offset is on the shop's clock. The past is judged by the definition
    of today.

    \b
    Examples:
      cartback segment explain recent-cart-abandoners ada@example.com
      cartback segment explain big-carts customer-7 --at "2026-03-08 12:00"
    """
    at = open_shop(shop_name)
    moment = at.base.clock() if at_time is None else at.zone.parse(at_time)
    with at.base.store.reading() as reading:
        rules = present_rules(reading, at.id)
        conditions = {one.key: one.when for one in rules.segments}
        if key not in conditions:
            raise NoSuchSegment(f"there is no segment {key!r}; see: cartback segment list")
        profile = _as_of(at, reading, find(reading, at.id, person), moment, asked=bool(at_time))
    moment = max(moment, profile.clock) if at_time is None else moment
    found = explained(conditions[key], profile, moment, rules.settings, conditions)
    if as_json:
        say_json({"segment": key, "profile": profile.id, "at": when(moment), **_described(found)})
    else:
        click.echo(tree_text(found, Language(language), at.zone, _names(rules)))


def _as_of(
    at: AtShop, reading: Reading, profile: ProfileId, moment: Instant, *, asked: bool
) -> Profile:
    """Somebody's state at that moment: made again from the log where it is past."""
    person = show(reading, at.base.rulebook, at.id, profile, moment)
    rules = at.base.rulebook.of(reading, at.id)
    if not asked or moment >= person.profile.clock:
        if person.profile.rules < rules.version:  # not reached by the back-fill yet
            return _remade(at, reading, person.profile.id, person.tails, moment)
        return advance(person.profile, (), moment, rules, at.id).profile
    return _remade(at, reading, person.profile.id, person.tails, moment)


def _remade(
    at: AtShop, reading: Reading, profile: ProfileId, tails: tuple[int, ...], moment: Instant
) -> Profile:
    history = reading.history(at.id, [tail for tail in tails if tail])
    events = [one.event for one in reversed(history) if one.event.received <= moment]
    return remembered(profile, events, moment, at.base.rulebook.of(reading, at.id), at.id)


def _names(rules: Rules) -> Names:
    return Names(segments={one.key: one.name for one in rules.segments})


def _described(found: Explanation) -> dict[str, object]:
    """An explanation as JSON data; the parts of a part are under `of`."""
    return {
        "condition": _short(found.condition),
        "holds": found.holds,
        "until": when(found.until),
        "exact": found.exact,
        "because_of": [when(time) for time in found.deciding],
        "found": msgspec.to_builtins(found.found),
        "of": [_described(one) for one in found.children],
    }


def _short(condition: Condition) -> dict[str, object]:
    document = condition_document(condition)
    return {name: value for name, value in document.items() if name != "of"}
