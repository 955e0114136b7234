"""The postman of webhooks: makes one call of a claimed message, and tells what was answered."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from cartback.channels.webhook.body import body_of
from cartback.channels.webhook.signature import signed_headers
from cartback.domain.event import ShopId
from cartback.domain.fault import Fault
from cartback.domain.message import Accepted, Outcome, Refused
from cartback.engine.deliver import Begins, Sending
from cartback.engine.ports import Clock, Store
from cartback.engine.rulebook import Rulebook
from cartback.fetch import Answer, CallFailed, Forbidden, Guard, Limits, call

LIMITS: Final = Limits(connect=5, total=20, size=64 * 1024)
TRY_AGAIN: Final = frozenset({408, 425, 429})
"""The answers of the 400s that another try may turn (RFC 9110, 15.5.9; RFC 8470; RFC 6585)."""
LONGEST_RECEIPT: Final = 200

Secrets: TypeAlias = Callable[[ShopId, int], Sequence[str]]


class WebhookPostman:
    """Every shop's webhooks. The same message has the same `webhook-id` at every try."""

    def __init__(
        self, store: Store, rulebook: Rulebook, clock: Clock, guard: Guard, secrets: Secrets
    ) -> None:
        """`secrets`: those of a shop that are good at an instant, the newest first."""
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._guard = guard
        self._secrets = secrets

    async def hand_over(self, sending: Sending, begins: Begins) -> Outcome | None:
        """Call the address, once."""
        return await asyncio.to_thread(self._call, sending) if await begins() else None

    def _call(self, sending: Sending) -> Outcome:
        message = sending.message
        with self._store.reading() as reading:
            rules = self._rulebook.of(reading, sending.shop)
        live = rules.flows.versions.get(message.run[:2])
        if live is None:
            return Refused(True, 0, str(Fault("flow_gone")), "shop")
        body, now = body_of(sending, live.flow, message.at), self._clock()
        id_ = f"msg_{message.key}"
        headers = {
            **signed_headers(self._secrets(sending.shop, now), id_, now, body),
            "Idempotency-Key": id_,
            "Content-Type": "application/json",
            "User-Agent": "Cartback",
        }
        try:
            answer = call(
                self._guard,
                message.recipient,
                method="POST",
                headers=headers,
                body=body,
                limits=LIMITS,
                cut=True,
            )
        except Forbidden as error:
            return Refused(True, 0, str(error), "shop")
        except CallFailed as error:
            return Refused(error.permanent, 0, str(error))
        return _outcome(answer)


def _outcome(answer: Answer) -> Outcome:
    """What an answer means: 2xx is taken, 5xx and some others are tried again."""
    said = answer.body.decode("utf-8", "replace").strip()
    told = f"{answer.status} {said}".strip()[:LONGEST_RECEIPT]
    if 200 <= answer.status < 300:
        return Accepted(told)
    if 300 <= answer.status < 400:
        redirected = Fault("call_redirected", status=answer.status)
        return Refused(True, answer.status, str(redirected), "shop")
    passing = answer.status >= 500 or answer.status in TRY_AGAIN
    return Refused(not passing, answer.status, str(Fault("call_answered", said=told)), "shop")
