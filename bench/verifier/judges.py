"""The verifier that judges a set: the shipped one, or one that never saw that set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from bench.verifier.sets import LEFT_OUT, UNTAUGHT, Judged
from rag.embedding.weights import PACKAGED_MODEL, locate
from rag.grounding.combined import FEATURES, CombinedVerifier
from rag.grounding.cross_encoder import CrossEncoderVerifier
from rag.grounding.lexical import LexicalVerifier
from rag.grounding.pair_model import PairModel
from rag.grounding.pair_scorer import PairScorer
from rag.logistic import LogisticModel
from rag.protocols import Verifier


def load_network(path: Path) -> PairScorer:
    """The scorer with a state of ``bench.train_verifier``."""
    model = PairModel(locate(PACKAGED_MODEL).path)
    model.load_state_dict(torch.load(path))
    return PairScorer(model)


def network_for(networks: Path, name: str) -> PairScorer:
    """The network that never saw the set ``name``: that of its fold, or, where there are no folds,
    the one of the first stage, which saw none."""
    fold = networks / f"{LEFT_OUT[name]}.pt"
    return load_network(fold if fold.is_file() else networks / f"{UNTAUGHT}.pt")


def judge_for(
    verifier: str, name: str, idf: Callable[[str], float], networks: Path | None
) -> Verifier:
    """``verifier`` as shipped; with ``networks``, the combined one fitted without set ``name``
    (for a name that is no set: as shipped)."""
    if verifier == "lexical":
        return LexicalVerifier(idf)
    if verifier != "combined":
        return CrossEncoderVerifier(verifier, idf)
    if networks is None or name not in LEFT_OUT:
        return CombinedVerifier(PairScorer(), idf)
    model = LogisticModel.load(networks / f"left_out_{name}.json", FEATURES)
    return CombinedVerifier(network_for(networks, name), idf, model=model)


def score_of(verifier: Verifier, record: Judged) -> float:
    """The verifier's score: of the best of alternatives; 0 for a claim it cannot score."""
    scores = [verifier.verify(record.claim, group).score for group in record.groups]
    return max((score or 0.0 for score in scores), default=0.0)
