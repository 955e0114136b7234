"""What a person says by the links of a mail: no more mails, or again; of all, or of one purpose.

Each word is an event. It is named by the message and by the word before it, so that the same wish
twice is one, and a wish that was taken back can be had again.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from cartback.domain.consent import consent_key, known_of, standing
from cartback.domain.event import Event, Metric, ShopId
from cartback.domain.instant import Instant
from cartback.domain.law.terms import EMAIL, Purpose
from cartback.domain.profile import Consent, Profile
from cartback.engine.flow_ports import MessageRow
from cartback.engine.mailed import mail_event
from cartback.engine.ports import Reading

SOURCE: Final = "e-mail link"
PURPOSES: Final[Sequence[Purpose]] = (Purpose.MARKETING, Purpose.CART_REMINDER)
"""What one may choose; the first is all advertising, of which the others are parts."""


def has_left(profile: Profile | None, purpose: Purpose | None = None) -> bool:
    """Whether the word that counts for the purpose, or for each of them, is no."""
    if profile is None:
        return True
    words = [
        known_of(profile.consents, EMAIL, one).said
        for one in ([purpose] if purpose is not None else PURPOSES)
    ]
    return all(word is not None and not word.yes for word in words)


class Wisher(NamedTuple):
    """Whose word it is: by which message of which shop, from where."""

    shop: ShopId
    message: MessageRow
    profile: Profile
    ip: str = ""


def leave(reading: Reading, who: Wisher, now: Instant) -> Event | None:
    """No more of anything; None where that was said already."""
    return None if has_left(who.profile) else _word(reading, who, Metric.UNSUBSCRIBED, now)


def take_back(reading: Reading, who: Wisher, now: Instant, text: str) -> Event | None:
    """Again, from the address itself; `text` is what was shown. None where they never left."""
    if not has_left(who.profile):
        return None
    return _word(reading, who, Metric.SUBSCRIBED, now, text=text)


def choose(
    reading: Reading, who: Wisher, wanted: Mapping[Purpose, str], now: Instant
) -> list[Event]:
    """What is to be said so that these purposes, with the text that was shown for each, are wanted
    and no others. A no to all ends what is part of it: the parts are said after it."""
    profile = who.profile.copy()
    events = []
    for place, purpose in enumerate(PURPOSES):
        yes = purpose in wanted
        if has_left(profile, purpose) != yes:
            continue
        metric = Metric.SUBSCRIBED if yes else Metric.UNSUBSCRIBED
        at = now + place - len(PURPOSES) + 1
        by = who._replace(profile=profile)
        event = _word(reading, by, metric, at, purpose, text=wanted.get(purpose, ""))
        if event is not None:
            events.append(msgspec.structs.replace(event, received=now))
            profile.consents[consent_key(EMAIL, purpose)] = Consent(yes, at)
    return events


def unconfirmed(profile: Profile) -> list[Purpose]:
    """For what somebody said yes that the address did not confirm, and did not take back."""
    yeses = standing(profile.consents, EMAIL)
    words = ((one, yeses.get(consent_key(EMAIL, one))) for one in PURPOSES)
    return [one for one, said in words if said is not None and not said.confirmed]


def confirm(
    reading: Reading, who: Wisher, texts: Mapping[Purpose, str], now: Instant
) -> list[Event]:
    """The yes again, for each purpose that waits for it, from the address itself; `texts` are what
    was shown for each. What was taken back since is not said again."""
    events = []
    for place, purpose in enumerate(unconfirmed(who.profile)):
        event = _word(
            reading, who, Metric.SUBSCRIBED, now + place, purpose, text=texts.get(purpose, "")
        )
        if event is not None:
            events.append(msgspec.structs.replace(event, received=now, time=now))
    return events


def _word(
    reading: Reading,
    who: Wisher,
    metric: Metric,
    at: Instant,
    purpose: Purpose = Purpose.MARKETING,
    text: str = "",
) -> Event | None:
    """The event; its name holds when the last word before it was said."""
    whole = purpose is Purpose.MARKETING
    words = who.profile.consents.items()
    last = max((one.at for key, one in words if key.partition(":")[0] == EMAIL), default=0)
    said = {"purpose": "" if whole else str(purpose), "text": text, "ip": who.ip}
    return mail_event(
        reading,
        who.shop,
        who.message,
        metric,
        at,
        at,
        mark=f"{purpose}:{last}",
        channel=EMAIL,
        source=SOURCE,
        confirmed=metric is Metric.SUBSCRIBED,
        **{name: value for name, value in said.items() if value},
    )
