"""Whether mail arrives: how that of thirty days fared, and what others see of its domain."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from cartback.domain.phrase.deliverability import deliverability_text
from cartback.engine.deliverability import Finding, State, What, fared, judged
from cartback.engine.mailing import mailing_of
from cartback.web.api.ground import SettingsReader
from cartback.web.api.problem import problems
from cartback.web.api.reading import new_router

router = new_router("mailing")


class RecordShown(BaseModel):
    """What is to stand in the DNS."""

    kind: str
    name: str
    value: str


class FindingShown(BaseModel):
    """One thing that was looked at, and what to make of it."""

    what: What
    state: Annotated[
        State, Field(description="`unknown`: too few mails, or a name server did not answer.")
    ]
    en: str
    ko: str
    seen: Annotated[str, Field(description="What stands in the DNS now.")]
    record: Annotated[RecordShown | None, Field(description="What is to stand there.")]
    rate: Annotated[float, Field(description="A share of what was handed over, from 0 to 1.")]


class DeliverabilityShown(BaseModel):
    """The mails of the last thirty days by what became of them."""

    sent: Annotated[int, Field(description="Taken, and did not come back.")]
    bounced: int
    complained: int
    findings: list[FindingShown]


class DomainShown(BaseModel):
    """What others see of the sender's domain."""

    domain: Annotated[
        str | None, Field(description="Null where no sender, or no mail server, is set up.")
    ]
    findings: list[FindingShown]


@router.get("/deliverability", responses=problems())
def read_deliverability(caller: SettingsReader) -> DeliverabilityShown:
    """How much of the mail came back or was complained about, and what that means."""
    with caller.store.reading() as reading:
        found = fared(reading, caller.shop, caller.now())
    return DeliverabilityShown(
        sent=found.sent,
        bounced=found.bounced,
        complained=found.complained,
        findings=_shown(judged(found)),
    )


@router.get("/deliverability/domain", responses=problems())
def read_domain(caller: SettingsReader) -> DomainShown:
    """SPF, DKIM, DMARC and where answers go, asked of the DNS now; records to copy."""
    with caller.store.reading() as reading:
        mailing = mailing_of(reading, caller.shop)
    if mailing is None or caller.ground.domain is None:
        return DomainShown(domain=None, findings=[])
    return DomainShown(domain=mailing.domain, findings=_shown(caller.ground.domain(mailing.domain)))


def _shown(findings: Sequence[Finding]) -> list[FindingShown]:
    return [
        FindingShown(
            what=one.what,
            state=one.state,
            en=deliverability_text(one.word, one.name, "en"),
            ko=deliverability_text(one.word, one.name, "ko"),
            seen=one.seen,
            record=None
            if one.record is None
            else RecordShown(kind=one.record.kind, name=one.record.name, value=one.record.value),
            rate=one.rate,
        )
        for one in findings
    ]
