"""Which measurements ``make bench`` runs, how, and what each needs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.articles import SETS as ARTICLE_SETS
from bench.articles import folder_of_articles
from bench.peers.environments import NAMES

GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where things are.

    Attributes:
        data: the development sets.
        cache: what takes long to make, kept: ``llama-bench``, ``peers``, ``scale``, ``articles``.
        out: where results go. fetch: whether what is missing may be fetched and built.
    """

    data: Path
    cache: Path
    out: Path
    fetch: bool = False
    quick: bool = False

    def rounds(self, usual: int) -> str:
        """``usual``, or one in a quick run."""
        return "1" if self.quick else str(usual)


@dataclass(frozen=True, slots=True)
class Bench:
    """One measurement, in a process of its own.

    Attributes:
        arguments: of ``python -m``; asking for them may write small inputs.
        missing: what it lacks and how to get it; "" if nothing.
        result: the JSON that it writes into ``out``.
        minutes: of a full run on two cores, roughly.
    """

    name: str
    about: str
    arguments: Callable[[Inputs], list[str]]
    missing: Callable[[Inputs], str]
    minutes: float

    @property
    def result(self) -> str:
        return f"{self.name}.json"

    def command(self, inputs: Inputs) -> list[str]:
        """What to run, from the checkout."""
        return [sys.executable, "-m", *self.arguments(inputs)]


def _nothing(inputs: Inputs) -> str:
    return ""


def _sets(inputs: Inputs, names: tuple[str, ...] = ARTICLE_SETS) -> str:
    absent = [n for n in names if not (inputs.data / f"{n}.docs.jsonl").is_file()]
    return f"no {', '.join(absent)} in {inputs.data.name}/: --data DIR" if absent else ""


def _scale_needs(inputs: Inputs) -> str:
    inputs.cache.mkdir(parents=True, exist_ok=True)
    largest = inputs.cache / "scale" / f"index-{SIZES[-1]}" / "build.json"
    if not inputs.quick and not largest.is_file():
        free = shutil.disk_usage(inputs.cache).free
        if free < 6 * GB:
            return f"6 GB of disk for a million chunks, {free / GB:.1f} are free: --cache DIR"
    return _sets(inputs, ("xquad_en", "nq_gold", "qamr_wikinews", "chunkeval"))


def _peers_need(inputs: Inputs) -> str:
    made = [n for n in NAMES if (inputs.cache / "peers" / n / ".ready").is_file()]
    if len(made) < len(NAMES) and not inputs.fetch:
        return "environments of the other programs (a package index, 1 GB of disk): --fetch"
    return _sets(inputs)


def _llama_source(inputs: Inputs) -> Path:
    return inputs.cache / "llama-bench" / f"llama_cpp_python-{version('llama-cpp-python')}"


def _llama_needs(inputs: Inputs) -> str:
    folder = inputs.cache / "llama-bench"
    tool = folder / f"build-{version('llama-cpp-python')}" / "bin" / "llama-bench"
    model = folder / "llama-1b-random-q4_k_m.gguf"
    if inputs.fetch or (tool.is_file() and model.is_file()):
        return ""
    return (
        "llama-bench and the 1B file of random weights (the source of llama-cpp-python, cmake, "
        "a C++ compiler, 4 GB of disk): --fetch"
    )


def _vocabulary(inputs: Inputs) -> list[str]:
    """Where that of Llama 3 is, for counting tokens; without it they are reckoned."""
    source = _llama_source(inputs)
    return ["--cache", str(source.parent)] if inputs.fetch or source.is_dir() else []


def _articles(inputs: Inputs) -> str:
    n_chars = 40_000 if inputs.quick else 400_000
    return str(folder_of_articles(inputs.data, inputs.cache, n_chars=n_chars))


SIZES = (1_000, 10_000, 100_000, 300_000, 1_000_000)
"""Three of them from 100,000 on: else nobody can tell a logarithm from a line."""

BENCHES = (
    Bench(
        "cold_start",
        "every command from typing it, step by step",
        lambda i: [
            "bench.cold_start", "--save", "--out", str(i.out), "--rounds", i.rounds(7),
            "--work", str(i.cache / "cold_start"),
        ],
        _nothing,
        4,
    ),
    Bench(
        "peers_ask",
        "one question, one process: the same in other programs",
        lambda i: [
            "bench.peers.ask", _articles(i), "--cache", str(i.cache / "peers"),
            "--rounds", i.rounds(5), "--out", str(i.out),
        ],
        _peers_need,
        5,
    ),
    Bench(
        "indexing",
        "what indexing costs beyond embedding",
        lambda i: [
            "bench.indexing", _articles(i), "--rounds", i.rounds(5), "--out", str(i.out),
        ],
        _sets,
        3,
    ),
    Bench(
        "peers",
        "indexing the same articles in other programs",
        lambda i: [
            "bench.peers", _articles(i), "--cache", str(i.cache / "peers"),
            "--rounds", i.rounds(3), "--out", str(i.out),
        ],
        _peers_need,
        7,
    ),
    Bench(
        "sync",
        "an index kept up to date",
        lambda i: [
            "bench.sync", "--save", "--out", str(i.out), "--rounds", i.rounds(5), "--files",
            *(["200"] if i.quick else ["1000", "10000"]),
        ],
        _nothing,
        2,
    ),
    Bench(
        "retrieval",
        "how often the evidence is found, and how fast",
        lambda i: [
            "bench.retrieval", "--data", str(i.data), "--work", str(i.cache / "retrieval"),
            "--out", str(i.out), *(["--only", "xquad_en"] if i.quick else []),
        ],
        _sets,
        4,
    ),
    Bench(
        "scale",
        "an index of 1,000 to 1,000,000 chunks",
        lambda i: [
            "bench.scale", "--data", str(i.data), "--cache", str(i.cache / "scale"),
            "--out", str(i.out), "--sizes", *map(str, SIZES[:2] if i.quick else SIZES),
        ],
        _scale_needs,
        18,
    ),
    Bench(
        "llama",
        "the Llama engine against llama.cpp's own bench, 1B shapes",
        lambda i: [
            "bench.llama", "--cache", str(i.cache / "llama-bench"), "--rounds", i.rounds(3),
            "--out", str(i.out / "llama.json"), *(["--only", "Sampling"] if i.quick else []),
        ],
        _llama_needs,
        14,
    ),
    Bench(
        "packing",
        "how much of the evidence is in a prompt, and what it costs",
        lambda i: [
            "bench.packing", "--data", str(i.data), "--work", str(i.cache / "packing"),
            "--out", str(i.out), *_vocabulary(i),
            *(["--most", "20", "--only", "xquad_en"] if i.quick else []),
        ],
        _sets,
        9,
    ),
    Bench(
        "eval_speed",
        "cases of the eval suite in a second",
        lambda i: [
            "bench.eval_speed", "--rounds", i.rounds(3), "--out", str(i.out),
            "--work", str(i.cache / "eval_speed"), *(["--limit", "2"] if i.quick else []),
        ],
        _nothing,
        5,
    ),
)  # fmt: skip
"""In the order of what a person waits for."""


def chosen(only: list[str]) -> list[Bench]:
    """The benches of these names, in their own order; all if there are none."""
    return [bench for bench in BENCHES if not only or bench.name in only]
