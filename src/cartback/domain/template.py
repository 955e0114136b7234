"""An e-mail template as a document: who it says it is from, its subject, and blocks from the top.

A block is an object with a `kind`. Texts may hold Liquid: `{{ profile.first_name | default: "you"
}}`; `keyword.py` lists what there is to say. Paragraphs are parted by an empty line; `**bold**`,
`*slanted*` and `[words](https://…)` are what text can do. `parse_template` reads a document and
answers a bad one with the path.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias

import msgspec

from cartback.domain.document import refuse_large, suggest
from cartback.domain.number import Node

MOST_BLOCKS: Final = 100
MOST_PRODUCTS: Final = 12
LONGEST_LINE: Final = 500
LONGEST_TEXT: Final = 20_000
LONGEST_RAW: Final = 100_000
LONGEST_URL: Final = 2_000

Align: TypeAlias = Literal["left", "center", "right"]
Language: TypeAlias = Literal["en", "ko"]
Source: TypeAlias = Literal["abandoned_cart", "viewed", "recommended", "fixed"]

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_KEY: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SAFE_URL: Final = re.compile(r"(https?://|mailto:|tel:|\{\{)", re.IGNORECASE)


def _at_most(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise ValueError(f"`{name}` has at most {most:,} characters")
    if "\x00" in text:
        raise ValueError(f"`{name}` holds a NUL character")


def _one_line(name: str, text: str) -> None:
    _at_most(name, text, LONGEST_LINE)
    if "\n" in text or "\r" in text:
        raise ValueError(f"`{name}` is one line")


def _web_address(name: str, url: str) -> None:
    _at_most(name, url, LONGEST_URL)
    if not _SAFE_URL.match(url):
        raise ValueError(f"`{name}` starts with https:// or with a keyword such as {{{{")


def _colour(name: str, text: str) -> None:
    if not _COLOUR.fullmatch(text):
        raise ValueError(f"`{name}` is a colour such as #0f766e")


class Text(Node, frozen=True, tag_field="kind", tag="text"):
    """Paragraphs; `small` for what need not be read."""

    text: str
    align: Align = "left"
    size: Literal["small", "normal", "large"] = "normal"

    def __post_init__(self) -> None:
        _at_most("text", self.text, LONGEST_TEXT)


class Heading(Node, frozen=True, tag_field="kind", tag="heading"):
    """One line that leads."""

    text: str
    level: Literal[1, 2, 3] = 1
    align: Align = "left"

    def __post_init__(self) -> None:
        _one_line("text", self.text)


class Image(Node, frozen=True, tag_field="kind", tag="image"):
    """A picture; `alt` is what is read where pictures are off, `width` is in pixels."""

    url: str
    alt: str = ""
    link: str = ""
    width: int | None = None
    align: Align = "center"

    def __post_init__(self) -> None:
        _web_address("url", self.url)
        _one_line("alt", self.alt)
        if self.link:
            _web_address("link", self.link)
        if self.width is not None and not 1 <= self.width <= 1_200:
            raise ValueError("`width` is from 1 to 1200 pixels")


class Button(Node, frozen=True, tag_field="kind", tag="button"):
    """Where to go; `quiet` is outlined instead of filled."""

    text: str
    url: str
    align: Align = "left"
    look: Literal["filled", "quiet"] = "filled"

    def __post_init__(self) -> None:
        _one_line("text", self.text)
        _web_address("url", self.url)


class Divider(Node, frozen=True, tag_field="kind", tag="divider"):
    """A thin line."""


class Spacer(Node, frozen=True, tag_field="kind", tag="spacer"):
    """Nothing, so many pixels high."""

    height: int = 24

    def __post_init__(self) -> None:
        if not 1 <= self.height <= 200:
            raise ValueError("`height` is from 1 to 200 pixels")


class Html(Node, frozen=True, tag_field="kind", tag="html"):
    """The shop's own HTML, as it is."""

    html: str

    def __post_init__(self) -> None:
        _at_most("html", self.html, LONGEST_RAW)


