"""A flow's wish to give somebody a code, and the answer to it.

Codes are made or drawn outside of the one function, for a budget and a pool are everybody's. So a
run stands still at its coupon step, whoever writes the state gives the code in the same
transaction, and the answer comes as an event, which segments and splits can ask for too.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cartback.domain.coupon import NoCode
from cartback.domain.effect import Reason
from cartback.domain.event import OFFERED, Event, Json, Metric, ShopId
from cartback.domain.instant import Instant
from cartback.domain.liveflow import LiveFlows
from cartback.domain.profile import Profile, Run
from cartback.domain.step import GiveCoupon

GONE = "gone"
"""There is no such coupon any more; beside the reasons of NoCode."""


class Asked(NamedTuple):
    """A run that waits for a code of the coupon."""

    coupon: str
    run: Run


def asked_of(profile: Profile, flows: LiveFlows) -> Iterator[Asked]:
    """The codes that the profile's runs wait for."""
    for run in profile.runs.values():
        if run.held != Reason.CODE_ASKED:
            continue
        live = flows.versions.get((run.flow, run.version))
        placed = None if live is None else live.steps.get(run.step)
        if placed is not None and isinstance(placed.step, GiveCoupon):
            yield Asked(placed.step.coupon, run)


def answer(
    asked: Asked, key: str, refused: NoCode | str | None, at: Instant, shop: ShopId
) -> Event:
    """What became of it, as an event; `key` is that of the run's step (message_key)."""
    run = asked.run
    about: dict[str, Json] = {
        "coupon": asked.coupon,
        "flow": run.flow,
        "step": run.step,
        "cart_id": run.cart,
        "started": run.started,
    }
    if refused is not None:
        about["reason"] = str(refused)
    return Event(
        shop=shop,
        id=f"coupon:{key}",
        metric=Metric.COUPON_GIVEN if refused is None else Metric.COUPON_REFUSED,
        identifiers=(),
        time=at,
        received=at,
        properties=about,
    )


def answers(event: Event, run: Run) -> bool:
    """Whether the event is the answer that the run waits for."""
    said = event.properties
    return (
        event.metric in OFFERED
        and run.held == Reason.CODE_ASKED
        and (said.get("flow"), said.get("step")) == (run.flow, run.step)
        and (said.get("cart_id"), said.get("started")) == (run.cart, run.started)
    )


def refusal_of(event: Event) -> Reason:
    """Why there was no code."""
    return refusal(str(event.properties.get("reason", GONE)))


def refusal(reason: NoCode | str) -> Reason:
    """The same as a flow says it: a NoCode, or GONE."""
    return Reason(f"coupon_{reason}")
