"""What the doctor looks at of flows and the mail they send."""

from collections.abc import Iterator, Mapping
from typing import Final

from cartback.cli.finding import Finding
from cartback.cli.output import counted
from cartback.config import Config
from cartback.engine.flow_needs import what_is_missing
from cartback.engine.flow_ports import FlowRow
from cartback.engine.flows import definition
from cartback.engine.ports import Reading, ShopRow

WORTH_A_LOOK: Final = {"in_doubt": "in doubt", "failed": "failed"}


def mail_findings(
    reading: Reading, shop: ShopRow, config: Config, *, is_demo: bool
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
    if counts:
        yield _messages(counts)


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


def _messages(counts: Mapping[str, int]) -> Finding:
    said = ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in counts.items())
    bad = [words for status, words in WORTH_A_LOOK.items() if counts.get(status)]
    if not bad:
        return Finding("messages", True, said)
    return Finding(
        "messages",
        False,
        f"{said}; look at those {' or '.join(bad)}: cartback flow why PERSON says what happened",
    )
