"""Whether mail arrives: what others see in the DNS of the domain that it says it is from, and how
much of it came back or was complained about.

The records are looked up by whoever knows DNS (`LookUp`); what they mean is decided here. Bounds
are those that large mailbox providers publish: complaints below 0.3 %, better 0.1 % (Google,
support.google.com/mail/answer/81126; Yahoo, senders.yahooinc.com/best-practices); bounces below
5 %, at 10 % Amazon SES stops an account (docs.aws.amazon.com/ses, Reputation metrics).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from cartback.domain.event import ShopId
from cartback.domain.instant import DAY, Instant
from cartback.domain.law.terms import EMAIL
from cartback.engine.flow_ports import MessageStatus
from cartback.engine.ports import Reading

State: TypeAlias = Literal["well", "mind", "wrong", "unknown"]
What: TypeAlias = Literal["dkim", "spf", "dmarc", "returns", "answers", "complaints", "bounces"]

WINDOW: Final = 30 * DAY
COMPLAINTS_WRONG, COMPLAINTS_MIND = 0.003, 0.001
BOUNCES_WRONG, BOUNCES_MIND = 0.05, 0.02
FEW: Final = 100
"""Of fewer mails than these a rate says nothing."""


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """What mail leaves as. `key`: the public half of the DKIM key as `p=` has it; empty where
    nothing is signed. `returns`: the domain of return paths, empty where it is the sender's own;
    `takes_returns`: whether anybody tells us what comes back.
    """

    domain: str
    signs_for: str = ""
    selector: str = ""
    key: str = ""
    returns: str = ""
    takes_returns: bool = False

    @property
    def dkim_name(self) -> str:
        return f"{self.selector}._domainkey.{self.signs_for}"

    @property
    def envelope(self) -> str:
        """The domain that SPF is asked of."""
        return self.returns or self.domain


class Record(msgspec.Struct, frozen=True):
    """What is to stand in the DNS."""

    kind: Literal["TXT", "MX"]
    name: str
    value: str


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at. `word` is one of `phrase/deliverability.py`; `seen` is what
    stands there now, `record` what is to stand there."""

    what: What
    state: State
    word: str
    seen: str = ""
    record: Record | None = None
    name: str = ""
    rate: float = 0.0
    count: int = 0


class CannotLookUp(Exception):
    """The name server did not answer; nothing is known."""


class LookUp(Protocol):
    """Asks the DNS. No such name, or none of that kind, is an empty answer."""

    def texts(self, name: str) -> Sequence[str]:
        """The TXT records, their pieces joined. Raises CannotLookUp."""

    def mail_hosts(self, name: str) -> Sequence[str]:
        """The hosts of the MX records, the first choice first. Raises CannotLookUp."""


Judge: TypeAlias = Callable[[Sender, LookUp], Finding]


def examine(sender: Sender, look_up: LookUp) -> list[Finding]:
    """What others see of the sender's domain."""
    judges: list[tuple[What, Judge]] = [
        ("dkim", _dkim),
        ("spf", _spf),
        ("dmarc", _dmarc),
        ("returns", _returns),
        ("answers", _answers),
    ]

    def judged(what: What, judge: Judge) -> Finding:
        try:
            return judge(sender, look_up)
        except CannotLookUp:
            return Finding(what, "unknown", "no_answer", name=sender.domain)

    with ThreadPoolExecutor(len(judges)) as pool:  # each may wait for a name server
        return list(pool.map(lambda one: judged(*one), judges))


# --- the records ---------------------------------------------------------------------------------


def _tags(text: str) -> dict[str, str]:
    """`v=DMARC1; p=none` as a mapping; the names small, the values without spaces around."""
    parts = (one.partition("=") for one in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in parts if name.strip()}


def _dkim(sender: Sender, look_up: LookUp) -> Finding:
    if not sender.key:
        return Finding("dkim", "wrong", "dkim_not_set", name=sender.domain)
    wanted = Record("TXT", sender.dkim_name, f"v=DKIM1; k=rsa; p={sender.key}")
    if not _is_aligned(sender.domain, sender.signs_for):
        name = f"{sender.signs_for}, {sender.domain}"
        return Finding("dkim", "wrong", "dkim_not_aligned", record=wanted, name=name)
    texts = look_up.texts(sender.dkim_name)
    keys = ["".join(_tags(one).get("p", "").split()) for one in texts if "p=" in one]
    seen = " ".join(texts)[:400]
    if not keys:
        return Finding("dkim", "wrong", "dkim_missing", seen, wanted, sender.dkim_name)
    if sender.key not in keys:
        word = "dkim_revoked" if keys == [""] else "dkim_other"
        return Finding("dkim", "wrong", word, seen, wanted, sender.dkim_name)
    return Finding("dkim", "well", "dkim_well", seen, name=sender.dkim_name)


def _is_aligned(domain: str, other: str) -> bool:
    """Relaxed, as far as can be said without a list of public suffixes."""
    return domain == other or domain.endswith("." + other) or other.endswith("." + domain)


