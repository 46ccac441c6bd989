"""The engine without a model, on rankings made by hand."""

from __future__ import annotations

from collections.abc import Sequence

from rag.generation.extractive import ExtractiveEngine, choose
from rag.protocols import Engine, EvidenceRanker
from rag.types import Passage, RankedSentence
from tests.support.passages import passage

FIRST = passage(1, "Llama 3 came out in April. It has two sizes. The rest is noise.")
SECOND = passage(2, "Meta wrote it. Llama 3 came out in April.")


def ranked(*scored: tuple[Passage, int, float]) -> list[RankedSentence]:
    return [RankedSentence(p, p.chunk.sentences[n], score) for p, n, score in scored]


class FixedRanker:
    """A ranker that always gives the same ranking."""

    def __init__(self, ranking: list[RankedSentence]) -> None:
        self._ranking = ranking

    def rank(self, question: str, passages: Sequence[Passage]) -> list[RankedSentence]:
        return self._ranking


def said(ranking: list[RankedSentence]) -> list[str]:
    generation = ExtractiveEngine(FixedRanker(ranking)).generate("?", (FIRST, SECOND), ())
    drafts = []
    while (draft := generation.next()) is not None:
        drafts.append(draft.text)
    return drafts


def test_the_engine_and_its_ranker_fulfil_their_protocols() -> None:
    ranker = FixedRanker([])
    assert isinstance(ranker, EvidenceRanker)
    assert isinstance(ExtractiveEngine(ranker), Engine)


def test_the_best_sentence_is_said_with_its_citation() -> None:
    assert said(ranked((SECOND, 0, 0.9), (FIRST, 0, 0.1))) == ["Meta wrote it [2]."]


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    assert said(ranked((FIRST, 1, 0.9))) == [
        "Llama 3 came out in April [1].",
        "It has two sizes [1].",
    ]


def test_the_same_sentence_in_two_passages_is_said_once() -> None:
    assert said(ranked((FIRST, 0, 0.9), (SECOND, 1, 0.9))) == ["Llama 3 came out in April [1]."]


def test_sentences_far_below_the_best_are_left_out() -> None:
    assert len(choose(ranked((FIRST, 0, 0.9), (FIRST, 2, 0.01)))) == 1


def test_there_is_no_other_version_of_a_quotation() -> None:
    engine = ExtractiveEngine(FixedRanker(ranked((FIRST, 0, 0.9))))
    generation = engine.generate("?", (FIRST,), ())
    assert generation.next() is not None
    assert generation.retry() is None
    generation.close()
    assert generation.next() is None


def test_markers_in_an_article_are_not_said() -> None:
    noted = passage(3, "Llama has two sizes [12].")
    assert said(ranked((noted, 0, 0.9))) == ["Llama has two sizes [3]."]


def test_a_pronoun_without_a_name_before_it_brings_the_sentence_before_along() -> None:
    law = passage(4, "Gavin Newsom signed one bill. On 29 September 2024 he vetoed another.")
    assert said(ranked((law, 1, 0.9))) == [
        "Gavin Newsom signed one bill [4].",
        "On 29 September 2024 he vetoed another [4].",
    ]
    named = passage(5, "A bill came. In 2024 Gavin Newsom said that he would veto it.")
    assert len(said(ranked((named, 1, 0.9)))) == 1


def test_quoted_pieces_are_slices_to_the_letter() -> None:
    noted = passage(3, "So it is. Llama has\ntwo sizes [12].")
    engine = ExtractiveEngine(FixedRanker(ranked((noted, 1, 0.9))))
    draft = engine.generate("?", (noted,), (), quote=True).next()
    assert draft is not None
    assert draft.text == "Llama has\ntwo sizes [12]."
    assert draft.quotation is not None
    assert draft.quotation.label == 3
    assert draft.quotation.span.of(noted.chunk.text) == draft.text
