"""A small value that is kept of each shop under a name: what it chose, or how far we came."""

from typing import Any, Generic, TypeVar

import msgspec

from cartback.domain.document import refused
from cartback.domain.event import Json, ShopId
from cartback.domain.fault import BadDocument
from cartback.engine.ports import Reading, Transaction

T = TypeVar("T")


class ShopNote(Generic[T]):
    """The value under a name, of a type that JSON can carry."""

    def __init__(self, name: str, kind: type[T]) -> None:
        self._name = name
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind)

    def of(self, reading: Reading, shop: ShopId) -> T | None:
        """The shop's; None where nothing is kept."""
        kept = reading.note(self._key(shop))
        return self._decoder.decode(kept) if kept else None

    def keep(self, tx: Transaction, shop: ShopId, value: T) -> T:
        """From now on this one, which is the answer."""
        tx.set_note(self._key(shop), msgspec.json.encode(value))
        return value

    def drop(self, tx: Transaction, shop: ShopId) -> None:
        """Keep nothing."""
        tx.set_note(self._key(shop), b"")

    def read(self, document: Json, bad: type[BadDocument]) -> T:
        """A value of plain data that a shop gave. Raises `bad`, which says where it is wrong."""
        try:
            return msgspec.convert(document, self._kind)
        except msgspec.ValidationError as error:
            kind: Any = self._kind
            root = kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else None
            raise bad(*refused(error, document, root=root)) from None

    def _key(self, shop: ShopId) -> str:
        return f"{self._name}:{shop}"
