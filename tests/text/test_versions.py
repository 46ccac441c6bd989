"""Which versions a text names."""

from __future__ import annotations

from rag.text.pointing import points_back
from rag.text.versions import versions


def test_a_name_with_a_number_is_a_version_and_a_date_is_none():
    text = "Llama 3 and GPT-2 beat Claude 3.5 Sonnet in April 2024 or on May 3, on 4 chips."
    assert versions(text) == {("llama", "3"), ("gpt", "2"), ("claud", "3.5")}
    assert versions("Nothing here, and 7 there.") == frozenset()


def test_a_word_for_something_said_before_points_back_and_an_empty_it_does_not():
    assert points_back("It opened in 2019.")
    assert points_back("These are two.")
    assert not points_back("It is clear that the mill is old.")
    assert not points_back("Italy is far.")
