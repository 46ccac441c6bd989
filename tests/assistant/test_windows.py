"""Long passages are narrowed to the sentences that matter, and stay slices of their document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rag.assistant.windows import narrowed, offers, placed
from rag.grounding.evidence import evidence_at
from rag.types import Chunk, Passage, Place, PlaceUnit, RankedSentence, Span
from tests.support.passages import passage

SENTENCES = [f"This is sentence number {n} of a long text.\n" for n in range(20)]
DOCUMENT = "A heading\n\n" + "".join(SENTENCES)
LONG = passage(1, DOCUMENT[11:], start=11, first_line=3).chunk
ONE = len(SENTENCES[5])


def ranked(chunk: Chunk, scores: Mapping[int, float]) -> list[list[RankedSentence]]:
    """One ranking in which sentences have ``scores``, others nearly none."""
    found = Passage(1, chunk)
    sentences = enumerate(chunk.sentences)
    return [[RankedSentence(found, span, scores.get(n, 0.001)) for n, span in sentences]]


def offer(scores: Mapping[int, float], *previous: Passage, max_chars: int = 4 * ONE) -> Chunk:
    (chunk,) = offers([LONG], ranked(LONG, scores), previous, max_chars=max_chars)
    return chunk


def test_the_window_lies_around_the_evidence_and_is_short_enough() -> None:
    chunk = offer({9: 0.9, 10: 0.5})
    assert "number 9 of" in chunk.text
    assert "number 10 of" in chunk.text
    assert 2 * ONE < len(chunk.text) <= 4 * ONE


def test_the_window_takes_in_the_neighbours_that_matter_most() -> None:
    assert "number 8 of" in offer({9: 0.9, 8: 0.8}, max_chars=2 * ONE + 2).text
    assert "number 10 of" in offer({9: 0.9, 10: 0.8}, max_chars=2 * ONE + 2).text


def test_a_window_is_a_slice_of_its_document_with_all_that_belongs_to_it() -> None:
    chunk = offer({13: 0.9})
    assert chunk.id == LONG.id
    assert chunk.text == chunk.span.of(DOCUMENT)
    assert chunk.sentences
    for span in chunk.sentences:
        assert span.of(chunk.text).startswith("This is sentence")
        assert span.of(chunk.text).endswith("long text.")
    evidence = evidence_at(Passage(1, chunk), chunk.sentences[0])
    assert evidence.quote == evidence.span.of(DOCUMENT)
    line = DOCUMENT[: evidence.span.start].count("\n") + 1
    assert evidence.place == Place(line, line)


def test_a_window_keeps_the_pages_it_touches() -> None:
    cut = LONG.sentences[5].start
    paged = replace(LONG, place_starts=((0, 3), (cut, 4), (cut + 200, 9)), unit=PlaceUnit.PAGE)
    window = narrowed(paged, Span(LONG.sentences[4].start, LONG.sentences[6].end))
    assert window.place == Place(3, 4, PlaceUnit.PAGE)
    assert narrowed(paged, Span(cut, LONG.sentences[6].end)).place == Place(4, 4, PlaceUnit.PAGE)


def test_a_short_chunk_is_offered_whole() -> None:
    assert offer({9: 0.9}, max_chars=len(LONG.text)) is LONG
    assert offer({9: 0.9}, max_chars=0) is LONG


def test_a_sentence_longer_than_the_window_is_offered_alone() -> None:
    assert offer({9: 0.9}, max_chars=10).text == SENTENCES[9].strip()


def test_a_window_does_not_reach_over_a_paragraph_of_orders() -> None:
    rankings = [[r for r in ranked(LONG, {9: 0.9})[0] if r.span != LONG.sentences[10]]]
    (chunk,) = offers([LONG], rankings, (), max_chars=8 * ONE)
    assert "number 9 of" in chunk.text
    assert "number 10 of" not in chunk.text
    assert "number 11 of" not in chunk.text


def test_a_chunk_without_ranked_sentences_is_left_as_it_is() -> None:
    assert offers([LONG], [[]], (), max_chars=100) == [LONG]


def test_an_earlier_window_is_kept_while_the_best_sentence_lies_in_it() -> None:
    earlier = offer({9: 0.9, 10: 0.8, 11: 0.7})
    assert offer({11: 0.9, 12: 0.8, 13: 0.8}, Passage(4, earlier)) is earlier
    assert offer({15: 0.9}, Passage(4, earlier)).text != earlier.text


def test_an_earlier_window_of_an_article_that_has_changed_is_not_kept() -> None:
    earlier = replace(offer({9: 0.9, 10: 0.8, 11: 0.7}), date="1999")
    assert offer({9: 0.9}, Passage(4, earlier)).date == LONG.date != "1999"
    beyond = replace(earlier, date=LONG.date, span=Span(0, 10_000))
    assert offer({9: 0.9}, Passage(4, beyond)) != beyond


def test_the_best_part_of_a_question_decides_of_the_window() -> None:
    rankings = [*ranked(LONG, {2: 0.3}), *ranked(LONG, {17: 0.8})]
    (chunk,) = offers([LONG], rankings, (), max_chars=3 * ONE)
    assert "number 17 of" in chunk.text


def test_ranked_sentences_are_found_again_in_the_window() -> None:
    window = Passage(7, offer({9: 0.9}, max_chars=2 * ONE + 2))
    whole = ranked(LONG, {9: 0.9})[0]
    found = placed(whole, [window])
    assert {f.text for f in found} == {
        span.of(window.chunk.text) for span in window.chunk.sentences
    }
    assert {f.passage.label for f in found} == {7}
    assert max(found, key=lambda f: f.score).text == SENTENCES[9].strip()
    assert placed(whole, []) == []
