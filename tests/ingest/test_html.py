"""HTML: the main text without the site around it, and the lines it stands on."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_builders import headings, paragraphs, read

from rag.ingest.html_scan import fragments, scanned_blocks
from rag.text.places import place_of
from rag.types import Document, Place

PAGE = """<!DOCTYPE html><html><head><title>T | Site</title>
<meta property="og:title" content="The Real Title">
<meta property="article:published_time" content="2024-04-18T10:00:00Z"></head>
<body><nav><a href="/">Home</a><a href="/n">News</a></nav>
<article><h1>The Real Title</h1>
<p>First paragraph of the article with <b>bold</b> text and
enough length to be kept by the extractor &amp; by us.</p>
<h2>Below</h2>
<p>Second paragraph, also long enough to be considered by it.</p>
<ul><li>One item here</li>
<li>Two items there</li></ul>
<table><tr><th>Model</th><th>Size</th></tr><tr><td>Llama</td><td>8B</td></tr></table>
<script>var hidden = 1;</script>
</article><div><h3>Leave a Reply</h3><p>Your email address will not be published.</p></div>
<footer>© 2024 Site</footer></body></html>"""


def html(text: str | bytes) -> Document:
    return read(text, "a-page.html")


def test_the_main_text_is_kept_and_the_site_is_not() -> None:
    document = html(PAGE)
    assert (document.title, document.date) == ("The Real Title", "2024-04-18")
    assert headings(document) == ["The Real Title", "Below"]
    assert paragraphs(document) == [
        "First paragraph of the article with bold text and enough length to be kept by the"
        " extractor & by us.",
        "Second paragraph, also long enough to be considered by it.",
        "One item here",
        "Two items there",
        "Model | Size",
        "Llama | 8B",
    ]


def test_blocks_are_separated_by_blank_lines() -> None:
    document = html(PAGE)
    assert document.text == "\n\n".join(b.span.of(document.text) for b in document.blocks)


def test_blocks_lead_back_to_the_lines_of_the_page() -> None:
    document = html(PAGE)
    places = [place_of(document.place_starts, block.span) for block in document.blocks]
    found = [(place.first, place.last) for place in places]
    assert found == [(5, 5), (6, 7), (8, 8), (9, 9), (10, 10), (11, 11), (12, 12), (12, 12)]


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_other_line_ends_count_alike(ending: str) -> None:
    document = html(PAGE.replace("\n", ending))
    assert place_of(document.place_starts, document.blocks[1].span) == Place(6, 7)


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Short one.</p>", "Short one."),
        ("just text <3 & more", "just text <3 & more"),
        ("<p>open <!-- never closed", "open"),
        ("<p>a <b>b</b> <i>c</i>d</p>", "a b cd"),
        ("<script>x</script><p>y z</p><style>q", "y z"),
        ("", ""),
        (
            '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
            "<body><p>Hello there.</p></body></html>",
            "Hello there.",
        ),
    ],
)
def test_odd_pages_are_read_all_the_same(page: str, text: str) -> None:
    assert " ".join(html(page).text.split()) == text


def test_a_declared_encoding_is_used() -> None:
    page = '<html><head><meta charset="windows-1251"></head><body><p>Привет, мир.</p></body></html>'
    document = html(page.encode("cp1251"))
    assert document.text == "Привет, мир."
    assert document.meta["encoding"] == "cp1251"


def test_a_page_that_is_all_list_keeps_its_items() -> None:
    items = "".join(f"<li>Item number {n} of the list</li>\n" for n in range(30))
    text = html(f"<html><body><ul>{items}</ul></body></html>").text
    assert all(f"Item number {n} of" in text for n in range(30))


@pytest.mark.parametrize(
    "tag", ["div", "b", "blockquote", "ul><li", "table><tr><td", "nav", "!--", "script", "p", "x"]
)
def test_a_hundred_thousand_open_tags_neither_crash_nor_hang(tag: str) -> None:
    began = time.perf_counter()
    html("<html><body>" + f"<{tag}>" * 100_000 + "<p>Deep text is here.</p></body></html>")
    assert time.perf_counter() - began < 8


@pytest.mark.parametrize("text", ["<" * 50_000, "&" * 50_000, "</" * 50_000, "<script " * 20_000])
def test_hostile_text_takes_no_long_time(text: str) -> None:
    began = time.perf_counter()
    scanned_blocks(text)
    assert time.perf_counter() - began < 5


@given(st.text(st.sampled_from("<>/!-&;pbh1 \n\"'ascript")))
def test_the_scanner_reads_anything_and_counts_its_lines(source: str) -> None:
    lines = [fragment.line for fragment in fragments(source)]
    assert lines == sorted(lines)
    assert all(1 <= line <= source.count("\n") + 1 for line in lines)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["<p>", "</p>", "<h2>", "</h2>", "a b.", "<br>", "<li>", "\n"])))
def test_the_map_of_any_page_is_sorted_and_inside(parts: list[str]) -> None:
    document = html("".join(parts))
    offsets = [offset for offset, _ in document.place_starts]
    assert offsets == sorted(offsets)
    assert offsets[0] == 0
    assert all(0 <= offset <= len(document.text) for offset in offsets)
