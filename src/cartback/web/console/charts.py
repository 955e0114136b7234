"""Charts drawn by the server as SVG: no script, no inline style, one shape for the same numbers."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Final, NamedTuple

WIDTH: Final = 560
HEIGHT: Final = 220
LEFT: Final = 46
BOTTOM: Final = 30
TOP: Final = 14
MONEY_LEFT: Final = 74
TICKS: Final = 4


class Tick(NamedTuple):
    """A line across the chart and the number beside it."""

    y: float
    value: int


class Label(NamedTuple):
    x: float
    place: int


class Bar(NamedTuple):
    """A column; `place` is whose value it is."""

    x: float
    y: float
    width: float
    height: float
    place: int
    value: int


class Chart(NamedTuple):
    """What the template draws."""

    ticks: Sequence[Tick]
    labels: Sequence[Label]
    series: Sequence[Sequence[Bar]]
    lines: Sequence[str]
    areas: Sequence[str]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bottom: float = HEIGHT - BOTTOM


def columns(series: Sequence[Sequence[int]], labels: int = 5, left: int = LEFT) -> Chart:
    """Columns side by side for each place; `left` is kept for the numbers of the axis."""
    places = len(series[0])
    step, top = scale(max((value for one in series for value in one), default=0))
    band = (WIDTH - left) / max(places, 1)
    gap = min(band * 0.3, 14)
    width = (band - gap) / len(series)
    drawn = [
        [
            Bar(
                round(left + band * place + gap / 2 + width * number, 1),
                round(_y(value, top), 1),
                round(max(width - (1 if width > 4 else 0), 1), 1),
                round(HEIGHT - BOTTOM - _y(value, top), 1),
                place,
                value,
            )
            for place, value in enumerate(one)
        ]
        for number, one in enumerate(series)
    ]
    xs = [left + band * (place + 0.5) for place in range(places)]
    return Chart(_ticks(step, top), _labels(xs, labels), drawn, (), (), left=left)


def line(points: Sequence[tuple[float, int]], at: Sequence[int]) -> Chart:
    """A line through values at places from 0 to 1, with the area below it: steps, as a size is; the
    last value holds until 1. `at`: the places that have a label."""
    step, top = scale(max((value for _, value in points), default=0))
    xs = [LEFT + (WIDTH - LEFT) * min(max(place, 0), 1) for place, _ in points]
    ys = [_y(value, top) for _, value in points]
    parts: list[str] = []
    for number, (x, y) in enumerate(zip(xs, ys, strict=True)):
        parts.append(f"M{x:.1f} {y:.1f}" if not number else f"H{x:.1f}V{y:.1f}")
    path = "".join([*parts, f"H{WIDTH}"]) if parts else ""
    floor_ = HEIGHT - BOTTOM
    area = f"{path}V{floor_}H{xs[0]:.1f}Z" if xs else ""
    labels = [Label(round(xs[place], 1), place) for place in at]
    return Chart(_ticks(step, top), labels, (), (path,), (area,))


def scale(highest: int) -> tuple[int, int]:
    """A round step, and the lowest multiple of it that holds the highest value."""
    if highest <= TICKS:
        return 1, max(highest, 1)
    rough = highest / TICKS
    power = 10 ** floor(log10(rough))
    step = next(int(power * one) for one in (1, 2, 2.5, 5, 10) if power * one >= rough)
    step = max(step, 1)
    return step, ceil(highest / step) * step


def _y(value: int, top: int) -> float:
    return TOP + (HEIGHT - BOTTOM - TOP) * (1 - max(value, 0) / top)


def _ticks(step: int, top: int) -> Sequence[Tick]:
    return [Tick(round(_y(value, top), 1), value) for value in range(0, top + 1, step)]


def _labels(xs: Sequence[float], most: int) -> Sequence[Label]:
    if not xs:
        return []
    every = max(ceil(len(xs) / most), 1)
    return [Label(round(x, 1), place) for place, x in enumerate(xs) if place % every == 0]
