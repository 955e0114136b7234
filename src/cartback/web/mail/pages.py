"""Pages for people who have no account: no cookies, no scripts, nothing loaded from elsewhere."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cartback.engine.mailing import Mailing
from cartback.web.console.render import asset
from cartback.web.console.words import Words
from cartback.web.mail.ground import words_of


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("cartback.web.mail"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.globals["asset"] = asset
    return made


NOBODY: Final = ""


def page(
    template: str,
    say: Words,
    mailing: Mailing | None,
    values: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> Response:
    """The template in the shop's language, under the shop's name."""
    text = (
        _environment()
        .get_template(template)
        .render(
            {
                "say": say,
                "_": say.gettext,
                "gettext": say.gettext,
                "ngettext": say.ngettext,
                "shop_name": NOBODY if mailing is None else mailing.name,
                "shop_url": NOBODY if mailing is None else mailing.url or NOBODY,
                **(values or {}),
            }
        )
    )
    return HTMLResponse(text, status_code=status)


def nothing_here(request: Request, say: Words | None = None, status: int = 404) -> Response:
    """The link leads nowhere: calmly, and the same for whatever reason."""
    return page("nothing.html", say or words_of(request), None, status=status)
