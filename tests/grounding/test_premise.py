"""What a question takes for granted, and the sentence that denies it."""

from __future__ import annotations

import pytest

from rag.grounding.premise import denied_premise
from tests.grounding.ranked_builders import ranked

DENIAL = "The council of Tromsby has not approved the Old Mill."
WHY = "Why did the council approve the Old Mill?"


def test_the_denying_sentence_is_found():
    found = denied_premise(WHY, [ranked("The Old Mill is old."), ranked(DENIAL, label=2)])
    assert found is not None
    assert found.text == DENIAL


@pytest.mark.parametrize(
    "question",
    [
        "Did the council approve the Old Mill?",
        "Why did the council not approve the Old Mill?",
        "Who spoke against those who approve the Old Mill?",
        "Why is the Old Mill old?",
    ],
)
def test_a_question_that_grants_nothing_denied_is_left_alone(question):
    assert denied_premise(question, [ranked(DENIAL)]) is None


@pytest.mark.parametrize("weak", [{"score": 0.4}, {"cover": 0.3}, {"names": 0.5}])
def test_a_sentence_that_hardly_speaks_of_it_denies_nothing(weak):
    assert denied_premise(WHY, [ranked(DENIAL, **weak)]) is None


def test_a_sentence_that_points_back_may_speak_of_something_else():
    assert denied_premise(WHY, [ranked("They have not approved it.")]) is None


@pytest.mark.parametrize(
    "denial",
    [
        "The council has not approved the Old Mill unless it is painted.",
        "The council has not approved the Old Mill and Mill 2.",
    ],
)
def test_a_denial_under_a_condition_or_of_another_version_denies_nothing(denial):
    assert denied_premise(WHY, [ranked(denial)]) is None


def test_a_denied_name_denies_nothing_of_it():
    assert denied_premise(WHY, [ranked("Not the Old Mill but the forge was there.")]) is None


def test_only_the_best_ranked_sentences_are_asked():
    others = [ranked(f"Sentence {n} of the Old Mill.", label=n) for n in range(1, 6)]
    assert denied_premise(WHY, [*others, ranked(DENIAL, label=6)]) is None
    assert denied_premise(WHY, []) is None
