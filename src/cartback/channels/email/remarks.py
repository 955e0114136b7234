"""What is to be said of a template while it is being written: mistakes, and what to mind."""

import re
from collections.abc import Iterator
from typing import Final

from cartback.channels.email.filters import Dialect
from cartback.channels.email.lint import Finding, lint_rendered, lint_template
from cartback.channels.email.liquid import Walled, parse
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.mjml import BadMjml, check_mjml
from cartback.channels.email.template import Rendered
from cartback.domain.block import Mjml
from cartback.domain.template import Language, Template, texts_of
from cartback.engine.mails import Remark

LANGUAGES: Final[tuple[Language, ...]] = ("en", "ko")
LINK_GROWS: Final = 160
"""Bytes that a link has more when it leads through us: our address, and what is signed."""
_LINK: Final = re.compile(r'<a\b[^>]*\bhref="http')


def mistakes_in(template: Template) -> Iterator[Remark]:
    """Every text that cannot be read, not only the first."""
    plain = Walled(Dialect(), escaping=False)
    for path, text in texts_of(template):
        try:
            parse(plain, text)
        except BadLiquid as mistake:
            yield of_liquid(mistake, path)
    for place, block in enumerate(template.blocks):
        if isinstance(block, Mjml):
            try:
                check_mjml(block.mjml)
            except BadMjml as mistake:
                yield of_mjml(mistake, f"blocks[{place}].mjml")


def of_liquid(mistake: BadLiquid, path: str = "") -> Remark:
    """A mistake in a text."""
    return Remark("stops", path or mistake.path, words_of(mistake))


def words_of(mistake: BadLiquid | BadMjml) -> dict[Language, str]:
    """The sentence in each language."""
    return {language: mistake.sentence(language) for language in LANGUAGES}


def of_mjml(mistake: BadMjml, path: str = "") -> Remark:
    """MJML that cannot be read."""
    return Remark("stops", path, {one: _sentence(mistake.sentence(one)) for one in LANGUAGES})


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def remarks_on(template: Template, rendered: Rendered) -> list[Remark]:
    """What to mind: of the template, and of this mail."""
    found = lint_template(template)
    found += lint_rendered(rendered, advertising=template.advertising, size=size_of(rendered))
    return [_of(one) for one in found]


def size_of(rendered: Rendered) -> int:
    """About how many bytes the HTML has once its links lead through us."""
    links = len(_LINK.findall(rendered.html))
    return len(rendered.html.encode("utf-8", "replace")) + links * LINK_GROWS


def _of(finding: Finding) -> Remark:
    words = {language: finding.sentence(language) for language in LANGUAGES}
    return Remark(finding.weight, finding.path, words)
