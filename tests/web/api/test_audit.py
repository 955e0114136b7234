"""What a key changes is in the log of who changed what, with the change or not at all."""

from __future__ import annotations

from tests.web.api.site import Site

DID = {"kind": "did", "metric": "Placed Order"}


def lines(site: Site) -> list[tuple[str, str, str]]:
    """Who did what to what, the oldest first."""
    with site.base.store.reading() as reading:
        found = reading.audit(site.shop, 2**62, 99)
    return [(one.who, one.action, one.subject) for one in reversed(found)]


def test_every_change_by_a_key_is_noted_with_what_the_key_is_for(
    site: Site, stranger: Site
) -> None:
    made = site.post("/keys", {"label": "deploy"})
    with_key, who = site.as_(made["token"]), f"deploy ({made['hint']})"
    other = with_key.post("/keys", {"scopes": ["segments:read"]})
    with_key.ask("DELETE", f"/keys/{other['id']}")
    with_key.ask("DELETE", f"/keys/{other['id']}")
    for zone in ("Asia/Seoul", "Asia/Seoul"):
        with_key.ask("PATCH", f"/shops/{site.shop}/settings", {"zone": zone})
    with_key.post("/segments", {"name": "Buyers", "when": DID})
    with_key.ask("POST", "/segments", {"name": "Buyers", "when": DID})
    change = {"name": "Buyers", "when": DID, "version": 1}
    with_key.ask("PUT", "/segments/buyers", change)
    with_key.ask("PUT", "/segments/buyers", change)
    with_key.ask("DELETE", "/segments/buyers")
    with_key.ask("POST", "/segments/buyers/restore")
    for name in ("ada@example.com", "7"):
        with_key.happens(name, "Viewed Product")
    ada, device = with_key.id_of("ada@example.com"), with_key.id_of("external_id:7")
    merge = with_key.post(f"/profiles/{ada}/merges", {"other": device})
    with_key.ask("DELETE", f"/profiles/{merge['winner']}/merges/{merge['id']}")
    with_key.get(f"/profiles/{ada}/export")
    with_key.ask("DELETE", f"/profiles/{ada}")
    done = [(action, subject) for one, action, subject in lines(site)[1:] if one == who]
    assert done == [
        ("made key", other["hint"]),
        ("revoked key", other["hint"]),
        ("changed settings", "Jumpers"),
        ("made segment", "buyers"),
        ("changed segment", "buyers"),
        ("archived segment", "buyers"),
        ("restored segment", "buyers"),
        ("merged", str(merge["winner"])),
        ("undid merge", str(merge["id"])),
        ("exported person", str(ada)),
        ("erased person", str(ada)),
    ]
    assert lines(stranger) == []


def test_changes_of_coupons_and_of_the_catalog_are_noted(site: Site) -> None:
    offer = {"gives": {"kind": "percent", "percent": 10}}
    site.post("/coupons", {"name": "Ten", "offer": offer})
    site.ask("PUT", "/coupons/ten", {"name": "Ten", "offer": offer})
    site.post("/coupons/ten/pool", {"codes": ["AAA-1", "AAA-1", "AAA-2"]})
    for _ in range(2):
        site.ask("DELETE", "/coupons/ten")
    for _ in range(2):
        site.ask("POST", "/coupons/ten/restore")
    site.ask("PUT", "/products", {"products": [{"id": "mug", "name": "Mug"}]})
    for _ in range(2):
        site.ask("DELETE", "/products/mug")
    review = {"id": "r1", "product": "mug", "author": "Ada", "rating": 5, "at": "2026-03-01"}
    site.ask("PUT", "/reviews", {"reviews": [review]})
    for _ in range(2):
        site.ask("DELETE", "/reviews/r1")
    assert [(action, subject) for _, action, subject in lines(site)] == [
        ("made coupon", "Ten"),
        ("changed coupon", "ten"),
        ("uploaded codes", "ten"),
        ("archived coupon", "ten"),
        ("restored coupon", "ten"),
        ("saved products", "API"),
        ("removed product", "mug"),
        ("saved reviews", "API"),
        ("removed review", "r1"),
    ]
    coupon = site.get("/coupons/ten")
    assert (coupon["status"], coupon["pool"], coupon["given"]) == ("live", 2, 0)


def test_so_are_changes_of_the_suppression_list(site: Site) -> None:
    site.post("/suppressions", {"addresses": ["ada@example.com"]}, 200)
    for _ in range(2):
        site.ask("DELETE", "/suppressions/email/ada@example.com")
    assert [(action, subject) for _, action, subject in lines(site)] == [
        ("added suppressions", "API"),
        ("removed suppression", "ada@example.com"),
    ]
