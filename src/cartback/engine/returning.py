"""Senders who come back at once: an answer is to them what a starting shot is to runners.

Programs that import, and a shop's server under load, send on as soon as they are answered. Those
who were answered together would come back one after the other, and the first of them would leave
alone with the next commit: many small commits, or two groups that take turns. So they are waited
for. A browser that sends an event now and then is never waited for.
"""

from collections.abc import Hashable, Iterable
from typing import TypeAlias

Sender: TypeAlias = Hashable
"""A connection, such as its address and port. None is nobody in particular."""


class Returning:
    """Who of those that the last commit answered is expected, and not here yet.

    Whoever came back before the commit after their answer had ended is expected the next time;
    whoever was waited for in vain is not, until they have come back so again.
    """

    def __init__(self) -> None:
        self._answered: set[Sender] = set()
        self._answered_before: set[Sender] = set()
        self._prompt: set[Sender] = set()
        self.missing: set[Sender] = set()

    def came(self, sender: Sender) -> None:
        """The sender handed something in."""
        if sender in self._answered or sender in self._answered_before:
            self._prompt.add(sender)
            self.missing.discard(sender)

    def leave(self) -> None:
        """The next commit leaves without those who are missing."""
        self._prompt -= self.missing
        self.missing.clear()

    def forget(self) -> None:
        """It has been quiet since: who comes now does not come back at once."""
        for some in (self._answered, self._answered_before, self._prompt, self.missing):
            some.clear()

    def answer(self, senders: Iterable[Sender]) -> None:
        """The commit of these is written; they hear of it only after this call."""
        self._answered_before = self._answered
        self._answered = {sender for sender in senders if sender is not None}
        self._prompt &= self._answered | self._answered_before
        self.missing = self._prompt & self._answered
