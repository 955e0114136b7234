"""What flows do to a profile, as rows: where runs stand, what was decided, what is to go out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from cartback.domain.effect import Decided, Queued
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.profile import Run
from cartback.domain.run import message_key
from cartback.domain.step import ALERT
from cartback.engine.flow_ports import DecisionRow, MessageRow, RunRow
from cartback.engine.ports import Transaction
from cartback.engine.resting import BECAME, place

DECIDED: Final = "decided"
"""The topic of tallies that count decisions: by flow, version, step and what was done."""
NO_RUNS: Final[Mapping[str, Run]] = MappingProxyType({})


def placed(
    profile: ProfileId, written: Mapping[str, Run], runs: Mapping[str, Run]
) -> Sequence[RunRow]:
    """What has to be written of a profile's runs, where others were written before."""
    changes = []
    for key in sorted(written.keys() | runs.keys()):
        before, after = written.get(key), runs.get(key)
        if after is not None and after != before:
            changes.append(RunRow(profile, after.id, after.step, after.due, after.held))
        elif after is None and before is not None:
            changes.append(RunRow(profile, before.id, None, None))
    return changes


def decision(profile: ProfileId, one: Decided) -> DecisionRow:
    """A decision as it is written down."""
    return DecisionRow(
        profile, one.run, one.step, one.at, one.what, str(one.reason), one.until, one.way, one.rule
    )


def message(profile: ProfileId, one: Queued) -> MessageRow:
    """A message as it is put into the outbox."""
    return MessageRow(
        key=_key(profile, one),
        profile=profile,
        run=one.run,
        step=one.step,
        channel=one.channel,
        at=one.at,
        useful_until=one.useful_until,
        measured_from=one.measured_from,
        due=one.at,
        recipient=one.recipient,
    )


def _key(profile: ProfileId, one: Queued) -> str:
    """A step that goes to several has a message for each of them."""
    several = one.recipient if one.channel == ALERT else ""
    return message_key(profile, one.run, one.step, several)


def count_decisions(tx: Transaction, shop: ShopId, decisions: Sequence[DecisionRow]) -> None:
    """Count what was done at each step: in all, and over time what matters there."""
    counts = Counter(tally_name(one) for one in decisions)
    tx.tally(shop, DECIDED, counts)
    over_time: Counter[str] = Counter()
    for one in decisions:
        if one.what != "waits":
            names = place(one.run.flow, one.run.version, one.step, one.at)
            over_time.update(f"{name}{_done(one)}" for name in names)
    if over_time:
        tx.tally(shop, BECAME, over_time)


def tally_name(one: DecisionRow) -> str:
    """Under which name a decision is counted; a way through a split has its number."""
    return f"{one.run.flow}/{one.run.version}/{one.step}/{_done(one)}"


def _done(one: DecisionRow) -> str:
    return f"{one.what}:{one.way}" if one.what == "went" else f"{one.what}:{one.reason}"
