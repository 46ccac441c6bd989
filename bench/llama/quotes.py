"""Quotations against free decoding of the same text."""

from __future__ import annotations

import time

from bench.figures import Figure
from bench.llama.rig import Dictation, Rig, passages
from bench.llama.speed import GREEDY
from rag.generation.llama.quoting import in_context
from rag.generation.llama.writing import SentenceWriter
from rag.generation.prompting import packaged
from rag.types import Passage

LEAST_SPEEDUP = 2.5
N_PASSAGES = 5
QUESTION = "What did the bill ask of developers?"


def quote_speedups(rig: Rig, *, rounds: int) -> list[Figure]:
    """How many times faster quotations come than the same words decoded freely."""
    ratios, calls, ms = [], [], []
    for number in range(rounds):
        offered = passages(rig.vocabulary, N_PASSAGES, skip=N_PASSAGES * number)
        prompt = rig.vocabulary.assemble(packaged().quote(QUESTION, offered, ()))
        _read(rig, prompt)
        text, n_tokens, quote_s, n_decodes = _quote(rig, offered)
        _read(rig, prompt)
        free_s = _dictate(rig, prompt, text)
        ratios.append(free_s / quote_s)
        calls.append(n_decodes / n_tokens)
        ms.append(1000 * quote_s / n_tokens)
    n_chosen = "five sentences out of five passages, the prompt read before"
    return [
        Figure(
            "quoting / free decoding of the same text",
            tuple(ratios),
            "×",
            aim=LEAST_SPEEDUP,
            how=n_chosen,
        ),
        Figure("decodes for each token of a quotation", tuple(calls)),
        Figure("a token of a quotation", tuple(ms), "ms"),
    ]


def _read(rig: Rig, prompt: list[int]) -> None:
    """Hold the prompt but for its last token, whose scores are part of what is timed."""
    rig.state.truncate(len(prompt) - 1)
    rig.state.become(prompt[:-1])


def _quote(rig: Rig, offered: list[Passage]) -> tuple[str, int, float, int]:
    """What was quoted, its tokens, the seconds and the calls of ``llama_decode``."""
    before = rig.state.n_decodes
    start = time.perf_counter()
    generation = rig.engine.generate(QUESTION, offered, (), quote=True)
    drafts = []
    while (draft := generation.next()) is not None:
        drafts.append(draft)
        generation.accept(draft.text)
    seconds = time.perf_counter() - start
    text = " ".join(in_context(draft) if draft.quotation else draft.text for draft in drafts)
    return text, generation.usage.answer_tokens, seconds, rig.state.n_decodes - before


def _dictate(rig: Rig, prompt: list[int], text: str) -> float:
    """Seconds for ``text`` through the loop for free answers."""
    start = time.perf_counter()
    writer = SentenceWriter(
        rig.state, rig.vocabulary, Dictation(rig, [text]), prompt=prompt, n_most=1000
    )
    while (written := writer.write(GREEDY, salt=0)) is not None:
        writer.commit(written)
    return time.perf_counter() - start
