"""What the engine needs of the world: a clock, and a store with transactions.

Every row carries its shop. The store knows nothing of rules: a profile's state is bytes to it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from cartback.domain.event import Event, Identifier, ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.memory import QuestionKey, Remembered
from cartback.engine.access_ports import AccessReading, AccessWriting
from cartback.engine.companion_ports import CompanionReading, CompanionWriting
from cartback.engine.copy_ports import CopyReading, CopyWriting
from cartback.engine.coupon_ports import CouponReading, CouponWriting
from cartback.engine.flow_ports import FlowReading, FlowWriting
from cartback.engine.growth_ports import GrowthReading, GrowthWriting
from cartback.engine.ordered_ports import OrderedReading, OrderedWriting
from cartback.engine.product_ports import ProductReading, ProductWriting
from cartback.engine.recovery_ports import RecoveryReading, RecoveryWriting
from cartback.engine.scope import Scope
from cartback.engine.standing_ports import FiguresReading, FiguresWriting
from cartback.engine.suppression_ports import SuppressionReading, SuppressionWriting
from cartback.engine.visit_ports import VisitReading, VisitWriting

Seq: TypeAlias = int
WHOLE_STORE: Final[ShopId] = 0
"""What is held (`hold`) by whoever changes what belongs to no shop: no shop has this number."""
"""An event's place in the log; it only grows."""


class Clock(Protocol):
    """What time it is."""

    def __call__(self) -> Instant: ...


class Contention(Exception):
    """Another process got there first; the whole transaction is to be tried again."""


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


class ProfileRow(msgspec.Struct, frozen=True, gc=False):
    """One profile as stored: its state, when to look at it again, and the ends of its chains."""

    id: ProfileId
    state: bytes
    wake_at: Instant = FOREVER
    rules_version: int = 0
    tails: tuple[Seq, ...] = ()


class Move(msgspec.Struct, frozen=True, gc=False):
    """A profile entered (`joined`) or left a segment, at that instant."""

    segment: str
    profile: ProfileId
    at: Instant
    joined: bool
    quiet: bool = False


class Merge(msgspec.Struct, frozen=True):
    """Two profiles became one: which, when, because of which event, tied by which identifiers."""

    id: int
    winner: ProfileId
    loser: ProfileId
    at: Instant
    event_id: str
    evidence: tuple[Identifier, ...]
    moved: tuple[Identifier, ...]
    tails: tuple[Seq, ...]
    undone_at: Instant | None = None


class Conflict(msgspec.Struct, frozen=True):
    """An event tied two profiles with different external ids; they were not merged."""

    at: Instant
    event_id: str
    profiles: tuple[ProfileId, ...]
    identifiers: tuple[Identifier, ...]


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


SegmentStatus: TypeAlias = Literal["building", "live", "failed", "archived"]


class SegmentRow(msgspec.Struct, frozen=True):
    """A segment's newest definition, and whether its members can be read yet."""

    key: str
    name: str
    document: bytes
    version: int
    status: SegmentStatus
    created: Instant
    updated: Instant
    done: int = 0
    total: int = 0
    error: str = ""

    @property
    def is_awaited(self) -> bool:
        """Whether its members are not all found yet; nobody may read them until then."""
        return self.status in ("building", "failed")


class SegmentVersion(msgspec.Struct, frozen=True):
    """One definition that a segment has had: since when, and who gave it."""

    key: str
    version: int
    name: str
    document: bytes
    at: Instant
    by: str = ""


class Enlisted(msgspec.Struct, frozen=True):
    """A profile is in a list since then, or not in it (None)."""

    list: str
    profile: ProfileId
    since: Instant | None


class AnswerRow(msgspec.Struct, frozen=True):
    """What a request was answered, to be said again to who asks twice. `status` 0: not yet.

    `key` and `request` are digests: of the sender's key for the request, and of what was asked.
    """

    key: bytes
    request: bytes
    at: Instant
    status: int = 0
    body: bytes = b""


class RulesRow(msgspec.Struct, frozen=True):
    """One immutable version of everything that `advance` needs to know of a shop."""

    version: int
    document: bytes


class KeyRow(msgspec.Struct, frozen=True):
    """A key: `public` may stand in a page, `secret` belongs on a server. Hashed.

    What it may do beyond that is in `scopes` (scope.py), sorted.
    """

    id: int
    shop: ShopId
    kind: Literal["public", "secret"]
    digest: bytes
    hint: str
    label: str
    created: Instant
    revoked: Instant | None = None
    scopes: tuple[Scope, ...] = ()


class ShopRow(msgspec.Struct, frozen=True):
    id: ShopId
    name: str
    created: Instant


