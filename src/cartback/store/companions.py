"""What is bought together, counted behind the log up to a mark."""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec
from sqlalchemy import bindparam as param
from sqlalchemy import select

from cartback.domain.companion import About, Counts
from cartback.domain.event import ShopId
from cartback.store import schema_goods as schema
from cartback.store.mark import hold_mark, mark_of, set_mark
from cartback.store.part import Part
from cartback.store.sql import Among, Insert, Statement

_c: Final = schema.companions.c

COUNTS: Final = Statement(
    select(_c.about, _c.counts).where(_c.shop == param("shop"), Among(_c.about, "about"))
)
SAVE: Final = Insert(schema.companions, "shop", "about", "counts", replacing=["counts"])
_encode: Final = msgspec.json.Encoder(order="deterministic").encode
_decode: Final = msgspec.json.Decoder(dict[str, int]).decode


class CompanionReads(Part):
    def companions(self, shop: ShopId, about: Collection[About]) -> Mapping[About, Counts]:
        names = {f"{one.kind}:{one.key}": one for one in about}
        rows = self._session.rows(COUNTS, {"shop": shop, "about": sorted(names)})
        return {names[name]: _decode(counts) for name, counts in rows}

    def companions_mark(self, shop: ShopId) -> int:
        return mark_of(self._session, _note(shop))


class CompanionWrites(CompanionReads):
    def hold_companions(self, shop: ShopId) -> int:
        return hold_mark(self._session, _note(shop))

    def save_companions(self, shop: ShopId, counts: Mapping[About, Counts], mark: int) -> None:
        rows = sorted((shop, f"{one.kind}:{one.key}", _encode(of)) for one, of in counts.items())
        self._session.many(SAVE, rows)
        set_mark(self._session, _note(shop), mark)


def _note(shop: ShopId) -> str:
    return f"companions:{shop}"
