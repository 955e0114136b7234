"""What coupons and codes ask of the store, and of the shop's checkout."""

from collections.abc import Collection, Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec

from cartback.domain.coupon import Coupon
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant

CouponStatus: TypeAlias = Literal["live", "archived"]


class CouponRow(msgspec.Struct, frozen=True):
    """A coupon's definition: its document as JSON, and how often it was changed."""

    key: str
    name: str
    document: bytes
    version: int
    status: CouponStatus
    created: Instant
    updated: Instant


class CodeRow(msgspec.Struct, frozen=True):
    """A code: `key` is how it is compared, `code` how it is shown.

    Not issued yet (None) is one of a pool. `worth` is what the budget reserves for it, `announced`
    since when the shop's checkout knows it, `redeemed` when it was first used. `profile` 0: nobody,
    or somebody who was erased.
    """

    key: str
    code: str
    coupon: str
    profile: ProfileId = 0
    cart: str = ""
    issued: Instant | None = None
    expires: Instant = FOREVER
    worth: int = 0
    announced: Instant | None = None
    redeemed: Instant | None = None


class Redemption(msgspec.Struct, frozen=True):
    """A code was used for an order: what the order is worth, and what the code took off."""

    code: str
    order_id: str
    at: Instant
    value: int | None = None
    takes_off: int = 0


class CouponReading(Protocol):
    def coupons(self, shop: ShopId) -> Sequence[CouponRow]:
        """All of them, archived ones too, by their keys."""

    def coupon(self, shop: ShopId, key: str) -> CouponRow | None: ...
    def code(self, shop: ShopId, key: str) -> CodeRow | None: ...
    def codes_of(self, shop: ShopId, profiles: Collection[ProfileId]) -> Sequence[CodeRow]:
        """What these profiles were given."""

    def codes_issued(
        self, shop: ShopId, coupon: str, before: tuple[Instant, str], limit: int
    ) -> Sequence[CodeRow]:
        """The codes of a coupon that were given, the newest first: those behind this place."""

    def unannounced(self, shop: ShopId, coupon: str, limit: int) -> Sequence[CodeRow]:
        """Codes that were given, and that the shop's checkout does not know yet."""

    def count_free(self, shop: ShopId, coupon: str, most: int | None = None) -> int:
        """How many codes are left in the pool; no further than `most`, where it is given."""

    def redemptions(self, shop: ShopId, code: str) -> Sequence[Redemption]:
        """What a code was used for, the first time first."""


class CouponWriting(CouponReading, Protocol):
    def save_coupon(self, shop: ShopId, coupon: CouponRow) -> None: ...
    def lock_coupon(self, shop: ShopId, key: str) -> CouponRow | None:
        """The row, locked until the end: who counts what a coupon costs is alone with it. To be
        taken behind profiles, and several in the order of their keys."""

    def add_codes(self, shop: ShopId, codes: Sequence[CodeRow]) -> int:
        """How many were new: one that is there already stays as it is."""

    def claim_code(self, shop: ShopId, coupon: str) -> CodeRow | None:
        """One code of the pool, locked until the end; None where the pool has run dry."""

    def save_code(self, shop: ShopId, code: CodeRow) -> None: ...
    def add_redemption(self, shop: ShopId, redemption: Redemption) -> bool:
        """False where the code was used for that order before."""

    def forget_codes(self, shop: ShopId, profiles: Collection[ProfileId]) -> None:
        """Take the profiles' names off their codes (erasure on request)."""


class Till(Protocol):
    """A shop's checkout that must know a code before it takes it; filled by connectors."""

    def announce(self, coupon: Coupon, codes: Sequence[CodeRow]) -> Collection[str]:
        """Make the codes known to the checkout; the keys of those that it knows now.

        What it did not take is asked again. Raises OSError where the shop cannot be reached.
        """
