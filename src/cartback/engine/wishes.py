"""What a person says by the links of a mail: no more mails, or again; of all, or of one purpose.

Each word is an event. It is named by the message and by the word before it, so that the same wish
twice is one, and a wish that was taken back can be had again.
"""

from collections.abc import Sequence
from typing import Final

from cartback.domain.consent import consent_key
from cartback.domain.event import Event, Metric, ShopId
from cartback.domain.instant import Instant
from cartback.domain.law.terms import EMAIL, Purpose
from cartback.domain.profile import Profile
from cartback.engine.flow_ports import MessageRow
from cartback.engine.mailed import mail_event
from cartback.engine.ports import Reading

SOURCE: Final = "e-mail link"
PURPOSES: Final[Sequence[Purpose]] = (Purpose.MARKETING, Purpose.CART_REMINDER)


def has_left(profile: Profile | None, purpose: str = "") -> bool:
    """Whether the last word of the person on e-mail is no: to all of it, or to the purpose."""
    if profile is None:
        return True
    whole = profile.consents.get(EMAIL)
    own = profile.consents.get(consent_key(EMAIL, purpose))
    if purpose and own is not None and (whole is None or own.at > whole.at):
        return not own.subscribed
    if whole is None or whole.subscribed:
        return False
    again = (profile.consents.get(consent_key(EMAIL, one)) for one in PURPOSES[1:])
    return not any(one is not None and one.subscribed and one.at > whole.at for one in again)


def leave(
    reading: Reading,
    shop: ShopId,
    message: MessageRow,
    profile: Profile | None,
    now: Instant,
    *,
    purpose: str = "",
    ip: str = "",
) -> Event | None:
    """No more; None where that was said already, or nobody is there who could be written to."""
    if profile is None or has_left(profile, purpose):
        return None
    return _word(
        reading,
        shop,
        message,
        profile,
        Metric.UNSUBSCRIBED,
        now,
        {"channel": EMAIL, "purpose": purpose, "ip": ip},
    )


def return_(
    reading: Reading,
    shop: ShopId,
    message: MessageRow,
    profile: Profile | None,
    now: Instant,
    *,
    purpose: str = "",
    ip: str = "",
    text: str = "",
) -> Event | None:
    """Again, from the address itself; `text` is what was shown. None where it was never no."""
    if profile is None or not has_left(profile, purpose):
        return None
    said = {"channel": EMAIL, "purpose": purpose, "ip": ip, "text": text}
    return _word(reading, shop, message, profile, Metric.SUBSCRIBED, now, said, confirmed=True)


def _word(
    reading: Reading,
    shop: ShopId,
    message: MessageRow,
    profile: Profile,
    metric: Metric,
    now: Instant,
    said: dict[str, str],
    **more: bool,
) -> Event | None:
    words = [one.at for key, one in profile.consents.items() if key.partition(":")[0] == EMAIL]
    mark = f"{said['purpose']}:{max(words, default=0)}"
    given = {name: value for name, value in said.items() if value}
    return mail_event(
        reading, shop, message, metric, now, now, mark=mark, source=SOURCE, **given, **more
    )
