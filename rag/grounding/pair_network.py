"""The pair network in numpy, so that judging a sentence imports no torch.

It is trained by its form in torch, ``rag.grounding.pair_model``; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.embedding.bert import BertEncoder, applied, gelu
from rag.grounding.pair_text import Pair


@dataclass(frozen=True, slots=True)
class PairOutput:
    """What the network says of one pair, as log-odds.

    Attributes:
        supported: that the evidence bears the whole claim.
        wrong: of each of the claim's tokens, float32 ``(n_tokens,)``, that the evidence does not
            bear it.
    """

    supported: float
    wrong: np.ndarray


class PairNetwork:
    """The encoder with a head over the pair and a head over each token of the claim.

    Args:
        heads: the tensors of the two heads, by the names that ``PairModel`` gives them.

    Raises:
        KeyError: if a tensor is missing.
    """

    def __init__(self, encoder: BertEncoder, heads: Mapping[str, np.ndarray]) -> None:
        self._encoder = encoder
        self._first, self._second, self._token = (
            (heads[f"{name}.weight"], heads[f"{name}.bias"])
            for name in ("pair_head.1", "pair_head.3", "token_head.1")
        )

    def read(self, pairs: Sequence[Pair]) -> list[PairOutput]:
        """The outputs for ``pairs``, in order."""
        types = [[0] * (p.claim_end + 1) + [1] * (len(p.ids) - p.claim_end - 1) for p in pairs]
        found = self._encoder.encode([pair.ids for pair in pairs], types)
        return [self._judge(states, pair) for states, pair in zip(found, pairs, strict=True)]

    def _judge(self, states: np.ndarray, pair: Pair) -> PairOutput:
        claim = _mean(states[1 : pair.claim_end])
        evidence = _mean(states[pair.claim_end + 1 :])
        both = [states[0], claim, evidence, claim * evidence, np.abs(claim - evidence)]
        hidden = applied(self._first, np.concatenate(both)[None, :])
        gelu(hidden)
        wrong = applied(self._token, states[1 : pair.claim_end])[:, 0]
        return PairOutput(float(applied(self._second, hidden)[0, 0]), wrong)


def _mean(states: np.ndarray) -> np.ndarray:
    """The mean row; zeros for none."""
    mean: np.ndarray = states.sum(axis=0) / np.float32(max(1, len(states)))
    return mean
