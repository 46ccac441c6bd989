"""Every measurement in one run: ``python -m bench`` (``make bench``).

Each runs in a process of its own, one after the other; what it found goes to ``bench/results`` as
JSON, and from all of it the page ``bench/results/README.md`` and its plots are written: ratios
first, with the aims and whether they are reached. A measurement whose input is missing is skipped,
and said is what it needs; ``--fetch`` lets it be fetched and built. ``--quick`` shows in minutes
that everything works, and writes elsewhere: its figures say nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from bench import machine
from bench.plan import BENCHES, Inputs, chosen
from bench.runner import run_all, say

HERE = Path(__file__).parent
RUNS = "runs.json"


def main() -> int:
    """Measure, write the page; 1 if a measurement failed."""
    options = _options()
    cache = options.cache.absolute()
    out = options.out or (cache / "quick" if options.quick else HERE / "results")
    inputs = Inputs(options.data.absolute(), cache, out.absolute(), options.fetch, options.quick)
    inputs.out.mkdir(parents=True, exist_ok=True)
    os.environ["RAG_CONFIG"] = os.devnull  # nobody's own settings are measured
    machine.forget_thread_settings()
    outcomes = {} if options.report else run_all(chosen(options.only), inputs)
    runs = _kept(inputs.out / RUNS, outcomes)

    from bench.page import write

    say(f"written: {write(inputs.out, runs)}")
    return int(any(outcome["status"] == "failed" for outcome in outcomes.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [bench.name for bench in BENCHES]
    parser.add_argument("--only", action="append", default=[], choices=names, metavar="NAME",
                        help=f"one of {', '.join(names)}; repeatable")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="only try: one round, small inputs")
    parser.add_argument("--fetch", action="store_true", help="fetch and build what is missing")
    parser.add_argument("--data", type=Path, default=Path("shared/data/retrieval"))
    parser.add_argument("--cache", type=Path, default=HERE / "work", help="keeps what is built")
    parser.add_argument("--out", type=Path, help="default: bench/results")
    parser.add_argument("--report", action="store_true", help="only write the page again")
    return parser.parse_args()


def _kept(path: Path, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What is known of every measurement's last run; one that was skipped keeps an earlier one."""
    runs: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    known = runs.get("benches", {})
    for name, outcome in outcomes.items():
        if outcome["status"] == "done" or known.get(name, {}).get("status") != "done":
            known[name] = outcome
    runs = {"schema": "rag.bench.runs/1", "machine": runs.get("machine"), "benches": known}
    if outcomes or not runs["machine"]:
        runs["machine"] = machine.describe()
    path.write_text(json.dumps(runs, indent=1) + "\n", "utf-8")
    return runs


if __name__ == "__main__":
    sys.exit(main())
