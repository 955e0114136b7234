"""How templates and mails look in requests and answers."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cartback.domain.template import BadTemplate, Template, parse_template
from cartback.engine.flow_ports import TemplateRow
from cartback.engine.mails import CannotMake
from cartback.engine.templates import document_of
from cartback.web.api.paging import LARGEST, Page
from cartback.web.api.problem import Problem, unfit, unfit_document
from cartback.web.api.reading import Body
from cartback.web.api.shape import Time, when
from cartback.web.api.wording import Complaint

TemplateKey = Annotated[
    str, Path(min_length=1, max_length=60, description="The template's key, such as cart-help.")
]
TemplateDocument = Annotated[
    dict[str, Any],
    Field(
        description="A template (docs/email.md): `subject` and `blocks`, and where wanted"
        " `preheader`, `sender_name`, `language`, `look`, `text` and `advertising`.",
        examples=[
            {
                "subject": "Still thinking?",
                "blocks": [{"kind": "text", "text": "Your cart is here."}, {"kind": "footer"}],
            }
        ],
    ),
]
TemplateVersion = Annotated[
    int | None, Query(ge=1, le=2**31 - 1, description="That version; left out: the present one.")
]


class TemplateBrief(BaseModel):
    """A template in a list of them."""

    key: str
    name: str
    version: int
    subject: str
    language: str
    at: Annotated[Time, Field(description="When this version was saved.")]
    by: str
    archived: bool


class Templates(Page):
    data: list[TemplateBrief]


class TemplateShown(TemplateBrief):
    document: dict[str, Any]


class VersionShown(BaseModel):
    """A version of a template."""

    version: int
    name: str
    document: dict[str, Any]
    at: Time
    by: str


class TemplateVersions(Page):
    data: list[VersionShown]


class TemplateGiven(Body):
    name: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
    document: TemplateDocument
    version: Annotated[
        int | None,
        Field(
            ge=0, le=LARGEST, description="The version you changed; 0: it is new; left out: any."
        ),
    ] = None


def parsed(document: dict[str, Any]) -> Template:
    """The template that a document is. Raises Problem."""
    try:
        return parse_template(document)
    except BadTemplate as error:
        raise unfit_document(error, "document") from None


def cannot_make(error: CannotMake) -> Problem:
    """No mail can be made of the document, and where."""
    field = f"document.{error.path}".removesuffix(".")
    sentence = str(error).removeprefix(f"{error.path}: ")
    return unfit(f"{field}: {sentence}", [Complaint("body", field, sentence)])


def version_shown(row: TemplateRow) -> VersionShown:
    return VersionShown(
        version=row.version,
        name=row.name,
        document=document_of(row),
        at=when(row.at),
        by=row.by,
    )


def brief(row: TemplateRow, *, archived: bool) -> dict[str, Any]:
    document = document_of(row)
    return {
        "key": row.key,
        "name": row.name,
        "version": row.version,
        "subject": document["subject"],
        "language": document.get("language", "en"),
        "at": when(row.at),
        "by": row.by,
        "archived": archived,
    }


def template_shown(row: TemplateRow, *, archived: bool) -> TemplateShown:
    return TemplateShown(**brief(row, archived=archived), document=document_of(row))
