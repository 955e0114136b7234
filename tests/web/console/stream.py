"""A stream of server-sent events as a browser reads it (WHATWG HTML, section 9.2.6)."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PATIENCE_SECONDS = 20


class Said(NamedTuple):
    """One event; a comment or a `retry` is an event without a name."""

    name: str = ""
    data: Any = None
    id: str = ""
    other: str = ""


class Stream:
    """An open request. What it is not told within its patience fails the test."""

    def __init__(
        self, url: str, path: str, cookie: str = "", last: str = "", host: str = ""
    ) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=PATIENCE_SECONDS
        )
        headers = {
            "cookie": cookie,
            "last-event-id": last,
            "accept": "text/event-stream",
            "host": host,
        }
        self._connection.request("GET", path, headers={k: v for k, v in headers.items() if v})
        self.answer = self._connection.getresponse()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.answer.close()
        self._connection.close()

    def said(self) -> Iterator[Said]:
        """Event by event, until the server ends it."""
        fields: dict[str, str] = {}
        while line := self.answer.readline():
            text = line.decode().rstrip("\n")
            if text:
                name, _, value = text.partition(":")
                fields[name] = value.removeprefix(" ")
                continue
            data = json.loads(fields["data"]) if "data" in fields else None
            other = f"{fields.get('', '')}{fields.get('retry', '')}"
            yield Said(fields.get("event", ""), data, fields.get("id", ""), other)
            fields = {}

    def until(self, name: str) -> Said:
        """The next event of that name."""
        return next(one for one in self.said() if one.name == name)
