"""The table and the picture of ``bench.scale``."""

from __future__ import annotations

from pathlib import Path

Row = dict[str, float]

_HEADS = (
    "chunks", "index", "recall@10", "dense p50/p99 ms", "words p50/p99 ms", "fused p50/p99 ms",
    "with passages p50/p99 ms",
    "open s", "own MB", "peak MB", "disk MB", "one article: store + files s",
)  # fmt: skip


def write(rows: list[Row], out: Path) -> None:
    """``scale.md`` and, where matplotlib is installed, ``scale.svg`` in ``out``."""
    lines = [" | ".join(_HEADS), " | ".join("---" for _ in _HEADS)]
    lines += [" | ".join(_cells(row)) for row in rows]
    table = "\n".join(f"| {line} |" for line in lines)
    (out / "scale.md").write_text(_TEXT.format(table=table), encoding="utf-8")
    _plot(rows, out / "scale.svg")


_TEXT = """# Growth of an index

`python -m bench.scale`: the embedding of the question is left out of every time. "Fused" is
search by meaning, by words and fusion; "with passages" also fetches 30 of them, leaves copies out
and gives ten. The time to open is that of a new process beyond its imports. Own memory is what
searching adds, without pages of files; the peak is all that its process had, libraries and pages of
files included. Vectors beyond some thousand are drawn about real ones (`bench/scale_data.py`), the
questions are real.

{table}

![Time of a question and bytes on disk over the number of chunks](scale.svg)
"""


def _cells(row: Row) -> list[str]:
    disk = sum(row[f"{part}_bytes"] for part in ("store", "rows", "faiss", "lexical"))
    return [
        f"{row['n_chunks']:,}",
        "compressed" if row["compressed"] else "exact",
        f"{row['recall']:.4f} [{row['recall_low']:.4f}, {row['recall_high']:.4f}]",
        *(f"{row[f'{n}_p50_ms']:.2f} / {row[f'{n}_p99_ms']:.2f}" for n in _SEARCHES),
        f"{row['open_s']:.3f}",
        f"{row['own_mb']:.0f}",
        f"{row['peak_mb']:.0f}" if "peak_mb" in row else "",
        f"{disk / 1e6:.0f}",
        f"{row['edit_store_s']:.3f} + {row['edit_derive_s']:.3f}",
    ]


_SEARCHES = ("dense", "lexical", "fused", "hybrid")


def _plot(rows: list[Row], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, (times, sizes) = pyplot.subplots(1, 2, figsize=(10, 4))
    n_chunks = [row["n_chunks"] for row in rows]
    for name, label in (
        *zip(_SEARCHES, ("meaning", "words", "fused", "with passages"), strict=True),
    ):
        times.plot(n_chunks, [row[f"{name}_p50_ms"] for row in rows], "o-", label=label)
    times.plot(n_chunks, [row["full_ms"] for row in rows], ":", label="full comparison, sums alone")
    times.set(xscale="log", yscale="log", xlabel="chunks", ylabel="p50, ms")
    for part in ("store", "rows", "faiss", "lexical"):
        sizes.plot(n_chunks, [row[f"{part}_bytes"] / 1e6 for row in rows], "o-", label=part)
    sizes.set(xscale="log", yscale="symlog", xlabel="chunks", ylabel="MB on disk")
    sizes.set_ylim(bottom=0)
    for axes in (times, sizes):
        axes.legend()
        axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
