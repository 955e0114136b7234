"""Settings, keys, colleagues, and the log of who changed what."""

from __future__ import annotations

import re

import pytest

from cartback.domain.rules import Settings
from cartback.engine.keys import KeyRing
from cartback.engine.shops import settings_of
from tests.web.console.desk import PASSWORD, Desk

FORM = {
    "name": "Tea and cake",
    "country": "KR",
    "zone": "Asia/Seoul",
    "currency": "krw",
    "cart_idle": "1",
    "cart_idle_unit": "hour",
    "checkout_idle": "30",
    "checkout_idle_unit": "minute",
}


def test_settings_are_changed_and_noted(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    assert owner.post(staffed.path("settings"), FORM).status_code == 303
    with staffed.store.reading() as reading:
        assert settings_of(reading, staffed.shop) == Settings(
            "Asia/Seoul", "KRW", "KR", cart_idle="1 hour", checkout_idle="30 minutes"
        )
    assert "UTC → Asia/Seoul" in owner.get(staffed.path("settings", "changes")).text
    page = owner.get(staffed.path("settings")).text
    assert 'value="Asia/Seoul"' in page
    owner.post(staffed.path("settings"), FORM)
    assert owner.get(staffed.path("settings", "changes")).text.count("UTC → Asia/Seoul") == 1


@pytest.mark.parametrize(
    "name, value",
    [
        ("zone", "Mars/Olympus"),
        ("currency", "₩"),
        ("cart_idle", "soon"),
        ("zone", ""),
        ("country", "Korea"),
        ("name", " "),
        ("name", "42"),
        ("name", "ANOTHER one"),
    ],
)
def test_bad_settings_are_refused_beside_their_field(staffed: Desk, name: str, value: str) -> None:
    answer = staffed.visitor("owner").post(staffed.path("settings"), FORM | {name: value})
    assert answer.status_code == 422
    assert f'id="wrong-{name}"' in answer.text
    with staffed.store.reading() as reading:
        assert settings_of(reading, staffed.shop) == Settings()


def test_a_key_is_shown_once_works_and_is_revoked(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    form = {"kind": "secret", "label": "hook", "scope": "segments:read"}
    page = owner.post(staffed.path("settings", "keys"), form).text
    found = re.search(r'<code id="token"[^>]*>(cb_sec_[^<]+)<', page)
    assert found is not None
    key = KeyRing(staffed.store).key(found[1])
    assert key is not None
    assert (key.shop, key.scopes) == (staffed.shop, ("segments:read",))
    listed = owner.get(staffed.path("settings", "keys")).text
    assert found[1] not in listed
    assert "see segments, how many are inside, and who</p>" in listed
    assert staffed.keys_changed == 1
    path = staffed.path("settings", "keys", key.id, "revoke")
    assert owner.post(path).status_code == 303
    assert KeyRing(staffed.store).key(found[1]) is None
    assert owner.post(path).status_code == 303, "revoking twice does no harm"
    assert owner.post(staffed.path("settings", "keys"), {"kind": "root"}).status_code == 400


def test_what_was_changed_is_told_in_the_readers_language(staffed: Desk) -> None:
    owner, at = staffed.visitor("owner"), staffed.path("settings", "changes")
    assert owner.post(staffed.path("settings"), {**FORM, "cart_idle": "2"}).status_code == 303
    english, korean = owner.get(at).text, owner.get(at, accept_language="ko").text
    assert "Time zone: <bdi>UTC → Asia/Seoul</bdi>" in english
    assert "A cart is abandoned after: <bdi>60 minutes → 2 hours</bdi>" in english
    assert "시간대: <bdi>UTC → Asia/Seoul</bdi>" in korean
    assert "<bdi>60분 → 2시간</bdi>" in korean
    assert "국가: <bdi>\N{EN DASH} → KR</bdi>" in korean
    for raw in ("zone:", "cart_idle:", "currency:"):
        assert raw not in korean


def test_the_keys_that_came_with_the_shop_are_called_so_in_every_language(staffed: Desk) -> None:
    owner, at = staffed.visitor("owner"), staffed.path("settings", "keys")
    owner.post(at, {"kind": "public", "label": "Save"})
    assert "made with the shop" in owner.get(at).text
    korean = owner.get(at, accept_language="ko").text
    assert "쇼핑몰과 함께 만들어짐" in korean
    assert "made with the shop" not in korean
    assert ">Save</span>" in korean, "what somebody wrote stays"
    asked = owner.get(f"{at}/1/revoke", accept_language="ko").text
    assert "쇼핑몰과 함께 만들어짐" in asked


def test_a_secret_key_needs_something_to_do_and_a_public_one_has_it(staffed: Desk) -> None:
    owner, path = staffed.visitor("owner"), staffed.path("settings", "keys")
    refused = owner.post(path, {"kind": "secret", "label": "idle"})
    assert refused.status_code == 422
    assert "Choose what the key may do." in refused.text
    assert 'value="idle"' in refused.text
    assert owner.post(path, {"kind": "secret", "scope": "fly"}).status_code == 400
    owner.post(path, {"kind": "public", "scope": "keys:write"})
    with staffed.store.reading() as reading:
        assert reading.keys(staffed.shop)[-1].scopes == ("events:write",)


def test_a_shop_is_renamed(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    owner.post(staffed.path("settings"), FORM | {"name": " Coffee  "})
    page = owner.get(staffed.path("settings")).text
    assert 'value="Coffee"' in page
    assert "renamed the shop to" in owner.get(staffed.path("settings", "changes")).text
    assert (
        "Another shop has that name."
        in owner.post(staffed.path("settings"), FORM | {"name": "another ONE"}).text
    )


def test_an_owner_makes_another_shop_and_goes_there(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    assert "/shops/new" in owner.get(staffed.path()).text
    assert owner.get("/shops/new").status_code == 200
    assert owner.post("/shops", {"name": "Another one"}).status_code == 422
    made = owner.post("/shops", {"name": "Coffee"})
    tokens = re.findall(r"cb_(?:pub|sec)_[\w-]+", made.text)
    found = re.search(r"/shops/(\d+)/settings", made.text)
    assert found is not None
    keys = [KeyRing(staffed.store).key(token) for token in tokens]
    assert [(key.kind, key.shop) for key in keys if key] == [
        ("public", int(found[1])),
        ("secret", int(found[1])),
    ]
    there = owner.get(found[0]).text
    assert "Tea and cake" in there, "the switch between shops"
    assert "made the shop" in owner.get(found[0] + "/changes").text
    assert staffed.visitor("marketer").get(found[0]).status_code == 404


@pytest.mark.parametrize("who, status", [("", 401), ("viewer", 403), ("marketer", 403)])
def test_who_makes_no_shop(staffed: Desk, who: str, status: int) -> None:
    visitor = staffed.visitor(who)
    assert visitor.post("/shops", {"name": "Coffee"}).status_code == status
    assert visitor.get("/shops/new").status_code == (status if who else 303)
    with staffed.store.reading() as reading:
        assert len(reading.shops()) == 2
    if who:
        assert "/shops/new" not in visitor.get(staffed.path()).text


def test_another_shops_key_cannot_be_revoked(staffed: Desk) -> None:
    with staffed.store.reading() as reading:
        theirs = reading.keys(staffed.other)[0]
    path = staffed.path("settings", "keys", theirs.id, "revoke")
    assert staffed.visitor("owner").post(path).status_code == 404
    with staffed.store.reading() as reading:
        assert reading.keys(staffed.other)[0].revoked is None


def _link(page: str) -> str:
    found = re.search(r"http://desk(/links/[\w-]+)", page)
    assert found is not None
    return found[1]


def test_a_colleague_is_invited_and_their_role_changed(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    form = {"email": "new@example.com", "role": "viewer"}
    link = _link(owner.post(staffed.path("settings", "team"), form).text)
    new = staffed.visitor()
    assert new.post(link, {"name": "New", "password": PASSWORD}).status_code == 303
    assert new.get(staffed.path("segments", "new")).status_code == 403
    with staffed.store.reading() as reading:
        user = reading.user_by_email("new@example.com")
    assert user is not None
    team = staffed.path("settings", "team", user.id)
    assert owner.post(team, {"do": "marketer"}).status_code == 303
    assert new.get(staffed.path("segments", "new")).status_code == 200
    link = _link(owner.post(team, {"do": "password"}).text)
    assert new.post(link, {"password": "a new good one"}).status_code == 303
    assert owner.post(team, {"do": "remove"}).status_code == 303
    assert new.get(staffed.path()).status_code == 404
    told = owner.get(staffed.path("settings", "changes")).text
    for action in ("invited", "joined", "changed the role of", "removed", "chose a new password"):
        assert action in told


def test_what_cannot_be_done_to_a_colleague(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    team = staffed.path("settings", "team")
    assert owner.post(team, {"email": "nonsense", "role": "viewer"}).status_code == 422
    assert owner.post(team, {"email": "a@example.com", "role": "king"}).status_code == 400
    with staffed.store.reading() as reading:
        ids = {
            name: user.id
            for name in ("owner", "other")
            if (user := reading.user_by_email(f"{name}@example.com")) is not None
        }
    answer = owner.post(f"{team}/{ids['owner']}", {"do": "viewer"})
    assert answer.status_code == 409
    assert "keeps at least one owner" in answer.text
    assert owner.post(f"{team}/{ids['owner']}", {"do": "fly"}).status_code == 400
    assert owner.post(f"{team}/{ids['other']}", {"do": "password"}).status_code == 404
    form = {"email": "other@example.com", "role": "viewer"}
    other = staffed.visitor("other")
    other.post(_link(owner.post(team, form).text), {"password": PASSWORD})
    answer = owner.post(f"{team}/{ids['other']}", {"do": "password"})
    assert answer.status_code == 403, "their account is another shop's too"


def test_the_log_of_changes_is_found_by_who_and_what_page_by_page(staffed: Desk) -> None:
    owner = staffed.visitor("owner")
    for number in range(60):
        form = {"email": f"new-{number:02}@example.com", "role": "viewer"}
        owner.post(staffed.path("settings", "team"), form)
    path = staffed.path("settings", "changes")
    assert "new-07@" not in owner.get(path).text
    older = re.search(r'href="(\?q=&amp;before=\d+)"', owner.get(path).text)
    assert older is not None
    rest = owner.get(path + older[1].replace("&amp;", "&")).text
    assert "new-07@" in rest
    assert "Older ones" not in rest
    found = owner.get(path + "?q=NEW-07").text
    assert "new-07@" in found
    assert "new-08@" not in found
    assert "Nobody of that name" in owner.get(path + "?q=nothing").text
