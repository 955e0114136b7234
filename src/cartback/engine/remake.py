"""A profile's state made again from its history in the log, and its memberships with it."""

from collections.abc import Collection, Sequence

from cartback.domain.advance import replay
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.profile import Profile, Standing, encode_profile
from cartback.domain.ruleset import Ruleset
from cartback.engine.ports import Move, ProfileRow, Seq, Transaction


def remake(
    tx: Transaction,
    shop: ShopId,
    rules: Ruleset,
    profile: ProfileId,
    tails: Sequence[Seq],
    now: Instant,
    *,
    without: Collection[Seq] = (),
) -> None:
    """Replay the chains that end at the tails and write what comes of it; nothing is started.

    Whoever stays in a segment stays a member since when it was. `without` leaves events out.
    """
    chain = tx.history(shop, [tail for tail in tails if tail])
    history = [logged.event for logged in reversed(chain) if logged.seq not in without]
    state = replay(profile, history, now, rules, shop)
    moves = _moves(state, dict(tx.memberships(shop, profile)), now)
    row = ProfileRow(profile, encode_profile(state), state.wake_at, rules.version, tuple(tails))
    tx.save(shop, [row])
    tx.move(shop, moves)


def _moves(state: Profile, before: dict[str, Instant], now: Instant) -> list[Move]:
    """What changes in the memberships; the state takes over since when the old ones were."""
    moves = []
    for key, standing in state.standings.items():
        if standing.since is not None and key in before:
            state.standings[key] = Standing(before[key], standing.until)
        elif standing.since is not None:
            moves.append(Move(key, state.id, now, joined=True, quiet=True))
    gone = [key for key in before if state.member_since(key) is None]
    return moves + [Move(key, state.id, now, joined=False, quiet=True) for key in gone]
