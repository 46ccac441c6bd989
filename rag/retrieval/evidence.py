"""Ranks the sentences of passages by how likely they state what a question asks.

A logistic model over word support, embedding similarity, names and answer type. Its weights are
fitted by ``bench/fit_evidence.py`` on question sets whose licences allow it (XQuAD, NQ, QAMR) and
kept with their provenance in ``evidence_weights.json``; nothing is fitted on the seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.logistic import LogisticModel, sigmoid
from rag.protocols import Embedder
from rag.text.orders import without_orders
from rag.text.question import AnswerType, Question, analyse, counts, offers
from rag.text.words import terms
from rag.types import Chunk, Passage, RankedSentence

WEIGHTS_FILE = Path(__file__).with_name("evidence_weights.json")

FEATURES = (
    "cover_sentence",  # share of the question's idf found in the sentence
    "cover_window",  # ... in the sentence, the one before it, title and headings
    "cover_passage",  # ... in the passage, title and headings
    "cos_sentence",  # question to sentence
    "cos_passage",  # question to passage (with its context)
    "cos_window",  # question to the best of the sentence and its neighbours
    "type_offered",  # 1: holds something of the kind asked for
    "type_lacking",  # 1: holds nothing of the kind asked for
    "novel",  # content words that are not the question's, up to 10, as a share
    "names_window",  # share of the question's names and numbers, in the window
    "names_passage",  # ... in the passage
    "length",  # content words, up to 40, as a share
    "bigrams",  # share of the question's pairs of neighbouring words
    "rank",  # 1 / rank of the passage
    "yes_no",  # 1: the question wants yes or no
    "first",  # 1: first sentence of its passage
    "phrases",  # share of the question's name phrases ("Llama 3") that stand in the passage whole
    "counted",  # 1: puts a number next to what is counted
    "uncounted",  # 1: something is counted, and neither sentence nor window names it
    "unknown",  # share of the question's idf in words that no article contains
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question with its vector and the weights of its terms."""

    question: Question
    vector: np.ndarray
    idf: dict[str, float]
    total: float
    unknown: float
    names_total: float
    bigrams: frozenset[tuple[str, str]]


