"""Putting events into the memories of the questions that they answer, one by one or a history."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from cartback.domain.event import Event
from cartback.domain.instant import Instant
from cartback.domain.memory import NOTHING, QuestionKey, Remembered, number_at, record
from cartback.domain.ruleset import LiveQuestion, Ruleset


def record_event(
    memories: dict[QuestionKey, Remembered], question: LiveQuestion, event: Event, now: Instant
) -> bool:
    """Record the event where it matches the question; whether it does."""
    if not question.start <= event.time < question.end:
        return False
    if question.test is not None and not question.test(event.properties):
        return False
    value = None
    if question.path is not None:
        value = number_at(event, question.path)
        if value is None:
            return False
    before = memories.get(question.key, NOTHING)
    memories[question.key] = record(before, question.retention, event.time, value, now)
    return True


def lacking(version: int, rules: Ruleset) -> Sequence[LiveQuestion]:
    """The questions that a profile of that version of the rules has no full memory for."""
    return [one for one in rules.questions.values() if one.since > version]


def recall(
    history: Sequence[Event],
    questions: Iterable[LiveQuestion],
    now: Instant,
    known: Mapping[QuestionKey, Remembered] = MappingProxyType({}),
) -> dict[QuestionKey, Remembered]:
    """The memory that the questions have after the history, beginning with what is known."""
    memories = dict(known)
    if not history:
        return memories
    by_metric: dict[str, list[LiveQuestion]] = {}
    for question in questions:
        by_metric.setdefault(question.metric, []).append(question)
    for event in history:
        for question in by_metric.get(event.metric, ()):
            record_event(memories, question, event, now)
    return memories