def _spf(sender: Sender, look_up: LookUp) -> Finding:
    name = sender.envelope
    texts = [one for one in look_up.texts(name) if one.lower().split(" ")[0] == "v=spf1"]
    wanted = Record("TXT", name, "v=spf1 include:your-provider.example -all")
    seen = " ".join(texts)[:400]
    if not texts:
        return Finding("spf", "wrong", "spf_missing", record=wanted, name=name)
    if len(texts) > 1:
        return Finding("spf", "wrong", "spf_twice", seen, wanted, name)
    terms = texts[0].lower().split()
    if "+all" in terms or "all" in terms:
        return Finding("spf", "wrong", "spf_everybody", seen, wanted, name)
    ends = terms[-1] in ("-all", "~all") or any(one.startswith("redirect=") for one in terms)
    if not ends:
        return Finding("spf", "mind", "spf_open", seen, wanted, name)
    return Finding("spf", "well", "spf_well", seen, name=name)


def _dmarc(sender: Sender, look_up: LookUp) -> Finding:
    name, texts = f"_dmarc.{sender.domain}", list[str]()
    labels = sender.domain.split(".")
    for start in range(max(len(labels) - 1, 1)):
        name = "_dmarc." + ".".join(labels[start:])
        texts = [one for one in look_up.texts(name) if one.lower().startswith("v=dmarc1")]
        if texts:
            break
    reports = f"mailto:dmarc@{sender.domain}"
    first = Record("TXT", f"_dmarc.{sender.domain}", f"v=DMARC1; p=none; rua={reports}")
    seen = " ".join(texts)[:400]
    if not texts:
        return Finding("dmarc", "wrong", "dmarc_missing", record=first, name=first.name)
    if len(texts) > 1:
        return Finding("dmarc", "wrong", "dmarc_twice", seen, name=name)
    tags = _tags(texts[0])
    policy = tags.get("p", "").lower()
    if policy == "none":
        stricter = Record("TXT", name, f"v=DMARC1; p=quarantine; rua={tags.get('rua') or reports}")
        return Finding("dmarc", "mind", "dmarc_none", seen, stricter, name)
    if policy not in ("quarantine", "reject"):
        return Finding("dmarc", "wrong", "dmarc_unread", seen, first, name)
    return Finding("dmarc", "well", "dmarc_well", seen, name=name)


def _returns(sender: Sender, look_up: LookUp) -> Finding:
    """Whether what comes back reaches anybody who keeps it."""
    if not sender.returns:
        word = "returns_told" if sender.takes_returns else "returns_lost"
        return Finding("returns", "well" if sender.takes_returns else "mind", word)
    hosts = look_up.mail_hosts(sender.returns)
    if not hosts:
        wanted = Record("MX", sender.returns, "10 the-host-of-cartback.example.")
        return Finding("returns", "wrong", "returns_no_mx", record=wanted, name=sender.returns)
    word = "returns_well" if sender.takes_returns else "returns_elsewhere"
    state: State = "well" if sender.takes_returns else "mind"
    return Finding("returns", state, word, ", ".join(hosts)[:400], name=sender.returns)


def _answers(sender: Sender, look_up: LookUp) -> Finding:
    """Whether somebody who answers a mail reaches anybody."""
    hosts = look_up.mail_hosts(sender.domain)
    if hosts:
        return Finding(
            "answers", "well", "answers_well", ", ".join(hosts)[:400], None, sender.domain
        )
    return Finding("answers", "mind", "answers_no_mx", name=sender.domain)


# --- how mail fared ------------------------------------------------------------------------------


class Fared(msgspec.Struct, frozen=True):
    """Mails of the window by what became of them."""

    sent: int
    bounced: int
    complained: int

    @property
    def handed_over(self) -> int:
        return self.sent + self.bounced + self.complained


def fared(reading: Reading, shop: ShopId, now: Instant) -> Fared:
    """How the mails of the last thirty days fared, over all flows."""
    flows = [flow.key for flow in reading.flows(shop)]

    def count(status: MessageStatus) -> int:
        since = now - WINDOW
        return sum(reading.count_messages_since(shop, one, status, since, EMAIL) for one in flows)

    return Fared(count("sent"), count("bounced"), count("complained"))


def judged(found: Fared) -> list[Finding]:
    """What the rates say."""
    total = found.handed_over
    if total < FEW:
        return [
            Finding("complaints", "unknown", "too_few", count=total),
            Finding("bounces", "unknown", "too_few", count=total),
        ]
    complaints, bounces = found.complained / total, found.bounced / total
    return [
        _rate("complaints", complaints, found.complained, COMPLAINTS_WRONG, COMPLAINTS_MIND),
        _rate("bounces", bounces, found.bounced, BOUNCES_WRONG, BOUNCES_MIND),
    ]


def _rate(what: What, rate: float, count: int, wrong: float, mind: float) -> Finding:
    state: State = "wrong" if rate >= wrong else "mind" if rate >= mind else "well"
    return Finding(what, state, f"{what}_{state}", rate=rate, count=count)
