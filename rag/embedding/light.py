"""Embeddings of BERT models without torch: tokenizers, numpy and the model's own files.

sentence-transformers stays what vectors are measured by; see ``rag.embedding.proven`` for when this
is believed to give the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from rag.embedding.bert import WORDS, BertEncoder, BertShape
from rag.embedding.model_files import ModelDescription, UnknownKindError, describe
from rag.embedding.tensor_file import mapped


class LightModel:
    """A model that is run from its files. The weights are read on first use.

    Attributes:
        description: what its files say.
        tokenizer: without truncation and padding.

    Raises:
        UnknownKindError: if the model is of a kind, or its files are in a state, that this cannot
            run; from ``embed`` too.
    """

    def __init__(self, folder: Path) -> None:
        self.description: ModelDescription = describe(folder)
        self._weights = folder / "model.safetensors"
        try:
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as exc:  # the library raises nothing more special
            raise UnknownKindError(f"its tokenizer.json cannot be read: {exc}") from exc
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        if self.tokenizer.num_special_tokens_to_add(False) != 2:
            raise UnknownKindError("its tokenizer adds something else than a start and an end")

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """A row for each text, prompt included, float32 ``(n, width)``, of any length; what is
        beyond the model's longest sequence is cut."""
        states = self._encoder.encode(self.token_ids(texts))
        if self.description.pooling == "cls":
            return np.stack([rows[0] for rows in states])
        return np.stack([rows.mean(axis=0) for rows in states])

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text, special ones included, as many as the model takes."""
        ids = [item.ids for item in self.tokenizer.encode_batch_fast(list(texts))]
        limit = self.description.max_sequence
        return [row if len(row) <= limit else [*row[: limit - 1], row[-1]] for row in ids]

    def tensors(self) -> dict[str, np.ndarray]:
        """Every tensor of the encoder, float32, by its name in Hugging Face's files without
        ``bert.``; they stay in the file."""
        return _tensors(self._weights)

    @cached_property
    def _encoder(self) -> BertEncoder:
        return load_encoder(self._weights, self.description.shape)


def load_encoder(
    weights: Path, shape: BertShape, *, changed: Mapping[str, np.ndarray] | None = None
) -> BertEncoder:
    """The encoder whose tensors are in a safetensors file, those of ``changed`` in their stead.

    Raises:
        UnknownKindError: if the file is damaged, or is not that of such an encoder in float32.
    """
    tensors = _tensors(weights) | dict(changed or {})
    try:
        return BertEncoder(shape, tensors)
    except KeyError as exc:
        raise UnknownKindError(f"it lacks the weights {exc}") from exc


def _tensors(weights: Path) -> dict[str, np.ndarray]:
    """The encoder's tensors by name, without ``bert.``.

    Raises:
        UnknownKindError: if the file is damaged, or not all of it is float32.
    """
    try:
        tensors = mapped(weights)
    except (OSError, ValueError) as exc:
        raise UnknownKindError(f"its weights cannot be read: {exc}") from exc
    prefix = "bert." if f"bert.{WORDS}" in tensors else ""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if "pooler" not in name
    }
