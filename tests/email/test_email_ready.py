"""The templates to start from read, render, and give no cause to warn, in both languages."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from cartback.channels.email.lint import lint_rendered, lint_template
from cartback.channels.email.ready import KEYS, ready
from cartback.channels.email.template import Rendered, compile_template, render_template
from cartback.domain.template import Language, needs_of, parse_template, template_document
from tests.email.parts import EUROPE, KOREA, product, values

LANGUAGES: tuple[Language, ...] = ("en", "ko")
URGENT = re.compile(
    r"hurry|act now|last chance|don't miss|selling fast|expires soon|only today"
    r"|서두르|놓치지|마감 임박|마지막 기회",
    re.IGNORECASE,
)
HANGUL = re.compile(r"[가-힣]")


def rendered(key: str, language: Language, given: dict[str, object]) -> Rendered:
    template = ready(key).template(language)
    return render_template(compile_template(template, EUROPE if language == "en" else KOREA), given)


def everything() -> dict[str, object]:
    return values(recommended=[product(3), product(4)], product=product(2), order={"number": "17"})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_a_ready_template_renders_without_a_warning(key: str, language: Language) -> None:
    template = ready(key).template(language)
    assert parse_template(template_document(template)) == template
    mail = rendered(key, language, everything())
    links = {"advertising": template.advertising, "unsubscribe": "https://shop.example/u/abc"}
    assert lint_template(template) == []
    assert lint_rendered(mail, **links) == []  # type: ignore[arg-type]
    assert len(mail.html) < 30_000
    assert "Lamps & Co" in mail.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_a_ready_template_promises_nothing_that_is_not_there(key: str, language: Language) -> None:
    if needs_of(ready(key).template(language)).indispensable:
        return  # without the code it does not go
    bare = {name: everything()[name] for name in ("shop", "links", "product")}
    mail = rendered(key, language, bare)
    assert mail.subject
    assert "{{" not in mail.html + mail.text + mail.subject
    for word in ("code", "coupon", "쿠폰", "코드", "Reviews", "후기"):
        assert word not in mail.subject + mail.text


@pytest.mark.parametrize("key", KEYS)
def test_a_ready_template_is_calm_and_in_its_own_language(key: str) -> None:
    english, korean = (rendered(key, language, everything()) for language in LANGUAGES)
    assert not URGENT.search(english.subject + english.text + korean.subject + korean.text)
    assert "!" not in english.subject + korean.subject
    assert HANGUL.search(korean.subject)
    assert not HANGUL.search(english.subject + english.text)
    assert ready(key).en.language == "en"
    assert ready(key).ko.language == "ko"


def test_both_languages_have_the_same_blocks() -> None:
    for key in KEYS:
        one = ready(key)
        assert [type(block) for block in one.en.blocks] == [type(block) for block in one.ko.blocks]


def test_every_document_is_listed() -> None:
    found = {one.name for one in files("cartback.channels.email.ready").iterdir()}
    assert {f"{key}.yaml" for key in KEYS} == {name for name in found if name.endswith(".yaml")}
    with pytest.raises(KeyError):
        ready("../../secrets")


def test_leads_and_customers_have_mails_of_their_own() -> None:
    audiences = {(ready(key).series, ready(key).audience) for key in KEYS}
    for series in ("abandoned_cart", "browse", "checkout", "price_drop", "back_in_stock"):
        assert {(series, "leads"), (series, "customers")} <= audiences
