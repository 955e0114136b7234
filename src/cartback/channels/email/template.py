"""A template compiled once per version, and rendered for one person after the other."""

import re
from collections.abc import Callable, Mapping
from time import thread_time
from typing import Final

import msgspec
from liquid import BoundTemplate

from cartback.channels.email.filters import Dialect
from cartback.channels.email.liquid import SECONDS, Walled, parse, render
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.mjml import html_of
from cartback.channels.email.text import text_of, tidy
from cartback.domain.template import Template, texts_of

LONGEST_SUBJECT: Final = 250
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Compiled:
    """A version of a template, ready to be rendered any number of times, from any thread."""

    def __init__(
        self,
        subject: BoundTemplate,
        sender: BoundTemplate,
        html: BoundTemplate,
        text: BoundTemplate,
    ) -> None:
        self.subject = subject
        self.sender = sender
        self.html = html
        self.text = text


class Rendered(msgspec.Struct, frozen=True):
    """One person's mail. `sender_name` is empty where the template names nobody."""

    subject: str
    sender_name: str
    html: str
    text: str


def compile_template(
    template: Template,
    dialect: Dialect,
    *,
    clock: Callable[[], float] = thread_time,
    seconds: float = SECONDS,
    marked: bool = False,
) -> Compiled:
    """Read everything in it. Raises BadLiquid (with the path) and BadMjml.

    `marked`: the HTML tells which block each part is (`html_of`).
    `clock` counts seconds of work; no single rendering of a part takes more than `seconds` of them.
    """
    escaping = Walled(dialect, clock=clock, seconds=seconds)
    plain = Walled(dialect, escaping=False, clock=clock, seconds=seconds)
    for path, text in texts_of(template):
        try:
            parse(plain, text)
        except BadLiquid as mistake:
            mistake.path = path
            raise
    html = html_of(template, marked=marked)
    return Compiled(
        subject=parse(plain, template.subject),
        sender=parse(plain, template.sender_name),
        html=parse(escaping, html),
        text=parse(plain, template.text or text_of(html)),
    )


def render_template(compiled: Compiled, values: Mapping[str, object]) -> Rendered:
    """One person's mail. Missing values are empty. Raises BadLiquid."""
    return Rendered(
        subject=one_line(render(compiled.subject, values))[:LONGEST_SUBJECT],
        sender_name=one_line(render(compiled.sender, values))[:LONGEST_SUBJECT],
        html=render(compiled.html, values),
        text=tidy(render(compiled.text, values)),
    )


def one_line(text: str) -> str:
    """Without line breaks and control characters, which no header may hold."""
    return " ".join(_CONTROL.sub(" ", text).split())
