"""``rag eval`` as typed: exit codes, what is printed where, and gates that see broken programs."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import rag.cli.eval.run
from rag import parts
from rag.cli.app import main
from rag.errors import EngineError
from rag.evaluation.scripted import ScriptedAnswerer
from tests.evaluation.builders import LATER, LIMIT, record

SUITE = """
name = "small"
articles = ["articles"]
cases = ["cases.jsonl"]
[[gate]]
kind = "answerable"
measure = "correct_and_cited"
minimum = 1.0
[[gate]]
kind = "unanswerable"
measure = "refused"
minimum = 1.0
[[gate]]
measure = "citation_valid"
minimum = 1.0
"""
QUESTION = "Who has to ask Meta?"
SILENT = "What is the capital of Peru?"


@pytest.fixture
def suite(tmp_path: Path, write_cases, corpus, monkeypatch) -> Path:
    """A suite of two cases; runs go to ``tmp_path/runs`` and the working folder is empty."""
    write_cases([record(), {"id": "silent", "kind": "unanswerable", "question": SILENT}])
    (tmp_path / "suite.toml").write_text(SUITE)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    # The real place is in the checkout: a test must not leave runs there.
    monkeypatch.setattr(rag.cli.eval.run, "runs_dir", lambda: tmp_path / "runs")
    return tmp_path / "suite.toml"


@pytest.fixture
def program(monkeypatch):
    """Puts a scripted program in the place of the real one; the settings it was opened with."""
    opened = []

    def use(answerer) -> list:
        @contextmanager
        def open_assistant(settings, *, notice, progress=None):
            opened.append(settings)
            yield answerer

        # What is tried is the judging of a broken program: the real one is not broken at will.
        monkeypatch.setattr(parts, "open_assistant", open_assistant)
        return opened

    return use


def test_a_right_program_passes(suite, corpus, program, capsys, tmp_path):
    opened = program(ScriptedAnswerer({QUESTION: corpus.answer(("alpha.md", LIMIT))}))
    assert main(["eval", "--suite", str(suite), "--index", "ix"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["kind", "n", "passed"]
    assert [line.split()[:3] for line in lines[1:4]] == [
        ["answerable", "1", "1.000"],
        ["unanswerable", "1", "1.000"],
        ["all", "2", "1.000"],
    ]
    assert "gate holds  answerable correct_and_cited >= 1: 1.000 (n = 1)" in lines
    assert "\x1b" not in out + err
    assert "results: " in err
    assert opened[0].articles == (str(corpus.folder),)
    assert Path(opened[0].index_dir) == Path("ix/eval-small")
    (run,) = (tmp_path / "runs").iterdir()
    names = {path.name for path in run.iterdir()}
    reports = {"report.md", "report.json", "report.html"}
    assert names == {"run.json", "cases.json", "results.jsonl"} | reports


def wrong_article(corpus):
    return {QUESTION: corpus.answer(("beta.md", LATER))}


def refuses_everything(corpus):
    return {}


def refuses_nothing(corpus):
    answer = corpus.answer(("alpha.md", LIMIT))
    return {QUESTION: answer, SILENT: answer}


def misquotes(corpus):
    answer = corpus.answer(("alpha.md", LIMIT))
    (sentence,) = answer.sentences
    evidence = (replace(sentence.evidence[0], quote="Something else."),)
    return {QUESTION: replace(answer, sentences=(replace(sentence, evidence=evidence),))}


def fails_once(corpus):
    return {QUESTION: EngineError("out of memory")}


@pytest.mark.parametrize(
    ("broken", "gate"),
    [
        (wrong_article, "FAILS  answerable correct_and_cited >= 1: 0.000 (n = 1), misses by 1.000"),
        (refuses_everything, "FAILS  all citation_valid >= 1: no case could be scored (n = 0)"),
        (
            refuses_nothing,
            "FAILS  unanswerable refused >= 1: 0.000 (n = 1), misses by 1.000: silent",
        ),
        (misquotes, "FAILS  all citation_valid >= 1: 0.000 (n = 1), misses by 1.000: limit"),
        (fails_once, "FAILS  answerable correct_and_cited >= 1: 0.000 (n = 1), misses by 1.000"),
    ],
)
def test_a_broken_program_fails_a_gate_with_exit_code_4(
    suite, corpus, program, capsys, broken, gate
):
    program(ScriptedAnswerer(broken(corpus)))
    assert main(["eval", "--suite", str(suite)]) == 4
    assert gate in capsys.readouterr().out


def test_the_failed_case_is_named_with_its_reason(suite, corpus, program, capsys):
    program(ScriptedAnswerer(wrong_article(corpus)))
    main(["eval", "--suite", str(suite), "-v"])
    out = capsys.readouterr().out
    assert '  answerable limit: not in the answer: "700 million"' in out
    assert f"    asked:    {QUESTION}" in out
    assert "recall@5" in out


def test_without_gates_a_bad_result_is_no_failure(suite, program, capsys):
    program(ScriptedAnswerer({}))
    assert main(["eval", "--suite", str(suite), "--no-gate"]) == 0
    assert "gate" not in capsys.readouterr().out


def test_a_part_of_the_suite_is_judged_by_its_own_gates(suite, program, capsys):
    program(ScriptedAnswerer({}))
    assert main(["eval", "--suite", str(suite), "--kind", "unanswerable", "--json"]) == 4
    report = json.loads(capsys.readouterr().out)
    assert [gate["gate"]["measure"] for gate in report["gates"]] == ["refused", "citation_valid"]


def test_json_is_one_object(suite, corpus, program, capsys):
    program(ScriptedAnswerer({QUESTION: corpus.answer(("alpha.md", LIMIT))}))
    assert main(["eval", "--suite", str(suite), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["schema"], report["passed"]) == ("rag.eval/1", True)
    assert report["kinds"][0]["passed"] == {
        "mean": 1.0,
        "n": 1,
        "n_unscored": 0,
        "low": 1.0,
        "high": 1.0,
    }


def test_a_program_that_answers_nothing_at_all_is_an_error_not_a_score(suite, program, capsys):
    fault = EngineError("the model is broken")
    program(ScriptedAnswerer({QUESTION: fault, SILENT: fault}))
    assert main(["eval", "--suite", str(suite), "--no-gate"]) == 1
    assert "not one of 2 cases got an answer: the model is broken" in capsys.readouterr().err


def test_an_interrupted_run_says_how_to_go_on_and_goes_on(suite, corpus, program, capsys, tmp_path):
    class Impatient(ScriptedAnswerer):
        def ask(self, question, history=()):
            if question == SILENT:
                raise KeyboardInterrupt
            return super().ask(question, history)

    right = {QUESTION: corpus.answer(("alpha.md", LIMIT))}
    program(Impatient(right))
    assert main(["eval", "--suite", str(suite)]) == 130
    (run,) = (tmp_path / "runs").iterdir()
    err = capsys.readouterr().err
    assert "1 of 2 cases are done" in err
    assert f"rag eval --resume {run.name}" in err
    second = ScriptedAnswerer({})
    program(second)
    assert main(["eval", "--suite", str(suite), "--resume", run.name]) == 0
    assert [question for question, _ in second.asked] == [SILENT]


def test_own_cases_are_asked_of_own_articles(suite, corpus, program, capsys, tmp_path):
    opened = program(ScriptedAnswerer({}))
    cases = str(tmp_path / "cases.jsonl")
    arguments = ["eval", "--cases", cases, "-a", str(corpus.folder), "--index", "mine"]
    assert main(arguments) == 0
    assert opened[0].index_dir == "mine"
    assert "gate" not in capsys.readouterr().out


def test_own_cases_without_articles_say_that_the_quotes_were_not_looked_up(
    suite, program, capsys, tmp_path
):
    program(ScriptedAnswerer({}))
    assert main(["eval", "--cases", str(tmp_path / "cases.jsonl")]) == 0
    assert "gold quotes were not looked up" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--suite", "none.toml"], 1, "cannot read the suite"),
        (["--suite", "SUITE", "--cases", "none.jsonl"], 1, "cannot read the cases of none.jsonl"),
        (["--suite", "SUITE", "--kind", "x"], 2, "--kind x: there is answerable"),
        (["--suite", "SUITE", "--resume", "none"], 1, "no run 'none'"),
        (["--suite", "SUITE", "--limit", "0"], 2, "invalid value for '--limit'"),
        (["--suite", "SUITE", "-a", "."], 2, "the suite names its own articles"),
        (["nonsense"], 2, "no such command 'nonsense'"),
    ],
)
def test_a_wrong_wish_is_told_in_one_line(suite, program, capsys, arguments, status, message):
    program(ScriptedAnswerer({}))
    typed = [str(suite) if word == "SUITE" else word for word in arguments]
    assert main(["eval", *typed]) == status
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_what_an_answer_holds_cannot_steer_the_terminal(suite, corpus, program, capsys):
    nasty = corpus.sentence(1, "beta.md", LATER, text="\x1b]52;c;aGk=\x07 gone")
    answer = replace(corpus.answer(("beta.md", LATER)), sentences=(nasty,))
    program(ScriptedAnswerer({QUESTION: answer}))
    main(["eval", "--suite", str(suite), "-v"])
    out = capsys.readouterr().out
    assert "gone" in out
    assert "\x1b" not in out
    assert "\x07" not in out


def test_the_whole_way_on_the_real_program(suite, write_cases, tmp_path):
    question = "How many monthly users may a product have before it needs a licence from Meta?"
    silent = {"id": "silent", "kind": "unanswerable", "question": SILENT}
    write_cases([record(question=question), silent])
    assert main(["eval", "--suite", str(suite), "--engine", "extractive", "--index", "ix"]) == 0
    (run,) = (tmp_path / "runs").iterdir()
    first, second = (json.loads(s) for s in (run / "results.jsonl").read_text().splitlines())
    scores = {score["measure"]: score["value"] for score in first["scores"]}
    assert (scores["recall@5"], scores["correct_and_cited"]) == (1.0, 1.0)
    assert scores["citation_valid"] == 1.0
    assert second["answer"]["refused"] is True
    assert first["answer"]["provenance"]["engine"] == "extractive"
    assert (tmp_path / "work" / "ix" / "eval-small" / "index.sqlite3").is_file()
