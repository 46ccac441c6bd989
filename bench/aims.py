"""The ratios that matter, from the JSON of the measurements, and what each should be."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

Record = Any
"""What a measurement wrote, parsed."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """One ratio.

    Attributes:
        bench: which measurement it is of.
        values: one for each time; the median counts.
        aim: what it should be at least (``least``) or at most; None if it is only told.
        unit: printed behind it.
    """

    bench: str
    what: str
    values: tuple[float, ...]
    aim: float | None = None
    least: bool = False
    unit: str = "×"

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


def ratios(records: dict[str, Record]) -> list[Ratio]:
    """All that can be told from ``records`` (measurement -> what it wrote), in a fixed order."""
    return [r for name, read in _READERS.items() if name in records for r in read(records)]


def records_in(folder: Path, names: Sequence[str]) -> dict[str, Record]:
    """What the measurements of ``names`` wrote into ``folder``; those that wrote nothing are
    absent."""
    paths = {name: folder / f"{name}.json" for name in names}
    return {n: json.loads(p.read_text("utf-8")) for n, p in paths.items() if p.is_file()}


def divided(over: Sequence[float], under: Sequence[float]) -> tuple[float, ...]:
    """The ratio of every round."""
    return tuple(a / b for a, b in zip(over, under, strict=False))


def _cold_start(records: dict[str, Record]) -> list[Ratio]:
    found = {name: task["wall_s"] for name, task in records["cold_start"]["tasks"].items()}
    floor = found["the minimum"]
    aims = {"rag search": 1.5, "rag ask, extractive": 1.5}
    return [
        Ratio(
            "cold_start", f"{name}, to its end / the minimum", divided(wall, floor), aims.get(name)
        )
        for name, wall in found.items()
        if name in aims
    ]


def _peers_ask(records: dict[str, Record]) -> list[Ratio]:
    runs = {row["program"]: row["wall_s"] for row in records["peers_ask"]["rows"]}
    ours = {"rag search": runs.pop("rag"), "rag ask": runs.pop("rag ask, extractive")}
    return [
        Ratio(
            "peers_ask",
            f"one search from typing it, in {name} / {mine}",
            divided(wall, own),
            8.0,
            least=True,
        )
        for mine, own in ours.items()
        for name, wall in runs.items()
    ]


def _peers(records: dict[str, Record]) -> list[Ratio]:
    rows = [row for row in records["peers"]["rows"] if row["program"] != "rag"]
    fastest = min(rows, key=lambda row: row["ours_is_times_as_fast"])
    return [
        Ratio(
            "peers",
            f"tokens indexed in a second: rag / {row['program']}",
            (row["ours_is_times_as_fast"],),
            2.5 if row is fastest else None,
            least=True,
        )
        for row in rows
    ]


def _indexing(records: dict[str, Record]) -> list[Ratio]:
    values = tuple(records["indexing"]["ratio_of_each_round"])
    what = "rate of rag index / embedding alone"
    return [Ratio("indexing", what, values, 0.95, least=True)]


def _llama(records: dict[str, Record]) -> list[Ratio]:
    return [
        Ratio(
            "llama",
            figure["what"] + (f" ({figure['how']})" if figure["how"] else ""),
            tuple(figure["values"]),
            figure["aim"],
            figure["least"],
            figure["unit"].replace("times as fast", "×") or "×",
        )
        for figures in records["llama"]["sections"].values()
        for figure in figures
        if figure["aim"] is not None
    ]


def _scale(records: dict[str, Record]) -> list[Ratio]:
    rows = records["scale"]["rows"]
    recall = min(row["recall"] for row in rows)
    found = [Ratio("scale", "recall@10 / full comparison, least", (recall,), 0.99, True, "")]
    if len(rows) >= 3:
        power = exponent([r["n_chunks"] for r in rows], [build_s(r) for r in rows])
        what = "indexing beside embedding: exponent of its growth (1 is linear)"
        found.append(Ratio("scale", what, (power,), 1.1, unit=""))
    large = [row for row in rows if row["n_chunks"] >= 100_000]
    if len(large) >= 3:
        n, times = [r["n_chunks"] for r in large], [r["hybrid_p50_ms"] for r in large]
        what = (
            "retrieval from 100,000 chunks on: ms added by the last tenfold / by the first "
            "(1 is logarithmic)"
        )
        found.append(Ratio("scale", what, (bend(n, times),), 1.1, unit=""))
    if len(large) >= 2:
        first, last = large[0], large[-1]
        what = f"retrieval at {last['n_chunks']:,} chunks / at {first['n_chunks']:,}"
        found.append(Ratio("scale", what, (last["hybrid_p50_ms"] / first["hybrid_p50_ms"],)))
    return found


def build_s(row: dict[str, float]) -> float:
    """Seconds of indexing beside embedding."""
    return row["store_s"] + row["derive_s"]


def exponent(n: Sequence[float], times: Sequence[float]) -> float:
    """``b`` of the best ``times = a * n ** b``, by least squares over logarithms."""
    return _slope([math.log(x) for x in n], [math.log(t) for t in times])


def bend(n: Sequence[float], times: Sequence[float]) -> float:
    """How much steeper times grow with ``log n`` at the end than at the beginning (at least three
    of them, ascending): 1 is a logarithm, less is better; 0 if they do not grow at the end."""
    steps = [
        (after - before) / (math.log(b) - math.log(a))
        for (a, before), (b, after) in zip(
            list(zip(n, times, strict=True))[:-1], list(zip(n, times, strict=True))[1:], strict=True
        )
    ]
    if steps[-1] <= 0.0:
        return 0.0
    return steps[-1] / steps[0] if steps[0] > 0.0 else math.inf


def _slope(x: Sequence[float], y: Sequence[float]) -> float:
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    over = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return over / sum((a - mean_x) ** 2 for a in x)


def _sync(records: dict[str, Record]) -> list[Ratio]:
    lines = [x for x in records["sync"]["lines"] if x["what"] == "nothing changed"]
    largest = max(lines, key=lambda line: line["files"])
    what = f"a sync of {largest['files']:,} articles with nothing changed, beyond walking them"
    return [Ratio("sync", what, (largest["beyond_s"],), 2.0, unit="s")]


def _eval_speed(records: dict[str, Record]) -> list[Ratio]:
    return [
        Ratio("eval_speed", f"eval suite, {name}", tuple(found["cases_per_s"]), unit="cases/s")
        for name, found in records["eval_speed"]["engines"].items()
    ]


_READERS: dict[str, Callable[[dict[str, Record]], list[Ratio]]] = {
    "cold_start": _cold_start,
    "peers_ask": _peers_ask,
    "llama": _llama,
    "peers": _peers,
    "indexing": _indexing,
    "scale": _scale,
    "sync": _sync,
    "eval_speed": _eval_speed,
}
