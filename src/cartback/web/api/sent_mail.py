"""A message as its reader sees it."""

from cartback.engine.mails import CannotMake
from cartback.engine.outbox import template_then
from cartback.engine.people import NobodyFound
from cartback.engine.scope import Scope
from cartback.engine.selves import present_row
from cartback.web.api.ground import MessagesReader, needs
from cartback.web.api.messages import MessageKey
from cartback.web.api.problem import Problem, not_found, problems
from cartback.web.api.reading import new_router
from cartback.web.api.trials import MailShown, mail_shown

router = new_router("messages")


@router.get("/messages/{message}/mail", responses=problems(404, 409))
def read_message_mail(caller: MessagesReader, message: MessageKey) -> MailShown:
    """The mail of a message, made again with what is known now; its links lead nowhere.

    It is of the template as it was then. The key needs the scope profiles:read as well.
    """
    needs(caller, Scope.PROFILES_READ)
    with caller.store.reading() as reading:
        row = reading.message(caller.shop, message)
        found = None if row is None else template_then(reading, caller.shop, row)
        present = None if row is None else present_row(reading, caller.shop, row.profile)
    if row is None or found is None or present is None:
        raise not_found(f"there is no mail of a message {message!r}")
    try:
        return mail_shown(caller.ground.mails().make(caller.shop, found[1], present.id))
    except CannotMake as error:
        raise Problem(409, "cannot-make", str(error)) from None
    except NobodyFound as error:
        raise not_found(str(error)) from None
