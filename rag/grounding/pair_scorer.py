"""Scores of the pair verifier for a claim and the texts it may stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.grounding.pair_model import PairModel, PairTokenizer, padded, pair_of
from rag.grounding.pair_weights import WEIGHTS_FILE, WEIGHTS_SHA256, load_model

MAX_TOKENS = 224
_BATCH = 16


@dataclass(frozen=True, slots=True)
class PairScore:
    """What the network says of one pair.

    Attributes:
        supported: log-odds that the evidence bears the whole claim.
        wrong: the greatest log-odds of a word piece of the claim to be what it does not bear.
        worst: the word of that piece, as written.
    """

    supported: float
    wrong: float
    worst: str


class PairScorer:
    """The network with its tokenizer; both load on first use.

    Args:
        model: a network in memory (training, tests); None loads the shipped one.

    Raises:
        ModelError: on first use, see ``rag.grounding.pair_weights.load_model``.
    """

    def __init__(
        self,
        model: PairModel | None = None,
        *,
        weights: Path = WEIGHTS_FILE,
        sha256: str = WEIGHTS_SHA256,
    ) -> None:
        self._given = model
        self._weights = weights
        self._sha256 = sha256

    @cached_property
    def _model(self) -> PairModel:
        if self._given is not None:
            return self._given.eval()
        return load_model(self._weights, sha256=self._sha256)

    @cached_property
    def _tokenizer(self) -> PairTokenizer:
        return PairTokenizer(locate(PACKAGED_MODEL).path)

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[PairScore]:
        """The scores of pairs ``(claim, evidence)``, in order; evidence beyond 224 word pieces,
        the claim's included, is not read."""
        encoded = [self._tokenizer.tokens(claim) for claim, _ in pairs]
        evidence = self._tokenizer.ids([text for _, text in pairs])
        sequences = [
            pair_of(ids, text, MAX_TOKENS) for (ids, _), text in zip(encoded, evidence, strict=True)
        ]
        order = sorted(range(len(pairs)), key=lambda i: len(sequences[i].ids))
        found: dict[int, PairScore] = {}
        for at in range(0, len(order), _BATCH):
            chosen = order[at : at + _BATCH]
            with torch.inference_mode():
                supported, wrong, in_claim = self._model(*padded([sequences[i] for i in chosen]))
                tops = wrong.masked_fill(~in_claim, -1e9).max(dim=1)
            for row, i in enumerate(chosen):
                place = int(tops.indices[row]) - 1
                worst = _word_at(pairs[i][0], encoded[i][1], place)
                found[i] = PairScore(float(supported[row]), float(tops.values[row]), worst)
        return [found[i] for i in range(len(pairs))]


def _word_at(claim: str, places: Sequence[tuple[int, int]], token: int) -> str:
    """The word that token number ``token`` is a part of; empty for a claim without tokens."""
    if not 0 <= token < len(places):
        return ""
    start, end = places[token]
    while start > 0 and claim[start - 1].isalnum():
        start -= 1
    while end < len(claim) and claim[end].isalnum():
        end += 1
    return claim[start:end]
