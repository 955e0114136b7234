"""What is changed by command is in the log of who changed what."""

from __future__ import annotations

from pathlib import Path

from cartback.config import read_config
from cartback.wiring import installation
from tests.scenarios.command_line import ABANDONERS, KEY, Shell, record


def lines(shell: Shell) -> list[tuple[str, str]]:
    """What the command line did, the oldest first."""
    with installation(read_config(shell.environment)) as base, base.store.reading() as reading:
        found = reading.audit(1, 2**62, 99)
    assert {one.who for one in found} == {"command line"}
    return [(one.action, one.subject) for one in reversed(found)]


def test_every_change_by_command_is_noted_once(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Tea")
    made = shell.json("keys", "create", "--label", "hook")
    shell.says("keys", "revoke", str(made["id"]))
    for _ in range(2):
        shell.says("shop", "settings", "--zone", "Asia/Seoul")
    shell.says("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
    shell.refuses("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
    shell.says("segment", "archive", KEY)
    assert "Restored" in shell.says("segment", "restore", KEY)
    shell.says("export", str(tmp_path / "definitions"))
    file = tmp_path / "definitions" / "segments" / f"{KEY}.yaml"
    file.write_text(file.read_text().replace("1 week", "2 weeks"))
    for _ in range(2):
        shell.says("apply", str(tmp_path / "definitions"))
    shell.happens(record("ada@example.com", "Viewed Product"), record("7", "Viewed Product"))
    shell.says("profile", "merge", "ada@example.com", "external_id:7")
    shell.says("profile", "undo", "1")
    shell.says("profile", "erase", "ada@example.com", "--yes")
    shell.says("users", "link", "ben@example.com")
    assert [action for action, _ in lines(shell)] == [
        "made shop",
        "made key",
        "revoked key",
        "changed settings",
        "made segment",
        "archived segment",
        "restored segment",
        "applied",
        "merged",
        "undid merge",
        "erased person",
        "invited",
    ]
    assert ("applied", KEY) in lines(shell)


def test_so_is_what_is_changed_of_flows_coupons_and_the_catalog(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Tea")
    shell.says("mailing", "set", "-", input="sender: hello@tea.example")
    ready = shell.says("template", "ready", "cart-help-lead")
    shell.says("template", "save", "-", input=ready)
    flow = "key: cart\nname: Cart\ntrigger: {kind: cart_abandoned}\nsteps: [{kind: end, key: z}]"
    shell.says("flow", "create", "-", input=flow)
    shell.says("flow", "change", "-", input=flow)
    shell.says("flow", "start", "cart")
    shell.says("template", "archive", "cart-help-lead")
    shell.says("template", "restore", "cart-help-lead")
    offer = "key: ten\nname: Ten\ngives: {kind: percent, percent: 10}\ncodes: pool"
    shell.says("coupon", "create", "-", input=offer)
    shell.says("coupon", "change", "-", input=offer)
    shell.says("coupon", "upload", "ten", "-", input="AAA-1")
    shell.says("coupon", "archive", "ten")
    shell.says("coupon", "restore", "ten")
    for _ in range(2):
        shell.says("suppressions", "add", "ada@example.com")
    shell.says("suppressions", "remove", "ada@example.com")
    shell.says("catalog", "import", shell.file("goods.csv", "id,title,price\nmug,Mug,9.00 EUR\n"))
    assert [action for action, _ in lines(shell)][1:] == [
        "changed who mail is from",
        "saved template",
        "made flow",
        "changed flow",
        "set flow to",
        "archived template",
        "restored template",
        "made coupon",
        "changed coupon",
        "uploaded codes",
        "archived coupon",
        "restored coupon",
        "added suppressions",
        "removed suppression",
        "saved products",
    ]
