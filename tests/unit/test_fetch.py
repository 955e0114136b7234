"""Calls to addresses that people typed in: what is inside is not reached, and nothing hangs."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.fetch import CallFailed, Forbidden, Guard, Limits, call, download

PUBLIC = "93.184.215.14"


def to(*addresses: str) -> Guard:
    """A guard to which every name is at these addresses."""
    return Guard(resolve=lambda host, port: addresses)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://localhost/",
        "http://0.0.0.0/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[64:ff9b:1::a00:1]/",
        "http://[64:ff9b:1:a00:0:100::]/",
        "http://[64:ff9b:1:a:0:1::]/",
        "http://[64:ff9b:1:0:a:0:100::]/",
        "http://[64:ff9b:1::5db8:d70e]/",
        "http://[64:ff9b:1:ffff:ffff:ffff:5db8:d70e]/",
        "http://[64:ff9b:2::1]/",
        "http://[2002:7f00:1::]/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
    ],
)
def test_nothing_inside_the_house_may_be_called(url: str) -> None:
    with pytest.raises(Forbidden, match="no public address"):
        Guard().check(url)
    with pytest.raises(Forbidden, match="no public address"):
        Guard(resolve=asks_nobody).foresee(url)


def asks_nobody(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host}:{port} was asked for")


@pytest.mark.parametrize(
    "url", ["https://shop.example/hook", "https://93.184.216.34/", "http://[2606:2800::1]:8080/"]
)
def test_what_may_turn_out_to_be_public_is_left_to_the_call(url: str) -> None:
    Guard(resolve=asks_nobody).foresee(url)


def test_what_is_sure_to_be_refused_is_refused_before_the_call() -> None:
    guard = Guard(resolve=asks_nobody)
    for url in ("http://metadata.google.internal./v1", "http://a.localhost/", "http://1.1.1.1:22/"):
        with pytest.raises(Forbidden):
            guard.foresee(url)
    Guard(["10.0.0.0/8", "127.0.0.0/8"], None).foresee("http://10.1.2.3:9/")
    Guard(["127.0.0.0/8"], None).foresee("http://localhost:9000/")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.example/",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "//shop.example/",
        "shop.example",
        "https://",
        "https://:443/",
        "https://shop.example:22/",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://user:word@shop.example/",
        "https://user@shop.example/",
        "https://shop.example/a b",
        "https://shop.example\\@10.0.0.1/",
        "https://shop.example/\r\nHost: x",
        "https://shöp.example/",
        "https://[::1/",
        "https://shop.example/" + "a" * 2_000,
        "",
    ],
)
def test_what_is_no_proper_url_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        to(PUBLIC).check(url)


def test_one_address_inside_among_many_is_enough_to_refuse() -> None:
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        to(PUBLIC, "10.0.0.1").check("https://shop.example/")


def test_a_public_address_may_be_called() -> None:
    target = to(PUBLIC, "2606:2800:21f::1").check("https://shop.example:8443/feed.csv?a=1#part")
    assert target == ("https", "shop.example", 8443, "/feed.csv?a=1", PUBLIC)
    assert target.authority == "shop.example:8443"
    assert to(PUBLIC).check("https://shop.example").authority == "shop.example"


def test_a_public_address_behind_the_well_known_gateway_may_be_called() -> None:
    """Networks that speak IPv6 only are given such addresses by their DNS64 (RFC 6147)."""
    assert to("64:ff9b::5db8:d70e").check("https://shop.example/").address == "64:ff9b::5db8:d70e"


def test_a_gateway_of_ones_own_may_be_named() -> None:
    own = Guard(["64:ff9b:1::/48"], resolve=lambda host, port: ["64:ff9b:1::5db8:d70e"])
    assert own.check("https://shop.example/").address == "64:ff9b:1::5db8:d70e"


def test_a_network_of_ones_own_may_be_named() -> None:
    inside = Guard(["10.0.0.0/8"], resolve=lambda host, port: ["10.9.9.9"])
    assert inside.check("http://shop.internal/").address == "10.9.9.9"


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_makes_it_no_more_public(address: object) -> None:
    def allowed(one: str) -> bool:
        try:
            to(one).check("http://shop.example/")
        except Forbidden:
            return False
        return True

    hexed = f"{int(address):08x}"  # type: ignore[call-overload]
    tail = f"{hexed[:4]}:{hexed[4:]}"
    bare = allowed(str(address))
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{tail}", f"2002:{tail}::1"):
        assert not allowed(wrapped) or bare


def test_the_name_is_resolved_once(server: str) -> None:
    """A name that means something else a moment later does not lead inside (DNS rebinding)."""
    asked = count()

    def changing(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if next(asked) == 0 else ["10.0.0.1"]

    url = server.replace("127.0.0.1", "shop.example")
    assert call(Guard(["127.0.0.1"], None, changing), f"{url}/ok").status == 200
    assert next(asked) == 1


# --- calls to a server that misbehaves ------------------------------------------------------------


class Shop(BaseHTTPRequestHandler):
    """A server with an address for each way to behave."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        match self.path:
            case "/moved":
                self._say(302, b"", location="http://127.0.0.1/admin")
            case "/large":
                self._say(200, b"x" * 300_000)
            case "/short":
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b"only this")
                self.close_connection = True
            case "/garbage":
                self.wfile.write(b"\0\1\2\r\n\r\n")
                self.close_connection = True
            case "/slow":
                self.send_response(200)
                self.end_headers()
                self.close_connection = True
                for _ in range(20):
                    self.wfile.write(b"x")
                    self.wfile.flush()
            case "/stalls":
                self.rfile.read(1)  # until the other side hangs up
                self.close_connection = True
            case "/missing":
                self._say(404, b"no such thing")
            case _:
                self._say(200, f"host {self.headers['Host']}".encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._say(201, body + self.headers["X-Signature"].encode())

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    thread.join()
    running.server_close()


HERE = Guard(["127.0.0.1"], None)


def test_a_call_is_answered(server: str) -> None:
    answer = call(HERE, f"{server}/ok")
    assert (answer.status, answer.body) == (200, f"host {server[7:]}".encode())
    assert answer.headers["content-length"] == str(len(answer.body))
    assert call(HERE, f"{server}/missing").status == 404
    posted = call(HERE, f"{server}/", method="POST", headers={"X-Signature": "abc"}, body=b"{}")
    assert (posted.status, posted.body) == (201, b"{}abc")


def test_redirects_are_not_followed(server: str) -> None:
    with pytest.raises(CallFailed, match="elsewhere") as failed:
        call(HERE, f"{server}/moved")
    assert failed.value.permanent


def test_an_answer_has_an_end(server: str) -> None:
    with pytest.raises(CallFailed, match="larger than 200,000 bytes"):
        call(HERE, f"{server}/large", limits=Limits(size=200_000))
    hours: Iterator[float] = map(float, count(0, 3_600))
    with pytest.raises(CallFailed, match="longer than 20 seconds"):
        call(HERE, f"{server}/slow", now=lambda: next(hours))


def test_a_server_that_says_nothing_is_left(server: str) -> None:
    with pytest.raises(CallFailed, match="does not answer"):
        call(HERE, f"{server}/stalls", limits=Limits(connect=30, total=0.1))


@pytest.mark.parametrize("path", ["/short", "/garbage"])
def test_a_broken_answer_may_be_asked_again(server: str, path: str) -> None:
    with pytest.raises(CallFailed) as failed:
        call(HERE, server + path)
    assert not failed.value.permanent


def test_nobody_there_and_an_unknown_name(server: str) -> None:
    with pytest.raises(CallFailed, match="does not answer"):
        call(HERE, "http://127.0.0.1:1/")

    def unknown(host: str, port: int) -> list[str]:
        raise OSError("name or service not known")

    with pytest.raises(CallFailed, match="cannot be resolved"):
        call(Guard(resolve=unknown), "https://shop.example/")


def test_a_header_cannot_smuggle_another(server: str) -> None:
    with pytest.raises(CallFailed, match="cannot be sent"):
        call(HERE, f"{server}/ok", headers={"X-A": "b\r\nX-Evil: c"})


def test_plain_http_where_tls_is_asked_for(server: str) -> None:
    with pytest.raises(CallFailed, match="does not answer"):
        call(HERE, server.replace("http:", "https:") + "/ok")


def test_a_download_goes_to_a_file(server: str) -> None:
    file = io.BytesIO()
    answer = download(HERE, f"{server}/large", file)
    assert (answer.status, answer.body, len(file.getvalue())) == (200, b"", 300_000)
    nothing = io.BytesIO()
    assert download(HERE, f"{server}/missing", nothing).status == 404
    assert nothing.getvalue() == b""


def test_a_guard_is_asked_before_anything_is_sent() -> None:
    checks: list[Callable[[], object]] = [
        lambda: call(Guard(), "http://127.0.0.1/"),
        lambda: download(Guard(), "http://127.0.0.1/", io.BytesIO()),
    ]
    for one in checks:
        with pytest.raises(Forbidden):
            one()
