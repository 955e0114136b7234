"""`cartback users`: links for those who cannot come in, and who works for a shop."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cartback.domain.instant import SECOND
from cartback.engine.access import join, open_link, set_up, visitor
from cartback.store import open_store
from cartback.wiring import real_clock
from tests.scenarios.command_line import Shell, up

PASSWORD = "correct horse battery"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Tea")
    return shell


def _token(said: str) -> str:
    return said.strip().rpartition("/links/")[2]


def test_the_first_owner_and_a_colleague(shell: Shell) -> None:
    token = _token(shell.says("users", "set-up"))
    with closing(open_store(str(next(shell.folder.rglob("cartback.db"))))) as store:
        now = real_clock() + SECOND
        set_up(store, token, email="ada@example.com", name="Ada", password=PASSWORD, now=now)
        assert "set up already" in shell.refuses("users", "set-up")
        token = _token(shell.says("users", "link", "ben@example.com", "--role", "marketer"))
        join(store, token, name="Ben", password=PASSWORD, now=now)
        assert [(one["email"], one["role"]) for one in shell.json("users", "list")] == [
            ("ada@example.com", "owner"),
            ("ben@example.com", "marketer"),
        ]
        token = _token(shell.says("users", "link", "ben@example.com"))
        with store.reading() as reading:
            assert open_link(reading, token, now).purpose == "password"
        assert visitor(store, token, now) is None, "a link is no session"
    assert "e-mail address" in shell.refuses("users", "link", "nonsense")


def test_up_prints_the_link_until_somebody_has_an_account(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with up(shell) as server:
        assert f"{server.url}/links/" in server.output
        assert server.get("/sign-in").status == 200
        assert server.get("/healthz").text == "ok"
        assert server.get("/v1/nothing").status == 404
