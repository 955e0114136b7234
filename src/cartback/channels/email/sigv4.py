"""Amazon's Signature Version 4 for one JSON request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from hashlib import sha256
from typing import Final

import msgspec

from cartback.domain.instant import Instant, datetime_of

ALGORITHM: Final = "AWS4-HMAC-SHA256"


class Credentials(msgspec.Struct, frozen=True):
    """Who asks. `session` is for temporary ones."""

    access_key: str
    secret_key: str
    session: str = ""


def signed_headers(
    credentials: Credentials,
    *,
    region: str,
    service: str,
    host: str,
    path: str,
    body: bytes,
    at: Instant,
) -> dict[str, str]:
    """The headers of a POST with a JSON body to that path, signed."""
    moment = datetime_of(at).strftime("%Y%m%dT%H%M%SZ")
    digest = sha256(body).hexdigest()
    headers = {
        "content-type": "application/json",
        "host": host,
        "x-amz-content-sha256": digest,
        "x-amz-date": moment,
    }
    if credentials.session:
        headers["x-amz-security-token"] = credentials.session
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n{path}\n\n{lines}\n{names}\n{digest}"
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    hashed = sha256(request.encode()).hexdigest()
    key = _signing_key(credentials.secret_key, moment[:8], region, service)
    signature = hmac.digest(
        key, f"{ALGORITHM}\n{moment}\n{scope}\n{hashed}".encode(), "sha256"
    ).hex()
    headers["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    return headers


def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
