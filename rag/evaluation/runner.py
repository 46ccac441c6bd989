"""Asks every case and scores what comes back. A case that fails is a failure, not a smaller n."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from rag.errors import EvalError, RagError
from rag.evaluation.cases import case_key
from rag.evaluation.journal import Journal
from rag.evaluation.measures.base import Measure
from rag.evaluation.measures.registry import MEASURES, all_measures, headline_of
from rag.evaluation.types import CaseResult, EvalCase, EvalRun, Gate, Score
from rag.protocols import Answerer, Retriever, Verifier
from rag.text.markers import strip_markers
from rag.types import Answer, Turn, as_json

_logger = logging.getLogger(__name__)
RETRIEVAL_DEPTH = 10


def measures_for(gates: Iterable[Gate], *, verifier: Verifier | None = None) -> tuple[Measure, ...]:
    """All measures (those of citations by ``verifier``, if there is one), and those that only the
    gates name."""
    return tuple(all_measures((gate.measure for gate in gates), verifier=verifier))


def run(
    cases: Sequence[EvalCase],
    answerer: Answerer,
    *,
    journal: Journal,
    suite: str,
    seed: int = 0,
    measures: Sequence[Measure] = MEASURES,
    retriever: Retriever | None = None,
    on_result: Callable[[CaseResult], None] | None = None,
) -> EvalRun:
    """The results of all cases, in order, each written to the journal as soon as it is known.

    Cases that the journal holds already are not asked again, unless they ended in an error or have
    been changed since.

    Args:
        retriever: if given, its hits are measured instead of those that the answers keep.
        on_result: called for every case, those of an earlier session included.

    Raises:
        EvalError: no case, a journal that cannot be read or written, or one whose answers were made
            with another index, model or engine.
    """
    if not cases:
        raise EvalError("no case to run", hint="look at --kind and --limit")
    before = journal.read()
    results: list[CaseResult] = []
    made_with: dict[str, str] = {}
    n_resumed = 0
    for case in cases:
        kept = before.get(case.id)
        if kept is not None and not kept.error and kept.case_key == case_key(case):
            result, n_resumed = kept, n_resumed + 1
        else:
            result = _result(case, answerer, measures=measures, retriever=retriever)
            _check_same_origin(made_with, result, journal.name)
            journal.append(result)
        made_with = made_with or result.provenance
        results.append(result)
        if on_result is not None:
            on_result(result)
    return EvalRun(journal.name, suite, str(journal.folder), tuple(results), seed, n_resumed)


def _result(
    case: EvalCase,
    answerer: Answerer,
    *,
    measures: Sequence[Measure],
    retriever: Retriever | None,
) -> CaseResult:
    blank = CaseResult(
        case_id=case.id,
        case_key=case_key(case),
        kind=case.kind,
        question=case.question,
        scores=(),
        headline=headline_of(case).name,
        history=case.history,
        tags=case.tags,
    )
    started = time.perf_counter()
    try:
        turns = _history(case, answerer)
        started = time.perf_counter()
        answer = answerer.ask(case.question, turns)
        seconds = time.perf_counter() - started
        if retriever is not None:
            hits = retriever.retrieve(answer.query or case.question, RETRIEVAL_DEPTH)
            answer = replace(answer, hits=tuple(hits))
        scores = _kept(measure.score(case, answer) for measure in measures)
        return replace(blank, scores=scores, answer=_as_values(answer), seconds=seconds)
    except Exception as exc:  # any fault of the program under test is a result, the suite goes on
        _logger.debug("case %s", case.id, exc_info=True)
        error = exc.message if isinstance(exc, RagError) else f"{type(exc).__name__}: {exc}"
        scores = _kept(measure.failed(case, error) for measure in measures)
        return replace(blank, scores=scores, error=error, seconds=time.perf_counter() - started)


def _as_values(answer: Answer) -> dict[str, Any]:
    """The answer as JSON values that can be written: no NaN."""
    values: dict[str, Any] = as_json(answer)
    try:
        json.dumps(values, allow_nan=False)
    except (TypeError, ValueError) as exc:
        raise EvalError(f"the answer cannot be written down: {exc}") from exc
    return values


def _kept(scores: Iterable[Score | None]) -> tuple[Score, ...]:
    return tuple(score for score in scores if score is not None)


def _history(case: EvalCase, answerer: Answerer) -> tuple[Turn, ...]:
    turns: tuple[Turn, ...] = ()
    for question in case.history:
        answer = answerer.ask(question, turns)
        turns = (*turns, Turn(question, strip_markers(answer.text)))
    return turns


def _check_same_origin(made_with: dict[str, str], result: CaseResult, name: str) -> None:
    """Answers of two programs under one name would be no measurement of either."""
    for key, value in result.provenance.items():
        earlier = made_with.get(key, "")
        if earlier and value and earlier != value:
            raise EvalError(
                f"run {name} was made with {key} {earlier}, now it is {value}",
                hint="start a new run: leave out --resume",
            )
