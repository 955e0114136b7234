"""What showing a template as somebody would get it asks of the channel that makes mails."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from cartback.domain.event import ShopId
from cartback.domain.profile import Profile


class Previewed(NamedTuple):
    """A mail as one person would get it now; its links lead nowhere."""

    subject: str
    html: str


class CannotPreview(ValueError):
    """The template cannot be made into a mail; the sentence says why."""


MailPreview: TypeAlias = Callable[[ShopId, str, Profile], Previewed]
"""The present version of a template for somebody. Raises NoSuchTemplate and CannotPreview."""
