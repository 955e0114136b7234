"""What providers tell us of mails: each one's words become ours by a table, after its signature.

To add one: a file here with a function `(headers, body, secret) -> Heard`, and a line in `docs`.
"""

from cartback.channels.email.webhooks.mailgun import read_mailgun
from cartback.channels.email.webhooks.notice import Forged, Heard, Notice, Unreadable, What
from cartback.channels.email.webhooks.postmark import read_postmark
from cartback.channels.email.webhooks.sendgrid import read_sendgrid
from cartback.channels.email.webhooks.ses import Sns, read_ses

__all__ = [
    "Forged",
    "Heard",
    "Notice",
    "Sns",
    "Unreadable",
    "What",
    "read_mailgun",
    "read_postmark",
    "read_sendgrid",
    "read_ses",
]
