"""What kinds of steps and their fields are called on the page, in marketers' words."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from cartback.domain.phrase import Language
from cartback.web.console.sketch.forms import TRIGGERS
from cartback.web.console.words import Words

Say: TypeAlias = Callable[[str], str]
GROUPS: Final = ("messages", "timing", "paths", "person", "shop", "other")


class KindWords(NamedTuple):
    """A kind of step or trigger: its group among the others, its icon, its name and its use."""

    group: str
    icon: str
    name: str
    use: str


def groups(say: Say) -> Mapping[str, str]:
    """The groups of steps, in their order."""
    return {
        "messages": say("Messages"),
        "timing": say("Timing"),
        "paths": say("Branches"),
        "person": say("The person"),
        "shop": say("The shop"),
        "other": say("Other"),
    }


@cache
def steps(language: Language) -> Mapping[str, KindWords]:
    """The kinds of steps; of one that is not here its document's word is its name."""
    say = Words(language).gettext
    return {
        "email": KindWords("messages", "mail", say("E-mail"), say("Send one mail.")),
        "wait": KindWords(
            "timing", "clock", say("Wait"), say("For a while, or until a time of day.")
        ),
        "wait_for": KindWords(
            "timing",
            "hourglass",
            say("Wait for something to happen"),
            say("Such as an order; or go on when the time is over."),
        ),
        "split": KindWords(
            "paths", "flows", say("Split by condition"), say("Each branch asks a condition.")
        ),
        "trigger_split": KindWords(
            "paths",
            "flows",
            say("Split by what began it"),
            say("By the cart's value, its products, or what the event says."),
        ),
        "random": KindWords(
            "paths", "dice", say("Random split"), say("For a test of two ways, A and B.")
        ),
        "set_trait": KindWords(
            "person", "tag", say("Set a property"), say("Remember something about the person.")
        ),
        "update_list": KindWords(
            "person", "list", say("Change a list"), say("Add the person to it, or take them out.")
        ),
        "coupon": KindWords(
            "person", "coupon", say("Coupon"), say("Give the person a code of their own.")
        ),
        "alert": KindWords(
            "shop", "bell", say("Tell colleagues"), say("A plain mail to people of the shop.")
        ),
        "webhook": KindWords(
            "shop", "plug", say("Webhook"), say("Call an address of your own systems.")
        ),
        "end": KindWords("other", "stop", say("End here"), say("Whoever comes here leaves.")),
    }


@cache
def triggers(language: Language) -> Mapping[str, KindWords]:
    """The kinds of triggers; of one that is not here its document's word is its name."""
    say = Words(language).gettext
    return {
        "cart_abandoned": KindWords("", "cart", say("Cart abandoned"), say("Once for each cart.")),
        "metric": KindWords(
            "", "bolt", say("Event"), say("Something happens, such as Viewed Product.")
        ),
        "segment": KindWords(
            "", "segments", say("Segment"), say("Somebody enters it or leaves it, on the second.")
        ),
        "date": KindWords(
            "", "calendar", say("Date"), say("A birthday, say: on the day, before it or after it.")
        ),
        "consent_due": KindWords(
            "",
            "calendar",
            say("A yes is to be told of"),
            say("Before the day on which Korean law wants people told of the yes they gave."),
        ),
        "price_drop": KindWords(
            "", "tag", say("Price drop"), say("Something they chose or looked at costs less now.")
        ),
        "low_stock": KindWords(
            "", "hourglass", say("Low stock"), say("Only few are left of what they care for.")
        ),
        "back_in_stock": KindWords(
            "", "box", say("Back in stock"), say("What they care for can be had again.")
        ),
        "list": KindWords("", "list", say("List"), say("Somebody joins it or leaves it.")),
    }


def known_triggers(language: Language) -> Sequence[tuple[str, KindWords]]:
    """Every kind of trigger, in the order of the table."""
    known = triggers(language)
    kinds = sorted(
        TRIGGERS, key=lambda one: (one not in known, list(known).index(one) if one in known else 0)
    )
    return [(kind, kind_words(known, kind)) for kind in kinds]


def kind_words(kinds: Mapping[str, KindWords], kind: str) -> KindWords:
    """What a kind is called; of an unknown one the word that stands in documents."""
    return kinds.get(kind) or KindWords("other", "settings", kind.replace("_", " "), "")


class FieldWords(NamedTuple):
    """A field's label and what helps to fill it in."""

    label: str
    hint: str = ""


def field_words(say: Say, kind: str, name: str) -> FieldWords:
    """The words of a field: those of its kind, else those of its name, else the name itself."""
    table = {one: told for part in _PARTS for one, told in part(say).items()}
    return table.get(f"{kind}.{name}") or table.get(name) or FieldWords(name.replace("_", " "))


