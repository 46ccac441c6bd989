"""Chunks: verbatim slices of whole sentences, each sentence once, never too long."""

from __future__ import annotations

import dataclasses
import re
from itertools import pairwise

import pytest
from chunk_builders import count_words, make_document
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunking.packer import SentenceChunker, chunk_id
from rag.errors import UsageError
from rag.text.sentences import sentence_spans
from rag.types import Place, Span

SENTENCE = "The model has eight billion weights and runs at home."  # 11 tokens
SIGNS = "abcABC0129 .,;?!“”()[]\n\t-—’é日。🙂\u0301\u200d\u202e"
PARAGRAPHS = st.lists(
    st.text(SIGNS, min_size=1, max_size=300).filter(str.strip)
    | st.lists(st.sampled_from(SENTENCE.split()), min_size=1, max_size=80).map(" ".join)
    | st.just("#Heading")
    | st.just("x" * 700),
    max_size=8,
)


def chunker(target: int = 30, most: int = 40) -> SentenceChunker:
    return SentenceChunker(count_words, target_tokens=target, max_tokens=most)


@settings(max_examples=200, deadline=None)
@given(PARAGRAPHS, st.sampled_from(["\n\n", "\n", "\r\n\r\n"]))
def test_chunks_are_slices_that_hold_every_sentence_once(parts: list[str], sep: str) -> None:
    document = make_document(*parts, sep=sep)
    chunks = chunker().chunk(document)
    for chunk in chunks:
        assert chunk.text == chunk.span.of(document.text)
        assert chunk.sentences[0].start == 0
        assert chunk.sentences[-1].end == len(chunk.text)
    covered = [span.shifted(chunk.span.start) for chunk in chunks for span in chunk.sentences]
    assert all(one.end <= other.start for one, other in pairwise(covered))
    wanted = [
        span.shifted(block.span.start)
        for block in document.blocks
        if not block.level
        for span in sentence_spans(block.span.of(document.text))
    ]
    for sentence in wanted:
        inside = [s for s in covered if sentence.start <= s.start and s.end <= sentence.end]
        assert "".join("".join(s.of(document.text).split()) for s in inside) == "".join(
            sentence.of(document.text).split()
        )
    assert sum(len(s.of(document.text)) for s in covered) <= sum(
        len(s.of(document.text)) for s in wanted
    )


@settings(max_examples=200, deadline=None)
@given(PARAGRAPHS, st.integers(8, 60))
def test_a_chunk_with_its_context_never_exceeds_the_limit(parts: list[str], most: int) -> None:
    for chunk in chunker(min(20, most), most).chunk(make_document(*parts)):
        assert count_words([f"{chunk.context}\n{chunk.text}"])[0] <= most
        assert len(chunk.text) <= 8 * most


@given(PARAGRAPHS)
def test_chunking_again_gives_the_same(parts: list[str]) -> None:
    document = make_document(*parts)
    assert chunker().chunk(document) == chunker().chunk(document)


def test_an_empty_document_has_no_chunks() -> None:
    assert chunker().chunk(make_document()) == []
    assert chunker().chunk(make_document("# Only a heading")) == []


def test_sentences_fill_a_chunk_up_to_the_target() -> None:
    document = make_document(" ".join([SENTENCE] * 7))
    sizes = [len(chunk.sentences) for chunk in chunker(35, 60).chunk(document)]
    assert sizes == [3, 4]  # the last alone would be short, so it joins the one before


def test_a_short_end_stands_alone_where_it_does_not_fit() -> None:
    document = make_document(" ".join([SENTENCE] * 4))
    sizes = [len(chunk.sentences) for chunk in chunker(35, 40).chunk(document)]
    assert sizes == [3, 1]


def test_paragraphs_share_a_chunk_and_headings_part_them() -> None:
    document = make_document("One is here.", "Two is here.", "## Below", "Three is here.")
    first, second = chunker().chunk(document)
    assert first.text == "One is here.\n\nTwo is here."
    assert (first.headings, second.headings) == ((), ("Below",))


def test_a_chunk_never_spans_what_was_left_out() -> None:
    whole = make_document("One is here.", "Leave a Reply", "Two is here.")
    document = dataclasses.replace(whole, blocks=(whole.blocks[0], whole.blocks[2]))
    assert [chunk.text for chunk in chunker().chunk(document)] == ["One is here.", "Two is here."]


