"""Which addresses may be called: the public Internet, and nothing inside the house.

Whoever may type in an address could otherwise have this machine ask the database's port, the
router, or the cloud's own metadata (server-side request forgery). A name is resolved once; every
address that it has must be public; and the connection goes to the very address that was looked at,
so that the name cannot mean another one a moment later.
"""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import SplitResult, urlsplit

from cartback.domain.fault import Fault

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolve: TypeAlias = Callable[[str, int], Sequence[str]]

PORTS: Final = frozenset({80, 443, 8080, 8443})
LONGEST_URL: Final = 2_000
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = ip_network("64:ff9b::/96")
"""RFC 6052: an IPv4 address in the last four bytes, which a gateway would reach."""
_LOCAL_NAT64: Final = ip_network("64:ff9b:1::/48")
"""RFC 8215: a network's own gateways, which keep the IPv4 address at places of their own choice
(RFC 6052, 2.2: after 48, 56, 64 or 96 bits). What it means cannot be told from outside."""
_SITE_LOCAL: Final = ip_network("fec0::/10")
_COMPATIBLE: Final = ip_network("::/96")
_METADATA: Final = frozenset({"metadata", "metadata.google.internal", "instance-data"})
"""Names that clouds give to what tells a machine its own secrets."""


class Forbidden(Fault):
    """The address may not be called; the sentence says why, and what may be."""


class Target(NamedTuple):
    """Where a call goes: the parts of its URL, and the address to connect to."""

    scheme: str
    host: str
    port: int
    path: str
    address: str

    @property
    def authority(self) -> str:
        """The Host header (RFC 9112, 3.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address that a name has. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _spelled(host: str, _port: int) -> Sequence[str]:
    """The address that a host says by itself, however it is spelled (127.1, 0x7f000001); none for
    a name that has to be asked for."""
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, 6.3
        return ["127.0.0.1"]
    if name in _METADATA:
        return ["169.254.169.254"]
    with suppress(ValueError):
        return [str(ip_address(name.partition("%")[0]))]
    with suppress(OSError):
        return [socket.inet_ntoa(socket.inet_aton(name))]
    return []


class Guard:
    """What may be called. `inside` names networks of one's own that may be called all the same."""

    def __init__(
        self,
        inside: Sequence[str] = (),
        ports: frozenset[int] | None = PORTS,
        resolve: Resolve = resolve,
    ) -> None:
        """`ports` None: any. Raises ValueError for what is no network."""
        self._inside: tuple[Network, ...] = tuple(ip_network(one) for one in inside)
        self._ports = ports
        self._resolve = resolve

    def check(self, url: str) -> Target:
        """Where a call to the URL would go. Raises Forbidden, and OSError for an unknown name."""
        target = self._target(url, self._resolve)
        if not target.address:
            raise OSError(f"{target.host} has no address")
        return target

    def _target(self, url: str, resolve: Resolve) -> Target:
        """The same; without an address where the name has none."""
        parts = _split(url)
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
        if self._ports is not None and port not in self._ports:
            allowed = ", ".join(map(str, sorted(self._ports)))
            raise Forbidden("port_forbidden", port=port, allowed=allowed)
        addresses = resolve(host, port)
        for one in addresses:
            if not self._may_be_called(ip_address(one.partition("%")[0])):
                raise Forbidden("address_inside", host=host, address=one)
        path = parts.path or "/"
        if parts.query:
            path += f"?{parts.query}"
        return Target(parts.scheme, host, port, path, addresses[0] if addresses else "")

    def foresee(self, url: str) -> None:
        """Refuse what is sure never to be called, without asking anybody: what `check` refuses of a
        URL whose host is an address, or a name that always means one. Raises Forbidden."""
        self._target(url, _spelled)

    def _may_be_called(self, address: Address) -> bool:
        if any(address in one for one in self._inside):
            return True
        return all(map(_is_public, _meant(address)))


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST_URL:
        raise Forbidden("url_too_long", most=LONGEST_URL)
    if any(ord(letter) <= 32 or ord(letter) > 126 or letter == "\\" for letter in url):
        raise Forbidden("url_letters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Forbidden("url_unreadable") from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or port == 0:
        raise Forbidden("url_scheme")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("url_password")
    return parts


def _is_public(address: Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in one for one in (_SITE_LOCAL, _LOCAL_NAT64))
    )


def _meant(address: Address) -> Sequence[Address]:
    """The address, and the IPv4 ones that it wraps and a gateway would unwrap."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    found: list[Address] = [address]
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _NAT64:
        return [last]
    if address in _COMPATIBLE:
        found.append(last)
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found.extend(address.teredo)
    return found
