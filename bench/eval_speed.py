"""Cases of the eval suite in a second: ``python -m bench.eval_speed``.

``rag eval`` in new processes, once over one case of each kind and once over more, in turn: the
difference is what cases cost, and what starting costs falls out of it. The extractive engine, and
the Llama engine with a tiny model of random weights: everything but the model's own time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.cold_start.process import program

_BENCH = Path(__file__).parent


def main() -> None:
    """Measure and write ``eval_speed.json`` and ``.md``."""
    options = _options()
    options.work.mkdir(parents=True, exist_ok=True)
    os.environ["RAG_CONFIG"] = os.devnull
    index = ("--index", str(options.work.absolute() / "index"))
    model = _model(options.work.absolute() / "tiny.gguf")
    engines = {
        "extractive engine": ("--engine", "extractive", *index),
        "Llama engine, tiny random model": ("--engine", "llama", "--model", str(model), *index),
    }
    _timed(("--engine", "extractive", *index), 1)  # makes the index
    found: dict[str, dict[str, Any]] = {n: {"cases_per_s": [], "start_s": []} for n in engines}
    for round_ in range(options.rounds):
        print(f"round {round_ + 1} of {options.rounds}", file=sys.stderr, flush=True)
        for name, arguments in engines.items():
            few_s, n_few = _timed(arguments, 1)
            many_s, n_many = _timed(arguments, options.limit)
            rate = (n_many - n_few) / (many_s - few_s)
            found[name]["cases_per_s"].append(rate)
            found[name]["start_s"].append(few_s - n_few / rate)
            found[name]["n_cases"] = n_many - n_few
    record = {"schema": "rag.bench.eval_speed/1", "rounds": options.rounds, "engines": found}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "eval_speed.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    (options.out / "eval_speed.md").write_text(_table(record), "utf-8")
    print(_table(record))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.eval_speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=4, help="cases of each kind; at least 2")
    parser.add_argument("--work", type=Path, default=_BENCH / "work" / "eval_speed")
    parser.add_argument("--out", type=Path, default=_BENCH / "results")
    return parser.parse_args()


def _model(path: Path) -> Path:
    if not path.is_file():
        from tests.support.gguf import random_gguf

        random_gguf(path, n_ctx=4096)
    return path


def _timed(arguments: tuple[str, ...], limit: int) -> tuple[float, int]:
    """Seconds of a run over ``limit`` cases of each kind, and how many those are."""
    command = program("eval", "--no-gate", "--json", "--limit", str(limit), *arguments)
    started = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"rag eval ended with {done.returncode}:\n{done.stderr[-2000:]}")
    folder = Path(json.loads(done.stdout)["folder"])
    n_cases = len((folder / "results.jsonl").read_text("utf-8").splitlines())
    shutil.rmtree(folder)  # it is nobody's result
    return seconds, n_cases


def _table(record: dict[str, Any]) -> str:
    lines = [
        "# Cases of the eval suite in a second",
        "",
        f"`python -m bench.eval_speed`: medians of {record['rounds']} rounds, the start left out.",
        "",
        "| | cases/s | least to most | cases | seconds to start |",
        "|---|---|---|---|---|",
    ]
    for name, found in record["engines"].items():
        rates = found["cases_per_s"]
        lines.append(
            f"| {name} | {median(rates):.2f} | {min(rates):.2f} to {max(rates):.2f} "
            f"| {found['n_cases']} | {median(found['start_s']):.1f} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