def _of_messages(say: Say) -> Mapping[str, FieldWords]:
    """Fields of what is sent."""
    return {
        "template": FieldWords(say("Which mail")),
        "status": FieldWords(say("State of this message")),
        "useful": FieldWords(
            say("Send it only within"),
            say("Where a rule puts it off for longer, it is not sent any more."),
        ),
        "purpose": FieldWords(
            say("What it is for"),
            say("The law asks different things of each. Left alone, it follows the automation."),
        ),
        "to": FieldWords(say("To whom"), say("Addresses, with commas between.")),
        "subject": FieldWords(say("Subject")),
        "text": FieldWords(
            say("Text"), say("Keywords such as {{ profile.email }} may stand in it.")
        ),
        "url": FieldWords(say("Which address"), say("It is called with the person and the cart.")),
        "after_order": FieldWords(say("Also after the order?")),
    }


def _of_ways(say: Say) -> Mapping[str, FieldWords]:
    """Fields of waiting, and of the ways on from there."""
    return {
        "for": FieldWords(say("How long")),
        "until": FieldWords(say("Then until this time of day"), say("Leave it empty for any.")),
        "weekdays": FieldWords(say("Only on these days"), say("None means any day.")),
        "zone": FieldWords(say("By whose clock")),
        "metric": FieldWords(say("Which event")),
        "at_most": FieldWords(say("At most")),
        "where": FieldWords(say("Only where"), say("What the event says of itself.")),
        "when": FieldWords(say("Who goes this way")),
        "weight": FieldWords(say("Share")),
    }


def _of_people(say: Say) -> Mapping[str, FieldWords]:
    """Fields of what is kept of the person."""
    return {
        "path": FieldWords(say("Which property")),
        "value": FieldWords(say("What it becomes")),
        "list": FieldWords(say("Which list")),
        "update_list.joined": FieldWords(say("What to do")),
        "coupon": FieldWords(
            say("Which coupon"), say("It is the same code wherever this person sees it.")
        ),
    }


def _of_triggers(say: Say) -> Mapping[str, FieldWords]:
    """Fields of what begins a run."""
    return {
        "cart_abandoned.where": FieldWords(
            say("Only carts where"), say("Such as what it is worth, or how many pieces are in it.")
        ),
        "segment": FieldWords(say("Which segment")),
        "joined": FieldWords(say("What happens")),
        "trait": FieldWords(say("Which property"), say("It holds a date, such as birthday.")),
        "before": FieldWords(say("Days before")),
        "after": FieldWords(say("Days after")),
        "at": FieldWords(say("At what time"), say("By the person's clock.")),
        "yearly": FieldWords(say("Each year?")),
        "interest": FieldWords(say("Which products")),
        "within": FieldWords(say("At most so long ago")),
        "price_drop.at_least": FieldWords(say("By at least so many percent")),
        "low_stock.at_most": FieldWords(say("At most so many left")),
    }


def _of_flow(say: Say) -> Mapping[str, FieldWords]:
    """Fields of the automation as a whole: for whom it is, and how often."""
    return {
        "audience": FieldWords(say("For whom")),
        "who": FieldWords(
            say("Only who, when they enter"), say("No condition means everybody above.")
        ),
        "only_if": FieldWords(
            say("Stay only while"),
            say("Asked before every step. Whoever it no longer holds for leaves at once."),
        ),
        "again": FieldWords(say("May one enter again?")),
        "priority": FieldWords(
            say("Priority"),
            say("The higher one goes first; of several about one cart only the highest begins."),
        ),
    }


_PARTS: Final = (_of_messages, _of_ways, _of_people, _of_triggers, _of_flow)


def choice_words(say: Say, kind: str, name: str) -> Mapping[str, str]:
    """What there is to choose from in a field."""
    days = {
        "monday": say("Monday"),
        "tuesday": say("Tuesday"),
        "wednesday": say("Wednesday"),
        "thursday": say("Thursday"),
        "friday": say("Friday"),
        "saturday": say("Saturday"),
        "sunday": say("Sunday"),
    }
    table = {
        "status": {
            "draft": say("Draft: passed over"),
            "live": say("Live: sent"),
            "paused": say("Paused: people wait here"),
        },
        "purpose": {
            "": say("as the automation"),
            "marketing": say("advertising"),
            "cart_reminder": say("to remind of a cart"),
            "notice": say("to tell of the yes they gave"),
            "double_opt_in": say("to have their address confirmed"),
            "transactional": say("part of an order"),
        },
        "weekdays": days,
        "zone": {"profile": say("The person's"), "shop": say("The shop's")},
        "audience": {
            "everyone": say("Everyone"),
            "leads": say("Leads: who have never ordered"),
            "customers": say("Customers: who have ordered before"),
        },
        "interest": {
            "cart": say("It is in their cart"),
            "viewed": say("They looked at it"),
            "either": say("In their cart, or looked at"),
        },
        "segment.joined": {"yes": say("They enter it"), "no": say("They leave it")},
        "list.joined": {"yes": say("They join it"), "no": say("They leave it")},
        "update_list.joined": {"yes": say("Add the person"), "no": say("Take the person out")},
        "again": {
            "never": say("No, once only"),
            "after": say("Yes, but not before"),
            "always": say("Yes, every time"),
        },
    }
    return table.get(f"{kind}.{name}") or table.get(name) or {"yes": say("Yes"), "no": say("No")}
