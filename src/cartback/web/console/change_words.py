"""What the log of changes says: who did what to what, and its details, in the reader's words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from cartback.engine.access_ports import AuditRow
from cartback.engine.audit import COMMAND_LINE
from cartback.engine.scope import EVERYTHING
from cartback.web.console.scope_words import scope_names
from cartback.web.console.words import Words

Say: TypeAlias = Callable[[str], str]

DURATIONS: Final = frozenset({"cart_idle", "checkout_idle", "click", "open", "gap"})
WORDS: Final = frozenset({"status", "role", "act", "reason"})


class Told(NamedTuple):
    """A change as a page tells it; `details` are names with their value, or the one before and the
    one after."""

    at: int
    who: str
    action: str
    subject: str
    details: Sequence[tuple[str, Sequence[str]]]


class ChangeWords:
    """The words of one reader."""

    def __init__(self, say: Words) -> None:
        self._say = say
        self._actions = action_names(say.gettext)
        self._details = detail_names(say.gettext)
        self._values = value_names(say.gettext)
        self._lists = list_names(say.gettext)
        self._scopes = scope_names(say.gettext)

    def told(self, row: AuditRow) -> Told:
        """A change in words. What there are no words for stays as it is."""
        by_hand = row.who == COMMAND_LINE and not row.user
        return Told(
            row.at,
            self._say.gettext("The command line") if by_hand else row.who,
            self._actions.get(row.action, row.action),
            "" if row.subject == row.who else self._subject(row),
            [
                (self._details.get(name, name), [self._worded(name, one) for one in _each(value)])
                for name, value in _detail(row).items()
                if value
            ],
        )

    def _subject(self, row: AuditRow) -> str:
        if row.action != "downloaded list":
            return row.subject
        whose, of, coupon = row.subject.partition("codes of ")
        if of and not whose:
            return self._say.gettext("codes of the coupon %s") % coupon
        return self._lists.get(row.subject, row.subject)

    def _worded(self, name: str, value: Any) -> str:  # noqa: ANN401  as it was noted
        if value is None or value == "":
            return "\N{EN DASH}"
        if value is True:
            return self._say.gettext("Yes")
        if isinstance(value, int):
            return self._say.number(value)
        text = str(value)
        if name in DURATIONS:
            return self._say.duration(text)
        if name in WORDS:
            return self._values.get(text, text)
        return self._allowed(text.split()) if name == "scopes" else text

    def _allowed(self, scopes: Sequence[str]) -> str:
        if len(scopes) == len(EVERYTHING):
            return self._say.gettext("everything")
        return ", ".join(self._scopes.get(one, one) for one in scopes)


def _detail(row: AuditRow) -> Mapping[str, Any]:
    """Before, a gap was noted as it is typed, in two parts."""
    if "gap_unit" not in row.detail:
        return row.detail
    gap = f"{row.detail['gap']} {row.detail['gap_unit']}"
    return {name: value for name, value in row.detail.items() if name != "gap_unit"} | {"gap": gap}


def _each(value: Any) -> Sequence[Any]:  # noqa: ANN401  likewise
    return value if isinstance(value, list) else [value]


# --- words --------------------------------------------------------------------------------------


def action_names(say: Say) -> Mapping[str, str]:
    """What was done; what it was done to follows."""
    return {
        "set flow to": say("set the automation"),
        "set step to": say("changed the state of a message in the automation"),
        "started flow from": say("copied the ready-made automation"),
        "changed flow": say("changed the automation"),
        "made flow": say("made the automation"),
        "saved template": say("saved the mail"),
        "set the catalog's feed": say("set the catalog's feed:"),
        "removed the catalog's feed": say("removed the catalog's feed, by"),
        "changed who mail is from": say("changed who mail is from, of"),
        "changed pace": say("changed how fast mail leaves, of"),
        "changed contact rules": say("changed the contact rules of"),
        "added suppressions": say("put addresses on the suppression list of"),
        "removed suppression": say("took off the suppression list:"),
        "renewed the webhook secret of": say("renewed the webhook secret of"),
        "changed consent choice": say("changed what is chosen within the law, of"),
        "set up": say("set Cartback up"),
        "invited": say("invited"),
        "joined": say("joined"),
        "changed role": say("changed the role of"),
        "removed": say("removed"),
        "chose a new password": say("chose a new password"),
        "made password link": say("made a link for a new password for"),
        "made segment": say("made the segment"),
        "changed segment": say("changed the segment"),
        "archived segment": say("archived the segment"),
        "restored segment": say("restored the segment"),
        "changed settings": say("changed settings of"),
        "made key": say("made the key"),
        "revoked key": say("revoked the key"),
        "downloaded list": say("downloaded the list"),
        "exported person": say("downloaded all about person"),
        "undid merge": say("undid the merge"),
        "merged": say("merged people into"),
        "made shop": say("made the shop"),
        "renamed shop": say("renamed the shop to"),
        "erased person": say("erased person"),
        "asked why": say("asked why of the segment"),
        "applied": say("applied files to"),
        "made coupon": say("made the coupon"),
        "changed coupon": say("changed the coupon"),
        "archived coupon": say("archived the coupon"),
        "restored coupon": say("restored the coupon"),
        "uploaded codes": say("uploaded codes to the coupon"),
        "saved products": say("saved products of the catalog by"),
        "removed product": say("removed the product"),
        "saved reviews": say("saved reviews by"),
        "removed review": say("removed the review"),
        "changed credit windows": say("changed for how long messages have the credit, in"),
        "archived template": say("archived the mail"),
        "restored template": say("restored the mail"),
        "settled message": say("settled the message"),
        "sent test mail to": say("sent a test mail to"),
    }


def detail_names(say: Say) -> Mapping[str, str]:
    """What is noted beside an action."""
    return {
        "version": say("Version"),
        "as_version": say("As in version"),
        "status": say("Status"),
        "step": say("Message"),
        "role": say("Role"),
        "reason": say("Because it"),
        "act": say("What was found out"),
        "label": say("What it is for"),
        "scopes": say("May"),
        "name": say("Name"),
        "products": say("Products"),
        "reviews": say("Reviews"),
        "lines": say("Rows"),
        "added": say("Added"),
        "known": say("Known before"),
        "whole": say("The whole catalog"),
        "commit": say("Commit"),
        "zone": say("Time zone"),
        "currency": say("Currency"),
        "country": say("Country"),
        "cart_idle": say("A cart is abandoned after"),
        "checkout_idle": say("A checkout is abandoned after"),
        "a_minute": say("To one domain in a minute, at most"),
        "an_hour": say("To one domain in an hour, at most"),
        "warm_up": say("Warm up a new sender from"),
        "gap": say("Between two mails to one person, at least"),
        "a_week": say("In seven days, at most"),
        "quiet_from": say("Quiet hours from"),
        "quiet_until": say("Quiet hours until"),
        "click": say("After a click"),
        "open": say("After an open"),
        "with": say("With"),
        "merge": say("Merge"),
    }


def value_names(say: Say) -> Mapping[str, str]:
    return {
        "draft": say("Draft"),
        "live": say("Live"),
        "paused": say("Paused"),
        "archived": say("Archived"),
        "owner": say("Owner"),
        "marketer": say("Marketer"),
        "viewer": say("Viewer"),
        "arrived": say("It arrived"),
        "again": say("It did not: send it again"),
        "leave": say("Leave it"),
        "reopen": say("Take that back"),
        "bounced": say("came back"),
        "complained": say("marked as spam"),
        "unsubscribed": say("unsubscribed elsewhere"),
        "by_hand": say("put there by hand"),
    }


def list_names(say: Say) -> Mapping[str, str]:
    """What can be downloaded; a segment's members go by its key."""
    return {
        "people": say("People"),
        "carts": say("Abandoned carts"),
        "segments": say("Segments"),
        "changes": say("Who changed what"),
        "messages": say("Messages"),
        "suppressions": say("Suppression list"),
    }
