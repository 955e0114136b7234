"""`cartback up` as a process: takes events, stops when told, survives kills, says what is wrong."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from pathlib import Path

import pytest

from cartback.domain.instant import SECOND
from cartback.wiring import real_clock
from tests.postgres import PostgresServer
from tests.scenarios.command_line import (
    ABANDONERS,
    KEY,
    Shell,
    Up,
    ends,
    names,
    start,
    taken_port,
    until,
    up,
)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def server(shell: Shell) -> Iterator[Up]:
    with up(shell) as running:
        yield running


def test_the_first_start_makes_a_shop_and_shows_what_to_do(server: Up) -> None:
    assert "Made the shop 'My shop' with two keys" in server.output
    assert f"curl {server.url}/v1/track -u {server.token}:" in server.output
    assert server.get("/healthz").text == "ok"
    assert server.get("/readyz").json == {"ready": True}


def test_the_second_start_shows_hints_and_no_secrets(shell: Shell) -> None:
    with up(shell) as first:
        token = first.token
        first.stop()
    with up(shell, token=token) as second:
        assert token not in second.output
        assert f"cb_pub_…{token[-4:]} (public)" in second.output
        assert second.track("ada", "Viewed Product", "e1").status == 200


def test_an_event_is_true_when_it_is_answered(shell: Shell, server: Up) -> None:
    shell.says("segment", "create", shell.file("abandoners.yaml", ABANDONERS))
    until(lambda: shell.json("segment", "list")[0]["status"] == "live", "the back-fill")
    assert server.track("ada", "Checkout Started", "e1").json["accepted"] == 1
    assert names(shell.json("segment", "members", KEY)) == {"ada"}
    assert server.track("ada", "Checkout Started", "e1").json["duplicates"] == 1
    assert server.track("ada", "Placed Order", "e2").json["accepted"] == 1
    assert shell.json("segment", "members", KEY) == []


def test_somebody_leaves_by_time_alone_and_in_time(shell: Shell, server: Up) -> None:
    short = ABANDONERS.replace("duration: 1 week", "duration: 3 seconds")
    shell.says("segment", "create", shell.file("short.yaml", short))
    until(lambda: shell.json("segment", "list")[0]["status"] == "live", "the back-fill")
    began = real_clock()
    server.track("ada", "Checkout Started", "e1")
    until(lambda: not shell.json("segment", "members", KEY), "leaving", server)
    assert real_clock() - began >= 3 * SECOND


def test_amounts_and_phones_are_read_as_the_shop_has_set(shell: Shell) -> None:
    shell.says("shop", "create", "My shop")
    shell.says("shop", "settings", "--currency", "KRW", "--country", "KR")
    token = shell.json("keys", "create")["key"]
    with up(shell, token=token) as server:
        said = {"product_id": "mug", "price": 15_000, "cart_id": "c1"}
        traits = {"traits": {"phone": "010-1234-5678"}}
        body = {"userId": "ada", "event": "Product Added", "properties": said, "context": traits}
        assert server.post("/v1/track", body).json["accepted"] == 1
    shown = shell.json("profile", "show", "ada")
    assert "+821012345678" in str(shown)
    [cart] = shown["carts"]
    assert (cart["value"], cart["currency"]) == (15_000, "KRW")


def test_a_stranger_is_refused(shell: Shell, server: Up) -> None:
    assert server.track("ada", "x", "e1", token="cb_pub_made-up").status == 401
    assert server.track("ada", "x", "e1", token="").status == 401
    made = shell.json("shop", "create", "Stranger")
    assert server.track("ada", "Viewed Product", "e1", token=made["public"]).status == 200
    assert "nobody" in shell.refuses("profile", "show", "ada", "--shop", "My shop")


def test_a_key_is_revoked_within_a_second(shell: Shell, server: Up) -> None:
    assert server.track("ada", "x", "e1").status == 200
    shell.says("keys", "revoke", "1")
    time.sleep(1.2)
    assert server.track("ada", "x", "e2").status == 401


def test_figures_tell_what_happened(shell: Shell, server: Up) -> None:
    server.track("ada", "Viewed Product", "e1")
    server.track("ada", "Viewed Product", "e1")
    server.post("/v1/track", {"event": "Nobody"})
    figures = dict(
        line.rsplit(" ", 1)
        for line in server.get("/metrics").text.splitlines()
        if not line.startswith("#")
    )
    assert float(figures["cartback_events_accepted_total"]) == 1
    assert float(figures["cartback_events_duplicate_total"]) == 1
    assert float(figures['cartback_events_dropped_total{reason="no_identifier",shop="1"}']) == 1
    assert float(figures['cartback_profiles{shop="1"}']) == 1
    assert float(figures['cartback_state_bytes{shop="1"}']) > 0
    assert float(figures["cartback_commit_events_count"]) >= 2
    assert float(figures["cartback_wake_late_seconds"]) == 0


def test_the_log_is_json_where_it_is_asked_for(shell: Shell) -> None:
    log = shell.folder / "json.log"
    process = start(shell, log, "up", "--port", "0", through=["env"], CARTBACK_LOG="json")
    try:
        until(lambda: "listening" in log.read_text())
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    events = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert [event["message"] for event in events] == ["listening", "stopping", "stopped"]
    assert events[0]["url"].startswith("http://127.0.0.1:")


# --- stopping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_told_to_stop_it_finishes_and_ends_well(shell: Shell, number: signal.Signals) -> None:
    with up(shell) as server:
        assert server.track("ada", "Viewed Product", "e1").status == 200
        assert server.stop(number) == 0
        assert "Traceback" not in server.output
        assert server.output.rstrip().endswith("stopped")
    assert shell.json("profile", "show", "ada")["stage"] == "lead"


class Senders:
    """Several senders that write down what was acknowledged."""

    def __init__(self, server: Up, count: int = 4) -> None:
        self.acknowledged: set[str] = set()
        self._server = server
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def _send(self, sender: int) -> None:
        for number in range(100_000):
            id_ = f"{sender}-{number}"
            try:
                answer = self._server.track(f"shopper-{number % 7}", "Checkout Started", id_)
            except (OSError, HTTPException):  # cut off, before an answer or within it
                return
            if answer.status == 200:
                self.acknowledged.add(id_)

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()


def stored_ids(shell: Shell) -> list[str]:
    """The ids in the log, in order; each should be there once."""
    database = sqlite3.connect(shell.folder / "data" / "cartback.db")
    try:
        rows = database.execute("SELECT id FROM events WHERE metric = 'Checkout Started'")
        return sorted(id_ for (id_,) in rows)
    finally:
        database.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_whatever_was_acknowledged_is_there_once(shell: Shell, number: signal.Signals) -> None:
    with up(shell) as server:
        senders = Senders(server)
        until(lambda: len(senders.acknowledged) > 40, "sending")
        server.stop(number)
        senders.wait()
    with up(shell, token=server.token) as again:
        assert again.get("/readyz").status == 200
        stored = stored_ids(shell)
        assert len(stored) == len(set(stored))
        missing = senders.acknowledged - set(stored)
        assert missing == set()
        for id_ in sorted(senders.acknowledged)[:20]:
            assert again.track("shopper-1", "Checkout Started", id_).json["duplicates"] == 1
    assert shell.run("doctor").exit_code == 0


def test_after_a_kill_it_starts_again_at_once(shell: Shell) -> None:
    with up(shell) as first:
        first.stop(signal.SIGKILL)
    with up(shell) as second:
        assert second.get("/healthz").text == "ok"


LIKE_ANYBODY = (
    *("setpriv", "--bounding-set=-dac_override,-dac_read_search"),
    "--inh-caps=-dac_override,-dac_read_search",
)
"""Runs a command as root without root's right to write anywhere."""


