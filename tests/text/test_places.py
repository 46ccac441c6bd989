"""From offsets to places of the source file."""

from __future__ import annotations

import pytest

from rag.text.places import place_of, starts_within
from rag.types import Place, PlaceUnit, Span

STARTS = ((0, 1), (10, 2), (20, 5))


@pytest.mark.parametrize(
    ("span", "lines"),
    [
        (Span(0, 5), (1, 1)),
        (Span(0, 10), (1, 1)),
        (Span(0, 11), (1, 2)),
        (Span(10, 30), (2, 5)),
        (Span(25, 25), (5, 5)),
        (Span(20, 20), (5, 5)),
    ],
)
def test_a_span_lies_on_the_lines_it_touches(span: Span, lines: tuple[int, int]) -> None:
    assert place_of(STARTS, span) == Place(*lines)


def test_without_a_map_everything_is_on_line_one() -> None:
    assert place_of((), Span(3, 9)) == Place(1, 1)


def test_what_lies_before_the_map_counts_to_its_first_line() -> None:
    assert place_of(((5, 3),), Span(0, 2)) == Place(3, 3)


def test_a_place_says_what_it_counts() -> None:
    assert str(Place(3, 3, PlaceUnit.PAGE)) == "page 3"
    assert str(Place(3, 4)) == "lines 3-4"


def test_a_slice_keeps_the_starts_inside_it() -> None:
    assert starts_within(STARTS, Span(12, 25)) == ((0, 2), (8, 5))
    assert starts_within(STARTS, Span(10, 20)) == ((0, 2),)
    assert starts_within((), Span(4, 9)) == ((0, 1),)
