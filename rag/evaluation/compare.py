"""Two runs of the same suite, case by case: what differs, and whether that may be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.errors import EvalError
from rag.evaluation.figures import ALL, PASSED, figure_of, of_kind, values_of
from rag.evaluation.identity import Identity
from rag.evaluation.journal import Journal
from rag.evaluation.measures.pooled import POOLED, PooledMeasure
from rag.evaluation.provenance import DECISIVE, provenance_of, told_differences
from rag.evaluation.statistics import paired_difference, paired_ratio_difference
from rag.evaluation.types import CaseKind, CaseResult, Estimate
from rag.types import as_json

SCHEMA = "rag.eval-compare/1"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs."""

    name: str
    identity: Identity
    results: tuple[CaseResult, ...]
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of both runs.

    Attributes:
        n: cases scored in both runs (for a ratio: cases asked).
        before, after: the figure over those cases; None if there is none.
        change: after - before, with its paired interval.
        p_value: of no difference; None for ratios. Not corrected for how many figures there are.
    """

    kind: str
    measure: str
    n: int
    before: float | None
    after: float | None
    change: Estimate
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that passed in one run only."""

    case_id: str
    kind: str
    question: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run ``after`` beside run ``before``.

    Attributes:
        headlines: what passed, for each kind and all; differences: every measure.
        lost, gained: cases that passed before only, and now only.
        notes: how the two programs differ, one phrase each.
    """

    before: str
    after: str
    headlines: tuple[Difference, ...]
    differences: tuple[Difference, ...]
    lost: tuple[Flip, ...]
    gained: tuple[Flip, ...]
    notes: tuple[str, ...] = ()


def side_of(journal: Journal) -> Side:
    """A run as it lies on disk.

    Raises:
        EvalError: a run that cannot be read, or one without results.
    """
    record = journal.record()
    results = tuple(journal.read().values())
    if not results:
        raise EvalError(f"run {journal.name} has no results", hint="rag eval --resume RUN")
    keys = {result.case_id: result.case_key for result in results}
    articles = record.get("articles")
    known = {str(k): str(v) for k, v in articles.items()} if isinstance(articles, dict) else {}
    seed = record.get("seed", 0)
    identity = Identity(record["suite"], keys, known)
    return Side(journal.name, identity, results, seed if isinstance(seed, int) else 0)


def compare(before: Side, after: Side) -> Comparison:
    """Both runs side by side.

    Raises:
        EvalError: other cases or other articles.
    """
    _require_same_suite(before, after)
    kinds = [kind.value for kind in CaseKind if of_kind(before.results, kind)]
    names = dict.fromkeys(s.measure for r in before.results for s in r.scores)
    wanted = [(kind, name) for kind in (*kinds, ALL) for name in names]
    found = [_difference(kind, name, before, after) for kind, name in wanted]
    found += [_ratio(kind, measure, before, after) for kind in (*kinds, ALL) for measure in POOLED]
    was, now = values_of(PASSED, before.results), values_of(PASSED, after.results)
    return Comparison(
        before=before.name,
        after=after.name,
        headlines=tuple(_difference(kind, PASSED, before, after) for kind in (*kinds, ALL)),
        differences=tuple(d for d in found if d.n),
        lost=_flips(before.results, [c for c in was if was[c] == 1.0 and now.get(c) != 1.0]),
        gained=_flips(before.results, [c for c in was if was[c] != 1.0 and now.get(c) == 1.0]),
        notes=tuple(_notes(before, after)),
    )


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON values."""
    return {"schema": SCHEMA, **as_json(comparison)}


def _require_same_suite(before: Side, after: Side) -> None:
    """Runs made before articles were recorded are compared by their cases alone."""
    recorded = bool(before.identity.articles and after.identity.articles)
    sides = [
        s.identity if recorded else Identity(s.identity.suite, s.identity.cases)
        for s in (before, after)
    ]
    problems = sides[0].differences(sides[1])
    if problems:
        raise EvalError(
            f"{before.name} and {after.name} did not ask the same: {'; '.join(problems)}",
            hint="compare runs of the same suite, both whole (--resume finishes one)",
        )


def _difference(kind: str, measure: str, before: Side, after: Side) -> Difference:
    was = values_of(measure, of_kind(before.results, kind))
    now = values_of(measure, of_kind(after.results, kind))
    pairs = [
        (a, b) for case, a in was.items() if a is not None and (b := now.get(case)) is not None
    ]
    if not pairs:
        return Difference(kind, measure, 0, None, None, Estimate(None, 0, 0), None)
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    change, p_value = paired_difference(first, second, seed=before.seed)
    n = len(pairs)
    return Difference(kind, measure, n, sum(first) / n, sum(second) / n, change, p_value)


def _ratio(kind: str, measure: PooledMeasure, before: Side, after: Side) -> Difference:
    first = {r.case_id: r for r in of_kind(before.results, kind)}
    second = {r.case_id: r for r in of_kind(after.results, kind)}
    was = [measure.part(first[case]) for case in first]
    now = [measure.part(second[case]) for case in first]
    change = paired_ratio_difference(was, now, seed=before.seed)
    figures = [figure_of(measure.name, list(s.values()), seed=0).mean for s in (first, second)]
    n = len(was) if any(below for _, below in (*was, *now)) else 0
    return Difference(kind, measure.name, n, figures[0], figures[1], change, None)


def _flips(results: Sequence[CaseResult], names: Sequence[str]) -> tuple[Flip, ...]:
    wanted = set(names)
    return tuple(Flip(r.case_id, r.kind, r.question) for r in results if r.case_id in wanted)


def _notes(before: Side, after: Side) -> list[str]:
    was, now = provenance_of(before.results), provenance_of(after.results)
    decisive = [
        f"{name} is {now.get(name) or 'none'}, was {was.get(name) or 'none'}"
        for name in DECISIVE
        if (was.get(name) or "") != (now.get(name) or "")
    ]
    return [*decisive, *told_differences(was, now)]