def test_headings_are_those_above_outermost_first() -> None:
    document = make_document("# A title", "a.", "## B", "### C", "c.", "## D", "d.")
    chunks = chunker().chunk(document)
    assert [chunk.headings for chunk in chunks] == [(), ("B", "C"), ("D",)]


def test_headings_that_leave_no_room_are_dropped_from_the_outside() -> None:
    document = make_document("# " + "Outer words " * 8, "## Inner", SENTENCE)
    (chunk,) = chunker(30, 40).chunk(document)
    assert chunk.headings == ("Inner",)


def test_a_long_title_stays_whole_and_leaves_half_the_room() -> None:
    document = make_document(" ".join([SENTENCE] * 4), title="very " * 100 + "long")
    chunks = chunker(30, 40).chunk(document)
    assert chunks[0].title == document.title
    assert max(count_words([chunk.text])[0] for chunk in chunks) <= 20


def test_a_long_sentence_is_parted_after_a_clause() -> None:
    document = make_document("one two three four five six, seven eight nine ten eleven twelve")
    chunks = chunker(8, 12).chunk(document)
    assert chunks[0].text.endswith("six,")
    assert " ".join(chunk.text for chunk in chunks) == document.text


def test_a_long_sentence_that_fits_stays_whole() -> None:
    sentence = " ".join(["Word"] * 35) + "."
    document = make_document(f"{SENTENCE} {sentence} {SENTENCE}", title="T")
    assert sentence in [chunk.text for chunk in chunker(30, 40).chunk(document)]


def test_a_tokenizer_that_counts_joints_is_obeyed() -> None:
    def greedy(texts: list[str]) -> list[int]:
        return [n + text.count(". ") * 2 for n, text in zip(count_words(texts), texts, strict=True)]

    document = make_document(" ".join(["One two three."] * 40), title="T")
    for chunk in SentenceChunker(greedy, target_tokens=40, max_tokens=42).chunk(document):
        assert greedy([chunk.context + "\n" + chunk.text])[0] <= 42


def test_an_id_stands_for_document_place_and_text() -> None:
    ids = {
        chunk_id("a", Span(0, 3), "One"),
        chunk_id("b", Span(0, 3), "One"),
        chunk_id("a", Span(1, 4), "One"),
        chunk_id("a", Span(0, 3), "Two"),
    }
    assert len(ids) == 4
    assert all(re.fullmatch("[0-9a-f]{16}", found) for found in ids)
    assert chunk_id("a", Span(0, 3), "One") in ids


def test_lines_are_those_of_the_source() -> None:
    document = dataclasses.replace(
        make_document("One is.", "## B", "Two is.\nAnd on."),
        place_starts=((0, 4), (9, 6), (12, 8), (20, 9)),
    )
    assert [chunk.place for chunk in chunker().chunk(document)] == [Place(4, 4), Place(8, 9)]


def test_the_name_tells_chunkers_apart() -> None:
    names = {chunker(30, 40).name, chunker(30, 50).name, chunker(20, 40).name}
    assert len(names) == 3


@pytest.mark.parametrize(("target", "most"), [(0, 40), (50, 40), (4, 7)])
def test_sizes_that_cannot_work_are_refused(target: int, most: int) -> None:
    with pytest.raises(ValueError, match="no chunks of"):
        chunker(target, most)


def test_an_embedder_that_takes_less_than_a_chunk_is_said() -> None:
    asked: list[int] = []

    def limit() -> int:
        asked.append(1)
        return 100

    late = SentenceChunker(count_words, target_tokens=128, max_tokens=limit)
    assert late.name == "sentences-128-v1"
    assert not asked
    document = make_document("Some words stand here.")
    with pytest.raises(UsageError, match="chunk_tokens is 128, and the embedder takes 100 at"):
        late.chunk(document)


def test_a_limit_that_is_asked_for_cuts_as_a_given_one() -> None:
    document = make_document(" ".join(f"Sentence {n} has words." for n in range(100)))
    late = SentenceChunker(count_words, target_tokens=40, max_tokens=lambda: 60)
    assert late.chunk(document) == chunker(40, 60).chunk(document)
