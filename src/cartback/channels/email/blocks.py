"""Each kind of block as MJML. What a product, a coupon or a review looks like is in `goods.py`."""

import re
from html import escape
from typing import Final

from cartback.channels.email import goods
from cartback.channels.email.look import FONTS, head
from cartback.channels.email.markup import inline, paragraphs
from cartback.channels.email.tokens import Tokens
from cartback.channels.email.wording import WORDS
from cartback.domain.block import (
    Block,
    Button,
    Columns,
    Coupon,
    Divider,
    Footer,
    Header,
    Heading,
    Html,
    Image,
    Inner,
    Mjml,
    Product,
    Review,
    Spacer,
    Text,
)
from cartback.domain.template import Template

_FIRST_TAG: Final = re.compile(r"<(mj-[\w-]+)\b[^<>]*>")
_SIZES: Final = {"small": ("13px", "20px"), "normal": ("16px", "26px"), "large": ("19px", "30px")}
_HEADS: Final = {1: ("28px", "36px"), 2: ("22px", "30px"), 3: ("18px", "26px")}
_COLUMN: Final = (Text, Heading, Image, Button, Divider, Spacer, Html)


class Drawing:
    """A template while it is drawn: its Liquid hidden, its look and its words at hand."""

    def __init__(self, template: Template, tokens: Tokens, *, marked: bool = False) -> None:
        self.marked = marked
        self.template = template
        self.look = template.look
        self.words = WORDS[template.language]
        self.tokens = tokens

    def text(self, text: str) -> list[str]:
        """Paragraphs of HTML."""
        return paragraphs(self.tokens.hide(text))

    def line(self, text: str) -> str:
        """One line of HTML."""
        return inline(self.tokens.hide(text))

    def attribute(self, text: str) -> str:
        """A text as the value of an attribute, without its quotes."""
        return escape(self.tokens.hide(text), quote=True)

    def liquid(self, text: str) -> str:
        """Our own HTML with Liquid in it."""
        return self.tokens.hide(text)


def draw(drawing: Drawing) -> str:
    """The whole template as MJML, its Liquid hidden."""
    template = drawing.template
    sections = "\n".join(_sections(drawing))
    preview = drawing.line(template.preheader)
    return (
        f'<mjml lang="{template.language}">\n{head(template.look, preview)}\n'
        f'<mj-body background-color="{template.look.ground}" width="600px" css-class="cb-ground">\n'
        f"{sections}\n</mj-body>\n</mjml>"
    )


def _sections(drawing: Drawing) -> list[str]:
    """Blocks of one column that follow each other share a section."""
    result: list[str] = []
    waiting: list[str] = []

    def flush() -> None:
        if waiting:
            result.append(_section(drawing, "<mj-column>" + "".join(waiting) + "</mj-column>"))
            waiting.clear()

    result.append(_edge())
    if isinstance(drawing.template.blocks[0], Header):
        result.append(_stripe(drawing))
    for place, block in enumerate(drawing.template.blocks):
        if isinstance(block, Columns | Mjml | Footer):
            flush()
            result.append(_marked(drawing, _wide(drawing, block), place))
        else:
            waiting.append(_marked(drawing, _narrow(drawing, block), place))
    flush()
    result.append(_edge())
    return result


def _marked(drawing: Drawing, mjml: str, place: int) -> str:
    """With a class that tells which block it is, for who writes the template."""
    if not drawing.marked:
        return mjml
    tag = _FIRST_TAG.search(mjml)
    if tag is None:
        return mjml
    here = tag[0]
    named = (
        here.replace('css-class="', f'css-class="cb-at-{place} ', 1)
        if 'css-class="' in here
        else here.replace(tag[1], f'{tag[1]} css-class="cb-at-{place}"', 1)
    )
    return mjml[: tag.start()] + named + mjml[tag.end() :]


def _edge() -> str:
    return '<mj-section padding="12px 0"><mj-column></mj-column></mj-section>'


def _stripe(drawing: Drawing) -> str:
    """The shop's colour above its name."""
    accent = drawing.look.accent
    return (
        f'<mj-section background-color="{accent}" padding="0"><mj-column>'
        '<mj-spacer height="4px" /></mj-column></mj-section>'
    )


def _section(drawing: Drawing, inside: str, padding: str = "8px 16px 14px") -> str:
    return (
        f'<mj-section background-color="{drawing.look.paper}" padding="{padding}"'
        f' css-class="cb-paper">{inside}</mj-section>'
    )


def _wide(drawing: Drawing, block: Columns | Mjml | Footer) -> str:
    match block:
        case Columns(columns):
            inside = "".join(
                f'<mj-column vertical-align="top"{_width(one.width)}>'
                + "".join(_inner(drawing, each) for each in one.blocks)
                + "</mj-column>"
                for one in columns
            )
            return _section(drawing, inside)
        case Mjml(mjml):
            return drawing.liquid(mjml)
        case Footer():
            return _footer(drawing, block)


def _width(percent: int | None) -> str:
    return "" if percent is None else f' width="{percent}%"'


