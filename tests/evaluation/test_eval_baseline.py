"""Baselines: written and read back, refused when they are of something else, and what falls."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.errors import EvalError
from rag.evaluation.baseline import (
    baseline_of,
    read_baseline,
    require_comparable,
    write_baseline,
)
from rag.evaluation.identity import Identity, identity_of
from rag.evaluation.regression import Tolerance, judge_against
from rag.evaluation.types import CaseKind, CaseResult, EvalCase, EvalRun, GateOutcome, Score

MADE_BY = {"engine": "extractive", "embedder": "mini@1", "model_sha256": "", "verifier": "v1"}
IDENTITY = Identity("s", {"a0": "key"}, {"x.md": "abc"})
N = 10


def result(name: str, kind: str = "answerable", *, passed: bool = True, **more: Any) -> CaseResult:
    """A case with its headline; refused if it failed. ``scores`` adds other measures."""
    headline = "refused" if kind == "unanswerable" else "correct_and_cited"
    scores = [Score(headline, float(passed)), *(Score(*s) for s in more.get("scores", ()))]
    refused = passed == (kind == "unanswerable")
    answer = {"refused": refused, "reason": "no", "sentences": [], "provenance": MADE_BY}
    return CaseResult(
        name, "key", CaseKind(kind), f"{name}?", tuple(scores), headline, answer=answer
    )


def run_of(*results: CaseResult) -> EvalRun:
    return EvalRun("r", "s", "folder", tuple(results), seed=1)


def answerable(n_failed: int) -> list[CaseResult]:
    return [result(f"a{i}", passed=i >= n_failed) for i in range(N)]


def fallen(before: list[CaseResult], after: list[CaseResult], **more: Any) -> list[GateOutcome]:
    baseline = baseline_of(run_of(*before), IDENTITY)
    return [o for o in judge_against(baseline, run_of(*after), **more) if not o.passed]


def test_a_baseline_is_read_back_as_it_was_written(tmp_path: Path):
    scores = [("recall@5", 1 / 3), ("mrr@10", None)]
    baseline = baseline_of(run_of(result("a0", scores=scores)), IDENTITY)
    write_baseline(baseline, tmp_path / "b.json")
    read = read_baseline(tmp_path / "b.json")
    assert read.identity == IDENTITY
    assert read.provenance == MADE_BY
    assert read.versions["rag"]
    assert read.cases["a0"].values == {"passed": 1.0, "recall@5": 0.333333, "mrr@10": None}
    assert not list(tmp_path.glob("*.part"))


def test_each_case_has_a_line_of_its_own(tmp_path: Path):
    identity = Identity("s", {f"a{i}": "key" for i in range(N)}, {})
    write_baseline(baseline_of(run_of(*answerable(0)), identity), tmp_path / "b.json")
    lines = (tmp_path / "b.json").read_text().splitlines()
    assert sum('"id": "a' in line for line in lines) == N


def test_the_figures_say_how_many_cases_they_rest_on():
    baseline = baseline_of(run_of(*answerable(3)), IDENTITY)
    (row,) = [f for f in baseline.figures if (f["kind"], f["measure"]) == ("answerable", "passed")]
    assert row == {
        "kind": "answerable",
        "measure": "passed",
        "mean": 0.7,
        "n": 10,
        "n_unscored": 0,
    }


def test_the_same_results_hold():
    assert fallen(answerable(3), answerable(3)) == []


def test_two_cases_may_flip_and_a_third_fails_the_gate_by_name():
    assert fallen(answerable(0), answerable(2)) == []
    (passed,) = fallen(answerable(0), answerable(3), tolerance=Tolerance(2, 3))
    assert passed.cases == ("a0", "a1", "a2")
    assert passed.reason == (
        "answerable passed fell from 1.000 (n = 10) to 0.700 (n = 10): "
        "the worth of 3.0 cases, 2 allowed"
    )


def test_small_losses_in_every_kind_add_up():
    kinds = ("answerable", "false_premise", "conflicting")
    before = [result(f"{kind}{i}", kind) for kind in kinds for i in range(5)]
    after = [result(f"{kind}{i}", kind, passed=i > 1) for kind in kinds for i in range(5)]
    assert [(o.gate.kind, o.gate.measure) for o in fallen(before, after)] == [("all", "passed")]


def test_what_was_gained_is_weighed_against_what_was_lost():
    after = [result(f"a{i}", passed=i not in (5, 6, 7)) for i in range(N)]
    assert fallen(answerable(3), after) == []


def test_a_measure_of_which_less_is_better_fails_when_it_rises():
    def results(share: float) -> list[CaseResult]:
        return [result(f"a{i}", scores=[("unsupported_sentences", share)]) for i in range(N)]

    assert fallen(results(0.5), results(0.1)) == []
    (rose,) = fallen(results(0.1), results(0.5))
    assert rose.reason.startswith("answerable unsupported_sentences rose from 0.100 (n = 10) to")
    assert rose.gate.maximum == pytest.approx(0.3)


def test_a_figure_that_can_no_longer_be_scored_does_not_hold():
    before = [result(f"a{i}", scores=[("recall@5", 1.0)]) for i in range(N)]
    after = [result(f"a{i}", scores=[("recall@5", None)]) for i in range(N)]
    (lost,) = fallen(before, after)
    assert lost.reason == "answerable recall@5: was 1.000 (n = 10), now nothing is scored"
    assert len(lost.cases) == N


def test_needless_refusals_lower_the_precision_of_refusals():
    silent = [result(f"u{i}", "unanswerable") for i in range(4)]
    found = fallen([*answerable(0), *silent], [*answerable(8), *silent])
    (precision,) = [o for o in found if o.gate.measure == "refusal_precision"]
    assert precision.reason == (
        "all refusal_precision fell from 1.000 (n = 4) to 0.333 (n = 12): "
        "the worth of 8.0 cases, 3 allowed"
    )
    assert precision.cases == tuple(f"a{i}" for i in range(8))


def test_no_baseline_is_made_of_errors():
    faulty = replace(result("a0"), error="out of memory")
    with pytest.raises(EvalError, match="no baseline is made of a run with errors: a0"):
        baseline_of(run_of(faulty), IDENTITY)


@pytest.mark.parametrize(
    ("identity", "made_by", "problem"),
    [
        (Identity("t", IDENTITY.cases, IDENTITY.articles), {}, "suite 't', not 's'"),
        (Identity("s", {"a0": "new"}, IDENTITY.articles), {}, r"1 case changed \(a0\)"),
        (Identity("s", {}, IDENTITY.articles), {}, r"1 case missing \(a0\)"),
        (Identity("s", IDENTITY.cases, {"x.md": "new"}), {}, r"1 article changed \(x.md\)"),
        (IDENTITY, {"engine": "llama"}, "engine is llama, was extractive"),
        (IDENTITY, {"model_sha256": "f00"}, "model_sha256 is f00, was none"),
        (IDENTITY, {"embedder": "big@2"}, "embedder is big@2, was mini@1"),
    ],
)
def test_a_baseline_of_something_else_is_refused(identity, made_by, problem):
    baseline = baseline_of(run_of(result("a0")), IDENTITY)
    answer = {"refused": False, "provenance": MADE_BY | made_by}
    run = run_of(replace(result("a0"), answer=answer))
    with pytest.raises(EvalError, match=f"the baseline is of something else: {problem}"):
        require_comparable(baseline, identity, run)


def test_another_verifier_is_what_a_baseline_is_for():
    baseline = baseline_of(run_of(result("a0")), IDENTITY)
    answer = {"refused": False, "provenance": MADE_BY | {"verifier": "v2"}}
    require_comparable(baseline, IDENTITY, run_of(replace(result("a0"), answer=answer)))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("rag.eval-baseline/1", "rag.eval-baseline/9", "schema is 'rag.eval-baseline/9'"),
        ('"key": "key"', '"key": "other"', "edited by hand"),
        ('"kind": "answerable", "key"', '"kind": "odd", "key"', "'odd' is not a valid CaseKind"),
        ('"cases": [', '"causes": [', "KeyError"),
        ("{", "", "JSONDecodeError"),
    ],
)
def test_a_file_that_is_no_baseline_is_told(tmp_path: Path, old, new, problem):
    path = tmp_path / "b.json"
    write_baseline(baseline_of(run_of(result("a0")), IDENTITY), path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(EvalError, match=rf"b\.json is no baseline \(.*{problem}"):
        read_baseline(path)


def test_a_missing_baseline_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(EvalError, match="there is no baseline") as caught:
        read_baseline(tmp_path / "none.json")
    assert "--write-baseline" in caught.value.hint


def test_a_baseline_that_cannot_be_written_is_told(tmp_path: Path):
    baseline = baseline_of(run_of(result("a0")), IDENTITY)
    with pytest.raises(EvalError, match="cannot write the baseline"):
        write_baseline(baseline, tmp_path / "none" / "b.json")


def test_the_identity_changes_with_an_article_and_not_with_the_order_of_cases(tmp_path: Path):
    (tmp_path / "x.md").write_text("One.")
    cases = [EvalCase(name, CaseKind.UNANSWERABLE, "q") for name in ("a", "b")]
    first = identity_of("s", cases, [tmp_path])
    assert identity_of("s", cases[::-1], [tmp_path]).digest == first.digest
    (tmp_path / "x.md").write_text("Two.")
    second = identity_of("s", cases, [tmp_path])
    assert second.digest != first.digest
    assert first.differences(second) == ["1 article changed (x.md)"]


def test_the_file_is_json_without_nan(tmp_path: Path):
    write_baseline(baseline_of(run_of(result("a0")), IDENTITY), tmp_path / "b.json")
    text = (tmp_path / "b.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["suite_hash"] == IDENTITY.digest
