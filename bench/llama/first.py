"""The first sentence: all that lies between a question with its passages and what may be shown."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.floor import FloorTest, floor_seconds
from bench.llama.costs import ANSWER
from bench.llama.reuse import FIRST, N_PASSAGES
from bench.llama.rig import Dictation, Rig, passages
from rag.assistant.drafting import Drafting
from rag.assistant.policy import Policy
from rag.generation.llama.generation import LlamaGeneration
from rag.generation.llama.prefix_store import PrefixStore
from rag.grounding.check import SentenceChecker
from rag.grounding.combined import CombinedVerifier
from rag.grounding.pair_scorer import PairScorer
from rag.types import Passage, Verdict

MOST_OF_FLOOR = 1.1
SENTENCE = ANSWER[0]
"""Supported by the first passage of seeds/, but not in its words: the network has to read both."""
_ROOM_BYTES = 1 << 30


def first_sentences(rig: Rig, tool: Path, model: Path, *, rounds: int) -> list[Figure]:
    """The first sentence against llama-bench, reading and writing as many tokens in one go."""
    offered = passages(rig.vocabulary, N_PASSAGES)
    drafting = Drafting(SentenceChecker(CombinedVerifier(PairScorer())), Policy())
    ours, floor = [], []
    with _rules_on_disk(rig):
        for _ in range(2):  # the first time evaluates the rules, and loads what checks
            test = _asked_of(rig, drafting, offered)
        for number in range(rounds):
            for side in ("ours", "floor") if number % 2 else ("floor", "ours"):
                if side == "ours":
                    ours.append(first_sentence_s(rig, drafting, offered))
                else:
                    floor.append(floor_seconds(tool, model, test, n_threads=rig.backend.n_threads))
    how = (
        f"{test.n_prompt} tokens read behind the rules, whose state is on disk; {test.n_written} "
        "written, dictated: random weights end no sentence; citations ruled, the sentence checked"
    )
    return [
        Figure(
            "first checked sentence / llama-bench reading and writing as much",
            tuple(a / b for a, b in zip(ours, floor, strict=True)),
            "×",
            aim=MOST_OF_FLOOR,
            least=False,
            how=how,
        ),
        Figure("first checked sentence", tuple(ours), "s"),
        Figure("llama-bench reading and writing as much", tuple(floor), "s"),
    ]


def first_sentence_s(rig: Rig, drafting: Drafting, offered: Sequence[Passage]) -> float:
    """Seconds until it has passed its check, nothing of the prompt but the rules being kept.

    Raises:
        RuntimeError: it does not pass: something else would be measured.
    """
    rig.state.truncate(0)
    start = time.perf_counter()
    generation = rig.engine.generate(FIRST, offered, ())
    assert isinstance(generation, LlamaGeneration)
    generation._writer._rule = Dictation(rig, [" ".join(ANSWER)])
    sentence = next(drafting.sentences(generation, offered))
    seconds = time.perf_counter() - start
    if sentence.text != SENTENCE or sentence.verdict is not Verdict.SUPPORTED:
        raise RuntimeError(f"another sentence came, or it failed: {sentence}")
    return seconds


def _asked_of(rig: Rig, drafting: Drafting, offered: Sequence[Passage]) -> FloorTest:
    """What llama-bench has to do for the same, by what was evaluated for it."""
    before = rig.state.n_evaluated
    first_sentence_s(rig, drafting, offered)
    n_prompt = rig.engine.written_prompt(FIRST, offered, ()).n_tokens
    n_written = len(rig.vocabulary.encode(SENTENCE))
    n_read = rig.state.n_evaluated - before - n_written
    return FloorTest(n_prompt=n_read, n_written=n_written, depth=n_prompt - n_read)


@contextmanager
def _rules_on_disk(rig: Rig) -> Iterator[None]:
    """A block in which the engine keeps the rules of its prompts, as it does for a person."""
    state = rig.engine._state
    with TemporaryDirectory() as folder:
        state._store = PrefixStore(Path(folder) / "states", max_bytes=_ROOM_BYTES)
        try:
            yield
        finally:
            state._store = None
