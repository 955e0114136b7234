"""Messages in the console: found by what they are, and each with what became of it."""

from __future__ import annotations

import re

import msgspec
import pytest

from cartback.domain.event import Metric
from cartback.domain.fault import Fault
from cartback.domain.instant import DAY, HOUR, MINUTE
from cartback.domain.message import Accepted, InDoubt, Mailbox, Outgoing, Refused
from cartback.engine.copies import packed
from cartback.engine.deliver import Sending, begin, claim
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flows import create_flow, set_status
from cartback.engine.noting import note
from cartback.engine.pacing import Held, held_sentence
from cartback.engine.people import merge_by_hand
from cartback.engine.visits import Came, judge_due, keep_visit
from tests.web.console.automations import SERIES, can_send
from tests.web.console.desk import Desk, Visitor

FIREFOX = "Mozilla/5.0 Firefox/140.0"


@pytest.fixture
def shop(staffed: Desk) -> Desk:
    """Ada's mail was handed over, and of Bob's nobody knows."""
    can_send(staffed, SERIES)
    create_flow(staffed.store, staffed.shop, "cart", SERIES, staffed.now)
    set_status(staffed.store, staffed.shop, "cart", "live", staffed.now)
    engine = staffed.engine
    engine.catches_up()
    for who in ("#ada ada@example.com", "#bob bob@example.com"):
        engine.happens(who, Metric.SUBSCRIBED, channel="email")
        engine.happens(who, Metric.ADDED_TO_CART, cart_id=who, product_id="mug", price=900)
    engine.passes(2 * HOUR)
    for one in claim(engine.store, engine.rulebook, engine.now):
        outcome = Accepted("250 r-1") if "ada" in one.message.recipient else InDoubt("it hung up")
        assert begin(engine.store, engine.rulebook, one, engine.now, packed(mail_of(one)))
        note(engine.store, engine.rulebook, engine.id, one.message, outcome, engine.now)
    engine.now += HOUR
    staffed.now = engine.now
    return staffed


def mail_of(sending: Sending) -> Outgoing:
    return Outgoing(
        key=sending.message.key,
        sender=Mailbox("hello@shop.example", "Mugs"),
        recipient=Mailbox(sending.message.recipient),
        subject="Your code is QK7-M2",
        html="<p>The blue mug, $9.00</p>",
        text="The blue mug, $9.00",
        at=sending.message.at,
    )


def message_to(shop: Desk, who: str) -> MessageRow:
    with shop.store.reading() as reading:
        [found] = reading.messages_of(shop.shop, shop.engine.profile_of(who))
    return found


def visit(shop: Desk, key: str, agent: str = FIREFOX) -> None:
    came = Came("GET", agent, 0, "https://shop.example/mug")
    keep_visit(shop.store, shop.shop, key, came, shop.now)
    shop.now += 3 * MINUTE
    shop.engine.now = shop.now
    judge_due(shop.store, shop.engine.rulebook, shop.now)


def test_they_are_found_by_what_they_are(shop: Desk) -> None:
    viewer, path = shop.visitor("viewer"), shop.path("messages")
    for query, ada, bob in (
        ("", True, True),
        ("?status=in_doubt", False, True),
        ("?flow=cart&status=sent&days=7", True, False),
        ("?person=bob@example.com", False, True),
        ("?flow=nothing", False, False),
        ("?status=made-up", True, True),
    ):
        page = viewer.get(path + query).text
        assert ("ada@example.com" in page) == ada, query
        assert ("bob@example.com" in page.replace('value="bob@example.com"', "")) == bob, query
    assert "Look with fewer filters" in viewer.get(path + "?flow=nothing").text
    assert viewer.get(path + "?person=nobody@example.com").status_code == 404


def test_without_any_the_page_says_when_there_will_be(staffed: Desk) -> None:
    page = staffed.visitor("viewer").get(staffed.path("messages")).text
    assert "No messages yet" in page


