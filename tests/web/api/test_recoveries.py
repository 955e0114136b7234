"""What came back, over HTTP: the credit, the windows, and bad input."""

from __future__ import annotations

from cartback.domain.instant import DAY, MINUTE
from cartback.domain.message import Accepted, InDoubt, Mailbox, Outgoing, Shown
from cartback.engine.copies import packed
from cartback.engine.crediting import credit_anew
from cartback.engine.deliver import Sending, begin, claim
from cartback.engine.noting import note
from cartback.engine.scope import Scope
from cartback.engine.visits import Came, judge_due, keep_visit
from tests.web.api.site import Site
from tests.web.api.test_flows import ADA, leaves_cart, put, starts


def mail_of(sending: Sending) -> Outgoing:
    """A mail to whom it was claimed for."""
    base = "https://carts.shop.example/e"
    return Outgoing(
        key=sending.message.key,
        sender=Mailbox("hello@shop.example", "Mugs"),
        recipient=Mailbox(sending.message.recipient),
        subject="You left something",
        html=f'<a href="{base}/c/AbCdEfGhIjKl">Back</a>',
        text=f"Back: {base}/r/AbCdEfGhIjKl",
        at=sending.message.at,
        shown=Shown('<a href="https://shop.example/cart">Back</a>'),
    )


def comes_back(site: Site) -> str:
    """Ada left a cart, clicked in the mail and ordered; the mail's key."""
    starts(site)
    leaves_cart(site)
    store, rulebook = site.base.store, site.base.rulebook
    [sending] = claim(store, rulebook, site.wall.now)
    assert begin(store, rulebook, sending, site.wall.now, packed(mail_of(sending)))
    note(store, rulebook, site.shop, sending.message, Accepted("ok"), site.wall.now)
    site.wall.now += DAY
    came = Came("GET", "Mozilla/5.0 Firefox/140.0", 0, "https://shop.example")
    keep_visit(store, site.shop, sending.message.key, came, site.wall.now)
    site.wall.now += 2 * MINUTE
    judge_due(store, rulebook, site.wall.now)
    order = {"order_id": "o1", "value": 1_800, "currency": "EUR"}
    site.happens(ADA, "Placed Order", **order)
    return sending.message.key


def test_a_recovery_says_which_message_has_the_credit(site: Site) -> None:
    key = comes_back(site)
    [one] = site.get("/recoveries")["data"]
    assert (one["order_id"], one["value"], one["revenue"]) == ("o1", 1_800, 1_800)
    assert one["credit"]["message"] == key
    assert (one["credit"]["step"], one["credit"]["basis"]) == ("help", "click")
    site.happens(ADA, "Cancelled Order", order_id="o1")
    assert site.get("/recoveries")["data"][0]["revenue"] == 0


def test_other_windows_credit_anew(site: Site) -> None:
    comes_back(site)
    assert site.get("/credit-windows") == {"click": "5 days", "open": "5 days"}
    shown = put(site, "/credit-windows", {"click": "1 minute", "open": None})
    assert shown == {"click": "1 minute", "open": None}
    credit_anew(site.base.store, site.shop)
    assert site.get("/recoveries")["data"][0]["credit"] is None


def test_windows_that_mean_nothing_are_refused(site: Site) -> None:
    answer = site.ask("PUT", "/credit-windows", {"click": "91 days"})
    assert "1 minute to 90 days" in site.refused(answer, 422, "unfit")["detail"]
    site.refused(site.ask("PUT", "/credit-windows", {"clicks": "1 day"}), 422, "unfit")


def test_pages_of_recoveries_have_cursors(site: Site) -> None:
    comes_back(site)
    assert site.get("/recoveries", limit=1)["next"] is None
    site.refused(site.ask("GET", "/recoveries", query={"after": "x"}), 422, "unfit")