class Reading(
    AccessReading,
    FiguresReading,
    GrowthReading,
    CouponReading,
    ProductReading,
    SuppressionReading,
    FlowReading,
    OrderedReading,
    VisitReading,
    RecoveryReading,
    CompanionReading,
    CopyReading,
    Protocol,
):
    """A consistent look at the store."""

    def shops(self) -> Sequence[ShopRow]: ...
    def keys(self, shop: ShopId | None = None) -> Sequence[KeyRow]: ...
    def rules_version(self, shop: ShopId) -> int:
        """0 where the shop has no rules yet."""

    def rules(self, shop: ShopId, version: int) -> RulesRow | None: ...
    def segments(self, shop: ShopId) -> Sequence[SegmentRow]: ...
    def segment(self, shop: ShopId, key: str) -> SegmentRow | None: ...

    def segment_versions(
        self, shop: ShopId, key: str, before: int, limit: int
    ) -> Sequence[SegmentVersion]:
        """The definitions that a segment has had, those before a version, newest first."""

    def profiles_by(
        self, shop: ShopId, identifiers: Collection[Identifier]
    ) -> dict[Identifier, ProfileId]: ...
    def identifiers_of(self, shop: ShopId, profile: ProfileId) -> Sequence[Identifier]: ...
    def profile(self, shop: ShopId, profile: ProfileId) -> ProfileRow | None: ...
    def profiles_after(self, shop: ShopId, after: ProfileId, limit: int) -> Sequence[ProfileRow]:
        """Profiles in the order of their ids, those behind `after`."""

    def count_profiles(self, shop: ShopId) -> int: ...
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

    def count_members(self, shop: ShopId, segment: str) -> int: ...
    def members(
        self, shop: ShopId, segment: str, after: ProfileId = 0, limit: int = 100
    ) -> Sequence[tuple[ProfileId, Instant]]:
        """Members in the order of their ids, and since when."""

    def memberships(self, shop: ShopId, profile: ProfileId) -> Mapping[str, Instant]: ...
    def moves(
        self, shop: ShopId, *, segment: str | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[tuple[int, Move]]:
        """Joins and leaves in the order in which they were written, each with its number."""

    def latest_moves(
        self,
        shop: ShopId,
        *,
        segment: str | None = None,
        limit: int = 100,
        with_quiet: bool = True,
    ) -> Sequence[tuple[int, Move]]:
        """The same, the one that was written last first; perhaps without the quiet ones."""

    def lists(self, shop: ShopId) -> Mapping[str, int]:
        """The lists that have members, and how many."""

    def list_members(
        self, shop: ShopId, key: str, after: ProfileId = 0, limit: int = 100
    ) -> Sequence[tuple[ProfileId, Instant]]:
        """Who is in a list, in the order of their ids, and since when."""

    def answer(self, shop: ShopId, key: bytes) -> AnswerRow | None: ...
    def merge(self, shop: ShopId, merge: int) -> Merge | None: ...
    def merges(self, shop: ShopId, profile: ProfileId | None = None) -> Sequence[Merge]: ...
    def conflicts(self, shop: ShopId, limit: int = 100) -> Sequence[Conflict]: ...
    def conflicts_of(self, shop: ShopId, profile: ProfileId) -> Sequence[Conflict]:
        """Those that name this profile, latest first."""

    def quarantined(self, shop: ShopId, limit: int = 100) -> Sequence[Quarantined]: ...
    def drops(self, shop: ShopId | None = None) -> Mapping[str, int]:
        """How many events were dropped, by reason."""

    def counts(self, shop: ShopId) -> Mapping[str, int]:
        """Rows by table: events, profiles, quarantined, conflicts, and state_bytes (their sum)."""

    def next_wake(self) -> Instant:
        """The earliest wake_at of any profile, or an instant before it; FOREVER for none."""

    def note(self, key: str) -> bytes | None:
        """A small value that the engine keeps between runs, such as a position."""


class Transaction(
    Reading,
    AccessWriting,
    FiguresWriting,
    GrowthWriting,
    CouponWriting,
    ProductWriting,
    SuppressionWriting,
    FlowWriting,
    OrderedWriting,
    VisitWriting,
    RecoveryWriting,
    CompanionWriting,
    CopyWriting,
    Protocol,
):
    """One all-or-nothing change. The same reads as Reading, seeing what it wrote itself."""

    def add_shop(self, name: str, at: Instant) -> ShopId: ...
    def rename_shop(self, shop: ShopId, name: str) -> None: ...
    def add_key(self, key: KeyRow) -> KeyRow:
        """Stores a key (its `id` is given by the store and returned)."""

    def revoke_key(self, shop: ShopId, key: int, at: Instant) -> bool: ...
    def hold(self, shop: ShopId) -> None:
        """Be alone with a shop until the end: waits for all who work with its rules. To be first,
        for what is read before may have changed when the waiting is over."""

    def add_rules(self, shop: ShopId, rules: RulesRow) -> None:
        """A new version. Raises Contention where that version exists already."""

    def save_segment(self, shop: ShopId, segment: SegmentRow) -> None: ...
    def add_segment_version(self, shop: ShopId, version: SegmentVersion) -> None: ...
    def drop_members(self, shop: ShopId, segment: str) -> None:
        """Forget the membership rows of a segment (an archived or rebuilt one)."""

    def unseen(self, shop: ShopId, ids: Sequence[str]) -> set[str]:
        """Record event ids; the ones that were not there before, each once."""

    def link(self, shop: ShopId, owners: Mapping[Identifier, ProfileId]) -> None:
        """Give new identifiers to profiles. Raises Contention where one has an owner by now."""

    def relink(self, shop: ShopId, identifiers: Collection[Identifier], to: ProfileId) -> None:
        """Move identifiers to another profile."""

    def unlink(self, shop: ShopId, profile: ProfileId) -> None:
        """Forget all identifiers of a profile."""

    def new_profile_ids(self, count: int) -> Sequence[ProfileId]: ...
    def lock(self, shop: ShopId, profiles: Collection[ProfileId]) -> dict[ProfileId, ProfileRow]:
        """The profiles' rows, locked in key order until the end; unknown ones are left out."""

    def lock_versions(self, shop: ShopId, profiles: Collection[ProfileId]) -> dict[ProfileId, int]:
        """Lock them likewise, and say only at which version of the rules they are."""

    def save(self, shop: ShopId, profiles: Iterable[ProfileRow]) -> None:
        """Insert or replace rows by id."""

    def bump(self, shop: ShopId, profiles: Collection[ProfileId], rules_version: int) -> None:
        """Set the rules version of rows that are at an older one, and otherwise right."""

    def remove(self, shop: ShopId, profile: ProfileId) -> None:
        """Delete a profile's row and its memberships (a merged or erased one)."""

    def new_seqs(self, count: int) -> Sequence[Seq]: ...
    def append(self, events: Sequence[LoggedEvent]) -> None: ...
    def rechain(self, shop: ShopId, links: Sequence[tuple[Seq, ProfileId, Seq]]) -> None:
        """Give events of the log to another profile: each one's seq, owner and previous seq."""

    def blank(self, shop: ShopId, seqs: Collection[Seq]) -> None:
        """Delete events from the log and their ids (erasure on request)."""

    def move(self, shop: ShopId, moves: Sequence[Move]) -> None:
        """Write joins and leaves to the memberships and to their history."""

    def enlist(self, shop: ShopId, standings: Sequence[Enlisted]) -> None:
        """Write who is in which list now; each profile once for a list."""

    def claim_answer(self, shop: ShopId, answer: AnswerRow, died: Instant) -> bool:
        """Note that a request is being answered; False where it is or was before. That the same
        request is being answered since `died` or longer counts no more."""

    def save_answer(self, shop: ShopId, answer: AnswerRow) -> None: ...
    def forget_answer(self, shop: ShopId, key: bytes) -> None: ...
    def forget_answers(self, shop: ShopId, before: Instant) -> None:
        """Delete the answers of before that instant."""

    def forget_merges(self, shop: ShopId, profile: ProfileId) -> None:
        """Delete a profile's merges and conflicts, with their evidence (erasure on request)."""

    def add_merge(self, shop: ShopId, merge: Merge) -> int: ...
    def undo_merge(self, shop: ShopId, merge: int, at: Instant) -> None: ...
    def add_conflict(self, shop: ShopId, conflict: Conflict) -> None: ...
    def quarantine(self, shop: ShopId, event: Quarantined) -> None: ...
    def release(self, shop: ShopId, seq: Seq) -> None:
        """Take an event out of quarantine."""

    def count_drops(self, shop: ShopId, drops: Mapping[str, int]) -> None: ...
    def claim_due(self, now: Instant, limit: int) -> Mapping[ShopId, Sequence[ProfileRow]]:
        """Profiles with wake_at <= now, earliest first; locked, and skipping locked ones."""

    def set_note(self, key: str, value: bytes) -> None: ...


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


class Store(Protocol):
    """Where everything is kept."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Commits at the end of the block, rolls back when it raises."""

    def reading(self) -> AbstractContextManager[Reading]: ...
    def check(self, *, thorough: bool = False) -> Iterator[tuple[str, bool, str]]:
        """What `doctor` asks of a store: a name, whether it is well, and a sentence.

        At once: whether it can be used. Thorough, for people: how it is set up, the room that is
        left, and whether all that is stored is whole.
        """

    def close(self) -> None: ...