def _narrow(drawing: Drawing, block: Block) -> str:
    match block:
        case Product():
            return goods.product(drawing, block)
        case Coupon():
            return goods.coupon(drawing, block)
        case Review():
            return goods.review(drawing, block)
        case Header():
            return _header(drawing, block)
        case Columns() | Mjml() | Footer():
            raise AssertionError("a block of its own section")
        case _:
            return _inner(drawing, block)


def _inner(drawing: Drawing, block: Inner) -> str:
    look = drawing.look
    match block:
        case Text(text, align, size):
            font, height = _SIZES[size]
            inside = "".join(f'<p style="margin:0 0 12px">{one}</p>' for one in drawing.text(text))
            return (
                f'<mj-text align="{align}" font-size="{font}" line-height="{height}"'
                f' padding="6px 16px 0" css-class="cb-ink">{inside}</mj-text>'
            )
        case Heading(text, level, align):
            font, height = _HEADS[level]
            return (
                f'<mj-text align="{align}" font-size="{font}" line-height="{height}"'
                f' font-weight="700" padding="14px 16px 6px" css-class="cb-ink">'
                f'<h{level} style="margin:0;font-size:{font};line-height:{height};font-weight:700">'
                f"{drawing.line(text)}</h{level}></mj-text>"
            )
        case Image(url, alt, link, width, align):
            href = f' href="{drawing.attribute(link)}"' if link else ""
            wide = f' width="{width}px"' if width else ""
            return (
                f'<mj-image src="{drawing.attribute(url)}" alt="{drawing.attribute(alt)}"'
                f'{href}{wide} align="{align}" padding="10px 16px"'
                f' border-radius="{look.radius}px" />'
            )
        case Button():
            return _button(drawing, block)
        case Divider():
            return (
                '<mj-divider border-width="1px" border-color="#dcdcd8" padding="14px 16px"'
                ' css-class="cb-line" />'
            )
        case Spacer(height):
            return f'<mj-spacer height="{height}px" />'
        case Html(html):
            return (
                '<mj-text padding="6px 16px" font-size="16px" line-height="26px"'
                f' css-class="cb-ink">{drawing.tokens.keep(html)}</mj-text>'
            )


def _button(drawing: Drawing, block: Button) -> str:
    look = drawing.look
    filled = block.look == "filled"
    ground, ink = (look.accent, look.on_accent) if filled else ("transparent", look.accent)
    return (
        f'<mj-button href="{drawing.attribute(block.url)}" align="{block.align}"'
        f' background-color="{ground}" color="{ink}" border="2px solid {look.accent}"'
        f' border-radius="{look.radius}px" font-size="16px" font-weight="700"'
        f' inner-padding="13px 26px" padding="12px 16px 16px"'
        f' css-class="{"cb-button" if filled else "cb-quiet"}">'
        f"{drawing.line(block.text)}</mj-button>"
    )


def _header(drawing: Drawing, block: Header) -> str:
    name = drawing.liquid("{{ shop.name }}")
    link = drawing.liquid("{{ shop.url }}")
    logo = drawing.liquid("{{ shop.logo }}")
    return (
        f'<mj-text align="{block.align}" padding="18px 16px 10px" font-size="20px"'
        f' font-weight="700" css-class="cb-ink"><a href="{link}"'
        f' style="color:{drawing.look.ink};text-decoration:none" class="cb-name">'
        + drawing.liquid("{% if shop.logo %}")
        + f'<img src="{logo}" alt="{name}" width="{block.width}"'
        f' style="display:inline-block;max-width:{block.width}px;height:auto;border:0" />'
        + drawing.liquid("{% else %}")
        + name
        + drawing.liquid("{% endif %}")
        + "</a></mj-text>"
    )


def _footer(drawing: Drawing, block: Footer) -> str:
    words = drawing.words
    quiet = 'style="color:#5f6368;text-decoration:underline" class="cb-quiet-ink"'
    parts = [*drawing.text(block.text)]
    parts.append(
        drawing.liquid(
            "{{ shop.name }}"
            "{% if shop.address %}<br />{{ shop.address | newline_to_br }}{% endif %}"
            "{% if shop.phone %}<br />{{ shop.phone }}{% endif %}"
            "{% if shop.email %}<br />{{ shop.email }}{% endif %}"
        )
    )
    way_out = f'<a href="{{{{ links.unsubscribe }}}}" {quiet}>'
    both = "<br />".join(f"{way_out}{WORDS[one]['opt_out']}</a>" for one in ("ko", "en"))
    parts.append(drawing.liquid(f"{{% if duties.ad_label %}}{both}{{% endif %}}"))
    parts.append(
        drawing.liquid(
            f'<a href="{{{{ links.unsubscribe }}}}" {quiet}>{words["unsubscribe"]}</a>'
            "{% if links.preferences %}"
            f' &nbsp;·&nbsp; <a href="{{{{ links.preferences }}}}" {quiet}>'
            f"{words['preferences']}</a>{{% endif %}}"
        )
    )
    inside = "".join(f'<p style="margin:0 0 10px">{one}</p>' for one in parts)
    text = (
        f'<mj-text align="{block.align}" font-size="13px" line-height="20px" color="#5f6368"'
        f' font-family="{FONTS}" padding="10px 16px" css-class="cb-quiet-ink">{inside}</mj-text>'
    )
    return f'<mj-section padding="12px 16px"><mj-column>{text}</mj-column></mj-section>'
