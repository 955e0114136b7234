"""What happened to one person, in one timeline: events, segments entered and left, merges.

Entering and leaving are not looked up: moves are found by their segment, and an index by profile
would cost every one of them. They are told again from the history, by the definitions of today,
each since it was given; present members have the instant that is written.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Final, NamedTuple, TypeAlias

from cartback.domain.advance import retell
from cartback.domain.effect import Moved
from cartback.domain.event import Event, ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.profile import Profile
from cartback.domain.ruleset import Ruleset
from cartback.engine.flow_page import decisions_of
from cartback.engine.flow_ports import DecisionRow
from cartback.engine.log_ports import LoggedEvent, Seq
from cartback.engine.merge_ports import Merge
from cartback.engine.ports import Reading
from cartback.engine.rulebook import Rulebook

MOST_RETOLD: Final = 20_000
"""Of a longer history only its latest events are told, and only the present memberships."""
MOST_VERSIONS: Final = 100
MOST_DECISIONS: Final = 1_000
"""Of the decisions of flows the latest are told."""
_LATE: Final = 10**17
"""Places of what follows from events: after all events of the same instant."""


class Happened(NamedTuple):
    """Something that the person did, or that was derived from it."""

    event: Event


class Entered(NamedTuple):
    """The person entered a segment, or left it (not `joined`)."""

    segment: str
    joined: bool


class Tied(NamedTuple):
    """Two became one, or were parted again (`undone`)."""

    merge: Merge
    undone: bool


class Done(NamedTuple):
    """A flow did something with the person, or did not, with its reason."""

    decision: DecisionRow


Entry: TypeAlias = Happened | Entered | Tied | Done


class Place(NamedTuple):
    """Where an entry stands in a timeline: by its time, then in order of arrival."""

    at: Instant
    order: int


Story: TypeAlias = Sequence[tuple[Place, Entry]]


def story(
    reading: Reading,
    rulebook: Rulebook,
    shop: ShopId,
    state: Profile,
    tails: Sequence[Seq],
    now: Instant,
) -> Story:
    """All that happened to somebody who stands so now, the latest first."""
    chain = reading.history(shop, [tail for tail in tails if tail], MOST_RETOLD + 1)
    entries: list[tuple[Place, Entry]] = [
        (Place(one.event.time, one.seq), Happened(one.event)) for one in chain
    ]
    is_whole = len(chain) <= MOST_RETOLD
    moves = _moves(reading, rulebook, shop, state, chain if is_whole else (), now)
    later: list[tuple[Instant, Entry]] = [*moves, *_merges(reading.merges(shop, state.id))]
    decided = decisions_of(reading, shop, state.id, limit=MOST_DECISIONS)
    later += [(one.at, Done(one)) for _, one in reversed(decided)]
    entries += [(Place(at, _LATE + number), one) for number, (at, one) in enumerate(later)]
    return sorted(entries, key=lambda entry: entry[0], reverse=True)


def _moves(
    reading: Reading,
    rulebook: Rulebook,
    shop: ShopId,
    state: Profile,
    chain: Sequence[LoggedEvent],
    now: Instant,
) -> list[tuple[Instant, Entered]]:
    """Joins and leaves, by segment and in order."""
    rules = rulebook.of(reading, shop)
    told = _told_again(state.id, chain, now, rules, shop)
    found = []
    for key in (one.key for one in rules.segments):
        own = _since(told[key], _defined(reading, shop, key)) if key in told else []
        found += _as_written(key, own, state.member_since(key))
    return [(one.at, Entered(one.segment, one.joined)) for one in found]


def _defined(reading: Reading, shop: ShopId, key: str) -> Instant:
    """Since when the segment has the condition that it has; a new name changes nothing."""
    versions = reading.segment_versions(shop, key, _LATE, MOST_VERSIONS)
    same = takewhile(lambda one: one.document == versions[0].document, versions)
    return min((one.at for one in same), default=FOREVER)


def _told_again(
    profile: ProfileId,
    chain: Sequence[LoggedEvent],
    now: Instant,
    rules: Ruleset,
    shop: ShopId,
) -> Mapping[str, list[Moved]]:
    found: dict[str, list[Moved]] = {}
    history = (logged.event for logged in reversed(chain))
    for effect in retell(profile, history, now, rules, shop).effects:
        if isinstance(effect, Moved):
            found.setdefault(effect.segment, []).append(effect)
    return found


def _since(moves: Sequence[Moved], defined: Instant) -> list[Moved]:
    """Those since the definition was given; who was inside before has entered with it."""
    before = [one for one in moves if one.at < defined]
    kept = [one for one in moves if one.at >= defined]
    if before and before[-1].joined:
        kept.insert(0, before[-1]._replace(at=defined))
    return kept


def _as_written(key: str, moves: list[Moved], since: Instant | None) -> list[Moved]:
    """The last entry at the instant from which the membership is written."""
    last = moves[-1] if moves and moves[-1].joined else None
    ended = moves if last is None else moves[:-1]
    return ended if since is None else [*ended, Moved(key, since, joined=True, quiet=True)]


def _merges(merges: Sequence[Merge]) -> Iterator[tuple[Instant, Tied]]:
    for one in merges:
        yield one.at, Tied(one, undone=False)
        if one.undone_at is not None:
            yield one.undone_at, Tied(one, undone=True)
