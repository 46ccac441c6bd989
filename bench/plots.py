"""The plots of ``bench/results``, as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.aims import Record, build_s, exponent, figures
from bench.cold_start.report import ORDER
from bench.cold_start.tasks import FLOOR, MINIMUM
from bench.figures import Figure

OURS, OTHERS, FIT = "#1b6ca8", "#b8bfc6", "#c4552d"
OURSELVES = "rag"
_LEAST_SHOWN_S = 0.01
"""A step that takes less in every command goes to the rest."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A file, and what it shows."""

    file: str
    says: str


def draw(records: dict[str, Record], folder: Path) -> list[Plot]:
    """Draw whatever ``records`` hold into ``folder``.

    Raises:
        ModuleNotFoundError: matplotlib is missing: ``pip install -e '.[bench]'``.
    """
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({
        "svg.hashsalt": "rag", "svg.fonttype": "none", "font.size": 9, "axes.grid": True,
        "grid.alpha": 0.25, "axes.spines.top": False, "axes.spines.right": False,
        "axes.axisbelow": True, "figure.constrained_layout.use": True,
        "savefig.facecolor": "white", "legend.frameon": False,
    })  # fmt: skip
    return [
        plot for name, make in _PLOTS.items() if name in records for plot in make(records, folder)
    ]


def _saved(figure: Any, path: Path) -> None:
    from matplotlib import pyplot

    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _steps(records: dict[str, Record], folder: Path) -> list[Plot]:
    """Bars of the steps, one for each command."""
    from matplotlib import pyplot

    tasks = records["cold_start"]["tasks"]
    watched = {name: task["steps"] for name, task in tasks.items() if task.get("steps")}
    if not watched:  # measured by an earlier version
        return []
    steps = {name: {s: median(v) for s, v in found.items()} for name, found in watched.items()}
    shown = [s for s in ORDER if s != "the rest"
             and max(found.get(s, 0.0) for found in steps.values()) >= _LEAST_SHOWN_S]  # fmt: skip
    names = list(reversed(steps))
    figure, axes = pyplot.subplots(figsize=(9, 0.45 * len(names) + 1.9))
    left = np.zeros(len(names))
    colours = pyplot.get_cmap("tab20").colors
    for number, step in enumerate([*shown, "the rest"]):
        wide = [
            sum(v for s, v in steps[n].items() if s not in shown)
            if step == "the rest"
            else steps[n].get(step, 0.0)
            for n in names
        ]
        colour = OTHERS if step == "the rest" else colours[number % len(colours)]
        axes.barh(names, wide, left=left, label=step, color=colour, height=0.7)
        left += wide
    for least, line in ((FLOOR, "--"), (MINIMUM, ":")):
        if least in tasks:
            axes.axvline(median(tasks[least]["wall_s"]), color=FIT, linestyle=line, label=least)
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="seconds from typing it", title="Cold start, step by step")
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside lower center", ncols=6, fontsize=8
    )
    _saved(figure, folder / "cold_start.svg")
    return [Plot("cold_start.svg", "Cold start of every command by step, and the least a question "
                 "could cost.")]  # fmt: skip


def _beside(axes: Any, x: float, y: float, text: str) -> None:
    axes.annotate(text, (x, y), xytext=(5, 0), textcoords="offset points", va="center", fontsize=8)


def _bars(title: str, x_label: str, bars: Sequence[tuple[str, float, float, float]],
          path: Path) -> None:  # fmt: skip
    """Bars of (name, median, lowest, highest)."""
    from matplotlib import pyplot

    names, middle, low, high = zip(*reversed(bars), strict=True)
    figure, axes = pyplot.subplots(figsize=(8, 0.42 * len(names) + 1.1))
    error = [[m - a for m, a in zip(middle, low, strict=True)],
             [b - m for m, b in zip(middle, high, strict=True)]]  # fmt: skip
    colours = [OURS if name.partition(" ")[0] == OURSELVES else OTHERS for name in names]
    axes.barh(names, middle, xerr=error, color=colours, height=0.65, ecolor="#444")
    for at, value in enumerate(middle):
        _beside(axes, high[at], at, f"{value:,.0f}" if value >= 1000 else f"{value:,.3g}")
    axes.grid(axis="y", visible=False)
    axes.set(xlabel=x_label, title=title, xlim=(0, 1.14 * max(high)))
    _saved(figure, path)


def _peers(records: dict[str, Record], folder: Path) -> list[Plot]:
    rows = records["peers"]["rows"]
    bars = []
    for row in rows:
        rate, half = row["tokens_per_s"], row["spread"] * row["tokens_per_s"] / 2
        bars.append((row["program"], rate, rate - half, rate + half))
    _bars("Indexing the same articles with the same embedder", "tokens embedded in a second", bars,
          folder / "peers.svg")  # fmt: skip
    return [
        Plot("peers.svg", "Tokens indexed in a second, beside other programs (more is better).")
    ]


def _peers_ask(records: dict[str, Record], folder: Path) -> list[Plot]:
    bars = [
        (row["program"], median(row["wall_s"]), min(row["wall_s"]), max(row["wall_s"]))
        for row in records["peers_ask"]["rows"]
    ]
    _bars("One search from typing it, the index being there", "seconds", bars,
          folder / "peers_ask.svg")  # fmt: skip
    return [Plot("peers_ask.svg", "Seconds of one search in a new process, beside other programs "
                 "(less is better).")]  # fmt: skip


