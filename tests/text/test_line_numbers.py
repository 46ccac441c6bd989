"""From offsets to lines."""

from __future__ import annotations

import pytest

from rag.text.lines import lines_of
from rag.types import Span

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
    assert lines_of(STARTS, span) == lines


def test_without_a_map_everything_is_on_line_one() -> None:
    assert lines_of((), Span(3, 9)) == (1, 1)


def test_what_lies_before_the_map_counts_to_its_first_line() -> None:
    assert lines_of(((5, 3),), Span(0, 2)) == (3, 3)
