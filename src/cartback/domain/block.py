"""The blocks of an e-mail template, each a struct that checks itself when it is made."""

import re
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta

from cartback.domain.fault import Fault
from cartback.domain.key import is_key
from cartback.domain.number import Node

MOST_PRODUCTS: Final = 12
LONGEST_LINE: Final = 500
LONGEST_TEXT: Final = 20_000
LONGEST_RAW: Final = 100_000
LONGEST_URL: Final = 2_000

Line: TypeAlias = str
"""One line, in which Liquid may stand."""
Prose: TypeAlias = Annotated[str, Meta(extra={"writing": "prose"})]
"""Paragraphs, in which Liquid may stand."""
Code: TypeAlias = Annotated[str, Meta(extra={"writing": "code"})]
"""Markup, as it is."""
Url: TypeAlias = Annotated[str, Meta(extra={"writing": "url"})]
"""A web address, or a keyword that is one."""
Colour: TypeAlias = Annotated[str, Meta(extra={"writing": "colour"})]
CouponKey: TypeAlias = Annotated[str, Meta(extra={"writing": "coupon"})]

Align: TypeAlias = Literal["left", "center", "right"]
Source: TypeAlias = Literal["abandoned_cart", "viewed", "recommended", "product", "fixed"]

_SAFE_URL: Final = re.compile(r"(https?://|mailto:|tel:|\{\{)", re.IGNORECASE)


def at_most(name: str, text: str, most: int) -> None:
    """Raises Fault where the text of that field is longer, or holds a NUL."""
    if len(text) > most:
        raise Fault("too_many_characters", field=name, most=most)
    if "\x00" in text:
        raise Fault("nul_character", field=name)


def one_line(name: str, text: str) -> None:
    """Raises Fault where it is not one short line."""
    at_most(name, text, LONGEST_LINE)
    if "\n" in text or "\r" in text:
        raise Fault("not_one_line", field=name)


def web_address(name: str, url: str) -> None:
    """Raises Fault where a reader could not follow it."""
    at_most(name, url, LONGEST_URL)
    if not _SAFE_URL.match(url):
        raise Fault("not_an_address", field=name)


def _between(name: str, number: int, least: int, most: int, unit: str) -> None:
    if not least <= number <= most:
        raise Fault(f"{unit}_out_of_range", field=name, least=least, most=most)


class Text(Node, frozen=True, tag_field="kind", tag="text"):
    """Paragraphs; `small` for what need not be read."""

    text: Prose
    align: Align = "left"
    size: Literal["small", "normal", "large"] = "normal"

    def __post_init__(self) -> None:
        at_most("text", self.text, LONGEST_TEXT)


class Heading(Node, frozen=True, tag_field="kind", tag="heading"):
    """One line that leads."""

    text: Line
    level: Literal[1, 2, 3] = 1
    align: Align = "left"

    def __post_init__(self) -> None:
        one_line("text", self.text)


class Image(Node, frozen=True, tag_field="kind", tag="image"):
    """A picture; `alt` is what is read where pictures are off, `width` is in pixels."""

    url: Url
    alt: Line = ""
    link: Url = ""
    width: int | None = None
    align: Align = "center"

    def __post_init__(self) -> None:
        web_address("url", self.url)
        one_line("alt", self.alt)
        if self.link:
            web_address("link", self.link)
        if self.width is not None:
            _between("width", self.width, 1, 1200, "pixels")


class Button(Node, frozen=True, tag_field="kind", tag="button"):
    """Where to go; `quiet` is outlined instead of filled."""

    text: Line
    url: Url
    align: Align = "left"
    look: Literal["filled", "quiet"] = "filled"

    def __post_init__(self) -> None:
        one_line("text", self.text)
        web_address("url", self.url)


class Divider(Node, frozen=True, tag_field="kind", tag="divider"):
    """A thin line."""


class Spacer(Node, frozen=True, tag_field="kind", tag="spacer"):
    """Nothing, so many pixels high."""

    height: int = 24

    def __post_init__(self) -> None:
        _between("height", self.height, 1, 200, "pixels")


