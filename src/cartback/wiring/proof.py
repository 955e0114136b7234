"""Builds what reads a flow's steps before they are saved: addresses to call, and keywords."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from cartback.domain.fault import Fault
from cartback.domain.flow import BadFlow, Flow
from cartback.domain.layout import all_steps
from cartback.domain.step import Alert, Webhook
from cartback.fetch import Forbidden, Guard
from cartback.fetch.guard import PORTS

FlowProof: TypeAlias = Callable[[Flow], None]


def webhook_guard(networks: Sequence[str]) -> Guard:
    """What webhooks may call: networks inside only where the configuration names them."""
    return Guard(networks, ports=None if networks else PORTS)


def flow_proof(networks: Sequence[str]) -> FlowProof:
    """Refuses a flow with a step that could never be done. Raises BadFlow."""
    guard = webhook_guard(networks)

    def read(flow: Flow) -> None:
        for step in all_steps(flow.steps):
            match step:
                case Webhook(key=key, url=url):
                    _callable(guard, key, url)
                case Alert():
                    _readable(step)

    return read


def _callable(guard: Guard, step: str, url: str) -> None:
    try:
        guard.foresee(url)
    except Forbidden as error:
        raise BadFlow(
            Fault("webhook_forbidden", step=step, text=url[:60], why=str(error))
        ) from None


def _readable(step: Alert) -> None:
    # Imported here: who saves no alert does not wait for what reads Liquid.
    from cartback.channels.email.alert import mistake_in

    fault = mistake_in(step)
    if fault is not None:
        raise BadFlow(fault)
