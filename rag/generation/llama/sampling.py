"""Chooses the next token from scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen.

    Attributes:
        temperature: 0 takes the best token; higher is freer.
        top_p: the likeliest tokens that together have this probability are kept, in (0, 1].
        min_p: tokens less likely than this share of the likeliest are left out, in [0, 1].
        seed: of the random numbers.
    """

    temperature: float = 0.0
    top_p: float = 0.95
    min_p: float = 0.05
    seed: int = 0

    def __str__(self) -> str:
        if not self.temperature:
            return "greedy"
        return f"t={self.temperature:g},p={self.top_p:g},m={self.min_p:g},seed={self.seed}"

    def warmer(self, step: int) -> Sampling:
        """The sampling for another try: freer with each ``step``, with its own random numbers."""
        temperature = min(1.2, self.temperature + 0.3 * step)
        return Sampling(temperature, self.top_p, self.min_p, self.seed + 7919 * step)


def choose(logits: np.ndarray, sampling: Sampling, rng: np.random.Generator) -> int:
    """The next token, from scores float32 ``(n_vocab,)`` of which at least one is finite.

    min_p is applied first: it leaves a handful of tokens without sorting the whole vocabulary.
    """
    best = int(logits.argmax())
    if sampling.temperature <= 0:
        return best
    floor = logits[best] + sampling.temperature * np.log(max(sampling.min_p, 1e-9))
    kept = np.flatnonzero(logits >= floor)
    kept = kept[np.argsort(-logits[kept], kind="stable")]
    weights = np.exp((logits[kept] - logits[best]).astype(np.float64) / sampling.temperature)
    weights /= weights.sum()
    n_kept = int(np.searchsorted(np.cumsum(weights), sampling.top_p)) + 1
    weights = weights[:n_kept] / weights[:n_kept].sum()
    return int(rng.choice(kept[:n_kept], p=weights))
