"""How an index grows: ``python -m bench.scale --data DIR --cache DIR [--sizes 1000 10000 ...]``.

For each number of chunks an index is made of real and of drawn vectors and texts (see
``bench.scale_data``) and measured in a new process: opening, a search by meaning, by words and by
both (p50, p99; the embedding of the question is left out), recall@10 against a full comparison,
memory, disk, and the replacing of one article. What was measured is kept in ``results/scale.json``
size by size, so that the largest can be run later. A million chunks take about 4 GB in the cache.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"
SIZES = (1_000, 10_000, 100_000)


def main() -> None:
    """Measure the sizes asked for and write JSON, Markdown and the plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("shared/data/retrieval"))
    parser.add_argument("--cache", type=Path, required=True, help="keeps the indexes")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--out", type=Path, default=RESULTS, help="where results are written")
    parser.add_argument("--report", action="store_true", help="only write the report again")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "scale.json"
    rows = json.loads(path.read_text())["rows"] if path.is_file() else []
    for n in [] if arguments.report else arguments.sizes:
        row = _measured(n, arguments.data, arguments.cache)
        rows = sorted([*(r for r in rows if r["n_chunks"] != n), row], key=_size)
        path.write_text(json.dumps({"rows": rows}, indent=1) + "\n")
        print(json.dumps(row))
    from bench import scale_report

    scale_report.write(rows, arguments.out)


def _size(row: dict[str, float]) -> float:
    return row["n_chunks"]


def _measured(n: int, data: Path, cache: Path) -> dict[str, float]:
    from bench.scale_build import build, replace_one

    folder = cache / f"index-{n}"
    row: dict[str, float] = {"n_chunks": n}
    row |= build(folder, n, data, cache)
    row |= _child("bench.scale_probe", folder, cache)
    row |= replace_one(folder)
    row["open_after_edit_s"] = _child("bench.scale_probe", folder, cache, "--open-only")["open_s"]
    return row | {"time": time.time()}


def _child(module: str, folder: Path, cache: Path, *options: str) -> dict[str, float]:
    command = [sys.executable, "-m", module, str(folder), str(cache), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


if __name__ == "__main__":
    main()
