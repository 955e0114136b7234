"""E-mail: a template document becomes one person's message, signed, handed over, and answered for.

In the order in which to read: `tokens`, `markup`, `blocks`, `mjml` (document to HTML, once per
version); `liquid`, `template` (HTML to one person's); `links`; `headers`, `message`, `dkim`
(bytes); `smtp`, `ses`, `channel` (out); `bounce`, `webhooks`, `scanner` (back).
"""
