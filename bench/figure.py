"""A figure, what it is held against, and how the table shows it."""

from collections.abc import Iterable, Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measured number. `baseline` was measured in the same run, in the same unit.

    `reach` is what DESIGN asks for; `at_most` says that less is better.
    """

    name: str
    value: float
    unit: str
    reach: float | None = None
    at_most: bool = False
    baseline: float | None = None
    baseline_name: str = ""
    least_ratio: float | None = None
    most_ratio: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of its baseline."""
        return None if not self.baseline else self.value / self.baseline

    @property
    def reached(self) -> bool | None:
        """Whether everything that is asked of it holds; None where nothing is asked."""
        verdicts = []
        if self.reach is not None:
            verdicts.append(self.value <= self.reach if self.at_most else self.value >= self.reach)
        if self.ratio is not None and self.least_ratio is not None:
            verdicts.append(self.ratio >= self.least_ratio)
        if self.ratio is not None and self.most_ratio is not None:
            verdicts.append(self.ratio <= self.most_ratio)
        return all(verdicts) if verdicts else None


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def table(figures: Iterable[Figure]) -> str:
    """The figures as lines of a table."""
    rows = [("figure", "measured", "to reach", "baseline of this run", "ratio", "")]
    rows += [_row(figure) for figure in figures]
    widths = [max(len(row[place]) for row in rows) for place in range(6)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _row(figure: Figure) -> tuple[str, str, str, str, str, str]:
    sign = "≤" if figure.at_most else "≥"
    reach = "" if figure.reach is None else f"{sign} {_number(figure.reach)} {figure.unit}"
    baseline = ""
    if figure.baseline is not None:
        baseline = f"{_number(figure.baseline)} {figure.unit} ({figure.baseline_name})"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    if figure.least_ratio is not None:
        ratio += f" (≥ {figure.least_ratio:g})"
    if figure.most_ratio is not None:
        ratio += f" (≤ {figure.most_ratio:g})"
    mark = {True: "reached", False: "NOT REACHED", None: ""}[figure.reached]
    measured = f"{_number(figure.value)} {figure.unit}"
    return figure.name, measured, reach, baseline, ratio, mark


def _number(value: float) -> str:
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
