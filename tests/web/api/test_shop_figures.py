"""How a shop stands, over HTTP: its carts, its mail, its domain, and who changed what."""

from __future__ import annotations

from cartback.domain.instant import DAY, HOUR
from tests.web.api.site import Site
from tests.web.api.test_flows import ADA, can_send, leaves_cart


def test_who_left_a_cart_behind_is_listed_the_newest_first(site: Site) -> None:
    for number, who in enumerate((ADA, "bob@example.com", "cyd@example.com")):
        leaves_cart(site, who, f"c{number}")
    first = site.get("/carts", limit=2)
    rest = site.get("/carts", limit=2, after=first["next"])
    found = [*first["data"], *rest["data"]]
    whose = [one["identifiers"][0]["value"] for one in found]
    assert whose == ["cyd@example.com", "bob@example.com", ADA]
    assert (found[0]["value"], found[0]["currency"], found[0]["items"]) == (1_800, "EUR", 2)
    assert found[0]["lines"] == ["Blue mug"]
    assert rest["next"] is None
    site.refused(site.ask("GET", "/carts?after=Y2FydHNbMV0"), 422, "unfit")


def test_how_carts_stand_is_told_by_day(site: Site) -> None:
    leaves_cart(site)
    site.passes(DAY)
    site.happens(ADA, "Placed Order", order_id="o1", value=1_800, currency="EUR")
    leaves_cart(site, "bob@example.com", "c2")
    found = site.get("/carts/figures", days=2)
    assert found["abandoned"] == {"count": 1, "money": {"EUR": 1_800}}
    assert [one["abandoned"]["count"] for one in found["days"]] == [1, 1]
    today = found["days"][1]
    assert (today["recovered"]["count"], today["ordered"]["count"]) == (1, 1)
    for wrong in (0, 371, "all"):
        site.refused(site.ask("GET", f"/carts/figures?days={wrong}"), 422, "unfit")


def test_deliverability_says_what_the_console_says(site: Site) -> None:
    found = site.get("/deliverability")
    assert (found["sent"], found["bounced"], found["complained"]) == (0, 0, 0)
    assert [one["state"] for one in found["findings"]] == ["unknown", "unknown"]
    assert all(one["en"] and one["ko"] for one in found["findings"])
    can_send(site)
    assert site.get("/deliverability/domain") == {"domain": None, "findings": []}


def test_who_changed_what_is_told(site: Site, stranger: Site) -> None:
    can_send(site)
    site.wall.now += HOUR
    site.post("/keys", {"label": "deploy"})
    first = site.get("/changes", limit=1)
    rest = site.get("/changes", limit=9, after=first["next"])
    assert first["data"][0]["action"] == "made key"
    done = [one["action"] for one in rest["data"]]
    assert done == ["saved template", "changed who mail is from"]
    assert rest["data"][0]["subject"] == "help"
    assert stranger.get("/changes")["data"] == []


def test_the_codes_that_somebody_has(site: Site) -> None:
    site.post("/coupons", {"name": "Ten", "offer": {"gives": {"kind": "percent", "percent": 10}}})
    site.happens(ADA, "Viewed Product")
    ada = site.id_of(ADA)
    given = site.post("/coupons/ten/codes", {"profile": ada}, 200)
    assert site.get(f"/profiles/{ada}/codes")["data"] == [given]
    site.refused(site.ask("GET", "/profiles/999/codes"), 404, "not-found")
