"""What is in doubt, listed and settled on the command line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cartback.config import read_config
from cartback.domain.instant import DAY, HOUR
from cartback.domain.profile import RunId
from cartback.engine.flow_ports import MessageRow
from cartback.wiring import installation, real_clock
from tests.scenarios.command_line import Shell, record

FLOW = """
key: cart
name: Cart
trigger: {kind: cart_abandoned}
steps:
  - {kind: email, key: help, template: help}
"""
ADA, BOB, LATE = "a" * 24, "b" * 24, "c" * 24


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Of two mails, and of one that is of no use any more, nobody knows whether they arrived."""
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Tea")
    shell.says("flow", "create", "-", input=FLOW)
    shell.happens(record("ada@example.com", "Viewed Product"))
    now = real_clock()
    with installation(read_config(shell.environment)) as base, base.store.transaction() as tx:
        for number, key in enumerate((ADA, BOB, LATE)):
            at = now - number * HOUR
            useful = at + DAY if key != LATE else at
            row = MessageRow(key, 1, RunId("cart", 1, key[:1], at), "help", "email", at, useful, at)
            tx.queue(1, [row])
            doubted = {"status": "in_doubt", "claimed": at, "recipient": f"{key[0]}@example.com"}
            tx.save_message(1, msgspec.structs.replace(row, **doubted, error="it hung up"), row)
    return shell


def waiting(shell: Shell, *options: str) -> list[str]:
    return [one["message"] for one in shell.json("doubts", "list", *options)]


def test_they_are_listed_and_settled_one_by_one(shell: Shell) -> None:
    [first, *_] = shell.json("doubts", "list")
    assert (first["message"], first["to"], first["flow"]) == (ADA, "a@example.com", "cart")
    assert (first["step"], first["why"]) == ("help", "it hung up")
    assert "it hung up" in shell.says("doubts", "list", "--limit", "1")
    assert "cartback doubts" in shell.run("doctor", exit_code=1).stdout
    assert "1 message settled" in shell.says("doubts", "settle", "arrived", ADA)
    assert waiting(shell) == [BOB, LATE]
    refused = shell.run("doubts", "settle", "arrived", ADA, "nothing", exit_code=1)
    assert "0 messages settled" in refused.stdout
    assert f"{ADA}: it is not in doubt any more" in refused.stderr
    assert "nothing: there is no such message" in refused.stderr
    shell.says("doubts", "settle", "reopen", ADA)
    assert waiting(shell) == [ADA, BOB, LATE]


def test_all_of_them_are_settled_together(shell: Shell) -> None:
    assert "3 messages settled" in shell.says("doubts", "settle", "leave", "--all")
    assert "Nothing is in doubt." in shell.says("doubts", "list")
    assert waiting(shell, "--left") == [ADA, BOB, LATE]
    assert "name the messages" in shell.refuses("doubts", "settle", "reopen", "--all")
    for neither in ((), ("--all", ADA)):
        assert "or say --all" in shell.refuses("doubts", "settle", "leave", *neither)
    shell.says("doubts", "settle", "reopen", ADA)
    assert waiting(shell) == [ADA]


def test_sending_again_is_asked_once_and_tells_what_is_too_late(shell: Shell) -> None:
    asked = shell.run("doubts", "settle", "again", "--all", input="n\n", exit_code=1)
    assert "Send 3 messages again?" in asked.stderr
    assert waiting(shell) == [ADA, BOB, LATE]
    answered = shell.run("doubts", "settle", "again", "--all", "--yes", "--json", exit_code=1)
    assert f'"settled": [\n    "{ADA}",\n    "{BOB}"\n  ]' in answered.stdout
    assert "no use any more" in answered.stdout
    assert waiting(shell) == [LATE]


def test_each_is_noted(shell: Shell) -> None:
    shell.says("doubts", "settle", "arrived", ADA, ADA, BOB)
    with installation(read_config(shell.environment)) as base, base.store.reading() as reading:
        noted = [one for one in reading.audit(1, 2**62, 99) if one.action == "settled message"]
    assert [one.subject for one in noted] == [BOB, ADA]
    assert all(one.detail["act"] == "arrived" for one in noted)
