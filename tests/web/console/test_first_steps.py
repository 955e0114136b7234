"""The first steps: each is done when it is done, and they can be put away and brought back."""

from __future__ import annotations

import re

from cartback.engine.keys import digest_of, make_key, public_key
from cartback.engine.shops import create_shop
from tests.scenarios.engine_shop import did, segment
from tests.web.console.desk import Desk, Visitor


def steps(visitor: Visitor, path: str) -> list[str]:
    """Of each step whether it is done, as Home says."""
    page = visitor.get(path).text
    part = page.partition('id="first-steps"')[2].partition("</section>")[0]
    return re.findall(r'class="sr-only">(done|to do)<', part)


def test_each_step_is_done_when_it_is_done(staffed: Desk) -> None:
    owner, home = staffed.visitor("owner"), staffed.path()
    assert steps(owner, home) == ["to do", "to do", "to do"]
    staffed.passes(1)
    staffed.engine.has(segment("buyers", did("Placed Order")))
    assert steps(owner, home) == ["done", "to do", "to do"]
    staffed.engine.happens("#ada", "Placed Order", value=100, currency="USD")
    assert steps(owner, home) == ["done", "done", "to do"]
    asking = staffed.path("segments", "buyers", "why")
    owner.get(asking)
    owner.get(asking + "?person=nobody")
    assert steps(owner, home) == ["done", "done", "to do"], "nobody was asked about"
    owner.get(asking + "?person=ada")
    owner.get(asking + "?person=ada")
    assert steps(owner, home) == ["done", "done", "done"]
    log = owner.get(staffed.path("settings", "changes")).text
    assert log.count("asked why of the segment") == 1
    assert steps(staffed.visitor("viewer"), home) == ["done", "done", "to do"], "each asks"


def test_asking_leads_to_the_why_of_somebody_inside(staffed: Desk) -> None:
    viewer = staffed.visitor("viewer")
    assert (
        f'href="{staffed.path("segments")}">Ask about somebody' in viewer.get(staffed.path()).text
    )
    staffed.engine.has(segment("buyers", did("Placed Order")))
    staffed.engine.happens("#ada", "Placed Order", value=100, currency="USD")
    page = viewer.get(staffed.path()).text
    [path] = re.findall(r'href="([^"]+)">Ask about somebody', page)
    assert "Inside" in viewer.get(path).text


def test_they_are_put_away_and_brought_back_for_oneself(staffed: Desk) -> None:
    owner, viewer = staffed.visitor("owner"), staffed.visitor("viewer")
    path = staffed.path("first-steps")
    assert "Show them on Home again" not in owner.get(staffed.path("settings")).text
    assert owner.post(path, {"do": "away"}).headers["location"] == staffed.path()
    assert steps(owner, staffed.path()) == []
    assert len(steps(viewer, staffed.path())) == 3
    assert "Show them on Home again" in owner.get(staffed.path("settings")).text
    owner.post(path, {"do": "back"})
    assert len(steps(owner, staffed.path())) == 3


def test_the_line_to_send_has_the_shops_public_key_while_it_works(desk: Desk) -> None:
    made = create_shop(desk.store, "Third", desk.now)
    with desk.store.transaction() as tx:
        assert public_key(tx, made.shop.id) == made.public[0]
        token, _ = make_key(tx, made.shop.id, "public", desk.now)
        make_key(tx, made.shop.id, "secret", desk.now)
        assert public_key(tx, made.shop.id) == token
        assert public_key(tx, desk.shop) not in ("", token), "another shop has another"
        [row] = [one for one in tx.keys(made.shop.id) if one.digest == digest_of(token)]
        tx.revoke_key(made.shop.id, row.id, desk.now)
        assert public_key(tx, made.shop.id) == ""
    desk.people()
    page = desk.visitor("viewer").get(desk.path()).text
    with desk.store.reading() as reading:
        assert f"-u {public_key(reading, desk.shop)}: -H" in page


def test_the_demo_waits_for_a_segment_and_an_event_of_ones_own(demo_desk: Desk) -> None:
    owner, home, engine = demo_desk.visitor("owner"), demo_desk.path(), demo_desk.engine
    engine.has(segment("buyers", did("Placed Order")))  # as old as the shop: the demo's own
    engine.happens("#ada", "Placed Order", value=100, currency="USD")
    assert steps(owner, home) == ["to do", "to do", "to do"]
    engine.happens("#me", "Checkout Started", value=100, currency="USD")
    assert steps(owner, home) == ["to do", "done", "to do"]
    demo_desk.passes(1)
    engine.has(segment("mine", did("Checkout Started")))
    assert steps(owner, home) == ["done", "done", "to do"]
