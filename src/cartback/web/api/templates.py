"""E-mail templates: saved by versions, begun from ready-made ones, and looked at as mails."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field

from cartback.domain.template import BadTemplate, Template, parse_template
from cartback.engine.flow_ports import TemplateRow
from cartback.engine.mails import CannotMake, ReadyTemplate
from cartback.engine.people import NobodyFound
from cartback.engine.scope import Scope
from cartback.engine.templates import (
    NoSuchTemplate,
    StaleTemplate,
    document_of,
    save_template,
    template_of,
)
from cartback.web.api.goods_shape import NO_NUL
from cartback.web.api.ground import Caller, FlowsReader, FlowsWriter, needs
from cartback.web.api.paging import LARGEST, Id, Page
from cartback.web.api.problem import Problem, bad, not_found, problems, unfit, unfit_document
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Time, when
from cartback.web.api.wording import Complaint

router = new_router("templates")

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


class Templates(Page):
    data: list[TemplateBrief]


class TemplateShown(TemplateBrief):
    document: dict[str, Any]


class TemplateGiven(Body):
    name: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
    document: TemplateDocument
    version: Annotated[
        int | None,
        Field(
            ge=0, le=LARGEST, description="The version you changed; 0: it is new; left out: any."
        ),
    ] = None


class ReadyBrief(BaseModel):
    """A template to start from, in words for the marketer."""

    key: str
    series: str
    audience: str
    title: dict[str, str]
    about: dict[str, str]


class Ready(Page):
    data: list[ReadyBrief]


class ReadyShown(ReadyBrief):
    documents: Annotated[dict[str, dict[str, Any]], Field(description="By language: en, ko.")]


class PreviewWanted(Body):
    template: Annotated[
        str | None, Field(max_length=60, pattern=NO_NUL, description="The key of a saved one.")
    ] = None
    document: TemplateDocument | None = None
    profile: Annotated[
        Id | None, Field(description="Whose mail it is; left out: a sample person's.")
    ] = None


class MailShown(BaseModel):
    """A mail as it would leave now. Its links lead nowhere."""

    subject: str
    sender_name: str
    html: str
    text: str


@router.get("/templates", responses=problems())
def list_templates(caller: FlowsReader) -> Templates:
    """The present version of each template, by key."""
    with caller.store.reading() as reading:
        rows = reading.templates(caller.shop)
    return Templates(data=[TemplateBrief(**_brief(row)) for row in rows])


@router.get("/templates/{template}", responses=problems(404))
def read_template(
    caller: FlowsReader, template: TemplateKey, version: TemplateVersion = None
) -> TemplateShown:
    """One template, as of any of its versions."""
    with caller.store.reading() as reading:
        try:
            row, _ = template_of(reading, caller.shop, template, version)
        except NoSuchTemplate as error:
            raise not_found(str(error)) from None
    return _shown(row)


@router.put("/templates/{template}", responses=problems(409))
def put_template(caller: FlowsWriter, template: TemplateKey, body: TemplateGiven) -> TemplateShown:
    """Save a template: a new one, or its next version, which counts from the next mail on."""
    parsed = _parsed(body.document)
    try:
        caller.ground.mails().check(caller.shop, parsed)
        row = save_template(
            caller.noting("saved template", template),
            caller.shop,
            template,
            body.name.strip(),
            body.document,
            caller.now(),
            expected=body.version,
            by=caller.name,
        )
    except CannotMake as error:
        raise _cannot(error) from None
    except BadTemplate as error:
        raise bad("path", "template", str(error).removeprefix("key: ")) from None
    except StaleTemplate as error:
        raise _stale(caller, template, str(error)) from None
    return _shown(row)


@router.get("/ready-templates", responses=problems())
def list_ready_templates(caller: FlowsReader) -> Ready:
    """Templates to start from, in the order in which they are shown."""
    found = caller.ground.mails().ready()
    return Ready(data=[ReadyBrief(**_ready(one)) for one in found])


@router.get("/ready-templates/{template}", responses=problems(404))
def read_ready_template(caller: FlowsReader, template: TemplateKey) -> ReadyShown:
    """One of them, with its documents in English and Korean, to be saved as your own."""
    for one in caller.ground.mails().ready():
        if one.key == template:
            return ReadyShown(**_ready(one), documents=_documents(one))
    raise not_found(f"there is no ready-made template {template!r}")


@router.post("/templates/preview", responses=problems(404))
def preview_template(caller: FlowsReader, body: PreviewWanted) -> MailShown:
    """A template as a mail: for somebody, with their cart as it is now, or for a sample person.

    Somebody's mail needs the scope profiles:read as well. Nothing is saved or sent.
    """
    if body.profile is not None:
        needs(caller, Scope.PROFILES_READ)
    template = _wanted(caller, body)
    try:
        mail = caller.ground.mails().make(caller.shop, template, body.profile)
    except CannotMake as error:
        raise _cannot(error) from None
    except NobodyFound as error:
        raise not_found(str(error)) from None
    return MailShown(
        subject=mail.subject, sender_name=mail.sender_name, html=mail.html, text=mail.text
    )


# --- what they share ----------------------------------------------------------------------------


def _wanted(caller: Caller, body: PreviewWanted) -> Template:
    if (body.document is None) == (body.template is None):
        raise bad("body", "document", "give either a `document` or the key of a `template`")
    if body.document is not None:
        return _parsed(body.document)
    with caller.store.reading() as reading:
        try:
            return template_of(reading, caller.shop, body.template or "")[1]
        except NoSuchTemplate as error:
            raise not_found(str(error)) from None


def _parsed(document: dict[str, Any]) -> Template:
    try:
        return parse_template(document)
    except BadTemplate as error:
        raise unfit_document(error, "document") from None


def _cannot(error: CannotMake) -> Problem:
    field = f"document.{error.path}".removesuffix(".")
    sentence = str(error).removeprefix(f"{error.path}: ")
    return unfit(f"{field}: {sentence}", [Complaint("body", field, sentence)])


def _stale(caller: Caller, key: str, sentence: str) -> Problem:
    with caller.store.reading() as reading:
        row = reading.template(caller.shop, key)
    present = None if row is None else _shown(row).model_dump()
    return Problem(409, "stale-version", sentence, present=present)


def _brief(row: TemplateRow) -> dict[str, Any]:
    document = document_of(row)
    return {
        "key": row.key,
        "name": row.name,
        "version": row.version,
        "subject": document["subject"],
        "language": document.get("language", "en"),
        "at": when(row.at),
        "by": row.by,
    }


def _shown(row: TemplateRow) -> TemplateShown:
    return TemplateShown(**_brief(row), document=document_of(row))


def _ready(one: ReadyTemplate) -> dict[str, Any]:
    return {
        "key": one.key,
        "series": one.series,
        "audience": one.audience,
        "title": dict(one.title),
        "about": dict(one.about),
    }


def _documents(one: ReadyTemplate) -> dict[str, Any]:
    return {str(language): document for language, document in one.documents.items()}
