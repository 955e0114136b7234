"""Signatures of Standard Webhooks, version 1 of the specification (standardwebhooks.com).

HMAC-SHA256 over `id.timestamp.body`, in base64 behind `v1,`; one for each secret, so that a secret
can be renewed without a gap.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from cartback.domain.instant import SECOND, Instant

PREFIX: Final = "whsec_"


def signed_headers(secrets: Sequence[str], id: str, at: Instant, body: bytes) -> Mapping[str, str]:  # noqa: A002  its word
    """`webhook-id`, `webhook-timestamp` (whole seconds) and `webhook-signature`."""
    timestamp = str(at // SECOND)
    signatures = [signature(one, id, timestamp, body) for one in secrets]
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def signature(secret: str, id: str, timestamp: str, body: bytes) -> str:  # noqa: A002  its word
    """`v1,` and the signature; the secret is `whsec_` and base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    said = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, said, "sha256")).decode()
