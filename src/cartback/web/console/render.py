"""Pages out of templates. Everything that is put into one is escaped."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cartback.domain.letters import isolated
from cartback.engine.access_ports import ROLES
from cartback.web.console.asked import THEMES, Asked, AtShop
from cartback.web.console.metrics import metric_name
from cartback.web.console.words import LANGUAGES

STATIC: Final = files("cartback.web.console") / "static"


@cache
def environment() -> Environment:
    """The templates, compiled once."""
    made = Environment(
        loader=PackageLoader("cartback.web.console"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.globals["asset"] = asset
    made.globals["languages"] = LANGUAGES
    made.globals["themes"] = THEMES
    made.globals["roles"] = ROLES
    made.filters["merged"] = lambda one, other: {**one, **other}
    made.filters["isolated"] = isolated
    made.filters["segment"] = lambda text: quote(str(text), safe="")
    return made


@cache
def asset(name: str) -> str:
    """Where a static file is, for ever: another content has another address."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


def page(
    asked: Asked,
    template: str,
    values: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The template, spoken in the visitor's language."""
    say = asked.say
    made = environment()
    text = made.get_template(template).render(
        {
            "asked": asked,
            "say": say,
            "_": say.gettext,
            "gettext": say.gettext,
            "ngettext": say.ngettext,
            "metric_name": lambda metric: metric_name(metric, say.language),
            "here": asked.request.url.path,
            "edits": False,
            "at": asked if isinstance(asked, AtShop) else None,
            **(values or {}),
        }
    )
    return HTMLResponse(text, status_code=status, headers=dict(headers or {}))


def see(path: str) -> Response:
    """Look there next (303): what was sent is not sent again by going back or reloading."""
    return RedirectResponse(path, status_code=303)


def is_local(path: str) -> bool:
    """Whether it leads nowhere but to this console."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
