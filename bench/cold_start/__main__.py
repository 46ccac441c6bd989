"""What a command costs from typing it: ``python -m bench.cold_start --save``.

New processes, taking turns, over an index of about 1,000 chunks that is up to date: the least that
a question costs (``bench.cold_start.floors``), every command a person waits for, and search and ask
with sentence-transformers for everything, as they were before questions were embedded without
torch. Given are wall seconds, ratios to that least, the time to the first line on stdout, and the
greatest memory; then the steps of each command, timed in runs of their own; then what its imports
take.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import machine
from bench.cold_start.corpus import Corpus, corpus_in
from bench.cold_start.process import imports, steps
from bench.cold_start.report import page
from bench.cold_start.tasks import ASK, FLOOR, MINIMUM, SEARCH, Task, tasks

QUESTION = "How much memory does Llama 3.1 8B need?"
_BENCH = Path(__file__).parents[1]


def main() -> None:
    """Measure, print the page and, if asked to, write ``cold_start.json`` and ``.md``."""
    options = _options()
    options.work.mkdir(parents=True, exist_ok=True)
    with _own_home():
        corpus = corpus_in(options.work.absolute(), options.chunks)
        chosen = [
            task
            for task in tasks(corpus, options.question)
            if not options.only or any(part in task.name for part in options.only)
        ]
        record = _measured(chosen, corpus, options)
    print(page(record))
    if options.save:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "cold_start.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        (options.out / "cold_start.md").write_text(page(record), "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.cold_start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--work", type=Path, default=_BENCH / "work" / "cold_start")
    parser.add_argument("--chunks", type=int, default=1000, help="of the index, when it is made")
    parser.add_argument("--question", default=QUESTION)
    parser.add_argument(
        "--only", action="append", help="part of a task's name; the least is always measured"
    )
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--out", type=Path, default=_BENCH / "results")
    options = parser.parse_args()
    if options.only:
        options.only += [FLOOR, MINIMUM]
    return options


@contextmanager
def _own_home() -> Iterator[None]:
    """Nobody's settings are read, and nothing is kept beyond the run but what ``--work`` holds."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["RAG_CONFIG"] = os.devnull
        for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = str(Path(home) / name)
        yield


def _measured(chosen: list[Task], corpus: Corpus, options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {
        task.name: {"wall_s": [], "first_s": [], "memory_mb": [], "steps": {}} for task in chosen
    }
    for round_ in range(-1, options.rounds):  # the first is not kept: files come into memory
        print(f"round {max(round_, 0) + 1} of {options.rounds}", file=sys.stderr, flush=True)
        for task in chosen:
            _one_round(task, round_, found[task.name], options.work / "steps")
    watched = [task for task in chosen if task.name in (SEARCH, ASK)]
    return {
        "schema": "rag.bench.cold_start/3",
        "machine": machine.describe(),
        "rounds": options.rounds,
        "load": machine.now()["load"],
        "n_chunks": corpus.n_chunks,
        "tasks": found,
        "imports": {task.name: imports(task.arguments) for task in watched},
    }


def _one_round(task: Task, round_: int, found: dict[str, Any], record: Path) -> None:
    task.prepare(2 * round_)
    measured = task.measure()
    task.prepare(2 * round_ + 1)
    times = steps(task.arguments, record) if task.arguments else {}
    if round_ < 0:
        return
    found["wall_s"].append(measured.wall_s)
    found["first_s"].append(measured.first_s)
    found["memory_mb"].append(measured.memory_mb)
    for step, seconds in times.items():
        found["steps"].setdefault(step, []).append(seconds)


if __name__ == "__main__":
    main()