class SentenceRanker:
    """An EvidenceRanker over an index's term statistics and its embedder.

    Args:
        embedder: the one the index was built with.
        document_frequency: in how many chunks a term occurs.
        n_chunks: chunks in the index.
        model: over ``FEATURES``; None loads the fitted one.
        stored: the vectors that the index holds of chunks, None for a chunk that it does not hold:
            they are what embedding the passage again would give, and half of the work.
    """

    def __init__(
        self,
        embedder: Embedder,
        document_frequency: Callable[[str], int],
        n_chunks: int,
        *,
        model: LogisticModel | None = None,
        stored: Callable[[Sequence[Chunk]], Sequence[np.ndarray | None]] | None = None,
    ) -> None:
        self._stored = stored
        self._embedder = embedder
        self._df = document_frequency
        self._n_chunks = n_chunks
        self._model = model or LogisticModel.load(WEIGHTS_FILE, FEATURES)
        self._vectors: dict[str, np.ndarray] = {}

    def rank(self, question: str, passages: Sequence[Passage]) -> list[RankedSentence]:
        """Every sentence of ``passages``, best first, with its features as signals; sentences that
        give orders to a model are left out."""
        return self.rank_prepared(self.prepare(question), passages)

    def rank_prepared(
        self, prepared: Prepared, passages: Sequence[Passage]
    ) -> list[RankedSentence]:
        """As ``rank``, for a question that was prepared before."""
        self._embed(passages)
        ranked = []
        for rank, passage in enumerate(passages, 1):
            rows = self.features(prepared, passage, rank)
            logits = self._model.logits(rows)
            text = without_orders(passage.chunk.text)
            for span, row, logit in zip(passage.chunk.sentences, rows, logits, strict=True):
                if not span.of(text).strip():
                    continue
                signals = dict(zip(FEATURES, map(float, row), strict=True))
                ranked.append(RankedSentence(passage, span, sigmoid(logit), signals))
        return sorted(ranked, key=lambda r: -r.score)

    def idf(self, term: str) -> float:
        """ln((N + 1) / (df + 1/2)), floored at a little above zero: rarer is larger."""
        return max(0.05, math.log((self._n_chunks + 1) / (self._df(term) + 0.5)))

    def prepare(self, text: str) -> Prepared:
        """The question with its vector and the weights of its terms."""
        question = analyse(text)
        idf = {term: self.idf(term) for term in question.terms}
        pairs = frozenset(zip(question.terms, question.terms[1:], strict=False))
        return Prepared(
            question,
            self._embedder.embed_query(question.text),
            idf,
            sum(idf.values()) or 1.0,
            sum(idf[t] for t in question.terms if not self._df(t)) / (sum(idf.values()) or 1.0),
            sum(idf[t] for t in question.names) or 1.0,
            pairs,
        )

    def _embed(self, passages: Sequence[Passage]) -> None:
        """Embed sentences and passages not seen before in this process, in one batch."""
        self._take_stored(passages)
        texts = []
        for passage in passages:
            chunk = passage.chunk
            texts += [span.of(chunk.text) for span in chunk.sentences]
            texts.append(_in_context(passage))
        new = [t for t in dict.fromkeys(texts) if t not in self._vectors]
        if new:
            if len(self._vectors) > 50_000:  # bounded: a long chat over a big index
                self._vectors.clear()
                new = list(dict.fromkeys(texts))
            fitting = [_shortened(t, self._embedder) for t in new]
            self._vectors.update(zip(new, self._embedder.embed_sentences(fitting), strict=True))

    def _take_stored(self, passages: Sequence[Passage]) -> None:
        new = [p for p in passages if _in_context(p) not in self._vectors]
        if self._stored and new:
            found = self._stored([passage.chunk for passage in new])
            rows = zip(new, found, strict=True)
            self._vectors.update((_in_context(p), row) for p, row in rows if row is not None)

    def features(self, prepared: Prepared, passage: Passage, rank: int) -> np.ndarray:
        """Features of every sentence of ``passage``, float64 ``(n_sentences, len(FEATURES))``."""
        self._embed([passage])
        chunk, question = passage.chunk, prepared.question
        asked = frozenset(question.terms)
        texts = [span.of(chunk.text) for span in chunk.sentences]
        listed = [terms(text) for text in texts]
        held = [set(words) for words in listed]
        context = set(terms(f"{chunk.context} {chunk.date}"))
        every = set().union(context, *held)
        similar = [float(prepared.vector @ self._vectors[text]) for text in texts]
        cos_passage = float(prepared.vector @ self._vectors[_in_context(passage)])
        phrases = _phrases(question, [*listed, terms(chunk.title), terms(" ".join(chunk.headings))])
        rows = []
        for i, text in enumerate(texts):
            window = held[i] | context | (held[i - 1] if i else set())
            offered = offers(question.type, text, asked)
            bigrams = prepared.bigrams & set(zip(listed[i], listed[i][1:], strict=False))
            rows.append(
                (
                    _cover(prepared, held[i]),
                    _cover(prepared, window),
                    _cover(prepared, every),
                    similar[i],
                    cos_passage,
                    max(similar[max(0, i - 1) : i + 2]),
                    float(offered is True),
                    float(offered is False),
                    min(len(held[i] - asked), 10) / 10,
                    _names(prepared, window),
                    _names(prepared, every),
                    min(len(listed[i]), 40) / 40,
                    len(bigrams) / max(1, len(prepared.bigrams)),
                    1.0 / rank,
                    float(question.type is AnswerType.YES_NO),
                    float(i == 0),
                    phrases,
                    float(counts(question.unit, text, asked)),
                    float(bool(question.unit) and not question.unit & window),
                    prepared.unknown,
                )
            )
        return np.array(rows, dtype=np.float64).reshape(len(texts), len(FEATURES))


def _in_context(passage: Passage) -> str:
    return f"{passage.chunk.context}\n{passage.chunk.text}"


def _shortened(text: str, embedder: Embedder) -> str:
    """``text`` cut to what the embedder takes: this vector only ranks, it is never stored."""
    limit = embedder.max_tokens
    while len(text) > limit and embedder.count_tokens([text])[0] > limit:
        text = text[: int(len(text) * 0.9)]
    return text


def _cover(prepared: Prepared, held: set[str]) -> float:
    return sum(weight for term, weight in prepared.idf.items() if term in held) / prepared.total


def _phrases(question: Question, texts: Sequence[Sequence[str]]) -> float:
    """Share of the question's phrases of two words or more that one of ``texts`` holds unbroken."""
    wanted = [phrase for phrase in question.phrases if len(phrase) > 1]
    if not wanted:
        return 1.0
    joined = [f" {' '.join(words)} " for words in texts]
    return sum(any(f" {' '.join(p)} " in text for text in joined) for p in wanted) / len(wanted)


def _names(prepared: Prepared, held: set[str]) -> float:
    names = prepared.question.names
    if not names:
        return 1.0
    return sum(prepared.idf[t] for t in names if t in held) / prepared.names_total
