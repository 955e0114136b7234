"""Charts: round steps, bars that stay within, and lines that are steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.web.console.charts import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, columns, line, scale


@pytest.mark.parametrize(
    "highest, step, top",
    [(0, 1, 1), (1, 1, 1), (4, 1, 4), (5, 2, 6), (84, 25, 100), (100, 25, 100), (101, 50, 150)],
)
def test_steps_are_round(highest: int, step: int, top: int) -> None:
    assert scale(highest) == (step, top)


@given(st.integers(0, 10**15))
def test_a_scale_holds_its_highest_value_in_few_steps(highest: int) -> None:
    step, top = scale(highest)
    assert top >= highest
    assert top % step == 0
    assert 1 <= top // step <= 5


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=100))
def test_bars_stay_on_the_paper(values: list[int]) -> None:
    chart = columns([values, values[::-1]])
    for bars in chart.series:
        assert len(bars) == len(values)
        for bar in bars:
            assert bar.x >= LEFT - 0.1
            assert bar.x + bar.width <= WIDTH + 1
            assert TOP - 0.1 <= bar.y <= HEIGHT - BOTTOM + 0.1
            assert bar.y + bar.height == pytest.approx(HEIGHT - BOTTOM, abs=0.2)


def test_a_line_goes_in_steps_and_its_area_is_closed() -> None:
    chart = line([(0, 1), (0.5, 3), (0.9, 2)], at=())
    [path] = chart.lines
    assert path.count("V") == 2
    assert path.endswith(f"H{WIDTH}"), "the last size holds until now"
    assert chart.areas[0].endswith("Z")
    assert line([], at=()).lines == ("",)


def test_a_line_has_labels_where_it_is_asked_for_them() -> None:
    chart = line([(0, 1), (0.5, 3), (1, 2)], at=(1, 2))
    assert [(label.x, label.place) for label in chart.labels] == [(303.0, 1), (560, 2)]
