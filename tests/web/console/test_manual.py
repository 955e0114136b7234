"""The manual: every page of docs/ is there for everybody, and every link on it leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import pytest

from cartback.channels.email.ready import KEYS
from cartback.domain.keyword import KEYWORDS, PRODUCT
from cartback.domain.phrase import Language
from cartback.domain.step import STEPS
from cartback.domain.template import KINDS
from cartback.web.console.manual import SCHEMAS, contents
from cartback.web.console.manual_page import documented, folder, page_of
from cartback.web.console.sketch.forms import TRIGGERS
from cartback.web.console.words import Words
from tests.conftest import CHECKOUT
from tests.web.console.desk import Desk

DOCS = CHECKOUT / "docs"
NAMES = [name for chapter in contents(Words(Language.ENGLISH)) for name, _ in chapter.pages]
PAGES = sorted({*NAMES, *(f"adr/{one.stem}" for one in DOCS.glob("adr/0*.md"))})


class Reading(HTMLParser):
    """What of a page matters here."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.odd: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "a":
            self.links.append(said.get("href") or "")
        if (id := said.get("id")) is not None:  # noqa: A001  what HTML calls it
            assert id not in self.ids, id
            self.ids.add(id)
        if "style" in said or (tag == "script" and "src" not in said) or tag == "style":
            self.odd.append(tag)


def test_every_page_of_the_documentation_is_in_the_contents() -> None:
    assert {one.stem for one in DOCS.glob("*.md")} | {"adr", "reference"} == set(NAMES)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody_and_its_links_lead_somewhere(desk: Desk, name: str) -> None:
    stranger = desk.visitor()
    answer = stranger.get(f"/docs/{name}")
    assert answer.status_code == 200
    reading = Reading(answer.text)
    assert reading.odd == []
    assert "main" in reading.ids
    for link in set(reading.links):
        path, _, part = link.partition("#")
        if path.startswith("/docs"):
            other = stranger.get(path)
            assert other.status_code == 200, link
            assert not part or part in Reading(other.text).ids, link
        elif not path:
            assert part in reading.ids, link
        else:
            assert path in {"/", "/api/v1/openapi.json"} or path.startswith("https://"), link


def test_the_frame_speaks_korean_and_says_that_the_text_does_not(desk: Desk) -> None:
    text = desk.visitor().get("/docs/segments", accept_language="ko").text
    assert '<html lang="ko"' in text
    assert '<article class="prose" lang="en">' in text
    assert "설명서 본문은 영어로 되어 있습니다." in text


def test_the_manual_begins_with_the_quick_start(desk: Desk) -> None:
    assert '<h1 id="quick-start">' in desk.visitor().get("/docs").text


def test_the_page_that_is_read_is_marked_in_the_contents(desk: Desk) -> None:
    text = desk.visitor().get("/docs/adr/0001-one-function").text
    marked = re.findall(r'href="(/docs[^"]*)" aria-current="page"', text)
    assert set(marked) == {"/docs/adr"}


def test_pictures_of_a_page_are_there(desk: Desk) -> None:
    stranger = desk.visitor()
    found = re.findall(r'<img src="(/docs[^"]+)"', stranger.get("/docs/mails").text)
    assert len(found) == 12
    for one in found:
        answer = stranger.get(one)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/webp"
        assert len(answer.content) < 60_000
    for bad in ("x.webp", "..%2Fmails.md", "mails-leads-en.png"):
        assert stranger.get(f"/docs/pictures/{bad}").status_code == 404


@pytest.mark.parametrize(
    "page, words",
    [
        ("email", [*KINDS, *(name for node in KINDS.values() for name in node.__struct_fields__)]),
        ("email", sorted({one.name.partition(".")[0] for one in KEYWORDS})),
        ("email", [one.name.rpartition(".")[2] for one in (*KEYWORDS, *PRODUCT)]),
        ("email", KEYS),
        ("flows", [*STEPS, *TRIGGERS]),
    ],
)
def test_every_block_keyword_step_and_ready_made_mail_is_described(
    page: str, words: Sequence[str]
) -> None:
    text = (DOCS / f"{page}.md").read_text("utf-8")
    plain = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    said = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`([^`\n]+)`", plain))))
    assert sorted(set(words) - said) == []


@pytest.mark.parametrize(
    "name", ["nothing", "../README", "..%2fREADME", "adr/%2e%2e/api", "api.md", "a/b/c", "%00", ""]
)
def test_what_is_no_page_is_not_there(desk: Desk, name: str) -> None:
    assert desk.visitor().get(f"/docs/{name}").status_code == 404


@pytest.mark.parametrize("file", ["nothing.csv", "..%2fapi.md", "carts", "%2e%2e.yaml"])
def test_what_is_no_example_is_not_there(desk: Desk, file: str) -> None:
    assert desk.visitor().get(f"/docs/examples/{file}").status_code == 404
    assert desk.visitor().get("/docs/examples/carts.csv").text.startswith("when,visitor")


def test_raw_html_in_a_page_would_be_text() -> None:
    assert all("<script" not in (page_of(name) or page_of("api")).html for name in NAMES)  # type: ignore[union-attr]


def test_the_reference_has_every_call_and_every_shape(desk: Desk) -> None:
    document = documented("openapi.json")
    text = desk.visitor().get("/docs/reference").text
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}</code>" in text
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in text


def test_editors_find_the_schema_where_a_document_names_it(desk: Desk) -> None:
    for kind in SCHEMAS:
        answer = desk.visitor().get(f"/docs/schemas/{kind}.schema.json")
        assert answer.json()["title"]
        assert (folder() / "schemas" / f"{kind}.schema.json").is_file()
    assert desk.visitor().get("/docs/schemas/nothing.schema.json").status_code == 404