Inner: TypeAlias = Text | Heading | Image | Button | Divider | Spacer | Html
"""What a column may hold."""


class Column(Node, frozen=True):
    """Blocks under each other; `width` in percent, else the columns share alike."""

    blocks: tuple[Inner, ...]
    width: int | None = None

    def __post_init__(self) -> None:
        if self.width is not None and not 10 <= self.width <= 90:
            raise ValueError("`width` is from 10 to 90 percent")


class Columns(Node, frozen=True, tag_field="kind", tag="columns"):
    """Two to four columns, under each other on a phone."""

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.columns) <= 4:
            raise ValueError("there are two to four columns")
        widths = [one.width for one in self.columns if one.width is not None]
        if widths and (len(widths) != len(self.columns) or sum(widths) != 100):
            raise ValueError("the widths of the columns add up to 100, or none has one")


class Product(Node, frozen=True, tag_field="kind", tag="product"):
    """Products of this person: at most so many, each with what is known of it now.

    `rows`: picture left, words right. `cards`: two beside each other. `large`: one under the other.
    `low_stock`: from how many pieces on the true number left is said; 0 never says it.
    """

    source: Source = "abandoned_cart"
    layout: Literal["rows", "cards", "large"] = "rows"
    most: int = 3
    price: bool = True
    old_price: bool = True
    stock: bool = True
    low_stock: int = 3
    button: str = ""
    ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.most <= MOST_PRODUCTS:
            raise ValueError(f"`most` is from 1 to {MOST_PRODUCTS}")
        if not 0 <= self.low_stock <= 10:
            raise ValueError("`low_stock` is from 0 to 10 pieces")
        if (self.source == "fixed") != bool(self.ids):
            raise ValueError("`ids` names the products of the source `fixed`, and of no other")
        if len(self.ids) > MOST_PRODUCTS or any(not 1 <= len(one) <= 255 for one in self.ids):
            raise ValueError(f"`ids` are at most {MOST_PRODUCTS}, of 1 to 255 characters")
        _one_line("button", self.button)


class Coupon(Node, frozen=True, tag_field="kind", tag="coupon"):
    """This person's code of a coupon, with what it gives and until when it holds."""

    coupon: str
    text: str = ""
    button: str = ""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.coupon) or len(self.coupon) > 100:
            raise ValueError("`coupon` is a coupon's key, such as come-back-10")
        _at_most("text", self.text, LONGEST_TEXT)
        _one_line("button", self.button)


class Review(Node, frozen=True, tag_field="kind", tag="review"):
    """What buyers wrote about these products; nothing where nobody did."""

    most: int = 1
    portrait: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.most <= 3:
            raise ValueError("`most` is from 1 to 3")


class Header(Node, frozen=True, tag_field="kind", tag="header"):
    """The shop's logo, or its name where there is none, leading to the shop."""

    align: Align = "left"
    width: int = 140

    def __post_init__(self) -> None:
        if not 40 <= self.width <= 400:
            raise ValueError("`width` is from 40 to 400 pixels")


class Footer(Node, frozen=True, tag_field="kind", tag="footer"):
    """Who writes and from where, why, and how to be left alone. The links cannot be left out."""

    text: str = ""
    align: Align = "left"

    def __post_init__(self) -> None:
        _at_most("text", self.text, LONGEST_TEXT)


class Mjml(Node, frozen=True, tag_field="kind", tag="mjml"):
    """The shop's own MJML: whole sections, such as `<mj-section>…</mj-section>`."""

    mjml: str

    def __post_init__(self) -> None:
        _at_most("mjml", self.mjml, LONGEST_RAW)


Block: TypeAlias = (
    Text
    | Heading
    | Image
    | Button
    | Divider
    | Spacer
    | Html
    | Columns
    | Product
    | Coupon
    | Review
    | Header
    | Footer
    | Mjml
)


