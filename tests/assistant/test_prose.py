"""Texts from anywhere as statements: what is checked, what it leans on, what it cites."""

from __future__ import annotations

import pytest

from rag.assistant.listed import ListedSource, take_sources
from rag.assistant.prose import Statement, plain_statements, read_prose


def texts(prose: str) -> list[str]:
    return [statement.text for statement in read_prose(prose).statements]


def test_sentences_come_without_markers_and_with_their_labels_and_lines() -> None:
    given = read_prose("It opened in 2019 [1]. It has\ntwo ovens. [2, 3]\n\nIt is small.")
    assert [(s.text, s.labels, s.line) for s in given.statements] == [
        ("It opened in 2019.", (1,), 1),
        ("It has two ovens.", (2, 3), 1),
        ("It is small.", (), 4),
    ]


def test_markdown_leaves_only_its_words() -> None:
    prose = (
        "# Heading\n\nThe **bakery** is [old](http://a.b/c) and `warm`.[^2] <br>See "
        "![a picture](x.png) https://c.d/e\n\n```\nprint('Not prose.')\n```\n\n---\n\n"
        "> A quotation stays."
    )
    assert texts(prose) == ["The bakery is old and warm.", "See", "A quotation stays."]


def test_an_indented_or_underlined_paragraph_is_prose() -> None:
    assert texts("    The bakery is old.") == ["The bakery is old."]
    assert texts("The bakery is old.\n---\nIt is warm.") == ["The bakery is old.", "It is warm."]


def test_items_and_rows_are_statements_and_column_names_are_not() -> None:
    prose = "- Rye bread\n- Wheat bread\n\n| bread | loaves |\n|---|---|\n| Rye | 340 [1] |\n"
    assert texts(prose) == ["Rye bread", "Wheat bread", "Rye, 340"]
    assert read_prose(prose).statements[2].labels == (1,)


@pytest.mark.parametrize(
    ("prose", "leans_on"),
    [
        ("The Old Mill is in Tromsby. It opened in 2019.", "The Old Mill is in Tromsby."),
        ("The Old Mill is new. It is small. Its oven is old.", "The Old Mill is new."),
        ("# The Old Mill\n\nIt opened in 2019.", "The Old Mill"),
        ("# The Old Mill\n\nIn short:\n\n- opened in May 2019", "The Old Mill"),
        ("# The Old Mill\n\n- The bakery opened in 2019.", ""),
        ("The Old Mill is new. It is true that Ilse Varga built ovens.", ""),
        ("It opened in 2019.", ""),
        ("The Old Mill is new. Ilse Varga built it.", ""),
    ],
)
def test_what_points_back_leans_on_what_it_points_to(prose: str, leans_on: str) -> None:
    assert read_prose(prose).statements[-1].leans_on == leans_on


def test_sentences_that_are_apart_already_stay_whole() -> None:
    found = plain_statements(["One. Two [1].", "Three [2]."])
    assert found == (Statement("One. Two.", (1,), 1), Statement("Three.", (2,), 2))


def test_nothing_is_found_in_a_text_of_blanks_or_signs() -> None:
    assert texts(" \n\n") == []
    assert texts("---\n\n***\n\n…") == []


PRINTED = """\
The bakery opened in 2019 [1].

[1] The bakery on the corner (2021-03-04)
    articles/bakery.md:6
    “The bakery opened in
     2019.”
    “It has “two” ovens.”
[2] A harbour freezes over
    articles/harbour.md:3
"""


def test_the_sources_that_this_program_prints_are_read_back() -> None:
    given = read_prose(PRINTED)
    assert [s.text for s in given.statements] == ["The bakery opened in 2019."]
    assert given.sources == (
        ListedSource(
            1, "The bakery on the corner", ("The bakery opened in 2019.", "It has “two” ovens.")
        ),
        ListedSource(2, "A harbour freezes over"),
    )


@pytest.mark.parametrize(
    "listed",
    [
        "## Sources\n\n1. The bakery\n2. The harbour\n",
        "**References:**\n- [1] The bakery\n- [2] *The harbour*\n",
        "Sources:\n[1]: The bakery\n[2]: The harbour (2020-01-17)\n",
        "[1]: The bakery\n[2]: The harbour\n",
    ],
)
def test_lists_of_sources_of_other_programs_are_read(listed: str) -> None:
    given = read_prose(f"It is so [1].\n\n{listed}")
    assert [s.text for s in given.statements] == ["It is so."]
    assert [(s.label, s.title) for s in given.sources] == [(1, "The bakery"), (2, "The harbour")]


def test_what_follows_the_list_of_sources_under_a_heading_is_read_on() -> None:
    given = read_prose("## Sources\n1. The bakery\n\n## More\n\nIt is so.\n")
    assert [(s.text, s.line) for s in given.statements] == [("It is so.", 6)]


def test_a_sentence_that_begins_with_a_marker_is_no_source() -> None:
    assert texts("[1] says that it is so.\nIt is.") == ["says that it is so.", "It is."]


def test_of_a_label_that_is_listed_twice_the_first_holds() -> None:
    _, sources = take_sources("Sources\n1. One\n1. Other\n")
    assert sources == (ListedSource(1, "One"),)


def test_the_header_of_an_article_states_nothing_and_lines_keep_their_numbers() -> None:
    given = read_prose("---\ntitle: The mill\ndate: 2024-01-02\n---\n\nThe mill opened in 2019.\n")
    assert [(s.text, s.line) for s in given.statements] == [("The mill opened in 2019.", 6)]
