"""Flows: made as drafts, changed, started, paused and archived; and who is on the way."""

from typing import Annotated

from fastapi import Header, Query, Request
from starlette.responses import Response

from cartback.domain.flow import BadFlow, parse_flow
from cartback.engine.flow_ports import FlowRow
from cartback.engine.flows import (
    CannotBecome,
    FlowExists,
    NoSuchFlow,
    NoSuchStep,
    StaleFlow,
    change_flow,
    create_flow,
    document_of,
    flow_of,
    set_status,
    set_step_status,
)
from cartback.engine.ports import Reading
from cartback.web.api.flow_shape import (
    FlowChange,
    FlowKey,
    Flows,
    FlowShown,
    FlowVersion,
    FlowVersions,
    FlowWanted,
    Runs,
    StatusWanted,
    StepKey,
    StepStatusWanted,
    brief,
    flow_shown,
    runs_shown,
)
from cartback.web.api.ground import Caller, FlowsReader, FlowsWriter
from cartback.web.api.paging import (
    LARGEST,
    Cursor,
    Limit,
    cut,
    read_place,
    read_text_cursor,
    write_cursor,
    write_text_cursor,
)
from cartback.web.api.problem import Problem, not_found, problems, unfit_document
from cartback.web.api.reading import new_router
from cartback.web.api.shape import when
from cartback.web.api.twice import OnceKey, once
from cartback.web.api.versions import expected_version, stale_version, version_tag

router = new_router("flows")


@router.get("/flows", responses=problems())
def list_flows(
    caller: FlowsReader,
    archived: Annotated[bool, Query(description="Archived ones too.")] = False,
) -> Flows:
    """All flows by key, and how many people are on their way in each."""
    with caller.store.reading() as reading:
        rows = [row for row in reading.flows(caller.shop) if archived or row.status != "archived"]
        return Flows(data=[brief(reading, caller, row) for row in rows])


@router.post("/flows", status_code=201, response_model=FlowShown, responses=problems(409))
def make_flow(
    caller: FlowsWriter,
    request: Request,
    response: Response,
    body: FlowWanted,
    key: OnceKey = None,
) -> FlowShown | Response:
    """Make a flow. It is a draft: nothing happens until it is started."""

    def make() -> FlowShown:
        try:
            caller.ground.proof(parse_flow(body.document))
            row = create_flow(
                caller.noting("made flow", body.key),
                caller.shop,
                body.key,
                body.document,
                caller.now(),
                by=caller.name,
            )
        except BadFlow as error:
            raise unfit_document(error, "document") from None
        except FlowExists as error:
            raise Problem(409, "exists", str(error)) from None
        return _told(caller, row, response)

    return once(caller, key, request, body, make)


@router.get("/flows/{flow}", responses=problems(404))
def read_flow(caller: FlowsReader, response: Response, flow: FlowKey) -> FlowShown:
    """One flow: its definition, who stands at which step, and what was done there how often.

    The header ETag has its version, for If-Match.
    """
    with caller.store.reading() as reading:
        row = _found(reading, caller, flow)
        response.headers["ETag"] = version_tag(row.version)
        return flow_shown(reading, caller, row)


@router.put("/flows/{flow}", responses=problems(404, 409, 412, 428))
def put_flow(
    caller: FlowsWriter,
    response: Response,
    flow: FlowKey,
    body: FlowChange,
    if_match: Annotated[
        str | None, Header(max_length=100, description="The ETag of what you changed.")
    ] = None,
) -> FlowShown:
    """Give a flow a new definition, which is its next version; who is on the way ends on theirs.

    Say which version you changed. Where somebody was faster you are given what is there now.
    """
    expected = expected_version(if_match, body.version)
    try:
        caller.ground.proof(parse_flow(body.document))
        row = change_flow(
            caller.noting("changed flow", flow),
            caller.shop,
            flow,
            body.document,
            caller.now(),
            expected=expected,
            by=caller.name,
        )
    except BadFlow as error:
        with caller.store.reading() as reading:
            _found(reading, caller, flow)
        raise unfit_document(error, "document") from None
    except NoSuchFlow as error:
        raise not_found(str(error)) from None
    except StaleFlow as error:
        with caller.store.reading() as reading:
            row = _found(reading, caller, flow)
            there = flow_shown(reading, caller, row)
        raise stale_version(
            str(error), there, row.version, by_header=if_match is not None
        ) from None
    return _told(caller, row, response)