def test_a_message_tells_its_way_and_programs_apart(shop: Desk) -> None:
    row = message_to(shop, "ada@example.com")
    visit(shop, row.key, "Barracuda Sentinel")
    visit(shop, row.key)
    shop.engine.happens("#ada", Metric.PLACED_ORDER, order_id="o-7", value=1_234, currency="USD")
    page = shop.visitor("viewer").get(shop.path("messages", row.key)).text
    for text in (
        "Handed over, and taken",
        "250 r-1",
        "A program looked, no person",
        "It says itself that it is a program.",
        "https://shop.example/mug",
        "Cart came back",
        "order o-7",
        "credited because of a click",
    ):
        assert text in page, text
    assert "Cart came back" in shop.visitor("viewer").get(shop.path("messages")).text
    framed = shop.visitor("viewer").get(shop.path("messages", row.key, "framed"))
    assert "sandbox" in framed.headers["content-security-policy"]


def test_a_message_shows_what_was_sent_and_not_what_would_be_today(shop: Desk) -> None:
    row = message_to(shop, "ada@example.com")
    page = shop.visitor("viewer").get(shop.path("messages", row.key)).text
    assert "Word for word what was handed over" in page
    assert "Your code is QK7-M2" in page
    framed = shop.visitor("viewer").get(shop.path("messages", row.key, "framed"))
    assert framed.text == "<p>The blue mug, $9.00</p>"
    with shop.store.transaction() as tx:
        tx.drop_copies(shop.now, 9)
    later = shop.visitor("viewer").get(shop.path("messages", row.key)).text
    assert "What was sent is not kept any more." in later
    assert "QK7-M2" not in later


def test_why_a_message_did_not_go_is_told_in_the_readers_language(shop: Desk) -> None:
    row = message_to(shop, "ada@example.com")
    viewer, at = shop.visitor("viewer"), shop.path("messages", row.key)
    refused = str(Fault("server_answered", said="550 5.1.1 no such user"))
    for error, english, korean in (
        (refused, "The server answers: 550 5.1.1 no such user", "메일 서버의 응답: 550 5.1.1 no"),
        (
            held_sentence(Held(50, "day", "")),
            "50 a day while the sender warms up",
            "하루 50통 한도",
        ),
        ("as the server said", "as the server said", "as the server said"),
    ):
        status = "queued" if error.startswith("held") else "failed"
        with shop.store.transaction() as tx:
            was = tx.message(shop.shop, row.key)
            assert was is not None
            now = msgspec.structs.replace(was, status=status, error=error)
            assert tx.save_message(shop.shop, now, was)
        page, translated = viewer.get(at).text, viewer.get(at, accept_language="ko").text
        assert page.count(english) == 2, "above, and on its way"
        assert translated.count(korean) == 2
        assert (english in translated) == (english == korean)


def test_a_message_that_waits_is_a_look_as_of_today(shop: Desk) -> None:
    shop.engine.passes(DAY)
    shop.now = shop.engine.now
    with shop.store.reading() as reading:
        waits, _ = reading.messages_of(shop.shop, shop.engine.profile_of("ada@example.com"))
    page = shop.visitor("viewer").get(shop.path("messages", waits.key)).text
    assert waits.status == "queued"
    assert "It has not left yet." in page
    assert "As it would be today" in page


def test_what_is_in_doubt_says_what_one_can_do(shop: Desk) -> None:
    row = message_to(shop, "bob@example.com")
    page = shop.visitor("viewer").get(shop.path("messages", row.key)).text
    assert "Nobody can know whether it arrived" in page
    assert "it hung up" in page