class Html(Node, frozen=True, tag_field="kind", tag="html"):
    """The shop's own HTML, as it is."""

    html: Code

    def __post_init__(self) -> None:
        at_most("html", self.html, LONGEST_RAW)


Inner: TypeAlias = Text | Heading | Image | Button | Divider | Spacer | Html
"""What a column may hold."""


class Column(Node, frozen=True):
    """Blocks under each other; `width` in percent, else the columns share alike."""

    blocks: tuple[Inner, ...]
    width: int | None = None

    def __post_init__(self) -> None:
        if self.width is not None:
            _between("width", self.width, 10, 90, "width")


class Columns(Node, frozen=True, tag_field="kind", tag="columns"):
    """Two to four columns, under each other on a phone."""

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.columns) <= 4:
            raise Fault("column_count")
        widths = [one.width for one in self.columns if one.width is not None]
        if widths and (len(widths) != len(self.columns) or sum(widths) != 100):
            raise Fault("column_widths")


class Product(Node, frozen=True, tag_field="kind", tag="product"):
    """Products of this person: at most so many, each with what is known of it now.

    `product` is the one that the flow is about, such as one whose price fell. The `title` stands
    above them where there are any, the `total` of the cart below.
    `rows`: picture left, words right. `cards`: two beside each other. `large`: one under the other.
    `low_stock`: from how many pieces on the true number left is said; 0 never says it.
    """

    source: Source = "abandoned_cart"
    title: Line = ""
    layout: Literal["rows", "cards", "large"] = "rows"
    most: int = 3
    price: bool = True
    old_price: bool = True
    stock: bool = True
    low_stock: int = 3
    total: bool = False
    button: Line = ""
    ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _between("most", self.most, 1, MOST_PRODUCTS, "count")
        _between("low_stock", self.low_stock, 0, 10, "pieces")
        if (self.source == "fixed") != bool(self.ids):
            raise Fault("fixed_products", field="ids")
        if len(self.ids) > MOST_PRODUCTS or any(not 1 <= len(one) <= 255 for one in self.ids):
            raise Fault("product_ids", field="ids", most=MOST_PRODUCTS)
        one_line("title", self.title)
        one_line("button", self.button)


class Coupon(Node, frozen=True, tag_field="kind", tag="coupon"):
    """This person's code of a coupon, with what it gives and until when it holds.

    Where there is no code the block shows nothing; with `needed` the mail does not go at all.
    """

    coupon: CouponKey
    text: Prose = ""
    button: Line = ""
    needed: bool = False

    def __post_init__(self) -> None:
        if not is_key(self.coupon, 100):
            raise Fault("not_a_coupon", field="coupon")
        at_most("text", self.text, LONGEST_TEXT)
        one_line("button", self.button)


class Review(Node, frozen=True, tag_field="kind", tag="review"):
    """What buyers wrote about these products, with a `title` above; nothing where nobody did."""

    title: Line = ""
    most: int = 1
    portrait: bool = True

    def __post_init__(self) -> None:
        _between("most", self.most, 1, 3, "count")
        one_line("title", self.title)


class Header(Node, frozen=True, tag_field="kind", tag="header"):
    """The shop's logo, or its name where there is none, leading to the shop."""

    align: Align = "left"
    width: int = 140

    def __post_init__(self) -> None:
        _between("width", self.width, 40, 400, "pixels")


class Footer(Node, frozen=True, tag_field="kind", tag="footer"):
    """Who writes and from where, why, and how to be left alone. The links cannot be left out."""

    text: Prose = ""
    align: Align = "left"

    def __post_init__(self) -> None:
        at_most("text", self.text, LONGEST_TEXT)


class Mjml(Node, frozen=True, tag_field="kind", tag="mjml"):
    """The shop's own MJML: whole sections, such as `<mj-section>…</mj-section>`."""

    mjml: Code

    def __post_init__(self) -> None:
        at_most("mjml", self.mjml, LONGEST_RAW)


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
