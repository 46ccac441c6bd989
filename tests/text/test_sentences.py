"""Sentences of whole texts and of texts that are still being written."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.sentences import SentenceSplitter, sentence_spans


def cut(text: str) -> list[str]:
    return [span.of(text) for span in sentence_spans(text)]


# Each case is written with "|" between its sentences.
CASES = {
    "abbreviations": [
        "The U.S. Army came.| It left the U.S.| Then it rained.",
        "Mr. Wang met Dr. Li at Meta Inc. today.| Meta Inc. said no.| It works for Acme Inc.| Yet.",
        "See e.g. Llama, i.e. a model, etc. as before.| It is No. 5 of 7.| No.| People left.",
        "On Jan. 5 they met at 5 p.m. in St. Louis.| It ended at 5 p.m.| Nobody stayed.",
        "J. K. Rowling and John F. Kennedy.| He chose plan B.| It failed.",
        "Smith et al. found it.| See Fig. 3 and p. 12.| So it is.",
    ],
    "numbers": [
        "Llama 3.1 has 8B parameters.| It costs $3.50.| Version 2.0.1 is out.",
        "It began in 2023.| 2024 was better.| Llama 3.| It is new.",
    ],
    "quotations": [
        "“We expect it to lead the industry.”| However, a year later he left.",
        'He said "it works."| Then she said "no!"| They agreed.',
        "then we won’t,”.| While many say so, it is.",
        "“Why?” asked Ratner.| “Go!” she said.| “Really?” Alex Ratner asked.",
        "“Is it open?”| Nobody knows.| “Our position is unchanged,” a spokesperson said.",
        "It begins to come into sight.”, reported TechCrunch.| It did.",
    ],
    "markers": [
        "It is so. [1]| And so [2].| Next.[3][4]| More. [1, 2].| End",
        "A claim [1].| Another.[2] | Third",
    ],
    "parentheses": [
        "It rose (see p. 3. It says so.) again.| Then it fell.",
        "(All in. All out.)| Next one.| It fell (at last!).| Done.",
        "He left (at noon.| She stayed." + "x" * 300,
    ],
    "ellipses": [
        "Well... maybe not.| It ended…| Then it began again.| And so on...| Yes.",
        "Is it so?!| Yes!!| No?| Good.",
    ],
    "names in lower case": [
        "It runs.| llama.cpp is fast.| iPhone users know.| It uses llama.cpp for all.",
        "a text without capitals.| it goes well.| and then approx. five.",
    ],
    "lists": [
        "Sizes:\n- |eight\n- |seventy\n* |more",
        "1. First thing.\n|2. Second thing.\n|3) Third thing",
        "A wrapped line that goes\non to the next. |And here\nit ends.",
        "A paragraph\n\n|Another one",
    ],
    "other scripts": ["这是一。|那是二！|对。", "Это так.| Да. | Нет"],
}


@pytest.mark.parametrize("case", [case for cases in CASES.values() for case in cases])
def test_a_text_is_cut_where_its_sentences_end(case: str) -> None:
    wanted = [re.sub(r"\s*\n[-*] $", "", part).strip() for part in case.split("|")]
    assert cut(case.replace("|", "")) == wanted


def test_spans_are_trimmed_and_in_order() -> None:
    text = "  One.   Two. \r\n "
    assert [(span.start, span.end) for span in sentence_spans(text)] == [(2, 6), (9, 13)]


@pytest.mark.parametrize("text", ["", "   ", "\n\r\n\t"])
def test_blanks_have_no_sentences(text: str) -> None:
    assert sentence_spans(text) == []


PIECES = st.sampled_from(
    [*" .!?…\n()[]1“”\"',;:-", ". ", "[1]", "U.S.", "Mr. ", "e.g. ", "The ", "word ", "llama.cpp",
     "\r\n", "\n- ", "3.1", "Why?” ", "Alex Ratner said", "。", "x", "é", "\u200b", "👩"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@given(TEXTS | st.text())
def test_nothing_but_blanks_and_bullets_lies_between_sentences(text: str) -> None:
    end = 0
    for span in sentence_spans(text):
        assert span.start >= end
        assert re.fullmatch(r"[\s*•‣◦>-]*", text[end : span.start])
        assert span.of(text).strip() == span.of(text) != ""
        end = span.end
    assert re.fullmatch(r"[\s*•‣◦>-]*", text[end:])


@settings(max_examples=400)
@given(TEXTS, st.data())
def test_a_text_in_pieces_gives_the_sentences_of_the_whole(text: str, data: st.DataObject) -> None:
    splitter, found, at = SentenceSplitter(), [], 0
    while at < len(text):
        end = data.draw(st.integers(at + 1, len(text)))
        found += splitter.push(text[at:end])
        at = end
    rest = splitter.pending
    assert splitter.finish() == rest.strip()
    assert found + cut(rest) == cut(text)


@pytest.mark.parametrize(
    ("pushed", "complete"),
    [
        ("It is so.", []),
        ("It is so. ", []),
        ("It is so. [", []),
        ("It is so. [1", []),
        ("It is so. [1] ", []),
        ("It is so. [1] N", ["It is so. [1]"]),
        ("It is so [1]. N", ["It is so [1]."]),
        ("The U.S. A", []),
        ("The U.S. Army ", []),
        ("It is 3.", []),
        ("He (or she", []),
        ("One. Two. T", ["One.", "Two."]),
        ("One.\n\nT", ["One."]),
    ],
)
def test_a_sentence_is_given_only_when_it_is_surely_complete(
    pushed: str, complete: list[str]
) -> None:
    splitter = SentenceSplitter()
    given_back = [sentence for char in pushed for sentence in splitter.push(char)]
    assert given_back == complete


def test_a_parenthesis_that_a_list_item_breaks_holds_nothing_below() -> None:
    text = "A (list:\n- One. llama.cpp two) three. Four"
    splitter = SentenceSplitter()
    found = [sentence for char in text for sentence in splitter.push(char)]
    assert [*found, splitter.finish()] == cut(text)


def test_finish_gives_the_rest_and_starts_anew() -> None:
    splitter = SentenceSplitter()
    assert splitter.push("One. And ") == ["One."]
    assert splitter.pending.strip() == "And"
    assert splitter.finish() == "And"
    assert splitter.finish() == ""


HOSTILE = {
    "dots": "." * 200_000 + "x",
    "closers": ".”" * 100_000 + "x",
    "brackets": "(" * 200_000,
    "blanks": "A. " + " \t" * 100_000 + "x",
    "markers": ". [1" * 20_000,
    "no capitals": "x. y. " * 10_000,
    "line ends": "\n\r" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_linear_time(name: str) -> None:
    began = time.perf_counter()
    sentence_spans(HOSTILE[name])
    assert time.perf_counter() - began < 5


def test_the_original_articles_are_cut_into_plausible_sentences(
    original_articles: list[str],
) -> None:
    sentences = [s for paragraph in original_articles for s in cut(paragraph)]
    assert 80 <= len(sentences) <= 110
    assert max(map(len, sentences)) < 700
    assert not [s for s in sentences if s[0].islower() and s != "image"]
    assert any(s.endswith("we won’t,”.") for s in sentences)
    assert any(s.endswith("a U.S.-made option for developers.") for s in sentences)


def test_few_sentences_of_an_encyclopedia_look_cut_in_two(wikipedia_paragraphs: list[str]) -> None:
    sentences = [s for paragraph in wikipedia_paragraphs for s in cut(paragraph)]
    odd = [s for s in sentences if len(s) < 12 or s[0].islower()]
    assert len(odd) <= 0.01 * len(sentences), odd
    assert sum(map(len, sentences)) / len(sentences) < 200
