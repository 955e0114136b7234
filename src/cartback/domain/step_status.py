"""Whether a message step is a draft, live or paused: said once for all versions of its flow.

Who is on the way ends on the version on which the run began; but a mail that is paused is paused
for them too. So older versions take the status of the same step in the newest one.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from cartback.domain.flow import Flow
from cartback.domain.step import AnyStep, Status, StepKey, all_steps


def with_status(flow: Flow, key: StepKey, status: Status) -> Flow:
    """The flow with that status of the one step; as it is where no such step has one."""

    def change(step: AnyStep) -> AnyStep:
        if step.key != key or not hasattr(step, "status"):
            return step
        changed: AnyStep = msgspec.structs.replace(step, status=status)
        return changed

    return _changed(flow, change)


def with_statuses_of(older: Flow, newest: Flow) -> Flow:
    """An older version with the statuses that its message steps have by now."""
    now = {one.key: getattr(one, "status", None) for one in all_steps(newest.steps)}

    def change(step: AnyStep) -> AnyStep:
        status = now.get(step.key)
        if status is None or not hasattr(step, "status"):
            return step
        changed: AnyStep = msgspec.structs.replace(step, status=status)
        return changed

    return _changed(older, change)


def _changed(flow: Flow, change: Callable[[AnyStep], AnyStep]) -> Flow:
    return msgspec.structs.replace(flow, steps=_steps(flow.steps, change))


def _steps(steps: Sequence[AnyStep], change: Callable[[AnyStep], AnyStep]) -> tuple[AnyStep, ...]:
    return tuple(change(_within(one, change)) for one in steps)


def _within(step: AnyStep, change: Callable[[AnyStep], AnyStep]) -> AnyStep:
    """The step with its ways changed, whatever they are called: fields that hold steps, and
    branches with `steps` of their own."""
    new: dict[str, Any] = {}
    for name in step.__struct_fields__:
        value = getattr(step, name)
        if not isinstance(value, tuple) or not value or not isinstance(value[0], msgspec.Struct):
            continue
        if hasattr(value[0], "steps"):
            new[name] = tuple(
                msgspec.structs.replace(one, steps=_steps(one.steps, change)) for one in value
            )
        elif hasattr(value[0], "key"):
            new[name] = _steps(value, change)
    changed: AnyStep = msgspec.structs.replace(step, **new) if new else step
    return changed
