"""Measures of what was found, apart from what was made of it."""

from __future__ import annotations

from rag.evaluation.gold import covers
from rag.evaluation.measures.base import Measure
from rag.evaluation.types import EvalCase, Finding
from rag.types import Answer, Chunk


def _has_gold(case: EvalCase) -> bool:
    return bool(case.gold)


def _ranked(answer: Answer) -> list[Chunk]:
    """The chunks found, best first; what was offered if the hits were not kept."""
    if answer.hits:
        return [hit.chunk for hit in sorted(answer.hits, key=lambda hit: hit.rank)]
    return [passage.chunk for passage in answer.passages]


def recall_at(k: int) -> Measure:
    """``recall@k``: share of the gold quotes that one of the first k chunks overlaps."""

    def judge(case: EvalCase, answer: Answer) -> Finding:
        top = _ranked(answer)[:k]
        missed = [gold for gold in case.gold if not any(covers(chunk, gold) for chunk in top)]
        found = (len(case.gold) - len(missed)) / len(case.gold)
        names = ", ".join(dict.fromkeys(gold.document for gold in missed))
        return Finding(found, f"not found: the gold quote of {names}" if missed else "")

    return Measure(f"recall@{k}", f"share of gold quotes in the first {k}", _has_gold, judge)


def mrr_at(k: int) -> Measure:
    """``mrr@k``: 1 / rank of the first chunk that overlaps a gold quote, 0 beyond k."""

    def judge(case: EvalCase, answer: Answer) -> Finding:
        for rank, chunk in enumerate(_ranked(answer)[:k], start=1):
            if any(covers(chunk, gold) for gold in case.gold):
                return Finding(1 / rank, f"rank {rank}")
        return Finding(0.0, f"not in the first {k}")

    return Measure(
        f"mrr@{k}", f"1 / rank of the first gold passage, 0 beyond {k}", _has_gold, judge
    )


def _offered(case: EvalCase, answer: Answer) -> Finding:
    chunks = [passage.chunk for passage in answer.passages]
    n_found = sum(any(covers(chunk, gold) for chunk in chunks) for gold in case.gold)
    return Finding(n_found / len(case.gold), f"{n_found} of {len(case.gold)} gold quotes offered")


GOLD_OFFERED = Measure(
    "gold_offered",
    "share of gold quotes in the passages offered to the engine",
    _has_gold,
    _offered,
)
