"""The e-mail channel that delivery sees: composes, signs and hands over, by whatever carries it."""

from typing import Protocol

from cartback.channels.email.dkim import Signer
from cartback.channels.email.headers import BadHeader, checked_address
from cartback.channels.email.message import ReturnPath, Wire, wire
from cartback.domain.message import Blame, Outcome, Outgoing, Refused


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
            return Refused(True, 0, str(error), _about(outgoing))
        return await self._carrier.send(ready)


def _about(outgoing: Outgoing) -> Blame:
    """Whose fault it is that no message can be written."""
    try:
        checked_address(outgoing.recipient.address)
    except BadHeader:
        return "recipient"
    return "shop"
