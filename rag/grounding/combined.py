"""The bundled verifier: what the words say and what a small network reads, in one probability.

A logistic model over the signals of ``rag.grounding.signals`` and the scores of the pair network.
Both are fitted by scripts in ``bench/``; figures are in docs/grounding.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from rag.grounding.signals import Signals, analysed, signals
from rag.grounding.windows import windows_for
from rag.logistic import LogisticModel, sigmoid
from rag.types import Support

WEIGHTS_FILE = Path(__file__).with_name("combined_weights.json")
LEXICAL_FEATURES = (
    "words",
    "words_pair",
    "words_near",
    "number_missing",
    "number_apart",
    "name_missing",
    "denied",
    "negation_added",
    "opposed",
)
FEATURES = (*LEXICAL_FEATURES, "pair", "wrong")
_LOGIT_LIMIT = 6.0
"""The network's log-odds are cut here: beyond it they say nothing more."""
_VERBATIM = 0.99


class Pairs(Protocol):
    """What the verifier needs of the pair network."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> Sequence[PairReading]:
        """The readings of ``(claim, evidence)`` pairs, in order."""


class PairReading(Protocol):
    """The network's reading of one pair, see ``rag.grounding.pair_scorer.PairScore``."""

    @property
    def supported(self) -> float: ...
    @property
    def wrong(self) -> float: ...
    @property
    def worst(self) -> str: ...


class CombinedVerifier:
    """A calibrated probability that the evidence bears the whole claim.

    It reads at most two stretches of about 110 words of the evidence: what is spread over more is
    judged by its words alone. A claim that stands in the evidence word for word, as whole
    sentences, is supported without being read.

    Args:
        pairs: the pair network.
        idf: weight of a term, positive; None weighs all alike.
        threshold: the probability from which a claim counts as supported.
        model: over ``FEATURES``; None loads the fitted one.
    """

    name = "combined-1"

    def __init__(
        self,
        pairs: Pairs,
        idf: Callable[[str], float] | None = None,
        *,
        threshold: float = 0.5,
        model: LogisticModel | None = None,
    ) -> None:
        self._pairs = pairs
        self._idf = idf or (lambda term: 1.0)
        self.threshold = threshold
        self._model = model or LogisticModel.load(WEIGHTS_FILE, FEATURES)

    def verify(self, claim: str, evidence: Sequence[str]) -> Support:
        """The support of ``claim`` by ``evidence`` taken together; score None for a claim without
        content words, 0 without evidence."""
        found = signals(claim, evidence, self._idf)
        if found is None:
            return Support(score=None)
        windows = windows_for(claim, evidence, self._idf)
        if not windows:
            return Support(score=0.0)
        if _stands_in(claim, evidence):
            return _support(_VERBATIM, found, 1.0)
        reading = max(
            self._pairs.score([(claim, w) for w in windows]), key=lambda r: r.supported - r.wrong
        )
        score = sigmoid(float(self._model.logits(row_of(found, reading))))
        missing = (reading.worst,) if reading.wrong > 0 and reading.worst else ()
        return _support(score, found, sigmoid(reading.supported), missing)


def row_of(found: Signals, reading: PairReading) -> np.ndarray:
    """The features of one judgement, float64 ``(len(FEATURES),)``."""
    values = [found.values[name] for name in LEXICAL_FEATURES]
    values += [
        float(np.clip(v, -_LOGIT_LIMIT, _LOGIT_LIMIT)) for v in (reading.supported, reading.wrong)
    ]
    return np.array(values)


def _support(score: float, found: Signals, read: float, worst: tuple[str, ...] = ()) -> Support:
    values = found.values
    denied = values["denied"] or values["opposed"]
    return Support(
        score=score,
        signals={
            "words": values["words"],
            "numbers": 1.0 - values["number_missing"],
            "names": 1.0 - values["name_missing"],
            "polarity": 1.0 - bool(denied),
            "read": read,
        },
        missing=tuple(dict.fromkeys((*found.missing, *worst))),
        best=found.best,
        span=found.span,
    )


def _stands_in(claim: str, evidence: Sequence[str]) -> bool:
    """Whether ``claim`` is a run of whole sentences of one of the texts."""
    wanted = _folded(claim)
    for text in evidence:
        sentences = [_folded(s.text) for s in analysed(text).sentences]
        for i in range(len(sentences)):
            run = ""
            for sentence in sentences[i:]:
                run = f"{run} {sentence}".strip()
                if run == wanted:
                    return True
                if not wanted.startswith(run):
                    break
    return False


def _folded(text: str) -> str:
    return " ".join(text.split()).rstrip(".!?…\"'”’ ")
