"""The log of changes has words for everything that anybody notes, wherever in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pytest

from cartback.domain.contact import ChannelRules
from cartback.domain.phrase import Language
from cartback.domain.rules import Settings
from cartback.engine.access_ports import AuditRow
from cartback.engine.credit_windows import CreditWindows
from cartback.engine.pacing import Pace
from cartback.engine.scope import EVERYTHING, Scope
from cartback.web.console.change_words import ChangeWords, action_names, detail_names
from cartback.web.console.scope_words import scope_names
from cartback.web.console.words import Words

SOURCE: Final = Path(__file__).parents[3] / "src" / "cartback"
NOTING: Final = frozenset({"noting", "note", "note_after"})
DOCUMENTS: Final[Mapping[str, Mapping[str, type[msgspec.Struct]]]] = {
    "cli/shop.py": {"detail": Settings},
    "web/api/recoveries.py": {"body.model_dump()": CreditWindows},
    "web/api/shops.py": {"detail": Settings},
    "web/console/deliverability.py": {"document": Pace},
    "web/console/mail.py": {
        "document": CreditWindows,
        "msgspec.structs.asdict(rules)": ChannelRules,
    },
    "web/console/settings.py": {"detail": Settings},
}
"""By file: which whole documents it notes."""
HANDED_ON: Final = frozenset({"cli/ground.py", "engine/audit.py", "web/api/ground.py"})
"""Notes what it is given."""


class Noting(NamedTuple):
    """A call that notes a change: where it stands, and what it names."""

    file: str
    actions: tuple[str, ...]
    details: tuple[str, ...]
    documents: tuple[str, ...]


def notings() -> Iterator[Noting]:
    """Every call in the code that notes a change."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node.func) in NOTING:
                yield Noting(
                    path.relative_to(SOURCE).as_posix(),
                    _actions(node.args),
                    tuple(one.arg for one in node.keywords if one.arg is not None),
                    tuple(ast.unparse(one.value) for one in node.keywords if one.arg is None),
                )


def _called(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _actions(args: list[ast.expr]) -> tuple[str, ...]:
    """The first text among the arguments; of `a if b else c` both."""
    for one in args:
        either = [one.body, one.orelse] if isinstance(one, ast.IfExp) else [one]
        found = [node.value for node in either if isinstance(node, ast.Constant)]
        if texts := tuple(value for value in found if isinstance(value, str)):
            return texts
    return ()


def test_every_action_has_words() -> None:
    actions = action_names(str)
    found = [one for one in notings() if one.file not in HANDED_ON]
    assert len(found) > 80
    assert [(one.file, it) for one in found for it in one.actions if it not in actions] == []


def test_every_detail_has_words() -> None:
    names = detail_names(str)
    raw = [(one.file, it) for one in notings() for it in one.details if it not in names]
    assert raw == []


def test_every_document_that_is_noted_is_known_and_its_fields_have_words() -> None:
    names = detail_names(str)
    found: dict[str, set[str]] = {}
    for one in notings():
        if one.documents and one.file not in HANDED_ON:
            found.setdefault(one.file, set()).update(one.documents)
    assert found == {file: set(documents) for file, documents in DOCUMENTS.items()}
    for documents in DOCUMENTS.values():
        for kind in documents.values():
            fields = {field.name for field in msgspec.structs.fields(kind)}
            assert fields <= names.keys()


@pytest.mark.parametrize(
    "detail, english, korean",
    [
        (
            {"gap": "16 hours", "a_week": 4},
            [("Between two mails to one person, at least", ["16 hours"])],
            [("한 사람에게 보내는 메일 사이의 최소 간격", ["16시간"])],
        ),
        (
            {"gap": "2", "gap_unit": "day", "a_week": ""},
            [("Between two mails to one person, at least", ["2 days"])],
            [("한 사람에게 보내는 메일 사이의 최소 간격", ["2일"])],
        ),
        (
            {"scopes": "events:write messages:read"},
            [("May", ["send events, see which messages went to whom, and why or why not"])],
            [
                (
                    "권한",
                    ["이벤트 보내기, 누구에게 어떤 메시지가 갔는지, 왜 갔고 왜 가지 않았는지 보기"],
                )
            ],
        ),
        ({"scopes": " ".join(EVERYTHING)}, [("May", ["everything"])], [("권한", ["모든 일"])]),
        (
            {"status": ["live", "paused"]},
            [("Status", ["Live", "Paused"])],
            [("상태", ["실행 중", "멈춤"])],
        ),
    ],
)
def test_details_are_told_in_both_languages(
    detail: dict[str, object],
    english: list[tuple[str, list[str]]],
    korean: list[tuple[str, list[str]]],
) -> None:
    row = AuditRow(1, 0, 1, "ada@example.com", "changed contact rules", "Tea", detail)
    for language, wanted in ((Language.ENGLISH, english), (Language.KOREAN, korean)):
        assert ChangeWords(Words(language)).told(row).details[:1] == wanted


def test_a_download_names_its_list() -> None:
    def told(subject: str, language: Language) -> str:
        row = AuditRow(1, 0, 1, "ada@example.com", "downloaded list", subject, {})
        return ChangeWords(Words(language)).told(row).subject

    assert told("suppressions", Language.KOREAN) == "발송 금지 목록"
    assert told("codes of spring", Language.ENGLISH) == "codes of the coupon spring"
    assert told("my-segment", Language.KOREAN) == "my-segment"


def test_every_scope_can_be_chosen() -> None:
    assert set(scope_names(str)) == set(Scope)
