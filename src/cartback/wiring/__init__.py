"""Builds everything from one Config."""

from cartback.wiring.base import Installation, installation, make_folder, real_clock
from cartback.wiring.live import Live
from cartback.wiring.outward import mails, webhook_postman

__all__ = [
    "Installation",
    "Live",
    "installation",
    "mails",
    "make_folder",
    "real_clock",
    "webhook_postman",
]
