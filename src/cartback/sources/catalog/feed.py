"""A feed asked over HTTP, through the guard, with what its server said of its version last time."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cartback.domain.fault import Fault
from cartback.engine.feeding import Answered, Asks, Fed, Feed, FeedFailed
from cartback.fetch import CallFailed, Forbidden, Guard, Limits, download
from cartback.sources.catalog.files import UnreadableCatalog, read_products

LIMITS: Final = Limits(connect=20, total=600, size=512 * 1024 * 1024)
_OK: Final = 200
_NOT_MODIFIED: Final = 304


def asking(guard: Guard, limits: Limits = LIMITS) -> Asks:
    """Asks feeds through that guard."""

    @contextmanager
    def ask(feed: Feed, before: Fed, currency: str) -> Iterator[Answered]:
        with tempfile.NamedTemporaryFile(prefix="cartback-feed-") as file:
            try:
                answer = download(guard, feed.url, file, headers=_version(before), limits=limits)
            except (Forbidden, CallFailed) as error:
                raise FeedFailed(str(error)) from None
            if answer.status == _NOT_MODIFIED:
                yield Answered(None, before.etag, before.modified)
                return
            if answer.status != _OK:
                raise FeedFailed(str(Fault("feed_answered", status=answer.status)))
            file.flush()
            version = (answer.headers.get(name, "")[:300] for name in ("etag", "last-modified"))
            try:
                yield Answered(read_products(Path(file.name), currency), *version)
            except (UnreadableCatalog, OSError) as error:
                raise FeedFailed(str(error)) from None

    return ask


def _version(before: Fed) -> dict[str, str]:
    """Conditional request headers (RFC 9110, 13.1)."""
    headers = {"If-None-Match": before.etag, "If-Modified-Since": before.modified}
    return {name: value for name, value in headers.items() if value}
