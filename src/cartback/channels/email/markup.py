"""What a marketer's text can do: paragraphs, line breaks, **bold**, *slanted* and [links](…).

Everything else is text: `<` is shown as `<`. Liquid must be hidden before (`tokens.py`).
"""

import re
from html import escape
from typing import Final

_LINK: Final = re.compile(r"\[([^\[\]\n]{1,500})\]\(([^()\s]{1,2000})\)")
_BOLD: Final = re.compile(r"\*\*(?=\S)(.{1,2000}?)(?<=\S)\*\*", re.DOTALL)
_SLANTED: Final = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,2000}?)(?<=\S)\*(?![\w*])")
_BREAK: Final = re.compile(r"\n[ \t]*\n\s*")
_SAFE: Final = re.compile(r"(https?://|mailto:|tel:|lq+x\d+z)", re.IGNORECASE)


def paragraphs(text: str) -> list[str]:
    """Each paragraph as HTML that stands within a `<p>`."""
    parts = _BREAK.split(text.replace("\r\n", "\n").strip())
    return [inline(part).replace("\n", "<br />") for part in parts if part.strip()]


def inline(text: str) -> str:
    """One stretch of text as HTML."""
    escaped = escape(text, quote=False)
    escaped = _LINK.sub(_link, escaped)
    escaped = _BOLD.sub(r"<strong>\1</strong>", escaped)
    return _SLANTED.sub(r"<em>\1</em>", escaped)


def _link(found: re.Match[str]) -> str:
    words, address = found[1], found[2].replace('"', "%22")
    if not _SAFE.match(address):
        return found[0]
    return f'<a href="{address}" class="cb-link">{words}</a>'
