"""An embedder without weights: hashed stems of words. Deterministic; for tests and as a floor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from rag.errors import EmbedderError
from rag.text.words import terms

_PIECE = re.compile(r"\w+|[^\w\s]")


class HashingEmbedder:
    """Bag of stemmed words, each hashed to one signed coordinate.

    Texts that share words are near each other, nothing more. A text without content words gets the
    first basis vector, so that every row has unit length.

    Source: Weinberger et al., Feature Hashing for Large Scale Multitask Learning, 2009, eq. 3;
    term weights are square roots of counts.
    """

    def __init__(self, dimension: int = 256, *, max_tokens: int = 254) -> None:
        if dimension < 1:
            raise ValueError(f"dimension must be positive, not {dimension}")
        self.name = f"hashing-{dimension}-v1"
        self._dimension = dimension
        self._max_tokens = max_tokens

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """Longest text, in words and punctuation marks, that ``embed_documents`` takes."""
        return self._max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words and punctuation marks of each text."""
        return [len(_PIECE.findall(text)) for text in texts]

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        """Unit rows, float32 ``(n, dimension)``.

        Raises:
            EmbedderError: if a text is longer than ``max_tokens``.
        """
        for n_tokens in self.count_tokens(texts):
            if n_tokens > self._max_tokens:
                raise EmbedderError(
                    f"a text of {n_tokens} tokens is over the limit of {self._max_tokens}",
                    hint="lower the setting chunk_tokens",
                )
        rows = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            self._fill(row, text)
        return rows

    def embed_sentences(self, texts: Sequence[str]) -> np.ndarray:
        """As ``embed_documents``."""
        return self.embed_documents(texts)

    def embed_query(self, text: str) -> np.ndarray:
        """A unit vector, float32 ``(dimension,)``. Any length: nothing has to be cut."""
        row = np.zeros(self._dimension, dtype=np.float32)
        self._fill(row, text)
        return row

    def _fill(self, row: np.ndarray, text: str) -> None:
        for term, count in Counter(terms(text)).items():
            digest = blake2b(term.encode("utf-8", "replace"), digest_size=8).digest()
            number = int.from_bytes(digest, "big")
            row[(number >> 1) % self._dimension] += (1.0 if number & 1 else -1.0) * count**0.5
        norm = float(np.linalg.norm(row))
        if norm > 0.0:
            row /= norm
        else:
            row[0] = 1.0
