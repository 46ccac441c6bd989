"""Puts the page of a run together. Everything shown is escaped by the template engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.errors import EvalError
from rag.evaluation.figures import ALL, PASSED
from rag.evaluation.html import plots
from rag.evaluation.html.cases import CaseView, case_view
from rag.evaluation.report import KindRow, Report, figure, interval
from rag.evaluation.types import EvalCase, EvalRun, GateOutcome
from rag.text.html_page import asset, templates_of
from rag.text.terminal import safe


@dataclass(frozen=True, slots=True)
class KindView:
    """A row of the table of kinds.

    Attributes:
        aims: what is wanted of its headline; floors: what it must not fall below. Positions in
            [0, 1].
    """

    row: KindRow
    n_passed: int
    aims: tuple[float, ...]
    floors: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """A judgement: ``word`` says it in short, ``cases`` are the ids that cost with their anchors
    (empty for a case that is not on the page)."""

    is_good: bool
    word: str
    reason: str
    cases: tuple[tuple[str, str], ...]


def render(report: Report, run: EvalRun, cases: Mapping[str, EvalCase]) -> str:
    """The page: one HTML text that loads nothing and runs no script but its own.

    Args:
        cases: what was expected, by id; results without a case are shown without it.

    Raises:
        EvalError: a result whose answer is not what the program writes.
    """
    views = [_view(run, number, cases) for number in range(len(run.results))]
    ranks = [(view.gold_rank, view.outcome == "passed") for view in views if view.gold]
    n_asked = sum(case_id in {r.case_id for r in run.results} for case_id in cases)
    environment = templates_of("rag.evaluation", {"figure": figure, "interval": interval})
    style, style_hash = asset(environment, "report.css")
    script, script_hash = asset(environment, "report.js")
    return environment.get_template("report.html").render(
        report=report,
        provenance={safe(k): safe(str(v)) for k, v in report.provenance.items() if v},
        total=report.kinds[-1],
        kinds=[_kind_view(row, report, views) for row in report.kinds],
        **_judgements(report, views),
        n_not_asked=len(cases) - n_asked,
        plots=[
            plots.latency(run.results),
            plots.verifier_scores(run.results),
            plots.gold_ranks(ranks),
        ],
        failed=[view for view in views if view.outcome != "passed"],
        passed=[view for view in views if view.outcome == "passed"],
        style=style,
        script=script,
        script_hash=script_hash,
        style_hash=style_hash,
    )


def _judgements(report: Report, views: Sequence[CaseView]) -> dict[str, Any]:
    """What was judged, by the names that the template has for it."""
    anchors = {view.id: view.anchor for view in views}

    def shown(outcomes: Sequence[GateOutcome], good: str, bad: str) -> list[OutcomeView]:
        return [_outcome(outcome, anchors, good if outcome.passed else bad) for outcome in outcomes]

    against = report.against
    return {
        "gates": shown(report.gates, "holds", "FAILS"),
        "aims": shown(report.aims, "reached", "missed"),
        "against": against,
        "fallen": shown(against.fallen if against else (), "holds", "FELL"),
        "notes": [safe(note) for note in against.notes] if against else [],
    }


def _outcome(outcome: GateOutcome, anchors: Mapping[str, str], word: str) -> OutcomeView:
    named = [(safe(case_id), anchors.get(safe(case_id), "")) for case_id in outcome.cases]
    return OutcomeView(outcome.passed, word, safe(outcome.reason), tuple(named))


def _view(run: EvalRun, number: int, cases: Mapping[str, EvalCase]) -> CaseView:
    result = run.results[number]
    try:
        return case_view(result, cases.get(result.case_id), number=number)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise EvalError(
            f"run {run.name}: the answer to {result.case_id} cannot be shown ({exc!r})",
            hint="ask again: rag eval",
        ) from exc


def _kind_view(row: KindRow, report: Report, views: Sequence[CaseView]) -> KindView:
    passed = [v for v in views if row.kind in (ALL, v.kind) and v.outcome == "passed"]
    floors = (*report.gates, *(report.against.outcomes if report.against else ()))
    return KindView(row, len(passed), _bounds(row, report.aims), _bounds(row, floors))


def _bounds(row: KindRow, outcomes: Sequence[GateOutcome]) -> tuple[float, ...]:
    """The minima about the headline of the kind."""
    gates = [o.gate for o in outcomes if o.gate.kind == row.kind]
    wanted = (PASSED, *row.headlines)
    return tuple(g.minimum for g in gates if g.minimum is not None and g.measure in wanted)