def test_a_flow_tells_what_it_brought(site: Site) -> None:
    comes_back(site)
    whole = site.get("/flows/cart/figures")
    assert (whole["from"], whole["to"]) == (None, None)
    [step] = [one for one in whole["steps"] if one["step"] == "help"]
    counts = step["counts"]
    assert (counts["sent"], counts["clicked"], counts["recovered"]) == (1, 1, 1)
    assert counts["revenue"] == {"EUR": 1_800}
    assert whole["total"]["delivered"] == whole["entered"] == 1
    assert [one["template"] for one in whole["templates"]] == ["help"]
    later = site.get("/flows/cart/figures", **{"from": "2026-03-03"})
    assert later["total"]["sent"] == 0
    day = site.get("/flows/cart/figures", **{"from": "2026-03-02", "to": "2026-03-03"})
    assert day["total"]["sent"] == 1
    answer = site.ask(
        "GET", "/flows/cart/figures", query={"from": "2026-03-03", "to": "2026-03-02"}
    )
    site.refused(answer, 422, "unfit")


def test_messages_are_found_by_what_they_are(site: Site) -> None:
    key = comes_back(site)
    leaves_cart(site, "bob@example.com")
    for query, count in (
        ({}, 3),  # Ada's second one waits, and will be cancelled
        ({"flow": "cart"}, 3),
        ({"flow": "other"}, 0),
        ({"status": "sent"}, 1),
        ({"status": "queued", "flow": "cart"}, 2),
        ({"channel": "sms"}, 0),
        ({"channel": "email"}, 3),
        ({"from": "2026-03-03"}, 2),
        ({"to": "2026-03-03"}, 1),
    ):
        assert len(site.get("/messages", **query)["data"]) == count, query
    first = site.get("/messages", limit=2)
    second = site.get("/messages", limit=2, after=first["next"])
    assert second["data"][0]["key"] == key
    assert second["data"][0]["clicked"] == "2026-03-03T10:00:00Z"
    assert second["next"] is None
    site.refused(site.ask("GET", "/messages", query={"status": "lost"}), 422, "unfit")


def test_a_messages_journey_tells_programs_apart(site: Site) -> None:
    key = comes_back(site)
    came = Came("HEAD", "Barracuda", 1, "https://shop.example")
    keep_visit(site.base.store, site.shop, key, came, site.wall.now)
    found = [one["what"] for one in site.get(f"/messages/{key}/journey")["data"]]
    assert found[:3] == ["queued", "handed_over", "clicked"]
    assert set(found[3:]) == {"recovered", "undecided"}
    site.wall.now += 2 * MINUTE
    judge_due(site.base.store, site.base.rulebook, site.wall.now)
    stops = site.get(f"/messages/{key}/journey")["data"]
    assert {"what": "program", "at": "2026-03-03T10:02:00Z", "detail": "head"} in stops


def test_what_a_message_said_is_for_those_who_may_read_profiles(site: Site) -> None:
    key = comes_back(site)
    copy = site.get(f"/messages/{key}/copy")
    assert (copy["subject"], copy["sender_name"]) == ("You left something", "Mugs")
    assert copy["html"] == '<a href="https://shop.example/cart">Back</a>'
    assert copy["text"] == "Back: https://carts.shop.example/e/r/…"
    only = site.with_scopes(Scope.MESSAGES_READ)
    only.refused(only.ask("GET", f"/messages/{key}/copy"), 403, "scope")


def test_what_is_in_doubt_is_settled_and_noted(site: Site) -> None:
    starts(site)
    leaves_cart(site)
    store, rulebook = site.base.store, site.base.rulebook
    [sending] = claim(store, rulebook, site.wall.now)
    note(store, rulebook, site.shop, sending.message, InDoubt("it hung up"), site.wall.now)
    path = f"/messages/{sending.message.key}/settlements"
    assert site.post(path, {"act": "arrived"}, 200)["status"] == "sent"
    assert site.post(path, {"act": "reopen"}, 200)["status"] == "in_doubt"
    assert site.post(path, {"act": "again"}, 200)["status"] == "queued"
    refused = site.refused(site.ask("POST", path, {"act": "again"}), 409, "cannot-settle")
    assert "not in doubt any more" in refused["detail"]
    site.refused(site.ask("POST", path, {"act": "guess"}), 422, "unfit")
    nothing = site.ask("POST", "/messages/none/settlements", {"act": "leave"})
    site.refused(nothing, 404, "not-found")
    only = site.with_scopes(Scope.MESSAGES_READ)
    only.refused(only.ask("POST", path, {"act": "leave"}), 403, "scope")
    with store.reading() as reading:
        noted = reading.audit(site.shop, 2**62, 3)
    assert [one.detail["act"] for one in noted] == ["again", "reopen", "arrived"]
