"""Amazon SES by its API, against a stand-in that is as strict as the documentation."""

from __future__ import annotations

from typing import Any

import dkim
import httpx2
import pytest

from cartback.channels.email.channel import EmailChannel
from cartback.channels.email.ses import Account, SesCarrier
from cartback.channels.email.sigv4 import Credentials
from cartback.domain.message import Accepted, InDoubt, Outcome, Refused
from tests.email.parts import AT, outgoing, published, run, signer
from tests.email.ses_server import Ses, amazon


def sent(ses: Ses, **more: object) -> Outcome:
    with amazon(ses) as endpoint:

        async def work() -> Outcome:
            given: dict[str, Any] = {
                "credentials": Credentials("AKIDEXAMPLE", "secret"),
                "endpoint": endpoint,
                **more,
            }
            async with httpx2.AsyncClient() as client:
                carrier = SesCarrier(Account(region="eu-central-1", **given), lambda: AT, client)
                return await EmailChannel(carrier, signer=signer()).send(outgoing())

        return run(work())


def test_a_mail_is_taken_as_it_was_signed_and_has_amazons_name() -> None:
    ses = Ses()
    assert sent(ses, configuration_set="bounces") == Accepted("0100-1")
    assert dkim.verify(ses.raws[0], dnsfunc=published)
    assert ses.received[0]["FromEmailAddress"] == "hello@shop.example"
    assert ses.received[0]["ConfigurationSetName"] == "bounces"


def test_temporary_credentials_are_signed_too() -> None:
    assert sent(Ses(), credentials=Credentials("AKIDEXAMPLE", "secret", "session")) == Accepted(
        "0100-1"
    )


def test_a_wrong_secret_is_the_shops_to_mend() -> None:
    outcome = sent(Ses(secret="other"))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.code, outcome.about) == (True, 403, "shop")


@pytest.mark.parametrize(
    "status, word, permanent, about",
    [
        (429, "TooManyRequestsException", False, "provider"),
        (400, "LimitExceededException", False, "provider"),
        (400, "MessageRejected", True, "shop"),
        (400, "MailFromDomainNotVerifiedException", True, "shop"),
        (400, "SendingPausedException", False, "shop"),
        (400, "AccountSuspendedException", True, "shop"),
        (503, "ServiceUnavailable", False, "provider"),
        (418, "SomethingNew", True, "provider"),
    ],
)
def test_amazons_words_are_ours(status: int, word: str, permanent: bool, about: str) -> None:
    outcome = sent(Ses(answer=(status, word, "because")))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.about, outcome.code) == (permanent, about, status)
    assert outcome.sentence == f"Amazon SES answers: {status} {word} because"


def test_a_failure_within_amazon_leaves_it_in_doubt() -> None:
    assert isinstance(sent(Ses(answer=(500, "InternalFailure", ""))), InDoubt)


def test_a_connection_lost_after_the_request_leaves_it_in_doubt() -> None:
    ses = Ses(drop=True)
    assert isinstance(sent(ses), InDoubt)
    assert len(ses.received) == 1


def test_nobody_there_is_no_doubt() -> None:
    with amazon(Ses()) as endpoint:
        pass
    outcome = sent(Ses(), endpoint=endpoint)
    assert isinstance(outcome, Refused)
    assert not outcome.permanent


def test_a_region_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="eu-central-1"):
        Account(credentials=Credentials("a", "b"), region="evil.example/")