def test_what_was_cancelled_says_why(shop: Desk) -> None:
    shop.engine.passes(DAY)
    shop.engine.happens("#ada", Metric.PLACED_ORDER, value=1_234)
    claim(shop.store, shop.engine.rulebook, shop.engine.now)
    shop.now = shop.engine.now
    with shop.store.reading() as reading:
        profile = shop.engine.profile_of("ada@example.com")
        [last, _] = reading.messages_of(shop.shop, profile)
    assert last.status == "cancelled"
    page = shop.visitor("viewer").get(shop.path("messages", last.key)).text
    assert "It was held back as it was to leave" in page


def test_an_alert_is_called_one_and_says_to_whom_it_went(shop: Desk) -> None:
    tells = {"kind": "alert", "key": "tell", "to": ["care@shop.example"], "subject": "Left"}
    document = {**SERIES, "name": "Tells", "steps": [{**tells, "text": "A"}, *SERIES["steps"]]}
    create_flow(shop.store, shop.shop, "tells", document, shop.now)
    set_status(shop.store, shop.shop, "tells", "live", shop.now)
    shop.engine.catches_up()
    shop.engine.happens("#eve eve@example.com", Metric.ADDED_TO_CART, product_id="mug", price=900)
    shop.engine.passes(2 * HOUR)
    for one in claim(shop.store, shop.engine.rulebook, shop.engine.now, channel="alert"):
        no = Refused(True, 0, "no", "shop")
        note(shop.store, shop.engine.rulebook, shop.shop, one.message, no, shop.engine.now)
    shop.now = shop.engine.now
    with shop.store.reading() as reading:
        rows = reading.messages_of(shop.shop, shop.engine.profile_of("#eve"))
    [alert] = [one for one in rows if one.channel == "alert"]
    viewer = shop.visitor("viewer")
    text = viewer.get(shop.path("messages", alert.key)).text
    assert "Tell colleagues" in text
    assert "care@shop.example" in text
    assert "Whom it is about" in text
    assert "is not there any more" not in text
    brought = viewer.get(shop.path("flows", "tells") + "?days=0").text
    *rows, total = re.findall(r">(\d+)</td></tr>", brought)
    assert int(total) == sum(map(int, rows))


def test_a_message_that_is_not_there_is_not_found(shop: Desk) -> None:
    assert shop.visitor("viewer").get(shop.path("messages", "m1")).status_code == 404


def test_a_file_has_what_was_looked_for(shop: Desk) -> None:
    marketer = shop.visitor("marketer")
    text = marketer.get(shop.path("messages.csv") + "?status=sent").text
    assert "ada@example.com" in text
    assert "bob@example.com" not in text
    with shop.store.reading() as reading:
        assert reading.audit(shop.shop, 2**62, 1)[0].subject == "messages"


def test_who_became_one_has_the_messages_and_decisions_of_both(shop: Desk) -> None:
    row = message_to(shop, "bob@example.com")
    engine = shop.engine
    engine.happens("phone", Metric.VIEWED_PAGE)
    one, other = engine.profile_of("bob@example.com"), engine.profile_of("phone")
    merge_by_hand(shop.store, engine.rulebook, shop.shop, other, one, engine.now)
    engine.happens("tablet", Metric.VIEWED_PAGE)
    ada, tablet = engine.profile_of("ada@example.com"), engine.profile_of("tablet")
    merge_by_hand(shop.store, engine.rulebook, shop.shop, tablet, ada, engine.now)
    viewer = shop.visitor("viewer")
    assert row.key in viewer.get(shop.path("messages") + "?person=phone").text
    page = viewer.get(shop.path("people", engine.profile_of("tablet")) + "?show=messages").text
    assert "Abandoned cart" in page
    assert shop.path("messages", message_to_any(shop, ada)) in page


def message_to_any(shop: Desk, profile: int) -> str:
    with shop.store.reading() as reading:
        return reading.messages_of(shop.shop, profile)[0].key


def seen_after(visitor: Visitor, path: str, **form: str | list[str]) -> str:
    """The page that is looked at after something was sent."""
    answer = visitor.post(path, form)
    assert answer.status_code == 303
    return visitor.get(answer.headers["location"]).text


