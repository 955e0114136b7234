"""Mail that comes back by SMTP: taken at return paths that we made, and at no other address.

Whoever is not asked for by a return path of ours is refused before a mail is taken, so there is
nothing to relay, nothing to answer, and nothing to be filled up with.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

from cartback.channels.email.bounce import Bounce, read_bounce
from cartback.channels.email.listener import Listener
from cartback.channels.email.message import ReturnPath

Fate: TypeAlias = Literal["kept", "stranger", "no_report", "unknown", "failed"]
"""What became of one that came: it was kept; it was to no return path of ours; it reported nothing,
as a vacation reply does; its message is not there any more; we could not write, and it comes again.
"""
LARGEST: Final = 2_000_000
MOST_RECIPIENTS: Final = 5
_NO_SUCH: Final = "550 5.1.1 There is no such return path here"
_MANY: Final = "452 4.5.3 Too many recipients"
_TAKEN: Final = "250 2.0.0 Taken"
_LATER: Final = "451 4.3.0 Not now; try again later"


class Returned(msgspec.Struct, frozen=True):
    """A report about one of our messages, and its return path's key."""

    key: str
    bounce: Bounce


class ReturnedMail:
    """An SMTP server for return paths, in a thread of this process."""

    def __init__(
        self,
        returns: ReturnPath,
        keep: Callable[[Returned], bool],
        count: Callable[[Fate], None],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """`keep` notes a report, and says whether it was about a mail that is there; `count` is
        told what became of each. `port` 0 takes a free one.
        """
        self._returns = returns
        self._keep = keep
        self._count = count
        self._listener = Listener(
            self, host=host, port=port, data_size_limit=LARGEST, enable_SMTPUTF8=True
        )

    def start(self) -> int:
        """Listen; on which port. Raises OSError where it is taken."""
        return self._listener.start()

    def stop(self) -> None:
        """Listen no longer."""
        self._listener.stop()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only return paths that we made are there."""
        if self._returns.key(address) is None:
            self._count("stranger")
            return _NO_SUCH
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return _MANY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take one mail; it is kept before it is answered for."""
        raw = envelope.original_content or b""
        for address in envelope.rcpt_tos:
            fate = await asyncio.to_thread(self._take, raw, address)
            self._count(fate)
            if fate == "failed":
                return _LATER
        return _TAKEN

    def _take(self, raw: bytes, address: str) -> Fate:
        key = self._returns.key(address)
        bounce = read_bounce(raw, returns=self._returns, to=address)
        if key is None or bounce is None:
            return "no_report"
        try:
            return "kept" if self._keep(Returned(key, bounce)) else "unknown"
        except Exception:  # noqa: BLE001  whatever it was, the sender keeps the report and comes again
            return "failed"
