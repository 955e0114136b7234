"""What is ready-made: templates and flows to start from."""

from typing import Annotated, Any, Literal

from fastapi import Path, Request, Response
from pydantic import BaseModel, Field

from cartback.engine.flow_start import READY, NoSuchReadyFlow, ReadyFlow, start_flow
from cartback.engine.flows import FlowExists
from cartback.engine.mails import ReadyTemplate
from cartback.web.api.flow_shape import FlowShown, flow_shown
from cartback.web.api.ground import FlowsReader, FlowsWriter
from cartback.web.api.paging import Page
from cartback.web.api.problem import Problem, not_found, problems
from cartback.web.api.reading import Body, new_router
from cartback.web.api.template_shape import TemplateKey
from cartback.web.api.twice import OnceKey, once

router = new_router("ready-made")

ReadyFlowKey = Annotated[
    str, Path(min_length=1, max_length=60, description="Such as abandoned-cart-leads.")
]


class ReadyTemplateBrief(BaseModel):
    """A template to start from, in words for the marketer."""

    key: str
    series: str
    audience: str
    title: dict[str, str]
    about: dict[str, str]


class ReadyTemplates(Page):
    data: list[ReadyTemplateBrief]


class ReadyTemplateShown(ReadyTemplateBrief):
    documents: Annotated[dict[str, dict[str, Any]], Field(description="By language: en, ko.")]


class ReadyFlowShown(BaseModel):
    """A flow to start from. Its document has no name yet: that depends on the language."""

    key: str
    names: dict[str, str]
    document: dict[str, Any]


class ReadyFlows(Page):
    data: list[ReadyFlowShown]


class FlowBegun(Body):
    language: Annotated[
        Literal["en", "ko"],
        Field(description="Of its mails, where the shop has not said in which it writes."),
    ] = "en"


@router.get("/ready-templates", responses=problems())
def list_ready_templates(caller: FlowsReader) -> ReadyTemplates:
    """Templates to start from, in the order in which they are shown."""
    found = caller.ground.mails().ready()
    return ReadyTemplates(data=[ReadyTemplateBrief(**_template(one)) for one in found])


@router.get("/ready-templates/{template}", responses=problems(404))
def read_ready_template(caller: FlowsReader, template: TemplateKey) -> ReadyTemplateShown:
    """One of them, with its documents in English and Korean, to be saved as your own."""
    for one in caller.ground.mails().ready():
        if one.key == template:
            documents = {str(language): found for language, found in one.documents.items()}
            return ReadyTemplateShown(**_template(one), documents=documents)
    raise not_found(f"there is no ready-made template {template!r}")


@router.get("/ready-flows", responses=problems())
def list_ready_flows(_: FlowsReader) -> ReadyFlows:
    """Flows to start from, in the order in which they are shown."""
    return ReadyFlows(data=[_flow(one) for one in READY])


@router.post(
    "/ready-flows/{flow}/copies",
    status_code=201,
    response_model=FlowShown,
    responses=problems(404, 409),
)
def copy_ready_flow(
    caller: FlowsWriter,
    request: Request,
    flow: ReadyFlowKey,
    body: FlowBegun,
    key: OnceKey = None,
) -> FlowShown | Response:
    """A ready-made flow as a draft of your own, with those of its templates that are missing."""

    def make() -> FlowShown:
        try:
            row = start_flow(
                caller.noting("started flow from", flow),
                {one.key: one for one in caller.ground.mails().ready()},
                caller.shop,
                flow,
                caller.now(),
                language=body.language,
                by=caller.name,
            )
        except NoSuchReadyFlow as error:
            raise not_found(str(error)) from None
        except FlowExists as error:
            raise Problem(409, "exists", str(error)) from None
        caller.ground.written()
        with caller.store.reading() as reading:
            return flow_shown(reading, caller, row)

    return once(caller, key, request, body, make)


def _template(one: ReadyTemplate) -> dict[str, Any]:
    return {
        "key": one.key,
        "series": one.series,
        "audience": one.audience,
        "title": dict(one.title),
        "about": dict(one.about),
    }


def _flow(one: ReadyFlow) -> ReadyFlowShown:
    names = {str(language): name for language, name in one.names.items()}
    return ReadyFlowShown(key=one.key, names=names, document=one.document)
