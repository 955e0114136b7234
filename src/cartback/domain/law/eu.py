"""The European Union, the EEA and the United Kingdom: yes first, but for one's own customers.

Directive 2002/58/EC, art. 13: electronic mail for direct marketing, which text messages are too
(art. 2(h)), only with prior consent; customers may be written to about similar goods while they
were offered to object when their address was taken and with each message. A cart left by somebody
who never bought is no sale (Hesse's data protection authority, report for 2024). The United
Kingdom has the same in its Privacy and Electronic Communications Regulations 2003.
"""

from typing import Final

import msgspec

from cartback.domain.law.common import is_unconfirmed, may_assume
from cartback.domain.law.terms import (
    Asked,
    Decision,
    Duty,
    Law,
    Purpose,
    Refuse,
    Rule,
    Send,
)
from cartback.domain.region import EUROPEAN_UNION

COUNTRIES: Final = EUROPEAN_UNION | {"IS", "LI", "NO"}
"""The EEA agreement brings the directive to Iceland, Liechtenstein and Norway (annex XI)."""
_DUTIES: Final = (Duty.OPT_OUT, Duty.SENDER)

_DIRECTIVE: Final = "https://eur-lex.europa.eu/eli/dir/2002/58"
_REGULATION: Final = "https://eur-lex.europa.eu/eli/reg/2016/679"
_PECR: Final = "https://www.legislation.gov.uk/uksi/2003/2426/regulation/22"
_UK_GDPR: Final = "https://www.legislation.gov.uk/eur/2016/679/article/"


class _Articles(msgspec.Struct, frozen=True):
    """The same rules, as each of the two books of law numbers them."""

    consent: Rule
    soft: Rule
    objected: Rule
    unconfirmed: Rule
    service: Rule


_EU: Final = _Articles(
    Rule("eu.consent", "Directive 2002/58/EC, art. 13(1)", _DIRECTIVE),
    Rule("eu.soft_opt_in", "Directive 2002/58/EC, art. 13(2)", _DIRECTIVE),
    Rule("eu.objected", "Regulation (EU) 2016/679, art. 21(3) and 7(3)", _REGULATION),
    Rule("eu.unconfirmed", "Regulation (EU) 2016/679, art. 7(1)", _REGULATION),
    Rule("eu.service", "Regulation (EU) 2016/679, art. 6(1)(b)", _REGULATION),
)
_UK: Final = _Articles(
    Rule("uk.consent", "PECR 2003, reg. 22(2)", _PECR),
    Rule("uk.soft_opt_in", "PECR 2003, reg. 22(3)", _PECR),
    Rule("uk.objected", "UK GDPR, art. 21(3) and 7(3)", f"{_UK_GDPR}21"),
    Rule("uk.unconfirmed", "UK GDPR, art. 7(1)", f"{_UK_GDPR}7"),
    Rule("uk.service", "UK GDPR, art. 6(1)(b)", f"{_UK_GDPR}6"),
)


def _law(articles: _Articles) -> Law:
    def judged(asked: Asked) -> Decision:
        if asked.purpose == Purpose.TRANSACTIONAL:
            return Send(articles.service)
        said = asked.known.said
        if said is not None and not said.yes:
            return Refuse(articles.objected)
        if is_unconfirmed(asked):
            return Refuse(articles.unconfirmed)
        if said is not None:
            return Send(articles.consent, _DUTIES)
        bought = asked.known.last_order
        if may_assume(asked, None if bought is None else bought + asked.choice.soft_opt_in_for):
            return Send(articles.soft, _DUTIES)
        return Refuse(articles.consent)

    return judged


european: Final = _law(_EU)
british: Final = _law(_UK)
RULES: Final = tuple(
    getattr(articles, name) for articles in (_EU, _UK) for name in _Articles.__struct_fields__
)
