"""What is asked of the store about the log: events, drops, and events in quarantine."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec

from cartback.domain.event import Event, ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.domain.memory import QuestionKey, Remembered

Seq: TypeAlias = int
"""An event's place in the log; it only grows."""


class LoggedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event in the log. `previous` is the seq of the event before it in the same chain, or 0.

    A chain links the events that were recorded for one profile, latest first, so that a person's
    history is read without an index over the whole log. A merge lets one profile hold several
    chains; an undone merge gives each its own back.
    """

    seq: Seq
    profile: ProfileId
    previous: Seq
    event: Event


class Quarantined(msgspec.Struct, frozen=True):
    """An event that made a rule fail: it is in the log, and waits to be applied."""

    seq: Seq
    profile: ProfileId
    at: Instant
    error: str


class Amendment(msgspec.Struct, frozen=True):
    """What every copy of the log has to change: a profile's events are gone, or, where there are
    `seqs`, these events are the profile's."""

    profile: ProfileId
    seqs: tuple[Seq, ...] = ()


class Recall(Protocol):
    """What profiles have to remember of the log up to a seq, asked for many of them at once."""

    @property
    def questions(self) -> Collection[QuestionKey]:
        """Which questions it knows."""

    @property
    def through(self) -> Seq:
        """The log is recalled up to here; what came later is in the chains."""

    def memories(
        self, first: ProfileId, last: ProfileId
    ) -> Mapping[ProfileId, Mapping[QuestionKey, Remembered]]:
        """By profile, from `first` to `last`; those of whom nothing matched are left out."""


class LogReading(Protocol):
    def history(
        self, shop: ShopId, tails: Sequence[Seq], limit: int | None = None
    ) -> Sequence[LoggedEvent]:
        """The events of the chains that end at these tails, latest seq first."""

    def histories(
        self, shop: ShopId, tails: Mapping[ProfileId, Sequence[Seq]], after: Seq = 0
    ) -> dict[ProfileId, Sequence[LoggedEvent]]:
        """The chains of many profiles at once, as far back as `after`, each latest seq first."""

    def happened(
        self, shop: ShopId, tails: Mapping[ProfileId, Sequence[Seq]], metric: str, since: Instant
    ) -> dict[ProfileId, Sequence[LoggedEvent]]:
        """The events of a metric in these chains, as far back as an event arrived before that."""

    def log_after(self, shop: ShopId, seq: Seq, limit: int) -> Sequence[LoggedEvent]:
        """The log in order, behind `seq`; settled rows only."""

    def log_of(
        self, shop: ShopId, metric: str, after: Seq, limit: int
    ) -> tuple[Sequence[LoggedEvent], Seq]:
        """Those of a metric among the next `limit` settled events behind `after`, and the seq of
        the last that was looked at; `after` itself where there is nothing more."""

    def log_before(self, shop: ShopId, seq: Seq, limit: int) -> Sequence[LoggedEvent]:
        """The log backwards from before `seq`, newest first."""

    def last_seq(self, shop: ShopId) -> Seq: ...
    def quarantined(self, shop: ShopId, limit: int = 100) -> Sequence[Quarantined]: ...
    def drops(self, shop: ShopId | None = None) -> Mapping[str, int]:
        """How many events were dropped, by reason."""


class LogWriting(LogReading, Protocol):
    def unseen(self, shop: ShopId, ids: Sequence[str]) -> set[str]:
        """Record event ids; the ones that were not there before, each once."""

    def new_seqs(self, count: int) -> Sequence[Seq]: ...
    def append(self, events: Sequence[LoggedEvent]) -> None: ...
    def rechain(self, shop: ShopId, links: Sequence[tuple[Seq, ProfileId, Seq]]) -> None:
        """Give events of the log to another profile: each one's seq, owner and previous seq."""

    def blank(self, shop: ShopId, seqs: Collection[Seq]) -> None:
        """Delete events from the log and their ids (erasure on request)."""

    def quarantine(self, shop: ShopId, event: Quarantined) -> None: ...
    def release(self, shop: ShopId, seq: Seq) -> None:
        """Take an event out of quarantine."""

    def count_drops(self, shop: ShopId, drops: Mapping[str, int]) -> None: ...
