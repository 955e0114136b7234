"""What the doctor looks at of flows and the mail they send."""

from collections.abc import Iterator, Mapping
from typing import Final

from cartback.cli.finding import Finding
from cartback.cli.output import counted
from cartback.config import Config
from cartback.domain.instant import Instant
from cartback.domain.law.laws import CONFIRMED
from cartback.domain.phrase.deliverability import deliverability_text
from cartback.domain.ruleset import compile_rules
from cartback.engine.confirming import untold
from cartback.engine.coupon_supply import Supply, running_out
from cartback.engine.deliverability import examine, fared, judged
from cartback.engine.flow_needs import what_is_missing
from cartback.engine.flow_ports import FlowRow
from cartback.engine.flows import definition
from cartback.engine.mailing import Mailing
from cartback.engine.ports import Reading
from cartback.engine.rulebook import present_rules
from cartback.engine.settling import count_doubts
from cartback.engine.shop_ports import ShopRow

WHAT: Final = {
    "dkim": "DKIM",
    "spf": "SPF",
    "dmarc": "DMARC",
    "returns": "returned mail",
    "answers": "answers",
}
WORTH_A_LOOK: Final = {"in_doubt": "in doubt", "failed": "failed"}


def mail_findings(
    reading: Reading, shop: ShopRow, config: Config, now: Instant, *, is_demo: bool
) -> Iterator[Finding]:
    """Whether mail can leave, whether live flows have what they need, and how messages fared.

    A shop without flows is not asked for a mail server, and a demo brings its own.
    """
    flows = [row for row in reading.flows(shop.id) if row.status in ("live", "paused")]
    counts = reading.count_messages(shop.id)
    if is_demo:
        yield Finding("mail server", True, "the demo's own, while it runs: mail goes to its inbox")
    elif flows or counts:
        yield _server(config, waiting=counts.get("queued", 0))
    if flows:
        yield _flows(reading, shop, flows)
        yield from _consent(reading, shop)
    yield from _coupons(reading, shop, now)
    if counts:
        yield _messages(counts, count_doubts(reading, shop.id))
        yield _rates(reading, shop, now)


def domain_findings(mailing: Mailing | None, config: Config) -> Iterator[Finding]:
    """What others see of the domain that mail is from; none where no mail leaves."""
    if mailing is None or not config.smtp:
        return
    # Imported here: who sends no mail does not wait for what does.
    from cartback.wiring.email import look_up, sender_of

    for one in examine(sender_of(config, mailing.domain), look_up(config)):
        says = deliverability_text(one.word, one.name, "en")
        if one.record is not None:
            says += f" {one.record.name} {one.record.kind} {one.record.value}"
        yield Finding(WHAT[one.what], one.state != "wrong", says)


def _rates(reading: Reading, shop: ShopRow, now: Instant) -> Finding:
    found = fared(reading, shop.id, now)
    wrong = [one for one in judged(found) if one.state == "wrong"]
    says = f"{found.handed_over:,} in 30 days, {found.bounced:,} bounced, {found.complained:,}"
    says += " complained"
    for one in wrong:
        says += f"; {one.rate:.1%}: {deliverability_text(one.word, one.name, 'en')}"
    return Finding("mail that came back", not wrong, says)


def _server(config: Config, waiting: int) -> Finding:
    if config.smtp:
        return Finding("mail server", True, "set; try it with: cartback template send KEY --to YOU")
    waits = f", and {counted(waiting, 'message')} in the outbox cannot leave" if waiting else ""
    return Finding("mail server", False, f"none is set{waits}; set CARTBACK_SMTP")


def _flows(reading: Reading, shop: ShopRow, flows: list[FlowRow]) -> Finding:
    missing = [
        f"{row.key}: {one}"
        for row in flows
        if row.status == "live"
        for one in what_is_missing(reading, shop.id, definition(row))
    ]
    if missing:
        return Finding("flows", False, "; ".join(missing))
    live = sum(row.status == "live" for row in flows)
    return Finding("flows", True, f"{live} live, {len(flows) - live} paused")


def _consent(reading: Reading, shop: ShopRow) -> Iterator[Finding]:
    """Whether people are told of their yes and no where the shop's own law asks for it."""
    rules = compile_rules(present_rules(reading, shop.id))
    if missing := untold(rules):
        says = "Korean law wants people told what became of their yes or no within 14 days, and of"
        says += f" their yes every two years; start the ready-made {', '.join(missing)}"
        yield Finding("consent", False, says)
    elif rules.choice.home in CONFIRMED:
        yield Finding("consent", True, "people are told of their yes and no, as the law asks")


def _coupons(reading: Reading, shop: ShopRow, now: Instant) -> Iterator[Finding]:
    """Whether codes can be given: of which coupons nothing is left, or little."""
    live = sum(row.status == "live" for row in reading.coupons(shop.id))
    short = running_out(reading, shop.id, now)
    if not live:
        return
    gone = any(one.is_gone for one in short)
    says = "; ".join([f"{live} live", *map(_supply, short)])
    if any(one.of == "pool" for one in short):
        says += "; upload codes in the console under Automations, Coupons, or by the API"
    yield Finding("coupons", not gone, says)


def _supply(one: Supply) -> str:
    if one.of == "pool":
        return f"{one.row.key} has {counted(one.left, 'code')} left of {one.whole:,}"
    money = f"{one.left:,} left of the month's {one.whole:,} {one.currency}"
    return f"{one.row.key} has {money}, in minor units"


def _messages(counts: Mapping[str, int], doubts: int) -> Finding:
    """`doubts`: those in doubt that nobody has looked at yet."""
    said = ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in counts.items())
    worth = {**counts, "in_doubt": doubts}
    bad = [words for status, words in WORTH_A_LOOK.items() if worth.get(status)]
    if not bad:
        return Finding("messages", True, said)
    return Finding(
        "messages",
        False,
        f"{said}; look at those {' or '.join(bad)}: cartback flow why PERSON says what happened,"
        " and cartback doubts, or the console's Messages, settles what is in doubt",
    )
