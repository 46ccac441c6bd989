"""How well the verifier tells supported claims from others, on human-labelled sets.

    python -m bench.grounding --data DIR [--networks DIR] [--verifier combined|lexical|FOLDER]

DIR holds NAME.dev.jsonl. One threshold for all sets. Figures are given as shipped, which has seen
these sets, and with ``--networks`` (see ``bench.fit_verifier``) with each set left out of all that
was learned. BAcc = balanced accuracy with its 95 % bootstrap interval. Writes
bench/results/grounding.json and .md.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.verifier.figures import auroc, balanced, spread
from bench.verifier.judges import Judges, score_of
from bench.verifier.sets import SETS, Judged, idf_of, read_set
from rag.protocols import Verifier

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One set's result.

    Attributes:
        fitted: whether the set was learned from or left out.
        caught: share of the unsupported claims found to be so.
        flagged: share of the supported claims wrongly held unsupported.
        s_per_claim: seconds; what was read for the row before is not read again.
    """

    name: str
    verifier: str
    fitted: str
    n: int
    n_supported: int
    bacc: float
    low: float
    high: float
    auroc: float
    caught: float
    flagged: float
    s_per_claim: float


def evaluate(name: str, records: list[Judged], verifier: Verifier, *, fitted: str) -> Row:
    """One set."""
    score_of(verifier, records[0])  # loads the weights
    started = time.perf_counter()
    score = np.array([score_of(verifier, record) for record in records])
    seconds = (time.perf_counter() - started) / len(records)
    truth = np.array([record.supported for record in records])
    said = score >= verifier.threshold
    low, high = spread(said, truth)
    return Row(
        name, verifier.name, fitted, len(truth), int(truth.sum()), balanced(said, truth), low, high,
        auroc(score, truth), float((~said[~truth]).mean()), float((~said[truth]).mean()), seconds,
    )  # fmt: skip


def table(rows: list[Row]) -> str:
    """Markdown."""
    lines = [
        "| set | n (supported) | fitted | BAcc (95 %) | AUROC | unsupported caught "
        "| supported flagged | ms a claim |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.name} | {r.n} ({r.n_supported}) | {r.fitted} | {r.bacc:.3f} ({r.low:.3f}-"
        f"{r.high:.3f}) | {r.auroc:.3f} | {r.caught:.3f} | {r.flagged:.3f} "
        f"| {1000 * r.s_per_claim:.1f} |"
        for r in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--networks", type=Path)
    parser.add_argument("--verifier", default="combined")
    parser.add_argument("--sets", nargs="*", default=SETS)
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.sets:
        records = read_set(options.data, name)
        if not records:
            print(f"{name} is not there")
            continue
        idf = idf_of(records)
        judges = Judges(options.networks)
        for left_out in (False, True) if options.networks else (False,):
            verifier = judges.judge(options.verifier, name, idf, left_out=left_out)
            fitted = "set left out" if left_out else "as shipped"
            rows.append(evaluate(name, records, verifier, fitted=fitted))
            print(table(rows[-1:]).splitlines()[-1], flush=True)
    RESULTS.mkdir(exist_ok=True)
    known = options.verifier == "combined"
    stem = "grounding" if known else f"grounding_{Path(options.verifier).name}"
    written = json.dumps([asdict(row) for row in rows], indent=1)
    (RESULTS / f"{stem}.json").write_text(written + "\n", encoding="utf-8")
    (RESULTS / f"{stem}.md").write_text(table(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
