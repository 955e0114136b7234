"""Flows, templates and mailing on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from cartback.channels.email.catcher import Catcher
from cartback.domain.instant import HOUR
from cartback.engine.flows import create_flow, put_flows
from cartback.store import open_store
from cartback.wiring import real_clock
from tests.email.dns_server import name_server
from tests.scenarios.command_line import Shell

FLOW = """
key: abandoned-cart
name: Abandoned cart
trigger: {kind: cart_abandoned}
steps:
  - {kind: email, key: help, template: cart-help-lead}
  - {kind: wait, key: a-day, for: 1 day}
  - {kind: email, key: proof, template: cart-help-lead}
"""
MAILING = "sender: hello@shop.example\nname: Mugs\n"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.run("shop", "create", "Jumpers")
    return shell


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    one = Catcher(lambda: datetime(2026, 3, 2, tzinfo=UTC))
    one.start()
    yield one
    one.stop()


def can_send(shell: Shell) -> None:
    shell.says("mailing", "set", "-", input=MAILING)
    ready = shell.says("template", "ready", "cart-help-lead")
    shell.says("template", "save", "-", input=ready)


def test_a_flow_is_made_started_paused_and_archived(shell: Shell) -> None:
    assert "There are no flows yet" in shell.says("flow", "list")
    assert "a draft" in shell.says("flow", "create", "-", input=FLOW)
    refused = shell.run("flow", "start", "abandoned-cart", exit_code=1).stderr
    assert "template 'cart-help-lead', which is not there" in refused
    assert "cartback mailing set FILE" in refused
    can_send(shell)
    assert "is live" in shell.says("flow", "start", "abandoned-cart")
    assert "is paused" in shell.says("flow", "pause", "abandoned-cart")
    shell.says("flow", "start", "abandoned-cart")
    [row] = json.loads(shell.says("flow", "list", "--json"))
    assert (row["key"], row["status"], row["waiting"]) == ("abandoned-cart", "live", 0)
    shell.says("flow", "archive", "abandoned-cart")
    assert json.loads(shell.says("flow", "list", "--json")) == []
    assert "is live" in shell.says("flow", "start", "abandoned-cart")


def test_what_is_shown_can_be_changed(shell: Shell) -> None:
    shell.says("flow", "create", "-", input=FLOW)
    shown = shell.says("flow", "show", "abandoned-cart")
    assert yaml.safe_load(shown)["key"] == "abandoned-cart"
    assert "version 2" in shell.says("flow", "change", "-", input=shown)
    steps = json.loads(shell.says("flow", "show", "abandoned-cart", "--steps", "--json"))
    assert steps["steps"] == {"help": 0, "a-day": 0, "proof": 0}
    assert "is draft, version 2" in shell.says("flow", "show", "abandoned-cart", "--steps")


CALL = """
key: call
name: Call
trigger: {kind: cart_abandoned}
steps: [{kind: webhook, key: till, url: "http://192.168.0.1/"}]
"""


@pytest.mark.parametrize(
    "arguments, document, says",
    [
        (("flow", "create", "-"), "name: A", "no `key`"),
        (("flow", "create", "-"), FLOW.replace("wait,", "wiat,"), "did you mean 'wait'"),
        (("flow", "create", "-"), CALL, "may not be called"),
        (("flow", "change", "-"), FLOW, "there is no flow 'abandoned-cart'; there are: none yet"),
        (("flow", "show", "none"), None, "there is no flow 'none'"),
        (("flow", "why", "nobody@example.com"), None, "there is nobody"),
        (("flow", "runs", "none"), None, "there is no flow 'none'"),
        (("template", "save", "-"), "key: a", "no `name`"),
        (("template", "show", "none"), None, "there is no template 'none'"),
        (("template", "ready", "none"), None, "there are: cart-help-lead"),
        (("template", "send", "none", "--to", "a@b.example"), None, "CARTBACK_SMTP"),
        (("mailing", "show"), None, "cartback mailing set FILE"),
        (("mailing", "set", "-"), "sender: nobody", "$.sender"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    shell: Shell, arguments: tuple[str, ...], document: str | None, says: str
) -> None:
    assert says in shell.run(*arguments, input=document, exit_code=1).stderr


def test_a_template_whose_liquid_is_wrong_is_not_saved(shell: Shell) -> None:
    ready = shell.says("template", "ready", "cart-help-lead", "--language", "ko")
    wrong = ready.replace("{{ links.restore }}", "{{ links.restore | bigg }}")
    assert "bigg" in shell.run("template", "save", "-", input=wrong, exit_code=1).stderr
    assert "There are no templates yet" in shell.says("template", "list")
    assert "Saved cart-help-lead" in shell.says("template", "save", "-", input=ready)
    assert "cart-help-lead" in shell.says("template", "list")
    assert shell.says("template", "show", "cart-help-lead") == ready


def test_a_template_is_sent_to_try_it(tmp_path: Path, shell: Shell, catcher: Catcher) -> None:
    can_send(shell)
    server = f"smtp+plain://127.0.0.1:{catcher.port}"
    sending = Shell(tmp_path, CARTBACK_SMTP=server)
    said = sending.says("template", "send", "cart-help-lead", "--to", "me@shop.example")
    assert said == "Sent to me@shop.example.\n"
    [mail] = catcher.mails()
    assert mail.subject == "Ada, we saved your cart"
    assert "Blue mug" in mail.html()


def test_a_server_that_is_away_is_said(tmp_path: Path, shell: Shell, catcher: Catcher) -> None:
    can_send(shell)
    port = catcher.port
    catcher.stop()
    sending = Shell(tmp_path, CARTBACK_SMTP=f"smtp+plain://127.0.0.1:{port}")
    wanted = ("template", "send", "cart-help-lead", "--to", "me@shop.example")
    assert "it was not sent: " in sending.run(*wanted, exit_code=1).stderr


# --- people ---------------------------------------------------------------------------------------


def leaves_cart(shell: Shell, tmp_path: Path) -> None:
    """Two hours ago, by the log of a shop; time goes on in a replay of it."""
    now = real_clock()
    log = tmp_path / "log.jsonl"
    events: list[dict[str, Any]] = [
        {"metric": "Subscribed", "properties": {"channel": "email"}, "time": now - 5 * HOUR},
        {
            "metric": "Cart Updated",
            "properties": {"cart_id": "c1", "lines": [{"product_id": "mug", "price": 900}]},
            "time": now - 4 * HOUR,
        },
        {"metric": "Identified", "time": now - HOUR},
    ]
    lines = [
        json.dumps({**one, "id": f"e{place}", "email": "ada@example.com", "time": _text(one)})
        for place, one in enumerate(events)
    ]
    log.write_text("\n".join(lines))
    shell.says("replay", str(log))


def _text(event: dict[str, Any]) -> str:
    return datetime.fromtimestamp(event["time"] / 1_000, UTC).isoformat()


def test_who_is_on_the_way_and_why(shell: Shell, tmp_path: Path) -> None:
    can_send(shell)
    shell.says("flow", "create", "-", input=FLOW)
    shell.says("flow", "start", "abandoned-cart")
    leaves_cart(shell, tmp_path)
    [run] = json.loads(shell.says("flow", "runs", "abandoned-cart", "--json"))
    assert (run["who"], run["step"], run["cart"]) == ("ada@example.com", "a-day", "c1")
    assert "ada@example.com" in shell.says("flow", "runs", "abandoned-cart")
    told = shell.says("flow", "why", "ada@example.com")
    assert "Sent: every rule allowed it." in told
    assert told.index("Waits") < told.index("Entered the automation: its trigger happened.")
    korean = shell.says("flow", "why", "ada@example.com", "--language", "ko", "--json")
    assert json.loads(korean)[-1]["told"] == "자동화에 들어왔어요: 시작 조건이 일어났어요."
    one = shell.says("flow", "why", "ada@example.com", "--flow", "abandoned-cart", "--limit", "1")
    assert "Waits" in one
    assert "Entered" not in one


# --- the doctor -----------------------------------------------------------------------------------


def examined(shell: Shell, exit_code: int = 0) -> dict[str, Any]:
    found = json.loads(shell.run("doctor", "--json", exit_code=exit_code).stdout)
    return {one["check"]: one for one in found}


def test_the_doctor_asks_a_shop_without_flows_for_no_mail_server(shell: Shell) -> None:
    assert not {"mail server", "flows", "messages"} & examined(shell).keys()


def test_the_doctor_says_what_keeps_mail_from_leaving(shell: Shell, tmp_path: Path) -> None:
    document = yaml.safe_load(FLOW)
    document.pop("key")
    with closing(open_store(f"sqlite:///{tmp_path / 'data' / 'cartback.db'}")) as store:
        row = create_flow(store, 1, "abandoned-cart", document, real_clock())
        with store.transaction() as tx:  # set_status would refuse to start it
            tx.save_flow(1, msgspec.structs.replace(row, status="live"))
            put_flows(tx, 1)
    found = examined(shell, exit_code=1)
    assert "CARTBACK_SMTP" in found["mail server"]["says"]
    assert "abandoned-cart: step 'help' sends the template" in found["flows"]["says"]
    can_send(shell)
    with name_server({}) as (host, port):  # which knows nothing of the sender's domain
        set_up = Shell(
            tmp_path,
            CARTBACK_SMTP="smtp://mail.example.com:587",
            CARTBACK_DNS_SERVER=f"{host}#{port}",
        )
        found = examined(set_up, exit_code=1)
        assert found["mail server"]["well"]
        assert found["flows"]["says"] == "1 live, 0 paused"
        leaves_cart(shell, tmp_path)
        assert found.keys() | {"messages", "mail that came back"} == (
            examined(set_up, exit_code=1).keys()
        )


def test_the_doctor_says_which_coupons_have_run_out(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "defined" / "coupons").mkdir(parents=True)
    (tmp_path / "defined" / "coupons" / "ten.yaml").write_text(
        "name: Ten\ngives: {kind: percent, percent: 10}\ncodes: pool\n"
    )
    assert "coupons" not in examined(shell)
    shell.says("apply", str(tmp_path / "defined"))
    found = examined(shell, exit_code=1)["coupons"]
    assert found["says"].startswith("1 live; ten has 0 codes left of 0; upload codes")
