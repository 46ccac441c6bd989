"""``rag eval --gate``, ``--write-baseline`` and ``--junit`` as typed."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import rag.cli.eval.run
from rag import parts
from rag.cli.app import main
from rag.errors import EngineError
from rag.evaluation.scripted import ScriptedAnswerer
from rag.types import Answer, Provenance
from tests.evaluation.builders import LATER, LIMIT, Corpus, record, refusal

N = 5
SUITE = """
name = "small"
articles = ["articles"]
cases = ["cases.jsonl"]
[[aim]]
kind = "answerable"
measure = "correct_and_cited"
minimum = 1.0
[[gate]]
measure = "citation_valid"
minimum = 1.0
[baseline]
file = "baseline.json"
tolerance_of_kind = 1
tolerance_of_all = 1
"""
Use = Callable[[dict[str, Answer | BaseException]], None]


@pytest.fixture
def suite(tmp_path: Path, write_cases, corpus, monkeypatch) -> Path:
    """A suite of five questions; runs go to ``tmp_path/runs``."""
    write_cases([record(id=f"c{i}", question=f"Who {i}?") for i in range(N)])
    (tmp_path / "suite.toml").write_text(SUITE)
    monkeypatch.setattr(rag.cli.eval.run, "runs_dir", lambda: tmp_path / "runs")
    return tmp_path / "suite.toml"


@pytest.fixture
def use(monkeypatch) -> Use:
    """Puts a scripted program in the place of the real one."""

    def put(script: dict[str, Answer | BaseException]) -> None:
        @contextmanager
        def open_assistant(settings, *, notice, progress=None):
            yield ScriptedAnswerer(script)

        monkeypatch.setattr(parts, "open_assistant", open_assistant)

    return put


def answers(corpus: Corpus, *, n_wrong: int = 0, engine: str = "e") -> dict[str, Answer]:
    right = corpus.answer(("alpha.md", LIMIT), engine=engine)
    wrong = corpus.answer(("beta.md", LATER), engine=engine)
    return {f"Who {i}?": wrong if i < n_wrong else right for i in range(N)}


@pytest.fixture
def kept(suite, corpus, use, capsys) -> Path:
    """The baseline of a program that is right; what it printed is dropped."""
    use(answers(corpus))
    assert main(["eval", "--suite", str(suite), "--write-baseline"]) == 0
    assert "baseline: " in capsys.readouterr().err
    return suite.parent / "baseline.json"


def test_a_missed_aim_is_told_and_fails_nothing(suite, corpus, use, capsys):
    use(answers(corpus, n_wrong=1))
    assert main(["eval", "--suite", str(suite)]) == 0
    out = capsys.readouterr().out
    assert (
        "aim missed  answerable correct_and_cited >= 1: 0.800 (n = 5), misses by 0.200: c0" in out
    )
    assert "gate holds  all citation_valid >= 1: 1.000 (n = 5)" in out


def test_the_same_program_passes(suite, kept, capsys):
    assert main(["eval", "--suite", str(suite), "--gate"]) == 0
    out = capsys.readouterr().out
    assert "aim reached  answerable" in out
    assert "gate holds  baseline of 20" in out
    assert "figures fell" in out


def test_one_flip_is_within_the_tolerance_of_the_suite(suite, kept, corpus, use):
    use(answers(corpus, n_wrong=1))
    assert main(["eval", "--suite", str(suite), "--gate"]) == 0


@pytest.mark.parametrize("options", [["--gate"], []])
def test_what_fell_is_told_with_figures_and_cases(suite, kept, corpus, use, capsys, options):
    use(answers(corpus, n_wrong=3))
    assert main(["eval", "--suite", str(suite), *options]) == 4
    assert (
        "gate FAILS  answerable passed fell from 1.000 (n = 5) to 0.400 (n = 5): "
        "the worth of 3.0 cases, 1 allowed: c0, c1, c2"
    ) in capsys.readouterr().out


def test_the_judgement_is_in_the_files_of_the_run(suite, kept, corpus, use, capsys, tmp_path):
    use(answers(corpus, n_wrong=3))
    arguments = ["eval", "--suite", str(suite), "--gate", "--json"]
    assert main([*arguments, "--junit", str(tmp_path / "x.xml")]) == 4
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] is False
    assert report["aims"][0]["passed"] is False
    fallen = [o["gate"]["measure"] for o in report["against"]["outcomes"] if not o["passed"]]
    assert "passed" in fallen
    page = (Path(report["folder"]) / "report.md").read_text()
    assert "- MISSED: answerable correct_and_cited" in page
    assert "- FAILS: answerable passed fell from" in page
    tests = ET.parse(tmp_path / "x.xml").findall("testsuite[@name='gates']/testcase")
    assert sum(t.find("failure") is not None for t in tests) == len(fallen)


def test_without_gates_a_fall_is_not_looked_at(suite, kept, corpus, use, capsys):
    use(answers(corpus, n_wrong=5))
    assert main(["eval", "--suite", str(suite), "--no-gate"]) == 0
    assert "gate" not in capsys.readouterr().out


def test_another_engine_is_refused_at_the_first_answer(suite, kept, corpus, use, capsys):
    script = answers(corpus, engine="llama")
    use(script)
    assert main(["eval", "--suite", str(suite), "--gate"]) == 1
    assert "the baseline is of something else: engine is llama, was e" in capsys.readouterr().err
    newest = max((suite.parent / "runs").iterdir())
    assert len((newest / "results.jsonl").read_text().splitlines()) == 1


def test_without_gate_another_engine_is_only_told(suite, kept, corpus, use, capsys):
    use(answers(corpus, engine="llama", n_wrong=5))
    assert main(["eval", "--suite", str(suite)]) == 0
    out, err = capsys.readouterr()
    assert "not compared with the baseline: the baseline is of something else: engine" in err
    assert "baseline" not in out


def test_other_cases_are_refused_before_anything_is_asked(suite, kept, write_cases, use, capsys):
    write_cases([record(id=f"c{i}", question=f"Who {i}?") for i in range(N - 1)])
    use({"Who 0?": EngineError("was asked")})
    assert main(["eval", "--suite", str(suite), "--gate"]) == 1
    err = capsys.readouterr().err
    assert "1 case missing (c4)" in err
    assert "rag eval --write-baseline" in err
    assert len(list((suite.parent / "runs").iterdir())) == 1


def test_a_changed_article_is_refused_by_name(suite, kept, corpus, capsys):
    (corpus.folder / "gamma.md").write_text("A new article.")
    assert main(["eval", "--suite", str(suite), "--gate"]) == 1
    assert "1 article added (gamma.md)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--gate", "--kind", "answerable"], 2, "a baseline is for the whole suite"),
        (["--gate", "--limit", "2"], 2, "a baseline is for the whole suite"),
        (["--write-baseline", "--limit", "2"], 2, "a baseline is for the whole suite"),
        (["--gate", "--cases", "CASES"], 2, "a baseline is for the whole suite"),
        (["--gate", "--write-baseline"], 2, "exclude each other"),
        (["--gate", "--baseline", "none.json"], 1, "there is no baseline none.json"),
        (["--gate", "--baseline", "CASES"], 1, "is no baseline"),
        (["--junit", "none/x.xml"], 1, "cannot write none/x.xml"),
    ],
)
def test_a_wrong_wish_is_told_in_one_line(suite, kept, capsys, options, status, message):
    typed = [str(suite.parent / "cases.jsonl") if o == "CASES" else o for o in options]
    assert main(["eval", "--suite", str(suite), *typed]) == status
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_a_run_that_was_stopped_is_judged_when_it_is_finished(suite, kept, corpus, use, capsys):
    script: dict[str, Answer | BaseException] = dict(answers(corpus))
    use(script | {"Who 3?": KeyboardInterrupt()})
    assert main(["eval", "--suite", str(suite), "--gate"]) == 130
    assert "3 of 5 cases are done" in capsys.readouterr().err
    newest = max((suite.parent / "runs").iterdir())
    use(script | {"Who 0?": EngineError("asked again")})
    assert main(["eval", "--suite", str(suite), "--gate", "--resume", newest.name]) == 0


def test_no_baseline_is_written_of_a_run_with_errors(suite, corpus, use, capsys):
    use(answers(corpus) | {"Who 1?": EngineError("out of memory")})
    assert main(["eval", "--suite", str(suite), "--write-baseline"]) == 1
    assert "no baseline is made of a run with errors: c1" in capsys.readouterr().err
    assert not (suite.parent / "baseline.json").exists()


def test_own_cases_have_a_baseline_of_their_own(suite, corpus, use, tmp_path, capsys):
    cases, mine = str(tmp_path / "cases.jsonl"), str(tmp_path / "mine.json")
    asked = ["eval", "--cases", cases, "-a", str(corpus.folder), "--baseline", mine]
    use(answers(corpus))
    assert main([*asked, "--write-baseline"]) == 0
    assert main([*asked, "--gate"]) == 0
    use(answers(corpus, n_wrong=4))
    assert main([*asked, "--gate"]) == 4
    use(answers(corpus))
    assert main(["eval", "--cases", cases, "-a", str(corpus.folder), "--gate"]) == 2
    assert "no baseline is named" in capsys.readouterr().err


def test_a_refusal_without_provenance_is_no_reason_to_refuse_the_run(suite, kept, corpus, use):
    blank = replace(refusal(), provenance=Provenance(engine="e", index_id="i"))
    use(answers(corpus) | {"Who 0?": blank})
    assert main(["eval", "--suite", str(suite), "--gate"]) == 0
