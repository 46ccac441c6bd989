"""A conversation as a page: it shows all of the evidence, loads nothing and can run nothing."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from lxml import html

from rag.chat.export.as_html import as_html
from rag.chat.export.conversation import Conversation
from rag.text.html_page import asset, templates_of
from rag.text.terminal import safe_line
from tests.chat.conversations import HOSTILE, conversation, hostile_conversation

RUNNING = ("script", "iframe", "object", "embed", "base", "link", "img", "form", "template")
LOADING = ("src", "srcset", "background", "poster", "data", "action", "formaction", "xlink:href")


def page_of(made: Conversation):
    return html.document_fromstring(as_html(made))


def words_of(element) -> str:
    return " ".join(" ".join(element.itertext()).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_no_element_no_handler_and_no_address(text):
    page = page_of(hostile_conversation(text))
    harmless = page_of(hostile_conversation("words"))
    tags = {element.tag for element in page.iter() if isinstance(element.tag, str)}
    assert tags <= {element.tag for element in harmless.iter()}
    assert not tags & set(RUNNING)
    attributes = [(name, value) for e in page.iter() for name, value in e.attrib.items()]
    assert not [n for n, _ in attributes if n.startswith("on") or n in LOADING or n == "style"]
    assert all(value.startswith("#a1") or value == "#a2" for n, value in attributes if n == "href")
    assert not list(page.iter(html.etree.Comment))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is(text):
    page = page_of(hostile_conversation(text))
    assert "".join(page.find(".//h1").itertext()) == safe_line(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_control_or_bidirectional_character_is_left(text):
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u202a-\u202e\u2066-\u2069\ufeff\U000e0041]",
        as_html(hostile_conversation(text)),
    )


def test_the_policy_allows_one_style_and_nothing_else():
    page = page_of(conversation())
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    style_hash = asset(templates_of("rag.chat.export", {}), "conversation.css")[1]
    assert policy == (
        f"default-src 'none'; style-src '{style_hash}'; base-uri 'none'; form-action 'none'"
    )
    assert "http" not in as_html(conversation()).replace("http-equiv", "")


def test_each_sentence_stands_with_its_verdict_score_and_quote():
    page = page_of(conversation())
    rows = [words_of(row) for row in page.find_class("row")]
    assert rows[0].startswith("It is so [1] . ✓ supported 0.90")
    assert "Word for word" not in rows[0]  # the claim holds its marker here: not the very words
    assert "“It is so.” [1] A title (2024-04-25) , line 13" in rows[0]
    assert "citation moved to the passage that supports it written 2 times" in rows[1]
    assert "⚠ source does not exist not in the passages: not" in rows[2]
    assert page.find_class("flagged")[0].text_content().strip().startswith("It is not so [9].")


def test_each_citation_leads_to_a_source_that_is_on_the_page():
    page = page_of(conversation())
    targets = {link.get("href") for link in page.iter("a")}
    assert "#a1-s1" in targets
    ids = {f"#{e.get('id')}" for e in page.iter() if e.get("id")}
    assert targets <= ids
    assert "#a1-s9" not in ids


def test_the_passage_of_a_source_marks_what_is_quoted():
    page = page_of(conversation())
    (mark,) = page.iter("mark")
    assert mark.text_content() == "It is so."


def test_ids_are_unique_and_headings_in_order():
    page = page_of(conversation())
    ids = [e.get("id") for e in page.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    levels = [int(e.tag[1]) for e in page.iter("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.get("lang") == "en"


def test_refusals_dropped_sentences_and_provenance_are_there():
    page = page_of(conversation())
    assert "Refused. The articles do not say." in page.find_class("refusal")[0].text_content()
    assert "Left out of the answer: 1 sentence" in page.text_content()
    origins = words_of(page.find_class("origins")[0])
    assert f"Answer 1: index id i1 engine llama model sha256 {'ab' * 32} verifier v" in origins
    badges = [words_of(badge) for badge in page.find_class("badges")[0]]
    assert badges == ["2 questions", "2 sentences supported", "1 not supported", "1 refused"]


def test_an_empty_conversation_is_a_page_too():
    assert "An empty conversation" in page_of(Conversation(())).text_content()
