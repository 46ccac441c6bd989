"""Question sets of other projects become articles and cases that the suite can check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.cli.app import main
from rag.errors import EvalError
from rag.evaluation.cases import load_cases
from rag.evaluation.foreign.convert import Converted, convert
from rag.evaluation.gold import verify_gold
from rag.evaluation.suite import load_suite
from rag.evaluation.types import EvalCase

BRIDGE = "The bridge of Tolm was opened in 1931. It carries nine trams an hour."
FERRY = "A ferry ran before. Its last captain was Ada Brennick, who retired early."


def squad(**question: Any) -> dict[str, Any]:
    """A set of one article of two paragraphs, with one question about the first."""
    asked = {
        "id": "q1",
        "question": "When was the bridge opened?",
        "answers": [{"text": "1931", "answer_start": 33}],
    } | question
    paragraphs = [{"context": BRIDGE, "qas": [asked]}, {"context": FERRY, "qas": []}]
    return {"version": "v2.0", "data": [{"title": "Tolm_Bridge", "paragraphs": paragraphs}]}


def rgb(**changes: Any) -> dict[str, Any]:
    """A line of a set, with ``changes``."""
    return {
        "id": 0,
        "query": "Who was the last captain of the ferry at Tolm?",
        "answer": [["Ada Brennick", "A. Brennick"]],
        "positive": [FERRY, "The ferry stopped under A. Brennick in 1930."],
        "negative": ["Ferries are ships."],
    } | changes


@pytest.fixture
def made(tmp_path: Path):
    """Converts a JSON value, or lines of them: what was made, and its cases as the suite loads
    them, every gold quote looked up."""

    def make(*values: Any, **options: Any) -> tuple[Converted, tuple[EvalCase, ...]]:
        source = tmp_path / "set.json"
        source.write_text("\n".join(map(json.dumps, values)), encoding="utf-8")
        converted = convert(source, tmp_path / "out", **options)
        suite = load_suite(converted.suite)
        return converted, verify_gold(load_cases(suite.cases), suite.articles)

    return make


def test_a_squad_question_becomes_a_case_with_its_sentence_as_gold(made):
    converted, (case,) = made(squad())
    assert (converted.format, converted.n_articles) == ("SQuAD", 1)
    assert (case.id, case.kind, case.facts) == ("q1", "answerable", (("1931",),))
    assert case.gold[0].quote == "The bridge of Tolm was opened in 1931."
    article = converted.folder / "articles" / case.gold[0].document
    assert article.read_text(encoding="utf-8") == f"Tolm Bridge\n\n{BRIDGE}\n\n{FERRY}\n"


def test_several_answers_of_squad_are_spellings_of_one_fact(made):
    answers = [{"text": "1931", "answer_start": 33}, {"text": "in 1931", "answer_start": 30}]
    _, (case,) = made(squad(answers=answers))
    assert case.facts == (("1931", "in 1931"),)
    assert len(case.gold[0].choices) == 1


def test_an_impossible_question_of_squad_is_to_be_refused(made):
    _, (case,) = made(squad(is_impossible=True, answers=[], plausible_answers=[]))
    assert (case.kind, case.gold, case.facts) == ("unanswerable", (), ())


def test_a_squad_question_without_an_answer_is_counted_not_kept(made):
    data = squad(answers=[])
    data["data"][0]["paragraphs"][1]["qas"] = [
        {"id": "q2", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 41}]}
    ]
    converted, (case,) = made(data)
    assert case.id == "q2"
    assert converted.left_out == {"no answer is given": 1}


def test_a_sentence_that_stands_twice_cannot_be_gold(made):
    data = squad()
    data["data"][0]["paragraphs"].append({"context": BRIDGE, "qas": []})
    with pytest.raises(EvalError, match="stands more than once"):
        made(data)


def test_control_characters_of_a_set_do_not_move_the_answers(made):
    data = squad()
    data["data"][0]["paragraphs"][0]["context"] = BRIDGE.replace(" of", "\x00of").replace(
        "T", "\ud800"
    )
    _, (case,) = made(data)
    assert case.gold[0].quote == "\ufffdhe bridge of \ufffdolm was opened in 1931."


def test_an_rgb_line_cites_any_positive_passage_that_states_the_answer(made):
    converted, (case,) = made(rgb())
    assert (converted.format, converted.n_articles) == ("RGB", 3)
    assert case.facts == (("Ada Brennick", "A. Brennick"),)
    (gold,) = case.gold
    assert [g.quote for g in gold.choices] == [
        "Its last captain was Ada Brennick, who retired early.",
        "The ferry stopped under A. Brennick in 1930.",
    ]


def test_an_rgb_answer_of_two_parts_wants_both(made):
    line = rgb(answer=["Ada Brennick", "1931"], positive=[[FERRY], [BRIDGE]])
    _, (case,) = made(line)
    assert case.facts == (("Ada Brennick",), ("1931",))
    assert [gold.quote for gold in case.gold] == [
        "Its last captain was Ada Brennick, who retired early.",
        "The bridge of Tolm was opened in 1931.",
    ]
    assert case.tags == ("integration",)


def test_a_counterfactual_line_is_a_conflict_of_both_sides(made):
    fake = FERRY.replace("Ada Brennick", "Leo Marsh")
    line = rgb(answer="Ada Brennick", fakeanswer="Leo Marsh", positive_wrong=[fake])
    _, (case,) = made(line)
    assert case.kind == "conflicting"
    assert case.facts == (("Ada Brennick",), ("Leo Marsh",))
    assert "Leo Marsh" in case.gold[1].quote


def test_without_positive_passages_everything_is_to_be_refused(made):
    converted, (case,) = made(rgb(), negatives_only=True)
    assert (case.kind, converted.n_articles) == ("unanswerable", 1)


def test_an_rgb_answer_that_no_passage_spells_is_counted_not_kept(made):
    converted, cases = made(rgb(), rgb(id=1, answer="nobody at all"))
    assert [case.id for case in cases] == ["rgb-0"]
    assert list(converted.left_out.values()) == [1]


def test_passages_that_lines_share_are_one_article(made):
    converted, cases = made(rgb(), rgb(id=1, query="Who ran the ferry at last?"))
    assert (converted.n_articles, len(cases)) == (3, 2)


def test_a_sample_is_the_same_each_time_and_keeps_all_articles(tmp_path):
    source = tmp_path / "set.json"
    lines = [rgb(id=i, query=f"Question {i}?", negative=[f"Noise {i}."]) for i in range(20)]
    source.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    results = [convert(source, tmp_path / f"out{i}", n_cases=5, seed=3) for i in range(2)]
    texts = [(made.folder / "cases.jsonl").read_text(encoding="utf-8") for made in results]
    assert texts[0] == texts[1]
    assert texts[0].count("\n") == 5
    assert results[0].n_articles == 22


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (squad(id=""), r"data\[0\]\.paragraphs\[0\]\.qas\[0\]\.id: empty"),
        (squad(answers={}), r"qas\[0\]\.answers: not a list"),
        (squad(answers=[{"text": "1931"}]), r"answers\[0\]\.answer_start: missing"),
        (squad(answers=[{"text": "1931", "answer_start": 3}]), "does not hold '1931' there"),
        (squad(answers=[{"text": "1931", "answer_start": -1}]), "not a whole number"),
        ({"data": [{"title": "T"}]}, r"data\[0\]\.paragraphs: missing"),
        ({"data": 7}, r"file\.data: not a list"),
        ({"data": []}, "it holds no question"),
        (rgb(answer=[]), r"line 1\.answer: empty"),
        (rgb(answer=[[]]), r"line 1\.answer\[0\]: empty"),
        (rgb(positive=["x", 3]), r"line 1\.positive\[1\]: not a text"),
        (rgb(positive_wrong=["x"]), r"line 1\.fakeanswer: missing"),
        ({"query": "?"}, r"line 1\.positive: missing"),
        ({"question": "?"}, "neither a SQuAD nor an RGB file"),
        ([3], r"file\[0\]: not an object"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(made, value, told):
    with pytest.raises(EvalError, match=told):
        made(value)


def test_an_id_used_twice_is_an_error(made):
    with pytest.raises(EvalError, match=r"line 2\.id: used already"):
        made(rgb(), rgb())


def test_a_broken_line_is_named(tmp_path):
    source = tmp_path / "set.json"
    source.write_text(json.dumps(rgb()) + "\n{", encoding="utf-8")
    with pytest.raises(EvalError, match="line 2: not JSON"):
        convert(source, tmp_path / "out")


def test_a_file_that_is_no_text_is_an_error(tmp_path):
    (tmp_path / "set.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EvalError, match="cannot read"):
        convert(tmp_path / "set.json", tmp_path / "out")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, made):
    made(squad())
    with pytest.raises(EvalError, match="is not an empty folder"):
        made(squad())


def test_the_command_says_how_to_run_what_it_made(tmp_path, capsys):
    source = tmp_path / "my set.json"
    source.write_text(json.dumps(squad()), encoding="utf-8")
    assert main(["eval", "convert", str(source), "-o", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "SQuAD: 1 cases over 1 articles" in out
    assert f"rag eval --suite {tmp_path / 'out' / 'suite.toml'}" in out
    assert load_suite(tmp_path / "out" / "suite.toml").name == "my-set"
