"""Suite files."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import EvalError
from rag.evaluation.regression import Tolerance
from rag.evaluation.suite import load_suite
from rag.evaluation.types import Gate

GOOD = """
name = "small"
articles = ["articles"]
cases = ["*.jsonl"]
seed = 3
[[gate]]
kind = "answerable"
measure = "correct_and_cited"
minimum = 0.9
[[gate]]
measure = "unsupported_sentences"
maximum = 0
"""


@pytest.fixture
def suite_file(tmp_path: Path, write_cases):
    (tmp_path / "articles").mkdir()
    write_cases(["{}"], "b.jsonl")
    write_cases(["{}"], "a.jsonl")

    def write(text: str) -> Path:
        path = tmp_path / "suite.toml"
        path.write_text(text)
        return path

    return write


def test_paths_are_relative_to_the_suite_file(suite_file, tmp_path: Path, monkeypatch):
    monkeypatch.chdir("/")
    suite = load_suite(suite_file(GOOD))
    assert (suite.name, suite.seed) == ("small", 3)
    assert suite.articles == ((tmp_path / "articles").resolve(),)
    assert [path.name for path in suite.cases] == ["a.jsonl", "b.jsonl"]
    assert suite.gates == (
        Gate("correct_and_cited", "answerable", minimum=0.9),
        Gate("unsupported_sentences", "all", maximum=0.0),
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 3", "seed = -1", r"seed: -1 is not a whole number from 0"),
        ("seed = 3", "sed = 3", r"unknown entry sed"),
        ('name = "small"', 'name = "../up"', r"name: '\.\./up' is not made of letters"),
        ('["articles"]', "[]", r"articles: \[\] is not a list of paths"),
        ('["articles"]', '["gone"]', r"articles: .*gone does not exist"),
        ('["*.jsonl"]', '["*.json"]', r"cases: '\*\.json' matches no file"),
        ('"answerable"', '"answrable"', r"gate\.kind: 'answrable' is not one of all, answerable"),
        ('"correct_and_cited"', '"correct"', r"unknown measure 'correct'"),
        ("minimum = 0.9", "minimum = 90", r"minimum: 90 is not a number from 0 to 1"),
        ("minimum = 0.9", "", r"gate answerable correct_and_cited: give either minimum or maximum"),
        ("minimum = 0.9", "least = 0.9", r"unknown entry gate\.least"),
        ("seed = 3", "seed = ", r"cannot read the suite"),
    ],
)
def test_a_wrong_entry_is_told_with_its_value(suite_file, old, new, message):
    assert old in GOOD
    with pytest.raises(EvalError, match=message):
        load_suite(suite_file(GOOD.replace(old, new, 1)))


def test_a_missing_suite_file_is_told(tmp_path: Path):
    with pytest.raises(EvalError, match=r"cannot read the suite .*none\.toml"):
        load_suite(tmp_path / "none.toml")


def test_the_suite_that_ships_states_its_aims_and_what_must_hold():
    suite = load_suite()
    assert {str(aim) for aim in suite.aims} >= {
        "answerable correct_and_cited >= 0.9",
        "answerable refused <= 0.05",
        "unanswerable refused >= 0.9",
        "false_premise corrected >= 0.9",
    }
    gates = {str(gate) for gate in suite.gates}
    assert gates >= {"all citation_valid >= 1", "all unsupported_rate <= 0"}
    assert suite.baseline is not None


def test_aims_and_baseline_are_read(suite_file):
    extra = """
[[aim]]
kind = "unanswerable"
measure = "refusal_recall"
minimum = 0.9
[baseline]
file = "kept.json"
tolerance_of_kind = 1
tolerance_of_all = 2.5
"""
    path = suite_file(GOOD + extra)
    suite = load_suite(path)
    assert [str(aim) for aim in suite.aims] == ["unanswerable refusal_recall >= 0.9"]
    assert suite.baseline == path.parent / "kept.json"
    assert suite.tolerance == Tolerance(of_kind=1.0, of_all=2.5)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("[[aim]]\nmeasure = 'refussed'\nminimum = 1", "unknown measure 'refussed'"),
        ("[[aim]]\nmeasure = 'refused'", "aim all refused: give either minimum or maximum"),
        ("[aim]\nmeasure = 'refused'", "aim: .* is not a list of tables"),
        ("[baseline]\nfile = 3", "baseline.file: 3 is not a path"),
        ("[baseline]\nfil = 'x'", "unknown entry baseline.fil"),
        ("[baseline]\ntolerance_of_kind = -1", "tolerance_of_kind: -1 is not a number of cases"),
    ],
)
def test_a_wrong_aim_or_baseline_is_told(suite_file, extra, message):
    with pytest.raises(EvalError, match=message):
        load_suite(suite_file(f"{GOOD}\n{extra}\n"))
