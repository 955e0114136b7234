"""Answers travel packed, but for those that somebody else's page caused."""

from __future__ import annotations

from importlib.resources import files

import pytest

from cartback.web.console.render import asset
from tests.web.console.desk import Desk


@pytest.mark.parametrize(
    "site, packed", [("same-origin", True), ("none", True), ("cross-site", False), ("", False)]
)
def test_a_page_is_packed_for_its_own_visitors_only(staffed: Desk, site: str, packed: bool) -> None:
    owner = staffed.visitor("owner")
    headers = {"sec_fetch_site": site} if site else {}
    answer = owner.get(staffed.path("people") + "?q=guess", accept_encoding="gzip", **headers)
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert "guess" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_browser_that_cannot_unpack_gets_it_plain(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    for path in (staffed.path(), asset("console.css")):
        answer = owner.get(path, accept_encoding="identity", sec_fetch_site="same-origin")
        assert "content-encoding" not in answer.headers
        assert answer.status_code == 200


@pytest.mark.parametrize("name", ["console.css", "console.js", "htmx.js", "icon.svg"])
def test_static_files_are_packed_and_kept(desk: Desk, name: str) -> None:
    visitor = desk.visitor()
    packed = visitor.get(asset(name), accept_encoding="gzip")
    plain = visitor.get(asset(name), accept_encoding="identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "accept-encoding"
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.content == plain.content
    assert "immutable" in packed.headers["cache-control"]
    assert visitor.get("/static/x/../console.css").status_code == 404


@pytest.mark.parametrize(
    "needs, script",
    [("data-live=", "live.js"), ("data-draft=", "draft.js"), ("ends_draft=true", "draft.js")],
)
def test_a_page_loads_the_scripts_that_it_needs_and_no_other_does(needs: str, script: str) -> None:
    folder = files("cartback.web.console").joinpath("templates")
    texts = {one.name: one.read_text("utf-8") for one in folder.iterdir()}
    needing = {name for name, text in texts.items() if needs in text}
    needing.discard("parts.html")  # only says how
    assert needing
    for name in needing:
        assert f"asset('{script}')" in texts[name], name
    assert f"asset('{script}')" not in texts["frame.html"]
