"""How segments look in requests and answers, in our own form and in Klaviyo's."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from pydantic import BaseModel, Field

from cartback.domain.condition import BadCondition, condition_document, parse_condition
from cartback.domain.instant import Zone
from cartback.domain.klaviyo import BadKlaviyo, Terms, from_klaviyo, is_klaviyo
from cartback.domain.money import exponent_of
from cartback.domain.phrase import Language, Names, outline
from cartback.engine.documents import Remembered, came_from, remembered
from cartback.engine.naming import names_of
from cartback.engine.ports import Reading
from cartback.engine.segment_ports import SegmentRow
from cartback.engine.shops import settings_of
from cartback.web.api.ground import Caller
from cartback.web.api.paging import LARGEST, Page
from cartback.web.api.problem import not_found, unfit_document
from cartback.web.api.reading import Body
from cartback.web.api.shape import PerhapsNamed, Time, when

Key = Annotated[str, Field(max_length=80, description="A segment's key.")]
Condition = Annotated[
    dict[str, Any],
    Field(
        description="A condition (/api/v1/schemas/condition), or a definition of Klaviyo's: an"
        " object with `condition_groups`, and where needed `metrics` and `groups`, names by id.",
        examples=[{"kind": "did", "metric": "Checkout Started"}],
    ),
]


Form: TypeAlias = Literal["cartback", "klaviyo"]


class InKlaviyo(BaseModel):
    """A segment as Klaviyo's API takes it."""

    data: dict[str, Any]


class InWords(BaseModel):
    """A condition in words, a line for each part, its own parts indented below it."""

    en: str
    ko: str


class Progress(BaseModel):
    """How far the finding of members has come."""

    done: int
    total: int


class Origin(BaseModel):
    """The file that a definition was applied from (`cartback apply`)."""

    file: Annotated[str, Field(examples=["segments/recent-cart-abandoners.yaml"])]
    commit: str | None
    applied: Time
    changed_since: Annotated[
        bool, Field(description="Changed elsewhere since then; the next plan shows it.")
    ]


class Segment(BaseModel):
    """A named condition and how many are inside."""

    key: str
    name: str
    when: Condition
    text: InWords
    version: int
    status: Annotated[str, Field(description="building, live, failed or archived")]
    members: Annotated[int | None, Field(description="Known once it is live.")]
    progress: Progress | None
    error: Annotated[
        str | None,
        Field(description="Why finding its members failed; it is tried again by itself."),
    ]
    origin: Annotated[Origin | None, Field(description="Null: not made from a file.")]
    created: Time
    updated: Time


class Segments(Page):
    data: list[Segment]


class SegmentWanted(Body):
    name: Annotated[str, Field(description="1 to 200 characters of any script.")]
    when: Condition
    key: Annotated[
        str, Field(description="Small letters, digits and hyphens; else made of the name.")
    ] = ""


class SegmentChange(Body):
    name: Annotated[str, Field(description="1 to 200 characters of any script.")]
    when: Condition
    version: Annotated[
        int | None,
        Field(ge=1, le=LARGEST, description="The version you changed, unless If-Match says it."),
    ] = None


class ConditionWanted(Body):
    when: Condition


class Validated(BaseModel):
    """A condition that can be saved, as it will be kept, and in words."""

    when: Condition
    text: InWords


class Sample(BaseModel):
    """Somebody who would be inside."""

    id: int
    identifiers: PerhapsNamed


class Counted(Validated):
    """How many would be inside, of how many, and a few of them."""

    members: int
    of: int
    exact: Annotated[bool, Field(description="Else reckoned from a part of the people.")]
    samples: list[Sample]


class Version(BaseModel):
    """One definition that a segment has had."""

    version: int
    name: str
    when: Condition
    at: Time
    by: Annotated[str, Field(description="Who gave it: `key:` and a number, or nothing.")]


class Versions(Page):
    data: list[Version]


# --- reading ------------------------------------------------------------------------------------


def read_when(reading: Reading, caller: Caller, document: dict[str, Any]) -> dict[str, Any]:
    """The condition in our own form, whichever it was written in. Raises Problem."""
    if not is_klaviyo(document):
        return document
    try:
        return condition_document(from_klaviyo(document, terms_of(reading, caller)))
    except (BadKlaviyo, BadCondition) as error:
        raise unfit_document(error) from None


def terms_of(reading: Reading, caller: Caller) -> Terms:
    """What a translation has to know of the shop."""
    settings = settings_of(reading, caller.shop)
    return Terms(Zone(settings.zone), exponent_of(settings.currency))


def find_segment(reading: Reading, caller: Caller, key: str) -> SegmentRow:
    """The segment with that key, archived or not. Raises Problem."""
    row = reading.segment(caller.shop, key)
    if row is None:
        raise not_found(f"there is no segment {key!r}")
    return row


# --- showing ------------------------------------------------------------------------------------


def segment_shown(reading: Reading, caller: Caller, row: SegmentRow) -> Segment:
    """A segment as answers show it."""
    return segments_shown(reading, caller, [row])[0]


def segments_shown(reading: Reading, caller: Caller, rows: Sequence[SegmentRow]) -> list[Segment]:
    names, known = names_of(reading, caller.shop), remembered(reading, caller.shop)
    return [_shown(reading, caller, row, names, known) for row in rows]


def _shown(
    reading: Reading, caller: Caller, row: SegmentRow, names: Names, known: Remembered
) -> Segment:
    document = msgspec.json.decode(row.document)
    live = row.status == "live"
    return Segment(
        key=row.key,
        name=row.name,
        when=document,
        text=in_words(document, names),
        version=row.version,
        status=row.status,
        members=reading.count_members(caller.shop, row.key) if live else None,
        progress=Progress(done=row.done, total=row.total) if row.is_awaited else None,
        error=row.error or None,
        origin=_origin(known, row),
        created=when(row.created),
        updated=when(row.updated),
    )


def _origin(known: Remembered, row: SegmentRow) -> Origin | None:
    found = came_from(known, row)
    return None if found is None else Origin.model_validate(found)


def in_words(document: dict[str, Any], names: Names) -> InWords:
    """A condition in both languages."""
    condition = parse_condition(document)
    return InWords(
        en=outline(condition, Language.ENGLISH, names),
        ko=outline(condition, Language.KOREAN, names),
    )
