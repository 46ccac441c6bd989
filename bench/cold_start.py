"""What a question costs from typing it: ``python -m bench.cold_start --save``.

New processes, taking turns, over an index of the sample articles that is up to date: the bare
minimum (interpreter, tokenizer, one embedding, a FAISS search), ``rag search`` and ``rag ask`` with
the extractive engine, and the same two with sentence-transformers for everything, as they were
before questions were embedded without torch. Given are medians of wall seconds, the ratio to the
minimum, and the greatest memory of each process. ``--index`` and ``--question`` take others.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

QUESTION = "How much memory does Llama 3.1 8B need?"
_FLOOR = """
import faiss, numpy as np
from rag.embedding.light import LightModel
folder, index, question = sys.argv[1:]
row = LightModel(Path(folder)).embed([question])
rows = np.random.default_rng(0).standard_normal((1000, row.shape[1]), dtype=np.float32)
flat = faiss.IndexFlatIP(row.shape[1])
flat.add(rows)
flat.search(row, 10)
"""
_RAG = """
from rag.cli.app import main
sys.argv = ["rag", *sys.argv[1:]]
main()
"""
_HEAVY = """
from functools import partial
from rag.embedding import sentence_transformer as module
module.SentenceTransformerEmbedder = partial(module.SentenceTransformerEmbedder, light=False)
"""
_START = "import sys\nfrom pathlib import Path\n"


@dataclass(frozen=True, slots=True)
class Task:
    """One way of starting: a name, a program, its arguments."""

    name: str
    code: str
    arguments: tuple[str, ...]


def tasks(index: Path, question: str) -> list[Task]:
    """The minimum first."""
    from rag.embedding.weights import PACKAGED_MODEL, locate

    search = ("search", question, "--index", str(index))
    ask = ("ask", "--engine", "extractive", question, "--index", str(index))
    floor = (str(locate(PACKAGED_MODEL).path), str(index), question)
    return [
        Task("the minimum", _START + _FLOOR, floor),
        Task("rag search", _START + _RAG, search),
        Task("rag ask --engine extractive", _START + _RAG, ask),
        Task("rag search, by sentence-transformers", _START + _HEAVY + _RAG, search),
        Task("rag ask, by sentence-transformers", _START + _HEAVY + _RAG, ask),
    ]


def measured(task: Task) -> tuple[float, float]:
    """Wall seconds of one new process, and its greatest memory in MB.

    Raises:
        RuntimeError: if it fails.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", task.code, *task.arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{task.name} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    """Measure, print the table and, if asked to, write ``cold_start.json`` and ``.md``."""
    options = _options()
    os.environ["RAG_CONFIG"] = os.devnull
    with tempfile.TemporaryDirectory() as name:
        index = options.index or Path(name) / "index"
        chosen = tasks(index, options.question)
        if not options.index:
            made = ("index", "seeds", "--index", str(index))
            measured(Task("making the index", _START + _RAG, made))
        for task in chosen:  # once unmeasured: files come into memory
            measured(task)
        rounds = [[measured(task) for task in chosen] for _ in range(options.rounds)]
    record = _record(chosen, rounds)
    print(_table(record))
    if options.save:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "cold_start.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
        (options.out / "cold_start.md").write_text(_table(record), "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--index", type=Path, help="one that is up to date")
    parser.add_argument("--question", default=QUESTION)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("bench/results"))
    return parser.parse_args()


def _record(chosen: list[Task], rounds: list[list[tuple[float, float]]]) -> dict[str, Any]:
    found = {
        task.name: {
            "wall_s": [each[i][0] for each in rounds],
            "memory_mb": median(each[i][1] for each in rounds),
        }
        for i, task in enumerate(chosen)
    }
    return {
        "schema": "rag.bench.cold_start/1",
        "machine": f"{os.cpu_count()} processors, {platform.machine()}, {platform.system()}",
        "python": platform.python_version(),
        "rounds": len(rounds),
        "load": os.getloadavg()[0],
        "tasks": found,
    }


def _table(record: dict[str, Any]) -> str:
    floor = median(next(iter(record["tasks"].values()))["wall_s"])
    lines = [
        "# What a question costs from typing it",
        "",
        f"`python -m bench.cold_start`: new processes in turn, {record['rounds']} rounds, medians; "
        f"{record['machine']}, load {record['load']:.1f}.",
        "",
        "| | seconds | least to most | times the minimum | MB |",
        "|---|---|---|---|---|",
    ]
    for name, found in record["tasks"].items():
        wall = found["wall_s"]
        lines.append(
            f"| {name} | {median(wall):.2f} | {min(wall):.2f} to {max(wall):.2f} "
            f"| {median(wall) / floor:.2f} | {found['memory_mb']:.0f} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
