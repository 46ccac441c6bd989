"""Long passages and full contexts on the way of a question."""

from __future__ import annotations

from rag.assistant.assistant import Assistant
from rag.chat.session import ChatSession
from rag.types import Chunk, Hit
from tests.assistant.test_assistant import ScriptedEngine, assistant
from tests.support.passages import passage

FILLER = "Nothing of interest is told here about anything at all. "
LONG = passage(
    1,
    "Meta released Llama 3 in April 2024. It comes in two sizes. "
    + FILLER * 10
    + "The bakery of Anselm Quist bakes 340 loaves of bread. "
    + FILLER * 10,
).chunk
RIGHT = "Meta released Llama 3 in April 2024 [1]."
MODEL_QUESTION = "When did Meta release Llama 3?"
SIZES_QUESTION = "In how many sizes does Llama 3 come?"
BAKERY_QUESTION = "How many loaves does the bakery of Anselm Quist bake?"


class Found:
    """Finds one long chunk for every query."""

    name = "found"

    def __init__(self, *chunks: Chunk) -> None:
        self.chunks = chunks or (LONG,)

    def retrieve(self, query: str, k: int) -> list[Hit]:
        return [Hit(chunk, 1.0 / n, n, self.name) for n, chunk in enumerate(self.chunks, 1)][:k]


def reader(**policy: object) -> Assistant:
    return assistant(ScriptedEngine([RIGHT]), retriever=Found(), **policy)  # type: ignore[arg-type]


def test_a_long_passage_is_narrowed_and_its_evidence_found_in_the_document() -> None:
    answer = reader(window_chars=200).ask(MODEL_QUESTION)
    (offered,) = answer.passages
    assert len(offered.chunk.text) <= 200
    assert offered.chunk.id == LONG.id
    assert [e.quote for e in answer.evidence] == ["Meta released Llama 3 in April 2024."]
    assert answer.evidence[0].span.of(LONG.text) == answer.evidence[0].quote


def test_a_policy_without_windows_offers_whole_passages() -> None:
    assert reader().ask(MODEL_QUESTION).passages[0].chunk is LONG


def test_in_a_conversation_a_window_is_kept_or_gets_a_label_of_its_own() -> None:
    session = ChatSession(reader(window_chars=200))
    windows = []
    for question in (MODEL_QUESTION, SIZES_QUESTION, BAKERY_QUESTION, MODEL_QUESTION):
        list(session.ask_stream(question))
        assert session.last is not None
        windows += [(p.label, p.chunk.text) for p in session.last.passages]
    first, second, third, fourth = windows
    assert first == second == fourth
    assert (first[0], third[0]) == (1, 2)
    assert "340 loaves" in third[1]


def test_only_what_the_context_has_no_room_for_counts_as_left_out() -> None:
    chunks = [passage(n, f"Meta released Llama {n} in April 2024.").chunk for n in range(1, 5)]
    engine = ScriptedEngine([RIGHT], n_fit=2)
    answer = assistant(engine, retriever=Found(*chunks), n_passages=3).ask(MODEL_QUESTION)  # type: ignore[arg-type]
    assert [p.chunk.id for p in answer.passages] == ["chunk-1", "chunk-2"]
    assert [hit.chunk.id for hit in answer.left_out] == ["chunk-3"]
    assert [hit.chunk.id for hit in answer.hits][3:] == ["chunk-4"]
