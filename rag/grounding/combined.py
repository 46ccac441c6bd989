"""The bundled verifier: what the words say and what a small network reads, in one probability.

A logistic model over two numbers: a rule over the signals of ``rag.grounding.signals``, and the
scores of the pair network. Both are fitted by scripts in ``bench/``; figures: docs/grounding.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from rag.grounding.signals import Signals, analysed, signals
from rag.grounding.windows import MAX_WORDS, windows_for
from rag.logistic import LogisticModel, sigmoid
from rag.types import Support

WEIGHTS_FILE = Path(__file__).with_name("combined_weights.json")
FEATURES = ("said", "read")
NUMBER_PENALTY = 1.0
NAME_PENALTY = 0.2
REPLACED_PENALTY = 0.5
DENIAL_PENALTY = 1.5
NEGATION_PENALTY = 0.5
OPPOSITE_PENALTY = 1.0
"""Large, so that a claim in the evidence's own words but for one of these fails. Few supported
claims have them, so people's judgements hardly depend on them; falsified claims do. Weights fitted
for single signals carry over to other sets worse: docs/grounding.md."""
_REPLACED_FROM = 0.7
"""Share of the claim's words held from which a missing name was put in another's place."""
_DENIED_FROM = 0.5
_LOGIT_LIMIT = 4.0
"""The network's log-odds are cut here: beyond it they say nothing more."""
_LEAST_TRUST = 0.5
"""What is left of the network's weight when it could read only a small part of the evidence."""
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

    def verify(self, claim: str, evidence: Sequence[str], *, least: float = 0.0) -> Support:
        """The support of ``claim`` by ``evidence`` taken together; score None for a claim without
        content words, 0 without evidence. Nothing is read that, whatever was read there, would not
        bring the score up to ``least``."""
        found = signals(claim, evidence, self._idf)
        if found is None:
            return Support(score=None)
        windows = windows_for(claim, evidence, self._idf)
        if not windows:
            return Support(score=0.0)
        if _stands_in(claim, evidence):
            return _support(_VERBATIM, found, 1.0)
        share = share_read(evidence)
        most = self._score(_row(found, 2 * _LOGIT_LIMIT, share))
        if most < least:
            return _support(most, found, 1.0)
        reading = max(self._pairs.score([(claim, w) for w in windows]), key=balance)
        missing = (reading.worst,) if reading.wrong > 0 and reading.worst else ()
        score = self._score(row_of(found, reading, share))
        return _support(score, found, sigmoid(reading.supported), missing)

    def _score(self, row: np.ndarray) -> float:
        return sigmoid(float(self._model.logits(row)))


def share_read(evidence: Sequence[str]) -> float:
    """The share of the evidence that one window can hold, in (0, 1]; 1 for no evidence."""
    n_words = sum(len(text.split()) for text in evidence)
    return min(1.0, MAX_WORDS / n_words) if n_words else 1.0


def row_of(found: Signals, reading: PairReading, share: float) -> np.ndarray:
    """The features of one judgement, float64 ``(2,)``: what the words say, at most 1; what
    the network reads, [-8, 8], counting less the less of the evidence it could read."""
    return _row(found, balance(reading), share)


def _row(found: Signals, read: float, share: float) -> np.ndarray:
    return np.array([_said(found.values), read * max(_LEAST_TRUST, share)])


def _said(values: dict[str, float]) -> float:
    """The share of the claim's words, by weight, half of it with other forms of them let pass,
    less what is missing or denied."""
    said = (values["words"] + values["words_near"]) / 2
    named = bool(values["name_missing"])
    said -= NUMBER_PENALTY * values["number_missing"]
    said -= NAME_PENALTY * named
    said -= REPLACED_PENALTY * (named and values["words_near"] >= _REPLACED_FROM)
    said -= DENIAL_PENALTY * (values["denied"] >= _DENIED_FROM)
    said -= NEGATION_PENALTY * bool(values["negation_added"])
    return said - OPPOSITE_PENALTY * bool(values["opposed"])


def balance(reading: PairReading) -> float:
    """Log-odds of support less those of a wrong word, [-8, 8]."""
    supported, wrong = np.clip([reading.supported, reading.wrong], -_LOGIT_LIMIT, _LOGIT_LIMIT)
    return float(supported - wrong)


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
