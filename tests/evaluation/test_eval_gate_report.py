"""Gates and reports: what a good, a broken and a silent program come out as."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.evaluation.gate import judge, select
from rag.evaluation.journal import Journal
from rag.evaluation.report import as_dict, as_markdown, summarise, write
from rag.evaluation.types import CaseKind, CaseResult, EvalRun, Gate, Score


def result(name: str, kind: str, measure: str, value: float | None, **more) -> CaseResult:
    score = Score(measure, value, more.pop("explanation", ""))
    return CaseResult(name, "key", CaseKind(kind), f"{name}?", (score,), measure, **more)


def run_of(*results: CaseResult) -> EvalRun:
    return EvalRun("r1", "s", "", tuple(results), seed=1)


NINE_OF_TEN = [
    result(f"a{i}", "answerable", "correct_and_cited", float(i > 0), seconds=i) for i in range(10)
]


def outcome(gate: Gate, *results: CaseResult):
    (found,) = judge([gate], run_of(*results))
    return found


def test_a_mean_on_the_threshold_holds():
    gate = Gate("correct_and_cited", "answerable", minimum=0.9)
    found = outcome(gate, *NINE_OF_TEN)
    assert found.passed
    assert found.reason == "answerable correct_and_cited >= 0.9: 0.900 (n = 10)"
    assert found.cases == ()


def test_a_mean_below_fails_with_the_gap_and_the_cases():
    found = outcome(Gate("correct_and_cited", "answerable", minimum=0.95), *NINE_OF_TEN)
    assert not found.passed
    assert found.reason.endswith("0.900 (n = 10), misses by 0.050")
    assert found.cases == ("a0",)


def test_a_maximum_is_judged_the_other_way_round():
    results = [result("x", "answerable", "refused", 1.0), result("y", "answerable", "refused", 0.0)]
    gate = Gate("refused", "answerable", maximum=0.05)
    assert outcome(gate, *results).cases == ("x",)
    assert outcome(gate, results[1]).passed


def test_a_gate_over_all_kinds_sees_all_kinds():
    results = [
        result("x", "answerable", "citation_valid", 1.0),
        result("y", "multi_turn", "citation_valid", 0.0),
    ]
    assert outcome(Gate("citation_valid", minimum=1.0), *results).cases == ("y",)
    assert outcome(Gate("citation_valid", "answerable", minimum=1.0), *results).passed


def test_silence_is_not_a_pass():
    nothing = outcome(Gate("refused", "unanswerable", minimum=0.0), *NINE_OF_TEN)
    assert not nothing.passed
    assert "no case could be scored (n = 0)" in nothing.reason
    unscored = result("b", "answerable", "correct_and_cited", None)
    partly = outcome(Gate("correct_and_cited", minimum=0.1), *NINE_OF_TEN, unscored)
    assert not partly.passed
    assert "1 of 11 cases could not be scored" in partly.reason
    assert partly.cases == ("b",)


def test_gates_of_kinds_that_were_not_asked_are_left_out():
    gates = [Gate("refused", "unanswerable", minimum=0.9), Gate("citation_valid", minimum=1.0)]
    assert select(gates, ["answerable"]) == (gates[1],)
    assert select(gates, ["unanswerable"]) == tuple(gates)


@pytest.mark.parametrize("bounds", [{}, {"minimum": 0.1, "maximum": 0.2}])
def test_a_gate_has_one_bound(bounds):
    with pytest.raises(ValueError, match="either minimum or maximum"):
        Gate("refused", **bounds)


def test_the_report_has_a_row_for_each_kind_and_one_for_all():
    silent = result("u", "unanswerable", "refused", 0.0, explanation="answered", error="boom")
    report = summarise(run_of(silent, *NINE_OF_TEN))
    assert [row.kind for row in report.kinds] == ["answerable", "unanswerable", "all"]
    answerable, unanswerable, everything = report.kinds
    assert (answerable.passed.mean, answerable.passed.n, answerable.n_errors) == (0.9, 10, 0)
    assert answerable.median_s == 4.5
    assert answerable.headlines == ("correct_and_cited",)
    assert (unanswerable.passed.mean, unanswerable.n_errors) == (0.0, 1)
    assert everything.passed.mean == pytest.approx(9 / 11)
    assert [(f.case_id, f.reason) for f in report.failures] == [
        ("u", "boom"),
        ("a0", "correct_and_cited is 0"),
    ]
    assert report.passed


def test_an_unscored_case_is_a_failure_and_counted():
    report = summarise(run_of(result("b", "answerable", "correct_and_cited", None)))
    assert report.kinds[0].passed.mean is None
    assert report.kinds[0].passed.n_unscored == 1
    assert [failure.case_id for failure in report.failures] == ["b"]


def test_the_page_survives_whatever_an_answer_holds():
    hostile = {"refused": True, "reason": "| a | b |\n<script>", "sentences": []}
    bad = result("x", "answerable", "correct_and_cited", 0.0, explanation="|", answer=hostile)
    page = as_markdown(summarise(run_of(bad)))
    row = next(line for line in page.splitlines() if line.startswith("| x "))
    assert row == r"| x | answerable | x? | \| | \| a \| b \| &lt;script> |"


def test_the_files_of_a_report_are_written(tmp_path: Path):
    journal = Journal.create(tmp_path, suite="s", measures=[])
    gates = judge([Gate("correct_and_cited", minimum=0.95)], run_of(*NINE_OF_TEN))
    report = summarise(run_of(*NINE_OF_TEN), gates)
    write(report, journal)
    read = json.loads((journal.folder / "report.json").read_text())
    assert read == json.loads(json.dumps(as_dict(report)))
    assert (read["schema"], read["passed"]) == ("rag.eval/1", False)
    page = (journal.folder / "report.md").read_text()
    assert "FAILS: all correct_and_cited >= 0.95: 0.900 (n = 10), misses by 0.050" in page
    assert not list(journal.folder.glob("*.part"))
