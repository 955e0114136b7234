"""What operators ask over HTTP, and that no failure of ours makes a sender throw events away."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import MutableMapping
from typing import Any

import pytest

from cartback.web.health import Operations, Receive, Scope, Send


async def collect(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for everything else."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"collected"})


async def fails(scope: Scope, receive: Receive, send: Send) -> None:
    raise OSError("the disk is full")


async def fails_halfway(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise OSError("the disk is full")


def get(app: Operations, path: str) -> list[MutableMapping[str, Any]]:
    """What is sent back."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app({"type": "http", "path": path}, receive, send))
    return sent


def operations(app: Any = collect, wrong: str | None = None) -> Operations:  # noqa: ANN401  an app
    return Operations(app, is_ready=lambda: wrong, figures=lambda: b"figures 1\n")


def test_it_is_ready_when_nothing_is_wrong() -> None:
    start, body = get(operations(), "/readyz")
    assert (start["status"], body["body"]) == (200, b'{"ready":true}')


def test_it_says_why_it_is_not_ready() -> None:
    start, body = get(operations(wrong="database: it does not answer"), "/readyz")
    assert (start["status"], json.loads(body["body"])) == (
        503,
        {"error": "database: it does not answer"},
    )
    assert (b"retry-after", b"5") in start["headers"]


def test_figures_are_plain_text() -> None:
    start, body = get(operations(), "/metrics")
    assert body["body"] == b"figures 1\n"
    assert (b"content-type", b"text/plain; version=0.0.4; charset=utf-8") in start["headers"]


def test_all_else_is_passed_on() -> None:
    assert get(operations(), "/v1/track")[1]["body"] == b"collected"


def test_a_sender_is_told_to_come_again_when_something_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        start, body = get(operations(fails), "/v1/track")
    assert start["status"] == 503
    assert b"again" in body["body"]
    assert b"disk" not in body["body"], "the reason is for the log"
    assert "the disk is full" in caplog.text


def test_an_answer_that_has_begun_is_not_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    assert [one["status"] for one in get(operations(fails_halfway), "/v1/track")] == [200]
    assert "the disk is full" in caplog.text


def test_what_is_not_http_is_left_alone() -> None:
    asyncio.run(operations(fails)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
