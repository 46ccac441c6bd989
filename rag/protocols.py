"""The seams: what can be exchanged. Each has one contract test set in tests/contracts/."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from rag.types import (
    Answer,
    Document,
    Draft,
    Hit,
    Passage,
    RankedSentence,
    Support,
    Turn,
    Usage,
    WrittenPrompt,
)

if TYPE_CHECKING:
    import numpy as np


@runtime_checkable
class Reader(Protocol):
    """Reads one file format."""

    suffixes: tuple[str, ...]

    def read(self, path: Path, data: bytes, *, document_id: str) -> Sequence[Document]:
        """The article in ``data``, the bytes of ``path``, or all articles of a collection.

        One article has the id ``document_id``; several have ``document_id#`` and what tells them
        apart in the file, so that an id stays when another article of the file changes.

        Raises:
            InputError: if the bytes are not an article of this format.
        """


@runtime_checkable
class Embedder(Protocol):
    """Turns text into unit vectors.

    Attributes:
        name: model and revision, enough to tell vectors of two embedders apart.
        dimension: length of a vector.
        max_tokens: longest text, in tokens of its own tokenizer, that is embedded whole.
    """

    name: str

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens not counted."""

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        """Unit rows, float32 ``(n, dimension)``; ``(0, dimension)`` for no text.

        A text's rows in two calls may differ by rounding (cosine above 0.9998), since what is
        embedded beside it decides how sums are cut up.
        """

    def embed_sentences(self, texts: Sequence[str]) -> np.ndarray:
        """As ``embed_documents``, for a few texts that are compared with a question at once and
        not stored; where that saves loading a library, it is done."""

    def embed_query(self, text: str) -> np.ndarray:
        """A unit vector, float32 ``(dimension,)``."""


@runtime_checkable
class VectorIndex(Protocol):
    """Finds nearest vectors by inner product. Ids are the store's chunk keys, int64."""

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None: ...

    def remove(self, ids: np.ndarray) -> None: ...

    def search(
        self, query: np.ndarray, k: int, *, among: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores float32 ``(m,)`` falling, and ids int64 ``(m,)``; ``m <= k``. With ``among`` (ids,
        int64) no other is found."""

    def rows(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Those of ``ids`` that there are, rising, and their vectors, float32 ``(m, d)``."""

    def lowest(self, query: np.ndarray) -> float:
        """The score of the vector least like ``query``, among many that of a sample."""

    def __len__(self) -> int: ...


@runtime_checkable
class LexicalIndex(Protocol):
    """Finds texts that share words with the query (BM25). Ids are the store's chunk keys."""

    def add(self, ids: Sequence[int], texts: Sequence[str]) -> None: ...

    def remove(self, ids: Sequence[int]) -> None: ...

    def search(
        self, query: str, k: int, *, among: np.ndarray | None = None
    ) -> list[tuple[int, float]]:
        """At most ``k`` pairs (id, score > 0), best first. With ``among`` (ids, int64) no
        other is found."""

    def __len__(self) -> int: ...


@runtime_checkable
class Retriever(Protocol):
    """Finds chunks for a query."""

    name: str

    def retrieve(self, query: str, k: int) -> list[Hit]:
        """At most ``k`` hits, best first, ranks from 1."""


@runtime_checkable
class EvidenceRanker(Protocol):
    """Ranks the sentences of passages by how likely they answer a question."""

    def rank(self, question: str, passages: Sequence[Passage]) -> list[RankedSentence]:
        """Every sentence of the passages, best first; ties in the order of the passages."""


class Generation(Protocol):
    """An answer in the making: sentences come one by one, the last can be asked for again."""

    def next(self) -> Draft | None:
        """The next sentence; None when the answer is complete."""

    def retry(self) -> Draft | None:
        """Another version of the sentence ``next`` gave last; None if there is no other."""

    def accept(self, text: str) -> None:
        """Say how the last sentence stands in the answer (its citation may have been repaired);
        empty if it was dropped. The engine goes on from there."""

    def close(self) -> None:
        """Give up what is held. May be called twice."""

    @property
    def usage(self) -> Usage: ...


class Meter(Protocol):
    """Is told how far an engine is with what it evaluates; in the thread that asks it."""

    def reading(self, n_done: int, n_all: int) -> None:
        """``n_done`` of the ``n_all`` tokens of a prompt that have to be evaluated are."""

    def writing(self, n_tokens: int) -> None:
        """``n_tokens`` of the answer are written, retries included."""


@runtime_checkable
class Engine(Protocol):
    """Answers a question from passages.

    Attributes:
        name: ``llama``, ``extractive``, ...
        model_sha256: of the model file; empty if there is none.
    """

    name: str
    model_sha256: str

    def fit(self, question: str, passages: Sequence[Passage], history: Sequence[Turn]) -> int:
        """How many of the passages, from the first, fit the engine's context with the question.

        Raises:
            ContextOverflow: if the question alone does not fit.
        """

    def generate(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> Generation:
        """Start an answer; with ``quote`` every draft is a ``Quotation`` of a passage."""

    def condense(self, question: str, history: Sequence[Turn]) -> str | None:
        """The question made independent of the history; None if this engine cannot do that."""

    def close(self) -> None: ...


@runtime_checkable
class PromptWriter(Protocol):
    """An engine that has a prompt, and can show it."""

    def written_prompt(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Turn],
        *,
        quote: bool = False,
    ) -> WrittenPrompt:
        """The prompt with which ``generate`` would begin; nothing is evaluated.

        Raises:
            ContextOverflow: if it does not fit the engine's context.
        """


@runtime_checkable
class Verifier(Protocol):
    """Says whether texts support a claim.

    Attributes:
        threshold: the score from which a claim counts as supported.
    """

    name: str
    threshold: float

    def verify(self, claim: str, evidence: Sequence[str], *, least: float = 0.0) -> Support:
        """The support that the texts together give to the claim (a sentence without markers).

        A score below ``least`` need not be exact: any below it may be given.
        """


@runtime_checkable
class Answerer(Protocol):
    """All that the eval suite knows of the product."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The answer, every sentence checked.

        Raises:
            UsageError: if the question is empty.
            RagError: if the engine fails.
        """
