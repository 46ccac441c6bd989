"""Where articles differ, and where they only seem to."""

from __future__ import annotations

import pytest

from rag.grounding.conflict import contradict, differing
from tests.grounding.ranked_builders import ranked

HOW_MANY = "How many visitors does the Old Mill have each month?"
A = "The Old Mill has 300 visitors a month."
B = "The Old Mill counts 450 monthly visitors."


def values(question: str, *texts: str, **options: float) -> list[str]:
    found = [ranked(text, label=n, **options) for n, text in enumerate(texts, 1)]  # type: ignore[arg-type]
    return [side.value for side in differing(question, found)]


def test_two_articles_with_different_values_differ():
    assert values(HOW_MANY, A, B) == ["300 visitors a month", "450 monthly visitors"]


def test_sums_and_shares_differ_as_numbers_do():
    cost = "How much did the Old Mill cost?"
    assert len(values(cost, "The Old Mill cost $5m.", "The Old Mill cost 9 million dollars.")) == 2
    share = "What share of the Old Mill is wood?"
    assert (
        len(values(share, "40 per cent of the Old Mill is wood.", "The Old Mill is 60% wood.")) == 2
    )


@pytest.mark.parametrize(
    ("question", "other"),
    [
        (HOW_MANY, "The Old Mill has 300 visitors every month, as it said."),
        (HOW_MANY, "The Old Mill has 90 visitors a day."),
        (HOW_MANY, "The Old Mill has 40 ovens."),
        (HOW_MANY, "The Old Mill is visited by many."),
        (HOW_MANY, "It has 450 visitors a month."),
        ("Who visits the Old Mill?", B),
        ("How many visitors come each month?", B),
    ],
)
def test_what_agrees_or_cannot_be_compared_does_not_differ(question, other):
    assert values(question, A, other) == []


def test_a_name_torn_apart_is_another_name():
    torn = "The Mill in the Old Town counts 450 monthly visitors."
    assert values(HOW_MANY, A, torn) == []


def test_other_versions_are_other_things():
    question = "How many parameters does the largest Llama have?"
    texts = ("Llama 2 has 70 billion parameters.", "Llama 3 has 405 billion parameters.")
    assert values(question, *texts) == []
    named = "How many parameters does Llama 2 have?"
    assert values(named, texts[0], "Llama 2 has 65 billion parameters.") != []
    assert values(named, *texts) == []
    both = "Llama 3 has 405 billion parameters, many more than Llama 2."
    assert values(named, texts[0], both) == []


def test_what_was_in_another_year_is_another_thing_and_what_is_now_is_one():
    texts = ("In 2021 the Old Mill had 300 visitors.", "In 2023 the Old Mill had 450 visitors.")
    assert values("How many visitors did the Old Mill have?", *texts) == []
    assert len(values("How many visitors does the Old Mill have?", *texts)) == 2


def test_a_year_in_the_question_must_be_in_the_sentence():
    question = "How many visitors did the Old Mill have in 2021?"
    first = "In 2021 the Old Mill had 300 visitors."
    assert values(question, first, "The Old Mill had 450 visitors in 2023.") == []
    assert len(values(question, first, "The Old Mill had 450 visitors in 2021, it says.")) == 2


def test_of_one_article_the_latest_value_counts():
    found = [
        ranked(A, label=1, document="a.md"),
        ranked("In May 2022 the Old Mill had 400 visitors a month.", label=2, document="b.md"),
        ranked("In June 2024 the Old Mill had 500 visitors a month.", label=3, document="b.md"),
    ]
    assert [s.value for s in differing(HOW_MANY, found)] == [
        "300 visitors a month",
        "500 visitors a month",
    ]


def test_one_article_does_not_differ_from_itself():
    found = [ranked(A, document="a.md"), ranked(B, label=2, document="a.md")]
    assert differing(HOW_MANY, found) == ()


@pytest.mark.parametrize("weak", [{"score": 0.05}, {"cover": 0.3}, {"names": 0.5}])
def test_a_sentence_that_hardly_speaks_of_it_is_no_side(weak):
    assert differing(HOW_MANY, [ranked(A), ranked(B, label=2, **weak)]) == ()


def test_at_most_three_sides_are_told():
    texts = [f"The Old Mill has {n} visitors a month." for n in (100, 200, 300, 400)]
    assert len(values(HOW_MANY, *texts)) == 3


SAYS = "The Old Mill sells bread to tourists on Sundays."
DENIES = "The Old Mill does not sell bread to tourists."
WHETHER = "Does the Old Mill sell bread to tourists?"


def test_a_denial_of_the_same_words_differs():
    assert [s.value for s in differing(WHETHER, [ranked(SAYS), ranked(DENIES, label=2)])] == [
        "",
        "",
    ]


@pytest.mark.parametrize(
    "other",
    ["The Old Mill sells bread.", "The Old Mill does not open in winter, as nobody comes.",
     "Nobody lives there."],
)  # fmt: skip
def test_a_denial_of_something_else_does_not(other):
    assert differing(WHETHER, [ranked(SAYS), ranked(other, label=2)]) == ()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (A, "The Old Mill has 450 visitors a month.", True),
        (A, "The Old Mill has 450 visitors a day.", False),
        (A, "The Old Mill has 300 visitors a month.", False),
        (A, "The forge has 450 visitors a month, as its owner Ilse Varga likes to tell.", False),
        (SAYS, DENIES, True),
        (SAYS, SAYS, False),
        (DENIES, DENIES, False),
        ("The council denied the leak.", "The council did not deny the leak.", True),
        ("Llama 2 has 70 billion parameters.", "Llama 3 has 405 billion parameters.", False),
    ],
)
def test_two_sentences_contradict_when_they_cannot_both_be_true(one, other, expected):
    assert contradict(one, other) is expected
    assert contradict(other, one) is expected
