"""How merges of profiles look in answers, and events that tied profiles which stayed apart."""

from typing import Annotated

from pydantic import BaseModel, Field

from cartback.engine.conflicts import Apart
from cartback.engine.merge_ports import Merge
from cartback.web.api.shape import Named, Time, named, perhaps, when


class MergeShown(BaseModel):
    """Two profiles became one."""

    id: int
    winner: int
    loser: int
    at: Time
    event: Annotated[str | None, Field(description="The event that tied them; null: by hand.")]
    undone: Time | None


class ConflictShown(BaseModel):
    """An event tied this profile to another; they were not merged, and are two still."""

    at: Time
    event: str
    tied_by: list[Named]
    profiles: list[int]
    can_merge: Annotated[
        bool, Field(description="False where more than one has a customer's id: they stay two.")
    ]


def merge_shown(one: Merge) -> MergeShown:
    return MergeShown(
        id=one.id,
        winner=one.winner,
        loser=one.loser,
        at=when(one.at),
        event=one.event_id or None,
        undone=perhaps(one.undone_at),
    )


def conflict_shown(one: Apart) -> ConflictShown:
    return ConflictShown(
        at=when(one.at),
        event=one.event_id,
        tied_by=named(one.tied_by),
        profiles=[party.profile for party in one.parties],
        can_merge=one.can_merge,
    )
