"""The manual: docs/ in the console's look, and the API's reference. For everybody.

The pages are English; the frame around them is in the visitor's language.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cartback.web.console.asked import Asked, Refused
from cartback.web.console.guard import Guard
from cartback.web.console.manual_page import documented, example_of, page_of, picture_of
from cartback.web.console.manual_reference import reference
from cartback.web.console.render import page
from cartback.web.console.words import Words

HOME: Final = "/docs"
FIRST: Final = "quick-start"
REFERENCE: Final = "reference"
SCHEMA: Final = "schemas/{kind}.schema.json"
SCHEMAS: Final = frozenset({"segment", "flow", "template", "coupon"})


class Chapter(NamedTuple):
    """Pages that belong together, each with its name and how it is called in the contents."""

    title: str
    pages: Sequence[tuple[str, str]]


def contents(words: Words) -> Sequence[Chapter]:
    """Every page, in the order in which to read."""
    _ = words.gettext
    return (
        Chapter(
            _("Beginning"),
            [
                (FIRST, _("Quick start")),
                ("concepts", _("Concepts")),
                ("console", _("The console")),
                ("glossary", _("Glossary")),
            ],
        ),
        Chapter(
            _("Segments"),
            [
                ("segments", _("The segment language")),
                ("explain", _("Explanations")),
                ("documents", _("Definitions in Git")),
                ("klaviyo", _("Segments from Klaviyo")),
            ],
        ),
        Chapter(
            _("Messages"),
            [
                ("flows", _("Flows")),
                ("email", _("E-mail")),
                ("mails", _("Ready-made mails")),
                ("attribution", _("What messages bring back")),
                ("consent", _("Consent and law")),
                ("coupons", _("Coupons")),
                ("products", _("Products and reviews")),
            ],
        ),
        Chapter(
            _("Events"), [("ingestion", _("Sending events")), ("replay", _("Replaying a log"))]
        ),
        Chapter(_("Programs"), [("api", _("The HTTP API")), (REFERENCE, _("API reference"))]),
        Chapter(
            _("Running it"),
            [
                ("operations", _("Operations")),
                ("cli", _("The command line")),
                ("tape", _("The tape")),
            ],
        ),
        Chapter(
            _("How it is made"), [("architecture", _("Architecture")), ("adr", _("Decisions"))]
        ),
    )


def routes(guard: Guard) -> Sequence[BaseRoute]:
    return [
        Route(HOME, guard.open(first), methods=["GET"]),
        Route(f"{HOME}/{REFERENCE}", guard.open(api_reference), methods=["GET"]),
        Route(f"{HOME}/{SCHEMA}", guard.open(schema), methods=["GET"]),
        Route(f"{HOME}/examples/{{file}}", guard.open(example), methods=["GET"]),
        Route(f"{HOME}/pictures/{{file}}", guard.open(picture), methods=["GET"]),
        Route(f"{HOME}/{{page:path}}", guard.open(any_page), methods=["GET"]),
    ]


def first(asked: Asked) -> Response:
    """Where to begin."""
    return _shown(asked, FIRST)


def any_page(asked: Asked) -> Response:
    """A page of docs/ by its name."""
    return _shown(asked, asked.part("page"))


def schema(asked: Asked) -> Response:
    """The JSON Schema of a kind of document, for editors."""
    kind = asked.part("kind")
    if kind not in SCHEMAS:
        raise Refused(404)
    return JSONResponse(documented(SCHEMA.format(kind=kind)))


def example(asked: Asked) -> Response:
    """A file that a page speaks of, to copy."""
    found = example_of(asked.part("file"))
    if found is None:
        raise Refused(404)
    return PlainTextResponse(found)


def picture(asked: Asked) -> Response:
    """A picture that a page shows."""
    found = picture_of(asked.part("file"))
    if found is None:
        raise Refused(404)
    return Response(found, media_type="image/webp", headers={"cache-control": "max-age=3600"})


def api_reference(asked: Asked) -> Response:
    """Everything below /api/v1, out of its OpenAPI document."""
    values = {"name": REFERENCE, "contents": contents(asked.say), "api": reference()}
    return page(asked, "manual-reference.html", values)


def _shown(asked: Asked, name: str) -> Response:
    found = page_of(name)
    if found is None:
        raise Refused(404)
    chapter = name.partition("/")[0]
    values = {"name": chapter, "contents": contents(asked.say), "text": found}
    return page(asked, "manual-page.html", values)
