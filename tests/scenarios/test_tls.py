"""`cartback up` with a certificate of one's own: HTTPS, and sentences about files of no use."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from cartback.domain.instant import DAY
from cartback.wiring import real_clock
from tests.certificates import MONTH, Pair
from tests.scenarios.command_line import Shell, Up, until, up

ADA = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def pair(shell: Shell, name: str = "tls", ends: timedelta = 3 * MONTH) -> Pair:
    return Pair(shell.folder / name, real_clock(), ends=ends)


def shown_by(server: Up) -> bytes:
    """The certificate that a new connection sees."""
    where = urlsplit(server.url)
    context = ssl._create_unverified_context()  # noqa: S323  which one it is, is the question
    with (
        socket.create_connection((where.hostname or "", where.port or 0), timeout=60) as line,
        context.wrap_socket(line) as shown,
    ):
        return shown.getpeercert(binary_form=True) or b""


def test_with_a_certificate_it_speaks_https_and_cookies_are_secure(shell: Shell) -> None:
    made = pair(shell)
    with up(shell, "--tls-cert", str(made.cert), "--tls-key", str(made.key)) as server:
        assert server.url.startswith("https://127.0.0.1:")
        assert f"curl {server.url}/v1/track" in server.output
        trusting = ssl.create_default_context(cafile=made.cert)
        with httpx2.Client(base_url=server.url, verify=trusting, trust_env=False) as client:
            assert client.get("/healthz").text == "ok"
            sent = client.post(
                "/v1/track", json={"userId": "ada", "event": "x"}, auth=(server.token, "")
            )
            assert sent.json()["accepted"] == 1
            link = re.search(rf"{server.url}(/links/\S+)", server.output)
            assert link
            answer = client.post(link[1], data=ADA, headers={"sec-fetch-site": "same-origin"})
            assert answer.status_code == 303
            assert "; secure" in answer.headers["set-cookie"].lower()
        assert server.stop() == 0


def test_a_renewed_certificate_is_read_at_sighup_and_a_broken_one_is_not(shell: Shell) -> None:
    made, renewed = pair(shell), pair(shell, "renewed")
    places = {"CARTBACK_TLS_CERT": str(made.cert), "CARTBACK_TLS_KEY": str(made.key)}
    with up(shell, **places) as server:
        assert shown_by(server) == made.der
        made.cert.write_text("not yet whole")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "certificate not renewed" in server.output, "a refusal", server)
        assert shown_by(server) == made.der
        shutil.copy(renewed.cert, made.cert)
        shutil.copy(renewed.key, made.key)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: shown_by(server) == renewed.der, "the renewal", server)


def missing(made: Pair) -> None:
    made.cert.unlink()


def no_file(made: Pair) -> None:
    made.key.unlink()
    made.key.mkdir()


def no_certificate(made: Pair) -> None:
    made.cert.write_text("hello")


def no_key(made: Pair) -> None:
    made.key.write_bytes(made.cert.read_bytes())


def others_key(made: Pair) -> None:
    shutil.copy(Pair(made.cert.parent / "other", real_clock()).key, made.key)


def with_passphrase(made: Pair) -> None:
    Pair(made.cert.parent, real_clock(), passphrase=b"secret")


def ended(made: Pair) -> None:
    Pair(made.cert.parent, real_clock(), ends=-timedelta(days=1))


def not_begun(made: Pair) -> None:
    Pair(made.cert.parent, real_clock(), begins=timedelta(days=1))


@pytest.mark.parametrize(
    "spoil, said",
    [
        (missing, "shop.pem cannot be read: No such file"),
        (no_file, "shop.key cannot be read: Is a directory"),
        (no_certificate, "shop.pem holds no certificate"),
        (no_key, "shop.key holds no private key"),
        (others_key, "is not that of the certificate"),
        (with_passphrase, "passphrase"),
        (ended, "renew it"),
        (not_begun, "is valid from"),
    ],
)
def test_files_of_no_use_are_refused_in_a_sentence(
    shell: Shell, spoil: Callable[[Pair], None], said: str
) -> None:
    made = pair(shell)
    spoil(made)
    files = ("--tls-cert", str(made.cert), "--tls-key", str(made.key))
    assert said in shell.refuses("up", *files)
    places = {"CARTBACK_TLS_CERT": str(made.cert), "CARTBACK_TLS_KEY": str(made.key)}
    found = json.loads(Shell(shell.folder, **places).run("doctor", "--json", exit_code=1).stdout)
    assert any(one["check"] == "certificate" and said in one["says"] for one in found)


def test_one_file_without_the_other_is_refused(shell: Shell) -> None:
    made = pair(shell)
    assert "belong together" in shell.refuses("up", "--tls-cert", str(made.cert))
    half = Shell(shell.folder, CARTBACK_TLS_KEY=str(made.key))
    assert "CARTBACK_TLS_CERT" in half.refuses("up")


def test_the_doctor_says_when_it_is_time_to_renew(shell: Shell) -> None:
    shell.says("shop", "create", "Tea")
    for ends, is_well in ((3 * MONTH, True), (timedelta(milliseconds=13 * DAY), False)):
        made = pair(shell, ends=ends)
        places = {"CARTBACK_TLS_CERT": str(made.cert), "CARTBACK_TLS_KEY": str(made.key)}
        result = Shell(shell.folder, **places).run("doctor", "--json", exit_code=not is_well)
        [one] = [one for one in json.loads(result.stdout) if one["check"] == "certificate"]
        assert (one["well"], "valid until" in one["says"]) == (is_well, True)
