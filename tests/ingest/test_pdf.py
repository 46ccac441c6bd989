"""PDF: text in reading order by the page, and what is said of files that cannot be read."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

import pytest
from ingest_builders import headings, paragraphs, read

from rag.chunking.packer import SentenceChunker
from rag.errors import InputError
from rag.types import Document, PlaceUnit
from tests.support.pdf import (
    PICTURE,
    Line,
    flate_stream,
    in_columns,
    pdf,
    pdf_of_contents,
    pdf_of_objects,
)

HARBOUR = (
    "The harbour of the northern town was closed for eleven years because the old breakwater had"
    " given way in a storm. It was opened again in the spring, when the last of the new stones had"
    " been laid by a crew of forty."
)
LIGHTHOUSE = (
    "Nobody expected the lighthouse to survive the winter of that year, and yet it stands. Its"
    " keeper says that the lamp was never out for a single night, not even when the road was gone."
)
FERRY = (
    "A ferry runs twice a day to the island opposite, where some two hundred people live. They"
    " have asked for a third crossing since the school moved to the mainland last autumn."
)


def of(data: bytes, name: str = "an-article.pdf") -> Document:
    return read(data, name)


def wrapped(*texts: str, width: int = 44) -> list[str]:
    """The texts as lines, with an empty one between paragraphs."""
    lines: list[str] = []
    for text in texts:
        lines += [*([""] if lines else []), *textwrap.wrap(text, width, break_on_hyphens=False)]
    return lines


def column(lines: Sequence[str], *, x: float = 60, top: float = 740) -> list[Line]:
    return [Line(x, top - 13 * at, text) for at, text in enumerate(lines) if text]


def whole_or_refusal(data: bytes) -> list[str] | str:
    """The paragraphs, or what is said of a file that is refused."""
    try:
        return paragraphs(of(data))
    except InputError as error:
        return error.message


def page_of(document: Document, words: str) -> list[int]:
    """The pages that evidence with these words is said to stand on."""
    chunker = SentenceChunker(lambda texts: [len(t.split()) for t in texts], target_tokens=10)
    (chunk,) = (c for c in chunker.chunk(document) if words in c.text)
    assert chunk.place.unit is PlaceUnit.PAGE
    return list(range(chunk.place.first, chunk.place.last + 1))


@pytest.mark.parametrize("alternately", [False, True], ids=["column by column", "line by line"])
def test_two_columns_are_read_one_after_the_other_however_they_were_drawn(
    alternately: bool,
) -> None:
    left, right = wrapped(HARBOUR, LIGHTHOUSE), wrapped(FERRY, HARBOUR)
    page = [line for line in in_columns(left, right, alternately=alternately) if line.text]
    assert paragraphs(of(pdf([page]))) == [HARBOUR, LIGHTHOUSE, FERRY, HARBOUR]


def test_a_paragraph_goes_on_in_the_next_column() -> None:
    lines = wrapped(HARBOUR)
    page = in_columns([*wrapped(LIGHTHOUSE), "", *lines[:3]], lines[3:], alternately=True)
    document = of(pdf([[line for line in page if line.text]]))
    assert paragraphs(document) == [LIGHTHOUSE, HARBOUR]


def test_a_paragraph_goes_on_on_the_next_page_and_its_evidence_names_the_page() -> None:
    lines = wrapped(FERRY)
    first = [*wrapped(HARBOUR), "", *lines[:2]]
    document = of(pdf([column(first), column([*lines[2:], "", *wrapped(LIGHTHOUSE)])]))
    assert paragraphs(document) == [HARBOUR, FERRY, LIGHTHOUSE]
    assert document.unit is PlaceUnit.PAGE
    assert page_of(document, "closed for eleven years") == [1]
    assert page_of(document, "A ferry runs twice") == [1, 2]
    assert page_of(document, "a third crossing") == [2]
    assert page_of(document, "lamp was never out") == [2]


def test_an_indented_line_begins_a_paragraph_without_a_gap() -> None:
    lines = [Line(60, 740, "   ")]
    y = 740.0
    for text in (HARBOUR, LIGHTHOUSE):
        for at, row in enumerate(textwrap.wrap(text, 60)):
            lines.append(Line(75 if at == 0 else 60, y, row))
            y -= 12
    assert paragraphs(of(pdf([lines[1:]]))) == [HARBOUR, LIGHTHOUSE]


def test_lines_set_far_apart_are_still_one_paragraph() -> None:
    rows = textwrap.wrap(HARBOUR, 60)
    page = [Line(60, 740 - 26 * at, row) for at, row in enumerate(rows)]
    assert paragraphs(of(pdf([page]))) == [HARBOUR]


def test_a_word_is_joined_when_the_file_writes_it_elsewhere_and_a_compound_is_not() -> None:
    page = column(
        [
            "The harbour authority has rebuilt the break-",
            "water in stone, after a long-",
            "term study",
        ]
    )
    page += column(["of the breakwater and its long-term effects on the town."], top=701)
    assert paragraphs(of(pdf([page]))) == [
        "The harbour authority has rebuilt the breakwater in stone, after a long-term study of the"
        " breakwater and its long-term effects on the town."
    ]


def test_a_soft_hyphen_inside_of_a_line_is_no_blank() -> None:
    # as Chromium draws one: a blank, and the rest of the word at the same place
    end = 60 + 53.87  # by the widths of Times
    page = [Line(60, 740, "The ferry foll"), Line(end, 740, " "), Line(end, 740, "owed the coast.")]
    assert paragraphs(of(pdf([page]))) == ["The ferry followed the coast."]


def test_running_heads_page_numbers_and_footers_are_left_out() -> None:
    texts = (HARBOUR, LIGHTHOUSE, FERRY)
    pages = [
        [
            Line(60, 810, f"The Northern Gazette, number {at + 7}", 8),
            Line(520, 810, str(at + 31), 8),
            *column(wrapped(text, width=80)),
            Line(250, 30, f"Page {at + 1} of 3", 8),
        ]
        for at, text in enumerate(texts)
    ]
    assert paragraphs(of(pdf(pages))) == list(texts)


def test_a_first_line_that_does_not_return_is_kept() -> None:
    page = [
        Line(60, 810, "An unusual opening stands at the very top of the page here."),
    ]
    document = of(pdf([[*page, *column(wrapped(HARBOUR))], column(wrapped(FERRY), top=800)]))
    assert paragraphs(document)[0].startswith("An unusual opening")


def test_what_a_browser_prints_around_a_single_page_is_left_out() -> None:
    page = [
        Line(40, 820, "11/20/26, 10:05 PM"),
        Line(300, 820, "The mill"),
        Line(60, 700, "The mill stands by the river. It was built in 1843."),
        Line(60, 688, "It ground corn for two centuries."),
        Line(40, 20, "https://example.org/mill.html"),
        Line(540, 20, "1/1"),
    ]
    text = of(pdf([page])).text
    assert "river" in text
    assert "10:05" not in text
    assert "https://" not in text


def test_larger_letters_are_headings_and_the_largest_is_the_title() -> None:
    page = [
        Line(60, 790, "How the harbour was", 20, "F2"),
        Line(60, 766, "opened again", 20, "F2"),
        Line(60, 740, "The storm", 13, "F2"),
        *column(wrapped(HARBOUR), top=715),
        Line(60, 600, "The winter", 10, "F2"),
        *column(wrapped(LIGHTHOUSE), top=580),
    ]
    document = of(pdf([page]))
    assert document.title == "How the harbour was opened again"
    assert headings(document) == ["How the harbour was opened again", "The storm", "The winter"]
    levels = [block.level for block in document.blocks if block.level]
    assert levels == [1, 2, 3]


@pytest.mark.parametrize(
    ("named", "title"),
    [
        ("The harbour of the northern town", "The harbour of the northern town"),
        ("Microsoft Word - draft_7.docx", "an article"),
        ("untitled", "an article"),
        ("scan0001", "an article"),
        ("", "an article"),
    ],
)
def test_the_file_names_itself_only_if_that_makes_sense(named: str, title: str) -> None:
    data = pdf([column(wrapped(HARBOUR))], info=f"/Title ({named}) /CreationDate (D:20240102)")
    document = of(data)
    assert document.title == title
    assert document.date == ""


def test_a_title_that_the_article_does_not_know_gives_way_to_its_heading() -> None:
    page = [Line(60, 790, "The open harbour", 20, "F2"), *column(wrapped(HARBOUR))]
    assert of(pdf([page], info="/Title (Quarterly template corporate)")).title == "The open harbour"


def test_text_inside_of_a_form_is_read() -> None:
    drawn = b"".join(line.drawn() for line in column(wrapped(HARBOUR)))
    form = flate_stream(drawn, entries=b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]")
    data = pdf_of_contents([b"q /Im1 Do Q"], extra={5: form})
    assert paragraphs(of(data)) == [HARBOUR]


def test_pages_without_text_are_told_and_the_rest_is_read() -> None:
    drawn = b"".join(line.drawn() for line in column(wrapped(HARBOUR)))
    document = of(pdf_of_contents([PICTURE, drawn, PICTURE]))
    assert paragraphs(document) == [HARBOUR]
    assert document.place_starts == ((0, 2),)
    assert document.meta == {
        "pages": "3",
        "notes": "2 of 3 pages are without text (scanned or empty): 1, 3",
    }


def test_a_scan_is_refused() -> None:
    with pytest.raises(InputError, match=r"2 pages and no text on any: a scan") as caught:
        of(pdf_of_contents([PICTURE, PICTURE]))
    assert "OCR" in caught.value.hint


def test_a_file_without_pages_is_refused() -> None:
    with pytest.raises(InputError, match="no pages"):
        of(pdf([]))


def test_what_is_no_pdf_is_told_from_a_damaged_one() -> None:
    with pytest.raises(InputError, match="is not a PDF in spite of its name"):
        of(b"<html><body>Error 404</body></html>")
    with pytest.raises(InputError, match="cut off"):
        of(b"%PDF-1.7\n")


def test_a_truncated_file_is_never_read_as_a_whole_one() -> None:
    data = pdf([column(wrapped(HARBOUR, LIGHTHOUSE)), column(wrapped(FERRY))])
    whole = paragraphs(of(data))
    for end in range(0, len(data), max(len(data) // 60, 1)):
        told = whole_or_refusal(data[:end])
        assert told == whole or re.search("cut off|damaged|not a PDF", str(told)), end


def test_a_file_with_a_wrong_list_of_parts_is_read_and_said_to_be_damaged() -> None:
    data = re.sub(rb"startxref\n\d+", b"startxref\n7", pdf([column(wrapped(HARBOUR))]))
    document = of(data)
    assert paragraphs(document) == [HARBOUR]
    assert "damaged" in document.meta["notes"]


def test_letters_that_have_no_text_form_are_cleaned() -> None:
    page = [Line(60, 740, "The \x00first\x1b[31m of the ships came in\x7f on Monday morning.")]
    assert paragraphs(of(pdf([page]))) == ["The first[31m of the ships came in on Monday morning."]


def test_blocks_are_separated_by_blank_lines_and_offsets_are_of_the_text() -> None:
    document = of(pdf([column(wrapped(HARBOUR, FERRY)), column(wrapped(LIGHTHOUSE))]))
    assert document.text == "\n\n".join(b.span.of(document.text) for b in document.blocks)
    offset = {page: at for at, page in document.place_starts}[2]
    assert document.text[offset:].startswith(LIGHTHOUSE[:20])


def test_a_loop_in_the_page_tree_ends() -> None:
    data = pdf([column(wrapped(HARBOUR))], extra={2: b""})
    loop = b"<< /Type /Pages /Count 9 /Kids [2 0 R 4 0 R 1000 0 R 4 0 R] >>"
    data = pdf(
        [column(wrapped(HARBOUR))],
        extra={2: loop, 4: b"<< /Type /Pages /Count 9 /Kids [2 0 R 4 0 R] >>"},
    )
    assert paragraphs(of(data)) == [HARBOUR]


def test_a_claim_of_many_pages_is_not_believed() -> None:
    tree = b"<< /Type /Pages /Count 999999999 /Kids [1000 0 R] >>"
    document = of(pdf([column(wrapped(HARBOUR))], extra={2: tree}))
    assert document.meta["pages"] == "1"


def test_a_form_that_draws_itself_costs_its_page_and_no_more() -> None:
    form = flate_stream(
        b"/Im1 Do", entries=b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources 6 0 R"
    )
    drawn = b"".join(line.drawn() for line in column(wrapped(HARBOUR)))
    data = pdf_of_contents(
        [drawn, b"/Im1 Do"], extra={5: form, 6: b"<< /XObject << /Im1 5 0 R >> >>"}
    )
    assert paragraphs(of(data)) == [HARBOUR]


def test_very_deep_objects_are_refused_in_one_line() -> None:
    deep = b"[" * 100_000
    with pytest.raises(InputError, match="damaged") as caught:
        of(pdf_of_objects({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: deep}))
    assert "\n" not in caught.value.message