@router.put("/flows/{flow}/status", responses=problems(404, 409))
def put_flow_status(
    caller: FlowsWriter, response: Response, flow: FlowKey, body: StatusWanted
) -> FlowShown:
    """Start a flow (`live`), pause it, or archive it: then its runs end where they stand.

    One that could not send, for want of a template or of a sender, does not start.
    """
    try:
        row = set_status(
            caller.noting("set flow to", flow, status=body.status),
            caller.shop,
            flow,
            body.status,
            caller.now(),
        )
    except NoSuchFlow as error:
        raise not_found(str(error)) from None
    except CannotBecome as error:
        raise Problem(409, "cannot-become", str(error)) from None
    except BadFlow as error:
        raise Problem(409, "cannot-start", str(error)) from None
    return _told(caller, row, response)


@router.put("/flows/{flow}/steps/{step}/status", responses=problems(404, 409))
def put_step_status(
    caller: FlowsWriter, response: Response, flow: FlowKey, step: StepKey, body: StepStatusWanted
) -> FlowShown:
    """Set one message of a flow draft, live or paused, for whoever is on an older version too."""
    try:
        row = set_step_status(
            caller.noting("set step to", flow, step=step, status=body.status),
            caller.shop,
            flow,
            step,
            body.status,
            caller.now(),
            expected=body.version,
            by=caller.name,
        )
    except (NoSuchFlow, NoSuchStep) as error:
        raise not_found(str(error)) from None
    except StaleFlow as error:
        raise Problem(409, "stale-version", str(error)) from None
    except BadFlow as error:
        raise Problem(409, "cannot-start", str(error)) from None
    return _told(caller, row, response)


@router.get("/flows/{flow}/versions", responses=problems(404))
def list_flow_versions(
    caller: FlowsReader, flow: FlowKey, after: Cursor = "", limit: Limit = 100
) -> FlowVersions:
    """Every definition that it has had, newest first: since when, and by whom."""
    place = read_place("flow-versions", after, LARGEST)
    with caller.store.reading() as reading:
        _found(reading, caller, flow)
        rows = reading.flow_versions(caller.shop, flow, place, limit + 1)
    page, last = cut(rows, limit)
    return FlowVersions(
        data=[
            FlowVersion(
                version=row.version,
                name=row.name,
                document=document_of(row),
                at=when(row.at),
                by=row.by,
            )
            for row in page
        ],
        next=write_cursor("flow-versions", last.version) if last else None,
    )


@router.get("/flows/{flow}/runs", responses=problems(404))
def list_runs(
    caller: FlowsReader,
    flow: FlowKey,
    after: Cursor = "",
    limit: Limit = 100,
    step: Annotated[str, Query(max_length=60, description="Only who stands at that step.")] = "",
) -> Runs:
    """Who is on the way, at which step, and until when, by profile and cart."""
    profile, cart = read_text_cursor("runs", after, 0, "")
    with caller.store.reading() as reading:
        _found(reading, caller, flow)
        rows = reading.runs_at(caller.shop, flow, (int(profile), str(cart)), limit + 1, step)
        page, last = cut(rows, limit)
        data = runs_shown(reading, caller, page)
    following = write_text_cursor("runs", last.profile, last.run.cart) if last else None
    return Runs(data=data, next=following)


# --- what they share ----------------------------------------------------------------------------


def _found(reading: Reading, caller: Caller, key: str) -> FlowRow:
    try:
        return flow_of(reading, caller.shop, key)
    except NoSuchFlow as error:
        raise not_found(str(error)) from None


def _told(caller: Caller, row: FlowRow, response: Response) -> FlowShown:
    """A flow that was just written, as answered; the worker is told that the rules changed."""
    caller.ground.written()
    response.headers["ETag"] = version_tag(row.version)
    response.headers["Location"] = f"/api/v1/flows/{row.key}"
    with caller.store.reading() as reading:
        return flow_shown(reading, caller, row)