# --- what keeps it from starting ----------------------------------------------------------------


def refuses(shell: Shell, *arguments: str, through: Sequence[str] = (), **environment: str) -> str:
    code, output = ends(shell, "up", *arguments, through=through, **environment)
    assert code == 1, output
    assert "Traceback" not in output
    [sentence] = [line for line in output.splitlines() if line.startswith("cartback: ")]
    return sentence.removeprefix("cartback: ")


def test_a_second_one_on_the_same_file_is_refused(shell: Shell, server: Up) -> None:
    sentence = refuses(shell, "--port", "0")
    assert f"is up on {shell.folder}/data/cartback.db already" in sentence
    assert f"(process {server.process.pid}, {server.url})" in sentence
    link = shell.folder / "link.db"
    link.symlink_to(shell.folder / "data" / "cartback.db")
    sentence = refuses(shell, "--port", "0", CARTBACK_DATABASE=f"sqlite:///{link}")
    assert "is up on" in sentence, "whatever it is called"


def test_a_port_in_use_is_said(shell: Shell) -> None:
    with taken_port() as port:
        sentence = refuses(shell, "--port", str(port))
    assert sentence.startswith(f"port {port} on 127.0.0.1 is in use")
    assert not (shell.folder / "data").exists(), "nothing was begun"


