"""E-mail templates: saved by versions, put away and taken out again."""

from typing import Annotated

from fastapi import Query

from cartback.domain.template import BadTemplate
from cartback.engine.flow_ports import TemplateRow
from cartback.engine.mails import CannotMake
from cartback.engine.ports import Reading
from cartback.engine.templates import (
    NoSuchTemplate,
    StaleTemplate,
    TemplateInUse,
    archive_template,
    is_away,
    restore_template,
    save_template,
    template_of,
)
from cartback.web.api.ground import Caller, FlowsReader, FlowsWriter
from cartback.web.api.paging import LARGEST, Cursor, Limit, cut, read_place, write_cursor
from cartback.web.api.problem import Problem, bad, not_found, problems
from cartback.web.api.reading import new_router
from cartback.web.api.template_shape import (
    TemplateBrief,
    TemplateGiven,
    TemplateKey,
    Templates,
    TemplateShown,
    TemplateVersion,
    TemplateVersions,
    brief,
    cannot_make,
    parsed,
    template_shown,
    version_shown,
)

router = new_router("templates")


@router.get("/templates", responses=problems())
def list_templates(
    caller: FlowsReader,
    archived: Annotated[bool, Query(description="Those that were put away too.")] = False,
) -> Templates:
    """The present version of each template, by key."""
    with caller.store.reading() as reading:
        rows = reading.templates(caller.shop)
        away = {one.key for one in reading.archived_templates(caller.shop)}
    return Templates(
        data=[
            TemplateBrief(**brief(row, archived=row.key in away))
            for row in rows
            if archived or row.key not in away
        ]
    )


@router.get("/templates/{template}", responses=problems(404))
def read_template(
    caller: FlowsReader, template: TemplateKey, version: TemplateVersion = None
) -> TemplateShown:
    """One template, as of any of its versions."""
    with caller.store.reading() as reading:
        return _shown(reading, caller, _found(reading, caller, template, version))


@router.put("/templates/{template}", responses=problems(409))
def put_template(caller: FlowsWriter, template: TemplateKey, body: TemplateGiven) -> TemplateShown:
    """Save a template: a new one, or its next version, which counts from the next mail on."""
    wanted = parsed(body.document)
    try:
        caller.ground.mails().check(caller.shop, wanted)
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
        raise cannot_make(error) from None
    except BadTemplate as error:
        raise bad("path", "template", str(error).removeprefix("key: ")) from None
    except StaleTemplate as error:
        raise _stale(caller, template, str(error)) from None
    return _told(caller, row)


@router.delete("/templates/{template}", responses=problems(404, 409))
def delete_template(caller: FlowsWriter, template: TemplateKey) -> TemplateShown:
    """Put a template away; its versions are kept. One that a flow sends stays (409)."""
    with caller.store.reading() as reading:
        row = _found(reading, caller, template)
        if is_away(reading, caller.shop, template):
            raise not_found(f"template {template!r} is archived already")
    try:
        store = caller.noting("archived template", template)
        archive_template(store, caller.shop, template, caller.now(), caller.name)
    except TemplateInUse as error:
        raise Problem(409, "in-use", str(error)) from None
    return _told(caller, row)


@router.post("/templates/{template}/restore", responses=problems(404))
def restore_archived_template(caller: FlowsWriter, template: TemplateKey) -> TemplateShown:
    """Take a template out of the archive, as it was."""
    with caller.store.reading() as reading:
        row = _found(reading, caller, template)
        if not is_away(reading, caller.shop, template):
            raise not_found(f"there is no archived template {template!r}")
    restore_template(caller.noting("restored template", template), caller.shop, template)
    return _told(caller, row)


@router.get("/templates/{template}/versions", responses=problems(404))
def list_template_versions(
    caller: FlowsReader, template: TemplateKey, after: Cursor = "", limit: Limit = 100
) -> TemplateVersions:
    """Every version that was saved, newest first: since when, and by whom.

    To go back to one, save its document again.
    """
    place = read_place("template-versions", after, LARGEST)
    with caller.store.reading() as reading:
        _found(reading, caller, template)
        rows = reading.template_versions(caller.shop, template, place, limit + 1)
    page, last = cut(rows, limit)
    return TemplateVersions(
        data=[version_shown(row) for row in page],
        next=write_cursor("template-versions", last.version) if last else None,
    )


# --- what they share ----------------------------------------------------------------------------


def _found(reading: Reading, caller: Caller, key: str, version: int | None = None) -> TemplateRow:
    try:
        return template_of(reading, caller.shop, key, version)[0]
    except NoSuchTemplate as error:
        raise not_found(str(error)) from None


def _shown(reading: Reading, caller: Caller, row: TemplateRow) -> TemplateShown:
    return template_shown(row, archived=is_away(reading, caller.shop, row.key))


def _told(caller: Caller, row: TemplateRow) -> TemplateShown:
    """A template that was just changed, as answered; the worker is told of it."""
    caller.ground.written()
    with caller.store.reading() as reading:
        return _shown(reading, caller, row)


def _stale(caller: Caller, key: str, sentence: str) -> Problem:
    with caller.store.reading() as reading:
        row = reading.template(caller.shop, key)
        present = None if row is None else _shown(reading, caller, row).model_dump()
    return Problem(409, "stale-version", sentence, present=present)
