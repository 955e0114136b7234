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
from cartback.engine.ports import Reading, Store, Transaction

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


def webhook_secret(store: Store, shop: ShopId) -> WebhookSecret:
    """A shop's secret; the first who asks makes it."""
    with store.reading() as reading:
        known = _known(reading, shop)
    if known is not None:
        return known
    with store.transaction() as tx:
        tx.hold(shop)
        return _known(tx, shop) or _save(tx, shop, WebhookSecret(_made()))


def renew_webhook_secret(store: Store, shop: ShopId, now: Instant) -> WebhookSecret:
    """A new secret from now on."""
    with store.transaction() as tx:
        tx.hold(shop)
        before = _known(tx, shop)
        secret = WebhookSecret(_made())
        if before is not None:
            secret = WebhookSecret(secret.present, before.present, now + OVERLAP)
        return _save(tx, shop, secret)


def _known(reading: Reading, shop: ShopId) -> WebhookSecret | None:
    known = reading.note(_key(shop))
    return None if known is None else msgspec.json.decode(known, type=WebhookSecret)


def _save(tx: Transaction, shop: ShopId, secret: WebhookSecret) -> WebhookSecret:
    tx.set_note(_key(shop), msgspec.json.encode(secret))
    return secret


def _made() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def _key(shop: ShopId) -> str:
    return f"webhooks:{shop}"
