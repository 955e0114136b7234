"""Runs: how a flow takes one person from step to step.

A walk looks at a profile at one instant: it begins the runs that were triggered, takes those that
are due as far as they go, and notes every decision with its reason. Runs about a cart end when it
is bought or empty, and no message about it goes while the shopper is filling it.
"""

from hashlib import blake2b
from typing import Protocol

import msgspec

from cartback.domain.contact import MOST_A_WEEK, allowed, zone_of_person
from cartback.domain.effect import Decided, Effect, Queued, Reason, What
from cartback.domain.event import Event, Json, Metric, ProfileId
from cartback.domain.instant import FOREVER, Instant, Zone, parse_duration
from cartback.domain.liveflow import LiveFlow, rank
from cartback.domain.offer import answers, refusal_of
from cartback.domain.pause import wait_until
from cartback.domain.permission import Permission, cart_is_gone, may_be_written
from cartback.domain.profile import MOST_ENTERED, MOST_RUNS, Profile, Run, RunId
from cartback.domain.ruleset import Ruleset
from cartback.domain.share import draw
from cartback.domain.start import LATEST_START, Start
from cartback.domain.step import (
    Alert,
    AnyStep,
    Email,
    End,
    GiveCoupon,
    ListChange,
    MessageStep,
    RandomSplit,
    SetTrait,
    Split,
    StepKey,
    TriggerSplit,
    Wait,
    WaitFor,
    Webhook,
    channel_of,
    recipients_of,
)


class Turn(Protocol):
    """The draft that is being moved, and how what a step does is made known."""

    profile: Profile
    rules: Ruleset
    effects: list[Effect]

    def happens(
        self,
        metric: str,
        at: Instant,
        event_id: str,
        properties: dict[str, Json] | None = None,
        traits: dict[str, Json] | None = None,
    ) -> None:
        """Something follows from a step: it goes to the log and changes the profile."""


