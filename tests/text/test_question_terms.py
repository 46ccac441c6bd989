"""Questions taken apart."""

from __future__ import annotations

import pytest

from rag.text.question import AnswerType, analyse, answer_type, counts, name_phrases, offers


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was Llama 3 released?", AnswerType.DATE),
        ("In what year did it start?", AnswerType.DATE),
        ("How old is the company?", AnswerType.AGE),
        ("How much did the chip cost?", AnswerType.MONEY),
        ("What fee do companies pay?", AnswerType.MONEY),
        ("What percentage agreed?", AnswerType.SHARE),
        ("How many models are there?", AnswerType.NUMBER),
        ("Who wrote it?", AnswerType.PERSON),
        ("Where is it made?", AnswerType.PLACE),
        ("Why was it vetoed?", AnswerType.REASON),
        ("Is Llama open source?", AnswerType.YES_NO),
        ("Tell me about GGUF.", AnswerType.OPEN),
    ],
)
def test_the_wording_tells_the_kind_of_answer(question: str, kind: AnswerType) -> None:
    assert answer_type(question) is kind


def test_what_a_question_is_about_leaves_out_how_it_is_asked() -> None:
    asked = analyse("Please tell me how many GPUs Meta had?")
    assert asked.terms == ("gpu", "meta")
    assert asked.unit == {"gpu"}
    assert asked.names == {"gpu", "meta"}


def test_a_question_of_function_words_has_no_terms() -> None:
    assert analyse("What is it?").terms == ()


def test_names_and_their_numbers_stay_together() -> None:
    assert name_phrases("How large is Llama 3 compared with Mistral AI's model?") == [
        "Llama 3",
        "Mistral AI's",
    ]


@pytest.mark.parametrize(
    ("kind", "sentence", "expected"),
    [
        (AnswerType.DATE, "It came out in April 2024.", True),
        (AnswerType.DATE, "It came out of nowhere.", False),
        (AnswerType.NUMBER, "There are two sizes.", True),
        (AnswerType.NUMBER, "There are several sizes.", False),
        (AnswerType.PERSON, "It was written by Georgi Gerganov.", True),
        (AnswerType.PERSON, "It was written in a week.", False),
        (AnswerType.MONEY, "It cost 600 dollars.", True),
        (AnswerType.MONEY, "It has 600 pages.", False),
        (AnswerType.AGE, "She is 40 years old.", True),
        (AnswerType.SHARE, "About 40 per cent agreed.", True),
        (AnswerType.REASON, "It was stopped because it was slow.", True),
        (AnswerType.OPEN, "Anything.", None),
    ],
)
def test_a_sentence_offers_the_kind_of_answer_or_not(
    kind: AnswerType, sentence: str, expected: bool | None
) -> None:
    assert offers(kind, sentence, frozenset()) is expected


def test_a_number_that_the_question_named_is_no_answer() -> None:
    asked = frozenset(analyse("How many sizes does Llama 3 have?").terms)
    assert offers(AnswerType.NUMBER, "Llama 3 has sizes.", asked) is False


def test_a_quantity_stands_next_to_what_is_counted() -> None:
    unit = frozenset({"user"})
    assert counts(unit, "It has 700 million monthly users.", frozenset())
    assert not counts(
        unit, "In 2024 the company said that it was pleased by its users.", frozenset()
    )
