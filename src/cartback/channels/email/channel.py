"""The e-mail channel that delivery sees: composes, signs and hands over, by whatever carries it."""

from typing import Protocol

from cartback.channels.email.dkim import Signer
from cartback.channels.email.headers import BadHeader
from cartback.channels.email.message import ReturnPath, Wire, wire
from cartback.domain.message import Outcome, Outgoing, Refused


class Carrier(Protocol):
    """What takes bytes: an SMTP server, a provider's API. It never raises for what they do."""

    async def send(self, wire: Wire) -> Outcome:
        """Hand one mail over, once."""
        ...


class EmailChannel:
    """One shop's way to send e-mail."""

    def __init__(
        self, carrier: Carrier, *, signer: Signer | None = None, returns: ReturnPath | None = None
    ) -> None:
        self._carrier = carrier
        self._signer = signer
        self._returns = returns

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Hand one message over. An address that is none is a permanent refusal."""
        try:
            ready = wire(outgoing, signer=self._signer, returns=self._returns)
        except BadHeader as error:
            about = "recipient" if outgoing.recipient.address[:40] in str(error) else "shop"
            return Refused(permanent=True, code=0, sentence=str(error), about=about)
        return await self._carrier.send(ready)
