"""The falsifications of the robustness report: seeded, and of the kind they say."""

from __future__ import annotations

import random

import pytest

from bench.perturbations import KINDS, names_of

CLAIM = (
    "In March 1999 Anna Berg sold 40 miles of track to Karl Stone for more than 3 million dollars."
)
NAMES = ["Peter Falk", "Rome", "Anna Berg"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_changes_the_claim_and_the_same_way_for_the_same_seed(kind: str) -> None:
    claim = CLAIM if kind != "negation" else "Anna Berg was the owner."
    made = KINDS[kind](claim, NAMES, random.Random(3))
    assert made is not None
    assert made != claim
    assert made == KINDS[kind](claim, NAMES, random.Random(3))


@pytest.mark.parametrize(
    ("kind", "claim", "expected"),
    [
        ("negation", "The tower was built here.", "The tower was not built here."),
        ("comparison", "It is older than Rome.", "It is younger than Rome."),
        ("unit", "It weighs 3 kilograms.", "It weighs 3 pounds."),
        ("exchange", "Anna defeated Karl.", "Karl defeated Anna."),
        ("name", "The tower stands in Paris.", "The tower stands in Rome."),
    ],
)
def test_a_claim_with_one_place_is_changed_there(kind: str, claim: str, expected: str) -> None:
    assert KINDS[kind](claim, ["Rome"], random.Random(0)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_that_offers_no_place_is_left(kind: str) -> None:
    assert KINDS[kind]("it rained", [], random.Random(0)) is None


def test_a_denial_is_not_denied_again() -> None:
    assert KINDS["negation"]("It was not built.", [], random.Random(0)) is None


def test_a_number_never_becomes_itself() -> None:
    for seed in range(50):
        assert KINDS["number"]("It has 0 or 1.5 or 2,000.", [], random.Random(seed)) not in (
            None,
            "It has 0 or 1.5 or 2,000.",
        )


def test_names_are_runs_of_capitalised_words() -> None:
    assert names_of(["He met Anna Berg of Bern in May 1999."]) == ["Anna Berg of Bern"]
