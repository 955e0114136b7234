"""The past from the tape, for a back-fill: what new questions need of it, for everybody at once."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

from cartback.bulk.query import Bulk, LogAndMerges
from cartback.bulk.recall import Recalled
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant, Zone
from cartback.domain.memory import QuestionKey, Remembered
from cartback.domain.rules import Settings
from cartback.domain.ruleset import LiveQuestion
from cartback.engine.log_ports import Seq

Look: TypeAlias = Callable[[], AbstractContextManager[LogAndMerges]]
"""A consistent look at the log, for the end of it that is not on the tape yet."""


class TapeRecall:
    """What the questions need, from the tape and the end of the log behind it."""

    def __init__(
        self, recalled: Recalled, questions: Collection[QuestionKey], through: Seq
    ) -> None:
        self._recalled = recalled
        self.questions = questions
        self.through = through

    def memories(
        self, first: ProfileId, last: ProfileId
    ) -> Mapping[ProfileId, Mapping[QuestionKey, Remembered]]:
        return self._recalled.between(first, last)


def recaller(
    folder: Path, look: Look
) -> Callable[
    [ShopId, Sequence[LiveQuestion], Settings, Instant], AbstractContextManager[TapeRecall]
]:
    """Makes what the back-fill asks for; the database is opened for as long as it is used."""

    @contextmanager
    def recall(
        shop: ShopId, questions: Sequence[LiveQuestion], settings: Settings, now: Instant
    ) -> Iterator[TapeRecall]:
        with Bulk(folder, shop) as bulk:
            with look() as log:
                bulk.refresh(log)
            asked = [(one.asked, one.retention) for one in questions]
            recalled = bulk.recall(asked, now, Zone(settings.zone))
            yield TapeRecall(recalled, frozenset(one.key for one in questions), bulk.seq)

    return recall
