"""What the nouns of the store are made of."""

from typing import Final

import msgspec

from cartback.domain.event import Identifier
from cartback.store.session import Session
from cartback.store.tallies import Tallies

encode: Final = msgspec.msgpack.Encoder().encode
numbers_of: Final = msgspec.msgpack.Decoder(tuple[int, ...]).decode
identifiers_of: Final = msgspec.msgpack.Decoder(tuple[Identifier, ...]).decode


class Part:
    """A noun's reads or writes in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tallies = Tallies(session)
