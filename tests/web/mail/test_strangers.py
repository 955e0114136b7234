"""Every link with a token that is wrong, changed, of another kind, shop or installation: a calm
page that changes nothing and leads nowhere."""

from __future__ import annotations

import pytest

from cartback.engine.link_secret import link_secret
from cartback.engine.tokens import Kind, Tokens
from tests.web.mail.conftest import Post

KINDS = {
    "u": Kind.UNSUBSCRIBE,
    "p": Kind.PREFERENCES,
    "v": Kind.VIEW,
    "c": Kind.TRAP,
    "o": Kind.OPEN,
}
POSTED = ("u", "p")
LETTERS = (*KINDS, "r")


def path(letter: str, token: str) -> str:
    return f"/e/{letter}/{token}" + (".gif" if letter == "o" else "")


def refused(post: Post, letter: str, token: str) -> None:
    before = post.known()
    for method in ("GET", "HEAD", *(["POST"] if letter in POSTED else [])):
        answer = post.client.request(method, path(letter, token))
        assert answer.status_code == 404, (method, letter, token)
        assert "location" not in answer.headers
    assert post.known() == before


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("token", ["x", "AAAA", "é", "a" * 5_000, "%00", "..%2f..", "AQE"])
def test_what_is_no_token(post: Post, letter: str, token: str) -> None:
    refused(post, letter, token)


@pytest.mark.parametrize("letter", KINDS)
def test_a_token_of_another_kind_or_installation(post: Post, letter: str) -> None:
    for kind in KINDS.values():
        if kind is not KINDS[letter]:
            refused(post, letter, post.token(kind))
    refused(post, letter, post.strange(KINDS[letter]))
    refused(post, letter, post.links("r")[0].rpartition("/")[2])
    refused(post, "r", post.token(KINDS[letter]))


@pytest.mark.parametrize("letter", LETTERS)
def test_a_changed_token(post: Post, letter: str) -> None:
    token = post.links("r")[0].rpartition("/")[2]
    if letter in KINDS:
        token = post.token(KINDS[letter])
    for place in range(0, len(token) - 1, 3):
        other = "A" if token[place] != "A" else "B"
        refused(post, letter, token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("letter", ["u", "p", "v"])
def test_a_message_of_another_shop(post: Post, letter: str) -> None:
    """Signed by us, but that shop has sent no such message."""
    refused(post, letter, post.token(KINDS[letter], shop=post.other))
    refused(post, letter, post.token(KINDS[letter], key="00" * 12))


def test_other_methods_change_nothing(post: Post) -> None:
    before = post.known()
    for letter in LETTERS:
        for method in ("PUT", "DELETE", "PATCH"):
            answer = post.client.request(method, path(letter, "x"))
            assert answer.status_code in (404, 405)
    assert post.client.get("/e/").status_code == 404
    assert post.client.post("/e/hooks/nobody").status_code == 404
    assert post.known() == before


def test_a_click_leads_nowhere_but_where_we_signed(post: Post) -> None:
    about = post.shop.to_bytes(4, "big") + bytes.fromhex(post.mail.key)
    theirs = Tokens({1: b"x" * 32}, 1).click(about, 0, "https://evil.example/")
    assert post.get(f"/e/c/{theirs}").status_code == 404
    ours = Tokens({1: link_secret(post.store)}, 1).click(about, 0, "https://shop.example/a")
    for place in range(len(ours)):
        other = "A" if ours[place] != "A" else "B"
        changed = ours[:place] + other + ours[place + 1 :]
        answer = post.get(f"/e/c/{changed}?to=https://evil.example")
        assert answer.status_code == 404
        assert "location" not in answer.headers
