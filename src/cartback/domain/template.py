"""An e-mail template as a document: who it says it is from, its subject, and blocks from the top.

A block is an object with a `kind`. Texts may hold Liquid: `{{ profile.first_name | default: "you"
}}`; `keyword.py` lists what there is to say. Paragraphs are parted by an empty line; `**bold**`,
`*slanted*` and `[words](https://…)` are what text can do. `parse_template` reads a document and
answers a bad one with the path.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

from cartback.domain.block import (
    LONGEST_RAW,
    Block,
    Code,
    Colour,
    Column,
    Columns,
    Coupon,
    Footer,
    Line,
    Product,
    Review,
    Source,
    at_most,
    one_line,
)
from cartback.domain.document import refuse_large, refused
from cartback.domain.fault import BadDocument, Fault
from cartback.domain.number import Node

MOST_BLOCKS: Final = 100

Language: TypeAlias = Literal["en", "ko"]

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


def _colour(name: str, text: str) -> None:
    if not _COLOUR.fullmatch(text):
        raise Fault("not_a_colour", field=name)


class Look(Node, frozen=True):
    """Colours and shape; the dark ones follow from them."""

    accent: Colour = "#0f766e"
    on_accent: Colour = "#ffffff"
    ink: Colour = "#1f2937"
    paper: Colour = "#ffffff"
    ground: Colour = "#f4f4f2"
    radius: int = 8

    def __post_init__(self) -> None:
        for name in ("accent", "on_accent", "ink", "paper", "ground"):
            _colour(name, getattr(self, name))
        if not 0 <= self.radius <= 40:
            raise Fault("pixels_out_of_range", field="radius", least=0, most=40)


class Template(Node, frozen=True):
    """One e-mail before it is anybody's.

    `text`: the plain text part, where the one made from the blocks will not do. A template is
    `advertising` unless it only says what somebody asked for; advertising needs a footer.
    """

    subject: Line
    blocks: tuple[Block, ...]
    preheader: Line = ""
    sender_name: Line = ""
    language: Language = "en"
    look: Look = Look()
    text: Code = ""
    advertising: bool = True

    def __post_init__(self) -> None:
        if not self.subject.strip():
            raise Fault("subject_empty", field="subject")
        one_line("subject", self.subject)
        one_line("preheader", self.preheader)
        one_line("sender_name", self.sender_name)
        at_most("text", self.text, LONGEST_RAW)
        if not self.blocks:
            raise Fault("blocks_empty")
        count = len(self.blocks) + sum(
            len(column.blocks)
            for block in self.blocks
            if isinstance(block, Columns)
            for column in block.columns
        )
        if count > MOST_BLOCKS:
            raise Fault("too_many_blocks", most=MOST_BLOCKS)
        if self.advertising and not any(isinstance(one, Footer) for one in self.blocks):
            raise Fault("footer_missing")


# --- reading documents ---------------------------------------------------------------------------


class BadTemplate(BadDocument):
    """A document that is no template."""


KINDS: Final[Mapping[str, type[Node]]] = {
    node.__struct_config__.tag: node for node in Block.__args__
}
_WITHOUT_KIND: Final[dict[str, type[Node]]] = {"look": Look, "columns": Column}


def parse_template(document: object) -> Template:
    """Read a template from plain JSON data. Raises BadTemplate."""
    problem = refuse_large(document)
    if problem:
        raise BadTemplate(*problem)
    try:
        return msgspec.convert(document, Template)
    except msgspec.ValidationError as error:
        raise BadTemplate(*refused(error, document, KINDS, Template, _WITHOUT_KIND)) from None


def template_document(template: Template) -> dict[str, Any]:
    """The document that parse_template reads back as an equal template."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(template))
    return document


# --- what it needs -------------------------------------------------------------------------------


class Needs(msgspec.Struct, frozen=True):
    """What must be looked up before a template can be rendered for somebody.

    Product sources, products by id, coupons by key, how many reviews are shown; and the coupons
    without whose code the mail does not go.
    """

    sources: frozenset[Source]
    fixed: frozenset[str]
    coupons: frozenset[str]
    reviews: int
    indispensable: frozenset[str] = frozenset()
    occasion: bool = False
    """Whether it tells of what began the run: the product, the order, the event."""


_LIQUID: Final = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.DOTALL)
_NAMED: Final = r"\s*(?:\.\s*([\w-]{1,255})|\[\s*(?:'([^']{1,255})'|\"([^\"]{1,255})\")\s*\])"
_COUPON: Final = re.compile(r"\bcoupons" + _NAMED)
_FIXED: Final = re.compile(r"\bfixed" + _NAMED)
_LISTS: Final[dict[str, Source]] = {"viewed": "viewed", "recommended": "recommended"}
_REVIEWS_BY_KEYWORD: Final = 3


def needs_of(template: Template) -> Needs:
    """What its blocks show, and what its keywords name: `{{ coupons['come-back'].code }}`."""
    products = [one for one in template.blocks if isinstance(one, Product)]
    coupons = [one for one in template.blocks if isinstance(one, Coupon)]
    said = " ".join(
        one[1] or one[2] for _, text in texts_of(template) for one in _LIQUID.finditer(text)
    )
    words = set(re.findall(r"\w+", said))
    reviews = max((one.most for one in template.blocks if isinstance(one, Review)), default=0)
    return Needs(
        sources=frozenset(one.source for one in products)
        | {source for word, source in _LISTS.items() if word in words},
        fixed=frozenset(each for one in products for each in one.ids) | _named(_FIXED, said),
        coupons=frozenset(one.coupon for one in coupons) | _named(_COUPON, said),
        reviews=max(reviews, _REVIEWS_BY_KEYWORD if "reviews" in words else 0),
        indispensable=frozenset(one.coupon for one in coupons if one.needed),
        occasion=not words.isdisjoint({"product", "order", "event"})
        or any(one.source == "product" for one in products),
    )


def _named(what: re.Pattern[str], said: str) -> frozenset[str]:
    return frozenset(one[1] or one[2] or one[3] for one in what.finditer(said))


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
