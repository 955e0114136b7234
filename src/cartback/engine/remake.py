"""A profile's state made again from its history in the log, and its memberships with it."""

from collections.abc import Collection, Mapping, Sequence

from cartback.domain.advance import advance, replay, resumed
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.product_news import cared_for
from cartback.domain.profile import Profile, Standing, decode_profile, encode_profile
from cartback.domain.ruleset import Ruleset
from cartback.engine.listing import enlisted
from cartback.engine.log_ports import Seq
from cartback.engine.ports import Transaction
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.segment_ports import Move
from cartback.engine.standing import NO_CARTS, recount


def remake(
    tx: Transaction,
    shop: ShopId,
    rules: Ruleset,
    profile: ProfileId,
    tails: Sequence[Seq],
    now: Instant,
    *,
    without: Collection[Seq] = (),
    past: Profile | None = None,
) -> None:
    """Replay the chains that end at the tails and write what comes of it; nothing is started.

    Whoever stays in a segment stays a member since when it was; who enters does so now. `without`
    leaves events out. `past` has what flows did, where that is not what the stored state says.
    """
    chain = tx.history(shop, [tail for tail in tails if tail])
    history = [logged.event for logged in reversed(chain) if logged.seq not in without]
    stays = tx.memberships(shop, profile)
    state = _standing(replay(profile, history, now, rules, shop), stays, now, rules, shop)
    stored = tx.profile(shop, profile)
    was = None if stored is None else decode_profile(stored.state)
    done = was if past is None else past
    if done is not None:
        state = resumed(state, done)
    before = set() if was is None else _memberships(was)  # also of a segment archived since
    after = _memberships(state)
    kept = stays.keys() & before & after
    left = [Move(key, profile, now, joined=False, quiet=True) for key in sorted(before - kept)]
    entered = [Move(key, profile, now, joined=True, quiet=True) for key in sorted(after - kept)]
    row = ProfileRow(profile, encode_profile(state), state.wake_at, rules.version, tuple(tails))
    recount(tx, shop, profile, NO_CARTS if was is None else was.carts, state.carts)
    tx.save(shop, [row])
    if rules.goods_since:
        cares = cared_for(state.carts, state.viewed)
        tx.care(shop, {(product, profile) for product in cares})
    tx.move(shop, [*left, *entered])
    tx.enlist(shop, enlisted(profile, {} if was is None else was.lists, state.lists))


def _memberships(state: Profile) -> set[str]:
    return {key for key, one in state.standings.items() if one.since is not None}


def _standing(
    state: Profile, before: Mapping[str, Instant], now: Instant, rules: Ruleset, shop: ShopId
) -> Profile:
    """The state with its members' times as they are written; who asks for these is judged again."""
    asking: set[int] = set()
    for segment in rules.segments:
        since = state.member_since(segment.key)
        written = before.get(segment.key, now)
        if since is not None and since != written:
            state.standings[segment.key] = Standing(written, state.standings[segment.key].until)
            asking.update(segment.dependents)
    if not asking:
        return state
    for place in asking:
        key = rules.segments[place].key
        state.standings[key] = Standing(state.member_since(key), now)
    state.wake_at = min(state.wake_at, now)
    return advance(state, (), now, rules, shop).profile
