"""A conversation as Markdown: all of the evidence, and nothing that an article smuggles in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt

from rag.chat.export.as_markdown import as_markdown
from rag.chat.export.conversation import Conversation
from rag.text.markdown import plain_words
from rag.text.terminal import safe_line
from rag.types import Conflict, ConflictSide
from tests.chat.conversations import HOSTILE, conversation, hostile_conversation
from tests.cli.answers import answer, evidence, sentence

OURS = {"h1", "h2", "h3", "p", "ol", "ul", "li", "strong", "em", "blockquote", "a", "div"}
"""The elements that the export itself makes."""


def rendered(text: str):
    """``text`` as a generous renderer shows it: tables, raw HTML, every bare word that may link."""
    renderer = MarkdownIt("commonmark", {"html": True, "linkify": False})
    renderer.enable(["table", "strikethrough"])
    return html.fromstring(f"<div>{renderer.render(text)}</div>")


def shown(text: str) -> str:
    return " ".join("".join(rendered(text).itertext()).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_no_element_and_no_link(text):
    page = rendered(as_markdown(hostile_conversation(text)))
    assert {element.tag for element in page.iter()} <= OURS
    targets = {element.get("href") for element in page.iter("a")}
    assert all(target.startswith("#source-1-") for target in targets)
    assert {name for element in page.iter() for name in element.attrib} <= {"href"}


@pytest.mark.parametrize("text", HOSTILE)
def test_the_words_of_hostile_text_come_out_as_they_are(text):
    for context in ("{}", "**{}**", "> {}", "- {}", "### {}"):
        assert shown(context.format(plain_words(text))) == safe_line(text)


@given(st.text(st.sampled_from("\\`*_[](){}<>&|~$^=#+-:;!.%@/\"' \n\tab1w"), max_size=40))
def test_whatever_the_words_are_they_come_out_as_they_are(text):
    words = safe_line(text)
    for context in ("{}", "> {}", "- {}", "[{}](#source-1-1)"):
        page = rendered(context.format(plain_words(text)))
        assert "".join(page.itertext()).strip() == words
    assert shown(f"x {plain_words(text)}") == " ".join(f"x {words}".split())
    assert "".join(rendered(f"**x{plain_words(text)}**").itertext()).strip() == f"x{words}"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_heading(text):
    page = rendered(as_markdown(hostile_conversation(text)))
    headings = [element.tag for element in page.iter("h1", "h2", "h3")]
    wanted = ["h1", "h2", "h3", "h3", "h3", "h3", "h2", "h2"]
    assert headings == wanted


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_acts_on_a_terminal(text):
    made = as_markdown(hostile_conversation(text))
    assert made.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("words", "escaped"),
    [
        ("see https://example.org", r"see https\://example\.org"),
        ("www.example.org", r"www\.example\.org"),
        ("you@example.org", r"you\@example\.org"),
        ("Llama 3.1 has 8,192 tokens (U.S.).", r"Llama 3.1 has 8,192 tokens (U\.S.)."),
        ("1. first", r"1\. first"),
        ("2019 was", "2019 was"),
        ("- not an item", r"\- not an item"),
        ("so-called", "so-called"),
        ("C# and 50 %", "C# and 50 %"),
        ("wow!", r"wow\!"),
        ("{{ x }} {% x %}", r"\{\{ x \}\} \{% x %\}"),
        ("two\nlines", "two lines"),
        ("", ""),
    ],
)
def test_only_what_could_mean_something_is_escaped(words, escaped):
    assert plain_words(words) == escaped


def test_a_citation_leads_to_the_heading_of_its_source():
    made = as_markdown(conversation())
    assert r"It is so [\[1\]](#source-1-1)." in made
    assert "### Source 1-1\n\n**A title** (2024-04-25), a\\.md, lines 12-14" in made
    assert "> It is so.\n>\n> line 13" in made


def test_flags_and_checks_say_what_was_found():
    made = as_markdown(conversation())
    assert r"It is not so \[9\]. **⚠ source does not exist**" in made
    assert "1. “It is so \\[1\\].”: **supported** 0.90 by [\\[1\\]](#source-1-1)" in made
    assert "; citation moved to the passage that supports it; written 2 times" in made
    assert "; not in the passages: not" in made


def test_what_was_dropped_refused_and_how_it_came_about_is_there():
    made = as_markdown(conversation())
    assert "### Left out of the answer\n\n1. “It was so.”: **not supported** 0.20" in made
    assert "**Refused.** The articles do not say." in made
    assert "Closest passages:" in made
    assert "Answer 1:\n\n- index id: i1\n- engine: llama\n- model sha256: abab" in made
    assert "Answer 2: nothing is known." in made


def test_answers_that_differ_stand_beside_each_other():
    sides = (
        ConflictSide(evidence("Now it is 9.", label=1), "9"),
        ConflictSide(evidence("It was 7.", label=2), "7"),
    )
    made = as_markdown(
        Conversation((replace(answer(sentence()), conflicts=(Conflict(sides, True),)),))
    )
    assert "**The articles differ** (newest first):\n\n- **9**: “Now it is 9.” [" in made
    assert "- **7**: “It was 7.” [\\[2\\]](#source-1-2) (2024-04-25)" in made
    assert "### Source 1-2" in made


def test_an_empty_conversation_says_so():
    assert as_markdown(Conversation(())).startswith("# An empty conversation\n\n0 questions")
