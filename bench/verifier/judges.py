"""The verifier that judges a set: the shipped one, or one that never saw that set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from bench.verifier.sets import LEFT_OUT, Judged
from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.grounding.combined import FEATURES, CombinedVerifier
from rag.grounding.cross_encoder import CrossEncoderVerifier
from rag.grounding.lexical import LexicalVerifier
from rag.grounding.pair_model import PairModel
from rag.grounding.pair_scorer import PairScore, PairScorer
from rag.logistic import LogisticModel
from rag.protocols import Verifier

SHIPPED = "shipped"


class Remembering:
    """A scorer that reads no pair twice: several verifiers judge the same claims."""

    def __init__(self, scorer: PairScorer) -> None:
        self._scorer = scorer
        self._known: dict[tuple[str, str], PairScore] = {}

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[PairScore]:
        """The scores, in order."""
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._known]
        if new:
            self._known.update(zip(new, self._scorer.score(new), strict=True))
        return [self._known[pair] for pair in pairs]


class Judges:
    """Verifiers by name.

    Args:
        networks: folder with ``left_out_NAME.json`` of ``bench.fit_verifier``, and the networks of
            its folds if the shipped network was taught with the sets; None: only as shipped.
    """

    def __init__(self, networks: Path | None = None) -> None:
        self._networks = networks
        self._scorers: dict[str, Remembering] = {}

    def network_for(self, name: str) -> Remembering:
        """The network that never saw the set ``name``: that of its fold; where there are no folds
        the shipped one, which then saw none."""
        fold = LEFT_OUT.get(name, "")
        there = self._networks and (self._networks / f"{fold}.pt").is_file()
        return self._scorer(fold if there else SHIPPED)

    def judge(
        self, verifier: str, name: str, idf: Callable[[str], float], *, left_out: bool
    ) -> Verifier:
        """``verifier`` as shipped, or, ``left_out``, fitted without the set ``name``."""
        if verifier == "lexical":
            return LexicalVerifier(idf)
        if verifier != "combined":
            return CrossEncoderVerifier(verifier, idf)
        if not left_out or self._networks is None or name not in LEFT_OUT:
            return CombinedVerifier(self._scorer(SHIPPED), idf)
        model = LogisticModel.load(self._networks / f"left_out_{name}.json", FEATURES)
        return CombinedVerifier(self.network_for(name), idf, model=model)

    def _scorer(self, network: str) -> Remembering:
        if network not in self._scorers:
            self._scorers[network] = Remembering(
                PairScorer()
                if network == SHIPPED or self._networks is None
                else _trained(self._networks / f"{network}.pt")
            )
        return self._scorers[network]


def _trained(path: Path) -> PairScorer:
    """The scorer with a state of ``bench.train_verifier``."""
    model = PairModel(locate(PACKAGED_MODEL).path)
    model.load_state_dict(torch.load(path))
    return PairScorer(model)


def score_of(verifier: Verifier, record: Judged) -> float:
    """The verifier's score: of the best of alternatives; 0 for a claim it cannot score."""
    scores = [verifier.verify(record.claim, group).score for group in record.groups]
    return max((score or 0.0 for score in scores), default=0.0)
