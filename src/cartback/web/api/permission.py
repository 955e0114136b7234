"""May somebody be written to: the question, and what the shop chose within the law."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from cartback.domain.instant import DAY
from cartback.domain.law.terms import Choice, Decision, HoldUntil, Purpose, Refuse, Send
from cartback.domain.phrase import Language, permission, rule_name
from cartback.engine.explaining import state_at
from cartback.engine.people import NobodyFound
from cartback.engine.permission import BadChoice, choice_of, choose, permission_of
from cartback.web.api.ground import ProfilesReader, SettingsReader, SettingsWriter
from cartback.web.api.paging import Id
from cartback.web.api.problem import bad, not_found, problems
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Time, when

router = new_router("permission")


class RuleShown(BaseModel):
    """The rule that decides: its name, its article, and where that stands."""

    key: str
    name_en: str
    name_ko: str
    article: str
    source: str


class PermissionShown(BaseModel):
    """Whether something may be sent, until when it waits, what it must carry, and why."""

    decision: Literal["send", "hold", "refuse"]
    until: Time | None
    duties: Annotated[
        list[str], Field(description="What it must carry: opt_out, sender, address, ad_label.")
    ]
    rule: RuleShown
    en: str
    ko: str


class ChoiceGiven(Body):
    """What the shop decides within the law (docs/consent.md)."""

    home: Annotated[str, Field(max_length=2, description="The country that it sends from.")] = ""
    ask: Annotated[
        Literal["law", "consent"], Field(description="`consent`: only who said yes, everywhere.")
    ] = "law"
    soft_opt_in: Annotated[
        bool, Field(description="Customers who did not object, where the law knows that.")
    ] = False
    soft_opt_in_days: Annotated[int, Field(ge=1, le=36_500)] = 730
    double_opt_in: Annotated[tuple[str, ...], Field(max_length=250)] = ()


class ChoiceShown(BaseModel):
    home: str
    ask: Literal["law", "consent"]
    soft_opt_in: bool
    soft_opt_in_days: int
    double_opt_in: list[str]


@router.get("/profiles/{profile}/permission", responses=problems(404))
def read_permission(
    caller: ProfilesReader,
    profile: Id,
    channel: Annotated[str, Query(max_length=40, description="email, sms, push, …")] = "email",
    purpose: Annotated[Purpose, Query()] = Purpose.MARKETING,
) -> PermissionShown:
    """May this person be sent that now, and by which rule? This is no legal advice."""
    now = caller.now()
    with caller.store.reading() as reading:
        try:
            state = state_at(reading, caller.ground.rulebook, caller.shop, profile, now)
        except NobodyFound as error:
            raise not_found(str(error)) from None
        found = permission_of(reading, caller.shop, state, channel, purpose, now)
    zone = caller.zone()
    return PermissionShown(
        decision=_word(found),
        until=when(found.at) if isinstance(found, HoldUntil) else None,
        duties=[duty.value for duty in found.duties] if isinstance(found, Send) else [],
        rule=RuleShown(
            key=found.rule.key,
            name_en=rule_name(found.rule, Language.ENGLISH),
            name_ko=rule_name(found.rule, Language.KOREAN),
            article=found.rule.article,
            source=found.rule.source,
        ),
        en=permission(found, Language.ENGLISH, zone),
        ko=permission(found, Language.KOREAN, zone),
    )


@router.get("/consent-choice", responses=problems())
def read_consent_choice(caller: SettingsReader) -> ChoiceShown:
    """What the shop decides within the law."""
    with caller.store.reading() as reading:
        return _shown(choice_of(reading, caller.shop))


@router.put("/consent-choice", responses=problems())
def put_consent_choice(caller: SettingsWriter, body: ChoiceGiven) -> ChoiceShown:
    """Decide it; it counts from the next message on."""
    said = body.model_dump()
    said["soft_opt_in_for"] = said.pop("soft_opt_in_days") * DAY
    try:
        choose(caller.noting("changed consent choice", "API"), caller.shop, said)
    except BadChoice as error:
        raise bad("body", "", str(error)) from None
    caller.ground.written()
    with caller.store.reading() as reading:
        return _shown(choice_of(reading, caller.shop))


def _word(found: Decision) -> Literal["send", "hold", "refuse"]:
    match found:
        case Send():
            return "send"
        case HoldUntil():
            return "hold"
        case Refuse():
            return "refuse"


def _shown(choice: Choice) -> ChoiceShown:
    return ChoiceShown(
        home=choice.home,
        ask=choice.ask,
        soft_opt_in=choice.soft_opt_in,
        soft_opt_in_days=choice.soft_opt_in_for // DAY,
        double_opt_in=list(choice.double_opt_in),
    )
