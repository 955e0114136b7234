"""What is in doubt, settled by who found out more."""

from typing import Annotated

from pydantic import Field

from cartback.engine.settling import Act, CannotSettle, settle
from cartback.web.api.ground import MessagesWriter
from cartback.web.api.messages import MessageKey, MessageShown, message_shown
from cartback.web.api.messages import found as message_found
from cartback.web.api.problem import Problem, not_found, problems
from cartback.web.api.reading import Body, new_router

router = new_router("messages")


class Settlement(Body):
    """What somebody found out of a message that is in doubt."""

    act: Annotated[
        Act,
        Field(
            description="`arrived`: it is sent. `again`: it did not arrive; it goes back into the"
            " outbox, where everything is asked once more, so that it never goes after the order."
            " `leave`: it stays in doubt, and nobody needs to look any more. `reopen`: takes back"
            " `arrived` or `leave`."
        ),
    ]


@router.post("/messages/{message}/settlements", responses=problems(404, 409))
def settle_message(caller: MessagesWriter, message: MessageKey, body: Settlement) -> MessageShown:
    """Say what became of a message that is in doubt; 409 where it is not, or where it would be of
    no use to send it again."""
    store = caller.noting("settled message", message, act=body.act)
    try:
        settle(store, caller.shop, message, body.act, caller.now())
    except CannotSettle as error:
        if error.why == "unknown":
            raise not_found(f"there is no message {message!r}") from None
        raise Problem(409, "cannot-settle", str(error)) from None
    caller.ground.written()
    with caller.store.reading() as reading:
        return message_shown(caller, message_found(reading, caller, message))
