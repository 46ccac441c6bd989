"""Scores of the pair verifier for a claim and the texts it may stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.grounding.pair_network import PairOutput
from rag.grounding.pair_text import Pair, PairTokenizer, pair_of
from rag.grounding.pair_weights import WEIGHTS_FILE, WEIGHTS_SHA256, load_network

MAX_TOKENS = 224
_BATCH = 16
_KEPT = 1000
"""Scores; two texts of some 1,000 characters with each."""
_NOTHING = -1e9
"""Log-odds that a claim without tokens holds something wrong."""


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


class Network(Protocol):
    """The pair network, in numpy or as it is trained."""

    def read(self, pairs: Sequence[Pair]) -> Sequence[PairOutput]:
        """The outputs for ``pairs``, in order."""


class PairScorer:
    """The network with its tokenizer; both load on first use.

    Args:
        network: one in memory (training, tests); None loads the shipped one.

    Raises:
        ModelError: on first use, see ``rag.grounding.pair_weights.load_network``.
    """

    def __init__(
        self,
        network: Network | None = None,
        *,
        weights: Path = WEIGHTS_FILE,
        sha256: str = WEIGHTS_SHA256,
    ) -> None:
        self._given = network
        self._weights = weights
        self._sha256 = sha256
        self._known: dict[tuple[str, str], PairScore] = {}

    @cached_property
    def _network(self) -> Network:
        return self._given or load_network(self._weights, sha256=self._sha256)

    @cached_property
    def _tokenizer(self) -> PairTokenizer:
        return PairTokenizer(locate(PACKAGED_MODEL).path)

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[PairScore]:
        """The scores of pairs ``(claim, evidence)``, in order; evidence beyond 224 word pieces,
        the claim's included, is not read. What was read before is not read again: a sentence that
        failed is judged by each passage once more, and may be written once more."""
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._known]
        if len(self._known) > _KEPT:
            self._known.clear()
            new = list(dict.fromkeys(pairs))
        self._known.update(zip(new, self._read(new), strict=True))
        return [self._known[pair] for pair in pairs]

    def _read(self, pairs: Sequence[tuple[str, str]]) -> list[PairScore]:
        encoded = [self._tokenizer.tokens(claim) for claim, _ in pairs]
        evidence = self._tokenizer.ids([text for _, text in pairs])
        sequences = [
            pair_of(ids, text, MAX_TOKENS) for (ids, _), text in zip(encoded, evidence, strict=True)
        ]
        order = sorted(range(len(pairs)), key=lambda i: len(sequences[i].ids))
        found: dict[int, PairScore] = {}
        for at in range(0, len(order), _BATCH):
            chosen = order[at : at + _BATCH]
            outputs = self._network.read([sequences[i] for i in chosen])
            for i, output in zip(chosen, outputs, strict=True):
                found[i] = _score(pairs[i][0], encoded[i][1], output)
        return [found[i] for i in range(len(pairs))]


def _score(claim: str, places: Sequence[tuple[int, int]], output: PairOutput) -> PairScore:
    if not len(output.wrong):
        return PairScore(output.supported, _NOTHING, "")
    worst = int(output.wrong.argmax())
    return PairScore(output.supported, float(output.wrong[worst]), _word_at(claim, places, worst))


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
