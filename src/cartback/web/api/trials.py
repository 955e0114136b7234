"""A template looked at as a mail before anybody gets it, and sent to oneself to try it."""

from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from cartback.domain.instant import SECOND
from cartback.domain.message import Accepted, InDoubt
from cartback.domain.template import Template
from cartback.engine.audit import note_after
from cartback.engine.mailing import mailing_of
from cartback.engine.mails import CannotMake, Mail, Remark
from cartback.engine.people import NobodyFound
from cartback.engine.scope import Scope
from cartback.engine.templates import NoSuchTemplate, template_of
from cartback.engine.trying import is_address, take_trial, trial
from cartback.web.api.goods_shape import NO_NUL
from cartback.web.api.ground import Caller, FlowsReader, FlowsWriter, needs
from cartback.web.api.paging import Id
from cartback.web.api.problem import Problem, bad, not_found, problems
from cartback.web.api.reading import Body, new_router
from cartback.web.api.template_shape import TemplateDocument, cannot_make, parsed
from cartback.web.api.twice import OnceKey, once

router = new_router("templates")


class PreviewWanted(Body):
    template: Annotated[
        str | None, Field(max_length=60, pattern=NO_NUL, description="The key of a saved one.")
    ] = None
    document: TemplateDocument | None = None
    profile: Annotated[
        Id | None, Field(description="Whose mail it is; left out: a sample person's.")
    ] = None


class TrialWanted(PreviewWanted):
    to: Annotated[str, Field(max_length=300, description="The address that gets it.")]


class RemarkShown(BaseModel):
    """What is to be said of a template to whoever writes it."""

    weight: Annotated[
        Literal["stops", "wrong", "mind"],
        Field(
            description="`stops`: no mail can be made; `wrong`: readers will see it; `mind`: it may"
            " be meant so."
        ),
    ]
    path: Annotated[str, Field(description="Such as `blocks[2].text`; empty: the whole.")]
    en: str
    ko: str


class MailShown(BaseModel):
    """A mail as it would leave now. Its links lead nowhere."""

    subject: str
    sender_name: str
    html: str
    text: str


class PreviewShown(MailShown):
    """With it what is to be said of it."""

    size: Annotated[
        int, Field(description="Bytes of its HTML, about; Gmail cuts off behind 102,000.")
    ]
    remarks: list[RemarkShown]


class TrialShown(BaseModel):
    """What became of a test mail."""

    outcome: Annotated[
        Literal["accepted", "refused", "in_doubt"],
        Field(description="`in_doubt`: handed over, but the server never answered."),
    ]
    said: Annotated[str, Field(description="What the server said.")]


@router.post("/templates/preview", responses=problems(404))
def preview_template(caller: FlowsReader, body: PreviewWanted) -> PreviewShown:
    """A template as a mail: for somebody, with their cart as it is now, or for a sample person.

    With it what is to be said of it, and how large it is. Somebody's mail needs the scope
    profiles:read as well. Nothing is saved or sent.
    """
    template, mail = _made(caller, body)
    look = caller.ground.mails().look(caller.shop, template, body.profile)
    return PreviewShown(
        **mail_shown(mail).model_dump(),
        size=look.size,
        remarks=[_remark(one) for one in look.remarks],
    )


@router.post(
    "/templates/trials",
    status_code=201,
    response_model=TrialShown,
    responses=problems(404, 409),
)
def try_template(
    caller: FlowsWriter, request: Request, body: TrialWanted, key: OnceKey = None
) -> TrialShown | Response:
    """Send a template to one address, to see it in a real mail program.

    It is nobody's message and counts for nothing. A shop has 20 at once, and one more every three
    minutes (429). Somebody's mail needs the scope profiles:read as well.
    """

    def send() -> TrialShown:
        _, mail = _made(caller, body)
        return _tried(caller, mail, body.to)

    return once(caller, key, request, body, send)


def mail_shown(mail: Mail) -> MailShown:
    """A mail as it is answered."""
    return MailShown(
        subject=mail.subject, sender_name=mail.sender_name, html=mail.html, text=mail.text
    )


# --- what they share ----------------------------------------------------------------------------


def _made(caller: Caller, body: PreviewWanted) -> tuple[Template, Mail]:
    """The template that is meant, and the mail that it makes. Raises Problem."""
    if body.profile is not None:
        needs(caller, Scope.PROFILES_READ)
    template = _wanted(caller, body)
    try:
        return template, caller.ground.mails().make(caller.shop, template, body.profile)
    except CannotMake as error:
        raise cannot_make(error) from None
    except NobodyFound as error:
        raise not_found(str(error)) from None


def _wanted(caller: Caller, body: PreviewWanted) -> Template:
    if (body.document is None) == (body.template is None):
        raise bad("body", "document", "give either a `document` or the key of a `template`")
    if body.document is not None:
        return parsed(body.document)
    with caller.store.reading() as reading:
        try:
            return template_of(reading, caller.shop, body.template or "")[1]
        except NoSuchTemplate as error:
            raise not_found(str(error)) from None


def _tried(caller: Caller, mail: Mail, address: str) -> TrialShown:
    if not is_address(address):
        raise bad("body", "to", "write one address such as hello@your-shop.com")
    with caller.store.reading() as reading:
        sender = mailing_of(reading, caller.shop)
    if caller.ground.try_out is None or sender is None:
        sentence = "no mail leaves until a mail server (CARTBACK_SMTP) and a sender (PUT /mailing)"
        raise Problem(409, "cannot-send", f"{sentence} are set up")
    now = caller.now()
    left = take_trial(caller.store, caller.shop, now)
    if left:
        seconds = str(-(-left // SECOND))
        sentence = "many tests were sent; the next one may leave after Retry-After seconds"
        raise Problem(429, "too-many-trials", sentence, headers={"Retry-After": seconds})
    outcome = caller.ground.try_out(trial(caller.shop, mail, sender, address, now))
    match outcome:
        case Accepted(receipt):
            note_after(caller.store, caller.shop, caller.who, "sent test mail to", address, now)
            return TrialShown(outcome="accepted", said=receipt)
        case InDoubt(sentence):
            return TrialShown(outcome="in_doubt", said=sentence)
        case _:
            return TrialShown(outcome="refused", said=outcome.sentence)


def _remark(one: Remark) -> RemarkShown:
    return RemarkShown(weight=one.weight, path=one.path, en=one.words["en"], ko=one.words["ko"])
