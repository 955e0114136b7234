"""Windows of time: what their fields say as a document, and back."""

from typing import Final

from cartback.web.console.typed import Document, Fields, given, length, length_fields

WINDOWS: Final = (
    "ever",
    "last",
    "more_than_ago",
    "between_ago",
    "day",
    "week",
    "month",
    "after",
    "before",
    "between",
)
"""Automations have one more: `since_run_start`, since this person entered."""


def window_of(fields: Fields) -> Document:
    """The part of a condition that says when. Raises KeyError and Fault."""
    match fields.get("window", "ever"):
        case "last" | "more_than_ago" as kind:
            return {"within": {"kind": kind, "duration": length(fields, "n", "unit")}}
        case "between_ago":
            near, far = length(fields, "n", "unit"), length(fields, "n2", "unit2")
            return {"within": {"kind": "between_ago", "nearest": near, "farthest": far}}
        case "day" | "week" | "month" as unit:
            return {"within": {"kind": "calendar", "unit": unit}}
        case "after" | "before" as kind:
            return {"within": {"kind": kind, "at": given(fields, "date")}}
        case "between":
            start, end = given(fields, "date"), given(fields, "date2")
            return {"within": {"kind": "between", "start": start, "end": end}}
        case "since_run_start" as kind:
            return {"within": {"kind": kind}}
    return {}


def window_fields(document: Document) -> dict[str, str]:
    """A condition's window as the form's fields. Raises for one that it cannot show."""
    match document.get("within"):
        case None | {"kind": "ever"}:
            return {"window": "ever"}
        case {"kind": "last" | "more_than_ago" as kind, "duration": duration}:
            return {"window": kind, **length_fields(duration, "n", "unit")}
        case {"kind": "between_ago", "nearest": near, "farthest": far}:
            nearest = length_fields(near, "n", "unit")
            return {"window": "between_ago", **nearest, **length_fields(far, "n2", "unit2")}
        case {"kind": "calendar", "unit": unit}:
            return {"window": unit}
        case {"kind": "after" | "before" as kind, "at": at}:
            return {"window": kind, "date": at}
        case {"kind": "between", "start": start, "end": end}:
            return {"window": "between", "date": start, "date2": end}
        case {"kind": "since_run_start" as kind}:
            return {"window": kind}
    raise ValueError("another window")