def _growth(records: dict[str, Record], folder: Path) -> list[Plot]:
    """Time of indexing and of retrieval over the number of chunks."""
    from matplotlib import pyplot

    rows = records["scale"]["rows"]
    if len(rows) < 2:
        return []
    n = np.array([row["n_chunks"] for row in rows], dtype=float)
    figure, (indexing, retrieval) = pyplot.subplots(1, 2, figsize=(10, 4))
    _draw_indexing(indexing, n, np.array([build_s(row) for row in rows]))
    _draw_retrieval(retrieval, n, rows)
    _saved(figure, folder / "growth.svg")
    says = (
        "Growth with the number of chunks: indexing beside embedding, with the best power; one "
        "retrieval, with the best logarithm from 100,000 on (where three sizes are measured)."
    )
    return [Plot("growth.svg", says)]


def _draw_indexing(axes: Any, n: Any, seconds: Any) -> None:
    power = exponent(n, seconds)
    factor = math.exp(float(np.mean(np.log(seconds) - power * np.log(n))))
    axes.plot(n, seconds, "o", color=OURS, label="measured")
    axes.plot(n, factor * n**power, "--", color=FIT, label=f"best power: chunks$^{{{power:.2f}}}$")
    axes.plot(n, seconds[-1] / n[-1] * n, ":", color="#777", label="linear, through the last")
    axes.set(xscale="log", yscale="log", xlabel="chunks", ylabel="seconds",
             title="Indexing, beside embedding")  # fmt: skip
    axes.legend()


def _draw_retrieval(axes: Any, n: Any, rows: Sequence[dict[str, float]]) -> None:
    for key, label, colour in (
        ("dense", "by meaning", "#7aa6c2"),
        ("lexical", "by words", "#9aa77a"),
        ("hybrid", "whole retrieval", OURS),
    ):
        axes.plot(n, [row[f"{key}_p50_ms"] for row in rows], "o-", color=colour, label=label, ms=4)
    large = n >= 100_000
    if large.sum() >= 3:  # any curve goes through two
        times = np.array([row["hybrid_p50_ms"] for row in rows])[large]
        slope, start = np.polyfit(np.log10(n[large]), times, 1)
        at = np.geomspace(n[large][0], n[-1], 50)
        text = f"best logarithm: {slope:+.1f} ms a tenfold"
        axes.plot(at, start + slope * np.log10(at), "--", color=FIT, label=text)
    axes.set(xscale="log", xlabel="chunks", ylabel="ms, median", title="One retrieval")
    axes.set_ylim(bottom=0)
    axes.legend()


def _llama(records: dict[str, Record], folder: Path) -> list[Plot]:
    """Every ratio as a share of its aim: 1 and beyond is reached."""
    from matplotlib import pyplot

    found = [f for f in figures({"llama": records["llama"]})["llama"] if f.aim]
    if not found:
        return []
    figure, axes = pyplot.subplots(figsize=(9, 0.42 * len(found) + 1.2))
    for at, one in enumerate(reversed(found)):
        aim = one.aim or 1.0
        shares = sorted((v / aim if one.least else aim / v) for v in one.values)
        colour = OURS if one.reached else FIT
        axes.plot([shares[0], shares[-1]], [at, at], color=colour, linewidth=3, alpha=0.4)
        axes.plot(median(shares), at, "o", color=colour)
        unit = "" if one.unit == "×" else f" {one.unit}"
        text = f"{one.value:.3g} ({'≥' if one.least else '≤'} {aim:g}{unit})"
        _beside(axes, max(shares[-1], 1.0), at, text)
    axes.axvline(1.0, color="#444", linestyle="--")
    axes.set_yticks(range(len(found)), [_named(one) for one in reversed(found)])
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.25)
    axes.set(xscale="log", xlabel="share of the aim (right of the line: reached)",
             title="The Llama engine against its aims")  # fmt: skip
    axes.set_xticks([0.5, 0.7, 1, 1.5, 2, 3], ["0.5", "0.7", "1", "1.5", "2", "3"])
    axes.minorticks_off()
    _saved(figure, folder / "llama.svg")
    says = (
        "The Llama engine's ratios as shares of their aims: dots are medians, lines go from the "
        "lowest to the highest."
    )
    return [Plot("llama.svg", says)]


def _packing(records: dict[str, Record], folder: Path) -> list[Plot]:
    """Drawn by ``bench.packing``."""
    says = (
        "How much of the evidence is in a prompt, over the tokens of its passages and the seconds "
        "to the first token."
    )
    return [Plot("packing.svg", says)] if (folder / "packing.svg").is_file() else []


def _named(figure: Figure) -> str:
    """Its name; a long one with the conditions on a line of their own."""
    if len(figure.said) <= 60:
        return figure.said
    return f"{figure.what}\n{figure.how[:70]}"


_PLOTS: dict[str, Callable[[dict[str, Record], Path], list[Plot]]] = {
    "cold_start": _steps,
    "peers_ask": _peers_ask,
    "peers": _peers,
    "scale": _growth,
    "llama": _llama,
    "packing": _packing,
}
