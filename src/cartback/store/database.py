"""The store: transactions and readings, as the engine asks for them (engine/ports.py)."""

from collections.abc import Iterator
from contextlib import contextmanager

from cartback.domain.event import ProfileId, ShopId
from cartback.engine.ports import Clock
from cartback.store.access import AccessReads, AccessWrites
from cartback.store.answers import AnswerReads, AnswerWrites
from cartback.store.catalog import CatalogReads, CatalogWrites
from cartback.store.companions import CompanionReads, CompanionWrites
from cartback.store.copies import CopyReads, CopyWrites
from cartback.store.coupons import CouponReads, CouponWrites
from cartback.store.doctor import Finding, examine
from cartback.store.engine import open_database
from cartback.store.flows import FlowReads, FlowWrites
from cartback.store.growth import GrowthReads, GrowthWrites
from cartback.store.interests import InterestReads, InterestWrites
from cartback.store.lists import ListReads, ListWrites
from cartback.store.log import LogReads, LogWrites
from cartback.store.members import MemberReads, MemberWrites
from cartback.store.merges import MergeReads, MergeWrites
from cartback.store.messages import MessageReads, MessageWrites
from cartback.store.migrate import upgrade
from cartback.store.ordered_carts import OrderedReads, OrderedWrites
from cartback.store.products import ProductReads, ProductWrites
from cartback.store.profiles import ProfileReads, ProfileWrites
from cartback.store.recoveries import RecoveryReads, RecoveryWrites
from cartback.store.runs import RunReads, RunWrites
from cartback.store.session import Database
from cartback.store.standing import FiguresReads, FiguresWrites
from cartback.store.suppressions import SuppressionReads, SuppressionWrites
from cartback.store.visits import VisitReads, VisitWrites


class DatabaseReading(
    CatalogReads,
    ProfileReads,
    LogReads,
    MemberReads,
    GrowthReads,
    MergeReads,
    ListReads,
    AnswerReads,
    AccessReads,
    FiguresReads,
    FlowReads,
    RunReads,
    MessageReads,
    OrderedReads,
    CouponReads,
    ProductReads,
    InterestReads,
    SuppressionReads,
    VisitReads,
    RecoveryReads,
    CompanionReads,
    CopyReads,
):
    """A consistent look at the store."""


class DatabaseTransaction(
    CatalogWrites,
    ProfileWrites,
    LogWrites,
    MemberWrites,
    GrowthWrites,
    MergeWrites,
    ListWrites,
    AnswerWrites,
    AccessWrites,
    FiguresWrites,
    FlowWrites,
    RunWrites,
    MessageWrites,
    OrderedWrites,
    CouponWrites,
    ProductWrites,
    InterestWrites,
    SuppressionWrites,
    VisitWrites,
    RecoveryWrites,
    CompanionWrites,
    CopyWrites,
):
    """One all-or-nothing change."""

    def remove(self, shop: ShopId, profile: ProfileId) -> None:
        self._remove_profile(shop, profile)
        self._leave_all(shop, profile)
        self._forget_runs(shop, profile)
        self._forget_interests(shop, profile)

    def forget_flows_of(self, shop: ShopId, profile: ProfileId) -> None:
        self._forget_runs(shop, profile)
        self._forget_decisions(shop, profile)
        self._forget_visits(shop, profile)  # before the messages, which say whose they are
        self._forget_copies(shop, profile)
        self._forget_messages(shop, profile)
        self._forget_recoveries(shop, profile)
        self._forget_ordered_by(shop, profile)

    def finish(self) -> None:
        """Write what was gathered; the commit comes next."""
        self._tallies.write()


class DatabaseStore:
    """Everything, in a SQLite file or on a PostgreSQL server. For any number of threads."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def transaction(self) -> Iterator[DatabaseTransaction]:
        """Commits at the end of the block, rolls back when it raises.

        Raises Contention where another transaction stood in the way; try the whole block again.
        """
        with self._database.writing() as session:
            transaction = DatabaseTransaction(session)
            yield transaction
            transaction.finish()

    @contextmanager
    def reading(self) -> Iterator[DatabaseReading]:
        """What was committed when the block's first read ran; nobody waits for it."""
        with self._database.reading() as session:
            yield DatabaseReading(session)

    def check(self, *, thorough: bool = False) -> Iterator[Finding]:
        """Whether it can be used, at once; thorough: durability, room, and every page of a file."""
        database = self._database
        return examine(database.reader, database.file, self._clock, thorough=thorough)

    def close(self) -> None:
        self._database.close()


def open_store(url: str, *, migrate: bool = True, clock: Clock | None = None) -> DatabaseStore:
    """The store behind a SQLAlchemy URL or a path to a SQLite file, brought to the newest schema.

    Without `migrate` an older schema is left as it is. With a clock, `check` compares it with the
    server's. Raises BadUrl, and NewerSchema where a newer Cartback has been.
    """
    database = open_database(url)
    try:
        if migrate:
            upgrade(database)
    except BaseException:
        database.close()
        raise
    return DatabaseStore(database, clock)
