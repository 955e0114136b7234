"""A mail catcher: receives by real SMTP and keeps the latest mails in memory, for tests and demos.

It listens on this machine only, and nothing leaves it.
"""

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

from cartback.channels.email.listener import Listener

MOST_MAILS: Final = 1_000
LARGEST: Final = 10_000_000


class Caught(msgspec.Struct, frozen=True):
    """One mail as it arrived."""

    number: int
    at: datetime
    return_path: str
    recipients: tuple[str, ...]
    raw: bytes

    def parsed(self) -> EmailMessage:
        """The mail by the standard library's reading."""
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.parsed()["subject"] or "")

    def html(self) -> str:
        """The HTML part, empty where there is none."""
        return self._part("html")

    def text(self) -> str:
        """The plain text part, empty where there is none."""
        return self._part("plain")

    def headers(self) -> list[tuple[str, str]]:
        """Every header in its order, decoded."""
        return [(name, str(value)) for name, value in self.parsed().items()]

    def _part(self, subtype: str) -> str:
        found = self.parsed().get_body((subtype,))
        return "" if found is None else str(found.get_content()).replace("\r\n", "\n")


class Catcher:
    """An SMTP server in a thread of this process."""

    def __init__(
        self, clock: Callable[[], datetime], *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """`port` 0 takes a free one. `clock` says when a mail arrived."""
        self._clock = clock
        self._lock = threading.Lock()
        self._mails: deque[Caught] = deque(maxlen=MOST_MAILS)
        self._count = 0
        self._listener = Listener(self, host=host, port=port, data_size_limit=LARGEST)

    @property
    def port(self) -> int:
        """Where it listens, once it was started."""
        return self._listener.port

    def start(self) -> int:
        """Listen; on which port. Raises OSError where it is taken."""
        return self._listener.start()

    def stop(self) -> None:
        """Listen no longer; what was caught stays."""
        self._listener.stop()

    def mails(self) -> list[Caught]:
        """The newest first."""
        with self._lock:
            return list(reversed(self._mails))

    def mail(self, number: int) -> Caught | None:
        """The mail with that number, while it is kept."""
        with self._lock:
            return next((one for one in self._mails if one.number == number), None)

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._mails.clear()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep one mail."""
        raw = envelope.original_content or b""
        with self._lock:
            self._count += 1
            number = self._count
            self._mails.append(
                Caught(
                    number=number,
                    at=self._clock(),
                    return_path=envelope.mail_from or "",
                    recipients=tuple(envelope.rcpt_tos),
                    raw=raw,
                )
            )
        return f"250 2.0.0 caught as {number}"
