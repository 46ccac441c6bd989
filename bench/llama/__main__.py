"""Measures the Llama engine: ``python -m bench.llama --cache DIR``.

Everything that is compared is measured in turns in one run, and the median of the ratios is
reported: speeds of different runs say little on a machine that others use. The weights are random
unless a model is given (``bench.shapes``). Leave the machine alone meanwhile (a quarter of an
hour).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bench import machine
from bench.figures import Figure
from bench.floor import llama_bench
from bench.llama.costs import mask_costs, retry_costs, sampling_costs
from bench.llama.first import first_sentences
from bench.llama.memory import memory_and_loading
from bench.llama.quotes import quote_speedups
from bench.llama.report import Report
from bench.llama.reuse import kept_rules, second_turns
from bench.llama.rig import Rig
from bench.llama.speed import speeds
from bench.shapes import SHAPES, shape_file
from rag.generation.llama.library import library

_N_WRITTEN = 64
_BENCH = Path(__file__).parents[1]
_DEFAULT_OUT = _BENCH / "results" / "llama.json"


def main() -> None:
    """Measure, print the page and write it."""
    options = _options()
    machine.forget_thread_settings()
    options.cache.mkdir(parents=True, exist_ok=True)
    model = options.model or str(shape_file(options.shape, options.cache.absolute()))
    tool = options.llama_bench or llama_bench(options.cache.absolute())
    rig = Rig.load(model)
    report = Report(_machine(), _describe(rig, random=not options.model))
    rounds, path = options.rounds, rig.engine.model_file.path
    parts: dict[str, Callable[[], list[Figure]]] = {
        "Speed": lambda: speeds(rig, tool, path, rounds=rounds, n_written=_N_WRITTEN),
        "The first sentence": lambda: first_sentences(rig, tool, path, rounds=rounds),
        "Citations": lambda: mask_costs(rig, rounds=rounds, n_written=_N_WRITTEN),
        "Sampling": lambda: sampling_costs(rig, rounds=rounds),
        "Writing a sentence again": lambda: retry_costs(rig, rounds=rounds),
        "Quotations": lambda: quote_speedups(rig, rounds=rounds),
        "Kept rules": lambda: kept_rules(rig, rounds=rounds),
        "A second turn": lambda: second_turns(rig, rounds=rounds),
        "Memory and loading": lambda: memory_and_loading(model),
    }
    for name, measure in parts.items():
        if not options.only or name in options.only:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            report.add(name, measure())
    print(report.as_markdown())
    report.write(options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.llama", description=__doc__)
    parser.add_argument("--cache", type=Path, default=_BENCH / "work" / "llama")
    parser.add_argument("--model", help="a GGUF file, or the name of a pulled model")
    parser.add_argument("--shape", choices=sorted(SHAPES), default="1b")
    parser.add_argument("--llama-bench", type=Path, help="the tool, if it was built elsewhere")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", help="a heading; may be given again")
    parser.add_argument("--out", type=Path, default=_DEFAULT_OUT)
    return parser.parse_args()


def _machine() -> dict[str, str]:
    """What may explain the figures, with what llama.cpp was built for."""
    features = library().api.llama_print_system_info().decode("utf-8", "replace")
    load = machine.now()["load"]
    return {
        **machine.describe(),
        "llama.cpp": " ".join(features.split()),
        "load before the run": load,
    }


def _describe(rig: Rig, *, random: bool) -> dict[str, str]:
    file = rig.engine.model_file
    return {
        "model": rig.backend.describe() + (", random weights" if random else ""),
        "file": f"{file.path.stat().st_size:,} bytes, sha256 {file.sha256}",
        "context": f"{rig.engine.n_ctx:,} tokens, {rig.backend.n_threads} threads",
    }


if __name__ == "__main__":
    main()
