"""The secret with which a shop's webhooks are signed: made when it is first needed, and renewed.

After a renewal the one before signs too for a day, so that the receiver can follow.
"""

import base64
import secrets
from collections.abc import Sequence
from typing import Final

import msgspec

from cartback.domain.event import ShopId
from cartback.domain.instant import DAY, Instant
from cartback.engine.ports import Store
from cartback.engine.shop_note import ShopNote

BYTES: Final = 32
OVERLAP: Final = DAY


class WebhookSecret(msgspec.Struct, frozen=True):
    """The present one, and the one before, which signs too until then."""

    present: str
    before: str = ""
    until: Instant = 0

    def good_at(self, now: Instant) -> Sequence[str]:
        """Those that sign now, the newest first."""
        return (self.present, self.before) if self.before and now < self.until else (self.present,)


_SECRET: Final = ShopNote("webhooks", WebhookSecret)


def webhook_secret(store: Store, shop: ShopId) -> WebhookSecret:
    """A shop's secret; the first who asks makes it."""
    with store.reading() as reading:
        known = _SECRET.of(reading, shop)
    if known is not None:
        return known
    with store.transaction() as tx:
        tx.hold(shop)
        return _SECRET.of(tx, shop) or _SECRET.keep(tx, shop, WebhookSecret(_made()))


def renew_webhook_secret(store: Store, shop: ShopId, now: Instant) -> WebhookSecret:
    """A new secret from now on."""
    with store.transaction() as tx:
        tx.hold(shop)
        before = _SECRET.of(tx, shop)
        secret = WebhookSecret(_made())
        if before is not None:
            secret = WebhookSecret(secret.present, before.present, now + OVERLAP)
        return _SECRET.keep(tx, shop, secret)


def _made() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(BYTES)).decode()
