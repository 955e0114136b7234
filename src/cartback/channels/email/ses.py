"""Handing over to Amazon SES by its API v2, SendEmail with the raw message, signed by us.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

import base64
import re
from collections.abc import Callable
from typing import Final

import httpx2
import msgspec

from cartback.channels.email.message import Wire
from cartback.channels.email.sigv4 import Credentials, signed_headers
from cartback.domain.fault import Fault
from cartback.domain.instant import Instant
from cartback.domain.message import Accepted, Blame, InDoubt, Outcome, Refused

PATH: Final = "/v2/email/outbound-emails"
NAME: Final = "Amazon SES"
LARGEST: Final = 40_000_000
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")

ERRORS: Final[dict[str, tuple[bool, Blame]]] = {
    "AccountSuspendedException": (True, "shop"),
    "BadRequestException": (True, "shop"),
    "LimitExceededException": (False, "provider"),
    "MailFromDomainNotVerifiedException": (True, "shop"),
    "MessageRejected": (True, "shop"),
    "NotFoundException": (True, "shop"),
    "SendingPausedException": (False, "shop"),
    "TooManyRequestsException": (False, "provider"),
    "ThrottlingException": (False, "provider"),
    "AccessDeniedException": (True, "shop"),
    "InvalidSignatureException": (True, "shop"),
    "SignatureDoesNotMatch": (True, "shop"),
    "UnrecognizedClientException": (True, "shop"),
    "ExpiredTokenException": (True, "shop"),
}
"""Amazon's word: whether trying again is of no use, and what it is about."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An Amazon account that may send. `configuration_set` publishes bounces and complaints."""

    credentials: Credentials
    region: str
    configuration_set: str = ""
    endpoint: str = ""
    timeout: float = 30.0

    def __post_init__(self) -> None:
        if not _REGION.fullmatch(self.region):
            raise ValueError("a region is such as eu-central-1")

    @property
    def base(self) -> str:
        return self.endpoint or f"https://email.{self.region}.amazonaws.com"


class SesCarrier:
    """Hands mails to one account."""

    def __init__(
        self, account: Account, clock: Callable[[], Instant], client: httpx2.AsyncClient
    ) -> None:
        """`client` keeps the connections; who gave it closes it."""
        self._account = account
        self._clock = clock
        self._client = client

    async def send(self, wire: Wire) -> Outcome:
        """Hand one mail over, once. Never raises for what Amazon or the network does."""
        if len(wire.raw) * 4 // 3 > LARGEST:
            too_large = Fault("mail_too_large", host=NAME, most="40 MB")
            return Refused(True, 0, str(too_large), "shop")
        body = msgspec.json.encode(self._request(wire))
        url = httpx2.URL(self._account.base + PATH)
        headers = signed_headers(
            self._account.credentials,
            region=self._account.region,
            service="ses",
            host=url.netloc.decode(),
            path=PATH,
            body=body,
            at=self._clock(),
        )
        try:
            answer = await self._client.post(
                url, content=body, headers=headers, timeout=self._account.timeout
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return Refused(False, 0, str(Fault("host_unreachable", host=NAME, said=error)))
        except httpx2.HTTPError as error:
            silent = Fault("provider_silent", host=NAME, said=type(error).__name__)
            return InDoubt(str(silent))
        return _outcome(answer)

    def _request(self, wire: Wire) -> dict[str, object]:
        request: dict[str, object] = {
            "FromEmailAddress": _sender(wire.raw),
            "Destination": {"ToAddresses": [wire.recipient]},
            "Content": {"Raw": {"Data": base64.b64encode(wire.raw).decode()}},
        }
        if self._account.configuration_set:
            request["ConfigurationSetName"] = self._account.configuration_set
        return request


def _sender(raw: bytes) -> str:
    """The bare address of From: Amazon checks that the account may use it."""
    head = raw.partition(b"\r\n\r\n")[0]
    found = re.search(rb"(?mi)^From:((?:.*\r\n[ \t])*.*)", head)
    text = found[1].decode("ascii", "replace") if found else ""
    inside = re.search(r"<([^<>]+)>\s*$", text)
    return (inside[1] if inside else text).strip()


def _outcome(answer: httpx2.Response) -> Outcome:
    try:
        said = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        said = {}
    said = said if isinstance(said, dict) else {}
    if answer.status_code == 200:
        return Accepted(str(said.get("MessageId") or ""))
    word = (
        answer.headers.get("x-amzn-errortype", "").partition(":")[0]
        or str(said.get("__type", "")).rpartition("#")[2]
    )
    message = str(said.get("message") or said.get("Message") or "")[:300]
    told = f"{answer.status_code} {word} {message}".rstrip()
    sentence = str(Fault("host_answered", host=NAME, said=told))
    if answer.status_code == 503:
        return Refused(False, 503, sentence)
    if answer.status_code >= 500:
        # Something broke while Amazon worked on it, and it may have been sent.
        return InDoubt(sentence)
    permanent, about = ERRORS.get(word, (answer.status_code != 429, "provider"))
    return Refused(permanent, answer.status_code, sentence, about)