def test_a_port_that_is_none_is_said(shell: Shell) -> None:
    assert "is not a port" in refuses(shell, "--port", "70000")


def test_a_host_that_is_not_ours_is_said(shell: Shell) -> None:
    assert refuses(shell, "--host", "203.0.113.7", "--port", "0").startswith("cannot listen on")


@pytest.mark.parametrize(
    "url, sentence",
    [
        ("mysql://me:hunter2@db/x", "CARTBACK_DATABASE: write sqlite:///"),
        ("postgresql://me:hunter2@127.0.0.1:1/x", "PostgreSQL"),
        ("sqlite:////dev/null/x.db", "/dev/null is not a folder"),
    ],
)
def test_a_database_that_cannot_be_reached_is_said_without_its_password(
    shell: Shell, url: str, sentence: str
) -> None:
    said = refuses(shell, "--port", "0", CARTBACK_DATABASE=url)
    assert sentence in said
    assert "hunter2" not in said


def test_a_file_that_is_no_database_is_said(shell: Shell) -> None:
    letter = shell.folder / "letter.db"
    letter.write_bytes(b"a letter to a friend" * 500)
    sentence = refuses(shell, "--port", "0", CARTBACK_DATABASE=f"sqlite:///{letter}")
    assert "is not a" in sentence
    assert letter.read_bytes() == b"a letter to a friend" * 500


def test_a_folder_that_may_not_be_written_to_is_said(shell: Shell) -> None:
    data = shell.folder / "data"
    data.mkdir()
    data.chmod(0o555)
    sentence = refuses(shell, "--port", "0", through=LIKE_ANYBODY if os.geteuid() == 0 else ())
    assert "Permission denied" in sentence
    assert str(data) in sentence
    assert list(data.iterdir()) == []


def test_a_newer_schema_is_left_alone(shell: Shell) -> None:
    shell.says("shop", "create", "Tea")
    file = shell.folder / "data" / "cartback.db"
    with sqlite3.connect(file) as database:
        database.execute("UPDATE cartback_schema SET version_num = '9999'")
    database.close()
    assert "newer version of Cartback" in refuses(shell, "--port", "0")


# --- PostgreSQL -------------------------------------------------------------------------------


def test_on_postgresql_two_of_them_share_a_database(
    shell: Shell, postgres: PostgresServer, postgres_url: str
) -> None:
    with (
        up(shell, CARTBACK_DATABASE=postgres_url) as one,
        up(shell, token=one.token, CARTBACK_DATABASE=postgres_url) as two,
    ):
        assert one.track("ada", "Viewed Product", "e1").json["accepted"] == 1
        assert two.track("ada", "Viewed Product", "e1").json["duplicates"] == 1
        assert two.get("/readyz").status == 200
        here = Shell(shell.folder, CARTBACK_DATABASE=postgres_url)
        here.says("segment", "create", here.file("abandoners.yaml", ABANDONERS))
        assert one.track("ada", "Checkout Started", "e2").json["accepted"] == 1
        assert names(here.json("segment", "members", KEY)) == {"ada"}
        findings = here.run("doctor", exit_code=1).stdout
        assert "✓ schema" in findings
        assert "✗ durability     fsync is off" in findings, "the test server's is, on purpose"
        assert (one.stop(), two.stop()) == (0, 0)


# --- the network ------------------------------------------------------------------------------


def test_a_sender_who_hangs_up_halfway_disturbs_nobody(shell: Shell, server: Up) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port))) as half:
            half.sendall(b"POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    assert server.track("ada", "Viewed Product", "e1").status == 200
    assert "Traceback" not in server.output


def test_the_module_runs_too(shell: Shell) -> None:
    code, output = ends(shell, "--version", through=["env"])
    assert (code, output.split()[0]) == (0, "cartback")
