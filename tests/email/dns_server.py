"""A name server on loopback, over UDP, that answers for the names it is given."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone: TypeAlias = Mapping[tuple[str, str], Sequence[str]]
"""By name and kind, the records as zone files write them."""


@contextmanager
def name_server(zone: Zone, *, silent: Sequence[str] = ()) -> Iterator[tuple[str, int]]:
    """Its address and port. Names that end in one of `silent` are never answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_answer, args=(bound, zone, silent), daemon=True)
        thread.start()
        yield bound.getsockname()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"", bound.getsockname())
        thread.join()


def _answer(bound: socket.socket, zone: Zone, silent: Sequence[str]) -> None:
    while True:
        raw, sender = bound.recvfrom(4096)
        if not raw:
            return
        query = dns.message.from_wire(raw)
        asked = query.question[0]
        name = asked.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(asked.rdtype)
        if any(name.endswith(one) for one in silent):
            continue
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        records = zone.get((name, kind), ())
        if records:
            reply.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", kind, list(records)))
        elif not any(known == name for known, _ in zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        bound.sendto(reply.to_wire(), sender)
