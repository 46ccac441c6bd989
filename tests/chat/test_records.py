"""An answer comes back from its JSON as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.chat.records import answer_from_json
from rag.errors import SessionError
from rag.types import Answer, Conflict, ConflictSide, Place, Span, as_json
from tests.cli.answers import answer, evidence, refusal, sentence

spans = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(lambda p: Span(*sorted(p)))
texts = st.text(st.characters(exclude_categories=()), max_size=12)
st.register_type_strategy(Span, spans)
st.register_type_strategy(str, texts)
st.register_type_strategy(float, st.floats(allow_nan=False))
conflicts = st.builds(
    Conflict, st.lists(st.builds(ConflictSide), min_size=2, max_size=2).map(tuple)
)
st.register_type_strategy(Conflict, conflicts)


def through_json(made: Answer) -> Answer:
    return answer_from_json(json.loads(json.dumps(as_json(made))))


@given(made=st.from_type(Answer))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_answer_comes_back_as_it_was(made: Answer) -> None:
    assert through_json(made) == made


def test_an_answer_with_sources_and_a_refusal_come_back():
    made = answer(sentence("It is so [1].", evidence()))
    assert through_json(made) == made
    assert through_json(refusal()) == refusal()


def test_a_file_name_that_is_no_unicode_comes_back():
    made = answer(sentence("So.", evidence(source="/caf\udce9.md")))
    assert through_json(made).evidence[0].source == "/caf\udce9.md"


def test_keys_of_a_newer_version_are_passed_over():
    record = as_json(answer(sentence("So.", evidence())))
    record["mood"] = "sunny"
    record["sentences"][0]["evidence"][0]["weather"] = {"wind": [1, 2]}
    assert answer_from_json(record) == answer(sentence("So.", evidence()))


def test_a_field_that_an_older_version_did_not_have_gets_its_default():
    record = as_json(answer(sentence("So.")))
    del record["conflicts"], record["hits"][0]["copies"]
    read = answer_from_json(record)
    assert read.conflicts == ()
    assert read.hits[0].copies == ()


def damaged(*path: str | int, value: Any) -> Any:
    record = as_json(answer(sentence("So.", evidence())))
    at = record
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return record


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (None, r"\(answer: it is not an object\)"),
        ({"question": "why"}, r"answer\.query: it is not there"),
        (damaged("sentences", value="none"), r"answer\.sentences: it is not a list"),
        (damaged("refused", value=0), r"answer\.refused: it is not of the type bool"),
        (damaged("question", value=3), r"answer\.question: it is not of the type str"),
        (
            damaged("sentences", 0, "verdict", value="maybe"),
            r"answer\.sentences\[0\]\.verdict: it is not one of supported, ",
        ),
        (damaged("sentences", 0, "verdict", value=[]), r"verdict: it is not one of"),
        (
            damaged("passages", 0, "chunk", "span", value={"start": 9, "end": 2}),
            r"passages\[0\]\.chunk\.span: not a span: \[9, 2\)",
        ),
        (
            damaged("passages", 0, "chunk", "place_starts", value=[[0, 1, 2]]),
            r"place_starts\[0\]: it is not a list of 2",
        ),
        (damaged("hits", 0, "signals", value=[1]), r"hits\[0\]\.signals: it is not an object"),
        (damaged("hits", 0, "score", value=True), r"hits\[0\]\.score: it is not of the type float"),
    ],
)
def test_what_is_no_answer_is_said_with_the_part_that_is_wrong(record, said):
    with pytest.raises(SessionError, match=said):
        answer_from_json(record)


def test_a_whole_number_may_stand_for_a_score():
    record = damaged("hits", 0, "score", value=1)
    assert answer_from_json(record).hits[0].score == 1.0


def test_conflicts_and_a_denial_come_back():
    made = answer(sentence("So.", evidence()))
    conflict = Conflict((ConflictSide(evidence(), "5"), ConflictSide(evidence())), True)
    whole = replace(made, conflicts=(conflict,), denial=evidence(place=Place(1, 2)))
    assert through_json(whole) == whole
