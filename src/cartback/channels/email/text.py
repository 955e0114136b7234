"""HTML to plain text: what is read by those who see no HTML, and by filters that judge the mail.

Links stand behind their words in angle brackets, headings alone on a line. Hidden text (preheader,
Outlook's comments, styles, what screen readers skip) is left out. Liquid comes through whole.
"""

import re
from html.parser import HTMLParser
from typing import Final

from cartback.channels.email.tokens import Tokens

_BLOCKS: Final = frozenset(
    "address article blockquote dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr li main ol p"
    " pre section table tr ul".split()
)
_AIRY: Final = frozenset("h1 h2 h3 h4 h5 h6 p table blockquote hr".split())
_SKIPPED: Final = frozenset("head script style title template".split())
_VOID: Final = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()
)
_HIDDEN: Final = re.compile(r"(display\s*:\s*none|mso-hide\s*:\s*all)", re.IGNORECASE)
_SPACE: Final = re.compile(r"[ \t\n\r\f\xa0\u200b\u200c\u200d\ufeff]+")
_SECTION: Final = re.compile(r"<!\[[^<>]*>")
_EMPTY: Final = re.compile(r"\n{3,}")


def text_of(html: str) -> str:
    """The words of a mail as plain text, Liquid included."""
    tokens = Tokens(html)
    reader = _Reader()
    reader.feed(readable(tokens.hide(html)))
    reader.close()
    return tokens.show(tidy(reader.text()))


def readable(html: str) -> str:
    """Without comments, sections such as `<![if]>`, and a tag that never ends.

    The standard library's parser takes minutes over some of those, and breaks on others.
    """
    parts: list[str] = []
    at = 0
    while (opened := html.find("<!--", at)) >= 0:
        parts.append(html[at:opened])
        closed = html.find("-->", opened)
        at = len(html) if closed < 0 else closed + 3
    whole = _SECTION.sub("", "".join([*parts, html[at:]])).replace("<![", "&lt;![")
    end = whole.rfind(">") + 1
    return whole[:end] + whole[end:].replace("<", "&lt;")


def tidy(text: str) -> str:
    """Without spaces at the ends of lines, and with at most one empty line in a row."""
    lines = "\n".join(line.strip() for line in text.split("\n"))
    return _EMPTY.sub("\n\n", lines).strip() + "\n"


def _is_hidden(given: dict[str, str]) -> bool:
    return given.get("aria-hidden") == "true" or bool(_HIDDEN.search(given.get("style", "")))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._links: list[tuple[str, int]] = []
        self._hidden: list[str] = []

    def text(self) -> str:
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self._void(tag, given)
            return
        if self._hidden or tag in _SKIPPED or _is_hidden(given):
            self._hidden.append(tag)
            return
        if tag in _BLOCKS:
            self._parts.append("\n\n" if tag in _AIRY else "\n")
        if tag == "li":
            self._parts.append("- ")
        if tag in ("td", "th"):
            self._parts.append("  ")
        if tag == "a":
            self._links.append((given.get("href", ""), len(self._parts)))

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag in self._hidden:
                while self._hidden.pop() != tag:
                    pass
            return
        if tag in _BLOCKS:
            self._parts.append("\n\n" if tag in _AIRY else "\n")
        if tag == "a" and self._links:
            self._end_link(*self._links.pop())

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(_SPACE.sub(" ", data))

    def _void(self, tag: str, given: dict[str, str]) -> None:
        if self._hidden:
            return
        if tag == "br":
            self._parts.append("\n")
        elif tag == "hr":
            self._parts.append("\n\n---\n\n")
        elif tag == "img" and given.get("alt"):
            self._parts.append(given["alt"])

    def _end_link(self, href: str, start: int) -> None:
        words = "".join(self._parts[start:]).strip()
        if not words or not href or href.startswith("#"):
            return
        plain = href.removeprefix("mailto:").removeprefix("tel:")
        if plain != words:
            self._parts.append(f" <{plain}>")
