"""Memberships found without the engine: ask the oracle at every instant that could matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from cartback.domain.condition import Condition
from cartback.domain.effect import Derived, Effect, Moved
from cartback.domain.event import Event, Json
from cartback.domain.instant import BadTime, Instant, parse_duration
from cartback.domain.rules import Rules
from tests.oracle import Person, holds
from tests.strategies import Scene

Moves = dict[str, list[tuple[Instant, bool]]]
"""For each segment when somebody entered (true) and left it."""


def moves(effects: Iterable[Effect]) -> Moves:
    found: Moves = defaultdict(list)
    for effect in effects:
        if isinstance(effect, Moved):
            found[effect.segment].append((effect.at, effect.joined))
    return dict(found)


def derived(effects: Iterable[Effect]) -> list[Event]:
    return [effect.event for effect in effects if isinstance(effect, Derived)]


def brute_moves(
    scene: Scene, rules: Rules, history: Sequence[Event], end: Instant, person: Person
) -> Moves:
    """Who enters and leaves what, and when, by asking at each edge and after each arrival."""
    since: dict[str, Instant] = {}
    found: Moves = defaultdict(list)
    known: list[Event] = []

    def look(now: Instant) -> None:
        here = replace(person, events=tuple(known), segments=since)
        for segment in rules.segments:
            inside = holds(segment.when, here, now, scene.clock)
            if inside != (segment.key in since):
                found[segment.key].append((now, inside))
                if inside:
                    since[segment.key] = now
                else:
                    del since[segment.key]

    arrivals: dict[Instant, list[Event]] = defaultdict(list)
    for event in history:
        arrivals[event.received].append(event)
    begin = history[0].received
    asked = [segment.when for segment in rules.segments]
    for now in sorted({*arrivals, *edges(scene, asked, history, begin, end)}):
        for event in arrivals[now]:
            known.append(event)
            look(now)
        look(now)
    return dict(found)


def edges(
    scene: Scene,
    conditions: Sequence[Condition],
    history: Sequence[Event],
    begin: Instant,
    end: Instant,
) -> set[Instant]:
    """Every instant at which time alone could change an answer, and the one after it."""
    texts = [text for one in conditions for text in _texts(msgspec.to_builtins(one))]
    spans = {0, *_durations([*texts, scene.settings.cart_idle, scene.settings.checkout_idle])}
    nested = "in_segment" in texts or "cart" in texts
    distances = {one + other for one in spans for other in (spans if nested else {0})}
    anchors = {event.time for event in history}
    if nested:
        anchors |= {event.received for event in history}
    anchors |= _dates(scene, [*texts, *(t for one in history for t in _texts(one.traits))])
    if not {"calendar", "anniversary_today", "anniversary_in_next"}.isdisjoint(texts):
        anchors |= _midnights(scene, begin, end)
    found = {anchor + sign * far for anchor in anchors for far in distances for sign in (1, -1)}
    return {at + tick for at in found for tick in (0, 1) if begin <= at + tick <= end}


def _texts(document: Json) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, Mapping):
        for value in document.values():
            yield from _texts(value)
    elif isinstance(document, list | tuple):
        for value in document:
            yield from _texts(value)


def _durations(texts: Iterable[str]) -> Iterator[int]:
    for text in texts:
        try:
            yield parse_duration(text)
        except BadTime:
            continue


def _dates(scene: Scene, texts: Iterable[str]) -> set[Instant]:
    found = set()
    for text in texts:
        try:
            found.add(scene.clock.parse(text))
        except BadTime:
            continue
    return found


def _midnights(scene: Scene, begin: Instant, end: Instant) -> set[Instant]:
    found = set()
    at = begin
    while at <= end + 60 * 86_400_000:
        at = scene.clock.period("day", at)[1]
        found.add(at)
    return found
