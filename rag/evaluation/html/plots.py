"""The geometry of the page's plots: numbers for the template, which draws them as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rag.evaluation.html.records import answer_of
from rag.evaluation.types import CaseResult

N_BINS = 20
_LATENCY_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds: widths of a bin, of which the first that needs at most ``N_BINS`` bins is taken."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: counts of the two groups that stand on each other, and what it says when asked."""

    n_first: int
    n_second: int
    title: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars beside each other.

    Attributes:
        first, second: what the two groups are called; ``second`` empty if there is only one.
        left, right: what stands under the ends of the axis.
        note: what does not fit in the bars, in words.
    """

    title: str
    bars: tuple[Bar, ...]
    first: str
    second: str = ""
    left: str = ""
    right: str = ""
    note: str = ""

    @property
    def highest(self) -> int:
        """The count of the highest bar, at least 1."""
        return max([1, *(bar.n_first + bar.n_second for bar in self.bars)])

    @property
    def n(self) -> int:
        """How much was counted."""
        return sum(bar.n_first + bar.n_second for bar in self.bars)


def latency(results: Sequence[CaseResult]) -> Plot:
    """Seconds of each case, passed and failed."""
    longest = max((r.seconds for r in results), default=0.0)
    width = next((s for s in _LATENCY_STEPS if longest / s < N_BINS), longest / N_BINS or 1.0)
    n_bins = max(1, math.floor(longest / width) + 1)
    counts = _histogram(
        [(r.seconds / width, not r.passed) for r in results], n_bins, lambda value: int(value)
    )
    bars = [
        Bar(passed, failed, f"{i * width:g} to {(i + 1) * width:g} s: {passed + failed}")
        for i, (passed, failed) in enumerate(counts)
    ]
    times = sorted(r.seconds for r in results)
    note = ""
    if times:
        middle, late = times[len(times) // 2], times[min(len(times) - 1, len(times) * 95 // 100)]
        note = f"half of the cases within {middle:.2f} s, 95 % within {late:.2f} s"
    return Plot(
        "Seconds for an answer", tuple(bars), "passed", "failed", "0 s", f"{n_bins * width:g} s",
        note,
    )  # fmt: skip


def verifier_scores(results: Iterable[CaseResult]) -> Plot:
    """Scores of the verifier for the sentences shown and dropped."""
    scored, n_without = [], 0
    for result in results:
        answer = answer_of(result)
        for sentence, is_dropped in [
            *((s, False) for s in answer.get("sentences", ())),
            *((s, True) for s in answer.get("dropped", ())),
        ]:
            if sentence["score"] is None:
                n_without += 1
            else:
                scored.append((float(sentence["score"]), is_dropped))
    counts = _histogram(scored, N_BINS, lambda value: min(N_BINS - 1, int(value * N_BINS)))
    bars = [
        Bar(a, b, f"{i / N_BINS:.2f} to {(i + 1) / N_BINS:.2f}: {a} shown, {b} dropped")
        for i, (a, b) in enumerate(counts)
    ]
    note = f"{n_without} sentences had nothing to score" if n_without else ""
    return Plot("Verifier's score", tuple(bars), "shown", "dropped", "0", "1", note)


def gold_ranks(found: Sequence[tuple[int | None, bool]]) -> Plot:
    """Where the first gold passage stood among the hits: ``(rank, passed)`` of each case."""
    steps = [(str(i), i, i) for i in range(1, 6)] + [("6 to 10", 6, 10), ("11 or later", 11, 10**9)]
    bars = []
    for name, low, high in steps:
        here = [passed for rank, passed in found if rank is not None and low <= rank <= high]
        bars.append(_rank_bar(f"rank {name}", here))
    bars.append(_rank_bar("not found", [passed for rank, passed in found if rank is None]))
    ends = ("rank 1", "not found")
    return Plot("Rank of the first gold passage", tuple(bars), "passed", "failed", *ends)


def _rank_bar(name: str, outcomes: Sequence[bool]) -> Bar:
    n_failed = len(outcomes) - sum(outcomes)
    return Bar(sum(outcomes), n_failed, f"{name}: {len(outcomes)} cases, {n_failed} failed")


def _histogram(
    values: Iterable[tuple[float, bool]], n_bins: int, bin_of: Callable[[float], int]
) -> list[tuple[int, int]]:
    counts = [[0, 0] for _ in range(n_bins)]
    for value, is_second in values:
        counts[min(n_bins - 1, max(0, bin_of(value)))][is_second] += 1
    return [(first, second) for first, second in counts]
