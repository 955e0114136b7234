"""Which of two words of a person counts, whatever the order in which they arrive."""

from cartback.domain.instant import Instant
from cartback.domain.profile import Consent, ListStanding


def later_consent(one: Consent | None, other: Consent) -> Consent:
    """The later word counts; of two at the same time, the refusal. A yes stays confirmed until it
    is taken back."""
    if one is None:
        return other
    last = max(one, other, key=lambda consent: (consent.at, not consent.subscribed, consent.source))
    if not last.subscribed:
        return Consent(False, last.at, last.source)
    refused = _latest(one.last_no, other.last_no)
    proved = _latest(one.last_proof, other.last_proof)
    if proved is not None and refused is not None and proved <= refused:
        proved = None
    return Consent(True, last.at, last.source, proved is not None, refused, proved)


def _latest(one: Instant | None, other: Instant | None) -> Instant | None:
    return max((at for at in (one, other) if at is not None), default=None)


def later_standing(one: ListStanding | None, other: ListStanding) -> ListStanding:
    """The later one; of two at the same time, that they left."""
    if one is None:
        return other
    return max(one, other, key=lambda standing: (standing.at, not standing.joined))
