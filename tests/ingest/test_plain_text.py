"""Plain text: the text stays the file, paragraphs and headings are seen in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_builders import headings, paragraphs, read

from rag.text.places import place_of
from rag.types import Place

SENTENCE = "The company released the model to the public for free."


def test_the_text_is_the_file_unchanged() -> None:
    text = f"  A Title\r\n\r\n{SENTENCE}\r\n\r\n\r\nMore is here.\r\n"
    document = read(text)
    assert document.text == text
    assert paragraphs(document) == [SENTENCE, "More is here."]


def test_a_title_like_first_line_is_the_title() -> None:
    document = read(f"Open Weights\n\n{SENTENCE}\n\nWhat Now?\n\n{SENTENCE}\n")
    assert document.title == "Open Weights"
    assert headings(document) == ["Open Weights", "What Now?"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("meta_and-llama-3.txt", "meta and llama 3"),
        ("000_e4262cad2227dfd5.txt", "The company released the model to the public for free."),
    ],
)
def test_without_a_title_the_name_or_the_opening_serves(name: str, title: str) -> None:
    assert read(SENTENCE, name).title == title


def test_one_paragraph_a_line_gives_a_paragraph_for_each() -> None:
    long = " ".join([SENTENCE] * 4)
    document = read(f"{long}\nA Heading\n{long}\n{long}\n")
    assert paragraphs(document) == [long, long, long]
    assert headings(document) == ["A Heading"]


def test_wrapped_lines_are_one_paragraph() -> None:
    wrapped = (
        "The company released the model to the public for\n"
        "free, which surprised its investors, who had seen\n"
        "the price of its shares fall on the day before.\n"
    )
    assert paragraphs(read(f"{wrapped}\n{SENTENCE}\n")) == [wrapped.strip(), SENTENCE]


def test_a_line_that_goes_on_in_lower_case_belongs_to_the_one_before() -> None:
    text = f"{SENTENCE} And then it went on,\nas it had to. " + SENTENCE * 3
    assert paragraphs(read(text)) == [text]


def test_lists_of_short_lines_are_not_headings() -> None:
    text = f"{SENTENCE}\n\nApples\n\nPears\n\nPlums\n\n{SENTENCE}\n"
    assert headings(read(text)) == []


@pytest.mark.parametrize("line", ["Revenue | 252", "a@b.org", "But why?", "So it is.", "- An item"])
def test_lines_that_are_no_titles_stay_text(line: str) -> None:
    assert paragraphs(read(f"{SENTENCE}\n\n{line}\n\n{SENTENCE}\n"))[1] == line


def test_lines_are_counted_as_an_editor_does() -> None:
    document = read(f"One\r\n\r\n{SENTENCE}\r{SENTENCE} {SENTENCE} {SENTENCE}\n")
    lines = [place_of(document.place_starts, block.span) for block in document.blocks]
    assert lines == [Place(1, 1), Place(3, 3), Place(4, 4)]


def test_a_form_feed_does_not_count_as_a_line() -> None:
    document = read(f"{SENTENCE}\x0c\u2028{SENTENCE}\n{SENTENCE * 3}")
    assert [line for _, line in document.place_starts] == [1, 2]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\r\n\t\x85")))
def test_any_text_is_read_and_its_blocks_lie_in_it(text: str) -> None:
    document = read(text)
    end = 0
    for block in document.blocks:
        assert block.span.start >= end
        assert block.span.of(document.text).strip() == block.span.of(document.text) != ""
        end = block.span.end


def test_the_original_articles_keep_every_sentence(originals: Path) -> None:
    for path in sorted(originals.glob("*.txt")):
        document = read(path.read_bytes(), path.name)
        kept = [block.span.of(document.text) for block in document.blocks]
        lines = [line.strip() for line in document.text.splitlines() if line.strip()]
        dropped = [line for line in lines if not any(line in block for block in kept)]
        assert dropped in ([], RESIDUE_OF_THE_THIRD)


RESIDUE_OF_THE_THIRD = [
    "image",
    "Leave a Reply",
    "Your email address will not be published. Required fields are marked *",
]


def test_the_third_original_loses_its_residue_and_only_that(originals: Path) -> None:
    (path,) = originals.glob("002_*.txt")
    document = read(path.read_bytes(), path.name)
    kept = "\n".join(paragraphs(document))
    assert not [line for line in RESIDUE_OF_THE_THIRD if line in kept.splitlines()]
    assert kept.startswith("Meta is spending big")
    assert kept.endswith("much anyway.”")


def test_the_second_original_has_its_headings(originals: Path) -> None:
    (path,) = originals.glob("001_*.txt")
    document = read(path.read_bytes(), path.name)
    assert document.title == "Meta's Strategic Shift: Open-Sourcing AI Models with a Twist"
    assert headings(document)[1:] == [
        "The Open-Source Revolution?",
        "A Balancing Act",
        "Competitive Landscape",
        "A Hybrid Strategy?",
        "The Industry's Shift",
        "Looking Ahead",
    ]
