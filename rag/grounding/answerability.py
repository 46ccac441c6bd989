"""Whether passages answer a question at all, decided before anything is generated.

A logistic model over the best-ranked sentences, fitted by ``bench/fit_evidence.py`` on questions
whose answering passage or article was taken out of the index, and on questions to other articles.
Two rules stand beside it. A name or number of the question that no article contains cannot be
answered about. And where the wording asks for a date, an age, a sum of money, a share, a number or
a person, one of the best sentences must hold one, in a passage about the names asked about.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag.logistic import LogisticModel, sigmoid
from rag.text.question import AnswerType, Question, analyse
from rag.types import Decision, RankedSentence

WEIGHTS_FILE = Path(__file__).with_name("answerability_weights.json")
THRESHOLD = 0.2
"""Between where 5 % of the answerable questions of a set are refused when the model was fitted
without that set (log-odds -2.35 XQuAD, -1.69 NQ) and with it (-0.86, -0.64), as
``bench.fit_evidence`` prints them. At even odds one in five of a new set would be refused."""

_TOP_SIGNALS = (
    "cover_sentence",
    "cover_window",
    "cover_passage",
    "cos_sentence",
    "cos_passage",
    "cos_window",
    "type_lacking",
    "novel",
    "names_window",
    "names_passage",
    "length",
    "bigrams",
    "phrases",
    "counted",
    "uncounted",
    "unknown",
)
_MAXIMA = ("cos_passage", "cos_sentence", "cover_window", "cover_sentence", "cover_passage")
_TYPES = (
    AnswerType.DATE,
    AnswerType.AGE,
    AnswerType.MONEY,
    AnswerType.SHARE,
    AnswerType.NUMBER,
    AnswerType.PERSON,
    AnswerType.PLACE,
    AnswerType.REASON,
    AnswerType.YES_NO,
)
_LACKING = {
    AnswerType.DATE: "gives a date",
    AnswerType.AGE: "gives an age",
    AnswerType.MONEY: "gives an amount of money",
    AnswerType.SHARE: "gives a share",
    AnswerType.NUMBER: "gives a number",
    AnswerType.PERSON: "names a person",
}
_SENTENCES_WITH_KIND = 8
_NAMES_BESIDE_KIND = 0.75
_ACRONYM_LETTERS = 5
"""An acronym up to this long may stand in the articles in full words, so it is not held unknown."""
FEATURES = (
    *(f"top_{name}" for name in _TOP_SIGNALS),
    *(f"max_{name}" for name in _MAXIMA),
    "logit_1",
    "logit_2",
    "mean_cos_passage",
    "n_terms",
    *(f"type_{kind}" for kind in _TYPES),
)


class Answerability:
    """Decides from the ranked sentences of the retrieved passages.

    Args:
        document_frequency: in how many chunks of the index a term occurs.
        threshold: the probability from which a question is answered.
        model: over ``FEATURES``; None loads the fitted one.
    """

    def __init__(
        self,
        document_frequency: Callable[[str], int],
        *,
        threshold: float = THRESHOLD,
        model: LogisticModel | None = None,
    ) -> None:
        self._df = document_frequency
        self._threshold = threshold
        self._model = model or LogisticModel.load(WEIGHTS_FILE, FEATURES)

    def decide(self, question: str, ranked: Sequence[RankedSentence]) -> Decision:
        """The decision for ``question`` on the sentences ``ranked`` for it, best first."""
        asked = analyse(question)
        unknown = tuple(asked.surfaces[t] for t in asked.terms if not self._df(t))
        if not ranked:
            return self._decision(False, 0.0, unknown, _reason(unknown, asked))
        probability = sigmoid(float(self._model.logits(features(asked, ranked))))
        foreign = any(
            asked.surfaces[t] in unknown and not _acronym(asked.surfaces[t]) for t in asked.names
        )
        if foreign or probability < self._threshold:
            return self._decision(False, probability, unknown, _reason(unknown, asked))
        if _lacks_kind(asked.type, ranked):
            reason = f"The articles do not say: nothing near this in them {_LACKING[asked.type]}."
            return self._decision(False, probability, unknown, reason)
        return self._decision(True, probability, unknown)

    def _decision(
        self, answerable: bool, probability: float, unknown: tuple[str, ...], reason: str = ""
    ) -> Decision:
        return Decision(answerable, probability, unknown, reason, self._threshold)


def _lacks_kind(kind: AnswerType, ranked: Sequence[RankedSentence]) -> bool:
    return kind in _LACKING and not any(
        r.signals["type_offered"] and r.signals["names_passage"] >= _NAMES_BESIDE_KIND
        for r in ranked[:_SENTENCES_WITH_KIND]
    )


def _acronym(surface: str) -> bool:
    capitals = sum(character.isupper() for character in surface)
    return capitals >= 2 and len(surface) <= _ACRONYM_LETTERS


def features(question: Question, ranked: Sequence[RankedSentence]) -> np.ndarray:
    """The features of a decision, float64 ``(len(FEATURES),)``; ``ranked`` must not be empty."""
    top = ranked[0].signals
    passages = {r.passage.label: r.signals["cos_passage"] for r in ranked}
    logits = [_logit(r.score) for r in ranked[:2]]
    values = [top[name] for name in _TOP_SIGNALS]
    values += [max(r.signals[name] for r in ranked) for name in _MAXIMA]
    values += [logits[0], logits[-1], sum(passages.values()) / len(passages)]
    values.append(min(len(question.terms), 10) / 10)
    values += [float(question.type is kind) for kind in _TYPES]
    return np.array(values, dtype=np.float64)


def _logit(probability: float) -> float:
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(inside / (1 - inside))


def _reason(unknown: Sequence[str], question: Question) -> str:
    """Why, naming what no article mentions if that is a name or a good part of the question."""
    names = [question.surfaces[t] for t in question.names if question.surfaces[t] in unknown]
    telling = names or (list(unknown) if 2 * len(unknown) >= len(question.terms) else [])
    if telling:
        listed = ", ".join(f"“{word}”" for word in sorted(telling, key=question.text.index)[:3])
        return f"The articles do not say: nothing in them mentions {listed}."
    return "The articles do not say: what comes closest does not answer this."
