"""What others see of the sending domain, asked of a real name server, and what the rates say."""

from __future__ import annotations

import msgspec
import pytest

from cartback.channels.email.dkim import Signer, new_key
from cartback.channels.email.look_up import Dns
from cartback.domain.phrase.deliverability import SENTENCES, deliverability_text
from cartback.engine import deliverability
from cartback.engine.deliverability import Fared, Finding, Sender, examine, judged
from tests.email.dns_server import Zone, name_server

SIGNER = Signer("shop.example", "cartback", new_key())
KEY = SIGNER.record().value.rpartition("p=")[2]
OURS = Sender(
    domain="shop.example",
    signs_for="shop.example",
    selector="cartback",
    key=KEY,
    returns="bounces.shop.example",
    takes_returns=True,
)
GOOD: dict[tuple[str, str], list[str]] = {
    ("cartback._domainkey.shop.example", "TXT"): [SIGNER.record().quoted],
    ("bounces.shop.example", "TXT"): ['"v=spf1 include:mail.example -all"', '"other"'],
    ("bounces.shop.example", "MX"): ["20 b.shop.example.", "10 a.shop.example."],
    ("_dmarc.shop.example", "TXT"): ['"v=DMARC1; p=reject; rua=mailto:d@shop.example"'],
    ("shop.example", "MX"): ["10 mx.shop.example."],
}


def seen(zone: Zone, sender: Sender = OURS) -> dict[str, Finding]:
    with name_server(zone) as server:
        return {one.what: one for one in examine(sender, Dns(*server))}


def test_where_all_is_set_up_all_is_well() -> None:
    found = seen(GOOD)
    assert {one.state for one in found.values()} == {"well"}
    assert found["returns"].seen == "a.shop.example, b.shop.example"
    assert "include:mail.example" in found["spf"].seen


def test_where_nothing_is_there_it_says_what_to_publish() -> None:
    found = seen({})
    assert {what: one.word for what, one in found.items()} == {
        "dkim": "dkim_missing",
        "spf": "spf_missing",
        "dmarc": "dmarc_missing",
        "returns": "returns_no_mx",
        "answers": "answers_no_mx",
    }
    record = found["dkim"].record
    assert record is not None
    assert (record.name, record.value) == (SIGNER.record().name, SIGNER.record().value)


@pytest.mark.parametrize(
    "name, kind, records, word",
    [
        ("cartback._domainkey.shop.example", "TXT", ['"v=DKIM1; p=AAAA"'], "dkim_other"),
        ("cartback._domainkey.shop.example", "TXT", ['"v=DKIM1; p="'], "dkim_revoked"),
        ("bounces.shop.example", "TXT", ['"v=spf1 a -all"', '"v=spf1 mx -all"'], "spf_twice"),
        ("bounces.shop.example", "TXT", ['"v=spf1 +all"'], "spf_everybody"),
        ("bounces.shop.example", "TXT", ['"v=spf1 include:x.example"'], "spf_open"),
        ("bounces.shop.example", "TXT", ['"v=spf1 redirect=x.example"'], "spf_well"),
        ("bounces.shop.example", "TXT", ['"v=spf10 -all"'], "spf_missing"),
        ("_dmarc.shop.example", "TXT", ['"v=DMARC1; p=none"'], "dmarc_none"),
        ("_dmarc.shop.example", "TXT", ['"v=DMARC1"'], "dmarc_unread"),
        ("_dmarc.shop.example", "TXT", ['"v=DMARC1; p=none"'] * 1 + ['"v=DMARC1;p=reject"'],
         "dmarc_twice"),
        ("shop.example", "MX", ["0 ."], "answers_no_mx"),
    ],
)  # fmt: skip
def test_each_mistake_is_known(name: str, kind: str, records: list[str], word: str) -> None:
    found = seen({**GOOD, (name, kind): records})
    assert word in {one.word for one in found.values()}
    others = [one for one in found.values() if one.word != word]
    assert {one.state for one in others} == {"well"}


def test_a_subdomain_has_the_policy_of_the_domain_above() -> None:
    below = msgspec.structs.replace(OURS, domain="news.shop.example")
    assert seen(GOOD, below)["dmarc"].word == "dmarc_well"


def test_a_signature_of_another_domain_does_not_count() -> None:
    other = msgspec.structs.replace(OURS, domain="other.example")
    assert seen(GOOD, other)["dkim"].word == "dkim_not_aligned"
    unsigned = msgspec.structs.replace(OURS, key="", signs_for="")
    assert seen(GOOD, unsigned)["dkim"].word == "dkim_not_set"


def test_who_tells_of_returned_mail_counts() -> None:
    own = msgspec.structs.replace(OURS, returns="", takes_returns=False)
    assert seen(GOOD, own)["returns"].word == "returns_lost"
    told = msgspec.structs.replace(own, takes_returns=True)
    assert seen(GOOD, told)["returns"].word == "returns_told"
    elsewhere = msgspec.structs.replace(OURS, takes_returns=False)
    assert seen(GOOD, elsewhere)["returns"].word == "returns_elsewhere"


def test_a_name_server_that_is_silent_makes_nothing_wrong() -> None:
    with name_server({}, silent=["shop.example"]) as (host, port):
        found = examine(OURS, Dns(host, port, seconds=0.05))
    assert {one.word for one in found} == {"no_answer"}


@pytest.mark.parametrize(
    "fared, words",
    [
        (Fared(50, 1, 1), ["too_few", "too_few"]),
        (Fared(10_000, 100, 5), ["complaints_well", "bounces_well"]),
        (Fared(9_700, 290, 10), ["complaints_mind", "bounces_mind"]),
        (Fared(9_400, 570, 30), ["complaints_wrong", "bounces_wrong"]),
    ],
)
def test_rates_are_judged_by_what_providers_publish(fared: Fared, words: list[str]) -> None:
    assert [one.word for one in judged(fared)] == words


def test_every_finding_has_words_in_both_languages() -> None:
    with open(deliverability.__file__) as file:
        text = file.read()
    for word, (english, korean) in SENTENCES.items():
        assert english
        assert korean
        assert deliverability_text(word, "x.example", "ko") == korean.format(name="x.example")
        assert word in text or word.partition("_")[0] in ("complaints", "bounces")
