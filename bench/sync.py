"""What it costs to bring an index up to date, beside walking its folder and nothing else.

    python -m bench.sync [--files 1000 10000] [--sentences 8] [--rounds 5] [--save]

Makes folders of small articles under a temporary folder, indexes them with the embedder that needs
no weights, and times each kind of sync in turn, so that the load of the machine falls on all alike.
With --save the table goes to bench/results/sync.md and .json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench import machine
from rag.chunking.packer import SentenceChunker
from rag.embedding.hashing import HashingEmbedder
from rag.indexing.changes import list_files
from rag.indexing.sync import sync

RESULTS = Path(__file__).parent / "results"
FLOOR = "os.walk and os.stat"
_WORDS = [f"{head}{tail}" for head in ("ka", "lo", "mi", "nu", "te") for tail in range(400)]
_PER_FOLDER = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of run over a folder: seconds of its rounds, and what the sync said of each.

    Attributes:
        beyond_s: the median above that of walking the same folder.
    """

    files: int
    chunks: int
    what: str
    median_s: float
    least_s: float
    most_s: float
    beyond_s: float
    said: str


class Trial:
    """A folder of articles and its index."""

    def __init__(self, folder: Path, *, n_files: int, n_sentences: int) -> None:
        self.folder, self.index_dir, self.n_files = folder / "articles", folder / "index", n_files
        self._rng = random.Random(7)
        self._n_sentences = n_sentences
        self._embedder = HashingEmbedder(384)
        self._chunker = SentenceChunker(
            self._embedder.count_tokens, target_tokens=128, max_tokens=self._embedder.max_tokens
        )
        for number in range(n_files):
            path = self._path(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path)
            os.utime(path, (1_700_000_000, 1_700_000_000))  # long ago, as most articles are
        self.n_chunks = sync(self.index_dir, [self.folder], **self._parts).n_chunks

    @property
    def _parts(self) -> dict[str, object]:
        return {"embedder": self._embedder, "chunker": self._chunker}

    def _path(self, number: int) -> Path:
        return self.folder / str(number // _PER_FOLDER) / f"article-{number}.txt"

    def _write(self, path: Path) -> None:
        sentences = (
            " ".join(self._rng.choices(_WORDS, k=12)).capitalize() + "."
            for _ in range(self._n_sentences)
        )
        path.write_text(f"{path.stem.capitalize()}\n\n{' '.join(sentences)}\n", "utf-8")

    # -- what is timed: a preparation that is not, and the run that is ---------------------------

    def runs(self) -> Iterator[tuple[str, Callable[[int], None], Callable[[], str]]]:
        """Name, preparation of a round, and the run of every line of the table."""
        nothing = partial(self._nothing)
        yield FLOOR, nothing, self._walk
        yield "list the files", nothing, self._list
        yield "nothing changed", nothing, self._sync
        yield "nothing changed, every byte compared", nothing, partial(self._sync, verify=True)
        yield "one article changed", self._change, self._sync
        yield "one article renamed", self._rename, self._sync
        yield "one article removed", self._remove, self._sync

    def _nothing(self, round_: int) -> None:
        self._sync()

    def _change(self, round_: int) -> None:
        self._sync()
        self._write(self._path(round_))

    def _rename(self, round_: int) -> None:
        self._sync()
        path = self._path(self.n_files // 2 + round_)
        path.rename(path.with_name(f"renamed-{round_}.txt"))

    def _remove(self, round_: int) -> None:
        self._sync()
        self._path(self.n_files - 1 - round_).unlink()

    def _walk(self) -> str:
        n_files = 0
        for folder, _, names in os.walk(self.folder):
            for name in names:
                os.stat(os.path.join(folder, name))
                n_files += 1
        return f"{n_files} files"

    def _list(self) -> str:
        return f"{len(list_files([self.folder], self.index_dir).found)} files"

    def _sync(self, *, verify: bool = False) -> str:
        report = sync(self.index_dir, [self.folder], verify=verify, **self._parts)
        kinds = ("added", "changed", "removed", "moved", "unchanged")
        return ", ".join(f"{getattr(report, kind)} {kind}" for kind in kinds)


def measured(trial: Trial, rounds: int) -> list[Line]:
    """The lines of one folder; the rounds of all kinds alternate."""
    runs = list(trial.runs())
    seconds: dict[str, list[float]] = {what: [] for what, _, _ in runs}
    said: dict[str, str] = {}
    for round_ in range(rounds):
        for what, prepare, run in runs:
            prepare(round_)
            started = time.perf_counter()
            said[what] = run()
            seconds[what].append(time.perf_counter() - started)
    floor_s = median(seconds[FLOOR])
    return [
        Line(
            trial.n_files,
            trial.n_chunks,
            what,
            median(times),
            min(times),
            max(times),
            median(times) - floor_s,
            said[what],
        )
        for what, times in seconds.items()
    ]


def table(lines: list[Line]) -> str:
    """The lines in Markdown, times in milliseconds."""
    rows = [
        "| articles | chunks | run | ms | least-most | beyond walking | times walking |",
        "|---:|---:|---|---:|---:|---:|---:|",
    ]
    for line in lines:
        floor_s = line.median_s - line.beyond_s
        rows.append(
            f"| {line.files} | {line.chunks} | {line.what} | {line.median_s * 1000:.0f} "
            f"| {line.least_s * 1000:.0f}-{line.most_s * 1000:.0f} "
            f"| {line.beyond_s * 1000:.0f} | {line.median_s / floor_s:.1f} |"
        )
    return "\n".join(rows) + "\n"


def main() -> None:
    """Measure, print, and keep if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--sentences", type=int, default=8, help="of an article: 8 are one chunk")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    lines: list[Line] = []
    for n_files in options.files:
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(Path(folder), n_files=n_files, n_sentences=options.sentences)
            lines += measured(trial, options.rounds)
    print(table(lines))
    if options.save:
        _save(lines, options.rounds, options.out)


def _save(lines: list[Line], rounds: int, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    found = [asdict(line) for line in lines]
    record = {"machine": machine.describe(), "rounds": rounds, "lines": found}
    (out / "sync.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    head = "# Keeping an index up to date\n\n`python -m bench.sync --save`: the median of "
    text = f"{head}{rounds} rounds, milliseconds.\n\n{table(lines)}"
    (out / "sync.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
