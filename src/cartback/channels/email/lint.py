"""What is likely to go wrong with a mail in people's inboxes, said before it is sent.

Nothing here stops a mail; a template that cannot be read is another matter (`BadLiquid`).
"""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Final, Literal, TypeAlias

import msgspec

from cartback.channels.email.filters import Dialect
from cartback.channels.email.liquid import Walled, parse
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.template import Rendered
from cartback.channels.email.text import readable, text_of
from cartback.domain.keyword import is_keyword, nearest_keyword
from cartback.domain.template import Language, Template, texts_of

Weight: TypeAlias = Literal["wrong", "mind"]

CLIPPED: Final = 102_000
NEARLY: Final = 85_000
LONGEST_SUBJECT: Final = 60
SHORTEST_TEXT: Final = 80

SENTENCES: Final[dict[str, tuple[Weight, str, str]]] = {
    "clipped": (
        "wrong",
        "Gmail cuts mails off at 102 kB; this one has {size} kB.",
        "Gmail은 102kB가 넘는 메일을 잘라요. 이 메일은 {size}kB예요.",
    ),
    "nearly_clipped": (
        "mind",
        "With {size} kB it is near the 102 kB at which Gmail cuts mails off.",
        "{size}kB예요. Gmail은 102kB부터 메일을 잘라요.",
    ),
    "unknown_keyword": (
        "wrong",
        "There is no keyword {name}, so nothing will stand there.{near}",
        "{name} 키워드는 없어서 빈칸으로 나와요.{near}",
    ),
    "long_subject": (
        "mind",
        "The subject has {size} characters; phones show about 40.",
        "제목이 {size}자예요. 휴대전화에는 40자쯤만 보여요.",
    ),
    "shouting": (
        "mind",
        "A subject in capitals or with many exclamation marks looks like spam.",
        "제목이 모두 대문자이거나 느낌표가 많으면 스팸처럼 보여요.",
    ),
    "no_preheader": (
        "mind",
        "Without a preheader the inbox shows the first words of the mail beside the subject.",
        "미리보기 문구가 없으면 받은편지함에 본문 첫머리가 보여요.",
    ),
    "no_alt": (
        "mind",
        "{size} pictures say nothing where pictures are off; give them an alternative text.",
        "이미지 {size}개에 대체 텍스트가 없어요. 이미지가 꺼져 있으면 아무것도 안 보여요.",
    ),
    "few_words": (
        "mind",
        "There are hardly any words; a mail of pictures alone is often taken for spam.",
        "글이 거의 없어요. 이미지만 있는 메일은 스팸으로 여겨지기 쉬워요.",
    ),
    "plain_http": (
        "mind",
        "{size} addresses start with http://; mail programs may warn of them.",
        "http://로 시작하는 주소가 {size}개 있어요. 메일 프로그램이 경고할 수 있어요.",
    ),
    "script": (
        "wrong",
        "Mail programs remove <{name}>; it will not work.",
        "메일 프로그램은 <{name}> 태그를 지워요. 동작하지 않아요.",
    ),
    "position": (
        "mind",
        "`{name}` is not known to Outlook and some others.",
        "`{name}` 속성은 Outlook 등에서 쓸 수 없어요.",
    ),
    "no_unsubscribe": (
        "wrong",
        "There is no link to unsubscribe.",
        "수신거부 링크가 없어요.",
    ),
}
_NEAR: Final[dict[Language, str]] = {"en": " Did you mean {0}?", "ko": " 혹시 {0} 인가요?"}
_GONE_TAGS: Final = frozenset("script form input iframe object embed video audio canvas".split())
_STYLES: Final = re.compile(
    r"(position|display\s*:\s*(?:flex|grid)|background-image|animation|float)\s*[:;\"]",
    re.IGNORECASE,
)
_PICTURE_OF_OURS: Final = re.compile(r"/o/[\w-]+\.gif$")


