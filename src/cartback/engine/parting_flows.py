"""What flows did to whom, when a merge is undone: runs and messages that wait go with their person.

A run is of whom it began for. Of what happened while the two were one both remember all, so that
nobody enters a flow again that they were in, or is written to too often.
"""

from collections.abc import Mapping
from typing import Final

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.profile import MOST_ENTERED, Profile, RunId
from cartback.domain.start import run_key
from cartback.engine.flow_ports import RunRow
from cartback.engine.merge_ports import Merge
from cartback.engine.ports import Transaction

ALL: Final = 1_000_000


def part_flows(
    tx: Transaction, shop: ShopId, merge: Merge, together: Profile, wakes: Instant
) -> Mapping[ProfileId, Profile]:
    """Of each of the two a state that says what flows did, and nothing else that counts. `wakes`:
    when the loser is to be looked at."""
    began = _began(tx, shop, merge)
    theirs = {key: run for key, run in together.runs.items() if run.id in began}
    winner = together.copy()
    winner.runs = {key: run for key, run in together.runs.items() if key not in theirs}
    loser = Profile(merge.loser, wake_at=wakes, runs=theirs)
    loser.entered = _entered(together, began, merge.at)
    loser.contacts, loser.dates = dict(together.contacts), dict(together.dates)
    for run in theirs.values():
        gone = RunRow(merge.winner, run.id, None, None)
        tx.place_runs(shop, [gone, RunRow(merge.loser, run.id, run.step, run.due, run.held)])
    for one in tx.messages_of(shop, merge.winner, ALL):
        if one.run in began and one.status == "queued":
            tx.hand_back(shop, one.key, merge.loser)
    return {merge.winner: winner, merge.loser: loser}


def _began(tx: Transaction, shop: ShopId, merge: Merge) -> Mapping[RunId, Instant]:
    """The runs that began for the loser, and when."""
    decisions = (one for _, one in tx.decisions(shop, merge.loser, limit=ALL))
    return {one.run: one.at for one in decisions if one.what == "entered"}


def _entered(
    together: Profile, began: Mapping[RunId, Instant], since: Instant
) -> dict[str, Instant]:
    """When runs began last: for the loser, and for the two since they were one."""
    found = {key: at for key, at in together.entered.items() if at >= since}
    for run, at in began.items():
        key = run_key(run.flow, run.cart)
        found[key] = max(at, found.get(key, at))
    latest = sorted(found, key=lambda key: (found[key], key))[-MOST_ENTERED:]
    return {key: found[key] for key in latest}
