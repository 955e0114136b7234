"""A mail that somebody is writing, as a template's document; or what is missing and wrong in it,
by the place of the field: `b-2:url`, `t:subject`, `look:radius`."""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from cartback.domain.block import Column, Columns
from cartback.domain.fault import Fault
from cartback.domain.number import Node
from cartback.domain.template import BadTemplate, Look, Template, parse_template
from cartback.web.console.draft import Lacking
from cartback.web.console.mail_draft import ROOT, Draft, Part
from cartback.web.console.mail_fields import (
    OF_COLUMN,
    OF_LOOK,
    OF_TEMPLATE,
    Field,
    fields_of,
    node_of,
    plain,
)

WHOLE: Final = ""
"""The place of what is wrong with the mail as a whole."""
SUBJECT: Final = "…"
"""Stands for a subject that is not written yet, while one looks at the mail."""
_STEP: Final = re.compile(r"\w+|\[(\d+)\]")


@dataclass
class Written:
    """`document` has what is finished; `places` where its blocks stand in the draft."""

    document: dict[str, Any]
    places: list[str]
    errors: dict[str, Exception] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        return not self.errors

    def place_of(self, path: str) -> str:
        """The field of the form at a path of the document: `blocks[2].text` is `b-3:text`."""
        steps = [found[1] or found[0] for found in _STEP.finditer(path)]
        if not steps:
            return WHOLE
        if steps[0] == "look":
            return "look:" + steps[-1]
        if steps[0] != "blocks":
            return "t:" + steps[0]
        numbers = [int(one) for one in steps if one.isdigit()]
        if not numbers or numbers[0] >= len(self.places):
            return WHOLE
        inner = "".join(f"-{one}" for one in numbers[1:])
        return f"{self.places[numbers[0]]}{inner}:{steps[-1]}"


def write(draft: Draft) -> Written:
    """The draft as a document, without the blocks that are not finished."""
    errors: dict[str, Exception] = {}
    document = _values("t", draft.fields, OF_TEMPLATE, errors)
    document["look"] = _values("look", draft.look, OF_LOOK, errors)
    _check("look", Look, document["look"], errors)
    blocks, places = [], []
    for index, part in enumerate(draft.blocks):
        place = f"{ROOT}-{index}"
        found = _block(part, place, errors)
        if found is not None:
            blocks.append(found)
            places.append(place)
    document["blocks"] = blocks
    written = Written(document, places, errors)
    if not errors:
        _whole(written)
    return written


def to_look_at(written: Written) -> Template | None:
    """What is finished, as a template to be looked at; None where there is nothing to see yet."""
    document = dict(written.document)
    document["subject"] = document["subject"].strip() or SUBJECT
    if any(place.startswith(("t:", "look:")) for place in written.errors):
        document = {
            name: value
            for name, value in document.items()
            if f"t:{name}" not in written.errors and name != "look"
        } | {"subject": document["subject"] if "t:subject" not in written.errors else SUBJECT}
    if not any(one["kind"] == "footer" for one in document["blocks"]):
        document["advertising"] = False
    try:
        return parse_template(document)
    except BadTemplate:
        return None


def _whole(written: Written) -> None:
    """What is wrong though each part is right."""
    try:
        parse_template(written.document)
    except BadTemplate as error:
        about = {} if error.fault is None else error.fault.about
        place = f"t:{about['field']}" if "field" in about else WHOLE
        written.errors[place] = error


def _block(part: Part, place: str, errors: MutableMapping[str, Exception]) -> dict[str, Any] | None:
    """Its document; None where something in it is missing or wrong."""
    node = node_of(part.kind)
    if node is None:
        return None
    before = len(errors)
    document = {"kind": part.kind, **_values(place, part.fields, fields_of(node), errors)}
    if node is Columns:
        document["columns"] = _columns(part, place, errors)
    if len(errors) == before:
        _check(place, node, document, errors)
    return document if len(errors) == before else None


def _columns(
    part: Part, place: str, errors: MutableMapping[str, Exception]
) -> list[dict[str, Any]]:
    found = []
    for index, one in enumerate(part.columns):
        here = f"{place}-{index}"
        document = _values(here, {OF_COLUMN[0].name: one.width}, OF_COLUMN, errors)
        inner = [_block(each, f"{here}-{nth}", errors) for nth, each in enumerate(one.blocks)]
        document["blocks"] = [each for each in inner if each is not None]
        _check(here, Column, document, errors)
        found.append(document)
    return found


def _values(
    place: str,
    typed: Mapping[str, str],
    wanted: Sequence[Field],
    errors: MutableMapping[str, Exception],
) -> dict[str, Any]:
    """What was typed, as data; what is empty has the field's own default."""
    found: dict[str, Any] = {}
    for one in wanted:
        text = typed.get(one.name, "")
        if one.needed and not text.strip() and one.writing in ("url", "coupon"):
            errors[f"{place}:{one.name}"] = Lacking(one.writing)
        try:
            value = plain(one, text)
        except ValueError:
            errors[f"{place}:{one.name}"] = Fault("not_whole", text=text[:60])
            continue
        if value is not None:
            found[one.name] = value
    return found


def _check(
    place: str, node: type[Node], document: object, errors: MutableMapping[str, Exception]
) -> None:
    try:
        msgspec.convert(document, node)
    except msgspec.ValidationError as error:
        fault = error.__cause__ if isinstance(error.__cause__, Fault) else None
        name = "" if fault is None else str(fault.about.get("field", ""))
        errors.setdefault(f"{place}:{name}", fault or ValueError(str(error)))
