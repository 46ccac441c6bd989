"""Citation markers: written and found by one grammar, whatever a model writes."""

from __future__ import annotations

import time

import pytest

from rag.text.markers import cite, find_markers, strip_markers, write_markers


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("So [2].", (2,)),
        ("So [1, 3].", (1, 3)),
        ("So [1;2].", (1, 2)),
        ("So [2-4].", (2, 3, 4)),
        ("So [0].", (0,)),
        ("So [1-999999].", (1, 999999)),
        ("So [ 7 ].", (7,)),
    ],
)
def test_labels_are_found(text: str, labels: tuple[int, ...]) -> None:
    (marker,) = find_markers(text)
    assert marker.labels == labels
    assert marker.span.of(text).startswith("[")


@pytest.mark.parametrize("text", ["[a]", "[]", "[1", "1]", "[1.2]", "[12345678]"])
def test_other_brackets_are_no_markers(text: str) -> None:
    assert find_markers(text) == []


def test_what_is_written_is_found_again() -> None:
    assert [m.labels for m in find_markers(write_markers([3, 1, 3]))] == [(3,), (1,)]


@pytest.mark.parametrize(
    ("sentence", "cited"),
    [
        ("It is so.", "It is so [1]."),
        ("He said “so.”", "He said “so.” [1]"),
        ("No stop", "No stop [1]"),
        ("Why?!", "Why [1]?!"),
    ],
)
def test_a_marker_goes_in_front_of_the_stop(sentence: str, cited: str) -> None:
    assert cite(sentence, [1]) == cited
    assert strip_markers(cited) == sentence


def test_long_runs_of_blanks_take_no_time() -> None:
    began = time.perf_counter()
    assert strip_markers("x" + " " * 100_000 + "y").endswith("y")
    assert time.perf_counter() - began < 1
