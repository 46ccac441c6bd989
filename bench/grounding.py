"""How well the bundled verifier tells supported claims from others, on human-labelled sets.

    python -m bench.grounding --data DIR          (DIR holds NAME.dev.jsonl)

One threshold for all sets, the shipped one. BAcc = balanced accuracy, 95 % bootstrap interval.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from rag.grounding.lexical import LexicalVerifier
from rag.text.words import terms

SETS = ("begin_wow", "wice_full", "wice_oracle", "factcheckgpt", "feversym", "fm2")
ALTERNATIVES = ("wice_oracle",)
"""Sets whose passages are alternatives: the best one counts."""


@dataclass(frozen=True)
class Row:
    """One set's result; ``flagged`` is the share of supported claims wrongly flagged."""

    name: str
    n: int
    bacc: float
    low: float
    high: float
    auroc: float
    caught: float
    flagged: float
    ms_per_claim: float


def idf_of(records: list[dict]) -> dict[str, float]:
    """idf over the set's own passages, as an index would give it."""
    passages = {text for record in records for text in record["evidence"]}
    df = Counter(term for text in passages for term in set(terms(text)))
    return {t: max(0.05, math.log((len(passages) + 1) / (n + 0.5))) for t, n in df.items()}


def scores(records: list[dict], name: str, *, verifier: LexicalVerifier) -> np.ndarray:
    """The verifier's score of each claim; a claim without words counts as 0."""
    result = []
    for record in records:
        groups = [[e] for e in record["evidence"]] if name in ALTERNATIVES else [record["evidence"]]
        result.append(max(verifier.verify(record["claim"], g).score or 0.0 for g in groups))
    return np.array(result)


def balanced(said: np.ndarray, truth: np.ndarray) -> float:
    """Mean of the two classes' recalls."""
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def evaluate(path: Path, name: str) -> Row:
    """One set."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    idf = idf_of(records)
    rarest = max(idf.values())
    verifier = LexicalVerifier(lambda term: idf.get(term, rarest))
    started = time.perf_counter()
    score = scores(records, name, verifier=verifier)
    ms = 1000 * (time.perf_counter() - started) / len(records)
    truth = np.array([record["label"] == 1 for record in records])
    said = score >= verifier.threshold
    rng = np.random.default_rng(0)
    draws = (rng.integers(0, len(truth), len(truth)) for _ in range(1000))
    spread = [balanced(said[d], truth[d]) for d in draws]
    ranks = rankdata(score)
    n_true = truth.sum()
    auroc = (ranks[truth].sum() - n_true * (n_true + 1) / 2) / (n_true * (len(truth) - n_true))
    low, high = np.quantile(spread, (0.025, 0.975))
    caught, flagged = float((~said[~truth]).mean()), float((~said[truth]).mean())
    bacc = balanced(said, truth)
    return Row(name, len(truth), bacc, low, high, float(auroc), caught, flagged, ms)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    print("| set | n | BAcc (95 %) | AUROC | unsupported caught | supported flagged | ms/claim |")
    print("|---|---|---|---|---|---|---|")
    for name in SETS:
        path = folder / f"{name}.dev.jsonl"
        parts = [path] if path.is_file() else sorted(folder.glob(f"{name}.dev.*.jsonl"))
        if not parts:
            print(f"| {name} | not there | | | | | |")
            continue
        joined = parts[0] if len(parts) == 1 else _joined(parts)
        r = evaluate(joined, name)
        print(
            f"| {r.name} | {r.n} | {r.bacc:.3f} ({r.low:.3f}-{r.high:.3f}) | {r.auroc:.3f} "
            f"| {r.caught:.3f} | {r.flagged:.3f} | {r.ms_per_claim:.2f} |"
        )


def _joined(parts: list[Path]) -> Path:
    import tempfile

    joined = Path(tempfile.mkdtemp()) / "joined.jsonl"
    joined.write_text("".join(p.read_text(encoding="utf-8") for p in parts), encoding="utf-8")
    return joined


if __name__ == "__main__":
    main()
