"""The whole server answers the links of mails, without anybody being signed in."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from cartback.config import Config
from cartback.domain.instant import HOUR, Instant
from cartback.store import open_store
from cartback.wiring import Live, installation
from tests.web.mail.conftest import ADA, BASE, Post


def test_the_server_takes_the_word_of_a_mail(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cartback.db'}"
    store = open_store(url)
    post = Post(store)
    store.close()

    def clock() -> Instant:
        return post.engine.now + HOUR

    config = Config(database=url, data=tmp_path, tape=False, public_url=BASE)
    with installation(config, clock=clock) as base:
        live = Live(base)
        client = TestClient(live.app, base_url=BASE, follow_redirects=False)
        with live.at_work(wakes=False):
            assert client.get(post.leave).status_code == 200
            assert client.post(post.leave, data={"List-Unsubscribe": "One-Click"}).is_success
            seen = client.get(post.links("v")[0])
            assert (seen.status_code, "You left 2 behind" in seen.text) == (200, True)
            assert client.get(post.links("c")[0]).status_code == 302
            assert client.get(post.links("r")[0]).status_code == 303
            assert client.get(post.links("o")[0]).content.startswith(b"GIF89a")
            assert client.get("/e/u/x").status_code == 404
            assert client.get(f"/e/p/{'A' * 40}").status_code == 404
            assert client.post("/e/hooks/ses").status_code == 404
        with base.store.reading() as reading:
            kept = reading.visits_of(post.shop, post.mail.key)
            assert len(kept) == 3
    reopened = open_store(url)
    post.store = post.engine.store = reopened
    assert not post.engine.person(ADA).consents["email"].subscribed
    reopened.close()
