"""Runs: every case counts, results are on disk as soon as they are known, a run can go on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import EngineError, EvalError
from rag.evaluation.cases import load_cases
from rag.evaluation.gold import verify_gold
from rag.evaluation.journal import Journal
from rag.evaluation.measures.registry import MEASURES
from rag.evaluation.runner import measures_for, run
from rag.evaluation.scripted import ScriptedAnswerer
from rag.evaluation.types import Gate
from rag.protocols import Answerer
from rag.types import Hit, Provenance, Turn
from tests.evaluation.builders import LATER, LIMIT, record

NAMES = [measure.name for measure in MEASURES]


@pytest.fixture
def cases(write_cases, corpus):
    """An answerable case, an unanswerable one and a follow-up."""
    lines = [
        record(),
        {"id": "silent", "kind": "unanswerable", "question": "What is the capital of Peru?"},
        record(id="then", kind="multi_turn", history=["first", "second"], question="And then?"),
    ]
    return verify_gold(load_cases([write_cases(lines)]), [corpus.folder])


@pytest.fixture
def journal(tmp_path: Path):
    return Journal.create(tmp_path / "runs", suite="s", measures=NAMES)


@pytest.fixture
def script(corpus):
    right = corpus.answer(("alpha.md", LIMIT))
    return {"Who has to ask Meta?": right, "And then?": right, "first": right}


def lines(journal: Journal) -> list[dict]:
    text = (journal.folder / "results.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_the_scripted_answerer_is_an_answerer():
    assert isinstance(ScriptedAnswerer({}), Answerer)


def test_every_case_is_one_line_with_answer_scores_and_provenance(cases, journal, script):
    done = run(cases, ScriptedAnswerer(script), journal=journal, suite="s")
    assert [result.case_id for result in done.results] == ["limit", "silent", "then"]
    assert all(result.passed for result in done.results)
    first, second, _ = lines(journal)
    assert first["schema"] == "rag.eval-case/1"
    assert first["answer"]["sentences"][0]["evidence"][0]["quote"] == LIMIT
    assert first["answer"]["provenance"]["engine"] == "e"
    assert {"measure": "fact_correct", "value": 1.0, "explanation": ""} in first["scores"]
    assert first["seconds"] >= 0
    assert second["answer"]["refused"] is True


def test_history_is_asked_first_and_handed_on_without_markers(cases, journal, script):
    answerer = ScriptedAnswerer(script)
    run(cases[2:], answerer, journal=journal, suite="s")
    turns = (Turn("first", LIMIT), Turn("second", "The articles do not say."))
    assert answerer.asked == [("first", ()), ("second", turns[:1]), ("And then?", turns)]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (EngineError("out of memory"), "out of memory"),
        (ZeroDivisionError("x"), "ZeroDivisionError: x"),
    ],
)
def test_a_fault_is_a_failure_of_its_case_alone(cases, journal, script, fault, error):
    answerer = ScriptedAnswerer(script | {"Who has to ask Meta?": fault})
    done = run(cases, answerer, journal=journal, suite="s")
    assert [result.passed for result in done.results] == [False, True, True]
    failed = done.results[0]
    assert failed.error == error
    assert failed.score("correct_and_cited").value == 0.0
    assert failed.score("refused").value == 1.0
    assert failed.score("citation_valid").value == 0.0


def test_a_fault_in_the_history_is_a_failure_too(cases, journal, script):
    done = run(
        cases, ScriptedAnswerer(script | {"first": EngineError("gone")}), journal=journal, suite="s"
    )
    assert done.results[2].error == "gone"


def test_an_interruption_stops_the_run_and_keeps_what_is_done(cases, journal, script):
    with pytest.raises(KeyboardInterrupt):
        run(cases, Interrupted(script, after=1), journal=journal, suite="s")
    assert [line["case_id"] for line in lines(journal)] == ["limit"]


class Interrupted(ScriptedAnswerer):
    """Is stopped by the user at a question."""

    def __init__(self, script, *, after: int) -> None:
        super().__init__(script)
        self._after = after

    def ask(self, question, history=()):
        if len(self.asked) == self._after:
            raise KeyboardInterrupt
        return super().ask(question, history)


def resumed(journal: Journal) -> Journal:
    return Journal.resume(journal.folder.parent, journal.name, suite="s", measures=NAMES)


def test_a_resumed_run_asks_only_what_is_missing(cases, journal, script):
    run(cases[:2], ScriptedAnswerer(script), journal=journal, suite="s")
    answerer, seen = ScriptedAnswerer(script), []
    done = run(cases, answerer, journal=resumed(journal), suite="s", on_result=seen.append)
    assert [question for question, _ in answerer.asked] == ["first", "second", "And then?"]
    assert done.n_resumed == 2
    assert [result.case_id for result in seen] == ["limit", "silent", "then"]
    whole = run(cases, ScriptedAnswerer({}), journal=resumed(journal), suite="s")
    assert [r.scores for r in whole.results] == [r.scores for r in done.results]


def test_a_resumed_run_asks_errors_and_changed_cases_again(cases, journal, script):
    run(
        cases,
        ScriptedAnswerer(script | {"And then?": EngineError("gone")}),
        journal=journal,
        suite="s",
    )
    changed = (replace(cases[0], facts=(("700 million monthly",),)), *cases[1:])
    done = run(changed, ScriptedAnswerer(script), journal=resumed(journal), suite="s")
    assert done.n_resumed == 1
    assert all(result.passed for result in done.results)


def test_a_line_cut_short_is_taken_off_and_asked_again(cases, journal, script):
    run(cases[:2], ScriptedAnswerer(script), journal=journal, suite="s")
    path = journal.folder / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    done = run(cases[:2], ScriptedAnswerer(script), journal=resumed(journal), suite="s")
    assert done.n_resumed == 1
    assert [line["case_id"] for line in lines(journal)] == ["limit", "silent"]


def test_a_damaged_line_is_an_error_that_names_it(cases, journal, script):
    run(cases[:2], ScriptedAnswerer(script), journal=journal, suite="s")
    path = journal.folder / "results.jsonl"
    path.write_text('{"case_id": 1}\n' + path.read_text())
    with pytest.raises(EvalError, match=r"results\.jsonl, line 1: no result"):
        run(cases, ScriptedAnswerer(script), journal=resumed(journal), suite="s")


def test_two_programs_do_not_share_a_run(cases, journal, script, corpus):
    run(cases[:1], ScriptedAnswerer(script), journal=journal, suite="s")
    other = replace(script["And then?"], provenance=Provenance(engine="llama"))
    with pytest.raises(EvalError, match=r"made with engine e, now it is llama") as caught:
        run(cases, ScriptedAnswerer({"And then?": other}), journal=resumed(journal), suite="s")
    assert "start a new run" in caught.value.hint


def test_a_run_of_another_suite_or_other_measures_is_not_resumed(journal):
    runs = journal.folder.parent
    with pytest.raises(EvalError, match="is of the suite 's', not 'other'"):
        Journal.resume(runs, journal.name, suite="other", measures=NAMES)
    with pytest.raises(EvalError, match="measured other things: correct_and_cited"):
        Journal.resume(runs, journal.name, suite="s", measures=["recall@5"])
    with pytest.raises(EvalError, match="no run 'gone' in") as caught:
        Journal.resume(runs, "gone", suite="s", measures=NAMES)
    assert journal.name in caught.value.hint
    (journal.folder / "run.json").write_text("{}")
    with pytest.raises(EvalError, match=r"cannot read .*run\.json"):
        Journal.resume(runs, journal.name, suite="s", measures=NAMES)


def test_a_run_is_resumed_by_the_path_of_its_folder_too(journal, tmp_path: Path):
    again = Journal.resume(tmp_path, str(journal.folder), suite="s", measures=NAMES)
    assert again.folder == journal.folder


def test_two_runs_of_one_second_have_two_folders(tmp_path: Path):
    made = [Journal.create(tmp_path, suite="s", measures=NAMES).name for _ in range(3)]
    assert len(set(made)) == 3


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EvalError, match="cannot make the folder of the run"):
        Journal.create(tmp_path / "file", suite="s", measures=NAMES)


def test_a_number_that_is_not_finite_never_reaches_the_file(cases, journal, script):
    endless = replace(script["And then?"].hits[0], score=float("nan"))
    answer = replace(script["And then?"], hits=(endless,))
    answerer = ScriptedAnswerer({"Who has to ask Meta?": answer})
    done = run(cases[:1], answerer, journal=journal, suite="s")
    assert "cannot be written down" in done.results[0].error
    assert "NaN" not in (journal.folder / "results.jsonl").read_text()


def test_no_case_is_an_error(journal):
    with pytest.raises(EvalError, match="no case to run"):
        run((), ScriptedAnswerer({}), journal=journal, suite="s")


def test_a_retriever_that_is_given_is_what_is_measured(cases, journal, script, corpus):
    class Fixed:
        name = "fixed"

        def retrieve(self, query: str, k: int) -> list[Hit]:
            assert (query, k) == ("q", 10)
            return [
                Hit(corpus.chunk("beta.md", LATER), 2.0, 1, "fixed"),
                Hit(corpus.chunk("alpha.md", LIMIT), 1.0, 2, "fixed"),
            ]

    done = run(cases[:1], ScriptedAnswerer(script), journal=journal, suite="s", retriever=Fixed())
    assert done.results[0].score("mrr@10").value == 0.5


def test_a_measure_that_only_a_gate_names_is_measured(cases, journal, script):
    measures = measures_for([Gate("recall@1", minimum=1.0), Gate("refused", maximum=1.0)])
    assert [measure.name for measure in measures] == [*NAMES, "recall@1"]
    done = run(cases[:1], ScriptedAnswerer(script), journal=journal, suite="s", measures=measures)
    assert done.results[0].score("recall@1").value == 1.0
