"""What the inbox needs of whoever catches mail instead of sending it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from cartback.domain.event import ShopId


class Mail(Protocol):
    """One mail as it arrived."""

    @property
    def number(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def recipients(self) -> tuple[str, ...]: ...
    @property
    def subject(self) -> str: ...
    def html(self) -> str: ...
    def text(self) -> str: ...
    def headers(self) -> Sequence[tuple[str, str]]: ...


class Inbox(Protocol):
    """What was caught, by shop."""

    def mails(self, shop: ShopId) -> Sequence[Mail]:
        """The newest first."""

    def mail(self, shop: ShopId, number: int) -> Mail | None: ...
