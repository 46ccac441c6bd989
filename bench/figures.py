"""One measured thing, its aim, and the tables that all pages show it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing.

    Attributes:
        values: one for each time it was measured; the median counts.
        unit: printed behind it; "×" for a ratio.
        aim: what it should be at least (``least``) or at most; None if it is only told.
        how: what was divided by what, under which conditions.
    """

    what: str
    values: tuple[float, ...]
    unit: str = ""
    aim: float | None = None
    least: bool = True
    how: str = ""

    @property
    def value(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def reached(self) -> bool | None:
        """Whether the aim is; None if there is none."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.least else self.value <= self.aim

    @property
    def said(self) -> str:
        """What it is, with the conditions."""
        return f"{self.what} ({self.how})" if self.how else self.what


Named = tuple[str, Figure]
"""A figure, and the first cell of its row."""


def aim_table(named: Sequence[Named]) -> list[str]:
    """The lines of a table of figures that have an aim."""
    rows = [
        "| what | median | lowest to highest | n | aim | reached |",
        "|---|---|---|---|---|---|",
    ]
    for name, figure in named:
        aim = _with_unit(f"{figure.aim:g}", figure)
        word = "yes" if figure.reached else "**no**"
        rows.append(f"| {_cells(name, figure)} | {'≥' if figure.least else '≤'} {aim} | {word} |")
    return rows


def table(named: Sequence[Named]) -> list[str]:
    """The lines of a table of figures, aims left out."""
    rows = ["| what | median | lowest to highest | n |", "|---|---|---|---|"]
    return rows + [f"| {_cells(name, figure)} |" for name, figure in named]


def _cells(name: str, figure: Figure) -> str:
    low, high = min(figure.values), max(figure.values)
    spread = f"{number(low)} to {number(high)}" if len(figure.values) > 1 else ""
    return f"{name} | {_with_unit(number(figure.value), figure)} | {spread} | {len(figure.values)}"


def _with_unit(value: str, figure: Figure) -> str:
    return f"{value} {figure.unit}".strip()


def number(value: float) -> str:
    """Three digits that say something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if 0.995 <= value < 1.0:  # a recall of 0.9997 is not 1
        return f"{value:.4f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
