"""What a message said as it left, while it is kept."""

from typing import Annotated

from pydantic import BaseModel, Field

from cartback.engine.copies import copy_of
from cartback.engine.scope import Scope
from cartback.web.api.ground import MessagesReader, needs
from cartback.web.api.messages import MessageKey, found
from cartback.web.api.problem import not_found, problems
from cartback.web.api.reading import new_router
from cartback.web.api.shape import Time, when

router = new_router("messages")


class CopyShown(BaseModel):
    """A mail as it was handed over. Its links lead through Cartback no more, so that a look counts
    as nobody's, and what makes our own links work is cut off."""

    at: Annotated[Time, Field(description="When it was handed over last.")]
    subject: str
    sender_name: str
    html: Annotated[str, Field(description="Empty for a plain text.")]
    text: str


@router.get("/messages/{message}/copy", responses=problems(404))
def read_message_copy(caller: MessagesReader, message: MessageKey) -> CopyShown:
    """Word for word what somebody was sent: 404 where it did not leave, or left 180 days ago.

    It needs the scope profiles:read as well.
    """
    needs(caller, Scope.PROFILES_READ)
    with caller.store.reading() as reading:
        row = found(reading, caller, message)
        kept = copy_of(reading, caller.shop, row.key)
    if kept is None:
        raise not_found(f"no copy is kept of message {message!r}")
    copy, at = kept
    return CopyShown(
        at=when(at),
        subject=copy.subject,
        sender_name=copy.sender_name,
        html=copy.html,
        text=copy.text,
    )
