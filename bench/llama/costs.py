"""What is paid for checked citations: masks, sampling, sentences written again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import mean

import numpy as np

from bench.figures import Figure
from bench.floor import FloorTest
from bench.llama.rig import Dictation, Rig
from bench.llama.speed import GREEDY, write
from rag.generation.llama.citing import CitationRule, MarkerTokens
from rag.generation.llama.generation import LlamaGeneration
from rag.generation.llama.sampling import Sampling, choose
from rag.generation.llama.writing import SentenceWriter
from rag.types import Draft

MOST_MASK_MS = 1.0
ANSWER = (
    "The governor vetoed the first bill on 29 September 2024 [1].",
    "A year later to the day he signed Senate Bill 53 [1].",
    "It covers models whose training took more than 10^26 operations [2, 3].",
    "Duties are heavier for companies that earn over 500 million dollars a year [3].",
)
"""An answer of the usual length and form."""
OTHER_WORDING = "Its duties weigh more on companies with a revenue above 500 million dollars [3]."


class Unmasked(CitationRule):
    """No rule at all."""

    def __init__(self) -> None:
        """Nothing is kept."""

    def reset(self) -> None:
        """Nothing to forget."""

    def restrict(self, logits: np.ndarray) -> None:
        """Everything may be decoded."""

    def follow(self, piece: bytes) -> None:
        """Nothing is remembered."""


def mask_costs(rig: Rig, *, rounds: int, n_written: int) -> list[Figure]:
    """Milliseconds for each token that keeping to offered labels costs."""
    scores = _some_scores(rig)
    alone = [_mask_alone_ms(rig, scores) for _ in range(5 * rounds)]
    with_mask, without = [], []
    for _ in range(rounds):
        with_mask.append(_loop_ms(rig, rig.rule(), n_written))
        without.append(_loop_ms(rig, Unmasked(), n_written))
    in_loop = tuple(a - b for a, b in zip(with_mask, without, strict=True))
    made = [_ms(lambda: MarkerTokens(rig.vocabulary)) for _ in range(3)]
    ruled = [_ms(rig.rule) for _ in range(5)]
    return [
        Figure(
            "the citation rule, for each token of a cited answer",
            tuple(alone),
            "ms",
            aim=MOST_MASK_MS,
            least=False,
            how="processor time",
        ),
        Figure(
            "the citation rule in the decode loop", in_loop, "ms/token", how="with minus without"
        ),
        Figure("making the rule for an answer", tuple(ruled), "ms"),
        Figure("finding a vocabulary's marker tokens", tuple(made), "ms", how="once for a model"),
    ]


def sampling_costs(rig: Rig, *, rounds: int) -> list[Figure]:
    """Milliseconds for choosing a token out of the whole vocabulary."""
    scores = _some_scores(rig)
    rng = np.random.default_rng(0)
    figures = []
    for temperature in (0.0, 0.7):
        sampling = Sampling(temperature=temperature)
        times = [_ms(partial(choose, scores, sampling, rng)) for _ in range(20 * rounds)]
        figures.append(
            Figure(f"choosing a token at temperature {temperature:g}", tuple(times), "ms")
        )
    return figures


def retry_costs(rig: Rig, *, rounds: int, n_most: int = 400) -> list[Figure]:
    """What writing the last sentence again costs, against the answer with its prompt so far."""
    tokens, shares, time_shares = [], [], []
    for _ in range(rounds):
        n_answer, answer_s, n_again, again_s = _retry(rig, n_most)
        tokens.append(float(n_again))
        shares.append(n_again / n_answer)
        time_shares.append(again_s / answer_s)
    n_sentence = len(rig.vocabulary.encode(" " + OTHER_WORDING))
    of = "last of four sentences behind a prompt of 900 tokens"
    return [
        Figure(
            "evaluated for a retry", tuple(tokens), "tokens", how=f"the sentence has {n_sentence}"
        ),
        Figure("tokens of a retry / tokens so far", tuple(shares), how=of),
        Figure("seconds of a retry / seconds so far", tuple(time_shares), how=of),
    ]


def _retry(rig: Rig, n_most: int) -> tuple[int, float, int, float]:
    """Tokens and seconds of an answer to its last sentence, and of writing that one again."""
    rig.state.truncate(0)
    rule = Dictation(rig, [" ".join(ANSWER), " " + OTHER_WORDING])
    writer = SentenceWriter(rig.state, rig.vocabulary, rule, prompt=rig.ids[:900], n_most=n_most)
    generation = LlamaGeneration(
        writer,
        sampling=GREEDY,
        max_retries=2,
        n_prompt=900,
        n_evaluated=lambda: rig.state.n_evaluated,
    )
    before = rig.state.n_evaluated
    seconds = _seconds(lambda: [_expect(generation.next()) for _ in ANSWER])
    between = rig.state.n_evaluated
    again_s = _seconds(lambda: _expect(generation.retry()))
    return between - before, seconds, rig.state.n_evaluated - between, again_s


def _expect(draft: Draft | None) -> Draft:
    if draft is None:
        raise RuntimeError("a dictated sentence did not come")
    return draft


def _some_scores(rig: Rig) -> np.ndarray:
    rig.state.become(rig.ids[:64])
    return rig.state.logits().copy()


def _mask_alone_ms(rig: Rig, scores: np.ndarray) -> float:
    """Mean milliseconds of the rule over the tokens of ``ANSWER``."""
    rule = rig.rule()
    times = []
    for token in rig.vocabulary.encode(" ".join(ANSWER)):
        piece, fresh = rig.vocabulary.piece(token), scores.copy()
        start = time.thread_time()
        rule.restrict(fresh)
        rule.follow(piece)
        times.append(1000 * (time.thread_time() - start))
    return mean(times)


def _loop_ms(rig: Rig, rule: CitationRule, n_written: int) -> float:
    """Milliseconds for each token that the loop spends outside llama.cpp's decoding."""
    _, beside_ms = write(rig, FloorTest(n_written=n_written, depth=64), rule=rule)
    return beside_ms


def _ms(work: Callable[[], object]) -> float:
    """Milliseconds of this thread's processor time: little disturbed by whoever else is busy."""
    start = time.thread_time()
    work()
    return 1000 * (time.thread_time() - start)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
