"""Where columns are, where paragraphs end, what is a running head: by the places of lines alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

import pytest

from rag.ingest.pdf_letters import TextLine
from rag.ingest.pdf_order import in_reading_order
from rag.ingest.pdf_paragraphs import paragraphs
from rag.ingest.pdf_running import without_running

WIDTH = 600.0


@dataclass(frozen=True)
class Box:
    name: str
    x0: float
    y0: float
    x1: float
    y1: float


def order(*boxes: Box) -> str:
    """The names in reading order, which is the same in whatever order the boxes come."""
    orders = {
        "".join(box.name for box in in_reading_order(given, WIDTH)) for given in permutations(boxes)
    }
    (found,) = orders
    return found


def left(name: str, y0: float, y1: float) -> Box:
    return Box(name, 50, y0, 280, y1)


def right(name: str, y0: float, y1: float) -> Box:
    return Box(name, 320, y0, 550, y1)


def wide(name: str, y0: float, y1: float) -> Box:
    return Box(name, 50, y0, 550, y1)


def test_the_left_column_is_read_before_the_right_one() -> None:
    assert order(left("a", 500, 700), left("b", 300, 490), right("c", 600, 700)) == "abc"


def test_gaps_that_are_level_do_not_cut_columns_in_two() -> None:
    boxes = (left("a", 500, 700), left("b", 300, 490), right("c", 500, 700), right("d", 300, 490))
    assert order(*boxes) == "abcd"


def test_what_spans_the_columns_is_read_between_what_is_above_and_below() -> None:
    above = (left("b", 600, 700), right("c", 600, 700))
    below = (left("e", 300, 500), right("f", 300, 500))
    assert order(wide("a", 720, 750), *above, wide("d", 520, 580), *below) == "abcdef"


def test_three_columns_are_read_from_the_left() -> None:
    boxes = [Box(name, 50 + 180 * at, 300, 200 + 180 * at, 700) for at, name in enumerate("abc")]
    assert order(*boxes) == "abc"


def test_numbers_beside_a_text_are_read_with_their_rows() -> None:
    labels = (Box("a", 50, 690, 62, 700), Box("c", 50, 590, 62, 600))
    texts = (Box("b", 80, 690, 500, 700), Box("d", 80, 590, 500, 600))
    assert order(*labels, *texts) == "abcd"


def test_one_below_the_other_is_read_downwards() -> None:
    assert order(wide("a", 600, 700), Box("b", 80, 500, 200, 590), wide("c", 300, 490)) == "abc"


def test_no_boxes_give_none() -> None:
    assert in_reading_order([], WIDTH) == []


def line(
    text: str, y: float = 700, *, page: int = 1, x0: float = 50, full: bool = True
) -> TextLine:
    x1 = 550.0 if full else x0 + 6.0 * len(text)
    return TextLine(text, page, 0, x0=x0, y0=y, x1=x1, y1=y + 10, size=10.0, bold=False, height=842)


def joined(*lines: TextLine) -> list[str]:
    return [paragraph.text for paragraph in paragraphs(lines)]


@pytest.mark.parametrize(
    ("end", "following", "expected"),
    [
        ("the break\u00ad", "water", "the breakwater"),
        ("the break\u2010", "water", "the breakwater"),
        ("the long-", "term study", "the long-term study"),
        ("the Anglo-", "Saxon king", "the Anglo-Saxon king"),
        ("in 2019-", "and so on", "in 2019-and so on"),
        ("one –", "two", "one – two"),
    ],
)
def test_a_hyphen_at_the_end_of_a_line(end: str, following: str, expected: str) -> None:
    assert joined(line(end), line(following, 688)) == [expected]


def test_a_file_that_breaks_words_it_writes_elsewhere_breaks_the_others_too() -> None:
    lines = [
        line("the rebuilding of a harbour and the har-"),
        line("bour wall, then the light-", 688),
    ]
    lines.append(line("house of the town was repaired in the same year", 676))
    assert joined(*lines)[0].endswith(
        "harbour wall, then the lighthouse of the town was repaired in the same year"
    )


def test_a_list_is_not_one_paragraph() -> None:
    assert (
        len(joined(line("• one thing"), line("• another thing", 688), line("2. third", 676))) == 3
    )


def test_a_sentence_that_is_over_does_not_go_on_over_a_page() -> None:
    assert len(joined(line("It is over."), line("another begins", 700, page=2))) == 2


def test_a_sentence_that_is_not_over_goes_on_over_a_page() -> None:
    (found,) = paragraphs([line("It is not over,"), line("and goes on.", 700, page=2)])
    assert (found.text, found.starts) == ("It is not over, and goes on.", [(0, 1), (16, 2)])


def test_a_head_that_changes_with_the_chapter_is_left_out_in_each() -> None:
    lines = []
    for page in range(1, 13):
        lines.append(line(f"Chapter {page // 5}: of ships", 810, page=page))
        lines.append(line(f"What page {page} tells in its own words.", 600, page=page))
    assert [one.text for one in without_running(lines)] == [
        f"What page {page} tells in its own words." for page in range(1, 13)
    ]


def test_lines_that_repeat_in_the_middle_of_pages_are_kept() -> None:
    lines = [line("The chorus again:", 400, page=page) for page in range(1, 9)]
    assert without_running(lines) == lines


def test_a_page_number_is_left_out_wherever_it_stands_on_the_edge() -> None:
    pages = [
        replace(line(text, y, page=page), x0=x0)
        for page, (text, y, x0) in enumerate(
            (("vii", 20, 50), ("viii", 22, 500), ("1", 25, 50), ("2 of 9", 20, 500)), 1
        )
    ]
    body = [line("A sentence in the text.", 500, page=page) for page in range(1, 5)]
    assert without_running([*pages, *body]) == body
