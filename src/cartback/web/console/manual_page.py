"""A page of docs/: Markdown to HTML without styles or scripts, with links that lead on here."""

import json
import posixpath
import re
from collections.abc import Mapping, MutableMapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

_EXAMPLE: Final = re.compile(r"[a-z0-9-]+\.(?:csv|yaml)")
_PICTURE: Final = re.compile(r"[a-z0-9-]+\.webp")
_NAME: Final = re.compile(r"[a-z0-9-]+(?:/[a-z0-9-]+)?")
_ELSEWHERE: Final = re.compile(r"[a-z]+:|//|/")
_NO_WORD: Final = re.compile(r"[^\w\- ]")


class Part(NamedTuple):
    """A heading of the second level, for the list of what is on the page."""

    id: str
    title: str


class Page(NamedTuple):
    """A page, ready to be shown."""

    title: str
    html: Markup
    parts: Sequence[Part]


def folder() -> Traversable:
    """The documentation: within the package where it was installed, else in the checkout."""
    shipped = files("cartback") / "docs"
    return shipped if shipped.is_dir() else Path(__file__).parents[4] / "docs"


@cache
def documented(name: str) -> Mapping[str, Any]:
    """A JSON document among the documentation, such as the OpenAPI one."""
    found: Mapping[str, Any] = json.loads((folder() / name).read_text("utf-8"))
    return found


def example_of(file: str) -> str | None:
    """The text of a file in docs/examples; None where there is none."""
    if not _EXAMPLE.fullmatch(file):
        return None
    place = folder() / "examples" / file
    return place.read_text("utf-8") if place.is_file() else None


@cache
def picture_of(file: str) -> bytes | None:
    """A picture in docs/pictures; None where there is none."""
    if not _PICTURE.fullmatch(file):
        return None
    place = folder() / "pictures" / file
    return place.read_bytes() if place.is_file() else None


def page_of(name: str) -> Page | None:
    """The page of this name, such as `segments` or `adr/0001-one-function`; None where none is."""
    return _page(name) if _NAME.fullmatch(name) else None


@cache
def _page(name: str) -> Page | None:
    place = next((one for one in (f"{name}.md", f"{name}/README.md") if _is_there(one)), None)
    if place is None:
        return None
    markdown = _reader()
    env: MutableMapping[str, Any] = {"folder": posixpath.dirname(place)}
    tokens = markdown.parse((folder() / place).read_text("utf-8"), env)
    parts, title, seen = [], name, set[str]()
    for heading, inline in pairwise(tokens):
        if heading.type != "heading_open":
            continue
        text = _plain(inline)
        id = _slug(text, seen)  # noqa: A001  what HTML calls it
        heading.attrSet("id", id)
        if heading.tag == "h1":
            title = text
        elif heading.tag == "h2":
            parts.append(Part(id, text))
    html = markdown.renderer.render(tokens, markdown.options, env)
    return Page(title, Markup(html), parts)  # noqa: S704  of our own files, and without raw HTML


def _is_there(place: str) -> bool:
    return (folder() / place).is_file()


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _slug(text: str, seen: set[str]) -> str:
    """The name of a heading as GitHub makes it, so that links work in both places."""
    slug = _NO_WORD.sub("", text.lower()).replace(" ", "-")
    number = 1
    while slug in seen:
        slug = f"{slug.removesuffix(f'-{number - 1}')}-{number}"
        number += 1
    seen.add(slug)
    return slug


# --- Markdown ------------------------------------------------------------------------------------


@cache
def _reader() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    made.add_render_rule("link_open", _link)
    made.add_render_rule("image", _image)
    made.add_render_rule("fence", _code)
    made.add_render_rule("table_open", _table)
    made.add_render_rule("table_close", _table_end)
    return made


def _link(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    token = tokens[index]
    target = str(token.attrGet("href") or "")
    token.attrSet("href", _leads_to(target, str(env["folder"])))
    if _ELSEWHERE.match(target):
        token.attrSet("rel", "noreferrer")
    return renderer.renderToken(tokens, index, options, env)


def _image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    """A picture of ours, which is fetched when one comes to it."""
    token = tokens[index]
    token.attrSet("src", f"/docs/{token.attrGet('src')}")
    token.attrSet("loading", "lazy")
    return renderer.image(tokens, index, options, env)


def _leads_to(target: str, base: str) -> str:
    """A link between our files as a link between our pages."""
    if target.startswith("#") or _ELSEWHERE.match(target):
        return target
    path, mark, part = target.partition("#")
    path = posixpath.normpath(posixpath.join(base, path))
    if path == "openapi.json":
        return "/docs/reference"
    path = path.removesuffix(".md").removesuffix("/README")
    return f"/docs/{path}{mark}{part}"


def _code(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    _env: MutableMapping[str, Any],
) -> str:
    """A block that may be wider than the page can be scrolled by keyboard too."""
    return f'<pre tabindex="0"><code>{escape(tokens[index].content, quote=False)}</code></pre>\n'


def _table(*_: object) -> str:
    return '<div class="prose-table" tabindex="0"><table>'


def _table_end(*_: object) -> str:
    return "</table></div>\n"
