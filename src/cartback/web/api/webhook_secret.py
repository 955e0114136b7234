"""The secret with which the shop's webhooks are signed."""

from typing import Annotated

from pydantic import BaseModel, Field

from cartback.engine.webhook_secret import WebhookSecret, renew_webhook_secret, webhook_secret
from cartback.web.api.ground import SettingsWriter
from cartback.web.api.problem import problems
from cartback.web.api.reading import new_router
from cartback.web.api.shape import Time, perhaps

router = new_router("mailing")


class SecretShown(BaseModel):
    """Standard Webhooks: `v1,` and HMAC-SHA256 over `id.timestamp.body`, in base64."""

    secret: Annotated[str, Field(description="`whsec_` and base64.")]
    before: Annotated[str | None, Field(description="The one before, while it signs too.")]
    until: Annotated[Time | None, Field(description="Until when that is.")]


@router.get("/webhook-secret", responses=problems())
def read_webhook_secret(caller: SettingsWriter) -> SecretShown:
    """The secret with which webhooks of flows are signed; it is made when it is first asked for."""
    return _shown(webhook_secret(caller.store, caller.shop), caller.now())


@router.post("/webhook-secret/renewals", responses=problems())
def renew_secret(caller: SettingsWriter) -> SecretShown:
    """A new secret from now on; the one before signs too for a day."""
    store = caller.noting("renewed the webhook secret of", "API")
    return _shown(renew_webhook_secret(store, caller.shop, caller.now()), caller.now())


def _shown(secret: WebhookSecret, now: int) -> SecretShown:
    good = len(secret.good_at(now)) > 1
    return SecretShown(
        secret=secret.present,
        before=secret.before if good else None,
        until=perhaps(secret.until) if good else None,
    )
