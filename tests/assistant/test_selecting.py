"""Of what was found, that is offered which holds the best sentences, and no more than pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from rag.assistant.selecting import best_hits, sentences_of, worth_reading
from rag.types import Hit, Passage, RankedSentence
from tests.support.passages import passage

FOUND = [passage(n, f"Passage {n} says this. And {n} says that.") for n in range(1, 7)]
HITS = [Hit(found.chunk, 1 / rank, rank, "found") for rank, found in enumerate(FOUND, 1)]


def ranking(scores: Mapping[int, Sequence[float]]) -> list[RankedSentence]:
    """The sentences of the passages with their scores, best first."""
    ranked = [
        RankedSentence(FOUND[number - 1], span, score)
        for number, of_passage in scores.items()
        for span, score in zip(FOUND[number - 1].chunk.sentences, of_passage, strict=False)
    ]
    return sorted(ranked, key=lambda sentence: -sentence.score)


def numbers(hits: Sequence[Hit]) -> list[int]:
    return [hit.rank for hit in hits]


def test_hits_come_by_their_best_sentence_not_by_how_many_are_good() -> None:
    ranked = ranking({1: (0.1, 0.1), 2: (0.3, 0.3), 3: (0.0, 0.9)})
    assert numbers(best_hits(HITS[:3], [ranked], 2)) == [3, 2]


def test_each_part_of_a_question_has_its_turn() -> None:
    first = ranking({1: (0.9,), 2: (0.8,), 3: (0.7,), 4: (0.01,)})
    second = ranking({1: (0.01,), 2: (0.02,), 3: (0.03,), 4: (0.2,)})
    assert numbers(best_hits(HITS[:4], [first, second], 2)) == [1, 4]


def test_a_hit_without_a_ranked_sentence_comes_last() -> None:
    assert numbers(best_hits(HITS[:3], [ranking({2: (0.1,), 3: (0.2,)})], 3)) == [3, 2, 1]
    assert numbers(best_hits(HITS[:3], [], 2)) == [1, 2]


def test_what_is_far_less_likely_than_the_best_is_not_worth_reading() -> None:
    ranked = ranking({1: (0.05, 0.5), 2: (0.04,), 3: (0.06,)})
    kept = worth_reading(HITS[:3], [ranked], (), least_share=0.1)
    assert numbers(kept) == [1, 3]


def test_one_part_of_the_question_is_enough_to_be_worth_reading() -> None:
    first = ranking({1: (0.9,), 2: (0.01,), 3: (0.01,)})
    second = ranking({1: (0.001,), 2: (0.02,), 3: (0.001,)})
    kept = worth_reading(HITS[:3], [first, second], (), least_share=0.1)
    assert numbers(kept) == [1, 2]


def test_where_nothing_is_likely_what_is_equally_unlikely_stays() -> None:
    ranked = ranking({1: (0.003,), 2: (0.002,), 3: (0.001,)})
    kept = worth_reading(HITS[:3], [ranked], (), least_share=0.1)
    assert numbers(kept) == [1, 2, 3]


def test_what_the_model_has_read_already_is_offered_again() -> None:
    ranked = ranking({1: (0.9,), 2: (0.01,), 3: (0.01,)})
    read = [Passage(7, FOUND[2].chunk)]
    assert numbers(worth_reading(HITS[:3], [ranked], read, least_share=0.1)) == [1, 3]


@pytest.mark.parametrize("scores", [{1: (0.9,), 2: (0.001,)}, {}])
def test_a_share_of_nothing_keeps_every_hit(scores: dict[int, tuple[float]]) -> None:
    kept = worth_reading(HITS[:3], [ranking(scores)], (), least_share=0.0)
    assert numbers(kept) == [1, 2, 3]


def test_a_better_hit_that_is_not_among_them_takes_nothing_away() -> None:
    ranked = ranking({1: (0.05,), 2: (0.04,), 6: (0.99,)})
    assert numbers(worth_reading(HITS[:2], [ranked], (), least_share=0.1)) == [1, 2]


def test_only_sentences_of_the_hits_are_taken() -> None:
    ranked = ranking({1: (0.2, 0.3), 2: (0.9,)})
    assert [s.score for s in sentences_of(HITS[:1], ranked)] == [0.3, 0.2]
