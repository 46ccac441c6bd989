"""What a follow-up costs: history and question stand behind the passages, which are held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

import pytest

from rag.assistant.packing import pack
from rag.generation.llama.engine import LlamaEngine
from rag.types import Passage, Turn, Usage
from tests.support.answers import passage

OpenEngine = Callable[..., LlamaEngine]
CHUNKS = [passage(n, f"Sentence {n} of them has a few more words. " * 3).chunk for n in range(9)]
HISTORY = [Turn("What is Llama 3?", "It is a model."), Turn("Whose?", "It is Meta's.")]


def ask(
    engine: LlamaEngine, question: str, passages: Sequence[Passage], history: Sequence[Turn] = ()
) -> tuple[list[int], Usage]:
    """The prompt of a question, and what its answer cost."""
    generation = engine.generate(question, passages, history)
    while generation.next():
        pass
    return engine._room.prompt(question, passages, history), generation.usage


def in_common(a: list[int], b: list[int]) -> list[int]:
    return [x for x, _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))]


def cost(usage: Usage, n_held: int) -> int:
    return usage.prompt_tokens - n_held + usage.answer_tokens


@pytest.mark.parametrize("history", [(), HISTORY[:1], HISTORY])
def test_a_follow_up_over_the_same_passages_costs_only_what_stands_behind_them(
    history: Sequence[Turn], open_engine: OpenEngine
) -> None:
    engine = open_engine()
    passages = pack(CHUNKS[:3])
    first, _ = ask(engine, "What is Llama 3?", passages)
    second, usage = ask(engine, "And when was it released?", passages, history)
    held = in_common(first, second)
    assert engine._vocabulary.decode(held).count("more words.") == 3 * 3
    assert usage.evaluated_tokens == cost(usage, len(held))


def test_hits_in_another_order_cost_nothing(open_engine: OpenEngine) -> None:
    engine = open_engine()
    passages = pack(CHUNKS[:4])
    first, _ = ask(engine, "What is Llama 3?", passages)
    again = pack([CHUNKS[n] for n in (2, 3, 0, 1)], passages)
    second, usage = ask(engine, "And when?", again, HISTORY[:1])
    assert usage.evaluated_tokens == cost(usage, len(in_common(first, second)))
    assert "Sentence 3" in engine._vocabulary.decode(in_common(first, second))


def test_passages_that_changed_leave_those_before_them_held(open_engine: OpenEngine) -> None:
    engine = open_engine()
    passages = pack(CHUNKS[:4])
    first, _ = ask(engine, "What is Llama 3?", passages)
    changed = pack([CHUNKS[n] for n in (7, 1, 0, 2)], passages)
    second, usage = ask(engine, "And when?", changed, HISTORY[:1])
    held = in_common(first, second)
    assert "Sentence 2" in engine._vocabulary.decode(held)
    assert usage.evaluated_tokens == cost(usage, len(held))


def test_condensing_between_the_turns_takes_nothing_away(open_engine: OpenEngine) -> None:
    engine = open_engine()
    passages = pack(CHUNKS[:3])
    first, _ = ask(engine, "What is Llama 3?", passages)
    engine.condense("And when was it released?", HISTORY)
    second, usage = ask(engine, "And when was it released?", passages, HISTORY)
    assert usage.evaluated_tokens == cost(usage, len(in_common(first, second)))


def test_condensing_takes_only_the_room_it_needs(open_engine: OpenEngine) -> None:
    engine = open_engine(n_ctx=1536, max_answer_tokens=32)
    passages = pack(CHUNKS[:3])
    first, _ = ask(engine, "What is Llama 3?", passages)
    n_before = len(engine._state)
    engine.condense("And when was it released?", HISTORY)
    n_left = len(engine._state)
    assert n_left < n_before
    assert n_left > 300
    second, usage = ask(engine, "And when was it released?", passages, HISTORY)
    held = min(n_left, len(in_common(first, second)))
    assert usage.evaluated_tokens == cost(usage, held)
