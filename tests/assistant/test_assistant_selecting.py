"""Which passages a question puts before the engine: the best ones of those found, and the decision
whether to answer does not hang on what is spared."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.assistant.assistant import Assistant
from rag.protocols import Retriever
from rag.types import Answer, Hit, Passage
from tests.assistant.test_assistant import ScriptedEngine, assistant
from tests.support.passages import passage

QUESTION = "When did Meta release Llama 3?"
TEXTS = (
    "Llamas are kept for their wool in the mountains.",
    "A bakery in the town sells bread on Sundays.",
    "Meta released Llama 3 in April 2024.",
)
CHUNKS = [passage(number, text).chunk for number, text in enumerate(TEXTS, 1)]


class Found(Retriever):
    """Finds the three chunks for every query, the one with the answer last."""

    name = "found"

    def retrieve(self, query: str, k: int) -> list[Hit]:
        return [Hit(chunk, 1.0 / n, n, self.name) for n, chunk in enumerate(CHUNKS, 1)][:k]


def reader(**policy: object) -> Assistant:
    return assistant(ScriptedEngine(), retriever=Found(), **policy)  # type: ignore[arg-type]


def numbers(answer: Answer) -> Sequence[int]:
    return [CHUNKS.index(passage.chunk) + 1 for passage in answer.passages]


def test_a_hit_with_a_better_sentence_takes_the_place_of_one_found_before_it() -> None:
    assert numbers(reader(n_passages=2).plan(QUESTION)) == [1, 2]
    assert numbers(reader(n_passages=2, pool=3).plan(QUESTION))[0] == 3


def test_what_is_not_worth_reading_is_not_offered_and_does_not_count_as_left_out() -> None:
    answer = reader(n_passages=3, pool=3, least_share=0.9).plan(QUESTION)
    assert numbers(answer) == [3]
    assert answer.left_out == ()
    assert [hit.chunk for hit in answer.hits] == CHUNKS


@pytest.mark.parametrize("least_share", [0.1, 0.5, 0.9])
def test_whether_to_answer_is_decided_on_all_that_was_chosen(least_share: float) -> None:
    whole = reader(n_passages=3, pool=3).plan(QUESTION)
    spared = reader(n_passages=3, pool=3, least_share=least_share).plan(QUESTION)
    assert spared.decision == whole.decision


def test_what_was_offered_before_is_offered_again_under_its_label() -> None:
    read = [Passage(4, CHUNKS[0])]
    stream = reader(n_passages=3, pool=3, least_share=0.9).stream(QUESTION, previous=read)
    retrieved = next(iter(stream))
    offered = [(p.label, p.chunk.id) for p in retrieved.passages]  # type: ignore[union-attr]
    assert offered == [(4, CHUNKS[0].id), (5, CHUNKS[2].id)]
