"""What the law has a mail carry: the label, the sender, the address, the way out.

The footer shows them. What can be added here is (the label; below a plain text of the shop's own,
the footer's lines); where the shop has to say something first, the mail does not leave.
"""

from collections.abc import Mapping
from html import escape

import msgspec

from cartback.channels.email.template import Rendered
from cartback.channels.email.wording import WORDS
from cartback.domain.consent import Demanded
from cartback.domain.fault import Fault
from cartback.domain.law.kr import labelled
from cartback.domain.law.terms import Duty
from cartback.domain.template import Language
from cartback.engine.mailing import Mailing


class Undutiful(Fault):
    """The mail lacks what a law asks for; the sentence says what the shop has to say first."""


def duty_values(demanded: Demanded) -> Mapping[str, bool]:
    """For the footer: by the duty's name, those that there are."""
    return dict.fromkeys(map(str, demanded.duties), True)


def dutiful(
    mail: Rendered, demanded: Demanded, mailing: Mailing, unsubscribe: str, language: Language
) -> Rendered:
    """The mail with all that it must carry. Raises Undutiful."""
    duties = demanded.duties
    _refuse_what_lacks(mail, demanded, mailing, unsubscribe)
    if Duty.AD_LABEL in duties:
        mail = msgspec.structs.replace(mail, subject=labelled(mail.subject))
    if Duty.OPT_OUT in duties and unsubscribe not in mail.text:
        tail = _tail(mailing, unsubscribe, language, korean=Duty.AD_LABEL in duties)
        mail = msgspec.structs.replace(mail, text=f"{mail.text.rstrip()}\n\n{tail}\n")
    return mail


def _refuse_what_lacks(
    mail: Rendered, demanded: Demanded, mailing: Mailing, unsubscribe: str
) -> None:
    if Duty.OPT_OUT in demanded.duties and escape(unsubscribe) not in mail.html:
        raise Undutiful("no_way_out")
    if Duty.ADDRESS in demanded.by_law and not _is_in(mailing.postal, mail.html):
        raise Undutiful("no_postal_address")
    if Duty.AD_LABEL in demanded.duties and not _is_in(mailing.phone, mail.html):
        raise Undutiful("no_telephone")


def _is_in(text: str, html: str) -> bool:
    lines = [escape(one.strip()) for one in text.splitlines() if one.strip()]
    return bool(lines) and all(one in html for one in lines)


def _tail(mailing: Mailing, unsubscribe: str, language: Language, *, korean: bool) -> str:
    """What the footer says, below a plain text that the shop wrote itself."""
    who = (mailing.name, mailing.postal, mailing.phone, mailing.reply_to or mailing.sender)
    out = f"{WORDS[language]['unsubscribe']}: {unsubscribe}"
    if korean:
        out = f"{WORDS['ko']['opt_out']} / {WORDS['en']['opt_out']}\n{unsubscribe}"
    return "\n".join([*(one for one in who if one), out])
