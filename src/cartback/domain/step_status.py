"""Whether a message step is a draft, live or paused: said once for all versions of its flow.

Who is on the way ends on the version on which the run began; but a mail that is paused is paused
for them too. So older versions take the status of the same step in the newest one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cartback.domain.flow import Flow
from cartback.domain.layout import all_steps
from cartback.domain.step import AnyStep, Status, StepKey


def with_status(flow: Flow, key: StepKey, status: Status) -> Flow:
    """The flow with that status of the one step; as it is where no such step has one."""
    return _with(flow, {key: status})


def with_statuses_of(older: Flow, newest: Flow) -> Flow:
    """An older version with the statuses that its message steps have by now."""
    now = {one.key: one.status for one in all_steps(newest.steps) if hasattr(one, "status")}
    return _with(older, now)


def _with(flow: Flow, statuses: Mapping[StepKey, Status]) -> Flow:
    return msgspec.structs.replace(flow, steps=_steps(flow.steps, statuses))


def _steps(steps: Sequence[AnyStep], statuses: Mapping[StepKey, Status]) -> tuple[AnyStep, ...]:
    return tuple(_step(one, statuses) for one in steps)


def _step(step: AnyStep, statuses: Mapping[StepKey, Status]) -> AnyStep:
    """The step with its status, and with its ways changed, whatever they are called: fields that
    hold steps, and branches with `steps` of their own."""
    new: dict[str, Any] = {}
    if hasattr(step, "status") and step.key in statuses:
        new["status"] = statuses[step.key]
    for name in step.__struct_fields__:
        value = getattr(step, name)
        if not isinstance(value, tuple) or not value or not isinstance(value[0], msgspec.Struct):
            continue
        if hasattr(value[0], "steps"):
            new[name] = tuple(
                msgspec.structs.replace(one, steps=_steps(one.steps, statuses)) for one in value
            )
        elif hasattr(value[0], "key"):
            new[name] = _steps(value, statuses)
    changed: AnyStep = msgspec.structs.replace(step, **new) if new else step
    return changed
