"""What a run says, as rows for whoever shows them, and as Markdown and JSON for its folder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.evaluation.case_file import UNREVIEWED
from rag.evaluation.figures import ALL, PASSED, costs_of, figure_of, values_of
from rag.evaluation.journal import Journal
from rag.evaluation.measures.pooled import POOLED
from rag.evaluation.provenance import provenance_of
from rag.evaluation.statistics import estimate, median
from rag.evaluation.types import Against, CaseKind, CaseResult, Estimate, EvalRun, GateOutcome
from rag.types import as_json

SCHEMA = "rag.eval/1"
LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of case.

    Attributes:
        headlines: names of the measures that decide, the commonest first.
        passed: share of the cases whose headline has its full value.
        n_errors: cases that ended in an error; they have failed.
        median_s: seconds.
    """

    kind: str
    headlines: tuple[str, ...]
    passed: Estimate
    n_errors: int
    median_s: float


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure over the cases of one kind (or all)."""

    kind: str
    measure: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class FailedCase:
    """A case whose headline fell short: why, and what was answered (shortened)."""

    case_id: str
    kind: str
    question: str
    reason: str
    answer: str


@dataclass(frozen=True, slots=True)
class Report:
    """A run in figures.

    Attributes:
        gates: the thresholds; empty if none were judged. aims: what is wanted, reached or not.
        against: how it stands against the baseline; None if it was not compared.
        costs: seconds and tokens, over each kind and all.
        n_unreviewed: cases that were drafted and that nobody has read yet.
    """

    run: str
    suite: str
    folder: str
    kinds: tuple[KindRow, ...]
    measures: tuple[MeasureRow, ...]
    failures: tuple[FailedCase, ...]
    gates: tuple[GateOutcome, ...]
    provenance: dict[str, str]
    n_resumed: int
    aims: tuple[GateOutcome, ...] = ()
    against: Against | None = None
    costs: tuple[MeasureRow, ...] = ()
    n_unreviewed: int = 0

    @property
    def passed(self) -> bool:
        """Whether every gate holds and nothing fell below the baseline. Aims do not count."""
        fallen = self.against.fallen if self.against else ()
        return not fallen and all(outcome.passed for outcome in self.gates)


def summarise(
    run: EvalRun,
    gates: Iterable[GateOutcome] = (),
    *,
    aims: Iterable[GateOutcome] = (),
    against: Against | None = None,
) -> Report:
    """The figures of the run, kinds in their fixed order and then all cases together."""
    groups = [(kind.value, [r for r in run.results if r.kind is kind]) for kind in CaseKind]
    groups = [(kind, results) for kind, results in groups if results]
    groups.append((ALL, list(run.results)))
    return Report(
        run=run.name,
        suite=run.suite,
        folder=run.folder,
        kinds=tuple(_kind_row(kind, results, run.seed) for kind, results in groups),
        measures=tuple(row for kind, found in groups for row in _measures(kind, found, run.seed)),
        failures=tuple(_failed(result) for result in run.results if not result.passed),
        gates=tuple(gates),
        provenance=provenance_of(run.results),
        n_resumed=run.n_resumed,
        aims=tuple(aims),
        against=against,
        costs=tuple(row for kind, found in groups for row in _costs(kind, found, run.seed)),
        n_unreviewed=sum(UNREVIEWED in result.tags for result in run.results),
    )


def _kind_row(kind: str, results: Sequence[CaseResult], seed: int) -> KindRow:
    commonest = Counter(result.headline for result in results).most_common()
    return KindRow(
        kind=kind,
        headlines=() if kind == ALL else tuple(name for name, _ in commonest),
        passed=estimate(list(values_of(PASSED, results).values()), seed=seed),
        n_errors=sum(bool(result.error) for result in results),
        median_s=median([result.seconds for result in results]),
    )


def _measures(kind: str, results: Sequence[CaseResult], seed: int) -> list[MeasureRow]:
    names = dict.fromkeys(score.measure for result in results for score in result.scores)
    pooled = [measure.name for measure in POOLED]
    rows = [MeasureRow(kind, n, figure_of(n, results, seed=seed)) for n in (*names, *pooled)]
    return [row for row in rows if row.estimate.n]


def _costs(kind: str, results: Sequence[CaseResult], seed: int) -> list[MeasureRow]:
    return [MeasureRow(kind, n, found) for n, found in costs_of(results, seed=seed).items()]


def _failed(result: CaseResult) -> FailedCase:
    score = result.score(result.headline)
    value = score.value if score else None
    plain = "not scored" if value is None else f"{result.headline} is {value:g}"
    reason = result.error or (score.explanation if score else "") or plain
    text = " ".join(result.answer_text.split())
    short = text if len(text) <= LONGEST_ANSWER else text[: LONGEST_ANSWER - 1] + "…"
    return FailedCase(result.case_id, result.kind, result.question, reason, short)


def figure(value: float | None) -> str:
    """A value for people: three digits, ``-`` if there is none."""
    return "-" if value is None else f"{value:.3f}"


def interval(found: Estimate) -> str:
    """The interval for people."""
    return "-" if found.low is None else f"[{figure(found.low)}, {figure(found.high)}]"


def kind_cells(row: KindRow) -> tuple[str, ...]:
    """The row under ``KIND_HEADINGS``."""
    found = row.passed
    return (
        row.kind,
        str(found.n),
        figure(found.mean),
        interval(found),
        str(found.n_unscored),
        str(row.n_errors),
        f"{row.median_s:.2f}",
        " or ".join(row.headlines),
    )


KIND_HEADINGS = ("kind", "n", "passed", "95 % interval", "unscored", "errors", "median s", "by")


def measure_cells(row: MeasureRow) -> tuple[str, ...]:
    """The row under ``MEASURE_HEADINGS``."""
    found = row.estimate
    return (
        row.kind,
        row.measure,
        str(found.n),
        figure(found.mean),
        interval(found),
        str(found.n_unscored),
    )


MEASURE_HEADINGS = ("kind", "measure", "n", "mean", "95 % interval", "unscored")
COST_HEADINGS = ("kind", "cost", "n", "value", "95 % interval", "unscored")


def as_dict(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    return {"schema": SCHEMA, **as_json(report), "passed": report.passed}


def as_markdown(report: Report) -> str:
    """The report as a Markdown page."""
    lines = [f"# Run {report.run} of the suite {report.suite}", ""]
    lines += [f"{key}: `{value}`  " for key, value in report.provenance.items() if value]
    if report.n_unreviewed:
        lines += ["", f"**{report.n_unreviewed} of these cases are drafts nobody has reviewed.**"]
    lines += ["", *_table(KIND_HEADINGS, map(kind_cells, report.kinds)), ""]
    lines += _judgement(report)
    lines += ["## Measures", "", *_table(MEASURE_HEADINGS, map(measure_cells, report.measures)), ""]
    lines += ["## Costs", "", *_table(COST_HEADINGS, map(measure_cells, report.costs)), ""]
    if report.failures:
        lines += ["## Failed cases", "", *_failures(report), ""]
    return "\n".join(lines)


def _judgement(report: Report) -> list[str]:
    lines = []
    if report.aims:
        told = [f"- {'reached' if a.passed else 'MISSED'}: {a.reason}" for a in report.aims]
        lines += ["## Aims", "", *told, ""]
    if report.gates or report.against:
        told = [f"- {'holds' if g.passed else 'FAILS'}: {g.reason}" for g in report.gates]
        lines += ["## Gates", "", *told, *(_against_lines(report.against)), ""]
    return lines


def _against_lines(against: Against | None) -> list[str]:
    if against is None:
        return []
    lines = [f"- FAILS: {o.reason}: {', '.join(o.cases)}" for o in against.fallen]
    return lines or [f"- holds: {summary_of(against)}"]


def summary_of(against: Against) -> str:
    """How the run stands against the baseline, in one line."""
    n = len(against.outcomes)
    fallen = len(against.fallen)
    what = f"{fallen} of {n} figures fell" if fallen else f"none of {n} figures fell"
    return f"baseline {against.baseline}: {what}"


def _failures(report: Report) -> list[str]:
    cells = [(f.case_id, f.kind, f.question, f.reason, f.answer) for f in report.failures]
    return _table(("case", "kind", "question", "reason", "answer"), cells)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return lines + ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]


def _cell(text: str) -> str:
    """A cell cannot end its table early, whatever an answer holds."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def write(report: Report, journal: Journal) -> None:
    """Put report.md and report.json into the run's folder.

    Raises:
        EvalError: if they cannot be written.
    """
    journal.write("report.md", as_markdown(report))
    journal.write("report.json", json.dumps(as_dict(report), indent=2, allow_nan=False) + "\n")
