"""JUnit XML: counts, outcomes, and XML that parses whatever an answer holds."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import EvalError
from rag.evaluation.gate import judge
from rag.evaluation.junit import as_junit, write_junit
from rag.evaluation.report import summarise
from rag.evaluation.types import Against, CaseKind, CaseResult, EvalRun, Gate, GateOutcome, Score

NASTY = "\x00\x1b[2J \x7f\u0085 \ufffe \ud800 ]]> <script> & \" ' é 🦙"


def result(name: str, kind: str = "answerable", *, value: float | None = 1.0) -> CaseResult:
    score = Score("correct_and_cited", value, "" if value else "no fact")
    answer = {"refused": False, "sentences": [{"text": "It is so [1].", "verdict": "supported"}]}
    case = CaseResult(name, "k", CaseKind(kind), f"{name}?", (score,), score.measure, answer=answer)
    return replace(case, seconds=0.25)


def parsed(*results: CaseResult, against: Against | None = None) -> ET.Element:
    run = EvalRun("r", "s", "", tuple(results), seed=1)
    gates = judge([Gate("correct_and_cited", minimum=1.0)], run)
    return ET.fromstring(as_junit(run, summarise(run, gates, against=against)))


def test_every_case_and_every_gate_is_a_test():
    root = parsed(result("a"), result("b"), result("c", "conflicting"))
    names = {s.get("name"): [t.get("name") for t in s] for s in root}
    assert names == {
        "answerable": ["a", "b"],
        "conflicting": ["c"],
        "gates": ["all correct_and_cited >= 1"],
    }
    first = root[0]
    assert (first.get("tests"), first.get("failures"), first.get("time")) == ("2", "0", "0.500")
    assert first[0].get("classname") == "s.answerable"


def test_a_failed_case_says_measure_question_and_answer():
    root = parsed(result("a", value=0.0))
    failure = root.find(".//testcase[@name='a']/failure")
    assert failure.get("message") == "correct_and_cited is 0: no fact"
    assert failure.text == "question: a?\nanswer:   It is so [1]."
    assert root[0].get("failures") == "1"
    gate = root.find("testsuite[@name='gates']/testcase/failure")
    assert "misses by 1.000" in gate.get("message")
    assert gate.text == "a"


def test_an_error_is_an_error_and_an_unscored_case_a_failure():
    faulty = replace(result("a", value=0.0), error="out of memory", answer=None)
    root = parsed(faulty, result("b", value=None))
    assert root.find(".//testcase[@name='a']/error").get("message") == "out of memory"
    assert (
        root.find(".//testcase[@name='b']/failure")
        .get("message")
        .startswith("correct_and_cited is not scored")
    )
    assert (root[0].get("errors"), root[0].get("failures")) == ("1", "1")


def test_what_fell_below_the_baseline_is_a_failed_test():
    fell = GateOutcome(Gate("recall@5", "answerable", minimum=0.9), False, "fell", ("a",))
    root = parsed(result("a"), against=Against("of today", (fell,)))
    tests = root.findall("testsuite[@name='gates']/testcase")
    assert [t.find("failure") is not None for t in tests] == [False, True]


def test_xml_parses_whatever_stands_in_case_and_answer(tmp_path: Path):
    answer = {"refused": True, "reason": NASTY, "sentences": []}
    bad = replace(result(NASTY, value=0.0), question=NASTY, answer=answer)
    run = EvalRun("r", "s", "", (bad,), seed=1)
    write_junit(run, summarise(run), tmp_path / "x.xml")
    failure = ET.parse(tmp_path / "x.xml").getroot().find(".//failure")
    assert "\\u0000\\u001b[2J" in failure.text
    assert "<script> & \" ' é 🦙" in failure.text


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path):
    run = EvalRun("r", "s", "", (result("a"),), seed=1)
    with pytest.raises(EvalError, match="cannot write"):
        write_junit(run, summarise(run), tmp_path / "none" / "x.xml")
