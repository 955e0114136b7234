"""Conditions before anything is saved: checked, put into words, and counted."""

from typing import Any

from cartback.domain.condition import BadCondition, condition_document, parse_condition
from cartback.engine.naming import names_of
from cartback.engine.ports import Reading
from cartback.engine.preview import meant
from cartback.engine.reckoning import Reckoner
from cartback.engine.rulebook import present_rules
from cartback.engine.segment_document import BadSegment
from cartback.web.api.ground import Caller, SegmentsReader
from cartback.web.api.problem import problems, unfit_document
from cartback.web.api.reading import new_router
from cartback.web.api.segment_shape import (
    ConditionWanted,
    Counted,
    Sample,
    Validated,
    in_words,
    read_when,
)

router = new_router("segments")


@router.post("/segments/validate", responses=problems())
def validate_condition(caller: SegmentsReader, body: ConditionWanted) -> Validated:
    """Check a condition; a fault is told with its path, and with what was likely meant."""
    with caller.store.reading() as reading:
        return _validated(reading, caller, body.when)


@router.post("/segments/preview", responses=problems())
def preview_condition(caller: SegmentsReader, body: ConditionWanted) -> Counted:
    """Count who would be inside, and name five of them, without saving anything.

    What cannot be counted at once, such as a condition of more than 50 parts, is reckoned from a
    part of the people where there are many; then `exact` is false.
    """
    count = Reckoner(caller.ground.count, caller.ground.clock)
    with caller.store.reading() as reading:
        checked = _validated(reading, caller, body.when)
        meaning = meant(present_rules(reading, caller.shop), parse_condition(checked.when))
        found = count(reading, caller.shop, meaning)
        everybody = reading.count_profiles(caller.shop)
        samples = [Sample(id=one, identifiers=caller.names(reading, one)) for one in found.samples]
    return Counted(
        **checked.model_dump(),
        members=found.total,
        of=everybody,
        exact=found.exact,
        samples=samples,
    )


def _validated(reading: Reading, caller: Caller, document: dict[str, Any]) -> Validated:
    document = read_when(reading, caller, document)
    try:
        condition = parse_condition(document)
        meant(present_rules(reading, caller.shop), condition)
    except (BadCondition, BadSegment) as error:
        raise unfit_document(error) from None
    when_ = condition_document(condition)
    return Validated(when=when_, text=in_words(when_, names_of(reading, caller.shop)))
