"""Case files: what a good one gives, and what is said of a bad one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.errors import EvalError
from rag.evaluation.cases import case_key, choose, load_cases
from rag.evaluation.types import CaseKind, GoldQuote
from tests.evaluation.builders import LIMIT, SIZES, record


def test_a_case_is_read_with_all_its_fields(write_cases):
    also = [{"document": "beta.md", "quote": "other"}]
    line = record(
        kind="multi_turn",
        history=["What is Llama?"],
        gold=[{"document": "alpha.md", "quote": LIMIT, "also": also}],
        forbidden=["PWNED"],
        tags=["single"],
    )
    (case,) = load_cases([write_cases([line])])
    assert case.kind is CaseKind.MULTI_TURN
    assert case.history == ("What is Llama?",)
    assert case.gold[0].choices == (
        GoldQuote("alpha.md", LIMIT, (GoldQuote("beta.md", "other"),)),
        GoldQuote("beta.md", "other"),
    )
    assert case.facts == (("700 million",),)
    assert (case.forbidden, case.tags) == (("PWNED",), ("single",))


def test_blank_lines_and_a_byte_order_mark_are_passed_over(write_cases):
    path = write_cases([record(), "", "   ", record(id="two")])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [case.id for case in load_cases([path])] == ["limit", "two"]


def test_a_line_separator_inside_a_text_does_not_end_the_line(write_cases):
    path = write_cases(["x"])
    raw = '{"id": "a", "kind": "unanswerable", "question": "one\u2028two"}\n'
    path.write_text(raw, encoding="utf-8")
    assert load_cases([path])[0].question == "one\u2028two"


MALFORMED = [
    ("{not json", r"line 2: not JSON"),
    ("[1]", r"line 2: a case is a JSON object"),
    ("[" * 100_000, r"line 2: not JSON"),
    (record(id=None), r"line 2, field id: missing"),
    (record(id=7), r"line 2, field id: 7 is not a text"),
    (record(question="  "), r"line 2, field question: empty"),
    (record(kind="anserable"), r"field kind: 'anserable' is not one of answerable, "),
    (record(golden=[]), r"field golden: unknown field; did you mean gold\?"),
    (record(gold={}), r"field gold: {} is not a list"),
    (record(gold=["x"]), r"field gold\[0\]: 'x' is not an object"),
    (record(gold=[{"document": "a.md"}]), r"field gold\[0\]\.quote: missing"),
    (record(gold=[{"document": "a", "qoute": ""}]), r"field gold\[0\]\.qoute: unknown .* quote\?"),
    (record(facts=["700"]), r"field facts\[0\]: '700' is not a list"),
    (record(facts=[[]]), r"field facts\[0\]: empty"),
    (record(facts=[["a", ""]]), r"field facts\[0\]\[1\]: empty"),
    (record(tags="single"), r"field tags: 'single' is not a list"),
    (record(gold=[], facts=[]), r"field gold: answerable needs at least one gold quote"),
    (record(kind="unanswerable"), r"field gold: an unanswerable case has neither"),
    (record(kind="conflicting"), r"field gold: a conflicting case needs a gold quote for each"),
    (record(kind="multi_turn"), r"field history: a multi_turn case needs the questions"),
    (record(kind="adversarial"), r"field forbidden: an adversarial case names what must not"),
    (
        record(kind="multi_turn", history=["h"], gold=[]),
        r"field facts: facts need the gold quote that states them",
    ),
]


@pytest.mark.parametrize(("line", "message"), MALFORMED)
def test_a_malformed_case_is_told_by_file_line_and_field(write_cases, line, message):
    good = {"id": "good", "kind": "unanswerable", "question": "Why?"}
    path = write_cases([good, line])
    with pytest.raises(EvalError, match=message) as caught:
        load_cases([path])
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_an_id_used_twice_is_told_with_both_places(write_cases):
    first = write_cases([record()], "one.jsonl")
    second = write_cases(["", record()], "two.jsonl")
    with pytest.raises(EvalError, match=r"two.jsonl, line 2.*'limit' is used.*one.jsonl, line 1"):
        load_cases([first, second])


def test_an_empty_suite_is_an_error(write_cases):
    path = write_cases(["", ""])
    with pytest.raises(EvalError, match=f"no cases: {re.escape(str(path))}"):
        load_cases([path])
    with pytest.raises(EvalError, match="no cases: no file given"):
        load_cases([])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(EvalError, match=r"cannot read the cases of .*gone\.jsonl"):
        load_cases([tmp_path / "gone.jsonl"])
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "\xe9"}')
    with pytest.raises(EvalError, match=r"cannot read the cases of .*latin\.jsonl"):
        load_cases([tmp_path / "latin.jsonl"])


def test_cases_are_chosen_by_kind_and_number(write_cases):
    lines = [record(id=str(i)) for i in range(3)]
    lines += [{"id": f"u{i}", "kind": "unanswerable", "question": "?"} for i in range(3)]
    cases = load_cases([write_cases(lines)])
    assert [c.id for c in choose(cases, n_each=2)] == ["0", "1", "u0", "u1"]
    assert [c.id for c in choose(cases, kinds=["unanswerable"])] == ["u0", "u1", "u2"]
    with pytest.raises(EvalError, match="unknown kind of case 'answrable'"):
        choose(cases, kinds=["answrable"])
    with pytest.raises(EvalError, match="no case of the kinds asked for: conflicting"):
        choose(cases, kinds=["conflicting"])


def test_the_key_of_a_case_changes_with_its_definition_only(write_cases):
    (case,) = load_cases([write_cases([record()])])
    (same,) = load_cases([write_cases(["", record()])])
    (other,) = load_cases([write_cases([record(facts=[["8 billion"]])])])
    (moved,) = load_cases([write_cases([record(gold=[{"document": "alpha.md", "quote": SIZES}])])])
    assert case_key(case) == case_key(same)
    assert len({case_key(case), case_key(other), case_key(moved)}) == 3
