"""Coupons and what flows brought, on the command line."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from cartback.domain.coupon import Goods, Wish
from cartback.engine.codes import give
from cartback.store import open_store
from cartback.wiring import real_clock
from tests.scenarios.command_line import Shell, record
from tests.scenarios.test_cli_flows import FLOW, can_send, leaves_cart

OFFER = """
name: Come back
gives: {kind: amount, amount: 500}
currency: EUR
budget: 100000
"""
MUGS = (Goods(product="mug", price=900, quantity=2),)
POOL = "key: from-till\nname: From the till\ngives: {kind: percent, percent: 10}\ncodes: pool\n"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.run("shop", "create", "Jumpers")
    return shell


def given(shell: Shell, coupon: str) -> str:
    """A code that somebody was given."""
    shell.happens(record("ada@example.com", "Viewed Product"))
    with (
        closing(open_store(f"sqlite:///{shell.folder / 'data' / 'cartback.db'}")) as store,
        store.transaction() as tx,
    ):
        found = give(tx, 1, Wish(coupon=coupon, cart="c1", goods=MUGS), 1, real_clock())
    return str(getattr(found, "code", found))


def test_a_coupon_is_made_changed_archived_and_restored(shell: Shell) -> None:
    assert "There are no coupons yet" in shell.says("coupon", "list")
    assert shell.says("coupon", "create", "-", input=OFFER) == "Made come-back.\n"
    assert "already" in shell.run("coupon", "create", "-", input=OFFER, exit_code=1).stderr
    shown = shell.says("coupon", "show", "come-back")
    document = yaml.safe_load(shown)
    assert (document["key"], document["name"]) == ("come-back", "Come back")
    assert document["gives"] == {"kind": "amount", "amount": 500}
    assert "version 2" in shell.says("coupon", "change", "-", input=shown)
    assert "5.00 EUR off" in shell.says("coupon", "list")
    shell.says("coupon", "archive", "come-back")
    assert shell.json("coupon", "list") == []
    assert [one["status"] for one in shell.json("coupon", "list", "--all")] == ["archived"]
    assert shell.says("coupon", "restore", "come-back") == "Restored come-back.\n"


def test_codes_tell_whose_they_are_and_figures_what_they_cost(shell: Shell) -> None:
    shell.says("coupon", "create", "-", input=OFFER)
    assert shell.says("coupon", "codes", "come-back") == "No code was given.\n"
    code = given(shell, "come-back")
    [one] = shell.json("coupon", "codes", "come-back")
    assert (one["code"], one["who"], one["orders"]) == (code, "ada@example.com", [])
    assert code in shell.says("coupon", "codes", "come-back", "--find", "ada@example.com")
    assert "no such code" in shell.says("coupon", "codes", "come-back", "--find", "bob")
    figures = shell.json("coupon", "figures", "come-back")
    assert (figures["given"], figures["promised"], figures["left"]) == (1, 500, 99_500)
    said = shell.says("coupon", "figures", "come-back")
    assert "come-back is live: 5.00 EUR off." in said
    assert "left of the budget" in said
    assert "995.00 EUR" in said


def test_a_pool_is_filled_with_a_word_on_each_that_cannot_be(shell: Shell) -> None:
    assert shell.says("coupon", "create", "-", input=POOL) == "Made from-till.\n"
    file = shell.file("codes.txt", "AAA-1\nAAA-2, AAA-1\n쿠폰\n")
    ran = shell.run("coupon", "upload", "from-till", file)
    assert ran.stdout == "Added 2 codes, 1 were there. 2 wait in the pool.\n"
    assert "쿠폰 is no code" in ran.stderr
    assert shell.json("coupon", "upload", "from-till", file)["added"] == 0
    assert shell.json("coupon", "figures", "from-till")["pool"] == 2


@pytest.mark.parametrize(
    "arguments, document, says",
    [
        (("create", "-"), "gives: {}", "no `name`"),
        (("create", "-"), "name: A\ngives: {kind: gift}", "kind"),
        (("create", "-"), f"key: A b\n{OFFER}", "is not a key"),
        (("create", "-"), "name: A\nnaem: B\ngives: {kind: free_shipping}", "naem"),
        (("change", "-"), OFFER, "no `key`"),
        (("change", "-"), f"key: none\n{OFFER}", "there is no coupon 'none'; there are: none yet"),
        (("show", "none"), None, "there is no coupon 'none'"),
        (("codes", "none"), None, "there is no coupon 'none'"),
        (("figures", "none"), None, "there is no coupon 'none'"),
        (("archive", "none"), None, "there is no coupon 'none'"),
        (("restore", "none"), None, "there is no archived coupon 'none'"),
        (("upload", "none", "-"), "AAA", "there is no coupon 'none'"),
        (("upload", "none", "no-file.txt"), None, "no-file.txt"),
    ],
)
def test_what_cannot_be_done_with_a_coupon_is_said_in_a_sentence(
    shell: Shell, arguments: tuple[str, ...], document: str | None, says: str
) -> None:
    assert says in shell.run("coupon", *arguments, input=document, exit_code=1).stderr


# --- what flows brought ---------------------------------------------------------------------------


def test_what_a_flow_brought_is_told_by_step(shell: Shell, tmp_path: Path) -> None:
    can_send(shell)
    shell.says("flow", "create", "-", input=FLOW)
    shell.says("flow", "start", "abandoned-cart")
    leaves_cart(shell, tmp_path)
    found: dict[str, Any] = json.loads(shell.says("flow", "figures", "abandoned-cart", "--json"))
    steps = [(one["step"], one["kind"]) for one in found["steps"]]
    assert steps == [("help", "email"), ("proof", "email")]
    assert found["total"]["sent"] == 0
    assert found["total"].keys() >= {"delivered", "opened", "clicked", "recovered", "revenue"}
    table = shell.says("flow", "figures", "abandoned-cart")
    assert table.splitlines()[0].split()[:3] == ["STEP", "SENT", "DELIVERED"]
    assert [line.split()[0] for line in table.splitlines()[1:]] == ["help", "proof", "all"]
    past = shell.json("flow", "figures", "abandoned-cart", "--from", "2020-01-01 00:10")
    assert past["from"].endswith(":00:00Z")


def test_a_period_that_is_none_is_refused(shell: Shell) -> None:
    shell.says("flow", "create", "-", input=FLOW)
    backwards = ("--from", "2026-03-02", "--to", "2026-03-01")
    assert "ends after it begins" in shell.refuses("flow", "figures", "abandoned-cart", *backwards)
    assert "soon" in shell.refuses("flow", "figures", "abandoned-cart", "--from", "soon")
    assert "there is no flow" in shell.refuses("flow", "figures", "none")


# --- templates that are not needed ----------------------------------------------------------------


def test_a_template_is_put_away_and_taken_out(shell: Shell) -> None:
    can_send(shell)
    assert shell.says("template", "archive", "cart-help-lead") == "Archived cart-help-lead.\n"
    assert shell.json("template", "list") == []
    assert len(shell.json("template", "list", "--all")) == 1
    assert "no template 'none'" in shell.refuses("template", "restore", "none")
    shell.says("template", "restore", "cart-help-lead")
    shell.says("flow", "create", "-", input=FLOW)
    said = shell.refuses("template", "archive", "cart-help-lead")
    assert said == "flows send this template: 'abandoned-cart'; change them first"
