"""How a shop stands, over HTTP: its carts, its mail, its domain, and who changed what."""

from __future__ import annotations

from pathlib import Path

from cartback.config import Config
from cartback.domain.instant import DAY, HOUR
from cartback.engine.mailing import set_mailing
from cartback.engine.shops import create_shop
from cartback.wiring import installation
from tests.email.dns_server import name_server
from tests.email.test_email_deliverability import GOOD
from tests.web.api.conftest import spoken_to
from tests.web.api.site import Sink, Site, Wall, site_of
from tests.web.api.test_flows import ADA, can_send, leaves_cart

SMTP, RETURNS = "smtp+plain://127.0.0.1:1", "bounces.shop.example"
"""Nothing is handed over, so that nobody needs to listen there."""


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


def test_what_others_see_of_the_senders_domain_is_asked_of_the_dns(
    database: str, tmp_path: Path, wall: Wall, sink: Sink
) -> None:
    with name_server(GOOD) as server:
        config = Config(
            database, tmp_path / "data", smtp=SMTP, dns_server=server, bounce_domain=RETURNS
        )
        with installation(config, clock=wall) as base, spoken_to(base, sink) as client:
            site = site_of(client, base, wall, create_shop(base.store, "Jumpers", wall()))
            stranger = site_of(client, base, wall, create_shop(base.store, "Socks", wall()))
            set_mailing(base.store, site.shop, {"sender": "hello@shop.example"})
            found = site.get("/deliverability/domain")
            assert stranger.get("/deliverability/domain") == {"domain": None, "findings": []}
    states = {one["what"]: one["state"] for one in found["findings"]}
    assert found["domain"] == "shop.example"
    assert (states["spf"], states["dmarc"], states["answers"]) == ("well", "well", "well")
    assert states["dkim"] == "wrong", "nothing is signed here"
    [spf] = [one for one in found["findings"] if one["what"] == "spf"]
    assert spf["seen"].startswith("v=spf1")
    assert (spf["en"] != spf["ko"], spf["record"]) == (True, None)


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
