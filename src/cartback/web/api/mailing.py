"""Who the shop's mail is from, how fast it leaves, and how often anybody may be written to."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from pydantic import BaseModel, Field

from cartback.domain.contact import MOST_A_WEEK, BadRules, ContactRules, channel_rules
from cartback.engine.flows import change_contact_rules
from cartback.engine.mailing import MOST_ORIGINS, BadMailing, Mailing, mailing_of, set_mailing
from cartback.engine.pacing import Pace, pace_of, set_pace
from cartback.engine.rulebook import present_rules
from cartback.web.api.ground import SettingsReader, SettingsWriter
from cartback.web.api.problem import not_found, problems, unfit_document
from cartback.web.api.reading import Body, new_router

router = new_router("mailing")

Line = Annotated[str, Field(max_length=300)]
Clock = Annotated[
    str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["21:00"], max_length=5)
]


class MailingGiven(Body):
    """What every mail of the shop says of the shop (docs/flows.md)."""

    sender: Annotated[str, Field(max_length=254, description="The address it is from.")]
    name: Line = ""
    reply_to: Annotated[str | None, Field(max_length=254)] = None
    postal: Annotated[Line, Field(description="The postal address that the law asks for.")] = ""
    phone: Line = ""
    url: Annotated[str | None, Field(max_length=2_000)] = None
    logo: Annotated[str | None, Field(max_length=2_000)] = None
    code_url: Annotated[
        str | None,
        Field(
            max_length=2_000,
            description="Puts a code into the cart, {code} in its place.",
            examples=["https://shop.example/discount/{code}"],
        ),
    ] = None
    origins: Annotated[
        tuple[Annotated[str, Field(max_length=300)], ...],
        Field(
            max_length=MOST_ORIGINS,
            description="Pages that may ask from a browser what a link to a cart holds.",
            examples=[["https://shop.example"]],
        ),
    ] = ()
    language: Literal["en", "ko"] = "en"
    opens: Annotated[bool, Field(description="Whether you want to know of opened mails.")] = True
    clicks: Annotated[bool, Field(description="Whether you want to know of followed links.")] = True


class MailingShown(BaseModel):
    sender: str
    name: str
    reply_to: str | None
    postal: str
    phone: str
    url: str | None
    logo: str | None
    code_url: str | None
    origins: list[str]
    language: Literal["en", "ko"]
    opens: bool
    clicks: bool


class ChannelGiven(Body):
    """How often a channel may reach one person, and at what hours, where the person is."""

    gap: Annotated[str, Field(max_length=40, description="At least so long between two.")] = (
        "16 hours"
    )
    a_week: Annotated[int, Field(ge=1, le=MOST_A_WEEK, description="In seven days.")] = 4
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None


class ContactGiven(Body):
    email: ChannelGiven


class ChannelShown(BaseModel):
    gap: str
    a_week: int
    quiet_from: str | None
    quiet_until: str | None


class ContactShown(BaseModel):
    """The rules over all flows. What the shop chose within the law is at `/consent-choice`."""

    email: ChannelShown


class PaceGiven(Body):
    """How fast mail leaves (docs/email.md)."""

    a_minute: Annotated[
        int | None, Field(ge=1, le=1_000_000, description="To one recipient's domain; null: any.")
    ] = None
    an_hour: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    warm_up: Annotated[
        date | None,
        Field(description="The first day of a new sender: 50 mails, then twice as many each day."),
    ] = None


class PaceShown(BaseModel):
    a_minute: int | None
    an_hour: int | None
    warm_up: date | None


@router.get("/mailing", responses=problems(404))
def read_mailing(caller: SettingsReader) -> MailingShown:
    """Who the shop's mail is from; 404 where it was never set: then no e-mail leaves."""
    with caller.store.reading() as reading:
        mailing = mailing_of(reading, caller.shop)
    if mailing is None:
        raise not_found("the shop has no sender yet; set it with PUT")
    return _mailing(mailing)


@router.put("/mailing", responses=problems())
def put_mailing(caller: SettingsWriter, body: MailingGiven) -> MailingShown:
    """Say who the shop's mail is from; it counts from the next mail on."""
    try:
        return _mailing(
            set_mailing(
                caller.noting("changed who mail is from", body.sender),
                caller.shop,
                body.model_dump(),
            )
        )
    except BadMailing as error:
        raise unfit_document(error, "") from None


@router.get("/pace", responses=problems())
def read_pace(caller: SettingsReader) -> PaceShown:
    """How fast mail leaves."""
    with caller.store.reading() as reading:
        return _pace(pace_of(reading, caller.shop))


@router.put("/pace", responses=problems())
def put_pace(caller: SettingsWriter, body: PaceGiven) -> PaceShown:
    """Set it; it counts from the next mail on, those that wait too."""
    store = caller.noting("changed pace", "API")
    shown = _pace(set_pace(store, caller.shop, body.model_dump()))
    caller.ground.written()
    return shown


def _pace(pace: Pace) -> PaceShown:
    return PaceShown(a_minute=pace.a_minute, an_hour=pace.an_hour, warm_up=pace.warm_up)


@router.get("/contact-rules", responses=problems())
def read_contact_rules(caller: SettingsReader) -> ContactShown:
    """How often and at what hours anybody may be written to, over all flows."""
    with caller.store.reading() as reading:
        return _contact(present_rules(reading, caller.shop).contact)


@router.put("/contact-rules", responses=problems())
def put_contact_rules(caller: SettingsWriter, body: ContactGiven) -> ContactShown:
    """Set it; it counts from the next message on, those that wait too."""
    try:
        email = channel_rules(body.email.model_dump())
    except BadRules as error:
        raise unfit_document(error, "email") from None

    def changed(rules: ContactRules) -> ContactRules:
        return msgspec.structs.replace(rules, email=email)

    shown = _contact(
        change_contact_rules(caller.noting("changed contact rules", "API"), caller.shop, changed)
    )
    caller.ground.written()
    return shown


def _mailing(mailing: Mailing) -> MailingShown:
    return MailingShown(**msgspec.structs.asdict(mailing))


def _contact(rules: ContactRules) -> ContactShown:
    said = msgspec.structs.asdict(rules.email)
    return ContactShown(email=ChannelShown(**said))
