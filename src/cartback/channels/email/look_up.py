"""Looks records up by DNS: the only place that knows dnspython."""

from collections.abc import Sequence
from typing import Final

import dns.exception
import dns.rdata
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

from cartback.engine.deliverability import CannotLookUp

SECONDS: Final = 4.0
"""How long one look-up may take, over all servers and tries."""


class Dns:
    """Asks the servers of this machine, or the one that is given."""

    def __init__(self, server: str = "", port: int = 53, seconds: float = SECONDS) -> None:
        self._resolver = dns.resolver.Resolver(configure=not server)
        if server:
            self._resolver.nameservers = [server]
            self._resolver.port = port
        self._resolver.lifetime = seconds

    def texts(self, name: str) -> Sequence[str]:
        """The TXT records, their pieces joined. Raises CannotLookUp."""
        found = (one for one in self._ask(name, "TXT") if isinstance(one, TXT))
        return [b"".join(one.strings).decode("utf-8", "replace") for one in found]

    def mail_hosts(self, name: str) -> Sequence[str]:
        """The hosts of the MX records, the first choice first; none for a null MX (RFC 7505)."""
        found = sorted(
            (one.preference, one.exchange.to_text(omit_final_dot=True))
            for one in self._ask(name, "MX")
            if isinstance(one, MX)
        )
        return [host for _, host in found if host and host != "."]

    def _ask(self, name: str, kind: str) -> list[dns.rdata.Rdata]:
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise CannotLookUp(str(error)) from None
