"""An e-mail template as a document: what is read, what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from cartback.domain.keyword import KEYWORDS, is_keyword, nearest_keyword
from cartback.domain.template import (
    BadTemplate,
    needs_of,
    parse_template,
    template_document,
    texts_of,
)
from tests.email.parts import DOCUMENT

FOOTER = {"kind": "footer"}


def made(*blocks: object, **more: object) -> dict[str, Any]:
    return {"subject": "Hello", "blocks": [*blocks, FOOTER], **more}


def test_a_template_is_read_and_written_without_loss() -> None:
    template = parse_template(DOCUMENT)
    assert parse_template(template_document(template)) == template
    assert template_document(template)["blocks"][1]["kind"] == "heading"


@pytest.mark.parametrize(
    "document, sentence",
    [
        (made({"kind": "hedding", "text": "x"}), "$.blocks[0].kind`; did you mean 'heading'?"),
        (made({"kind": "text", "txet": "x"}), "did you mean 'text'?"),
        (made({"kind": "text", "text": "x", "align": "centre"}), "did you mean 'center'?"),
        (made(subjct="x"), "did you mean 'subject'?"),
        (made({"kind": "button", "text": "x", "url": "javascript:alert(1)"}), "starts with https"),
        (made({"kind": "spacer", "height": 900}), "from 1 to 200 pixels - at `$.blocks[0]`"),
        (made({"kind": "product", "source": "fixed"}), "`ids` names the products"),
        (made({"kind": "columns", "columns": [{"blocks": []}]}), "two to four columns"),
        (made({"kind": "coupon", "coupon": "Come Back"}), "a coupon's key, such as come-back-10"),
        (made(subject="two\r\nBcc: eve@shop.example"), "`subject` is one line"),
        (made(subject="  "), "`subject` is not empty"),
        (made(look={"accent": "red;}"}), "a colour such as #0f766e"),
        (made({"kind": "text", "text": "x" * 20_001}), "at most 20,000 characters"),
        (made(*[{"kind": "divider"}] * 100), "at most 100 blocks"),
        ({"subject": "x", "blocks": [{"kind": "divider"}]}, "advertising needs a `footer`"),
        (made({"kind": "text", "text": "\ud800"}), "half of a character"),
        ([], "write an object here: { … } - at `$`"),
        (None, "write an object here"),
    ],
)
def test_a_bad_document_is_answered_with_the_path(document: object, sentence: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        parse_template(document)
    assert sentence in str(refused.value)


def test_a_document_that_nests_for_ever_is_refused_before_anything_recurses() -> None:
    deep: list[Any] = []
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(BadTemplate, match="nests at most"):
        parse_template({"subject": "x", "blocks": deep})


def test_mail_that_is_no_advertising_needs_no_footer() -> None:
    document = {"subject": "x", "blocks": [{"kind": "divider"}], "advertising": False}
    assert not parse_template(document).advertising


def test_a_template_says_what_must_be_looked_up() -> None:
    needs = needs_of(parse_template(DOCUMENT))
    assert needs.sources == {"abandoned_cart", "fixed", "viewed"}
    assert needs.fixed == {"p-9"}
    assert needs.coupons == {"come-back"}
    assert needs.reviews == 2


def test_every_text_with_liquid_is_named_by_its_path() -> None:
    paths = {path for path, _ in texts_of(parse_template(DOCUMENT))}
    assert {"subject", "blocks[1].text", "blocks[11].columns[1].blocks[0].html"} <= paths
    assert "blocks[2].text" not in paths


def test_keywords_have_words_in_both_languages() -> None:
    for keyword in KEYWORDS:
        assert keyword.words("en")
        assert keyword.words("ko")
        assert is_keyword(keyword.name)


@pytest.mark.parametrize(
    "path, known",
    [
        ("profile.first_name", True),
        ("profile.traits.city", True),
        ("profile.frist_name", False),
        ("cart.lines.size", True),
        ("cart.lines.first.name", True),
        ("cart.total", False),
        ("event.anything.at.all", True),
        ("coupons.come-back.code", True),
        ("product.brand", True),
        ("customer", False),
    ],
)
def test_a_keyword_is_known_or_not(path: str, known: bool) -> None:
    assert is_keyword(path) is known


def test_the_nearest_keyword_is_found() -> None:
    assert nearest_keyword("profile.frist_name") == "profile.first_name"
    assert nearest_keyword("zzz") == ""