class Finding(msgspec.Struct, frozen=True):
    """`wrong`: people will see it. `mind`: it may be meant so. `path`: where."""

    word: str
    weight: Weight
    path: str = ""
    name: str = ""
    near: str = ""
    size: int = 0

    def sentence(self, language: Language) -> str:
        """For who wrote the template."""
        _, en, ko = SENTENCES[self.word]
        near = _NEAR[language].format(self.near) if self.near else ""
        return (en if language == "en" else ko).format(name=self.name, size=self.size, near=near)


def lint_template(template: Template) -> list[Finding]:
    """What can be said without a person: keywords that there are not, a missing preheader."""
    found = list(_unknown(template))
    if not template.preheader.strip():
        found.append(_finding("no_preheader", path="preheader"))
    return found


def lint_rendered(
    rendered: Rendered, *, advertising: bool, unsubscribe: str = "", size: int = 0
) -> list[Finding]:
    """What can be said of one person's mail; `size` where it will be larger than it is now."""
    found: list[Finding] = []
    size = size or len(rendered.html.encode("utf-8", "replace"))
    if size > CLIPPED:
        found.append(_finding("clipped", size=size // 1000))
    elif size > NEARLY:
        found.append(_finding("nearly_clipped", size=size // 1000))
    if len(rendered.subject) > LONGEST_SUBJECT:
        found.append(_finding("long_subject", path="subject", size=len(rendered.subject)))
    letters = [one for one in rendered.subject if one.isalpha() and one.isascii()]
    if rendered.subject.count("!") > 1 or (len(letters) > 7 and "".join(letters).isupper()):
        found.append(_finding("shouting", path="subject"))
    if advertising and unsubscribe and unsubscribe not in rendered.html.replace("&amp;", "&"):
        found.append(_finding("no_unsubscribe"))
    if len(text_of(rendered.html)) < SHORTEST_TEXT:
        found.append(_finding("few_words"))
    reader = _Reader()
    reader.feed(readable(rendered.html))
    reader.close()
    return found + reader.findings()


def _unknown(template: Template) -> Iterator[Finding]:
    environment = Walled(Dialect(), escaping=False)
    said: set[tuple[str, str]] = set()
    for path, text in texts_of(template):
        try:
            used = parse(environment, text).analyze(include_partials=False)
        except BadLiquid:
            continue
        for variables in used.globals.values():
            for variable in variables:
                name = _path_of(variable.segments)
                if not is_keyword(name) and (path, name) not in said:
                    said.add((path, name))
                    yield _finding(
                        "unknown_keyword", path=path, name=name, near=nearest_keyword(name)
                    )


def _path_of(segments: Sequence[object]) -> str:
    """Up to the first part that is worked out while rendering."""
    names: list[str] = []
    for segment in segments:
        if isinstance(segment, list):
            break
        names.append(str(segment))
    return ".".join(names)


def _finding(word: str, path: str = "", name: str = "", near: str = "", size: int = 0) -> Finding:
    return Finding(word, SENTENCES[word][0], path, name, near, size)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._without_alt = 0
        self._plain: set[str] = set()
        self._tags: set[str] = set()
        self._styles: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _GONE_TAGS:
            self._tags.add(tag)
        if tag == "img" and "alt" not in given:
            self._without_alt += 1
        for name in ("href", "src"):
            if given.get(name, "").startswith("http://"):
                self._plain.add(given[name])
        for style in _STYLES.finditer(given.get("style", "") + ";"):
            self._styles.add(re.sub(r"\s", "", style[1].lower()))

    def findings(self) -> list[Finding]:
        found = [_finding("script", name=tag) for tag in sorted(self._tags)]
        found += [_finding("position", name=one) for one in sorted(self._styles)]
        if self._without_alt:
            found.append(_finding("no_alt", size=self._without_alt))
        if self._plain:
            found.append(_finding("plain_http", size=len(self._plain)))
        return found
