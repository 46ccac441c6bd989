"""Two runs side by side: differences worked out by hand, flips, and what may not be compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import rag.evaluation.journal
from rag.cli.app import main
from rag.errors import EvalError
from rag.evaluation.compare import Side, as_dict, compare, side_of
from rag.evaluation.identity import Identity
from rag.evaluation.journal import Journal
from rag.evaluation.types import CaseKind, CaseResult, Score


def result(name: str, passed: bool, mrr: float = 1.0, *, engine: str = "e") -> CaseResult:
    scores = (Score("correct_and_cited", float(passed)), Score("mrr@10", mrr))
    answer = {"refused": not passed, "reason": "", "sentences": []}
    answer["provenance"] = {"engine": engine}
    kind = CaseKind.ANSWERABLE
    return CaseResult(name, "k", kind, f"{name}?", scores, "correct_and_cited", answer=answer)


def side(results: Sequence[CaseResult], name: str = "r", **articles: str) -> Side:
    keys = {r.case_id: r.case_key for r in results}
    return Side(name, Identity("s", keys, articles), tuple(results), seed=3)


BEFORE = [result(f"c{i}", i != 9, 0.5) for i in range(10)]
AFTER = [result(f"c{i}", i > 4, 1.0 if i == 0 else 0.5) for i in range(10)]


def test_cases_that_flipped_either_way_are_named():
    found = compare(side(BEFORE), side(AFTER))
    assert [flip.case_id for flip in found.lost] == ["c0", "c1", "c2", "c3", "c4"]
    assert [flip.case_id for flip in found.gained] == ["c9"]


def test_right_and_wrong_is_tested_by_mcnemar():
    found = compare(side(BEFORE), side(AFTER))
    row = found.headlines[0]
    assert (row.kind, row.n, row.before, row.after) == ("answerable", 10, 0.9, 0.5)
    assert row.change.mean == pytest.approx(-0.4)
    assert row.change.low < -0.4 < row.change.high
    # one gained, five lost: 2 * (1 + 6) / 2**6
    assert row.p_value == pytest.approx(14 / 64)


def test_other_measures_are_tested_by_exchanging_signs():
    rows = {(d.kind, d.measure): d for d in compare(side(BEFORE), side(AFTER)).differences}
    row = rows["all", "mrr@10"]
    assert row.change.mean == pytest.approx(0.05)
    assert row.p_value == 1.0  # one difference: half of all exchanges are as large either way


def test_a_run_beside_itself_has_no_difference():
    found = compare(side(BEFORE), side(BEFORE))
    assert (found.lost, found.gained, found.notes) == ((), (), ())
    assert all(d.change.mean in (0.0, None) for d in found.differences)
    assert {d.p_value for d in found.differences} <= {1.0, None}


def test_ratios_have_an_interval_and_no_test():
    silent = [replace(r, headline="refused") for r in BEFORE]
    answered = [replace(r, headline="refused") for r in AFTER]
    rows = {d.measure: d for d in compare(side(silent), side(answered)).differences}
    row = rows["refusal_recall"]
    assert (row.n, row.before, row.after, row.p_value) == (10, 0.1, 0.5, None)
    assert row.change.mean == pytest.approx(0.4)


def test_a_case_that_is_unscored_in_one_run_is_left_out_of_both():
    scores = (Score("correct_and_cited", None), Score("mrr@10", 0.5))
    after = [replace(AFTER[0], scores=scores), *AFTER[1:]]
    row = compare(side(BEFORE), side(after)).headlines[0]
    assert (row.n, row.before) == (9, pytest.approx(8 / 9))


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (side(AFTER[:-1], "b"), r"1 case missing \(c9\)"),
        (side([replace(AFTER[0], case_key="new"), *AFTER[1:]], "b"), r"1 case changed \(c0\)"),
        (side(AFTER, "b", **{"x.md": "2"}), r"1 article changed \(x.md\)"),
    ],
)
def test_runs_of_other_cases_or_articles_are_refused(other, problem):
    with pytest.raises(EvalError, match=f"a and b did not ask the same: {problem}"):
        compare(side(BEFORE, "a", **{"x.md": "1"}), other)


def test_another_engine_is_said():
    after = [replace(r, answer={**r.answer, "provenance": {"engine": "llama"}}) for r in AFTER]
    assert compare(side(BEFORE), side(after)).notes == ("engine is llama, was e",)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch) -> Path:
    """Two runs on disk, ``before`` and ``after``."""
    for name, results in (("before", BEFORE), ("after", AFTER)):
        made = Journal.create(tmp_path / "made", suite="s", measures=["mrr@10"], seed=3)
        for item in results:
            made.append(item)
        made.folder.rename(tmp_path / name)
    monkeypatch.setattr(rag.evaluation.journal, "runs_dir", lambda: tmp_path)
    return tmp_path


def test_runs_are_compared_by_name_and_by_folder(runs, capsys):
    assert main(["eval", "compare", "before", str(runs / "after")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[1].split()[:5] == ["answerable", "passed", "10", "0.900", "0.500"]
    assert out[1].endswith("0.219")
    assert "lost: 5" in out
    assert "  answerable c0: c0?" in out


def test_the_comparison_as_json(runs, capsys):
    assert main(["eval", "compare", "before", "after", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "rag.eval-compare/1"
    assert [flip["case_id"] for flip in found["gained"]] == ["c9"]
    expected = compare(*(side_of(Journal(runs / name)) for name in ("before", "after")))
    assert found == json.loads(json.dumps(as_dict(expected)))


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["before", "none"], 1, "no run 'none'"),
        (["before"], 2, "missing argument"),
        (["before", "empty"], 1, "run empty has no results"),
        (["before", "odd"], 1, "run.json"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_line(runs, capsys, arguments, status, message):
    for name, text in (("empty", '{"suite": "s", "measures": []}'), ("odd", '{"suite": 3}')):
        (runs / name).mkdir()
        (runs / name / "run.json").write_text(text)
    assert main(["eval", "compare", *arguments]) == status
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
