"""What flows ask of the store: definitions, who is where in them, decisions, and the outbox."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, Protocol, TypeAlias, get_args

import msgspec

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.profile import RunId

FlowStatus: TypeAlias = Literal["draft", "live", "paused", "archived"]
MessageStatus: TypeAlias = Literal[
    "queued",
    "claimed",
    "handing",
    "sent",
    "in_doubt",
    "cancelled",
    "failed",
    "bounced",
    "complained",
]
"""`queued` waits for its channel, `claimed` is somebody's who makes it, `handing` is being handed
over; the others are ends. `in_doubt`: nobody can know whether it was handed over."""
STATUSES: Final[tuple[MessageStatus, ...]] = get_args(MessageStatus)
AT_REST: Final = frozenset({"sent", "in_doubt", "cancelled", "failed", "bounced", "complained"})


class FlowRow(msgspec.Struct, frozen=True):
    """A flow's newest definition and whether it is at work."""

    key: str
    name: str
    document: bytes
    version: int
    status: FlowStatus
    created: Instant
    updated: Instant


class FlowVersionRow(msgspec.Struct, frozen=True):
    """One definition that a flow has had: since when, and who gave it."""

    key: str
    version: int
    name: str
    document: bytes
    at: Instant
    by: str = ""


class TemplateRow(msgspec.Struct, frozen=True):
    """One version of a template; the highest is the present one."""

    key: str
    version: int
    name: str
    document: bytes
    at: Instant
    by: str = ""


class ArchivedTemplate(msgspec.Struct, frozen=True):
    """A template that was put away, and by whom."""

    key: str
    at: Instant
    by: str


class RunRow(msgspec.Struct, frozen=True):
    """Where somebody stands in a flow; `step` and `due` are None where the run has ended."""

    profile: ProfileId
    run: RunId
    step: str | None
    due: Instant | None
    held: str = ""


class DecisionRow(msgspec.Struct, frozen=True):
    """What a flow did with a person, and why; its words are those of `domain/effect.py`."""

    profile: ProfileId
    run: RunId
    step: str
    at: Instant
    what: str
    reason: str
    until: Instant = 0
    way: int = -1
    rule: str = ""


class MessageRow(msgspec.Struct, frozen=True):
    """One message to one person. `key` makes sending it twice impossible.

    `due` is when it may be claimed, `claimed` when it was last, or when its hand-over began;
    `receipt` is what the provider said, `error` a sentence where it was not sent. `opened`,
    `clicked` and `unsubscribed` are when its person first did so; 0: not.
    """

    key: str
    profile: ProfileId
    run: RunId
    step: str
    channel: str
    at: Instant
    useful_until: Instant
    measured_from: Instant
    status: MessageStatus = "queued"
    due: Instant = 0
    claimed: Instant = 0
    attempts: int = 0
    recipient: str = ""
    receipt: str = ""
    error: str = ""
    opened: Instant = 0
    clicked: Instant = 0
    unsubscribed: Instant = 0


