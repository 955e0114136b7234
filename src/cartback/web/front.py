"""Which application answers: events first, then links of mails; all else is the console's."""

from typing import Final

from cartback.web.health import App, Receive, Scope, Send
from cartback.web.onsite.collect import HEALTH

_EVENTS: Final = "/v1/"
_LINKS: Final = "/e/"


class Front:
    """Looks at the beginning of the path, and at nothing else."""

    def __init__(self, collect: App, console: App, mail_links: App | None = None) -> None:
        self._collect = collect
        self._console = console
        self._mail_links = mail_links or console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path.startswith(_EVENTS) or path.rstrip("/") in (HEALTH, "/v1"):
            await self._collect(scope, receive, send)
        elif path.startswith(_LINKS):
            await self._mail_links(scope, receive, send)
        else:
            await self._console(scope, receive, send)
