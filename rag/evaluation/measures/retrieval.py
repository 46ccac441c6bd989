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


def ndcg_at(k: int) -> Measure:
    """``ndcg@k``: how near the top the chunks stand that bring a gold quote not yet found.

    A chunk that overlaps further gold quotes for the first time is relevant (gain 1); a quote that
    no chunk found overlaps counts as one relevant chunk that was missed. So a second chunk with the
    same quote gains nothing, and 1 is reached when what is needed comes first.

    Source: Järvelin, Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques; discount
    1 / log2(rank + 1), as computed by scikit-learn.
    """

    def judge(case: EvalCase, answer: Answer) -> Finding:
        gains, n_missed = _gains(_ranked(answer), case)
        return Finding(_ndcg([*gains, *[0.0] * k, *[1.0] * n_missed], k))  # missed: beyond k

    return Measure(f"ndcg@{k}", f"rank of the gold passages in the first {k}", _has_gold, judge)


def _gains(ranked: list[Chunk], case: EvalCase) -> tuple[list[float], int]:
    """1 for every chunk that brings a gold quote for the first time, else 0; quotes not found."""
    waiting = list(case.gold)
    gains = []
    for chunk in ranked:
        left = [gold for gold in waiting if not covers(chunk, gold)]
        gains.append(float(len(left) < len(waiting)))
        waiting = left
    return gains, len(waiting)


def _ndcg(gains: list[float], k: int) -> float:
    from sklearn.metrics import ndcg_score  # type: ignore[import-untyped]  # heavy: when measured

    by_rank = [-float(rank) for rank in range(len(gains))]
    return float(ndcg_score([gains], [by_rank], k=k))


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
