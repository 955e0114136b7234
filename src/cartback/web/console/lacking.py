"""What to do about the fields of a form that are empty or wrong, in words."""

from collections.abc import Mapping

from cartback.domain.phrase import fault_text
from cartback.web.console.asked import AtShop
from cartback.web.console.draft import Lacking


def told(at: AtShop, errors: Mapping[str, Exception]) -> dict[str, dict[str, str]]:
    """What is wrong, and what is only not there yet, by the place of the row."""
    wrong, lacking = {}, {}
    for place, error in errors.items():
        if isinstance(error, Lacking):
            lacking[place] = asked_for(at, error.field)
        else:
            wrong[place] = fault_text(error, at.language)
    return {"errors": wrong, "lacking": lacking}


def asked_for(at: AtShop, field: str) -> str:
    """What to do about a field that is empty."""
    say = at.say.gettext
    asked = {
        "of": say("Add a condition to this group."),
        "metric": say("Choose an event, or write its name."),
        "segment": say("Choose a segment."),
        "template": say("Choose a mail."),
        "coupon": say("Choose a coupon."),
        "picture": say("Write the address of the picture."),
        "trait": say("Write the name of a property."),
        "at": say("Write a time of day, such as 09:00."),
        "before": say("Write a whole number of days."),
        "after": say("Write a whole number of days."),
        "at_least": say("Write a whole number from 1 to 100."),
        "until": say("Write a time of day, such as 09:00."),
        "weight": say("Write a whole number from 1 to 1,000."),
        "priority": say("Write a whole number from -100 to 100."),
        "one_of": say("Say how long, or until when."),
        "who": say("Nobody's run has begun when this is asked; choose another window."),
        "ways": say("Add a branch."),
        "list": say("Write the key of a list."),
        "url": say("Write where it leads."),
        "to": say("Write one or more e-mail addresses."),
        "subject": say("Write a subject."),
        "text": say("Write a text."),
        "country": say("Write one or more countries by their two letters."),
        "path": say("Write the name of a property."),
        "number": say("Write a number to compare with."),
        "percent": say("Write how many percent."),
        "date": say("Choose a day."),
        "date2": say("Choose the day on which it ends."),
    }
    long_ago = say("Write how many, such as 7.")
    asked |= dict.fromkeys(("n", "n2", "count", "for", "at_most", "useful", "again.n"), long_ago)
    return asked.get(field) or say("Write a value to compare with.")
