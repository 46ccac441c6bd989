"""All measures by name, and the headline of each kind of case."""

from __future__ import annotations

import difflib
import re

from rag.errors import EvalError
from rag.evaluation.measures import answers, citations, retrieval
from rag.evaluation.measures.base import Measure
from rag.evaluation.types import CaseKind, EvalCase

MEASURES: tuple[Measure, ...] = (
    answers.CORRECT_AND_CITED,
    answers.FACT_CORRECT,
    answers.FACT_IN_EVIDENCE,
    answers.GOLD_CITED,
    answers.GOLD_CITED_ALL,
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
    retrieval.GOLD_OFFERED,
)
"""What every run measures, in the order of the reports."""

_BY_NAME = {measure.name: measure for measure in MEASURES}
_AT_K = re.compile(r"(recall|mrr)@([1-9]\d{0,2})")
_HEADLINES = {
    CaseKind.ANSWERABLE: answers.CORRECT_AND_CITED,
    CaseKind.UNANSWERABLE: answers.REFUSED,
    CaseKind.FALSE_PREMISE: answers.CORRECTED,
    CaseKind.CONFLICTING: answers.BOTH_SIDES,
    CaseKind.MULTI_TURN: answers.CORRECT_AND_CITED,
    CaseKind.ADVERSARIAL: answers.RESISTED,
}


def parse(name: str) -> Measure:
    """The measure that prints as ``name``.

    Raises:
        EvalError: if there is none.
    """
    at_k = _AT_K.fullmatch(name)
    if name in _BY_NAME:
        return _BY_NAME[name]
    if at_k:
        make = retrieval.recall_at if at_k.group(1) == "recall" else retrieval.mrr_at
        return make(int(at_k.group(2)))
    near = difflib.get_close_matches(name, _BY_NAME, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(_BY_NAME)}"
    raise EvalError(f"unknown measure {name!r}", hint=hint)


def headline(kind: CaseKind, *, should_be_refused: bool = False) -> Measure:
    """The one measure that says whether a case of this kind passed."""
    return answers.REFUSED if should_be_refused else _HEADLINES[kind]


def headline_of(case: EvalCase) -> Measure:
    """The headline of one case: a follow-up without an answer must be refused."""
    return headline(case.kind, should_be_refused=case.should_be_refused)
