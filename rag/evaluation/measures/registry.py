"""All measures by name, and the headline of each kind of case."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable

from rag.errors import EvalError
from rag.evaluation.measures import alce, answers, citations, probes, retrieval
from rag.evaluation.measures.base import Measure
from rag.evaluation.measures.pooled import POOLED_BY_NAME, PooledMeasure
from rag.evaluation.types import CaseKind, EvalCase
from rag.protocols import Verifier

MEASURES: tuple[Measure, ...] = (
    answers.CORRECT_AND_CITED,
    answers.FACT_CORRECT,
    answers.FACT_IN_EVIDENCE,
    answers.GOLD_CITED,
    answers.GOLD_CITED_ALL,
    answers.GOLD_RECALL,
    answers.GOLD_PRECISION,
    answers.ANSWERED,
    answers.REFUSED,
    answers.CORRECTED,
    answers.BOTH_SIDES,
    answers.RESISTED,
    answers.FORBIDDEN_ABSENT,
    citations.CITATION_VALID,
    citations.UNSUPPORTED_SENTENCES,
    retrieval.recall_at(5),
    retrieval.mrr_at(10),
    retrieval.ndcg_at(10),
    retrieval.GOLD_OFFERED,
)
"""What every run measures, in the order of the reports."""

_VERIFIED: tuple[Callable[[Verifier | None], Measure], ...] = (
    alce.citation_recall,
    alce.citation_precision,
    probes.verifier_accepts,
    probes.verifier_rejects,
)
_AT_K: dict[str, Callable[[int], Measure]] = {
    "recall": retrieval.recall_at,
    "mrr": retrieval.mrr_at,
    "ndcg": retrieval.ndcg_at,
}
_AT_K_NAME = re.compile(r"([a-z]+)@([1-9]\d{0,2})")
_HEADLINES = {
    CaseKind.ANSWERABLE: answers.CORRECT_AND_CITED,
    CaseKind.UNANSWERABLE: answers.REFUSED,
    CaseKind.FALSE_PREMISE: answers.CORRECTED,
    CaseKind.CONFLICTING: answers.BOTH_SIDES,
    CaseKind.MULTI_TURN: answers.CORRECT_AND_CITED,
    CaseKind.ADVERSARIAL: answers.RESISTED,
}


def all_measures(names: Iterable[str] = (), *, verifier: Verifier | None = None) -> list[Measure]:
    """What a run measures of each case: the usual ones, those that need a verifier if there is one,
    and those that only ``names`` name (names of pooled measures are passed over).

    Raises:
        EvalError: an unknown name.
    """
    verified = [make(verifier) for make in _VERIFIED] if verifier is not None else []
    named = [m for m in map(parse, names) if isinstance(m, Measure)]
    return list(dict.fromkeys((*MEASURES, *verified, *named)))


def parse(name: str) -> Measure | PooledMeasure:
    """The measure that prints as ``name``.

    Raises:
        EvalError: if there is none.
    """
    known = {m.name: m for m in (*MEASURES, *(make(None) for make in _VERIFIED))} | POOLED_BY_NAME
    if name in known:
        return known[name]
    at_k = _AT_K_NAME.fullmatch(name)
    if at_k and at_k.group(1) in _AT_K:
        return _AT_K[at_k.group(1)](int(at_k.group(2)))
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    raise EvalError(f"unknown measure {name!r}", hint=hint)


def headline(kind: CaseKind, *, should_be_refused: bool = False) -> Measure:
    """The one measure that says whether a case of this kind passed."""
    return answers.REFUSED if should_be_refused else _HEADLINES[kind]


def headline_of(case: EvalCase) -> Measure:
    """The headline of one case: a follow-up without an answer must be refused."""
    return headline(case.kind, should_be_refused=case.should_be_refused)
