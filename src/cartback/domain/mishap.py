"""What went wrong while a server was asked, a file was read or a message was handed over.

Such a sentence is kept as text: in English, as logs, the API and the command line show it. It is
made from its kind (`Fault`), and read back to be said in another language (`phrase.kept_text`). So
its fields are plain: no format and no conversion.
"""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Final, NamedTuple

MISHAPS: Final[Mapping[str, str]] = {
    # an address that somebody typed in (fetch/guard.py)
    "url_too_long": "a URL has at most {most} characters",
    "url_letters": "a URL has no blanks, no backslashes and only letters of ASCII",
    "url_unreadable": "that is no URL; write one such as https://shop.example/feed.csv",
    "url_scheme": "write a URL that begins with https:// or http://",
    "url_password": "a URL holds no password; take out what stands before the @",
    "port_forbidden": "port {port} may not be called; these may: {allowed}",
    "address_inside": (
        "{host} is {address}, which is no public address: only the public Internet may be called"
        " from here"
    ),
    # a call (fetch/call.py, channels/webhook)
    "name_unknown": "the name in {url} cannot be resolved: {said}",
    "not_sendable": "that cannot be sent: {said}",
    "certificate_invalid": "{host} shows no valid certificate: {said}",
    "host_silent": "{host} does not answer: {said}",
    "host_redirects": (
        "{host} sends callers elsewhere ({status} to {there}); write that address instead"
    ),
    "answer_slow": "the answer took longer than {seconds} seconds",
    "answer_cut": "the answer broke off with {count} bytes to come",
    "answer_broken": "the answer broke off: {said}",
    "answer_too_large": "the answer is larger than {most} bytes",
    "call_redirected": "it answered {status}; redirects are not followed",
    "call_answered": "it answered {said}",
    # a catalog's feed and file (sources/catalog)
    "feed_answered": "the feed's server answers {status}",
    "gzip_damaged": "the gzip file is damaged: {said}",
    "array_too_large": "a JSON array may have {most} bytes; write one object on each line instead",
    "file_not_json": "the file is not JSON: {said}",
    "file_empty": "the file is empty",
    "header_not_csv": "the first line is not a row of CSV: {said}",
    "header_unreadable": "the first line: {said}",
    "header_lacks_id": "the table needs a column `id` or `product_id`; it has {said}",
    "header_lacks_name": "the table needs a column `name` or `title`; it has {said}",
    "header_lacks": "the table needs a column `{field}`; it has {said}",
    "row_not_csv": "not a row of CSV: {said}",
    "row_not_text": "it is not text in UTF-8",
    "row_too_long": "a line is at most {most} bytes",
    # a mail server (channels/email/smtp.py, ses.py)
    "sign_in_refused": "{host} does not accept the user name and password ({said})",
    "host_unreachable": "{host} cannot be reached: {said}",
    "server_answered": "The server answers: {said}",
    "host_answered": "{host} answers: {said}",
    "connection_lost": "The connection was lost: {said}",
    "connection_gone": "The connection was lost",
    "answer_unreadable": "The server's answer cannot be read: {said}",
    "answer_missing": (
        "The mail was handed over, but the connection ended before the server said whether it"
        " took it ({said})"
    ),
    "provider_silent": (
        "The mail was handed over, but {host} never said whether it took it ({said})"
    ),
    "mail_too_large": "The mail is larger than {host} takes ({most})",
    "handover_ended": "the process that was handing it over ended before it could note more",
    "marked_as_spam": "marked as spam ({said})",
    "returned_mute": "returned without a reason",
    # a message that could not be made (channels/email/postman.py, mistakes.py, duties.py)
    "template_gone": "there is no template '{key}'",
    "template_unusable": "template '{key}': {said}",
    "alert_unusable": "step '{key}': {said}",
    "sender_missing": "the shop has no sender's address yet: Settings, E-mail",
    "step_gone": "the automation has no such step any more",
    "flow_gone": "the automation is not at work any more",
    "not_a_mailbox": "{text} is no e-mail address",
    "at_line": "Line {line}: {said}",
    "meant": "{said} Did you mean `{near}`?",
    "liquid_unclosed": "`{{% {tag} %}}` is never closed; write `{{% {end} %}}` where it ends.",
    "liquid_unopened": "`{{% {tag} %}}` closes something that was never opened.",
    "liquid_unknown_tag": "There is no tag `{{% {tag} %}}`.",
    "liquid_unknown_filter": "There is no filter `{name}`.",
    "liquid_brackets": (
        "A keyword is opened and never closed: write `{{{{ profile.first_name }}}}`."
    ),
    "liquid_syntax": "This cannot be read: {said}.",
    "liquid_too_slow": "It takes too long to put together; use fewer loops, or shorter ones.",
    "liquid_too_large": (
        "A text or a list in it grows too large; shorten what the filters join or replace."
    ),
    "liquid_too_many": "A loop goes round too often; bound it, as in `limit: 3`.",
    "liquid_too_deep": "Conditions and loops are nested too deep.",
    "liquid_too_long": "The template is longer than {most} characters.",
    "liquid_bad_value": "A filter met a value that it cannot work with: {said}.",
    "no_way_out": "there is no link to unsubscribe in it; give the template a footer",
    "no_postal_address": (
        "the law of where they are asks for your postal address in it: Settings, E-mail"
    ),
    "no_telephone": "Korean law asks for your telephone number in advertising: Settings, E-mail",
}


class Read(NamedTuple):
    """A kept sentence's kind, and what filled in its fields."""

    kind: str
    about: Mapping[str, str]


def read_back(sentence: str) -> Read | None:
    """Which mishap a kept sentence tells of; None where somebody else said it, such as a server."""
    for kind, pattern in _PATTERNS:
        if found := pattern.fullmatch(sentence):
            return Read(kind, found.groupdict())
    return None


def _pattern(template: str) -> re.Pattern[str]:
    parts = Formatter().parse(template)
    return re.compile("".join(_part(text, field) for text, field, _, _ in parts), re.DOTALL)


def _part(text: str, field: str | None) -> str:
    """`said` is whatever somebody else said; no other field holds a colon with a blank."""
    if field is None:
        return re.escape(text)
    held = r".*" if field == "said" else r"(?:(?!: ).)*?"
    return f"{re.escape(text)}(?P<{field}>{held})"


def _opens(template: str) -> int:
    """How much of a template is said before its first field: who says more by themselves are asked
    first."""
    return len(template.partition("{")[0])


_PATTERNS: Final = tuple(
    (kind, _pattern(template))
    for kind, template in sorted(MISHAPS.items(), key=lambda one: -_opens(one[1]))
)