class Look(Node, frozen=True):
    """Colours and shape; the dark ones follow from them."""

    accent: str = "#0f766e"
    on_accent: str = "#ffffff"
    ink: str = "#1f2937"
    paper: str = "#ffffff"
    ground: str = "#f4f4f2"
    radius: int = 8

    def __post_init__(self) -> None:
        for name in ("accent", "on_accent", "ink", "paper", "ground"):
            _colour(name, getattr(self, name))
        if not 0 <= self.radius <= 40:
            raise ValueError("`radius` is from 0 to 40 pixels")


class Template(Node, frozen=True):
    """One e-mail before it is anybody's.

    `text`: the plain text part, where the one made from the blocks will not do. A template is
    `advertising` unless it only says what somebody asked for; advertising needs a footer.
    """

    subject: str
    blocks: tuple[Block, ...]
    preheader: str = ""
    sender_name: str = ""
    language: Language = "en"
    look: Look = Look()
    text: str = ""
    advertising: bool = True

    def __post_init__(self) -> None:
        if not self.subject.strip():
            raise ValueError("`subject` is not empty")
        _one_line("subject", self.subject)
        _one_line("preheader", self.preheader)
        _one_line("sender_name", self.sender_name)
        _at_most("text", self.text, LONGEST_RAW)
        if not self.blocks:
            raise ValueError("`blocks` needs at least one block")
        count = len(self.blocks) + sum(
            len(column.blocks)
            for block in self.blocks
            if isinstance(block, Columns)
            for column in block.columns
        )
        if count > MOST_BLOCKS:
            raise ValueError(f"a template has at most {MOST_BLOCKS} blocks")
        if self.advertising and not any(isinstance(one, Footer) for one in self.blocks):
            raise ValueError("advertising needs a `footer`: who writes, and how to unsubscribe")


# --- reading documents ---------------------------------------------------------------------------


class BadTemplate(ValueError):
    """A document that is no template: the path, what is wrong there, what was likely meant."""


_KINDS: Final = {node.__struct_config__.tag: node for node in Block.__args__}
_WITHOUT_KIND: Final[dict[str, type[Node]]] = {"look": Look, "columns": Column}


def parse_template(document: object) -> Template:
    """Read a template from plain JSON data. Raises BadTemplate."""
    problem = refuse_large(document)
    if problem:
        raise BadTemplate(problem)
    try:
        return msgspec.convert(document, Template)
    except msgspec.ValidationError as error:
        raise BadTemplate(suggest(str(error), document, _KINDS, Template, _WITHOUT_KIND)) from None


def template_document(template: Template) -> dict[str, Any]:
    """The document that parse_template reads back as an equal template."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(template))
    return document


# --- what it needs -------------------------------------------------------------------------------


class Needs(msgspec.Struct, frozen=True):
    """What must be looked up before a template can be rendered for somebody."""

    sources: frozenset[Source]
    fixed: frozenset[str]
    coupons: frozenset[str]
    reviews: int


def needs_of(template: Template) -> Needs:
    """Product sources, products by id, coupons by key, and how many reviews its blocks show."""
    products = [one for one in template.blocks if isinstance(one, Product)]
    return Needs(
        sources=frozenset(one.source for one in products),
        fixed=frozenset(each for one in products for each in one.ids),
        coupons=frozenset(one.coupon for one in template.blocks if isinstance(one, Coupon)),
        reviews=max((one.most for one in template.blocks if isinstance(one, Review)), default=0),
    )


def texts_of(template: Template) -> Iterator[tuple[str, str]]:
    """Every text that may hold Liquid, with its path: `("blocks[2].text", "Hello {{ … }}")`."""
    document = template_document(template)
    waiting: list[tuple[str, object]] = [("", document)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, dict):
            waiting += [(f"{path}.{name}".lstrip("."), one) for name, one in node.items()]
        elif isinstance(node, list):
            waiting += [(f"{path}[{place}]", one) for place, one in enumerate(node)]
        elif isinstance(node, str) and ("{{" in node or "{%" in node):
            yield path, node
