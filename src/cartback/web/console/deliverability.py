"""Deliverability: how the mail of thirty days fared, and what others see of the sender's domain."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.phrase.deliverability import deliverability_text
from cartback.engine.deliverability import Fared, Finding, fared, judged
from cartback.engine.mailing import mailing_of
from cartback.web.console.asked import AtShop
from cartback.web.console.guard import Guard
from cartback.web.console.render import page


def routes(guard: Guard) -> Sequence[BaseRoute]:
    at = "/shops/{shop}/settings/deliverability"
    return [
        Route(at, guard.of_shop(index), methods=["GET"]),
        Route(at + "/domain", guard.of_shop(domain), methods=["GET"]),
    ]


def index(at: AtShop) -> Response:
    """The rates at once; name servers are asked by the page itself."""
    with at.store.reading() as reading:
        mailing = mailing_of(reading, at.id)
        found = fared(reading, at.id, at.now)
    values = {
        "mailing": mailing,
        "leaves": at.ground.domain is not None,
        "fared": found,
        "rates": _said(at, judged(found)),
        "share": _shares(found),
    }
    return page(at, "deliverability.html", values)


def domain(at: AtShop) -> Response:
    """What others see of the domain; with scripts a part of the page."""
    with at.store.reading() as reading:
        mailing = mailing_of(reading, at.id)
    if mailing is None or at.ground.domain is None:
        found: Sequence[Finding] = ()
    else:
        found = at.ground.domain(mailing.domain)
    name = "deliverability-domain.html" if at.is_partial else "deliverability-domain-page.html"
    return page(at, name, {"mailing": mailing, "findings": _said(at, found)})


def _said(at: AtShop, findings: Sequence[Finding]) -> list[tuple[Finding, str]]:
    language = str(at.language)
    return [(one, deliverability_text(one.word, one.name, language)) for one in findings]


def _shares(found: Fared) -> dict[str, float]:
    total = max(found.handed_over, 1)
    return {"bounced": found.bounced / total, "complained": found.complained / total}
