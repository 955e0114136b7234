"""What the engine needs of the world: a clock, and a store with transactions.

Every row carries its shop. The store knows nothing of rules: a profile's state is bytes to it.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from cartback.domain.event import ShopId
from cartback.domain.instant import Instant
from cartback.engine.access_ports import AccessReading, AccessWriting
from cartback.engine.answer_ports import AnswerReading, AnswerWriting
from cartback.engine.companion_ports import CompanionReading, CompanionWriting
from cartback.engine.copy_ports import CopyReading, CopyWriting
from cartback.engine.coupon_ports import CouponReading, CouponWriting
from cartback.engine.flow_ports import FlowReading, FlowWriting
from cartback.engine.growth_ports import GrowthReading, GrowthWriting
from cartback.engine.list_ports import ListReading, ListWriting
from cartback.engine.log_ports import LogReading, LogWriting
from cartback.engine.merge_ports import MergeReading, MergeWriting
from cartback.engine.ordered_ports import OrderedReading, OrderedWriting
from cartback.engine.product_ports import ProductReading, ProductWriting
from cartback.engine.profile_ports import ProfileReading, ProfileWriting
from cartback.engine.recovery_ports import RecoveryReading, RecoveryWriting
from cartback.engine.segment_ports import SegmentReading, SegmentWriting
from cartback.engine.shop_ports import ShopReading, ShopWriting
from cartback.engine.standing_ports import FiguresReading, FiguresWriting
from cartback.engine.suppression_ports import SuppressionReading, SuppressionWriting
from cartback.engine.visit_ports import VisitReading, VisitWriting


class Clock(Protocol):
    """What time it is."""

    def __call__(self) -> Instant: ...


class Contention(Exception):
    """Another process got there first; the whole transaction is to be tried again."""


class Reading(
    ShopReading,
    SegmentReading,
    ListReading,
    ProfileReading,
    MergeReading,
    LogReading,
    AnswerReading,
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

    def counts(self, shop: ShopId) -> Mapping[str, int]:
        """Rows by table: events, profiles, quarantined, conflicts, and state_bytes (their sum)."""

    def note(self, key: str) -> bytes | None:
        """A small value that the engine keeps between runs, such as a position."""


class Transaction(
    Reading,
    ShopWriting,
    SegmentWriting,
    ListWriting,
    ProfileWriting,
    MergeWriting,
    LogWriting,
    AnswerWriting,
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

    def set_note(self, key: str, value: bytes) -> None: ...


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