class Walk:
    """One profile at one instant."""

    __slots__ = ("at", "turn")

    def __init__(self, turn: Turn, at: Instant) -> None:
        self.turn = turn
        self.at = at

    # --- beginning -----------------------------------------------------------------------------

    def begin(self, start: Start) -> None:
        """Begin a run, or note why none begins."""
        live, profile = start.live, self.turn.profile
        key = start.key
        measured = self._measured_from(start)
        run = Run(live.key, live.version, start.cart, self.at, measured, live.first, self.at)
        reason, until = self._hindrance(start, run, profile.entered.get(key))
        if reason is not None:
            self._note(run, "not_entered", reason, until=until)
            return
        if start.event is not None and live.tests:
            chosen = live.choose(start.event.properties)
            run = msgspec.structs.replace(run, chosen=chosen)
        profile.runs[key] = run
        _remember(profile.entered, key, self.at)
        self._note(run, "entered", Reason.TRIGGERED)

    def _measured_from(self, start: Start) -> Instant:
        """From when "since the run began" counts: for a cart, from its last activity."""
        cart = self.turn.profile.carts.get(start.cart) if start.live.flow.of_cart else None
        event_time = self.at if start.event is None else min(self.at, start.event.time)
        return event_time if cart is None else min(event_time, cart.activity)

    def _hindrance(
        self, start: Start, run: Run, last: Instant | None
    ) -> tuple[Reason | None, Instant]:
        """What keeps the run from beginning, and until when that is so, where it is known."""
        live, profile = start.live, self.turn.profile
        key = start.key
        if key in profile.runs or len(profile.runs) >= MOST_RUNS:
            return Reason.ALREADY_IN, 0
        if start.cart and self._is_outranked(start):
            return Reason.OUTRANKED, 0
        if last is not None and live.again == FOREVER:
            return Reason.ONLY_ONCE, 0
        if last is not None and (self.at < last + live.again or last == self.at):
            return Reason.TOO_SOON, last + live.again
        if start.event is not None and self.at - start.event.time > LATEST_START:
            return Reason.TOO_LATE, 0
        if live.flow.audience == "leads" and profile.is_customer:
            return Reason.NOT_A_LEAD, 0
        if live.flow.audience == "customers" and not profile.is_customer:
            return Reason.NOT_A_CUSTOMER, 0
        if live.who is not None and not live.who.judge(profile, self.at, None).inside:
            return Reason.NOT_THE_AUDIENCE, 0
        if not self._passes(live, run):
            return Reason.FILTERED, 0
        return None, 0

    def _is_outranked(self, start: Start) -> bool:
        """Whether a flow with a higher priority is about the same cart."""
        priority = start.live.flow.priority
        flows = (
            self._live(one) for one in self.turn.profile.runs.values() if one.cart == start.cart
        )
        return any(live is not None and live.flow.priority > priority for live in flows)

    def _passes(self, live: LiveFlow, run: Run) -> bool:
        """Whether the flow's filter lets the run go on."""
        if live.only_if is None:
            return True
        return live.only_if.judge(self.turn.profile, self.at, run.measured_from).inside

    # --- what happens to runs ------------------------------------------------------------------

    def look_at_carts(self, event: Event | None = None) -> None:
        """End the runs whose cart was bought, by somebody else too, emptied or forgotten."""
        for key, run in list(self.turn.profile.runs.items()):
            if event is not None and self._is_ordered_elsewhere(run, event):
                self._end(key, run, Reason.ORDERED_ELSEWHERE)
            elif run.cart and (reason := self._cart_is_gone(run)) is not None:
                self._end(key, run, reason)

    def _is_ordered_elsewhere(self, run: Run, event: Event) -> bool:
        if event.metric != Metric.CART_ORDERED_ELSEWHERE or event.time < run.measured_from:
            return False
        live = self._live(run)
        of_cart = live is not None and live.flow.of_cart
        return of_cart and run.cart == event.properties.get("cart_id", "")

    def _cart_is_gone(self, run: Run) -> Reason | None:
        return cart_is_gone(self.turn.profile, run.cart, run.measured_from)

    def hear(self, event: Event) -> None:
        """Let the runs go on that were waiting for such an event."""
        for key, run in list(self.turn.profile.runs.items()):
            live = self._live(run)
            placed = None if live is None else live.steps.get(run.step)
            if live is None or placed is None or not run.held or run.due <= self.at:
                continue
            match placed.step:
                case WaitFor(metric=metric) if metric == event.metric:
                    if live.tests[run.step][0](event.properties):
                        self._note(run, "went", Reason.WENT_ON, way=0)
                        self._put(key, run, placed.ways[0], self.at)
                case GiveCoupon() if answers(event, run):
                    self._learn(key, run, event, placed.after)

    def _learn(self, key: str, run: Run, event: Event, after: StepKey) -> None:
        """The person got a code, or there was a reason for none; the run goes on."""
        if event.metric == Metric.COUPON_GIVEN:
            self._note(run, "gave", Reason.READY)
        else:
            self._note(run, "not_given", refusal_of(event))
        self._put(key, run, after, self.at)

    def leave_archived(self) -> None:
        """End the runs of flows that are no more; let those go on that were held by a pause."""
        for key, run in list(self.turn.profile.runs.items()):
            if self._live(run) is None:
                self._end(key, run, Reason.ARCHIVED)
            elif run.held == Reason.PAUSED and not self._is_paused(run):
                self.turn.profile.runs[key] = msgspec.structs.replace(run, due=self.at)

    def _is_paused(self, run: Run) -> bool:
        """Whether the flow or the step at which the run stands is paused."""
        live = self._live(run)
        placed = None if live is None else live.steps.get(run.step)
        if live is None or placed is None:
            return False
        return live.paused or getattr(placed.step, "status", "live") == "paused"

    # --- walking -------------------------------------------------------------------------------

    def proceed(self) -> bool:
        """Take every run that is due as far as it goes; whether there was one."""
        due = [
            (self._rank(run), key)
            for key, run in self.turn.profile.runs.items()
            if run.due <= self.at
        ]
        for _, key in sorted(due):
            run = self.turn.profile.runs.get(key)
            while run is not None and run.due <= self.at:
                self._step(key, run)
                run = self.turn.profile.runs.get(key)
        return bool(due)

    def _rank(self, run: Run) -> tuple[int, str]:
        live = self._live(run)
        return (0, run.flow) if live is None else rank(live)

    def _live(self, run: Run) -> LiveFlow | None:
        return self.turn.rules.flows.versions.get((run.flow, run.version))

    def _step(self, key: str, run: Run) -> None:
        """One step of a run that is due."""
        live = self._live(run)
        if live is None:
            return self._end(key, run, Reason.ARCHIVED)
        if run.cart and (reason := self._cart_is_gone(run)) is not None:
            return self._end(key, run, reason)
        if not self._passes(live, run):
            return self._end(key, run, Reason.FILTERED)
        placed = live.steps.get(run.step)
        if placed is None:
            return self._end(key, run, Reason.COMPLETED)
        match placed.step:
            case Wait() as wait:
                self._wait(key, run, wait, placed.after)
            case WaitFor(at_most=at_most):
                self._listen(key, run, parse_duration(at_most), placed.ways)
            case Split() | TriggerSplit() | RandomSplit():
                way = self._way(live, run, placed.step)
                reason = Reason.OTHERWISE if way == len(placed.ways) - 1 else Reason.WENT_ON
                self._note(run, "went", reason, way=way)
                self._put(key, run, placed.ways[way], self.at)
            case SetTrait() | ListChange():
                self._put(key, run, placed.after, self.at)
                self._act(run, placed.step)
            case End():
                self._end(key, run, Reason.COMPLETED)
            case GiveCoupon():
                self._ask_for_code(key, run)
            case Email() | Webhook() | Alert():
                self._message(key, run, placed.step, placed.after)
        return None

    def _put(self, key: str, run: Run, step: StepKey, due: Instant) -> None:
        """The run stands at another step."""
        self.turn.profile.runs[key] = msgspec.structs.replace(
            run, step=step, due=due, held="", fell_due=0
        )

    def _end(self, key: str, run: Run, reason: Reason) -> None:
        del self.turn.profile.runs[key]
        self._note(run, "ended", reason)

    def _wait(self, key: str, run: Run, wait: Wait, after: StepKey) -> None:
        """Stand still at a wait, or go on from it when its time has come."""
        if run.held:
            return self._put(key, run, after, self.at)
        due = wait_until(wait, self.at, self._zone(), Zone(self.turn.rules.settings.zone))
        self._hold(key, run, due, "waits", Reason.WAITING)
        return None

    def _ask_for_code(self, key: str, run: Run) -> None:
        """Stand still until whoever keeps the codes has answered (offer.py)."""
        if self._is_paused(run):
            return self._hold(key, run, FOREVER, "held", Reason.PAUSED)
        self.turn.profile.runs[key] = msgspec.structs.replace(
            run, due=FOREVER, held=Reason.CODE_ASKED
        )
        return None

    def _listen(self, key: str, run: Run, longest: int, ways: tuple[StepKey, ...]) -> None:
        if run.held:
            self._note(run, "went", Reason.OTHERWISE, way=1)
            return self._put(key, run, ways[1], self.at)
        self._hold(key, run, min(self.at + longest, FOREVER), "waits", Reason.WAITING)
        return None

    def _hold(
        self,
        key: str,
        run: Run,
        until: Instant,
        what: What,
        reason: Reason,
        fell_due: Instant = 0,
        rule: str = "",
    ) -> None:
        fell_due = fell_due or run.fell_due or self.at
        self.turn.profile.runs[key] = msgspec.structs.replace(
            run, due=until, held=reason, fell_due=fell_due
        )
        self._note(run, what, reason, until=until, rule=rule)

    def _way(self, live: LiveFlow, run: Run, step: AnyStep) -> int:
        """Which branch is taken."""
        profile = self.turn.profile
        match step:
            case Split():
                trees = live.splits[step.key]
                for way, tree in enumerate(trees):
                    if tree.judge(profile, self.at, run.measured_from).inside:
                        return way
                return len(trees)
            case RandomSplit(branches=branches):
                weights = [one.weight for one in branches]
                return draw(profile.id, f"{live.key}/{step.key}", weights)
            case _:
                chosen = dict(run.chosen)
                return chosen.get(step.key, len(live.tests[step.key]))

    def _act(self, run: Run, step: SetTrait | ListChange) -> None:
        """What changes the person goes through the log, like all that is known of somebody."""
        event_id = message_key(self.turn.profile.id, run.id, step.key)
        match step:
            case SetTrait(path=path, value=value):
                self.turn.happens(Metric.IDENTIFIED, self.at, event_id, traits={path: value})
            case ListChange(list=name, joined=joined):
                metric = Metric.JOINED_LIST if joined else Metric.LEFT_LIST
                self.turn.happens(metric, self.at, event_id, properties={"list": name})

    def _zone(self) -> Zone:
        return zone_of_person(self.turn.profile, Zone(self.turn.rules.settings.zone))

    # --- messages ------------------------------------------------------------------------------

    def _message(self, key: str, run: Run, step: MessageStep, after: StepKey) -> None:
        """Send, hold back, or pass over."""
        fell_due = run.fell_due or self.at
        useful_until = min(fell_due + parse_duration(step.useful), FOREVER)
        at, reason, rule = self._may_go(run, step)
        if self.at > useful_until:
            at, reason, rule = self.at, Reason.TOO_LATE, ""
        if at == self.at and reason is Reason.READY:
            self._send(run, step, useful_until)
            self._put(key, run, after, self.at)
        elif at > self.at and reason is Reason.CART_IN_USE:
            self._hold(key, run, at, "held", reason, fell_due=at)
        elif at == self.at or (at > useful_until and reason is not Reason.PAUSED):
            self._note(run, "skipped", reason, until=at if at > self.at else 0, rule=rule)
            self._put(key, run, after, self.at)
        else:
            self._hold(key, run, at, "held", reason, rule=rule)

    def _send(self, run: Run, step: MessageStep, useful_until: Instant) -> None:
        """Into the outbox: one message for each to whom it goes."""
        channel = channel_of(step)
        if self.turn.rules.contact.of(channel) is not None:
            _contacted(self.turn.profile, channel, self.at)
        self._note(run, "sent", Reason.READY)
        for recipient in recipients_of(step):
            queued = Queued(
                run.id, run.step, channel, self.at, useful_until, run.measured_from, recipient
            )
            self.turn.effects.append(queued)

    def _may_go(self, run: Run, step: MessageStep) -> Permission:
        """From when on the message may go, or why not."""
        if step.status == "draft":
            return Permission(self.at, Reason.DRAFT)
        if self._is_paused(run):
            return Permission(FOREVER, Reason.PAUSED)
        if not isinstance(step, Email):
            return Permission(self.at)
        if run.cart:
            due = self.turn.rules.limits.due(self.turn.profile.carts[run.cart])
            if due > self.at:
                return Permission(due, Reason.CART_IN_USE)
        permission = may_be_written(self.turn.profile, self.turn.rules, step, self.at)
        if permission.reason is not Reason.READY:
            return permission
        rules = self.turn.rules.contact.email
        past = self.turn.profile.contacts.get("email", ())
        return Permission(*allowed(rules, past, self.at, self._zone()))

    def _note(
        self,
        run: Run,
        what: What,
        reason: Reason,
        *,
        until: Instant = 0,
        way: int = -1,
        rule: str = "",
    ) -> None:
        decided = Decided(run.id, run.step, self.at, what, reason, until, way, rule)
        self.turn.effects.append(decided)


def message_key(profile: ProfileId, run: RunId, step: StepKey, recipient: str = "") -> str:
    """The key that makes sending a message twice impossible: one for each run and step, and for
    each recipient of a step that has several.

    24 hexadecimal digits (12 bytes of BLAKE2b), so that it fits into the links of an e-mail.
    """
    what = "\0".join((str(profile), run.flow, run.cart, str(run.started), step))
    what += f"\0{recipient}" if recipient else ""
    return blake2b(what.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _remember(entered: dict[str, Instant], key: str, at: Instant) -> None:
    """Keep when a run began last; the longest ago of too many are forgotten."""
    entered[key] = at
    while len(entered) > MOST_ENTERED:
        del entered[min(entered, key=lambda one: (entered[one], one))]


def _contacted(profile: Profile, channel: str, at: Instant) -> None:
    profile.contacts[channel] = (*profile.contacts.get(channel, ()), at)[-MOST_A_WEEK:]
