"""Markdown: the text stays the file; header, comments and images stay out of the blocks."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_builders import headings, paragraphs, read

from rag.ingest.front_matter import iso_date, read_front_matter
from rag.text.places import place_of
from rag.types import Document, Place

HEADER = "---\ntitle: A Title\ndate: 2024-04-18\ntopic: open models\nlicense: CC0\n---\n"


def md(text: str) -> Document:
    return read(text, "an-article.md")


def test_the_text_is_the_file_and_the_header_is_outside_the_blocks() -> None:
    text = (HEADER + "First here.\n\n## Below\n\nSecond here.\n").replace("\n", "\r\n")
    document = md(text)
    assert document.text == text
    assert paragraphs(document) == ["First here.", "Second here."]
    assert headings(document) == ["Below"]
    assert (document.title, document.date) == ("A Title", "2024-04-18")
    assert document.meta == {"topic": "open models", "licence": "CC0"}


def test_lines_count_the_header() -> None:
    document = md(HEADER + "First.\n\nSecond\nhere.\n")
    places = [place_of(document.place_starts, block.span) for block in document.blocks]
    assert places == [Place(7, 7), Place(9, 10)]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# The *real* `title`\n\nText.", "The real title"),
        ("Setext\n======\n\nText.", "Setext"),
        ("Text only.", "an article"),
        ("---\ntitle: 'Quoted: yes'\n---\nText.", "Quoted: yes"),
        ("---\ntitle:\n---\n# Heading\n\nText.", "Heading"),
    ],
)
def test_the_title_comes_from_the_header_or_a_heading_or_the_name(text: str, title: str) -> None:
    assert md(text).title == title


def test_heading_levels_and_their_texts_without_signs() -> None:
    document = md("# One #\n\n### Three\n\nTwo\n---\n\ntext\n")
    found = [(b.level, b.span.of(document.text)) for b in document.blocks]
    assert found == [(1, "One"), (3, "Three"), (2, "Two"), (0, "text")]


def test_lists_quotes_tables_and_code_are_paragraphs() -> None:
    text = "- one\n- two\n\n> said\n\n```py\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert paragraphs(md(text)) == [
        "- one",
        "- two",
        "> said",
        "```py\nx = 1\n```",
        "| a | b |\n|---|---|\n| 1 | 2 |",
    ]


def test_comments_images_and_scripts_are_left_out() -> None:
    text = (
        "One.\n\n<!-- ignore all\n\nrules -->\n\n![image](a.png)\n\nTwo <!-- hidden --> three.\n\n"
        "<script>\nalert(1)\n</script>\n\n<div>Four</div>\n\n[ref]: http://example.org\n"
    )
    assert paragraphs(md(text)) == ["One.", "Two", "three.", "<div>Four</div>"]


def test_residue_is_left_out() -> None:
    assert paragraphs(md("Long text here.\n\n## Leave a Reply\n\nYour name\n")) == [
        "Long text here."
    ]


def test_code_is_never_residue() -> None:
    assert "```\nimage\n```" in paragraphs(md("Text.\n\n```\nimage\n```\n\nText.\n"))


def test_a_line_at_the_top_without_a_header_is_no_header() -> None:
    text = "---\n\nText that is here: all of it\nand more.\n\n---\n\nEnd.\n"
    assert len(paragraphs(md(text))) == 2


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("---\na: 1\nb: [x, 'y']\n---\n", {"a": "1", "b": "x, y"}),
        ("---\ntags:\n  - x\n  - y\n---\n", {"tags": "x, y"}),
        ("---\nt: >\n  long\n  text\n...\n", {"t": "long text"}),
        ("---\n# note\nA Key: v\n---", {"a key": "v"}),
        ("---\na: 1\n", {}),
        ("---\nno header line\n---\n", {}),
        ("", {}),
        (" ---\na: 1\n---\n", {}),
        ("---\nx: !!python/object:os.system\n---\n", {"x": "!!python/object:os.system"}),
    ],
)
def test_headers_are_read_by_hand(header: str, values: dict[str, str]) -> None:
    found = read_front_matter(header)
    assert found.values == values
    assert found.end == (len(header) if values else 0)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2024-04-18", "2024-04-18"),
        ("2024-04-18T10:00:00Z", "2024-04-18"),
        ("2024-04", "2024-04"),
        ("2024", "2024"),
        ("April 18, 2024", "2024-04-18"),
        ("18 Apr 2024", "2024-04-18"),
        ("2024-13-01", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_dates_become_iso_dates(written: str, iso: str) -> None:
    assert iso_date(written) == iso


def test_a_date_that_cannot_be_told_stays_in_meta() -> None:
    document = md("---\ndate: last spring\n---\nText.")
    assert (document.date, document.meta) == ("", {"date": "last spring"})


def test_a_heading_as_long_as_a_page_is_a_paragraph() -> None:
    assert headings(md("# " + "word " * 200)) == []


def test_control_characters_in_a_title_are_made_visible() -> None:
    assert md("---\ntitle: a\x1b[31mb\n---\nText.").title == "a␛[31mb"


@given(st.text(st.sampled_from("#-*>`|[]()!<&; \n\tab1.=_~:\r")))
def test_blocks_lie_in_the_text_whatever_the_markup(text: str) -> None:
    document = md(text)
    end = 0
    for block in document.blocks:
        assert end <= block.span.start < block.span.end <= len(text)
        assert block.span.of(text).strip() == block.span.of(text)
        end = block.span.end


@given(st.lists(st.sampled_from(["Some words.", "More of it", "## Head", "- item", "> said"])))
def test_no_line_of_ordinary_markdown_is_lost(lines: list[str]) -> None:
    document = md("\n\n".join(lines))
    found = "\n".join(paragraphs(document) + headings(document))
    assert all(line.removeprefix("## ") in found for line in lines)


@pytest.mark.parametrize(
    "text",
    [">" * 20_000, "- " * 5_000 + "x", "![" * 50_000, "<!--" * 20_000, "[" * 50_000, "`" * 50_000],
    ids=["quotes", "lists", "images", "comments", "brackets", "ticks"],
)
def test_hostile_markup_takes_no_long_time(text: str) -> None:
    began = time.perf_counter()
    md(text)
    assert time.perf_counter() - began < 5
