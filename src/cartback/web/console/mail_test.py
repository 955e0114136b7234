"""A mail that somebody is writing, sent to one address to see it in a real mail program."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cartback.domain.instant import MINUTE
from cartback.domain.message import Accepted, InDoubt
from cartback.domain.phrase import kept_text
from cartback.engine.audit import note_after
from cartback.engine.mailing import mailing_of
from cartback.engine.mails import Mail
from cartback.engine.trying import is_address, take_trial, trial
from cartback.web.console.asked import AtShop, Refused
from cartback.web.console.guard import Guard
from cartback.web.console.mail_document import write
from cartback.web.console.mail_draft import read_draft
from cartback.web.console.mail_editor import editor
from cartback.web.console.mail_look import look_at
from cartback.web.console.render import page


def routes(guard: Guard) -> Sequence[BaseRoute]:
    return [Route("/shops/{shop}/mails/test", guard.of_shop(send), methods=["POST"])]


def send(at: AtShop) -> Response:
    """Send it as it is in the form, saved or not; what became of it is said beside the button."""
    draft = read_draft(at.form.all())
    seen = look_at(at, draft, write(draft), by_day=False)
    said = _sent(at, seen.mail, at.form.text("view:to")[:300])
    if not at.is_partial:
        return editor(at, draft, notice=said)
    return page(at, "mail-test.html", {"said": said})


def _sent(at: AtShop, mail: Mail | None, address: str) -> str:
    say = at.say.gettext
    with at.store.reading() as reading:
        sender = mailing_of(reading, at.id)
    if at.ground.try_out is None or sender is None:
        raise Refused(409, say("No mail leaves until a mail server and a sender are set up."))
    if mail is None:
        return say("The mail cannot be made yet: put right what is marked first.")
    if not is_address(address):
        return say("Write an address such as hello@your-shop.com.")
    left = take_trial(at.store, at.id, at.now)
    if left:
        minutes = -(-left // MINUTE)
        text = say("Many tests were sent. The next one may leave in %(minutes)s minutes.")
        return text % {"minutes": at.say.number(minutes)}
    outcome = at.ground.try_out(trial(at.id, mail, sender, address, at.now))
    if isinstance(outcome, Accepted):
        note_after(at.store, at.id, at.user, "sent test mail to", address, at.now)
        return say("Sent to %s.") % address
    if isinstance(outcome, InDoubt):
        return say("It was handed over, but the mail server did not answer: look whether it came.")
    return say("It was not sent: %s") % kept_text(outcome.sentence, at.language)
