"""One figure of a run: a measure over the cases of a kind, whether it is a mean or a ratio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from rag.evaluation.measures.pooled import POOLED_BY_NAME
from rag.evaluation.statistics import Statistic, estimate, ratio_estimate
from rag.evaluation.types import CaseResult, Estimate

ALL = "all"
PASSED = "passed"
"""The headline of each case, whatever measure it is."""


def of_kind(results: Sequence[CaseResult], kind: str) -> list[CaseResult]:
    """The results of that kind; every one for ``all``."""
    return [result for result in results if kind in (ALL, result.kind)]


def values_of(measure: str, results: Sequence[CaseResult]) -> dict[str, float | None]:
    """The value of each case that the measure applies to, by case id."""
    values = {}
    for result in results:
        score = result.score(result.headline if measure == PASSED else measure)
        if score is not None:
            values[result.case_id] = score.value
    return values


def figure_of(measure: str, results: Sequence[CaseResult], *, seed: int) -> Estimate:
    """The measure over these cases with its interval."""
    pooled = POOLED_BY_NAME.get(measure)
    if pooled is not None:
        return ratio_estimate(pooled.parts(results), seed=seed)
    return estimate(list(values_of(measure, results).values()), seed=seed)


def costs_of(results: Sequence[CaseResult], *, seed: int) -> dict[str, Estimate]:
    """What answering cost, by name: medians of seconds, means of tokens; what no case has is left
    out. Cases that ended in an error, or have no such cost, count as unscored."""
    found = {
        name: estimate([_cost(r, read) for r in results], seed=seed, statistic=statistic)
        for name, (statistic, read) in _COSTS.items()
    }
    return {name: cost for name, cost in found.items() if cost.mean is not None}


def _cost(result: CaseResult, read: Callable[[CaseResult], float | None]) -> float | None:
    return None if result.answer is None or result.error else read(result)


def _usage(key: str) -> Callable[[CaseResult], float | None]:
    def read(result: CaseResult) -> float | None:
        value = (result.answer or {}).get("usage", {}).get(key)
        return None if value is None else float(value)

    return read


def _counted(key: str) -> Callable[[CaseResult], float | None]:
    """None for 0: a refusal has no first sentence, and some engines know no tokens."""
    return lambda result: _usage(key)(result) or None


def _answer_speed(result: CaseResult) -> float | None:
    """Answer tokens for each second of the whole answer: reading the prompt, checks and retries
    take their part of it."""
    tokens, seconds = _counted("answer_tokens")(result), _counted("seconds")(result)
    return tokens / seconds if tokens and seconds else None


_p95: Statistic = partial(np.percentile, q=95)

_COSTS: dict[str, tuple[Statistic, Callable[[CaseResult], float | None]]] = {
    "seconds (median)": (np.median, lambda result: result.seconds),
    "seconds (95 % below)": (_p95, lambda result: result.seconds),
    "first sentence, seconds (median)": (np.median, _counted("first_sentence_s")),
    "first sentence, seconds (95 % below)": (_p95, _counted("first_sentence_s")),
    "answer tokens a second (median)": (np.median, _answer_speed),
    "prompt tokens (mean)": (np.mean, _counted("prompt_tokens")),
    "answer tokens (mean)": (np.mean, _counted("answer_tokens")),
    "evaluated tokens (mean)": (np.mean, _counted("evaluated_tokens")),
    "retries (mean)": (np.mean, _usage("retries")),
}
