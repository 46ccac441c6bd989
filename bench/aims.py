"""The ratios that matter, from the JSON of the measurements, and what each should be."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.cold_start.tasks import ASK, FLOOR, MINIMUM, SEARCH
from bench.figures import Figure
from bench.packing.measures import rows_of
from bench.packing.report import BEFORE, DEFAULT

Record = Any
"""What a measurement wrote, parsed."""


def figures(records: dict[str, Record]) -> dict[str, list[Figure]]:
    """All that can be told from ``records`` (measurement -> what it wrote), of each measurement, in
    a fixed order."""
    return {name: read(records[name]) for name, read in _READERS.items() if name in records}


def records_in(folder: Path, names: Sequence[str]) -> dict[str, Record]:
    """What the measurements of ``names`` wrote into ``folder``; those that wrote nothing are
    absent."""
    paths = {name: folder / f"{name}.json" for name in names}
    return {n: json.loads(p.read_text("utf-8")) for n, p in paths.items() if p.is_file()}


def divided(over: Sequence[float], under: Sequence[float]) -> tuple[float, ...]:
    """The ratio of every round."""
    return tuple(a / b for a, b in zip(over, under, strict=False))


def _cold_start(record: Record) -> list[Figure]:
    """Of the floor that the aim is of, and of the minimum, which is lower."""
    found = {name: task["wall_s"] for name, task in record["tasks"].items()}
    return [
        Figure(f"{name}, to its end / {least}", divided(found[name], found[least]), "×", aim, False)
        for least, aim in ((FLOOR, 1.5), (MINIMUM, None))
        for name in (SEARCH, ASK)
        if {name, least} <= found.keys()
    ]


def _peers_ask(record: Record) -> list[Figure]:
    runs = {row["program"]: row["wall_s"] for row in record["rows"]}
    memory = {row["program"]: median(row["memory_mb"]) for row in record["rows"]}
    ours = {"rag search": "rag", "rag ask": "rag ask, extractive"}
    others = [name for name in runs if name not in ours.values()]
    leanest = min(others, key=memory.__getitem__)
    found = [
        Figure(
            f"one search from typing it, in {name} / {said}",
            divided(runs[name], runs[mine]),
            "×",
            8.0,
        )
        for said, mine in ours.items()
        for name in others
    ]
    found += [
        Figure(
            f"peak memory of one search, in the leanest of them ({leanest}) / {said}",
            (memory[leanest] / memory[mine],),
            "×",
        )
        for said, mine in ours.items()
    ]
    return found


def _packing(record: Record) -> list[Figure]:
    found = {(row.set, row.way): row for row in rows_of(record)}
    pairs = [(row, found[name, BEFORE]) for (name, way), row in found.items() if way == DEFAULT]
    how = "best sentences / first five found; a value for each set of questions"
    return [
        Figure(what, tuple(getattr(a, name) / getattr(b, name) for a, b in pairs), "×", how=how)
        for name, what in (
            ("offered", "evidence that is in a prompt"),
            ("tokens", "tokens of its passages"),
            ("seconds", "seconds to the first token, by the rate of reading"),
        )
        if pairs
    ]


_NEARLY_ALL = 0.9
"""Share of the text that a program must embed for its time to say something."""


def _peers(record: Record) -> list[Figure]:
    rows = {row["program"]: row for row in record["rows"]}
    ours = rows.pop("rag")
    fastest = min(rows.values(), key=lambda row: median(row["ours_is_times_as_fast"]))
    leanest = min(rows.values(), key=lambda row: row["peak_mb"])
    found = [
        Figure(
            f"tokens indexed in a second: rag / {name}",
            tuple(row["ours_is_times_as_fast"]),
            "×",
            2.5 if row is fastest else None,
        )
        for name, row in rows.items()
    ]
    reads_all = [row for row in rows.values() if row["embedded_share"] > _NEARLY_ALL]
    soonest = min(reads_all, key=_from_typing)
    what = f"all articles indexed, from typing it, in the soonest ({soonest['program']}) / rag"
    found.append(Figure(what, (_from_typing(soonest) / _from_typing(ours),), "×"))
    what = f"peak memory of indexing, in the leanest of them ({leanest['program']}) / rag"
    return [*found, Figure(what, (leanest["peak_mb"] / ours["peak_mb"],), "×")]


def _from_typing(row: Record) -> float:
    """Seconds of a whole process of one program that indexes."""
    return float(row["load_s"] + row["index_s"])


def _indexing(record: Record) -> list[Figure]:
    ratios = {
        "rate of rag index / embedding alone": ("ratio_of_each_round", 0.95),
        "rate of rag index / embedding alone by sentence-transformers": (
            "library_ratio_of_each_round",
            None,
        ),
    }
    return [
        Figure(what, tuple(record[key]), "×", aim)
        for what, (key, aim) in ratios.items()
        if key in record  # an older record lacks one
    ]


def _llama(record: Record) -> list[Figure]:
    return [
        Figure(
            what=figure["what"],
            values=tuple(figure["values"]),
            unit=figure["unit"] or "×",
            aim=figure["aim"],
            least=figure["least"],
            how=figure["how"],
        )
        for figures in record["sections"].values()
        for figure in figures
        if figure["aim"] is not None
    ]


def _scale(record: Record) -> list[Figure]:
    rows = record["rows"]
    recall = min(row["recall"] for row in rows)
    found = [Figure("recall@10 / full comparison, least", (recall,), aim=0.99)]
    if len(rows) >= 3:
        power = exponent([r["n_chunks"] for r in rows], [build_s(r) for r in rows])
        what = "indexing beside embedding: exponent of its growth (1 is linear)"
        found.append(Figure(what, (power,), aim=1.1, least=False))
    large = [row for row in rows if row["n_chunks"] >= 100_000]
    if len(large) >= 3:
        n, times = [r["n_chunks"] for r in large], [r["hybrid_p50_ms"] for r in large]
        what = (
            "retrieval from 100,000 chunks on: ms added by the last tenfold / by the first "
            "(1 is logarithmic)"
        )
        found.append(Figure(what, (bend(n, times),), aim=1.1, least=False))
    if len(large) >= 2:
        first, last = large[0], large[-1]
        what = f"retrieval at {last['n_chunks']:,} chunks / at {first['n_chunks']:,}"
        found.append(Figure(what, (last["hybrid_p50_ms"] / first["hybrid_p50_ms"],), "×"))
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


def _sync(record: Record) -> list[Figure]:
    lines = [x for x in record["lines"] if x["what"] == "nothing changed"]
    largest = max(lines, key=lambda line: line["files"])
    what = f"a sync of {largest['files']:,} articles with nothing changed, beyond walking them"
    return [Figure(what, (largest["beyond_s"],), "s", 2.0, least=False)]


def _eval_speed(record: Record) -> list[Figure]:
    return [
        Figure(f"eval suite, {name}", tuple(found["cases_per_s"]), "cases/s")
        for name, found in record["engines"].items()
    ]


_READERS: dict[str, Callable[[Record], list[Figure]]] = {
    "cold_start": _cold_start,
    "peers_ask": _peers_ask,
    "llama": _llama,
    "packing": _packing,
    "peers": _peers,
    "indexing": _indexing,
    "scale": _scale,
    "sync": _sync,
    "eval_speed": _eval_speed,
}