def test_what_is_in_doubt_is_settled_on_its_page_and_that_is_noted(shop: Desk) -> None:
    key, ada = message_to(shop, "bob@example.com").key, shop.visitor("marketer")
    path = shop.path("messages", key)
    assert "What did you find out?" not in shop.visitor("viewer").get(path).text
    page = seen_after(ada, path + "/settlements", do="arrived")
    assert "somebody found out that it arrived" in page
    assert message_to(shop, "bob@example.com").status == "sent"
    ada.post(path + "/settlements", {"do": "reopen"})
    assert "Nobody can know" in ada.get(path).text
    ada.post(path + "/settlements", {"do": "leave"})
    assert "It is left as it is" in ada.get(path).text
    again = ada.post(path + "/settlements", {"do": "nonsense"})
    assert again.status_code == 400
    changes = shop.visitor("owner").get(shop.path("settings", "changes")).text
    assert changes.count("settled the message") == 3


def test_sending_again_is_asked_first(shop: Desk) -> None:
    key, ada = message_to(shop, "bob@example.com").key, shop.visitor("marketer")
    asked = ada.get(shop.path("messages", key, "again")).text
    assert "the same message twice" in asked
    ada.post(shop.path("messages", key, "settlements"), {"do": "again"})
    assert message_to(shop, "bob@example.com").status == "queued"
    assert ada.get(shop.path("messages", key, "again")).status_code == 404
    page = seen_after(ada, shop.path("messages", key, "settlements"), do="again")
    assert "It is not in doubt any more" in page


def test_those_of_one_kill_are_settled_together(shop: Desk) -> None:
    key, ada = message_to(shop, "bob@example.com").key, shop.visitor("marketer")
    sent = message_to(shop, "ada@example.com").key
    assert "1 message is in doubt" in ada.get(shop.path("messages")).text
    listed = ada.get(shop.path("messages") + "?status=in_doubt").text
    assert f'name="key" value="{key}"' in listed
    assert sent not in listed
    path = shop.path("messages", "settlements")
    assert "Choose at least one message." in seen_after(ada, path, do="arrived")
    asked = ada.post(path, {"do": "again", "every": "yes", "listed": [key]}).text
    assert "Send it again?" in asked
    assert message_to(shop, "bob@example.com").status == "in_doubt"
    done = seen_after(ada, path, do="again", sure="yes", key=[key, sent])
    assert "1 message was settled. 1 could not be" in done
    assert message_to(shop, "bob@example.com").status == "queued"
    assert message_to(shop, "ada@example.com").status == "sent"
    assert "is in doubt" not in ada.get(shop.path("messages")).text


def test_what_goes_to_the_shop_itself_is_listed_apart(shop: Desk) -> None:
    ada = message_to(shop, "ada@example.com")
    with shop.store.transaction() as tx:
        row = msgspec.structs.replace(ada, key="w1", channel="webhook", recipient="")
        tx.queue(shop.shop, [row])
    viewer, path = shop.visitor("viewer"), shop.path("messages")
    for query, people, ours in (
        ("", True, False),
        ("?to=shop", False, True),
        ("?to=all", True, True),
    ):
        page = viewer.get(path + query).text
        assert (f"/{ada.key}" in page, "/w1" in page) == (people, ours), query


def test_the_timeline_names_the_mail_and_leads_to_the_message(shop: Desk) -> None:
    row = message_to(shop, "ada@example.com")
    visit(shop, row.key)
    person = shop.visitor("viewer").get(shop.path("people", row.profile) + "?show=messages").text
    for metric in ("Received Email", "Clicked Email"):
        link = re.search(
            rf'<a [^>]*href="([^"]+)">{metric}</a>.*?<p [^>]*>([^<]+)</p>', person, re.S
        )
        assert link is not None, metric
        assert link[1] == shop.path("messages", row.key)
        assert link[2].startswith("Cart, first mail: help")
