"""The table and the picture of ``bench.packing``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.packing.measures import Row
from bench.packing.ways import Way
from rag.assistant.selecting import LEAST_SHARE
from rag.assistant.windows import WINDOW_CHARS
from rag.wiring import N_PASSAGES

BEFORE = Way(5, WINDOW_CHARS)
DEFAULT = Way(N_PASSAGES["llama"], WINDOW_CHARS, by_evidence=True, least=LEAST_SHARE)

_TEXT = """# Evidence in the prompt, and what it costs

`python -m bench.packing`. No model is asked: what counts is whether the evidence of a question is
in the passages that an engine would get, every character of it, and how many tokens they take,
{how} (numbers, titles and dates of the passages included). "With its lead":
also the sentence before, where the chunk has one. Seconds are those to the first token: passages,
question and instructions behind the rules, whose state is kept on disk, divided by the tokens that
`llama.md` says are read in a second (1B, two cores); they were not timed here.

"As found": the first hits, as retrieval ranks them. "Best of 10": those of the first ten that hold
the sentences most likely to answer. A share leaves out passages whose best sentence is less likely
than that share of the best one's. The default of engines with a prompt is {default}.
Before it was {before}. Windows and single sentences cut the cost of a passage, but
lose evidence, and the sentence before it, faster than offering fewer whole passages does. Whether
a question is answered at all is decided on everything chosen, before a share leaves anything out.
The ways were chosen between by these very questions; neighbouring values do nearly the same.

## The default and what is near it

{near}

## Sets one by one

{sets}

## The fewest tokens for so much evidence, mean of all sets

{front}

