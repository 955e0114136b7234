"""A template compiled once per version, and rendered for one person after the other."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec
from liquid import BoundTemplate

from cartback.channels.email.filters import Dialect
from cartback.channels.email.liquid import MOST_WORK, Walled, parse, render
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.mjml import html_of
from cartback.channels.email.text import text_of, tidy
from cartback.domain.template import Language, Needs, Template, needs_of, texts_of

LONGEST_SUBJECT: Final = 250
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Compiled:
    """A version of a template, ready to be rendered any number of times, from any thread."""

    def __init__(
        self,
        subject: BoundTemplate,
        preheader: BoundTemplate,
        sender: BoundTemplate,
        html: BoundTemplate,
        text: BoundTemplate,
        needs: Needs,
        language: Language,
        pattern: str = "",
    ) -> None:
        self.subject = subject
        self.preheader = preheader
        self.sender = sender
        self.html = html
        self.text = text
        self.needs = needs
        self.language = language
        self.pattern = pattern


class Rendered(msgspec.Struct, frozen=True):
    """One person's mail. `sender_name` is empty where the template names nobody; `pattern` is what
    all mails of the template have in common."""

    subject: str
    sender_name: str
    html: str
    text: str
    pattern: str = ""


def compile_template(
    template: Template,
    dialect: Dialect,
    *,
    most_work: int = MOST_WORK,
    marked: bool = False,
) -> Compiled:
    """Read everything in it. Raises BadLiquid (with the path) and BadMjml.

    No single rendering of a part does more than `most_work` (see `liquid.MOST_WORK`).
    `marked`: the HTML tells which block each part is (`html_of`).
    """
    escaping = Walled(dialect, most_work=most_work)
    plain = Walled(dialect, escaping=False, most_work=most_work)
    for path, text in texts_of(template):
        try:
            parse(plain, text)
        except BadLiquid as mistake:
            mistake.path = path
            raise
    html = html_of(template, marked=marked)
    text = template.text or text_of(html)
    return Compiled(
        subject=parse(plain, template.subject),
        preheader=parse(plain, template.preheader),
        sender=parse(plain, template.sender_name),
        html=parse(escaping, html),
        text=parse(plain, text),
        needs=needs_of(template),
        language=template.language,
        pattern=text + html,
    )


def render_template(compiled: Compiled, values: Mapping[str, object]) -> Rendered:
    """One person's mail. Missing values are empty. Raises BadLiquid."""
    return Rendered(
        subject=one_line(render(compiled.subject, values))[:LONGEST_SUBJECT],
        sender_name=one_line(render(compiled.sender, values))[:LONGEST_SUBJECT],
        html=render(compiled.html, values),
        text=tidy(render(compiled.text, values)),
        pattern=compiled.pattern,
    )


def blamed(template: Template, dialect: Dialect, values: Mapping[str, object]) -> BadLiquid | None:
    """Which text cannot be rendered for this person, with its path and its own line; None where
    each can by itself."""
    plain = Walled(dialect, escaping=False)
    for path, text in texts_of(template):
        try:
            render(parse(plain, text), values)
        except BadLiquid as mistake:
            mistake.path = path
            return mistake
    return None


def preheader_of(compiled: Compiled, values: Mapping[str, object]) -> str:
    """What stands beside the subject in the inbox; in the mail itself it is part of the HTML."""
    return one_line(render(compiled.preheader, values))[:LONGEST_SUBJECT]


def one_line(text: str) -> str:
    """Without line breaks and control characters, which no header may hold."""
    return " ".join(_CONTROL.sub(" ", text).split())
