"""Shops and write keys by command, drops and quarantine, and help that teaches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cartback.cli import main
from cartback.config import OURS, read_config
from cartback.domain.drop import DropReason
from cartback.engine.keys import KeyRing, digest_of
from cartback.wiring import installation
from tests.scenarios.command_line import ABANDONERS, Shell, record


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_shop_is_made_with_two_keys_that_are_shown_once(shell: Shell) -> None:
    made = shell.json("shop", "create", "Tea and cake")
    assert made["public"].startswith("cb_pub_")
    assert made["secret"].startswith("cb_sec_")
    listed = shell.says("keys", "list")
    assert made["public"] not in listed
    assert f"cb_pub_…{made['public'][-4:]}" in listed
    stored = (shell.folder / "data" / "cartback.db").read_bytes()
    assert made["secret"].encode() not in stored
    assert made["public"].encode() in stored, "it stands in pages; examples are filled in with it"


@pytest.mark.parametrize("name", ["", "  ", "7", "x" * 201, "bell\x07"])
def test_a_shop_has_a_name(shell: Shell, name: str) -> None:
    assert "name" in shell.refuses("shop", "create", name)


def test_two_shops_do_not_share_a_name(shell: Shell) -> None:
    shell.says("shop", "create", "Tea")
    assert shell.refuses("shop", "create", "TEA") == "there is a shop 'TEA' already"


def test_a_command_without_a_shop_says_how_to_make_one(shell: Shell) -> None:
    assert shell.refuses("segment", "list") == (
        "there is no shop yet; make one with: cartback shop create NAME"
    )


def test_a_shops_settings_are_shown_and_changed(shell: Shell) -> None:
    shell.says("shop", "create", "Tea")
    shell.says("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
    assert shell.json("shop", "settings")["zone"] == "UTC"
    shell.says("shop", "settings", "--zone", "Asia/Seoul", "--currency", "KRW")
    changed = shell.json("shop", "settings", "--cart-idle", "45 minutes")
    assert changed == {
        "zone": "Asia/Seoul",
        "currency": "KRW",
        "country": "",
        "cart_idle": "45 minutes",
        "checkout_idle": "60 minutes",
    }
    assert "+09:00" in shell.says("segment", "list")
    assert shell.json("segment", "list")[0]["status"] == "live"


@pytest.mark.parametrize(
    "option, value, sentence",
    [
        ("--zone", "Mars/Olympus", "is not a time zone"),
        ("--currency", "euro", "ISO 4217"),
        ("--cart-idle", "soon", "is not a duration"),
    ],
)
def test_bad_settings_are_refused(shell: Shell, option: str, value: str, sentence: str) -> None:
    shell.says("shop", "create", "Tea")
    assert sentence in shell.refuses("shop", "settings", option, value)


def test_shops_are_listed(shell: Shell) -> None:
    assert shell.json("shop", "list") == []
    shell.says("shop", "create", "Tea")
    shell.happens(record("ada@example.com", "Viewed Product"))
    [row] = shell.json("shop", "list")
    assert (row["name"], row["profiles"], row["events"]) == ("Tea", 1, 1)


def test_a_key_is_made_and_revoked(shell: Shell) -> None:
    shell.says("shop", "create", "Tea")
    made = shell.run("keys", "create", "--kind", "secret", "--label", "webhook")
    token = made.stdout.strip()
    assert token.startswith("cb_sec_")
    assert "cannot be shown again" in made.stderr
    shell.says("keys", "revoke", token[-4:])
    rows = {row["label"]: row for row in shell.json("keys", "list")}
    assert rows["webhook"]["revoked"] is not None
    assert "was revoked before" in shell.refuses("keys", "revoke", "3")
    assert "there is no key" in shell.refuses("keys", "revoke", "99")


def test_a_stranger_cannot_revoke_a_key(shell: Shell) -> None:
    shell.says("shop", "create", "Tea")
    shell.says("shop", "create", "Stranger")
    assert "there is no key '1'" in shell.refuses("keys", "revoke", "1", "--shop", "Stranger")
    assert [row["id"] for row in shell.json("keys", "list", "--shop", "Stranger")] == [3, 4]


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_revoked_key_is_refused_within_a_second_elsewhere_and_at_once_here(shell: Shell) -> None:
    token = shell.json("shop", "create", "Tea")["public"]
    seconds = Seconds()
    with installation(read_config(shell.environment)) as base:
        ring = KeyRing(base.store, seconds)
        elsewhere = KeyRing(base.store, seconds)
        for one in (ring, elsewhere):
            known = one.key(token)
            assert known is not None
            assert known.digest == digest_of(token)
        with base.store.transaction() as tx:
            assert tx.revoke_key(1, 1, base.clock())
        ring.refresh()
        assert ring.key(token) is None
        assert elsewhere.key(token) is not None
        seconds.now += 1
        assert elsewhere.key(token) is None


def test_a_new_key_is_known_at_once(shell: Shell) -> None:
    shell.says("shop", "create", "Tea")
    seconds = Seconds()
    with installation(read_config(shell.environment)) as base:
        ring = KeyRing(base.store, seconds)
        assert ring.key("cb_pub_made-up") is None
        token = shell.json("keys", "create")["key"]
        assert ring.key(token) is not None


def test_made_up_keys_cost_little_and_hide_a_new_one_for_a_moment_only(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.says("shop", "create", "Tea")
    seconds = Seconds()
    with installation(read_config(shell.environment)) as base:
        ring = KeyRing(base.store, seconds)
        assert ring.key("cb_pub_made-up") is None
        reads: list[int] = []
        with monkeypatch.context() as patched:
            patched.setattr(ring, "refresh", lambda: reads.append(1))
            for number in range(1_000):
                assert ring.key(f"cb_pub_{number}") is None
                assert ring.key(f"what-another-program-sends-{number}") is None
        assert len(reads) == 19
        token = shell.json("keys", "create")["key"]
        assert ring.key(token) is None
        seconds.now += 0.06
        assert ring.key(token) is not None


def test_drops_are_counted_by_reason(shell: Shell) -> None:
    shell.says("shop", "create", "Tea")
    assert shell.says("drops") == "Nothing was dropped.\n"
    shell.happens(record("ada@example.com", "Viewed Product"), {"metric": "x", "time": "never"})
    [row] = shell.json("drops")
    assert (row["reason"], row["count"]) == ("no_identifier", 1)
    assert "it names nobody" in shell.says("drops")


def test_every_reason_to_drop_has_a_meaning() -> None:
    from cartback.cli.drops import MEANING

    assert set(MEANING) == set(DropReason)


def test_quarantine_is_listed_and_retried(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.says("shop", "create", "Tea")
    assert shell.says("quarantine", "list") == "Nothing waits.\n"
    with monkeypatch.context() as broken:
        broken.setattr("cartback.engine.batch.advance", _fails)
        shell.happens(record("ada@example.com", "Viewed Product"))
    [waiting] = shell.json("quarantine", "list")
    assert waiting["error"] == "RuntimeError: a rule fails"
    done = shell.json("quarantine", "retry")
    assert done == {"released": 1, "failing": [], "caught_up": 0, "left_behind": 0}
    assert shell.json("quarantine", "list") == []


def test_who_is_left_behind_is_listed_and_retried(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.says("shop", "create", "Tea")
    shell.happens(record("ada@example.com", "Checkout Started"))
    with monkeypatch.context() as broken:
        broken.setattr("cartback.engine.adoption.adopt", _fails)
        shell.says("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
        [waiting] = shell.json("quarantine", "list")
        assert (waiting["event"], waiting["error"]) == (None, "RuntimeError: a rule fails")
        assert "a rule fails for 1 profile" in shell.run("doctor", exit_code=1).stdout
        stuck = shell.run("quarantine", "retry", exit_code=1).stdout
        assert "0 profiles caught up with the rules, 1 still cannot." in stuck
    done = shell.json("quarantine", "retry")
    assert done == {"released": 0, "failing": [], "caught_up": 1, "left_behind": 0}
    assert "Nothing waits." in shell.says("quarantine", "list")


def _fails(*_: object) -> object:
    raise RuntimeError("a rule fails")


# --- help ---------------------------------------------------------------------------------------


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that there is."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from commands(child, (*path, name))
    if path:
        yield path


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_help_has_an_example_that_can_be_copied(shell: Shell, path: tuple[str, ...]) -> None:
    said = shell.says(*path, "--help")
    assert "Example" in said
    assert f"cartback {' '.join(path)}" in said
    assert all(len(line) <= 80 for line in said.splitlines())


def test_an_unknown_command_is_refused(shell: Shell) -> None:
    said = shell.run("segmnet", exit_code=2).stderr
    assert "No such command 'segmnet'. Did you mean 'segment'?" in said


def test_bad_configuration_is_said_line_by_line(tmp_path: Path) -> None:
    shell = Shell(tmp_path, CARTBACK_PORT="abc", CARTBACK_LOG="xml")
    result = shell.run("shop", "list", exit_code=1)
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["cartback"] * 2


CHECKOUT = Path(__file__).parents[2]


def named_in(page: Path) -> set[tuple[str, ...]]:
    """The commands that a page names between backticks, `cartback segment list` and the like."""
    known = set(commands(main))
    found = set()
    for said in re.findall(r"`cartback ([a-z][^`]*)`", page.read_text()):
        words = tuple(word for word in said.split() if re.fullmatch(r"[a-z][a-z-]*", word))
        if not any(words[:end] in known for end in (1, 2)):
            pytest.fail(f"{page.name} names a command that is not there: cartback {said}")
        found |= {words[:end] for end in (1, 2) if words[:end] in known}
    return found


def test_the_page_about_the_command_line_names_every_command() -> None:
    assert set(commands(main)) - named_in(CHECKOUT / "docs" / "cli.md") == set()


def test_the_front_page_names_every_noun() -> None:
    named = named_in(CHECKOUT / "README.md")
    assert {one[:1] for one in named} == {one[:1] for one in commands(main)}


@pytest.mark.parametrize("page", sorted((CHECKOUT / "docs").glob("*.md")), ids=lambda one: one.name)
def test_no_page_names_a_command_that_is_not_there(page: Path) -> None:
    named_in(page)


def test_the_page_about_operations_names_every_variable() -> None:
    page = (CHECKOUT / "docs" / "operations.md").read_text()
    for name in OURS:
        assert f"`CARTBACK_{name}`" in page


# --- what a key may do ------------------------------------------------------------------------


def test_a_key_may_do_what_it_was_made_for(shell: Shell) -> None:
    shell.says("shop", "create", "Jumpers")
    shell.says("keys", "create", "--kind", "secret", "--scope", "segments:read")
    made = shell.json("keys", "list")
    assert [key["scopes"] for key in made if key["kind"] == "public"] == [["events:write"]]
    assert made[-1]["scopes"] == ["segments:read"]
    assert "everything" in shell.says("keys", "list")


def test_a_scope_that_is_none_is_refused(shell: Shell) -> None:
    shell.says("shop", "create", "Jumpers")
    said = shell.refuses("keys", "create", "--kind", "secret", "--scope", "segment:read")
    assert "segments:read" in said
    said = shell.refuses("keys", "create", "--kind", "public", "--scope", "segments:read")
    assert "make a secret one" in said