class FlowReading(Protocol):
    """A consistent look at flows and what they did."""

    def flows(self, shop: ShopId) -> Sequence[FlowRow]: ...
    def flow(self, shop: ShopId, key: str) -> FlowRow | None: ...
    def flow_versions(
        self, shop: ShopId, key: str, before: int, limit: int
    ) -> Sequence[FlowVersionRow]:
        """The definitions that a flow has had, those before a version, newest first."""

    def flow_version(self, shop: ShopId, key: str, version: int) -> FlowVersionRow | None: ...
    def templates(self, shop: ShopId) -> Sequence[TemplateRow]:
        """The present version of each template, by key."""

    def template(self, shop: ShopId, key: str, version: int | None = None) -> TemplateRow | None:
        """A version of a template, the present one where none is named."""

    def template_versions(
        self, shop: ShopId, key: str, before: int, limit: int
    ) -> Sequence[TemplateRow]:
        """The versions of a template before that one, newest first."""

    def archived_templates(self, shop: ShopId) -> Sequence[ArchivedTemplate]:
        """Those that were put away, by key; they are among the templates still."""

    def versions_at_work(self, shop: ShopId) -> Mapping[str, Collection[int]]:
        """By flow, the versions that somebody is on."""

    def runs_at(
        self,
        shop: ShopId,
        flow: str,
        after: tuple[ProfileId, str] = (0, ""),
        limit: int = 100,
        step: str = "",
    ) -> Sequence[RunRow]:
        """Who is in a flow, and where: in the order of profile and cart. Where a step is named,
        only those who stand at it."""

    def count_runs(self, shop: ShopId, flow: str) -> Mapping[tuple[int, str], int]:
        """How many stand at each step, by version and step."""

    def decisions(
        self, shop: ShopId, profile: ProfileId, before: int = 2**62, limit: int = 100
    ) -> Sequence[tuple[int, DecisionRow]]:
        """What flows did with a person, newest first, each with its number."""

    def decisions_after(
        self, shop: ShopId, number: int, limit: int = 100
    ) -> Sequence[tuple[int, DecisionRow]]:
        """What flows did with everybody, in the order in which it was written, from behind that
        number on."""

    def message(self, shop: ShopId, key: str) -> MessageRow | None: ...
    def messages_of(
        self,
        shop: ShopId,
        profile: ProfileId,
        limit: int = 100,
        before: tuple[Instant, str] = (FOREVER, ""),
    ) -> Sequence[MessageRow]:
        """The messages to a person, newest first: those that come after this place."""

    def messages_in(
        self,
        shop: ShopId,
        flow: str,
        status: MessageStatus,
        before: tuple[Instant, str],
        start: Instant,
        limit: int,
        channel: str = "",
    ) -> Sequence[MessageRow]:
        """Messages of a flow with that status, newest first: those that come after this place, not
        before `start`, and by that channel where one is named."""

    def next_message(self, channel: str) -> Instant:
        """When the earliest message of a channel may be claimed; FOREVER for none."""

    def count_messages_since(
        self, shop: ShopId, flow: str, status: MessageStatus, since: Instant, channel: str
    ) -> int:
        """How many messages of a flow by a channel that were made since then have that status."""

    def count_messages(self, shop: ShopId) -> Mapping[str, int]:
        """How many messages there are, by status."""


class FlowWriting(FlowReading, Protocol):
    """Changes, in the transaction of what they follow from."""

    def save_flow(self, shop: ShopId, flow: FlowRow) -> None: ...
    def add_flow_version(self, shop: ShopId, version: FlowVersionRow) -> None: ...
    def add_template(self, shop: ShopId, template: TemplateRow) -> None:
        """A new version. Raises Contention where that version exists already."""

    def archive_template(self, shop: ShopId, archived: ArchivedTemplate) -> bool:
        """False where it is put away already."""

    def restore_template(self, shop: ShopId, key: str) -> bool:
        """False where it is not put away."""

    def place_runs(self, shop: ShopId, runs: Sequence[RunRow]) -> None:
        """Write where runs stand, and take out those that have ended; each once."""

    def add_decisions(self, shop: ShopId, decisions: Sequence[DecisionRow]) -> None: ...
    def queue(self, shop: ShopId, messages: Sequence[MessageRow]) -> None:
        """Put messages into the outbox; a key that is there stays as it is."""

    def claim_messages(
        self, now: Instant, limit: int, channel: str
    ) -> Mapping[ShopId, Sequence[MessageRow]]:
        """A channel's queued messages with due <= now, earliest first; locked, and skipping locked
        ones."""

    def stale_claims(self, before: Instant, limit: int) -> Mapping[ShopId, Sequence[MessageRow]]:
        """Messages that were claimed, or whose hand-over began, before that instant, and that
        never came to rest; locked."""

    def lock_message(self, shop: ShopId, key: str) -> MessageRow | None:
        """The message, its row locked until the end."""

    def save_message(self, shop: ShopId, message: MessageRow, was: MessageRow) -> bool:
        """The new state of a message, if it has the status and the attempts still with which it was
        read; whether it had. To whom it is stays."""

    def readdress(self, shop: ShopId, profile: ProfileId, to: ProfileId) -> None:
        """Messages to a profile that still wait are to another, which it became one with."""

    def hand_back(self, shop: ShopId, key: str, to: ProfileId) -> None:
        """A message is to another profile: they became one with it, or a merge was undone."""

    def forget_flows_of(self, shop: ShopId, profile: ProfileId) -> None:
        """Delete a person's runs, decisions, messages, recoveries, and which carts they ordered
        (erasure on request)."""
