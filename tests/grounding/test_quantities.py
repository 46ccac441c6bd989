"""Quantities read off sentences: values, ranges, units, and what is none."""

from __future__ import annotations

import pytest

from rag.grounding.quantities import Measure, Quantity, latest, quantities, years


def read(text: str) -> list[tuple[Measure, float, float, str]]:
    return [(q.measure, q.low, q.high, q.surface) for q in quantities(text)]


def one(text: str) -> Quantity:
    (found,) = quantities(text)
    return found


@pytest.mark.parametrize(
    ("text", "measure", "low", "high", "surface"),
    [
        ("It has 700 million users.", Measure.COUNT, 7e8, 7e8, "700 million users"),
        ("It has 1,500 chips.", Measure.COUNT, 1500, 1500, "1,500 chips"),
        ("It had one billion users.", Measure.COUNT, 1e9, 1e9, "one billion users"),
        ("between 60 and 65 billion dollars", Measure.MONEY, 6e10, 6.5e10, None),
        ("some 60 to 65 billion dollars", Measure.MONEY, 6e10, 6.5e10, "60 to 65 billion dollars"),
        ("It cost $5.5m.", Measure.MONEY, 5.5e6, 5.5e6, "$5.5m"),
        ("It cost 105 million euros.", Measure.MONEY, 1.05e8, 1.05e8, "105 million euros"),
        ("between 17 and 33 per cent of it", Measure.SHARE, 17, 33, "between 17 and 33 per cent"),
        ("40% of it", Measure.SHARE, 40, 40, "40%"),
    ],
)
def test_a_quantity_is_an_interval_with_its_wording(text, measure, low, high, surface):
    assert read(text) == [(measure, low, high, surface or text)]


def test_a_list_shares_its_scale_and_is_no_range():
    found = [(q.low, q.high) for q in quantities("7, 13 and 70 billion parameters")]
    assert found == [(7e9, 7e9), (13e9, 13e9), (70e9, 70e9)]


@pytest.mark.parametrize(
    "text",
    ["In 2023 it was so.", "On 18 April 2024 it was.", "Llama 3 and GPT-2 and Claude 3.5.",
     "One of them left.", "Llama 3.2 was first.", "In April 2024, it was."],
)  # fmt: skip
def test_dates_versions_and_pronouns_are_no_quantities(text):
    assert quantities(text) == []


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        ("40 users", "40 users", True),
        ("33 billion users", "32.5 billion users", True),
        ("40 users", "45 users", False),
        ("39 million users", "between 35 and 40 million users", True),
        ("41 million users", "between 35 and 40 million users", False),
        ("between 35 and 40 users", "between 38 and 40 users", False),
        ("between 35 and 40 users", "35 to 40 users", True),
    ],
)
def test_values_agree_when_both_can_be_true(first, second, agree):
    assert one(first).agrees(one(second)) is agree
    assert one(second).agrees(one(first)) is agree


def test_only_quantities_of_one_unit_are_of_a_kind():
    assert one("40 monthly users").is_of(one("50 active monthly users"))
    assert not one("40 users").is_of(one("40 chips"))
    assert not one("40 dollars").is_of(one("40 euros"))
    assert not one("40 users").is_of(one("40 dollars"))


def test_years_and_the_latest_date():
    text = "From March 2023 to 18 April 2024, and in 1,987 places."
    assert years(text) == {"2023", "2024"}
    assert latest(text) == (2024, 4)
    assert latest("In 2024, after May 2023.") == (2024, 0)
    assert latest("Never.") == (0, 0)