![Evidence offered over tokens of the passages and seconds to the first token](packing.svg)
"""

Means = dict[Way, tuple[float, float, float, float]]


def write(rows: Sequence[Row], how: str, out: Path) -> None:
    """``packing.md`` and ``packing.svg`` in ``out``."""
    means = _means(rows)
    text = _TEXT.format(
        how=how,
        default=_words(DEFAULT),
        before=_words(BEFORE),
        near=_means_table({way: means[way] for way in _near() if way in means}),
        sets=_sets_table(rows),
        front=_means_table({way: means[way] for way in _front(means)}),
    )
    (out / "packing.md").write_text(text, encoding="utf-8")
    _plot(rows, means, out / "packing.svg")


def _words(way: Way) -> str:
    share = f", share {way.least:g}" if way.least else ""
    return f"{way.n} passages at most, {way.family}{share}"


def _near() -> list[Way]:
    n, chars, least = DEFAULT.n, DEFAULT.chars, DEFAULT.least
    found = [BEFORE, Way(4, chars), Way(3, chars), DEFAULT]
    found += [Way(n, chars, by_evidence=True, least=share) for share in (0.0, 0.1, 0.15, 0.2)]
    found += [Way(k, chars, by_evidence=True, least=least) for k in (5, 8)]
    found += [Way(n, chars, least=least), Way(n, 450, by_evidence=True, least=least)]
    return found


def _means(rows: Sequence[Row]) -> Means:
    """For each way offered, led, tokens and seconds; every set counts the same, eval as one."""
    found: Means = {}
    for way in dict.fromkeys(row.way for row in rows):
        of_way = [row for row in rows if row.way == way]
        cells = [_pooled([r for r in of_way if r.set.startswith("eval")])]
        cells += [_pooled([row]) for row in of_way if not row.set.startswith("eval")]
        offered, led, tokens, seconds = np.mean([cell for cell in cells if cell], axis=0).tolist()
        found[way] = (offered, led, tokens, seconds)
    return found


def _pooled(rows: Sequence[Row]) -> tuple[float, ...]:
    """The means over all questions of several sets."""
    if not rows:
        return ()
    weights = [row.questions for row in rows]
    values = [(row.offered, row.led, row.tokens, row.seconds) for row in rows]
    return tuple(np.average(values, axis=0, weights=weights).tolist())


def _front(means: Means) -> list[Way]:
    """The ways of which none offers more for fewer tokens, from where three in four are."""
    found: list[Way] = []
    best = 0.75
    for way in sorted(means, key=lambda way: (means[way][2], -means[way][0])):
        if means[way][0] > best:
            best = means[way][0]
            found.append(way)
    return found


def _means_table(means: Means) -> str:
    lines = ["| way | offered | with its lead | tokens | s |", "|---|---|---|---|---|"]
    lines += [
        f"| {'**' if way == DEFAULT else ''}{_words(way)}{'**' if way == DEFAULT else ''} "
        f"| {offered:.3f} | {led:.3f} | {tokens:.0f} | {seconds:.1f} |"
        for way, (offered, led, tokens, seconds) in means.items()
    ]
    return "\n".join(lines)


def _sets_table(rows: Sequence[Row]) -> str:
    lines = [
        "| set | questions | offered before | now | tokens before (p90) | now (p90) | ratio |"
        " passages now | s before | now |",
        "|---" * 10 + "|",
    ]
    by_key = {(row.set, row.way): row for row in rows}
    for name in dict.fromkeys(row.set for row in rows):
        was, now = by_key[name, BEFORE], by_key[name, DEFAULT]
        lines.append(
            f"| {name} | {was.questions} | {was.offered:.3f} | {now.offered:.3f} "
            f"| {was.tokens:.0f} ({was.tokens_p90:.0f}) | {now.tokens:.0f} ({now.tokens_p90:.0f}) "
            f"| {now.tokens / was.tokens:.2f} | {now.passages:.1f} "
            f"| {was.seconds:.1f} | {now.seconds:.1f} |"
        )
    return "\n".join(lines)


def _plot(rows: Sequence[Row], means: Means, path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "packing"
    from matplotlib import pyplot

    figure, (curve, sets) = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    for label, ways in _curves(means).items():
        ordered = sorted(ways, key=lambda way: means[way][2])
        points = [(means[way][2], means[way][0]) for way in ordered]
        curve.plot(*zip(*points, strict=True), ".-", label=label, linewidth=1)
    for way, mark, label in ((BEFORE, "ks", "before"), (DEFAULT, "r*", "default")):
        curve.plot(means[way][2], means[way][0], mark, markersize=10, label=label)
    curve.set(xlabel="tokens of the passages", ylabel="evidence offered whole, mean of the sets")
    curve.set(xlim=(0, 1250), ylim=(0.6, 0.95))
    _add_seconds(curve, means)
    for name in dict.fromkeys(row.set for row in rows):
        pair = [r for way in (BEFORE, DEFAULT) for r in rows if (r.set, r.way) == (name, way)]
        sets.plot([r.tokens for r in pair], [r.offered for r in pair], "-", label=name)
        sets.plot(pair[0].tokens, pair[0].offered, "ks", markersize=4)
        sets.plot(pair[1].tokens, pair[1].offered, "r*", markersize=8)
    sets.set(xlabel="tokens of the passages", title="each set: before (square), default (star)")
    for axes in (curve, sets):
        axes.legend(fontsize=7)
        axes.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _add_seconds(curve: Any, means: Means) -> None:
    """A second scale over the tokens: the seconds to the first token, which are nearly in line."""
    tokens, seconds = zip(*((cell[2], cell[3]) for cell in means.values()), strict=True)
    slope, start = np.polyfit(tokens, seconds, 1)
    scale = (lambda n: start + slope * n, lambda s: (s - start) / slope)
    curve.secondary_xaxis("top", functions=scale).set_xlabel(
        "seconds to the first token (1B, by the rates of llama.md)"
    )


def _curves(means: Means) -> dict[str, list[Way]]:
    plain = [way for way in means if not way.least]
    curves = {
        family: [way for way in plain if way.family == family]
        for family in dict.fromkeys(way.family for way in plain)
        if "whole" in family or "300" in family or "450" in family
    }
    n, chars = DEFAULT.n, DEFAULT.chars
    cut = [w for w in means if w.by_evidence and w.n == n and w.chars == chars]
    return {**curves, f"best of 10, {n} at most, shares": cut}
